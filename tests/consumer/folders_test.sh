#!/usr/bin/env bash
# The folders that packagers choose: a staging folder (DESTDIR); a folder for each architecture, as
# Debian has; absolute folders, below the prefix and, as NixOS has, outside of it. The libraries are
# those of the build that is tested: how they are found is what differs.
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# configure_as NAME ARGUMENT...: configures the sources with other folders, into ./NAME.
configure_as() {
  local name=$1
  shift
  quietly "$CMAKE" -S "$CONSUMER_SOURCE" -B "$name" -G "$CONSUMER_GENERATOR" \
    -D MULTICAST_TESTS=OFF -D MULTICAST_EXAMPLES=OFF "$@"
  cp -a "$CONSUMER_BUILD"/libmulticast.* "$name"
}

# pkg_config FOLDER ARGUMENT...: as if multicast.pc lay nowhere but below the folder.
pkg_config() {
  local folder
  folder=$(the "$1" multicast.pc | xargs dirname)
  PKG_CONFIG_PATH=$folder "$PKG_CONFIG" "${@:2}" multicast
}

# usable FOLDER: pkg-config and find_package find header and library below it, after a move.
usable() {
  local folder=$1 include library
  include=$(pkg_config "$folder" --cflags-only-I | grep -oE -- '-I[^ ]+' | head -n 1)
  [[ -e ${include#-I}/multicast/multicast.h ]] || fail "no header in $include"
  [[ $(realpath "${include#-I}") == "$folder"/* ]] || fail "$include is not in $folder"
  library=$(pkg_config "$folder" --variable=libdir)
  [[ -e $library/libmulticast.so ]] || fail "no library in $library"
  [[ $(realpath "$library") == "$folder"/* ]] || fail "$library is not in $folder"
  mkdir -p find
  cat >find/CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.16)
project(find LANGUAGES NONE)
find_package(multicast CONFIG REQUIRED)
foreach(target multicast::multicast multicast::static)
  get_target_property(include ${target} INTERFACE_INCLUDE_DIRECTORIES)
  get_target_property(configuration ${target} IMPORTED_CONFIGURATIONS)
  get_target_property(file ${target} IMPORTED_LOCATION_${configuration})
  foreach(path ${include}/multicast/multicast.h ${file})
    if(NOT EXISTS ${path} OR NOT path MATCHES "^${FOLDER}/")
      message(FATAL_ERROR "${path} is not there, or not in ${FOLDER}")
    endif()
  endforeach()
endforeach()
END
  rm -rf find/built
  quietly "$CMAKE" -S find -B find/built -G "$CONSUMER_GENERATOR" -D FOLDER="$folder" \
    -D multicast_DIR="$(the "$folder" multicast-config.cmake | xargs dirname)"
}

# Debian: /usr, the folder of the architecture, staged.
configure_as debian -D CMAKE_INSTALL_PREFIX=/usr -D CMAKE_INSTALL_LIBDIR=lib/a-linux-gnu
DESTDIR=$empty/stage quietly "$CMAKE" --install debian
[[ -e stage/usr/lib/a-linux-gnu/pkgconfig/multicast.pc ]] || fail "$(files_of stage)"
usable "$empty/stage"
# A sysroot: the compiler is told of folders in it once, not twice.
PKG_CONFIG_SYSROOT_DIR=$empty/stage usable "$empty/stage"

# Absolute, but below the prefix: as good as relative, so it can be moved.
configure_as below -D CMAKE_INSTALL_PREFIX="$empty/first" \
  -D CMAKE_INSTALL_LIBDIR="$empty/first/lib64" -D CMAKE_INSTALL_INCLUDEDIR="$empty/first/include"
quietly "$CMAKE" --install below
mv first second
usable "$empty/second"
quietly "$CMAKE" --install below --prefix "$empty/third" # Not where it was configured for.
[[ ! -e first ]] || fail '--prefix does not reach absolute folders below the prefix'
usable "$empty/third"

# NixOS: each output is a prefix of its own.
configure_as apart -D CMAKE_INSTALL_PREFIX="$empty/apart.all/out" \
  -D CMAKE_INSTALL_LIBDIR="$empty/apart.all/lib/lib" \
  -D CMAKE_INSTALL_INCLUDEDIR="$empty/apart.all/dev/include"
quietly "$CMAKE" --install apart
[[ -e apart.all/dev/include/multicast/multicast.h ]] || fail "$(files_of apart.all)"
usable "$empty/apart.all"
