#!/usr/bin/env bash
# Runtime is the shared library and nothing else; Development is all the rest.
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

for component in Runtime Development; do
  install_build --component "$component" --prefix "$empty/$component"
done
expected=$(printf 'libmulticast.so.%s\n' "${CONSUMER_VERSION%%.*}" "$CONSUMER_VERSION")
runtime=$(files_of Runtime | sed 's|.*/||')
[[ $runtime == "$expected" ]] || fail "Runtime is: $runtime"

both=$( (files_of Runtime && files_of Development) | sort)
all=$(files_of "$CONSUMER_PREFIX")
[[ $both == "$all" ]] ||
  fail "Runtime and Development are not what is installed:" "$(diff <(echo "$both") <(echo "$all"))"
for file in multicast.h libmulticast.so libmulticast.a multicast.pc multicast-config.cmake \
  multicast-config-version.cmake libmulticast.3; do
  the Development "$file" >/dev/null
done

# The link leads to the library only when both lie in one prefix.
[[ ! -e $(the Development libmulticast.so) ]] || fail 'Development has the library'
cp -r Runtime/. Development/
[[ -e $(the Development libmulticast.so) ]] || fail 'the link leads nowhere'
