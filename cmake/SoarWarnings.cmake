# One INTERFACE target carries warnings and hardening; every target of ours links it.
add_library(soar_flags INTERFACE)
target_compile_definitions(soar_flags INTERFACE _GNU_SOURCE SOAR_VERSION="${PROJECT_VERSION}")
target_include_directories(soar_flags INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/include ${CMAKE_BINARY_DIR}/generated)
target_compile_options(soar_flags INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wvla -Wundef -Wformat=2 -Wpointer-arith
  -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wswitch-enum -Wimplicit-fallthrough
  -fno-common -fno-strict-aliasing -fstack-protector-strong -fvisibility=hidden)
target_compile_options(soar_flags INTERFACE $<$<CONFIG:Release,RelWithDebInfo>:-D_FORTIFY_SOURCE=2>)
target_compile_options(soar_flags INTERFACE -UNDEBUG) # asserts stay on in release: a wrong isolation is worse than a restart
target_compile_options(soar_flags INTERFACE -fPIE)
target_link_options(soar_flags INTERFACE -pie -Wl,-z,relro,-z,now)
