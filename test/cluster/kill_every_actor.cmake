find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_test(NAME kill_every_actor COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/kill_every_actor.py ${CMAKE_BINARY_DIR}
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
set_tests_properties(kill_every_actor PROPERTIES TIMEOUT 900 LABELS root SKIP_REGULAR_EXPRESSION "^SKIPPED: " RUN_SERIAL ON)
