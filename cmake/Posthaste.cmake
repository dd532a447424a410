# How Posthaste's folders become libraries and tests. Every folder calls ph_library once; its tests call ph_test.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")

option(PH_FUZZ "Build the fuzz targets with libFuzzer (clang only)" OFF)
set(PH_SANITIZE "" CACHE STRING "Sanitizers for everything we compile: address,undefined or thread")

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_link_options(-fuse-ld=lld)
endif()
if(PH_SANITIZE)
  # The generated protos get the same flags: a mixture crashes (docs/adr).
  add_compile_options(-fsanitize=${PH_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${PH_SANITIZE})
  if(PH_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
endif()

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Protobuf REQUIRED)
find_package(gRPC CONFIG REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(absl CONFIG REQUIRED)
find_package(fmt CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(yaml-cpp CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(GTest REQUIRED)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(HIREDIS REQUIRED IMPORTED_TARGET hiredis)
pkg_check_modules(IDN2 REQUIRED IMPORTED_TARGET libidn2)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)

# Asio is compiled once, in base/asio.cc.
add_compile_definitions(BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_ALL_NO_LIB)

add_library(ph_warnings INTERFACE)
target_compile_options(ph_warnings INTERFACE -Wall -Wextra -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(ph_warnings INTERFACE -Wthread-safety -Wshadow-uncaptured-local)
endif()
if(PH_WERROR)
  target_compile_options(ph_warnings INTERFACE -Werror)
endif()

# ph_library(NAME name SOURCES a.cc … DEPS target …): the library of one folder.
function(ph_library)
  cmake_parse_arguments(ARG "" "NAME" "SOURCES;DEPS" ${ARGN})
  add_library(${ARG_NAME} STATIC ${ARG_SOURCES})
  target_include_directories(${ARG_NAME} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${ARG_NAME} PUBLIC ${ARG_DEPS} PRIVATE ph_warnings)
endfunction()

# ph_test(NAME name SOURCES a_test.cc … DEPS target …): one GoogleTest binary, each TEST a ctest of its own.
function(ph_test)
  cmake_parse_arguments(ARG "" "NAME;TIMEOUT" "SOURCES;DEPS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${ARG_NAME} ${ARG_SOURCES})
  target_include_directories(${ARG_NAME} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_definitions(${ARG_NAME} PRIVATE PH_SOURCE_DIR="${CMAKE_SOURCE_DIR}" PH_BINARY_DIR="${CMAKE_BINARY_DIR}")
  target_link_libraries(${ARG_NAME} PRIVATE ${ARG_DEPS} ph_warnings GTest::gtest_main GTest::gmock)
  include(GoogleTest)
  gtest_discover_tests(${ARG_NAME} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT ${ARG_TIMEOUT})
endfunction()

# ph_fuzz(NAME name SOURCES a_fuzz.cc … DEPS target …): a libFuzzer target, built only with PH_FUZZ; without it the corpus in
# tests/fuzz/corpus/<name> is replayed as a test by the plain driver.
function(ph_fuzz)
  cmake_parse_arguments(ARG "" "NAME" "SOURCES;DEPS" ${ARGN})
  add_executable(${ARG_NAME} ${ARG_SOURCES})
  target_include_directories(${ARG_NAME} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${ARG_NAME} PRIVATE ${ARG_DEPS} ph_warnings)
  if(PH_FUZZ)
    target_link_options(${ARG_NAME} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${ARG_NAME} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.cc)
    add_test(NAME fuzz.${ARG_NAME} COMMAND ${ARG_NAME} ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${ARG_NAME})
  endif()
endfunction()

# ph_embed(NAME name HEADER path OUT var FILES …): compiles text files into one generated source, as a sorted table of
# {path, bytes} that `HEADER` declares. The binary needs no data files beside it.
function(ph_embed)
  cmake_parse_arguments(ARG "" "NAMESPACE;FUNCTION;HEADER;BASE;OUT" "FILES" ${ARGN})
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${ARG_FUNCTION}_embedded.cc)
  add_custom_command(OUTPUT ${out}
    COMMAND python3 ${CMAKE_SOURCE_DIR}/cmake/embed.py --namespace ${ARG_NAMESPACE} --function ${ARG_FUNCTION}
            --header ${ARG_HEADER} --base ${ARG_BASE} --out ${out} ${ARG_FILES}
    DEPENDS ${CMAKE_SOURCE_DIR}/cmake/embed.py ${ARG_FILES} VERBATIM)
  set(${ARG_OUT} ${out} PARENT_SCOPE)
endfunction()
