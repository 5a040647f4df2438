// Requests of HTTP/1.1 (RFC 9112), parsed by Boost.Beast: the only file that includes it is http1_parser.cpp.
#pragma once
#include <memory>
#include <string_view>
#include "messages/call.hpp"

namespace troupe {

class http1_parser {
public:
  enum class progress {
    more,   // what is left of the input is the beginning of something
    head,   // the head is whole (told once); feed on for the body
    whole,  // take() it
    failed  // answer failure() and close
  };
  http1_parser();
  ~http1_parser();
  /// Uses up the front of `in`; what remains must be there again, with more behind it, at the next call.
  progress feed(std::string_view& in);
  int failure() const { return failure_; } // 400, 413 or 431
  size_t body_bytes() const;
  bool expects_continue() const; // the client waits for "100 Continue" before it sends the body
  bool keep_alive() const;
  bool chunked_replies() const;  // not HTTP/1.0
  /// The request; the parser is ready for the next one.
  request take();

private:
  void reset();
  struct state;
  std::unique_ptr<state> state_;
  int failure_ = 0;
  bool head_told_ = false;
};

} // namespace troupe
