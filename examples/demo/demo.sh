#!/usr/bin/env bash
# The demo, as `./dev demo` runs it: inside `netlab run --hosts a,b`, with the directory of the
# examples as argument. Every step waits for what it promises and fails without it.
set -euo pipefail
# shellcheck disable=SC2154 # netlab exports the addresses.
a=$NETLAB_ADDRESS_a b=$NETLAB_ADDRESS_b
source examples/demo/stage.sh

examples=$1
group=239.1.2.3
port=5000
listen=$examples/listen
send=$examples/send

others_send() {
  title '1. Others send, we listen'
  say "Host a listens to the group $group, with examples/listen.c." \
    'On host b, programs send that know nothing of us.'
  start listener a "$listen" -n 2 "$group" "$port"
  expect listener "listening to $group"
  run b sh -c "printf 'hello from socat' | socat -u STDIN UDP4-DATAGRAM:$group:$port"
  expect listener "$b:"
  [[ $line == *'hello from socat' ]] || fail "socat's packet is damaged"
  run b python3 examples/demo/tell.py "$group" "$port" 'hello from Python'
  expect listener 'hello from Python'
  expect listener 'arrived 2 = delivered 2'
  ended listener
  well 'Both arrived, and every packet is accounted for.'
}

we_send() {
  title '2. We send, others listen'
  say 'Now socat and Python listen on host b, both at once.' \
    'Host a sends a single packet, with examples/send.c.'
  start socat b socat -u -d -d "UDP4-RECVFROM:$port,ip-add-membership=$group:eth0,reuseaddr" STDOUT
  await socat 'receiving on'
  start python b python3 examples/demo/hear.py "$group" "$port" "$b"
  await python 'is receiving'
  run a "$send" "$group" "$port" 'one packet, many hearers'
  await_text socat 'one packet, many hearers'
  expect python "heard from $a: one packet, many hearers"
  well 'Sent once, heard twice: that is what multicast is for.'
}

# socat's own notices stand between its packets; only the packet is worth showing.
await_text() {
  await "$1" "$2"
  printed "${host_of[$1]}" "socat heard: ${line%%20[0-9][0-9]/*}"
}

we_filter() {
  title '3. A filter, and IPv6'
  say 'A listener may say what it wants: here, packets that begin with a price.' \
    'The group is an IPv6 one this time.'
  start listener a "$listen" -n 2 -e 'price [0-9]+' ff15::2a "$port"
  expect listener 'listening to ff15::2a'
  run b "$send" ff15::2a "$port" 'weather fair' 'price 42' 'price unknown' 'news none' 'price 43'
  expect listener 'price 42'
  [[ $line != *weather* ]] || fail 'the filter let the weather through'
  expect listener 'price 43'
  expect listener 'arrived 5 = delivered 2 + filtered 3'
  ended listener
  well 'Five packets came, two were wanted.'
}

# How many datagrams the UDP sockets of a program's host have taken or dropped so far. Column 2 is
# InDatagrams, 4 InErrors, which includes what did not fit into a receive buffer.
counted() {
  awk '$1 == "Udp:" && $2 ~ /^[0-9]/ { print $2 + $4 }' "/proc/$1/net/snmp"
}

# Waits until that number is reached: the listener has then read all that it did not lose.
await_count() {
  local pid=$1 count=$2 end=$((SECONDS + deadline))
  until (($(counted "$pid") >= count)); do
    ((SECONDS < end)) || fail "only $(counted "$pid") of $count datagrams were seen"
    sleep 0.01
  done
}

we_flood() {
  title '4. A flood, and what became of every packet'
  say 'The listener gets a receive buffer of only 4 KiB. Host b sends 50,000 packets as fast as it' \
    'can; then the listener is frozen, and another 50,000 come.'
  start listener a "$listen" -q -b 4096 -e price "$group" "$port"
  expect listener 'listening to'
  local pid=${pid_of[listener]} before
  before=$(counted "$pid")
  run b "$send" -r 25000 "$group" "$port" 'price 42' chatter
  await_count "$pid" $((before + 50000))
  show a "kill -STOP $pid"
  kill -STOP "$pid"
  run b "$send" -r 25000 "$group" "$port" 'price 42' chatter
  show a "kill -CONT $pid"
  kill -CONT "$pid"
  await_count "$pid" $((before + 100000))
  show a "kill -TERM $pid"
  kill -TERM "$pid"
  expect listener 'arrived'
  local counters=$line
  ended listener
  account_for "$counters"
}

# Checks and explains the line of counters.
account_for() {
  local -a number
  read -ra number <<<"${1//[^0-9]/ }"
  local arrived=${number[0]} delivered=${number[1]} filtered=${number[2]}
  local foreign=${number[3]} lost=${number[4]}
  ((arrived == 100000)) || fail "100000 packets were sent, $arrived are accounted for"
  ((delivered + filtered + foreign + lost == arrived)) || fail 'the counters do not add up'
  ((delivered > 0 && filtered > 0 && lost >= 49000)) || fail 'this was no flood'
  well "$lost packets did not fit into the buffer and are gone, but not silently:" \
    "100,000 were sent, 100,000 are accounted for."
}

what_next() {
  title 'What next'
  say '  ./dev shell                    a shell with two such hosts, to run the commands above yourself' \
    '  examples/listen.c, send.c      the programs that you just saw, to begin your own from' \
    '  include/multicast/multicast.h  the whole interface, explained' \
    '  ./dev test                     the tests, also under sanitizers'
}

say 'Two hosts, a and b, on a private network of their own: nothing leaves this machine.'
others_send
we_send
we_filter
we_flood
what_next
