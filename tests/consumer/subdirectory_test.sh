#!/usr/bin/env bash
# A project in C alone takes the sources in (add_subdirectory, FetchContent), has the same targets,
# and is without our tests and without our rules for installing.
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cp "$here/project/main.c" .
cat >CMakeLists.txt <<END
cmake_minimum_required(VERSION 3.22)
project(parent LANGUAGES C)
add_subdirectory($CONSUMER_SOURCE multicast)
foreach(library multicast static)
  add_executable(with_\${library} main.c)
  target_link_libraries(with_\${library} PRIVATE multicast::\${library})
endforeach()
if(TARGET netlab OR TARGET example_send)
  message(FATAL_ERROR "our tests and examples are built, too")
endif()
install(TARGETS with_static)
END

# Compiling the library again would take minutes: instead of the C++ compiler this brings the object
# that the tested build made of the same source.
cat >fetch_object.sh <<END
while ((\$# > 2)) && [[ \$1 != -o ]]; do shift; done
cp "$CONSUMER_BUILD/CMakeFiles/\${2##*CMakeFiles/}" "\$2"
END
quietly "$CMAKE" -S . -B built -G "$CONSUMER_GENERATOR" \
  -D CMAKE_CXX_COMPILER_LAUNCHER="bash;$empty/fetch_object.sh"
ours=$(grep -l libmulticast built/cmake_install.cmake built/multicast/cmake_install.cmake) || true
[[ -z $ours ]] || fail "installing the parent installs the library: $ours"

quietly "$CMAKE" --build built
check_program built/with_multicast shared C
check_program built/with_static static C
hears_itself built/with_multicast
hears_itself built/with_static
