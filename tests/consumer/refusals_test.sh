#!/usr/bin/env bash
# What find_package refuses, and whether the reason is said: other versions, unknown components, a
# static library whose own libraries are missing.
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

major=${CONSUMER_VERSION%%.*}
minor=${CONSUMER_VERSION#*.} minor=${minor%.*}
missing=$empty/missing
mkdir "$missing"

cat >CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.16)
project(refused LANGUAGES NONE)
find_package(multicast ${VERSION} CONFIG ${HOW})
foreach(target multicast::multicast multicast::static)
  if(TARGET ${target})
    message(STATUS "there is ${target}")
  endif()
endforeach()
END

# find VERSION HOW: what find_package says.
find_it() {
  rm -rf built
  "$CMAKE" -S . -B built -G "$CONSUMER_GENERATOR" -D CMAKE_PREFIX_PATH="$CONSUMER_PREFIX" \
    -D VERSION="$1" -D HOW="$2" 2>&1
}

# finds VERSION HOW TEXT...: it succeeds and says these. refuses: it fails and says these.
finds() { judge found "$@"; }
refuses() { judge refused "$@"; }
judge() {
  local expected=$1 version=$2 how=$3 said outcome=found text
  shift 3
  said=$(find_it "$version" "$how") || outcome=refused
  [[ $outcome == "$expected" ]] || fail "$said" "find_package($version $how) is $outcome"
  said=$(tr -s ' \n' '  ' <<<"$said") # CMake breaks lines.
  for text in "$@"; do
    [[ $said == *"$text"* ]] || fail "$said" "find_package($version $how) does not say: $text"
  done
}

this=$major.$minor
finds "$this" REQUIRED 'there is multicast::multicast' 'there is multicast::static'
finds "$CONSUMER_VERSION" REQUIRED 'there is multicast::multicast'
finds "$this" 'REQUIRED;COMPONENTS;shared;static' 'there is multicast::static'
refuses "$major.$((minor + 1))" REQUIRED 'requested version'
refuses "$((major + 1))" REQUIRED 'requested version'
if ((major == 0 && minor > 0)); then refuses "0.$((minor - 1))" REQUIRED 'requested version'; fi
refuses "$this" 'REQUIRED;COMPONENTS;dynamic' 'there is no component dynamic'
finds "$this" 'REQUIRED;COMPONENTS;shared;OPTIONAL_COMPONENTS;dynamic' \
  'there is multicast::multicast'

# Who asks for one library is not given the other.
[[ $(find_it "$this" 'REQUIRED;COMPONENTS;shared') != *multicast::static* ]] ||
  fail 'COMPONENTS shared gives the static library'
[[ $(find_it "$this" 'REQUIRED;COMPONENTS;static') != *multicast::multicast* ]] ||
  fail 'COMPONENTS static gives the shared library'

# Without the development packages of RE2 and libmnl only the shared library is usable.
export PKG_CONFIG_LIBDIR=$missing
finds "$this" REQUIRED 'there is multicast::multicast' 'without its component static' 'needs RE2'
finds "$this" 'REQUIRED;COMPONENTS;shared' 'there is multicast::multicast'
refuses "$this" 'REQUIRED;COMPONENTS;static' 'needs RE2' 'libre2-dev'
printf 'Name: re2\nDescription: RE2\nVersion: 1\n' >"$missing/re2.pc"
refuses "$this" 'REQUIRED;COMPONENTS;static' 'needs libmnl' 'libmnl-dev'
