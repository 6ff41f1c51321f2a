# fairlead_test(<name> TIER unit SOURCES … LIBS … [TIMEOUT 120] [NIGHTLY]): one GoogleTest program, registered with ctest
#   under its tier's label. Tiers: unit, contract, durability, simulation, consumer, fuzz. NIGHTLY ones run only with
#   tests/run.sh --nightly (ctest -C Nightly).
# fairlead_fuzzer(<name> SOURCES … LIBS … [CORPUS folder] [DICTIONARY file]): one libFuzzer program where clang builds
#   them (FAIRLEAD_FUZZERS), and nothing elsewhere. tests/run.sh gives each of them its time.
#
# A tier can be built alone: fairlead_tests_unit, fairlead_tests_simulation, …
include_guard(GLOBAL)

# TEST() and BENCHMARK() register themselves in static initialisers; the libraries may not have any.
set(FAIRLEAD_TEST_WARNINGS ${FAIRLEAD_WARNINGS})
if(FAIRLEAD_TEST_WARNINGS AND CMAKE_CXX_COMPILER_ID MATCHES Clang)
  list(APPEND FAIRLEAD_TEST_WARNINGS -Wno-global-constructors)
endif()

foreach(tier IN ITEMS unit contract durability simulation consumer fuzz)
  add_custom_target(fairlead_tests_${tier})
endforeach()

function(fairlead_test name)
  cmake_parse_arguments(ARG "NIGHTLY" "TIER;TIMEOUT" "SOURCES;LIBS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  if(NOT TARGET fairlead_tests_${ARG_TIER})
    message(FATAL_ERROR "fairlead_test(${name}): unknown TIER '${ARG_TIER}'")
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LIBS} GTest::gmock GTest::gtest_main)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_options(${name} PRIVATE ${FAIRLEAD_TEST_WARNINGS})
  target_compile_definitions(${name} PRIVATE FAIRLEAD_TESTDATA="${PROJECT_SOURCE_DIR}/tests/testdata")
  add_dependencies(fairlead_tests_${ARG_TIER} ${name})
  set(when "")
  if(ARG_NIGHTLY)
    set(when CONFIGURATIONS Nightly)
  endif()
  add_test(NAME ${name} COMMAND ${name} ${when})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_TIER}" TIMEOUT ${ARG_TIMEOUT})
endfunction()

function(fairlead_fuzzer name)
  cmake_parse_arguments(ARG "" "CORPUS;DICTIONARY" "SOURCES;LIBS" ${ARGN})
  if(NOT FAIRLEAD_FUZZERS)
    return()
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LIBS})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_options(${name} PRIVATE ${FAIRLEAD_TEST_WARNINGS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
  add_dependencies(fairlead_tests_fuzz ${name})
  # What tests/run.sh reads to start it: seeds and words lie beside the program under its name.
  set(seeds "")
  if(ARG_CORPUS)
    get_filename_component(seeds ${ARG_CORPUS} ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
  endif()
  set(words "")
  if(ARG_DICTIONARY)
    get_filename_component(words ${ARG_DICTIONARY} ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
  endif()
  file(WRITE ${CMAKE_BINARY_DIR}/fuzz/${name}.conf "corpus='${seeds}'\ndictionary='${words}'\n")
endfunction()
