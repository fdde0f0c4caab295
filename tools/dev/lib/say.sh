# shellcheck shell=bash
# How the development script speaks: headings and sentences, coloured on a terminal only.

if [[ -t 1 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
  bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' blue=$'\e[36m' plain=$'\e[0m'
else
  bold='' dim='' red='' green='' blue='' plain=''
fi

# The start of something that takes a while.
heading() {
  printf '\n%s==> %s%s\n' "$bold$blue" "$*" "$plain"
}

# The end of something, with its outcome: good or bad.
outcome() {
  local kind=$1
  shift
  if [[ $kind == good ]]; then
    printf '%s%s%s\n' "$bold$green" "$*" "$plain"
  else
    printf '%s%s%s\n' "$bold$red" "$*" "$plain"
  fi
}

note() {
  printf '%s%s%s\n' "$dim" "$*" "$plain"
}

# Ends the script with a sentence that says what is wrong and what to do.
give_up() {
  printf 'dev: %s\n' "$@" >&2
  exit 1
}

# Seconds as people read them: 7s, 3m05s.
duration() {
  local seconds=$1
  if ((seconds < 60)); then
    printf '%ds' "$seconds"
  else
    printf '%dm%02ds' $((seconds / 60)) $((seconds % 60))
  fi
}
