troupe_test(process_run_test SOURCES process_run_test.cpp LIBRARIES host_ports LABELS unit)
troupe_test(machine_probe_port_test SOURCES machine_probe_port_test.cpp LIBRARIES host_ports host_plan LABELS unit)
