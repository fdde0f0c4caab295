# shellcheck shell=bash
# What a command needs from the distribution, installed when it is missing. See packages.debian.

# The packages of the named sets, each once, but for those whose program is there already.
packages_of() {
  awk -v wanted=" $* " '
    /^\[/ { name = substr($0, 2, index($0, "]") - 2); next }
    /^#/ || NF == 0 || !index(wanted, " " name " ") || seen[$1]++ { next }
    $2 == "unless" && system("command -v " $3 " >/dev/null") == 0 { next }
    { print $1 }
  ' tools/dev/packages.debian
}

# The major version of the clang that the release calls just clang; nothing while neither the
# package nor its description is on this machine.
clang_version() {
  { dpkg-query -W -f 'Depends: ${Depends}' clang || apt-cache show clang; } 2>/dev/null |
    sed -nE '/^Depends:/ { s/.*\bclang-([0-9]+).*/\1/p; q }'
}

# Reads names, writes those that are not installed.
not_installed() {
  local version name installed
  local -a names
  version=$(clang_version) || true
  mapfile -t names < <(sed "s/CLANG/${version:-CLANG}/")
  installed=$(dpkg-query -W -f '${Package}:${db:Status-Status}\n' "${names[@]}" 2>/dev/null) || true
  for name in "${names[@]}"; do
    grep -qxF "$name:installed" <<<"$installed" || echo "$name"
  done
}

# Runs a command as root: at once, or by sudo, which may ask for a password on a terminal only.
as_root() {
  if ((EUID == 0)); then
    "$@"
  elif [[ -t 0 ]]; then
    sudo "$@"
  else
    sudo -n "$@"
  fi
}

may_become_root() {
  ((EUID == 0)) || command -v sudo >/dev/null
}

# Installs what is missing of the named sets. Where nothing is missing, no privilege is needed.
install_packages() {
  local -a missing apt=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -qq)
  if ! command -v dpkg-query >/dev/null; then
    note "This is neither Debian nor Ubuntu: install what tools/dev/packages.debian lists."
    return
  fi
  mapfile -t missing < <(packages_of "$@" | not_installed)
  ((${#missing[@]} > 0)) || return 0

  heading "Installing ${missing[*]}"
  may_become_root || refuse_installation "$@"
  # An update that fails is no reason to stop: the lists that are there may do.
  as_root "${apt[@]}" update || true
  mapfile -t missing < <(packages_of "$@" | not_installed) # Now clang's version is known.
  as_root sh -c "$install_without_starting" sh "${missing[*]}" \
    "${apt[@]}" install --yes --no-install-recommends "${missing[@]}" >/dev/null ||
    refuse_installation "$@"
}

# For sh, with the packages in one word and then the command that installs them. What comes as a
# daemon is not started, now or with the machine: tests start their own, in private networks.
# shellcheck disable=SC2016
install_without_starting='
  packages=" $1 "
  shift
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    trap "rm -f $policy" EXIT
    printf "#!/bin/sh\nexit 101\n" >"$policy" && chmod 755 "$policy" || exit
  fi
  "$@" || exit
  [ -d /run/systemd/system ] || exit 0
  for unit in smcroute frr avahi-daemon; do
    case $packages in
      *" $unit "*) systemctl --quiet disable "$unit" || exit ;;
    esac
  done
'

# Says which command would do it, by hand and as root.
refuse_installation() {
  local -a missing
  mapfile -t missing < <(packages_of "$@" | not_installed)
  local list="${missing[*]}"
  # shellcheck disable=SC2016 # The reader's shell is to expand this, after the update.
  list=${list/CLANG/'$(apt-cache depends clang | sed -n "s/.*Depends: clang-//p")'}
  give_up 'packages are missing, and they could not be installed from here. As root, run' \
    "  apt-get update && apt-get install --yes --no-install-recommends $list" 'and then this again.'
}
