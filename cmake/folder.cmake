# posed_folder(media SOURCES a.cpp b.cpp TESTS a_test.cpp LINKS domain base PRIVATE ffmpeg)
#
# A folder of src/ as a static library posed_<name>. LINKS are folders of ours, PRIVATE third-party targets that no
# other folder may see. TESTS become one GoogleTest program <name>_test whose cases ctest runs one by one. TOGETHER and
# ON_SERVERS: see posed_test.
function(posed_folder name)
  cmake_parse_arguments(FOLDER "" "TOGETHER;ON_SERVERS" "SOURCES;TESTS;LINKS;PRIVATE;TEST_LINKS" ${ARGN})
  add_library(posed_${name} STATIC ${FOLDER_SOURCES})
  list(TRANSFORM FOLDER_LINKS PREPEND posed_)
  target_link_libraries(posed_${name} PUBLIC posed_options ${FOLDER_LINKS} PRIVATE ${FOLDER_PRIVATE})
  target_precompile_headers(posed_${name} REUSE_FROM posed_precompiled)
  if(FOLDER_TESTS)
    posed_test(${name}_test SOURCES ${FOLDER_TESTS} LINKS posed_${name} ${FOLDER_PRIVATE} ${FOLDER_TEST_LINKS}
      TOGETHER ${FOLDER_TOGETHER} ON_SERVERS ${FOLDER_ON_SERVERS})
  endif()
endfunction()

# What runs the tests that are not labelled slow.
add_custom_target(quick_tests)

# posed_test(media_test SOURCES a_test.cpp LINKS posed_media LABELS slow)
#
# The files of a test are compiled several at a time, which takes half as long.
# SERIAL: its cases bear no other test beside them, because they measure time or count processes. TOGETHER: cases that
# this filter of GoogleTest names are one test <name>.together, so that the server that they share is started once.
# ON_SERVERS: cases that this filter names run a second time, as one test <name>.on_servers, with the service under test
# on PostgreSQL, Redis and S3 instead of files.
function(posed_test name)
  cmake_parse_arguments(TEST "SERIAL" "TOGETHER;ON_SERVERS" "SOURCES;LINKS;LABELS" ${ARGN})
  add_executable(${name} ${TEST_SOURCES})
  target_link_libraries(${name} PRIVATE posed_options posed_test_options posed_test_support ${TEST_LINKS} GTest::gmock
    GTest::gtest_main)
  target_precompile_headers(${name} REUSE_FROM posed_precompiled_for_tests)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests UNITY_BUILD ON)
  if(NOT slow IN_LIST TEST_LABELS)
    add_dependencies(quick_tests ${name})
  endif()
  set(all_skipped "\\[  PASSED  \\] 0 tests\\.\n\\[  SKIPPED \\]")
  set(others "*")
  if(TEST_TOGETHER)
    set(others "-${TEST_TOGETHER}")
    add_test(NAME ${name}.together COMMAND ${name} --gtest_filter=${TEST_TOGETHER})
    set_tests_properties(${name}.together PROPERTIES TIMEOUT 900 RUN_SERIAL ${TEST_SERIAL} LABELS "${TEST_LABELS}"
      SKIP_REGULAR_EXPRESSION "${all_skipped}")
  endif()
  if(TEST_ON_SERVERS)
    add_test(NAME ${name}.on_servers COMMAND ${name} --gtest_filter=${TEST_ON_SERVERS})
    set_tests_properties(${name}.on_servers PROPERTIES ENVIRONMENT TESTS_ON=servers TIMEOUT 1800
      RUN_SERIAL ${TEST_SERIAL} LABELS "${TEST_LABELS};slow"
      SKIP_REGULAR_EXPRESSION "${all_skipped};environment set-up\\.\n[^\n]*: Skipped")
  endif()
  gtest_discover_tests(${name} TEST_PREFIX "${name}." DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 NO_PRETTY_VALUES
    TEST_FILTER "${others}"
    PROPERTIES TIMEOUT 900 RUN_SERIAL ${TEST_SERIAL} LABELS "${TEST_LABELS}")
endfunction()

# posed_fuzz(fuzz_archive SOURCES fuzz_archive.cpp LINKS posed_results)
#
# In the fuzz preset a libFuzzer program; everywhere else a program that replays fuzz/corpus/<name> under ctest, so
# that fuzz targets always compile and every finding stays found.
function(posed_fuzz name)
  cmake_parse_arguments(FUZZ "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${FUZZ_SOURCES})
  target_link_libraries(${name} PRIVATE posed_options ${FUZZ_LINKS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
  if(NOT TARGET fuzzers)
    add_custom_target(fuzzers)
  endif()
  add_dependencies(fuzzers ${name})
  if(POSED_FUZZ)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${name} PRIVATE ${CMAKE_SOURCE_DIR}/fuzz/replay_main.cpp)
  endif()
  add_test(NAME ${name} COMMAND ${name} ${CMAKE_SOURCE_DIR}/fuzz/corpus/${name})
  if(POSED_FUZZ)
    set_tests_properties(${name} PROPERTIES DISABLED TRUE)
  endif()
endfunction()
