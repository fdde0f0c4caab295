#!/usr/bin/env bash
# Installs the build, moves what was installed, and looks at it. The other tests use what it leaves.
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

first=$CONSUMER_PREFIX.first
rm -rf "$first" "$CONSUMER_PREFIX"
install_build --prefix "$first"
mv "$first" "$CONSUMER_PREFIX"

library=$(the "$CONSUMER_PREFIX" 'libmulticast.so.*.*.*')
soname=libmulticast.so.${CONSUMER_VERSION%%.*}
"$READELF" -d "$library" | grep -qF "Library soname: [$soname]" || fail "its SONAME is not $soname"
has_no_run_path "$library"
needs_only "$library" libre2 libmnl libstdc++ libgcc_s libm

# Everything that was there before the move, and where it was built, is forgotten.
named=$(
  grep -rIlF -e "$first" -e "$CONSUMER_SOURCE" -e "$CONSUMER_BUILD" "$CONSUMER_PREFIX"
) || true
[[ -z $named ]] || fail "these name the folder where they were built: $named"

# All headers, and they are as they were written.
installed=$(the "$CONSUMER_PREFIX" multicast.h | xargs dirname)
diff -r "$CONSUMER_SOURCE/include/multicast" "$installed" ||
  fail 'the installed headers differ'
unreadable=$(find "$CONSUMER_PREFIX" -type f ! -perm -444)
[[ -z $unreadable ]] || fail "not readable for everybody: $unreadable"
"$PKG_CONFIG" --validate "$(the "$CONSUMER_PREFIX" multicast.pc)"
