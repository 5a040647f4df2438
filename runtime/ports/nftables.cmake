# nftables_port: the kernel's packet filter, and its twin.
add_library(nftables_port STATIC conntrack_port.cpp nftables_port.cpp nftables_simulated.cpp)
target_link_libraries(nftables_port PUBLIC runtime_supervision PRIVATE nftables::nftables)
