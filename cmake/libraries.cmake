# Every library from outside, each as one target to link. What each is for: ARCHITECTURE.md.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(rhonabwy REQUIRED IMPORTED_TARGET librhonabwy)
pkg_check_modules(jansson REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(gnutls REQUIRED IMPORTED_TARGET gnutls)
pkg_check_modules(nettle REQUIRED IMPORTED_TARGET nettle)
pkg_check_modules(curl REQUIRED IMPORTED_TARGET libcurl)
pkg_check_modules(sqlite REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(utf8proc REQUIRED IMPORTED_TARGET libutf8proc)
pkg_check_modules(uring REQUIRED IMPORTED_TARGET liburing)
pkg_check_modules(zlib REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(openssl REQUIRED IMPORTED_TARGET openssl)
find_package(SQLiteCpp REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tomlplusplus REQUIRED)

# Asio, Beast and Boost.JSON are compiled once, not in every file that includes them.
add_library(boost_compiled STATIC
  ${CMAKE_CURRENT_SOURCE_DIR}/cmake/boost/asio.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/cmake/boost/beast.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/cmake/boost/json.cpp)
target_compile_definitions(boost_compiled PUBLIC
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE)
target_compile_options(boost_compiled PRIVATE -w)
target_link_libraries(boost_compiled PUBLIC Boost::headers Threads::Threads)

# The TLS part of Asio, apart: only `net` and the terminal client need OpenSSL.
add_library(boost_tls STATIC ${CMAKE_CURRENT_SOURCE_DIR}/cmake/boost/asio_ssl.cpp)
target_compile_options(boost_tls PRIVATE -w)
target_link_libraries(boost_tls PUBLIC boost_compiled PkgConfig::openssl)
