#!/usr/bin/env bash
# Opens a shell with two private hosts, a and b, joined by a network of their own.
#
#   ./dev shell [COMMAND...]
#
# In it, `a ip address` runs a command on host a, `b listen 239.1.2.3 5000` one on host b; listen,
# send and printer are the examples. With a command, that runs instead:
#
#   ./dev shell a send 239.1.2.3 5000 hello
set -euo pipefail
source tools/dev/lib/say.sh
source tools/dev/lib/packages.sh
source tools/dev/lib/build.sh

install_packages build
build_preset dev netlab example_listen example_send example_printer
require_private_network
PATH=$PWD/build/dev/examples:$PATH
export PATH
if (($# > 0)); then
  # shellcheck disable=SC2016 # The inner shell expands this.
  exec "$netlab" run --hosts a,b -- bash -c 'source tools/dev/lib/hosts.bash; "$@"' dev-shell "$@"
fi
exec "$netlab" run --hosts a,b -- bash --rcfile tools/dev/lib/hosts.bash -i
