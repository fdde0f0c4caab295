#!/usr/bin/env bash
# usage: complete_test.sh INCLUDE_FOLDER: every function of the C headers is used by multicast.hpp.
set -euo pipefail

# Those of the default poller are the poller's own.
spared='mc_poll mc_loop mc_register mc_unregister'
missing=0
mapfile -t functions < <(grep -h '^MC_API' "$1"/multicast/*.h |
  grep -oE '\bmc_[a-z_]+\(' | tr -d '(' | sort -u)
((${#functions[@]} > 70))
for function in "${functions[@]}"; do
  [[ " $spared " == *" $function "* ]] && continue
  if ! grep -qw "$function" "$1"/multicast/*.hpp "$1"/multicast/cpp/*.hpp; then
    echo "multicast.hpp does not reach $function" >&2
    missing=1
  fi
done
exit "$missing"
