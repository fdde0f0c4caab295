#!/usr/bin/env bash
# Compares the library's ABI with the recorded one; `abi record` writes the record anew.
#
#   ./dev abi              what changed, and whether programs that are compiled already still run
#   ./dev abi record       the library as it is now becomes the record, tests/abi/libmulticast.abi
#   ./dev abi freeze MAJOR.MINOR   at a release: the headers as they are now are kept as those of
#                          the version, tests/abi/header-MAJOR.MINOR, for a program that is compiled
#                          with them for ever; what is kept already is never replaced
#
# Until 1.0 the record follows what is meant to change; from then on one is written when a release
# has added something, and never to silence the comparison.
set -euo pipefail
source tools/dev/lib/say.sh
source tools/dev/lib/packages.sh
source tools/dev/lib/build.sh

record=tests/abi/libmulticast.abi

build_library() {
  install_packages build abi
  heading 'Building the library'
  build_preset dev multicast
}

case ${1:-check} in
  check)
    build_library
    build_preset dev abi_programs
    ctest --preset dev --label-regex '^abi$' --output-on-failure --no-tests=error
    ;;
  record)
    build_library
    python3 tests/abi/recorded.py record build/dev/libmulticast.so include/multicast "$record"
    outcome good "$record: $(grep -c '<elf-symbol ' "$record") functions"
    ;;
  freeze)
    version=$(sed -nE 's/^#define MC_VERSION_(MAJOR|MINOR) //p' include/multicast/multicast.h |
      paste -sd .)
    folder=tests/abi/header-$version
    [[ ${2:-} == "$version" ]] || give_up "the headers are of $version: ./dev abi freeze $version"
    [[ ! -e $folder ]] || give_up "there is $folder already, and it stays as it is"
    mkdir -p "$folder/multicast"
    cp include/multicast/*.h "$folder/multicast/"
    outcome good "$folder is what the headers are now; name $version in tests/abi/CMakeLists.txt"
    ;;
  *)
    give_up "abi $1 is nothing that this can do; see ./dev help abi"
    ;;
esac
