# What `cmake --install` lays down; the .deb (`cpack -G DEB`) is made of the same. A worker's room installs its worker, and
# soard's room soard. cmake/package/ has the unit, the first configuration, and what dpkg runs.
if(TARGET soarctl)
  install(TARGETS soarctl RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
if(TARGET soard)
  install(TARGETS soard RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})
endif()
if(TARGET soar-front)
  install(TARGETS soar-front RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/soar)
endif()
install(DIRECTORY playbooks DESTINATION ${CMAKE_INSTALL_DATADIR}/soar)
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DOCDIR} USE_SOURCE_PERMISSIONS)
# The built-in packs are compiled in; what they look like, and the contracts they keep, is there to be read and tried.
install(DIRECTORY actions DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.yaml")
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md" PATTERN "*.svg" PATTERN "man" EXCLUDE)

set(SOAR_MAINTAINER "the soar authors <soar@localhost>" CACHE STRING "who built the package, and is asked about it")

# The prefix is known for sure only while installing (the package's is /usr, whatever the build was told), hence a script.
configure_file(cmake/SoarInstall.cmake.in ${CMAKE_BINARY_DIR}/SoarInstall.cmake @ONLY)
install(SCRIPT ${CMAKE_BINARY_DIR}/SoarInstall.cmake)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME soar)
set(CPACK_PACKAGE_VENDOR "the soar authors")
set(CPACK_PACKAGE_CONTACT ${SOAR_MAINTAINER})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "playbooks that contain hosts and accounts, started by alerts")
set(CPACK_PACKAGE_DESCRIPTION
    "Takes alerts from a SIEM or EDR by webhook, runs playbooks that contain the
hosts and accounts they name, through SSH and other connectors, each once
however often it is asked or killed in between, and keeps a record that cannot
be changed unnoticed. soard is the daemon, soarctl the command line.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_SET_DESTDIR ON) # for /etc
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
    WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON) # reads the programs, so the list of libraries can't go stale
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, init-system-helpers (>= 1.54)")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "openssl, ca-certificates, gss-ntlmssp") # authorities of git servers; a plugin of GSSAPI: soar-winrm logs in by NTLM with it
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
if(TARGET soard)
  foreach(script conffiles postinst prerm postrm)
    list(APPEND CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_SOURCE_DIR}/cmake/package/${script})
  endforeach()
endif()
include(CPack)
