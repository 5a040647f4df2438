# dns_server_port: the sockets of cluster DNS.
add_library(dns_server_port STATIC dns_server_port.cpp)
target_link_libraries(dns_server_port PUBLIC messages CAF::core troupe_warnings Threads::Threads)
