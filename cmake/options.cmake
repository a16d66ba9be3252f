# What every target of the project is compiled with. Presets set POSED_SANITIZE and the build type.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# The build tree has the layout of an installation, so that the program finds its modules and models the same
# way in both: bin/posed, lib/posed/<estimator>.so, share/posed/<model folder>.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(POSED_MODULE_DIRECTORY ${CMAKE_BINARY_DIR}/lib/posed)
set(POSED_SHARE_DIRECTORY ${CMAKE_BINARY_DIR}/share/posed)

set(POSED_SANITIZE "" CACHE STRING "Sanitizers to build with: address,undefined or thread; empty for none")
option(POSED_FUZZ "Link fuzz targets against libFuzzer instead of the replaying main" OFF)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_SOURCE_DIR}/cmake/compile_with_ccache ${CMAKE_SOURCE_DIR})
  set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
endif()
find_program(LLD ld.lld)
if(LLD)
  add_link_options($<$<LINK_LANGUAGE:C,CXX>:-fuse-ld=lld>)  # a fifth of the time of GNU ld
endif()

add_library(posed_options INTERFACE)
target_include_directories(posed_options INTERFACE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR})
target_compile_options(posed_options INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  -fvisibility=hidden -ffp-contract=off)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # In inlined code of the library they find `"text" + std::string` guilty: GCC bug 105651.
  target_compile_options(posed_options INTERFACE -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds)
endif()
if(POSED_SANITIZE AND NOT POSED_FUZZ)
  # Half of the time to compile against -O2 -g (measured), traces keep their lines; [] of spans and vectors is checked.
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1 -D_GLIBCXX_ASSERTIONS")
endif()
if(POSED_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  target_compile_options(posed_options INTERFACE -Wno-maybe-uninitialized)  # sanitized code misleads g++ 12's analysis
endif()
if(POSED_SANITIZE)
  target_compile_options(posed_options INTERFACE -fsanitize=${POSED_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(posed_options INTERFACE -fsanitize=${POSED_SANITIZE})
endif()
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # Where several files are compiled at a time, it takes their own types without linkage for a header's.
  target_compile_options(posed_options INTERFACE -Wno-subobject-linkage)
endif()
if(POSED_FUZZ)
  target_compile_options(posed_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
# None of it is an option of nvcc.
get_target_property(options posed_options INTERFACE_COMPILE_OPTIONS)
set_property(TARGET posed_options PROPERTY INTERFACE_COMPILE_OPTIONS "$<$<NOT:$<COMPILE_LANGUAGE:CUDA>>:${options}>")

# Tests are compiled more often than their speed matters. Unoptimised they take half the time under the sanitizers, and
# with less optimisation g++ 12 takes what an optional holds for uninitialised.
add_library(posed_test_options INTERFACE)
target_compile_options(posed_test_options INTERFACE -O0 -Wno-maybe-uninitialized -Wno-subobject-linkage)
