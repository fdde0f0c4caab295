# What `cmake --install` lays down. Runtime: the shared library, nothing else. Development: all the
# rest. All of it may be moved afterwards: nothing in it names where it was built.
include(CMakePackageConfigHelpers)

# Packagers may give folders as absolute paths. One below the prefix means the same as a relative
# one, and only that can be moved.
foreach(kind LIB INCLUDE MAN)
  set(folder ${CMAKE_INSTALL_FULL_${kind}DIR})
  cmake_path(IS_PREFIX CMAKE_INSTALL_PREFIX "${folder}" NORMALIZE below)
  if(NOT IS_ABSOLUTE "${CMAKE_INSTALL_${kind}DIR}")
    set(folder ${CMAKE_INSTALL_${kind}DIR})
  elseif(below)
    cmake_path(RELATIVE_PATH folder BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX})
  endif()
  string(TOLOWER ${kind}dir name)
  set(${name} ${folder})
endforeach()
set(package ${libdir}/cmake/multicast)

# The names that multicast-config.cmake.in gives them.
target_link_libraries(multicast_static INTERFACE
  $<INSTALL_INTERFACE:$<LINK_ONLY:PkgConfig::multicast_re2>>
  $<INSTALL_INTERFACE:$<LINK_ONLY:PkgConfig::multicast_mnl>>)
set_target_properties(multicast_static PROPERTIES EXPORT_NAME static)

# A set for each library, since either may be installed without the other.
install(TARGETS multicast EXPORT multicast-shared
        LIBRARY DESTINATION ${libdir} COMPONENT Runtime NAMELINK_COMPONENT Development
        INCLUDES DESTINATION ${includedir})
install(TARGETS multicast_static EXPORT multicast-static
        ARCHIVE DESTINATION ${libdir} COMPONENT Development
        INCLUDES DESTINATION ${includedir})
install(DIRECTORY include/multicast DESTINATION ${includedir} COMPONENT Development
        FILES_MATCHING PATTERN *.h PATTERN *.hpp)
install(FILES docs/man/libmulticast.3 DESTINATION ${mandir}/man3 COMPONENT Development)

# The CMake package. Before 1.0 the ABI may change between minor versions.
set(compatibility SameMajorVersion)
if(PROJECT_VERSION_MAJOR EQUAL 0)
  set(compatibility SameMinorVersion)
endif()
write_basic_package_version_file(
  ${CMAKE_CURRENT_BINARY_DIR}/multicast-config-version.cmake COMPATIBILITY ${compatibility})
configure_file(cmake/multicast-config.cmake.in multicast-config.cmake @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/multicast-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/multicast-config-version.cmake
        DESTINATION ${package} COMPONENT Development)
foreach(kind shared static)
  install(EXPORT multicast-${kind} NAMESPACE multicast:: FILE multicast-${kind}-targets.cmake
          DESTINATION ${package} COMPONENT Development)
endforeach()

# The pkg-config file: the prefix is where the file is found, unless the libraries lie elsewhere.
if(IS_ABSOLUTE "${libdir}")
  set(pc_prefix ${CMAKE_INSTALL_PREFIX})
  set(pc_libdir ${libdir})
else()
  set(up /prefix)
  cmake_path(RELATIVE_PATH up BASE_DIRECTORY /prefix/${libdir}/pkgconfig)
  set(pc_prefix "\${pcfiledir}/${up}")
  set(pc_libdir "\${prefix}/${libdir}")
endif()
set(pc_includedir "\${prefix}/${includedir}")
if(IS_ABSOLUTE "${includedir}")
  set(pc_includedir ${includedir})
endif()
list(TRANSFORM cxx_runtime PREPEND -l OUTPUT_VARIABLE pc_runtime)
list(JOIN pc_runtime " " pc_runtime)
configure_file(multicast.pc.in multicast.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/multicast.pc DESTINATION ${libdir}/pkgconfig
        COMPONENT Development)
