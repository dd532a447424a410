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
option(PH_UNBOUND "Direct delivery to mail exchangers, by libunbound" ON)
option(PH_WERROR "Make our own warnings errors" OFF)
option(PH_TIDY "Run clang-tidy over what we compile (generated code excepted)" OFF)
option(PH_UNITY "Compile several files of a test together and do not optimise them: a whole build in half the time" OFF)
set(PH_SANITIZE "" CACHE STRING "Sanitizers for everything we compile: address,undefined or thread")

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_link_options(-fuse-ld=lld)
endif()
if(PH_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(PH_SANITIZE)
  # The generated protos get the same flags: a mixture crashes (docs/adr).
  add_compile_options(-fsanitize=${PH_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${PH_SANITIZE})
  if(PH_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
      # clang 14 cannot assemble coroutines with its prologue: "cannot represent a difference across sections".
      add_compile_options(-fno-sanitize=function)
    endif()
  endif()
endif()

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Protobuf REQUIRED)
find_package(gRPC CONFIG REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(absl CONFIG REQUIRED)
find_package(fmt CONFIG REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(yaml-cpp CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(GTest REQUIRED)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(HIREDIS REQUIRED IMPORTED_TARGET hiredis)
pkg_check_modules(IDN2 REQUIRED IMPORTED_TARGET libidn2)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
if(PH_UNBOUND)
  # Its .pc file asks for libevent, which only a part that we do not use needs.
  find_library(UNBOUND_LIBRARY unbound REQUIRED)
endif()

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

# Beside the compiler, so that Ninja knows what has to be looked at again.
function(ph_tidy target)
  if(PH_TIDY)
    set_target_properties(${target} PROPERTIES CXX_CLANG_TIDY "clang-tidy;--quiet")
  endif()
endfunction()

# ph_library(NAME name SOURCES a.cc … DEPS target …): the library of one folder.
function(ph_library)
  cmake_parse_arguments(ARG "" "NAME" "SOURCES;DEPS" ${ARGN})
  add_library(${ARG_NAME} STATIC EXCLUDE_FROM_ALL ${ARG_SOURCES})
  target_include_directories(${ARG_NAME} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${ARG_NAME} PUBLIC ${ARG_DEPS} PRIVATE ph_warnings)
  ph_tidy(${ARG_NAME})
endfunction()

# ph_test(NAME name SOURCES a_test.cc … DEPS target …): one GoogleTest binary, each TEST a ctest of its own. Optional: TIMEOUT
# (seconds, 120), FIXTURE (a CTest fixture that its tests need) and LABEL. Without a label a binary that links gRPC gets "grpc", so that
# ./dev tsan can leave it out.
function(ph_test)
  cmake_parse_arguments(ARG "" "NAME;TIMEOUT;LABEL;FIXTURE" "SOURCES;DEPS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  if(NOT ARG_LABEL)
    set(ARG_LABEL unit)
    if("${ARG_DEPS}" MATCHES "grpc|gRPC|ph_api|ph_cli")
      set(ARG_LABEL grpc)
    endif()
  endif()
  add_executable(${ARG_NAME} ${ARG_SOURCES})
  target_include_directories(${ARG_NAME} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_definitions(${ARG_NAME} PRIVATE
    PH_SOURCE_DIR="${CMAKE_SOURCE_DIR}" PH_BINARY_DIR="${CMAKE_BINARY_DIR}")
  if(PH_SANITIZE)  # No generator expression: "address,undefined" would be two arguments.
    target_compile_definitions(${ARG_NAME} PRIVATE PH_SANITIZED)
  endif()
  target_link_libraries(${ARG_NAME} PRIVATE ${ARG_DEPS} ph_warnings GTest::gtest_main GTest::gmock)
  if(PH_UNITY)
    # What is tested stays optimised. Headers are most of a test's compile time, the optimiser most of the rest.
    set_target_properties(${ARG_NAME} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    target_compile_options(${ARG_NAME} PRIVATE -O0)
  endif()
  ph_tidy(${ARG_NAME})
  if(PH_SANITIZE STREQUAL "thread" AND ARG_LABEL MATCHES "grpc|e2e")  # CMakePresets.json leaves them out.
    set_target_properties(${ARG_NAME} PROPERTIES EXCLUDE_FROM_ALL ON)
    return()
  endif()
  include(GoogleTest)
  gtest_discover_tests(${ARG_NAME} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS ${ARG_LABEL} FIXTURES_REQUIRED "${ARG_FIXTURE}")
endfunction()

# ph_fuzz(NAME name SOURCES a_fuzz.cc … DEPS target …): a libFuzzer target, built only with PH_FUZZ (into fuzzers/, where
# ./dev fuzz finds it); without it the corpus in tests/fuzz/corpus/<name> is replayed as a test by the plain driver.
function(ph_fuzz)
  cmake_parse_arguments(ARG "" "NAME" "SOURCES;DEPS" ${ARGN})
  add_executable(${ARG_NAME} ${ARG_SOURCES})
  set_target_properties(${ARG_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzzers)
  target_include_directories(${ARG_NAME} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${ARG_NAME} PRIVATE ${ARG_DEPS} ph_warnings)
  if(NOT TARGET fuzzers)
    add_custom_target(fuzzers)
  endif()
  add_dependencies(fuzzers ${ARG_NAME})
  if(PH_FUZZ)
    target_link_options(${ARG_NAME} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${ARG_NAME} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.cc)
    add_test(NAME fuzz.${ARG_NAME} COMMAND ${ARG_NAME} ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${ARG_NAME})
    set_tests_properties(fuzz.${ARG_NAME} PROPERTIES TIMEOUT 120 LABELS unit)
  endif()
endfunction()

# ph_embed(NAMESPACE ns FUNCTION F HEADER path BASE folder OUT var FILES …): compiles text files into one generated source, which
# defines `std::span<const EmbeddedFile> ns::F()`, declared in HEADER: a table sorted by path. The binary needs no data files.
function(ph_embed)
  cmake_parse_arguments(ARG "" "NAMESPACE;FUNCTION;HEADER;BASE;OUT" "FILES" ${ARGN})
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${ARG_FUNCTION}_embedded.cc)
  file(REAL_PATH ${ARG_BASE} base BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  set(files)
  foreach(file ${ARG_FILES})
    file(REAL_PATH ${file} file BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    list(APPEND files ${file})
  endforeach()
  add_custom_command(OUTPUT ${out}
    COMMAND python3 ${CMAKE_SOURCE_DIR}/cmake/embed.py --namespace ${ARG_NAMESPACE} --function ${ARG_FUNCTION}
            --header ${ARG_HEADER} --base ${base} --out ${out} ${files}
    DEPENDS ${CMAKE_SOURCE_DIR}/cmake/embed.py ${files} VERBATIM)
  set(${ARG_OUT} ${out} PARENT_SCOPE)
endfunction()
