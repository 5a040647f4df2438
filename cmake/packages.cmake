# Third-party packages, as targets. `./setup` installs them from Debian 12 and bookworm-backports.
find_package(Threads REQUIRED)
find_package(Protobuf 3.21 REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(Catch2 3 REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(yaml-cpp 0.7 REQUIRED)

# A library without a CMake package: one imported target for its header and its shared object.
function(troupe_import target header library)
  string(MAKE_C_IDENTIFIER ${target} id)
  find_path(${id}_INCLUDE ${header} REQUIRED)
  find_library(${id}_LIBRARY ${library} REQUIRED)
  add_library(${target} UNKNOWN IMPORTED GLOBAL)
  set_target_properties(${target} PROPERTIES IMPORTED_LOCATION "${${id}_LIBRARY}"
                                             INTERFACE_INCLUDE_DIRECTORIES "${${id}_INCLUDE}")
endfunction()

troupe_import(CAF::core caf/config.hpp caf_core)
target_link_libraries(CAF::core INTERFACE Threads::Threads)
find_path(CAF_DIR caf/config.hpp REQUIRED)
file(STRINGS "${CAF_DIR}/caf/config.hpp" caf_version REGEX "define CAF_VERSION ")
if(NOT caf_version MATCHES "1706") # 0.17.6 has no version file; its state structs and atoms are what we know
  message(FATAL_ERROR "CAF 0.17.6 expected, found: ${caf_version}")
endif()

troupe_import(lz4::lz4 lz4.h lz4)
troupe_import(nghttp2::nghttp2 nghttp2/nghttp2.h nghttp2)
troupe_import(nftables::nftables nftables/libnftables.h nftables)
troupe_import(raft::raft raft.h raft)

find_package(gRPC CONFIG QUIET)
if(NOT TARGET gRPC::grpc++)
  troupe_import(gRPC::grpc++ grpcpp/grpcpp.h grpc++)
endif()
find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)
