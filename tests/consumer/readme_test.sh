#!/usr/bin/env bash
# The programs of the README, typed from it into an empty folder, work at once: those that listen
# hear what another sends, and Ctrl-C ends the Python one.
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# program LANGUAGE FILE: the README's first program in it.
program() {
  awk -v begin="\`\`\`$1" '$0 == begin && !done {on = 1; next} /^```/ {if (on) done = 1; on = 0} on' \
    "$CONSUMER_SOURCE/README.md" >"$2"
  [[ -s $2 ]] || fail "the README has no program in $1"
}
program c listen.c
program cpp hello.cpp
program python listen.py

PKG_CONFIG_PATH=$(the "$CONSUMER_PREFIX" multicast.pc | xargs dirname)
LD_LIBRARY_PATH=$(PKG_CONFIG_PATH=$PKG_CONFIG_PATH "$PKG_CONFIG" --variable=libdir multicast)
export PKG_CONFIG_PATH LD_LIBRARY_PATH
read -ra flags < <("$PKG_CONFIG" --cflags --libs multicast)
quietly "$CC" -Wall -Wextra -Werror listen.c "${flags[@]}" -o listen
quietly "$CXX" -std=c++20 -Wall -Wextra -Werror hello.cpp "${flags[@]}" -o hello

cat >inside.sh <<'INSIDE'
set -euo pipefail
# hears COMMAND...: it prints the packet that is sent when it has joined.
hears() {
  local file=$1 tries=0
  shift
  "$@" >"$file" 2>&1 &
  listener=$!
  # 239.1.2.3, as the kernel writes it; each look is a process, so that this does not spin.
  until grep -q 030201EF /proc/net/igmp; do
    ((++tries < 5000)) && kill -0 "$listener" || { cat "$file"; exit 1; }
  done
  python3 - <<'SEND'
import ctypes
mc = ctypes.CDLL("libmulticast.so.0")
assert mc.mc_sendto(b"hello", ctypes.c_size_t(5), b"239.1.2.3", 4242, 1) == 0
SEND
  until grep -qx hello "$file"; do
    ((++tries < 10000)) || { cat "$file"; exit 1; }
  done
}
hears c.out stdbuf -oL ./listen
kill "$listener"
wait "$listener" || true
# A shell's background jobs ignore SIGINT; this one is to have Ctrl-C as at a terminal.
hears python.out python3 -u -c '
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
exec(open("listen.py").read())'
kill -INT "$listener"
wait "$listener" && { echo 'Ctrl-C was not noticed'; exit 1; }
grep -q KeyboardInterrupt python.out
timeout 20 ./hello >cpp.out
[[ $(sed 's/.*: //' cpp.out) == $'hello\nbye' ]] || { cat cpp.out; exit 1; }
INSIDE
quietly "$NETLAB" here -- bash inside.sh
