# Finds Protocol Buffers once, CONFIG first (needed from protobuf 22 on), MODULE else (Debian 12 has no config file).
# Never a version: CONFIG and MODULE number their releases differently. The mode is recorded for our package file.
include_guard(GLOBAL)
find_package(Protobuf CONFIG QUIET)
if(Protobuf_FOUND)
  set(FAIRLEAD_PROTOBUF_MODE CONFIG)
else()
  find_package(Protobuf MODULE REQUIRED)
  set(FAIRLEAD_PROTOBUF_MODE MODULE)
endif()
if(Protobuf_PROTOC_EXECUTABLE AND CMAKE_CROSSCOMPILING)
  set(FAIRLEAD_PROTOC ${Protobuf_PROTOC_EXECUTABLE})
else()
  set(FAIRLEAD_PROTOC $<TARGET_FILE:protobuf::protoc>)
endif()

# fairlead_protos(<out-var> <root> a.proto b.proto …): C++ sources generated under ${CMAKE_BINARY_DIR}/proto.
function(fairlead_protos out root)
  set(destination ${PROJECT_BINARY_DIR}/proto)
  file(MAKE_DIRECTORY ${destination})
  set(sources "")
  set(inputs "")
  foreach(proto IN LISTS ARGN)
    list(APPEND inputs ${root}/${proto})
  endforeach()
  set(outputs "")
  foreach(proto IN LISTS ARGN)
    string(REGEX REPLACE "\\.proto$" "" stem ${proto})
    list(APPEND outputs ${destination}/${stem}.pb.cc ${destination}/${stem}.pb.h)
    list(APPEND sources ${destination}/${stem}.pb.cc)
  endforeach()
  # One protoc run for all files: it starts once, and a change in a shared import regenerates its users.
  add_custom_command(OUTPUT ${outputs}
    COMMAND ${FAIRLEAD_PROTOC} --cpp_out=${destination} -I${root} ${inputs}
    DEPENDS ${inputs} VERBATIM COMMENT "Generating C++ of the canonical model")
  set(${out} ${sources} PARENT_SCOPE)
endfunction()
