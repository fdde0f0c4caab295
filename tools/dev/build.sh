#!/usr/bin/env bash
# Builds a preset: dev (the default), release, asan-ubsan, tsan, coverage.
#
#   ./dev build [PRESET]
#
# The result is in build/PRESET.
set -euo pipefail
source tools/dev/lib/say.sh
source tools/dev/lib/packages.sh
source tools/dev/lib/build.sh

preset=${1:-dev}
sets=(build)
if [[ $preset == tsan ]]; then sets+=(tsan); fi
install_packages "${sets[@]}"
build_preset "$preset"
outcome good "build/$preset is up to date"
