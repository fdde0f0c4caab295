#!/usr/bin/env bash
# Counts the library's instructions a packet; `instructions record` writes them down.
#
#   ./dev instructions          compares them with tests/instructions/record.txt, as ./dev test does
#   ./dev instructions record   what they are now becomes the record of this compiler
#
# Noise cannot fool this count, unlike a time. A commit that raises a figure says why.
set -euo pipefail
source tools/dev/lib/say.sh
source tools/dev/lib/packages.sh
source tools/dev/lib/build.sh

install_packages build test
heading 'Building'
build_preset dev instructions_work netlab multicast
case ${1:-check} in
  check) ctest --preset dev --tests-regex '^instructions$' --verbose --no-tests=error ;;
  record) cmake --build build/dev --target record_instructions ;;
  *) give_up "instructions $1 is nothing that this can do; see ./dev help instructions" ;;
esac
