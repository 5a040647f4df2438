# A node's end of exec, attach, port-forward and logs.
add_library(node_stream_port STATIC
  ${CMAKE_CURRENT_SOURCE_DIR}/streams/forward_session.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/streams/log_format.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/streams/log_session.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/streams/runtime_session.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/streams/stream_loop.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/streams/stream_port.cpp)
target_link_libraries(node_stream_port PUBLIC messages streams PRIVATE CAF::core nlohmann_json::nlohmann_json troupe_warnings)
