# shellcheck shell=bash
# What the demo is made of: it says something, runs a command on a host and shows it, and waits for
# what must be said.

deadline=15 # Seconds, for anything that is waited for.

if [[ -t 1 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
  bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' cyan=$'\e[36m' plain=$'\e[0m'
else
  bold='' dim='' red='' green='' cyan='' plain=''
fi

# A moment for the eye. Where nobody is watching, there is none; nothing here depends on it.
breathe() {
  if [[ -t 1 ]]; then sleep 0.4; fi
}

title() {
  printf '\n%s%s%s\n' "$bold$cyan" "$*" "$plain"
}

say() {
  printf '%s\n' "$@"
  breathe
}

well() {
  local sentence
  for sentence in "$@"; do printf '%s%s%s\n' "$green" "$sentence" "$plain"; done
  breathe
}

fail() {
  printf '%sdemo: %s%s\n' "$bold$red" "$*" "$plain" >&2
  exit 1
}

# Words as one would type them.
typed() {
  local word line=''
  for word in "$@"; do
    case $word in
      *\'*) line+=" \"$word\"" ;;
      *[!A-Za-z0-9_./:,=%@-]*) line+=" '$word'" ;;
      *) line+=" $word" ;;
    esac
  done
  printf '%s' "${line:1}"
}

show() {
  local host=$1
  shift
  printf '  %s%s$%s %s\n' "$bold" "$host" "$plain" "$*"
  breathe
}

printed() {
  printf '  %s%s|%s %s\n' "$dim" "$1" "$plain" "$2"
}

# run HOST COMMAND...: shows a command and runs it to its end.
run() {
  local host=$1
  shift
  show "$host" "$(typed "$@")"
  "$NETLAB" on "$host" -- "$@" || fail "$1 ended with status $?"
}

# start NAME HOST COMMAND...: shows a command and starts it; what it prints is taken by expect NAME.
# shellcheck disable=SC2034 # pid_of is for the script that sources this.
declare -A output_of host_of pid_of
start() {
  local name=$1 host=$2 descriptor
  shift 2
  show "$host" "$(typed "$@") &"
  exec {descriptor}< <(exec "$NETLAB" on "$host" -- "$@" 2>&1)
  # shellcheck disable=SC2034
  output_of[$name]=$descriptor host_of[$name]=$host pid_of[$name]=$!
}

# expect NAME TEXT: waits until the program prints a line with the text in it, which is left in
# $line. Shows it and the lines before.
expect() {
  local name=$1 text=$2
  while take "$name"; do
    printed "${host_of[$name]}" "$line"
    if [[ $line == *"$text"* ]]; then return; fi
  done
  fail "'$text' did not appear"
}

# await NAME TEXT: the same, silently: for lines that only say that a program is ready.
await() {
  local name=$1 text=$2
  while take "$name"; do
    if [[ $line == *"$text"* ]]; then return; fi
  done
  fail "$name is not ready: '$text' did not appear"
}

# The program's next line in $line, which its end may cut short; false at its end or when the
# deadline has passed.
take() {
  line=''
  IFS= read -r -t "$deadline" -u "${output_of[$1]}" line || [[ -n $line ]]
}

# The program is to end by itself, having said nothing more.
ended() {
  if take "$1"; then fail "unexpected: $line"; fi
}
