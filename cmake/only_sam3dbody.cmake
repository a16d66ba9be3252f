# The engine of sam-3d-body, sam3dbody-parity, sam3dbody-bench and sam3dbody-synthetic where there are a compiler, CMake
# and libtorch and nothing else.
if(NOT POSED_TORCH)
  message(FATAL_ERROR "there is nothing to build without libtorch")
endif()
add_library(posed_base_alone STATIC src/base/byte_source.cpp src/base/result.cpp)
target_include_directories(posed_base_alone PUBLIC cmake/without_boost)
target_link_libraries(posed_base_alone PUBLIC posed_options)
add_subdirectory(src/estimation/sam3dbody)
