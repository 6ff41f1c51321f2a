# One room = one component = one target. fairlead_component() is the only way a library of Fairlead is made, so that
# visibility, warnings, install rules, the package files and the pkg-config module of all rooms agree.
#
#   fairlead_component(<name>
#     SOURCES a.cc b.cc                   files of src/<name>
#     PUBLIC  fairlead::core absl::status what a consumer compiles or links against
#     PRIVATE CURL::libcurl               what only our own sources see
#     [DEFAULT_VISIBILITY]                for generated messages: a hidden message class does not link across libraries
#     [HEADERS connectors/woocommerce]    include/fairlead/<...> folder, default <name>
#     [NOT_INSTALLED])                    a library of the build alone
#
# Targets to link are listed in cmake/FairleadDependencies.cmake; what consumers must find, and the modules that the .pc
# file requires, follow from them. (FIND, PC and PC_PRIVATE may still be given and are ignored.)
include_guard(GLOBAL)
include(FairleadDependencies)

set_property(GLOBAL PROPERTY FAIRLEAD_COMPONENTS "")

function(fairlead_component name)
  cmake_parse_arguments(ARG "DEFAULT_VISIBILITY;NOT_INSTALLED" "HEADERS" "SOURCES;PUBLIC;PRIVATE;FIND;PC;PC_PRIVATE"
    ${ARGN})
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "fairlead_component(${name}): what is ${ARG_UNPARSED_ARGUMENTS}?")
  endif()
  if(NOT ARG_HEADERS)
    set(ARG_HEADERS ${name})
  endif()
  # Header-only helpers of our own sources leave no trace in the package.
  set(private "")
  foreach(item IN LISTS ARG_PRIVATE)
    if(item MATCHES "^fairlead_dep::(rapidjson|httplib)$")
      list(APPEND private $<BUILD_INTERFACE:${item}>)
    else()
      list(APPEND private ${item})
    endif()
  endforeach()

  set(target fairlead_${name})
  if(ARG_SOURCES)
    add_library(${target} ${ARG_SOURCES})
    set(scope PUBLIC)
    target_link_libraries(${target} PRIVATE ${private})
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
    # Libraries of one installation find each other wherever it is moved to.
    if(APPLE)
      set_target_properties(${target} PROPERTIES INSTALL_RPATH "@loader_path")
    else()
      set_target_properties(${target} PROPERTIES INSTALL_RPATH "$ORIGIN")
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

  # What the package files and the tests need to know about the room. Without a "private" part for the outside: a static
  # library's private libraries are linked by its consumer, so the consumer has to find them too.
  foreach(part IN ITEMS PUBLIC PRIVATE)
    set(requires_${part} "")
    set(find_${part} "")
    set(pc_${part} "")
    foreach(item IN LISTS ARG_${part})
      if(item MATCHES "^fairlead::(.+)$")
        list(APPEND requires_${part} ${CMAKE_MATCH_1})
        list(APPEND pc_${part} fairlead_${CMAKE_MATCH_1})
      else()
        fairlead_describe_target(${item} find pc)
        list(APPEND find_${part} ${find})
        list(APPEND pc_${part} ${pc})
      endif()
    endforeach()
    list(REMOVE_DUPLICATES find_${part})
    list(REMOVE_DUPLICATES pc_${part})
    set_property(GLOBAL PROPERTY FAIRLEAD_REQUIRES_${part}_${name} "${requires_${part}}")
    set_property(GLOBAL PROPERTY FAIRLEAD_FIND_${part}_${name} "${find_${part}}")
    set_property(GLOBAL PROPERTY FAIRLEAD_PC_${part}_${name} "${pc_${part}}")
  endforeach()
  if(ARG_NOT_INSTALLED)
    return()
  endif()
  set_property(GLOBAL APPEND PROPERTY FAIRLEAD_COMPONENTS ${name})
  set_property(GLOBAL PROPERTY FAIRLEAD_HEADERS_${name} "${ARG_HEADERS}")
  if(ARG_SOURCES)
    set_property(GLOBAL PROPERTY FAIRLEAD_HAS_LIBRARY_${name} ON)
  endif()
endfunction()

# fairlead_closure(<name> <out>): the component and all that it stands on.
function(fairlead_closure name out)
  set(todo ${name})
  set(seen "")
  while(todo)
    list(POP_FRONT todo one)
    if(NOT one IN_LIST seen)
      list(APPEND seen ${one})
      get_property(public GLOBAL PROPERTY FAIRLEAD_REQUIRES_PUBLIC_${one})
      get_property(private GLOBAL PROPERTY FAIRLEAD_REQUIRES_PRIVATE_${one})
      list(APPEND todo ${public} ${private})
    endif()
  endwhile()
  set(${out} "${seen}" PARENT_SCOPE)
endfunction()
