# shellcheck shell=bash disable=SC2154
# Sourced by the shell that `./dev shell` opens: the hosts as commands.

a() {
  "$NETLAB" on a -- "$@"
}

b() {
  "$NETLAB" on b -- "$@"
}

if [[ $- == *i* ]]; then
  PS1='two hosts> '
  cat <<END
Two private hosts:
  a  $NETLAB_ADDRESS_a, $NETLAB_ADDRESS6_a
  b  $NETLAB_ADDRESS_b, $NETLAB_ADDRESS6_b
Try:
  b listen 239.1.2.3 5000 &
  a send 239.1.2.3 5000 hello
Leave with exit; everything that was started here ends with it.
END
fi
