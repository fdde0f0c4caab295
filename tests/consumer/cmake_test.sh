#!/usr/bin/env bash
# usage: cmake_test.sh C|CXX shared|static: a program in this language alone, by find_package.
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
language=$1 library=$2

cp -r "$here/project" .
quietly "$CMAKE" -S project -B built -G "$CONSUMER_GENERATOR" \
  -D CMAKE_PREFIX_PATH="$CONSUMER_PREFIX" -D LANGUAGE="$language" -D LIBRARY="$library" \
  -D VERSION="${CONSUMER_VERSION%.*}"
quietly "$CMAKE" --build built
check_program built/program "$library" "$language"
hears_itself built/program
