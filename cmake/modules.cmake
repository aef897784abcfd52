# confab_module(NAME [LINKS library...]): src/NAME/*.cpp as one static library that can only be
# linked against what is listed; tools/check_structure.py checks the includes as well.
function(confab_module name)
  cmake_parse_arguments(ARG "" "" "LINKS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  if(NOT sources)
    add_library(confab_${name} INTERFACE)
    target_link_libraries(confab_${name} INTERFACE ${ARG_LINKS})
    return()
  endif()
  add_library(confab_${name} STATIC ${sources})
  target_include_directories(confab_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(confab_${name} PUBLIC ${ARG_LINKS})
endfunction()

# confab_test(NAME SOURCES file... LINKS library...): a GoogleTest program, every case known to ctest.
function(confab_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE ${ARG_LINKS} GTest::gmock GTest::gtest_main)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 120)
endfunction()
