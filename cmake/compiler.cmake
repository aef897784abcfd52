# Warnings, hardening and speed of building, the same for every target.
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_compile_options(
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Wold-style-cast -Woverloaded-virtual -Wnull-dereference -Wimplicit-fallthrough
  -fstack-protector-strong -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Wrong alarms of GCC 12 in headers of the standard library and of Boost once they are inlined.
  add_compile_options(-Wno-maybe-uninitialized -Wno-null-dereference -Wno-restrict)
endif()
add_compile_definitions(_GLIBCXX_ASSERTIONS)
add_link_options(-Wl,-z,relro -Wl,-z,now)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  add_compile_options(-fcf-protection)
endif()

if(CONFAB_SANITIZE)
  add_compile_options(-fsanitize=${CONFAB_SANITIZE} -fno-sanitize-recover=all)
  # The check of virtual tables opens a pipe to look at memory, and takes having no descriptor left
  # for it, which some tests arrange, for a bad object.
  add_compile_options(-fno-sanitize=vptr)
  if(CONFAB_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-tsan)  # Asio's fences: ThreadSanitizer does not see them
  endif()
  add_link_options(-fsanitize=${CONFAB_SANITIZE})
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_definitions(_FORTIFY_SOURCE=2)
endif()

find_program(MOLD mold)
if(MOLD AND NOT CONFAB_SANITIZE)
  add_link_options(-fuse-ld=mold)
endif()

# Builds that only tests need take several files at a time (CMAKE_UNITY_BUILD in CMakePresets.json):
# a third of the time. That every file and header stands alone, the release build and
# tools/check_structure.py --headers show.
set(CMAKE_UNITY_BUILD_BATCH_SIZE 12)
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-Wno-subobject-linkage)  # as if several files were one that is included
endif()
