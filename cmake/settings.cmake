# How every target of this project is compiled.
add_library(multicast_settings INTERFACE)
target_compile_features(multicast_settings INTERFACE cxx_std_20 c_std_11)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_EXTENSIONS OFF)

target_compile_options(multicast_settings INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wpedantic
  $<$<COMPILE_LANGUAGE:CXX>:-Wold-style-cast -Wnon-virtual-dtor -Woverloaded-virtual>
  $<$<BOOL:${MULTICAST_WERROR}>:-Werror>
  $<$<BOOL:${MULTICAST_ASSERTIONS}>:-UNDEBUG>)

if(MULTICAST_SANITIZE)
  add_compile_options(-fsanitize=${MULTICAST_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${MULTICAST_SANITIZE})
endif()
if(MULTICAST_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()

# What a program in C links besides, to use C++ that is linked statically: the run-time library that
# this compiler takes, and libm.
set(cxx_runtime stdc++ m)
if("c++" IN_LIST CMAKE_CXX_IMPLICIT_LINK_LIBRARIES)
  set(cxx_runtime c++ m)
endif()
