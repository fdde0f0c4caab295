#!/usr/bin/env bash
# Runs the tests and tells which lines of the library they reach.
#
#   ./dev coverage
#
# A summary is printed; build/coverage/report/index.html shows each line.
set -euo pipefail
source tools/dev/lib/say.sh
source tools/dev/lib/packages.sh
source tools/dev/lib/build.sh

install_packages build test coverage
heading 'Building with counters'
build_preset coverage
find build/coverage -name '*.gcda' -delete
heading 'Testing'
status=0
run_tests coverage || status=$?
heading 'Coverage of src and capi'
mkdir -p build/coverage/report
gcovr --root . --object-directory build/coverage --filter src/ --filter capi/ \
  --exclude-throw-branches \
  --html-details build/coverage/report/index.html --txt build/coverage/report/summary.txt \
  build/coverage
cat build/coverage/report/summary.txt
note 'build/coverage/report/index.html shows each line'
exit "$status"
