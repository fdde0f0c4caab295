#!/usr/bin/env bash
# The programs of the README, typed from it into an empty folder and built by its own commands, work
# at once: those that listen hear what the one that sends says, and Ctrl-C ends the Python one.
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# program LANGUAGE WHICH FILE: the README's first, second ... program in it.
program() {
  awk -v begin="\`\`\`$1" -v which="$2" '/^```/ {on = $0 == begin && ++seen == which; next} on' \
    "$CONSUMER_SOURCE/README.md" >"$3"
  [[ -s $3 ]] || fail "the README has no program $2 in $1"
}
# typed START: the README's command that begins in this way, as it is.
typed() {
  local found
  found=$(sed -n "s/^    \($1 .*\)/\1/p" "$CONSUMER_SOURCE/README.md")
  [[ -n $found && $found != *$'\n'* ]] || fail "not one command in the README is $1: $found"
  quietly bash -c "$found"
}
program c 1 listen.c
program c 2 send.c
program cpp 1 listen.cpp
program cmake 1 CMakeLists.txt
program python 1 listen.py
diff "$CONSUMER_SOURCE/examples/listen.py" listen.py || fail 'the example is not as in the README'

# What the README calls by the names that every system has for them.
mkdir tools
ln -s "$(command -v "$CC")" tools/cc
ln -s "$(command -v "$CXX")" tools/c++
ln -s "$(command -v "$PKG_CONFIG")" tools/pkg-config
PATH=$PWD/tools:$PATH
PKG_CONFIG_PATH=$(the "$CONSUMER_PREFIX" multicast.pc | xargs dirname)
LD_LIBRARY_PATH=$(PKG_CONFIG_PATH=$PKG_CONFIG_PATH "$PKG_CONFIG" --variable=libdir multicast)
export PATH PKG_CONFIG_PATH LD_LIBRARY_PATH

typed 'cc listen.c'
typed 'cc send.c'
mv listen listen-c
typed 'c++ .*listen.cpp'
quietly "$CMAKE" -B built -G "$CONSUMER_GENERATOR" -D CMAKE_PREFIX_PATH="$CONSUMER_PREFIX"
quietly "$CMAKE" --build built

# Forgotten, the standard is asked for, and nothing else is said of the library.
if said=$(c++ -std=c++17 listen.cpp "-I$("$PKG_CONFIG" --variable=includedir multicast)" 2>&1); then
  fail 'the program in C++20 is one in C++17, too'
fi
[[ $said == *'multicast.hpp needs C++20 (-std=c++20)'* ]] || fail "C++17 says: $said"
(($(wc -l <<<"$said") < 40)) || fail "C++17 says too much: $said"

cat >inside.sh <<'INSIDE'
set -euo pipefail
# hears COMMAND...: it prints the packet that is sent when it has joined.
hears() {
  local file=heard.out tries=0
  "$@" >"$file" 2>&1 &
  listener=$!
  # 239.1.2.3, as the kernel writes it; each look is a process, so that this does not spin.
  until grep -q 030201EF /proc/net/igmp; do
    ((++tries < 5000)) && kill -0 "$listener" || { cat "$file"; exit 1; }
  done
  ./send
  until grep -qE '^([0-9.:]+: )?hello$' "$file"; do
    ((++tries < 10000)) || { echo "$* prints:"; cat "$file"; exit 1; }
  done
}
# ends SIGNAL: the one that hears.
ends() {
  local status=0
  kill -s "$1" "$listener"
  wait "$listener" || status=$?
  ((status > 128)) || { echo "$1 ended it with $status"; exit 1; }
}
hears stdbuf -oL ./listen-c
ends TERM
hears ./listen
ends TERM
hears built/listen
ends TERM
hears python3 -u listen.py
ends INT
INSIDE
quietly "$NETLAB" here -- bash inside.sh
