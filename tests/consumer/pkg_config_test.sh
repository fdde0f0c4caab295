#!/usr/bin/env bash
# usage: pkg_config_test.sh shared|static: a program in C, by pkg-config and the compiler alone.
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
library=$1

PKG_CONFIG_PATH=$(the "$CONSUMER_PREFIX" multicast.pc | xargs dirname)
export PKG_CONFIG_PATH
cp "$here/project/main.c" .
[[ $("$PKG_CONFIG" --modversion multicast) == "$CONSUMER_VERSION" ]] || fail 'another version'

read -ra compile < <("$PKG_CONFIG" --cflags multicast)
if [[ $library == static ]]; then
  # Where both libraries are installed, -lmulticast is the shared one.
  read -ra link < <("$PKG_CONFIG" --static --libs multicast)
  link=("${link[@]/#-lmulticast/-l:libmulticast.a}")
else
  read -ra link < <("$PKG_CONFIG" --libs multicast)
  [[ "${link[*]}" != *re2* ]] || fail "users of the shared library link RE2: ${link[*]}"
fi
quietly "$CC" -std=c99 -Wall -Wextra -Wpedantic -Werror "${compile[@]}" main.c -o program \
  "${link[@]}"

check_program program "$library" C
if [[ $library == shared ]]; then
  LD_LIBRARY_PATH=$("$PKG_CONFIG" --variable=libdir multicast)
  export LD_LIBRARY_PATH
fi
hears_itself ./program
