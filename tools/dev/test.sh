#!/usr/bin/env bash
# Runs everything that CI runs; `test quick` only the tests, with gcc.
#
#   ./dev test [quick | STAGE...]
#
# The stages: dev (gcc, all tests), asan-ubsan (gcc, address and undefined-behaviour sanitizers),
# tsan (clang, thread sanitizer), lint. A stage that fails does not keep the next from running. The
# status is 0 when all passed, 1 when not, 77 where private networks are refused.
set -euo pipefail
source tools/dev/lib/say.sh
source tools/dev/lib/packages.sh
source tools/dev/lib/build.sh

stages=("$@")
if (($# == 0)); then stages=(dev asan-ubsan tsan lint); fi
if [[ ${1:-} == quick ]]; then stages=(dev); fi
for stage in "${stages[@]}"; do
  [[ $stage =~ ^(dev|asan-ubsan|tsan|lint)$ ]] ||
    give_up "there is no stage $stage; see ./dev help test"
done

title_of() {
  case $1 in
    dev) echo 'dev: gcc, all tests' ;;
    asan-ubsan) echo 'asan-ubsan: gcc, address and undefined-behaviour sanitizers' ;;
    tsan) echo 'tsan: clang, thread sanitizer' ;;
    lint) echo 'lint: clang-format, clang-tidy' ;;
  esac
}

run_stage() {
  if [[ $1 == lint ]]; then
    bash tools/dev/lint.sh
  else
    build_preset "$1"
    run_tests "$1"
  fi
}

sets=(build test)
if [[ " ${stages[*]} " == *' tsan '* ]]; then sets+=(tsan); fi
if [[ " ${stages[*]} " == *' lint '* ]]; then sets+=(lint); fi
install_packages "${sets[@]}"
heading 'Is there a private network to test in?'
build_preset dev netlab
require_private_network
echo 'yes: nothing of what follows leaves this machine'

report='' failed=0
for stage in "${stages[@]}"; do
  heading "$(title_of "$stage")"
  began=$SECONDS
  # Not in a condition: there, bash would ignore the failures inside.
  set +e
  (set -e; run_stage "$stage")
  status=$?
  set -e
  took=$(duration $((SECONDS - began)))
  if ((status == 0)); then
    outcome good "$stage passed in $took"
    report+=" · $stage $took"
  else
    outcome bad "$stage FAILED after $took"
    report+=" · $stage FAILED $took"
    failed=1
  fi
done

echo
if ((failed)); then
  outcome bad "FAILED in $(duration $SECONDS)$report"
else
  outcome good "all passed in $(duration $SECONDS)$report"
fi
exit "$failed"
