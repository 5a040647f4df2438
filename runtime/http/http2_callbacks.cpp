#include <nghttp2/nghttp2.h>

#include "runtime/http/http2_connection.hpp"
#include "runtime/http/http_server.hpp"

namespace troupe {
namespace {

using stream = http2_connection::stream;

constexpr int32_t stream_window_bytes = 256 << 10, connection_window_bytes = 1 << 20;
constexpr uint64_t resets_burst = 1000, resets_per_second = 100; // above: GOAWAY ("rapid reset", CVE-2023-44487)

http2_connection& self(void* pointer) { return *static_cast<http2_connection*>(pointer); }

stream* stream_of(nghttp2_session* session, int32_t id) {
  return static_cast<stream*>(nghttp2_session_get_stream_user_data(session, id));
}

std::string_view text(const uint8_t* bytes, size_t size) { return {reinterpret_cast<const char*>(bytes), size}; }

int on_begin_headers(nghttp2_session* session, const nghttp2_frame* frame, void* pointer) {
  if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
  nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, &self(pointer).begin(frame->hd.stream_id));
  return 0;
}

// Trailers come here as well, and are dropped.
int on_header(nghttp2_session* session, const nghttp2_frame* frame, const uint8_t* name, size_t name_size, const uint8_t* value,
              size_t value_size, uint8_t, void* pointer) {
  if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
  if (auto* s = stream_of(session, frame->hd.stream_id); s && s->call)
    self(pointer).header(*s, text(name, name_size), text(value, value_size));
  return 0;
}

int on_data(nghttp2_session* session, uint8_t, int32_t id, const uint8_t* bytes, size_t size, void* pointer) {
  if (auto* s = stream_of(session, id); s && s->call) self(pointer).body(*s, text(bytes, size));
  return 0;
}

int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* pointer) {
  bool ends = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
  if (!ends || (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)) return 0;
  if (auto* s = stream_of(session, frame->hd.stream_id); s && s->call) self(pointer).dispatch(*s);
  return 0;
}

int on_stream_close(nghttp2_session* session, int32_t id, uint32_t, void* pointer) {
  if (stream_of(session, id)) self(pointer).stream_closed(id);
  return 0;
}

// The payload of a DATA frame was pulled to its place already (http2_connection::pull): only its head is missing.
int on_send_data(nghttp2_session*, nghttp2_frame*, const uint8_t* head, size_t size, nghttp2_data_source*, void* pointer) {
  return self(pointer).framed(head, size) ? NGHTTP2_ERR_PAUSE : 0;
}

nghttp2_session_callbacks* callbacks() {
  static nghttp2_session_callbacks* const made = [] {
    nghttp2_session_callbacks* c = nullptr;
    nghttp2_session_callbacks_new(&c);
    nghttp2_session_callbacks_set_on_begin_headers_callback(c, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(c, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(c, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(c, on_stream_close);
    nghttp2_session_callbacks_set_send_data_callback(c, on_send_data);
    return c;
  }();
  return made;
}

} // namespace

nghttp2_session* http2_session_maker::make(http2_connection& owner) {
  nghttp2_option* option = nullptr;
  nghttp2_option_new(&option);
  nghttp2_option_set_stream_reset_rate_limit(option, resets_burst, resets_per_second);
  nghttp2_session* session = nullptr;
  nghttp2_session_server_new2(&session, callbacks(), &owner, option);
  nghttp2_option_del(option);
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, http2_streams_max},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, stream_window_bytes},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, request_header_bytes_max},
  };
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings, 3);
  nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, connection_window_bytes);
  return session;
}

} // namespace troupe
