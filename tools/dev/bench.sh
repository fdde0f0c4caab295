#!/usr/bin/env bash
# Measures the library against hand-written loops; `bench quick` in less than a minute.
#
#   ./dev bench [quick] [ARGUMENT...]
#
# The table and its data are written to bench/results. Further arguments go to the program,
# build/release/bench/mcbench: --list, --only PATTERN, --out DIRECTORY.
set -euo pipefail
source tools/dev/lib/say.sh
source tools/dev/lib/packages.sh
source tools/dev/lib/build.sh

if [[ ${1:-} == quick ]]; then
  shift
  set -- --quick "$@"
fi
install_packages build bench
heading 'Building the release'
build_preset release mcbench
exec build/release/bench/mcbench "$@"
