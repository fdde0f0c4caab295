#!/usr/bin/env bash
# The programs of docs/filters.md, typed from it into an empty folder, build and print what they
# should.
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# program LANGUAGE FILE: the page's only program in it.
program() {
  awk -v begin="\`\`\`$1" '/^```/ {on = $0 == begin; seen += on; next} on && seen == 1' \
    "$CONSUMER_SOURCE/docs/filters.md" >"$2"
  [[ -s $2 ]] || fail "docs/filters.md has no program in $1"
}
program c filters.c
program cpp filters.cpp
program python filters.py

PKG_CONFIG_PATH=$(the "$CONSUMER_PREFIX" multicast.pc | xargs dirname)
LD_LIBRARY_PATH=$(PKG_CONFIG_PATH=$PKG_CONFIG_PATH "$PKG_CONFIG" --variable=libdir multicast)
export PKG_CONFIG_PATH LD_LIBRARY_PATH
read -ra flags <<<"$("$PKG_CONFIG" --cflags --libs multicast)"
strict=(-Wall -Wextra -Wconversion -Werror)
quietly "$CC" -std=c11 "${strict[@]}" filters.c "${flags[@]}" -o filters-c
quietly "$CXX" -std=c++20 "${strict[@]}" filters.cpp "${flags[@]}" -o filters-cpp

# prints COMMAND...: it says what stands on the standard input.
prints() {
  local said
  said=$("$NETLAB" here -- "$@" 2>&1) || fail "$* ended with $?: $said"
  diff - <(printf '%s\n' "$said") || fail "$* says something else"
}
prints ./filters-c <<'SAID'
all of (not source 10.0.0.0/8, bytes 10 at 0 under f0, callable)
1
0
SAID
prints ./filters-cpp <<'SAID'
all of (not source 10.0.0.0/8, any of (prefix "NOTIFY ", prefix "M-SEARCH "), callable)
100
any of (source port 53, all of (size 8 to 1400, regex "a+b"))
SAID
prints python3 filters.py <<'SAID'
all of (size 8 to 1400, regex "temp=\d+")
1
0
0
"10.1.2.3/8" names a host of the network 10.0.0.0/8; write the one or the other
SAID
