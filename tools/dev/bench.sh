#!/usr/bin/env bash
# Measures the library against hand-written loops and other libraries; `bench quick` in two minutes.
#
#   ./dev bench [quick] [ARGUMENT...]   run it: all of it takes a quarter of an hour
#   ./dev bench filter [--quick]        what filters cost, in a minute
#   ./dev bench python [--rounds N]     the Python package against Python's socket module, in a minute
#   ./dev bench profile                 where a packet's nanoseconds go, by perf, in half a minute
#   ./dev bench record                  show the last run in docs/performance.md
#
# The table, its data and its plots are written to bench/results. Further arguments go to the
# program, build/release/bench/mcbench: --list, --only PATTERN, --realtime, --out DIRECTORY.
set -euo pipefail
source tools/dev/lib/say.sh
source tools/dev/lib/packages.sh
source tools/dev/lib/build.sh

case ${1:-} in
  quick)
    shift
    set -- --quick "$@"
    ;;
  filter)
    shift
    install_packages build
    heading 'Building the release'
    build_preset release mcfilterbench
    exec build/release/bench/mcfilterbench "$@"
    ;;
  python)
    shift
    install_packages build demo
    heading 'Building the release'
    build_preset release multicast
    build_preset dev netlab
    require_private_network
    exec "$netlab" here -- env MC_LIBRARY="$PWD/build/release/libmulticast.so.0" \
      PYTHONPATH="$PWD/bindings/python" python3 bench/python/bench.py "$@"
    ;;
  profile)
    install_packages build
    heading 'Building the release'
    build_preset release instructions_work
    build_preset dev netlab
    require_private_network
    exec python3 bench/profile.py "$netlab" build/release/tests/instructions/instructions_work
    ;;
  record) exec python3 bench/record.py bench/results ;;
esac

install_packages build
# What others are measured with is no reason to measure nothing.
(install_packages bench) || note 'Going on without the rivals that are missing.'
heading 'Building the release'
build_preset release mcbench

results=bench/results
arguments=("$@")
for ((i = 0; i < $#; i++)); do
  case ${arguments[i]} in
    --out) results=${arguments[i + 1]:-} ;;
    --list | --help | -h) exec build/release/bench/mcbench "$@" ;;
  esac
done
status=0
build/release/bench/mcbench "$@" || status=$?
((status == 77 || status == 2)) || python3 bench/plot.py "$results"
exit "$status"
