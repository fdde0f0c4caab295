#!/usr/bin/env bash
# Fuzzes the filter engine under sanitizers, for a minute each target.
#
#   ./dev fuzz [SECONDS [TARGET]]
#
# The targets are expression and tree (tests/fuzz). They begin with their corpus; what is new stays in
# build/fuzz/new. An input that fails is kept there, too, and its name printed: put it into the
# corpus, which every ./dev test replays.
set -euo pipefail
source tools/dev/lib/say.sh
source tools/dev/lib/packages.sh
source tools/dev/lib/build.sh

seconds=${1:-60}
targets=(expression tree)
if (($# > 1)); then targets=("$2"); fi
install_packages build tsan
for target in "${targets[@]}"; do
  heading "$target: $seconds seconds"
  build_preset fuzz "fuzz_$target"
  new=build/fuzz/new/$target
  mkdir -p "$new"
  "build/fuzz/tests/fuzz/fuzz_$target" -max_total_time="$seconds" -max_len=2000 -timeout=10 \
    -artifact_prefix="$new/failing-" -print_final_stats=1 "$new" "tests/fuzz/corpus/$target"
  outcome good "$target: nothing found"
done
