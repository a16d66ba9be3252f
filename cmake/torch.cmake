# The library that computes sam-3d-body: Debian's libtorch-dev, or a downloaded libtorch (with CUDA or without) that
# CMAKE_PREFIX_PATH names. Its own CMake package is not asked, because Debian's wants the development files of all that
# libtorch was built from. Sets POSED_TORCH, and says why where it is off.
find_path(TORCH_INCLUDE_DIR ATen/ATen.h)
find_library(TORCH_LIBRARY torch)
find_library(TORCH_CPU_LIBRARY torch_cpu)
find_library(TORCH_C10_LIBRARY c10)
find_library(TORCH_CUDA_LIBRARY torch_cuda)
find_library(TORCH_C10_CUDA_LIBRARY c10_cuda)
mark_as_advanced(TORCH_INCLUDE_DIR TORCH_LIBRARY TORCH_CPU_LIBRARY TORCH_C10_LIBRARY TORCH_CUDA_LIBRARY
  TORCH_C10_CUDA_LIBRARY)

include(CheckCXXSourceCompiles)
set(POSED_TORCH OFF)
if(NOT (TORCH_INCLUDE_DIR AND TORCH_LIBRARY AND TORCH_CPU_LIBRARY AND TORCH_C10_LIBRARY))
  message(STATUS "sam-3d-body is not built: libtorch is not found (libtorch-dev, or CMAKE_PREFIX_PATH)")
else()
  add_library(torch INTERFACE)
  target_include_directories(torch SYSTEM INTERFACE
    ${TORCH_INCLUDE_DIR} ${TORCH_INCLUDE_DIR}/torch/csrc/api/include)
  set(torch_libraries ${TORCH_LIBRARY} ${TORCH_CPU_LIBRARY} ${TORCH_C10_LIBRARY})
  if(TORCH_CUDA_LIBRARY AND TORCH_C10_CUDA_LIBRARY)
    # Much of it is only reached through libtorch: without the flag the linker would leave it out.
    list(APPEND torch_libraries -Wl,--no-as-needed ${TORCH_CUDA_LIBRARY} ${TORCH_C10_CUDA_LIBRARY} -Wl,--as-needed)
    find_package(CUDAToolkit)
    set(CMAKE_REQUIRED_INCLUDES ${TORCH_INCLUDE_DIR} ${TORCH_INCLUDE_DIR}/torch/csrc/api/include)
    check_cxx_source_compiles("
      #include <torch/version.h>
      static_assert(TORCH_VERSION_MAJOR >= 2);
      int main() {}"
      POSED_TORCH_IS_TWO)
    if(CUDAToolkit_FOUND AND CUDAToolkit_NVCC_EXECUTABLE AND POSED_TORCH_IS_TWO)
      set(CMAKE_CUDA_COMPILER ${CUDAToolkit_NVCC_EXECUTABLE})  # it need not be on the path
      if(NOT CMAKE_CUDA_ARCHITECTURES)
        set(CMAKE_CUDA_ARCHITECTURES 75 80 90)  # newer cards compile at start what was made for the last
      endif()
      enable_language(CUDA)
      set(CMAKE_CUDA_STANDARD 20)
      set(CMAKE_CUDA_STANDARD_REQUIRED ON)
      target_compile_definitions(torch INTERFACE POSED_TORCH_CUDA)
      list(APPEND torch_libraries CUDA::cudart)
      message(STATUS "sam-3d-body computes on graphics cards, too, with CUDA ${CUDAToolkit_VERSION}")
    else()
      message(STATUS "sam-3d-body computes on the processor only: for cards it needs libtorch 2 and CUDA's toolkit with nvcc")
    endif()
  endif()
  target_link_libraries(torch INTERFACE ${torch_libraries})

  set(CMAKE_REQUIRED_INCLUDES ${TORCH_INCLUDE_DIR})
  set(CMAKE_REQUIRED_LIBRARIES ${torch_libraries})
  check_cxx_source_compiles("
    #include <ATen/core/symbol.h>
    #include <string>
    int main() { return c10::Symbol::fromQualString(std::string(\"aten::add\")).is_aten() ? 0 : 1; }"
    POSED_TORCH_LINKS)
  unset(CMAKE_REQUIRED_INCLUDES)
  unset(CMAKE_REQUIRED_LIBRARIES)
  if(POSED_TORCH_LINKS)
    set(POSED_TORCH ON)
    message(STATUS "sam-3d-body is built with ${TORCH_LIBRARY}")
  else()
    message(STATUS "sam-3d-body is not built: ${TORCH_LIBRARY} was compiled for another C++ library or with "
      "_GLIBCXX_USE_CXX11_ABI=0; take a libtorch with the C++11 ABI")
  endif()
endif()
