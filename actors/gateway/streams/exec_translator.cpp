#include "actors/gateway/streams/exec_translator.hpp"

namespace troupe {

exec_translator::exec_translator(const stream_begin& begin)
    : arguments_(begin.arguments), in_(begin.in), out_asked_(begin.out), err_(begin.err && !begin.tty), tty_(begin.tty) {}

bool exec_translator::asked(size_t of) const {
  const bool all[stream_count] = {in_, out_asked_, err_, true, tty_};
  return all[of];
}

void exec_translator::begin() {
  static constexpr channel_kind kinds[stream_count] = {channel_kind::in, channel_kind::out, channel_kind::err, channel_kind::status,
                                                       channel_kind::resize};
  for (size_t of : {stdin_stream, stdout_stream, stderr_stream, resize_stream, error_stream})
    if (asked(of)) channel_[of] = link_.open(kinds[of]);
}

void exec_translator::node_event(const session_event& event) {
  size_t of = 0;
  while (of < stream_count && channel_[of] != event.channel) ++of;
  if (of == stream_count || event.channel == 0) return;
  if (event.type == frame_type::data) {
    if (of == error_stream) outcome_bytes_ += event.data;
    else if (of == stdout_stream || of == stderr_stream) say(of, event.data);
  } else if (event.type == frame_type::fin || event.type == frame_type::reset) {
    if (of == error_stream && event.type == frame_type::reset) outcome_bytes_ = stream_outcome::failure(std::string(event.data)).encode();
    ended(of);
  }
}

// Stdout and stderr end first, then comes the outcome, then the end: what follows the outcome may be lost in the client.
void exec_translator::ended(size_t of) {
  ended_[of] = true;
  if (of == stdout_stream || of == stderr_stream) close(of);
  if (!ended_[error_stream]) return;
  for (size_t output : {stdout_stream, stderr_stream})
    if (channel_[output] != 0 && !ended_[output]) return;
  auto outcome = stream_outcome::decode(outcome_bytes_);
  finish_now(outcome ? *outcome : stream_outcome::failure("the node sent no outcome"));
}

void exec_translator::finish_now(const stream_outcome& outcome) {
  if (finished_) return;
  finish(outcome);
  finished_ = true;
}

void exec_translator::lost(std::string_view why) {
  for (size_t output : {stdout_stream, stderr_stream})
    if (channel_[output] != 0 && !ended_[output]) close(output);
  finish_now(stream_outcome::failure(std::string(why)));
}

void exec_translator::refused(const stream_outcome& outcome) {
  finish_now(stream_outcome::failure("unable to upgrade connection: " + outcome.message));
}

void exec_translator::abandon() {
  for (auto one : channel_)
    if (one != 0) link_.reset(one, "client gone");
}

} // namespace troupe
