# host_ports: files, programs, the machine's facts, network set-up, containerd. Blocking; used by runtime/host.
add_library(host_ports STATIC process_run.cpp file_text.cpp machine_probe_port.cpp network_port.cpp containerd_port.cpp
  clean_up_port.cpp image_import.cpp)
target_link_libraries(host_ports PUBLIC troupe_warnings PUBLIC messages PRIVATE nftables::nftables nlohmann_json::nlohmann_json host_plan)
