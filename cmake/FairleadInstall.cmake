# The installed tree: per room its library, its headers, its CMake targets and its pkg-config module. Everything in it is
# relative to where it lies, so the tree may be moved.
include_guard(GLOBAL)
include(CMakePackageConfigHelpers)

foreach(variable IN ITEMS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
  if(IS_ABSOLUTE "${${variable}}")
    message(FATAL_ERROR "${variable} must be relative to the prefix, else the installed tree cannot be moved")
  endif()
endforeach()
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/fairlead)
set(pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH up /prefix/${pc_dir} /prefix)
string(REGEX REPLACE "/$" "" up "${up}")

get_property(components GLOBAL PROPERTY FAIRLEAD_COMPONENTS)
set(facts "set(_fairlead_components ${components})\n")
foreach(name IN LISTS components)
  foreach(part IN ITEMS PUBLIC PRIVATE)
    foreach(fact IN ITEMS REQUIRES FIND PC)
      get_property(${fact}_${part} GLOBAL PROPERTY FAIRLEAD_${fact}_${part}_${name})
    endforeach()
  endforeach()
  get_property(headers GLOBAL PROPERTY FAIRLEAD_HEADERS_${name})
  get_property(has_library GLOBAL PROPERTY FAIRLEAD_HAS_LIBRARY_${name})

  install(TARGETS fairlead_${name} EXPORT fairlead-${name}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT fairlead_runtime NAMELINK_COMPONENT fairlead_development
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT fairlead_development
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT fairlead_runtime)
  install(EXPORT fairlead-${name} NAMESPACE fairlead:: FILE fairlead-${name}-targets.cmake
    DESTINATION ${package_dir} COMPONENT fairlead_development)
  if(EXISTS ${PROJECT_SOURCE_DIR}/include/fairlead/${headers})
    install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/fairlead/${headers}/
      DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/fairlead/${headers} COMPONENT fairlead_development
      FILES_MATCHING PATTERN "*.h")
  endif()

  # A static library is linked together with its private libraries, so its consumers look for those too.
  set(find ${FIND_PUBLIC})
  set(requires ${REQUIRES_PUBLIC})
  set(pc ${PC_PUBLIC})
  set(pc_private ${PC_PRIVATE})
  if(NOT BUILD_SHARED_LIBS)
    list(APPEND find ${FIND_PRIVATE})
    list(APPEND requires ${REQUIRES_PRIVATE})
    list(APPEND pc ${PC_PRIVATE})
    set(pc_private "")
  else()
    # A private room of a shared library is still one of its exported link dependencies.
    list(APPEND requires ${REQUIRES_PRIVATE})
  endif()
  foreach(variable IN ITEMS find requires pc pc_private)
    list(REMOVE_DUPLICATES ${variable})
  endforeach()
  string(APPEND facts "set(_fairlead_requires_${name} ${requires})\nset(_fairlead_find_${name} ${find})\n")

  list(JOIN pc " " requires)
  list(JOIN pc_private " " requires_private)
  set(libs "")
  if(has_library)
    set(libs "-L\${libdir} -lfairlead_${name}")
  endif()
  set(libs_private "")
  set(cflags "")
  if("Threads" IN_LIST find)
    string(APPEND libs " -pthread")
  endif()
  if(BUILD_SHARED_LIBS)
    set(cflags " -DFAIRLEAD_SHARED")
  endif()
  configure_file(${PROJECT_SOURCE_DIR}/cmake/fairlead.pc.in ${PROJECT_BINARY_DIR}/package/fairlead_${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/package/fairlead_${name}.pc DESTINATION ${pc_dir} COMPONENT fairlead_development)
endforeach()

if(TARGET fairlead_models)
  # A .proto beside its header: one include folder serves the compiler and protoc alike, for every way of consuming.
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/proto/fairlead DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    COMPONENT fairlead_development FILES_MATCHING PATTERN "*.proto")
  install(DIRECTORY ${PROJECT_BINARY_DIR}/proto/fairlead DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    COMPONENT fairlead_development FILES_MATCHING PATTERN "*.pb.h")
endif()

file(WRITE ${PROJECT_BINARY_DIR}/package/fairlead-components.cmake "${facts}")
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/fairlead-config.cmake.in
  ${PROJECT_BINARY_DIR}/package/fairlead-config.cmake
  INSTALL_DESTINATION ${package_dir} PATH_VARS CMAKE_INSTALL_INCLUDEDIR NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/fairlead-config-version.cmake
  VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/package/fairlead-config.cmake
  ${PROJECT_BINARY_DIR}/package/fairlead-config-version.cmake
  ${PROJECT_BINARY_DIR}/package/fairlead-components.cmake
  ${PROJECT_SOURCE_DIR}/cmake/FairleadDependencies.cmake
  DESTINATION ${package_dir} COMPONENT fairlead_development)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/fairlead
  COMPONENT fairlead_runtime)
