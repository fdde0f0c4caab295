#!/usr/bin/env bash
# Runs everything that CI runs; `test quick` only the tests, with gcc.
#
#   ./dev test [quick | STAGE...]
#
# The stages: dev (gcc, all tests), asan-ubsan (gcc, address and undefined-behaviour sanitizers),
# tsan (clang, thread sanitizer), lint. Only when named, since they need more packages: languages
# (every program of examples/ffi with every other), interop (beside ffmpeg, Node and Avahi), routers
# (across routers, with FRR). A stage that fails does not keep the next from running. The status is 0
# when all passed, 1 when not, 77 where private networks are refused.
set -euo pipefail
source tools/dev/lib/say.sh
source tools/dev/lib/packages.sh
source tools/dev/lib/build.sh

stages=("$@")
if (($# == 0)); then stages=(dev asan-ubsan tsan lint); fi
if [[ ${1:-} == quick ]]; then stages=(dev); fi
for stage in "${stages[@]}"; do
  [[ $stage =~ ^(dev|asan-ubsan|tsan|lint|languages|interop|routers)$ ]] ||
    give_up "there is no stage $stage; see ./dev help test"
done

title_of() {
  case $1 in
    dev) echo 'dev: gcc, all tests' ;;
    asan-ubsan) echo 'asan-ubsan: gcc, address and undefined-behaviour sanitizers' ;;
    tsan) echo 'tsan: clang, thread sanitizer' ;;
    lint) echo 'lint: clang-format, clang-tidy' ;;
    languages) echo 'languages: each alone, and every one with every other' ;;
    interop) echo 'interop: beside programs that we did not write' ;;
    routers) echo 'routers: switches that snoop, static routes, PIM' ;;
  esac
}

# Some tests of tests/integration, by their names, of which none may be skipped.
run_themes() {
  local -a programs=("${@/#/integration_}")
  build_preset dev "${programs[@]}"
  run_tests dev --tests-regex "^integration\\.($(IFS='|' && echo "$*"))\$"
  python3 .ci/skipped.py /dev/null build/dev
}

run_stage() {
  case $1 in
    lint) bash tools/dev/lint.sh ;;
    languages) run_languages ;;
    interop) run_themes interop beside ;;
    routers) run_themes snooping routers pim ;;
    *)
      build_preset "$1"
      run_tests "$1"
      ;;
  esac
}

# The library is installed, and the programs are built, below build/languages.
run_languages() {
  local work=build/languages
  local prefix=$work/installed language
  build_preset dev multicast multicast_static
  quietly "$work/install.log" cmake --install build/dev --prefix "$prefix"
  python3 -B tests/languages/programs.py "$prefix" "$work"
  for language in c cpp go lua node ruby rust; do
    quietly "$work/$language.log" \
      "$netlab" here -- python3 -B tests/languages/program_test.py "$language" "$prefix" "$work"
    echo "$language: alone, and with what goes wrong: $(tail -n 3 "$work/$language.log" | head -n 1)"
  done
  "$netlab" run --hosts a,b -- python3 -B tests/languages/matrix.py "$prefix" "$work"
}

sets=(build test)
for stage in "${stages[@]}"; do
  if [[ $stage =~ ^(tsan|lint|languages|interop|routers)$ ]]; then sets+=("$stage"); fi
done
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
