// SPDY/3.1 framing as kubectl, client-go and containerd speak it (the SPDY protocol, draft 3.1, without its flow control,
// which none of them uses). Pure: bytes in, events and bytes out. The same class is a server for clients and a client of
// a container runtime.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe::spdy {

using header_list = std::vector<std::pair<std::string, std::string>>; // names in lower case

struct limits {
  uint32_t control_frame_bytes = 64u << 10; // payload of one control frame, compressed
  uint32_t header_bytes = 16u << 10;        // one header block, inflated
  uint32_t headers = 64;
  uint32_t streams = 4096;                  // open at once
  uint32_t unsent_answers_bytes = 64u << 10; // to pings and bad streams; a peer that makes more of them is cut off
};

enum class fault : uint8_t { none, version, frame_size, length, header_block, zero_stream, too_many_headers };
enum class reset_code : uint32_t { protocol_error = 1, invalid_stream, refused, unsupported_version, cancel, internal };
enum class frame_type : uint8_t { syn_stream, syn_reply, rst_stream, settings, ping, goaway, headers, window_update, data, unknown };

struct frame {
  frame_type type{};
  uint32_t stream = 0;   // ping: its id; goaway: the last good stream
  uint32_t value = 0;    // rst_stream, goaway: status; window_update: delta; syn_stream: associated stream
  bool fin = false;      // of data: only with the last piece
  std::string_view data; // data only: a view into the input
  header_list fields;    // syn_stream, syn_reply, headers
};

/// Bytes in, frames out. A control frame is buffered until it is whole, a data frame never is.
class decoder {
public:
  explicit decoder(limits = {});
  ~decoder();
  decoder(const decoder&) = delete;
  decoder& operator=(const decoder&) = delete;
  /// Takes what it can from the front of `in`. None: `in` is used up, or a fault, which stays.
  std::optional<frame> next(std::string_view& in);
  fault failed() const { return fault_; }

private:
  std::optional<frame> step(std::string_view& in);
  bool begin_data();
  std::optional<frame> control();
  std::optional<frame> header_frame(uint16_t type, std::string_view payload, bool fin);
  bool inflate_block(std::string_view packed, std::string& text);
  bool read_headers(std::string_view text, header_list& to);
  bool fail(fault);
  limits limits_;
  fault fault_ = fault::none;
  std::string buffer_;             // head, then payload, of a control frame
  uint32_t stream_ = 0, left_ = 0; // of the data frame under way
  bool fin_ = false, in_data_ = false;
  struct inflater;
  std::unique_ptr<inflater> inflater_;
};

/// Frames to bytes, appended to `to`.
class encoder {
public:
  encoder();
  ~encoder();
  encoder(const encoder&) = delete;
  encoder& operator=(const encoder&) = delete;
  void syn_stream(std::string& to, uint32_t stream, const header_list&, bool fin = false);
  void syn_reply(std::string& to, uint32_t stream, const header_list& = {}, bool fin = false);
  static void rst_stream(std::string& to, uint32_t stream, reset_code);
  static void ping(std::string& to, uint32_t id);
  static void goaway(std::string& to, uint32_t last_good, uint32_t status = 0);
  static void window_update(std::string& to, uint32_t stream, uint32_t delta);
  static void data(std::string& to, uint32_t stream, std::string_view, bool fin = false);

private:
  std::string pack(const header_list&);
  struct deflater;
  std::unique_ptr<deflater> deflater_;
};

struct event {
  enum class kind : uint8_t { opened, replied, data, fin, reset, goaway, failed } what{};
  uint32_t stream = 0;
  std::string_view data; // data: valid until the next call; failed: why
  header_list fields;    // opened, replied
  bool fin = false;      // opened, replied, data: the peer sends no more on this stream
};

/// The table of streams over the codec; answers pings and bad streams by itself.
class session {
public:
  /// `client`: our side opens the odd ids.
  explicit session(bool client, limits = {});
  std::optional<event> next(std::string_view& in); // as decoder::next
  /// 0: no more ids, or the peer has gone away.
  uint32_t open(const header_list&, bool fin = false);
  /// Must come before data: the peer drops what comes earlier. send() does it where it was forgotten.
  void reply(uint32_t stream, const header_list& = {});
  /// False: closed, reset or unknown.
  bool send(uint32_t stream, std::string_view, bool fin = false);
  void reset(uint32_t stream, reset_code = reset_code::cancel);
  void goaway();
  bool known(uint32_t stream) const { return streams_.count(stream) != 0; }
  size_t size() const { return streams_.size(); }
  /// To be written to the peer; the owner empties it.
  std::string out;

private:
  struct state {
    bool ours_done = false, theirs_done = false, replied = false;
  };
  using position = std::map<uint32_t, state>::iterator;
  bool theirs(uint32_t id) const { return (id & 1) != (client_ ? 1u : 0u); }
  std::optional<event> handle(frame&);
  std::optional<event> opened(frame&);
  event theirs_done(position, event);
  void drop_if_done(position);
  event broken(std::string_view why);
  bool client_, gone_ = false, failed_ = false;
  limits limits_;
  uint32_t next_, highest_ = 0;
  size_t unsent_answers_ = 0;
  decoder from_;
  encoder to_;
  std::map<uint32_t, state> streams_;
};

/// The protocol's dictionary for header blocks: 1,423 bytes, Adler-32 e3c6a7c2.
std::string_view dictionary();

} // namespace troupe::spdy
