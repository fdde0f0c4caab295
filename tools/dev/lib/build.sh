# shellcheck shell=bash
# Configuring, building and testing by CMake presets, and the private network that all of it runs
# in.

jobs=$(nproc)

# Runs a command, with its output in a file; when it fails, that is shown, without the lines of mere
# progress.
quietly() {
  local log=$1
  shift
  mkdir -p "$(dirname "$log")"
  "$@" >"$log" 2>&1 || {
    local status=$?
    grep -vE '^\[[0-9]+/[0-9]+\] ' "$log" || true
    return "$status"
  }
}

# Builds a preset, or only the named targets of it.
build_preset() {
  local preset=$1 directory=build/$1 target
  local -a targets=()
  shift
  for target in "$@"; do targets+=(--target "$target"); done
  configure_preset "$preset" || return
  local -a build=(cmake --build --preset "$preset" --parallel "$jobs" "${targets[@]}")
  if [[ -t 1 ]]; then "${build[@]}"; else quietly "$directory/build.log" "${build[@]}"; fi
}

configure_preset() {
  local place
  for place in "build/$1" build .; do
    [[ -e $place ]] || continue
    [[ -w $place ]] ||
      give_up "$PWD/$place belongs to another user; remove it, or work in a checkout of your own"
    break
  done
  quietly "build/$1/configure.log" cmake --preset "$1"
}

# Runs the tests of a preset that was built: all, or those that options of ctest choose; one more at a
# time than there are processors, for many wait. How the sanitizers behave is said here and nowhere
# else; a test program that fails is to show its failures only. What came of each is kept in
# build/PRESET/tests.xml, for .ci/skipped.py.
run_tests() {
  local preset=$1
  local -a before=()
  shift
  # With 32 random bits in its addresses, a program under clang 14's thread sanitizer may not start.
  if [[ $preset == tsan ]] && setarch -R true 2>/dev/null; then before=(setarch -R); fi
  ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1 \
    UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 \
    GTEST_BRIEF=1 TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1 \
    "${before[@]}" ctest --preset "$preset" --parallel "$((jobs + 1))" --output-on-failure \
    --no-tests=error --output-junit tests.xml "$@"
}

netlab=build/dev/tests/support/netlab

# Ends with status 77, the reason and the remedy where private networks are refused. netlab says
# both.
require_private_network() {
  local status=0
  "$netlab" here -- true || status=$?
  ((status == 0)) || exit "$status"
}
