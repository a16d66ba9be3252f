# Headers that nearly every file reads, parsed once for all: half of what a small file costs to compile. Sources still
# include what they use; clang-tidy, which reads no precompiled headers, sees where one does not.

set(POSED_STANDARD_HEADERS
  <algorithm> <array> <charconv> <chrono> <cmath> <cstddef> <cstdint> <cstring> <filesystem> <fstream> <functional> <map>
  <memory> <mutex> <optional> <set> <span> <sstream> <stop_token> <string> <string_view> <thread> <utility> <variant>
  <vector> <boost/system/result.hpp>)

# One target for each way of compiling: what is position independent, and how optimised, must be the same in both.
add_library(posed_precompiled OBJECT ${CMAKE_SOURCE_DIR}/cmake/precompiled.cpp)
target_link_libraries(posed_precompiled PRIVATE posed_options Boost::headers)
target_precompile_headers(posed_precompiled PRIVATE ${POSED_STANDARD_HEADERS})

add_executable(posed_precompiled_for_tests EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/cmake/precompiled.cpp)
target_link_libraries(posed_precompiled_for_tests PRIVATE posed_options posed_test_options Boost::headers GTest::gmock)
target_precompile_headers(posed_precompiled_for_tests PRIVATE ${POSED_STANDARD_HEADERS} <gmock/gmock.h> <gtest/gtest.h>)
