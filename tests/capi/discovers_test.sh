#!/bin/sh
# usage: discovers_test.sh NETLAB DISCOVER: two that answer on a group, and one that asks.
# Runs itself inside a private network.
if [ "$1" != inside ]; then
  exec "$1" here -- sh "$0" inside "$2"
fi
discover=$2
log=$(mktemp -d)
trap 'kill $first $second 2>/dev/null; rm -rf "$log"' EXIT
"$discover" answer anna 2>"$log/first" & first=$!
"$discover" answer bert 2>"$log/second" & second=$!
# They say so when they listen.
timeout 20 sh -c 'until grep -q answers "$0/first" && grep -q answers "$0/second"; do :; done' "$log" ||
  { echo "they do not answer: $(cat "$log"/*)"; exit 1; }
# Asked again where the machine was too busy for an answer within the second.
for _ in 1 2 3; do
  said=$("$discover" ask | sort)
  names=$(echo "$said" | cut -d' ' -f1,2 | tr '\n' ,)
  [ "$names" = 'anna at,bert at,' ] && break
  echo "asked again; heard: $said" >&2
done
[ "$names" = 'anna at,bert at,' ] || { echo "heard: $said"; exit 1; }
kill -TERM $first $second
wait $first && wait $second || { echo 'they ended badly'; exit 1; }
