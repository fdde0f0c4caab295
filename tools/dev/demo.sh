#!/usr/bin/env bash
# Shows multicast between two private hosts, in a few seconds.
#
#   ./dev demo
#
# Other programs send and we listen, we send and others listen, a filter, and a flood with its loss
# counted. The status is 0 when everything arrived as it should, 1 when not, 77 where private
# networks are refused.
set -euo pipefail
source tools/dev/lib/say.sh
source tools/dev/lib/packages.sh
source tools/dev/lib/build.sh

install_packages build demo
heading 'Building the library and the examples'
build_preset dev netlab example_listen example_send
require_private_network
exec "$netlab" run --hosts a,b -- bash examples/demo/demo.sh build/dev/examples
