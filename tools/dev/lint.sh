#!/usr/bin/env bash
# Checks the form of all C and C++ (clang-format), the sense of the library (clang-tidy), and Python.
#
#   ./dev lint [deep]
#
# `deep` adds what clang-tidy finds by walking through all paths (clang-analyzer), in five times the time.
# Python is checked by pyflakes3, and the package by mypy --strict, where they are there.
# Findings are errors. .clang-tidy says which checks are on.
set -euo pipefail
source tools/dev/lib/say.sh
source tools/dev/lib/packages.sh
source tools/dev/lib/build.sh

# The C and C++ files below the named directories, each ended by a NUL.
sources() {
  find "$@" -type f \( -name '*.h' -o -name '*.hpp' -o -name '*.c' -o -name '*.cpp' \) -print0
}

case ${1:-} in
  '') checks=-clang-analyzer-\* ;;
  deep) checks='' ;;
  *) give_up "there is no lint $1; see ./dev help lint" ;;
esac

install_packages build lint
configure_preset dev # For compile_commands.json.

status=0
mapfile -d '' -t files < <(sources src capi include tests bench examples)
misformed=()
for file in "${files[@]}"; do
  clang-format-14 --dry-run --Werror "$file" 2>/dev/null || misformed+=("$file")
done
if ((${#misformed[@]} > 0)); then
  outcome bad "The form of ${#misformed[@]} of ${#files[@]} files differs. To mend it:"
  echo "  clang-format-14 -i ${misformed[*]}"
  status=1
fi
# What clang-tidy counts on stderr ("12 warnings generated", in system headers) concerns nobody.
find src capi -name '*.cpp' -print0 |
  xargs -0 -P "$jobs" -n 1 clang-tidy-14 -p build/dev --quiet --checks="$checks" 2>/dev/null ||
  status=1

# Python's checkers are no reason not to check the rest.
(install_packages lint-python) || note 'Going on without the checkers of Python that are missing.'
if command -v pyflakes3 >/dev/null; then
  pyflakes3 bindings bench/python tools/abi || status=1
fi
if command -v mypy >/dev/null; then
  mypy --strict --no-error-summary --cache-dir build/mypy bindings/python/multicast || status=1
fi
exit "$status"
