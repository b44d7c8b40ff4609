# soar_room(NAME SOURCES a.c b.c LINKS other_room library::target)
# One static library per room, so that the link graph is the picture of the house.
function(soar_room name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC soar_flags ${ARG_LINKS})
endfunction()

# soar_program(NAME SOURCES … LINKS …) and soar_worker(NAME …): a worker program lands in libexec/soar.
function(soar_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE soar_flags ${ARG_LINKS})
endfunction()

function(soar_worker name)
  soar_program(${name} ${ARGN})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/libexec/soar)
endfunction()

# soar_test(NAME SOURCES … LINKS …): a cmocka program; label "unit".
function(soar_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE soar_flags ${ARG_LINKS} PkgConfig::CMOCKA)
  foreach(source IN LISTS ARG_SOURCES)
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
    set_property(GLOBAL APPEND PROPERTY SOAR_TEST_SOURCES ${source}) # tests/CMakeLists.txt looks whether one is missing
  endforeach()
  target_compile_definitions(${name} PRIVATE SOAR_SOURCE_DIR="${CMAKE_SOURCE_DIR}" SOAR_BINARY_DIR="${CMAKE_BINARY_DIR}")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 300)
endfunction()

# soar_fuzzer(NAME SOURCES … LINKS …): a libFuzzer target, built only by the fuzz preset (clang).
function(soar_fuzzer name)
  if(NOT SOAR_SANITIZE STREQUAL "fuzz")
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE soar_flags ${ARG_LINKS})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
endfunction()
