#!/usr/bin/env bash
# usage: alone_test.sh INCLUDE_FOLDER HEADER... -- COMPILER [OPTION...]: each header compiles alone,
# no macro of C++ leaks, and older C++ gets one sentence.
set -euo pipefail

include=$1
shift
headers=()
while [[ $1 != -- ]]; do
  headers+=("$1")
  shift
done
shift
older=("$@" -std=c++17 -I "$include" -x c++)
compile=("$@" -std=c++20 -I "$include" -x c++)
warnings=(-Wall -Wextra -Wconversion -Wshadow -Wpedantic -Wold-style-cast -Wnon-virtual-dtor)
warnings+=(-Werror)

for header in "${headers[@]}"; do
  echo "#include <$header>" | "${compile[@]}" "${warnings[@]}" -fsyntax-only -
  if said=$(echo "#include <$header>" | "${older[@]}" -fsyntax-only - 2>&1) ||
    (($(grep -c 'error:' <<<"$said") != 1)) || [[ $said != *'needs C++20 (-std=c++20)'* ]]; then
    echo "in C++17 $header says: $said" >&2
    exit 1
  fi
done

# Guards apart, the macros are those of the C headers.
leaked=$(echo '#include <multicast/multicast.hpp>' | "${compile[@]}" -E -dD - |
  awk -v folder="$include/multicast/" '
    /^# [0-9]+ "/ { file = $3; gsub(/"/, "", file) }
    /^#define / && index(file, folder) == 1 && file ~ /\.hpp$/ && $2 !~ /_HPP$/ {
      print file ": " $2
    }')
if [[ -n $leaked ]]; then
  echo "macros that leak: $leaked" >&2
  exit 1
fi
