#!/usr/bin/env bash
# usage: examples_test.sh HELLO DISCOVER DISCOVER_IN_C: the C++ examples, in a private network.
set -euo pipefail

heard=$(timeout 20 "$1" | sed 's/^127\.0\.0\.1:[0-9]*: //')
if [[ $heard != $'hello\nbye' ]]; then
  echo "hello printed: $heard" >&2
  exit 1
fi

# Each asks the other.
for pair in "$2 $3" "$3 $2"; do
  read -r answers asks <<<"$pair"
  coproc answering { exec timeout 20 "$answers" answer printer 2>&1; }
  answerer=$answering_PID      # bash forgets it when it ends
  read -r -u "${answering[0]}" # it says when it listens
  for _ in 1 2 3; do # asked again where the machine was too busy for an answer within the second
    found=$(timeout 20 "$asks" ask)
    if [[ -n $found ]]; then break; fi
    echo 'asked again' >&2
  done
  kill "$answerer"
  if [[ ! $found =~ ^printer\ at\ 127\.0\.0\.1:[0-9]+$ ]]; then
    echo "$asks printed: $found" >&2
    exit 1
  fi
  wait "$answerer" # a signal ends it as well as any end
done
