# The container runtime's port: real (gRPC) and simulated.
add_library(cri_port STATIC
  ${CMAKE_CURRENT_SOURCE_DIR}/cri_grpc_port.cpp)
target_compile_options(cri_port PRIVATE -fPIC)
target_link_libraries(cri_port PUBLIC supervision PRIVATE cri gRPC::grpc++ CAF::core troupe_warnings)
