#!/usr/bin/env bash
# usage: constants.sh CC OLD_HEADERS HEADERS
#
# Each constant of the old headers is in today's, and has the same value: compilers have copied it
# into programs. But for the version, which must not be lower.
set -euo pipefail
cc=$1 old=$2 new=$3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The names of the constants that the headers below a folder define.
constants_of() {
  echo '#include <multicast/multicast.h>' | "$cc" -E -dM -I "$1" -x c - |
    sed -nE 's/^#define (MC_[A-Z0-9_]+) .+/\1/p' | grep -vE '^MC_(API|VERSION_.*)$' | LC_ALL=C sort
}

# A program that prints each of them, and the version first.
{
  cat <<'END'
#include <multicast/multicast.h>
#include <stdio.h>
static void number(const char* name, long long value) { printf("%s %lld\n", name, value); }
static void text(const char* name, const char* value) { printf("%s \"%s\"\n", name, value); }
#define PRINT(name) _Generic((name), char*: text, default: number)(#name, name)
int main(void) {
  number("version", MC_VERSION_MAJOR * 1000000 + MC_VERSION_MINOR * 1000 + MC_VERSION_PATCH);
END
  constants_of "$old" | sed 's/.*/  PRINT(&);/'
  echo '}'
} >"$scratch/print.c"
for headers in old new; do
  "$cc" -std=c11 -I "${!headers}" "$scratch/print.c" -o "$scratch/$headers"
  "$scratch/$headers" >"$scratch/$headers.txt"
done

if ! diff <(tail -n +2 "$scratch/old.txt") <(tail -n +2 "$scratch/new.txt"); then
  echo 'These constants (<) have other values today (>).'
  exit 1
fi
read -r _ was <"$scratch/old.txt"
read -r _ is <"$scratch/new.txt"
((is >= was)) || { echo "the version fell from $was to $is"; exit 1; }
count=$(($(wc -l <"$scratch/old.txt") - 1))
((count >= 40)) || { echo "only $count constants were found in $old"; exit 1; }
echo "$count constants, the same in both"
