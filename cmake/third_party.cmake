# Every library that is not ours, each linked PRIVATE to the one folder that may include it.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
if(EXISTS ${CMAKE_SOURCE_DIR}/build/boost-1.81)  # where another Boost's headers are installed: see tools/setup
  set(BOOST_ROOT ${CMAKE_SOURCE_DIR}/build/boost-1.81/usr)
endif()
find_package(Boost 1.81 REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(CURL 7.84 REQUIRED)  # since then it may be initialised by any thread
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)
include(GoogleTest)

pkg_check_modules(FFMPEG REQUIRED IMPORTED_TARGET libavformat libavcodec libavutil libswscale libswresample)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(PQ REQUIRED IMPORTED_TARGET libpq)

# And the OpenMP of the compiler that built it.
find_library(DNNL_LIBRARY dnnl REQUIRED)
add_library(dnnl INTERFACE)
target_link_libraries(dnnl INTERFACE ${DNNL_LIBRARY} gomp Threads::Threads)

find_library(SOCI_CORE_LIBRARY soci_core REQUIRED)
find_library(SOCI_SQLITE3_LIBRARY soci_sqlite3 REQUIRED)
find_library(SOCI_POSTGRESQL_LIBRARY soci_postgresql REQUIRED)
find_library(SQLITE3_LIBRARY sqlite3 REQUIRED)
add_library(soci INTERFACE)
target_link_libraries(soci INTERFACE ${SOCI_SQLITE3_LIBRARY} ${SOCI_POSTGRESQL_LIBRARY} ${SOCI_CORE_LIBRARY} ${SQLITE3_LIBRARY}
  PkgConfig::PQ)

# Redis's protocol only: the connection is Asio's.
find_library(HIREDIS_LIBRARY hiredis REQUIRED)
add_library(hiredis INTERFACE)
target_link_libraries(hiredis INTERFACE ${HIREDIS_LIBRARY})

# Of Boost.Asio and Beast, headers only.
add_library(asio INTERFACE)
target_link_libraries(asio INTERFACE Boost::headers Threads::Threads)
if(POSED_SANITIZE MATCHES thread)
  target_compile_definitions(asio INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)  # the sanitizer knows no fences, only locks
endif()
