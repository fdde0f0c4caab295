#!/usr/bin/env bash
# Makes a million random calls of the API, plain and under sanitizers.
#
#   ./dev soak [SEED [CALLS [THREADS]]]
#
#   ./dev soak python [MILLIONS]     ten million packets (or so many) through each form of the Python
#                                    package, and memory does not grow
#
# In private networks, in the builds dev, asan-ubsan and tsan, with one thread, with THREADS (4), and
# with THREADS and signals. A finding names the seed and the call.
set -euo pipefail
source tools/dev/lib/say.sh
source tools/dev/lib/packages.sh
source tools/dev/lib/build.sh

if [[ ${1:-} == python ]]; then
  install_packages build demo
  build_preset release multicast
  build_preset dev netlab
  require_private_network
  exec "$netlab" here -- env MC_LIBRARY="$PWD/build/release/libmulticast.so.0" \
    PYTHONPATH="$PWD/bindings/python" python3 bindings/python/tests/memory_test.py "${2:-10}"
fi

seed=${1:-1} calls=${2:-1000000} threads=${3:-4}
install_packages build test tsan
before=()
if setarch -R true 2>/dev/null; then before=(setarch -R); fi
for preset in dev asan-ubsan tsan; do
  heading "$preset: $calls calls from seed $seed"
  build_preset "$preset" random_caller
  for how in 1 "$threads" "$threads signals"; do
    # shellcheck disable=SC2086 # It is two words.
    "${before[@]}" "build/$preset/tests/random/random_caller" "$seed" "$calls" $how
    outcome good "$preset, threads $how: nothing found"
  done
done
