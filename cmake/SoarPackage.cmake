# What `cmake --install` lays down; the .deb is made of the same.
if(TARGET soarctl)
  install(TARGETS soarctl RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
