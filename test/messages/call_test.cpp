// A call is answered exactly once, also when everybody forgets it.
#include <catch2/catch_test_macros.hpp>

#include "messages/call.hpp"

using namespace troupe;

namespace {

struct recording_sink final : reply_sink {
  std::vector<call_ptr> got;
  void answered(call_ptr each) override { got.push_back(std::move(each)); }
  void post(std::function<void()> work) override { work(); }
};

call_ptr call_to(const std::shared_ptr<recording_sink>& sink) {
  auto made = std::make_shared<call>();
  made->home = sink;
  made->stream = 7;
  made->in.path = "/api";
  made->in.headers = {{"accept", "application/json"}};
  return made;
}

} // namespace

TEST_CASE("an answer comes home once") {
  auto sink = std::make_shared<recording_sink>();
  auto made = call_to(sink);
  made->out.text = "x";
  answer(made);
  answer(made);
  made.reset();
  REQUIRE(sink->got.size() == 1);
  CHECK(sink->got[0]->out.text == "x");
  sink->got.clear();
  CHECK(sink->got.empty());
}

TEST_CASE("a forgotten call answers itself") {
  auto sink = std::make_shared<recording_sink>();
  call_to(sink).reset();
  REQUIRE(sink->got.size() == 1);
  CHECK(sink->got[0]->out.code == 503);
  CHECK(sink->got[0]->stream == 7);
  CHECK(sink->got[0]->in.path == "/api");
  REQUIRE(sink->got[0]->out.headers.size() == 1);
  CHECK(sink->got[0]->out.headers[0].first == "Retry-After");
  auto proposed = call_to(sink);
  proposed->where = call::state::proposed;
  proposed.reset();
  REQUIRE(sink->got.size() == 2);
  CHECK(sink->got[1]->out.code == 504);
  sink->got.clear(); // the answers themselves are not answered again
  CHECK(sink->got.empty());
}

TEST_CASE("headers are found by lower-case name") {
  auto sink = std::make_shared<recording_sink>();
  auto made = call_to(sink);
  CHECK(made->in.header("accept") == "application/json");
  CHECK(made->in.header("host").empty());
  answer(made);
}
