#!/usr/bin/env bash
# usage: older.sh CC OLD_HEADERS HEADERS
#
# The old headers are older indeed: they have shorter packets and fewer functions than today's.
# Where nothing differs, a program that is compiled with them shows nothing.
set -euo pipefail
cc=$1 old=$2 new=$3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# measure HEADERS: the size of a packet, and how many functions there are.
measure() {
  cat >"$scratch/print.c" <<'END'
#include <multicast/multicast.h>
#include <stdio.h>
int main(void) { return printf("%zu\n", sizeof(mc_packet)) < 0; }
END
  "$cc" -std=c11 -I "$1" "$scratch/print.c" -o "$scratch/print"
  echo "$("$scratch/print") $(cat "$1"/multicast/*.h | grep -c '^MC_API ')"
}

read -r old_packet old_functions < <(measure "$old")
read -r new_packet new_functions < <(measure "$new")
echo "packets of $old_packet and $new_packet bytes, $old_functions and $new_functions functions"
((old_packet < new_packet)) || { echo "packets are no shorter in $old"; exit 1; }
((0 < old_functions && old_functions < new_functions)) || { echo "no function is new"; exit 1; }
