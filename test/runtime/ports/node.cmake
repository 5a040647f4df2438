troupe_test(node_ports_test
  SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/log_format_test.cpp ${CMAKE_CURRENT_SOURCE_DIR}/host_files_test.cpp
  LIBRARIES host_port node_stream_port
  LABELS unit)
