find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_test(NAME everyday_kubectl COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/everyday_kubectl.py ${CMAKE_BINARY_DIR}
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
set_tests_properties(everyday_kubectl PROPERTIES TIMEOUT 600 LABELS root SKIP_REGULAR_EXPRESSION "^SKIPPED: " RUN_SERIAL ON)
