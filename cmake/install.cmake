# What `cmake --install` lays down: the libraries, the header and the pkg-config file.
install(TARGETS multicast LIBRARY COMPONENT Runtime NAMELINK_COMPONENT Development)
install(TARGETS multicast_static ARCHIVE COMPONENT Development)
install(FILES include/multicast/multicast.h include/multicast/errors.h
        include/multicast/types.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/multicast
        COMPONENT Development)

# Relocatable: the prefix is where the file is found, wherever the tree was moved.
file(RELATIVE_PATH prefix_from_pc ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(multicast.pc.in multicast.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/multicast.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
        COMPONENT Development)

install(FILES docs/man/libmulticast.3 DESTINATION ${CMAKE_INSTALL_MANDIR}/man3 COMPONENT Development)
