# One room = one component = one target. fairlead_component() is the only way a library of Fairlead is made, so that
# visibility, warnings, install rules, the package files and the pkg-config module of all rooms agree.
#
#   fairlead_component(<name>
#     SOURCES a.cc b.cc                   files of src/<name>
#     PUBLIC  fairlead::core absl::status what a consumer compiles or links against
#     PRIVATE CURL::libcurl               what only our own sources see
#     FIND    "absl" "CURL"               find_dependency() calls a consumer needs (absl, Protobuf, CURL, …)
#     PC      absl_status …               modules for Requires of the .pc file
#     PC_PRIVATE libcurl                  modules for Requires.private
#     [HEADERS connectors/woocommerce])   include/fairlead/<...> folder, default <name>
include_guard(GLOBAL)

set_property(GLOBAL PROPERTY FAIRLEAD_COMPONENTS "")

function(fairlead_component name)
  cmake_parse_arguments(ARG "DEFAULT_VISIBILITY" "HEADERS" "SOURCES;PUBLIC;PRIVATE;FIND;PC;PC_PRIVATE" ${ARGN})
  if(NOT ARG_HEADERS)
    set(ARG_HEADERS ${name})
  endif()
  set(target fairlead_${name})
  if(ARG_SOURCES)
    add_library(${target} ${ARG_SOURCES})
    set(scope PUBLIC)
    target_link_libraries(${target} PRIVATE ${ARG_PRIVATE})
    target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
    if(NOT ARG_DEFAULT_VISIBILITY)
      set_target_properties(${target} PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
    endif()
    target_compile_definitions(${target} PRIVATE FAIRLEAD_BUILDING)
    target_compile_options(${target} PRIVATE ${FAIRLEAD_WARNINGS})
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON VERSION ${PROJECT_VERSION}
      SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
    if(BUILD_SHARED_LIBS)
      target_compile_definitions(${target} PUBLIC FAIRLEAD_SHARED)
    endif()
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(fairlead::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  target_compile_features(${target} ${scope} cxx_std_17)
  target_link_libraries(${target} ${scope} ${ARG_PUBLIC})
  target_include_directories(${target} ${scope}
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)

  # What the package files and the tests need to know about the room.
  set(requires "")
  foreach(item IN LISTS ARG_PUBLIC ARG_PRIVATE)
    if(item MATCHES "^fairlead::(.+)$")
      list(APPEND requires ${CMAKE_MATCH_1})
    endif()
  endforeach()
  set_property(GLOBAL APPEND PROPERTY FAIRLEAD_COMPONENTS ${name})
  set_property(GLOBAL PROPERTY FAIRLEAD_REQUIRES_${name} "${requires}")
  set_property(GLOBAL PROPERTY FAIRLEAD_FIND_${name} "${ARG_FIND}")
  set_property(GLOBAL PROPERTY FAIRLEAD_PC_${name} "${ARG_PC}")
  set_property(GLOBAL PROPERTY FAIRLEAD_PC_PRIVATE_${name} "${ARG_PC_PRIVATE}")
  set_property(GLOBAL PROPERTY FAIRLEAD_HEADERS_${name} "${ARG_HEADERS}")
  set_property(GLOBAL PROPERTY FAIRLEAD_HAS_LIBRARY_${name} "${ARG_SOURCES}")
endfunction()
