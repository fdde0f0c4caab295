# shellcheck shell=bash
# What the tests of this folder share. Each begins in an empty folder, which goes when it ends.
set -euo pipefail

if [[ -n $CONSUMER_INSTRUMENTED ]]; then
  echo "skipped: this build is instrumented ($CONSUMER_INSTRUMENTED), and so would users have to be"
  exit 77
fi

# Neither the caller's packages nor his flags.
unset CFLAGS CXXFLAGS CPPFLAGS LDFLAGS LD_LIBRARY_PATH DESTDIR CMAKE_PREFIX_PATH \
  PKG_CONFIG_PATH PKG_CONFIG_LIBDIR PKG_CONFIG_SYSROOT_DIR

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
empty=$(mktemp -d)
trap 'rm -rf "$empty"' EXIT
cd "$empty"

fail() {
  printf '%s\n' "$@"
  exit 1
}

# Runs a command whose output matters only when it fails.
quietly() {
  "$@" >"$empty/log" 2>&1 || {
    cat "$empty/log"
    fail "failed: $*"
  }
}

# The one file of this name below a folder: where libraries go differs between systems.
the() {
  local found
  found=$(find "$1" -name "$2")
  [[ -n $found && $found != *$'\n'* ]] || fail "not one $2 in $1: $found" >&2
  echo "$found"
}

# Every file and link below a folder, without the folder.
files_of() {
  (cd "$1" && find . ! -type d | sort)
}

# Installs the build of which this is a test; further arguments as of cmake --install.
install_build() {
  quietly "$CMAKE" --install "$CONSUMER_BUILD" "$@"
}

# What a program or library asks the dynamic linker for, without the versions.
needed_by() {
  "$READELF" -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\.so.*\]/\1/p' | sort
}

# needs_only FILE NAME...: fails when the file needs another library than these. The loader itself
# is part of the C library.
needs_only() {
  local file=$1 name
  shift
  for name in $(needed_by "$file"); do
    case " $* libc ld-linux-x86-64 ld-linux-aarch64 " in
      *" $name "*) ;;
      *) fail "$file needs $name: $(needed_by "$file" | xargs)" ;;
    esac
  done
}

# needs FILE NAME: fails when it does not.
needs() {
  needed_by "$1" | grep -qxF "$2" || fail "$1 does not need $2: $(needed_by "$1" | xargs)"
}

has_no_run_path() {
  local found
  found=$("$READELF" -d "$1" | grep -E '\((RPATH|RUNPATH)\)' || true)
  [[ -z $found ]] || fail "$1 has a run path: $found"
}

# What a program that was linked in this way may need.
check_program() {
  local program=$1 library=$2 language=$3
  if [[ $library == static ]]; then
    needs_only "$program" libre2 libmnl libstdc++ libm libgcc_s
    needs "$program" libre2
  elif [[ $language == C ]]; then
    needs_only "$program" libmulticast
    needs "$program" libmulticast
  else
    needs_only "$program" libmulticast libstdc++ libm libgcc_s
    needs "$program" libmulticast
  fi
}

# Runs a program in a private network and looks at what it says.
hears_itself() {
  local said
  said=$("$NETLAB" here -- "$@" 2>&1) || fail "$* ended with $?: $said"
  [[ $said == "heard hello, $CONSUMER_VERSION" ]] || fail "$* said: $said"
}
