#include <catch2/catch_test_macros.hpp>
#include "runtime/ports/process_run.hpp"

using namespace troupe;

TEST_CASE("a program's output, error and exit code") {
  auto outcome = run_process({"sh", "-c", "cat; echo bad >&2; exit 3"}, "words");
  CHECK(outcome.exit_code == 3);
  CHECK(outcome.output == "words");
  CHECK(outcome.error == "bad\n");
  CHECK_FALSE(outcome.ok());
}

TEST_CASE("what is not there is 127, what is killed 128 and the signal") {
  CHECK(run_process({"no-such-program-here"}).exit_code == 127);
  CHECK(run_process({"sh", "-c", "kill -9 $$"}).exit_code == 137);
}

TEST_CASE("a program that outlives its deadline is killed") {
  auto outcome = run_process({"sleep", "600"}, "", 50);
  CHECK(outcome.timed_out);
  CHECK(outcome.exit_code == -1);
}

TEST_CASE("output is bounded, and input to a program that reads none does no harm") {
  auto outcome = run_process({"sh", "-c", "exec 0<&-; head -c 3000000 /dev/zero"}, std::string(4u << 20, 'x'));
  CHECK(outcome.ok());
  CHECK(outcome.output.size() == process_output_bytes_max);
}
