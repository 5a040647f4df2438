# The container runtime's port: real (gRPC) and simulated.
add_library(cri_port STATIC
  ${CMAKE_CURRENT_SOURCE_DIR}/cri_grpc_channel.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/cri_grpc_port.cpp)
target_compile_options(cri_port PRIVATE -fPIC)
target_link_libraries(cri_port PUBLIC runtime_supervision PRIVATE cri gRPC::grpc++ CAF::core troupe_warnings)

add_library(simulated_runtime STATIC
  ${CMAKE_CURRENT_SOURCE_DIR}/simulated_cri_port.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/simulated_host_port.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/simulated_runtime.cpp)
target_compile_options(simulated_runtime PRIVATE -fPIC)
target_link_libraries(simulated_runtime PUBLIC runtime_supervision PRIVATE cri CAF::core troupe_warnings)

# What the node does on its machine beside containers: files, mounts, cgroups, probes.
add_library(host_port STATIC
  ${CMAKE_CURRENT_SOURCE_DIR}/host_facts.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/host_files.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/host_port.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/host_probe.cpp)
target_link_libraries(host_port PUBLIC runtime_supervision PRIVATE CAF::core OpenSSL::SSL troupe_warnings)
