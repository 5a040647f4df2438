#include "runtime/http/http1_parser.hpp"

#include <utility>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace troupe {

namespace http = boost::beast::http;

struct http1_parser::state {
  http::request_parser<http::string_body> parser;
  state() {
    parser.body_limit(request_body_bytes_max);
    parser.header_limit(request_header_bytes_max);
    parser.eager(false);
  }
};

http1_parser::http1_parser() { reset(); }
http1_parser::~http1_parser() = default;

void http1_parser::reset() {
  state_ = std::make_unique<state>();
  head_told_ = false;
}

http1_parser::progress http1_parser::feed(std::string_view& in) {
  auto& parser = state_->parser;
  for (;;) {
    if (parser.is_done()) return progress::whole;
    if (parser.is_header_done() && !std::exchange(head_told_, true)) {
      parser.eager(true);
      return progress::head;
    }
    if (in.empty()) return progress::more;
    boost::beast::error_code error;
    auto used = parser.put(boost::asio::const_buffer(in.data(), in.size()), error);
    in.remove_prefix(used);
    if (error == http::error::need_more) return progress::more;
    if (error) {
      failure_ = error == http::error::body_limit ? 413 : error == http::error::header_limit ? 431 : 400;
      return progress::failed;
    }
    if (used == 0 && !parser.is_done() && !parser.is_header_done()) return progress::more;
  }
}

size_t http1_parser::body_bytes() const { return state_->parser.get().body().size(); }

bool http1_parser::expects_continue() const {
  return !state_->parser.is_done() && boost::beast::iequals(state_->parser.get()[http::field::expect], "100-continue");
}

bool http1_parser::keep_alive() const { return state_->parser.get().keep_alive(); }
bool http1_parser::chunked_replies() const { return state_->parser.get().version() >= 11; }

request http1_parser::take() {
  auto message = state_->parser.release();
  reset();
  auto text = [](boost::beast::string_view from) { return std::string(from.data(), from.size()); };
  request made;
  made.method = text(message.method_string());
  auto target = message.target();
  auto mark = target.find('?');
  made.path = text(target.substr(0, mark));
  if (mark != target.npos) made.query = text(target.substr(mark + 1));
  for (auto& field : message) {
    auto name = text(field.name_string());
    for (char& letter : name)
      if (letter >= 'A' && letter <= 'Z') letter = char(letter + ('a' - 'A'));
    made.headers.emplace_back(std::move(name), text(field.value()));
  }
  made.body = std::move(message.body());
  return made;
}

} // namespace troupe
