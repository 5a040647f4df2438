#include "messages/streams/spdy.hpp"

#include <zlib.h>

#include <algorithm>
#include <new>

namespace troupe::spdy {
namespace {

constexpr uint32_t id_mask = 0x7fffffff;
constexpr uint32_t data_frame_bytes_max = (1u << 24) - 1;
constexpr size_t head_bytes = 8;

enum control_type : uint16_t { syn_stream = 1, syn_reply, rst_stream, settings, ping = 6, goaway, headers, window_update };

uint32_t get_number(std::string_view from, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | uint8_t(from[at + i]);
  return value;
}

void put_number(std::string& to, uint32_t value) {
  const char bytes[4] = {char(value >> 24), char(value >> 16), char(value >> 8), char(value)};
  to.append(bytes, 4);
}

void put_head(std::string& to, control_type type, bool fin, size_t length) {
  put_number(to, 0x80030000u | type);
  put_number(to, uint32_t(fin) << 24 | uint32_t(length));
}

} // namespace

// Length-prefixed words that HTTP uses often, then loose text (the SPDY/3 draft, section 2.6.10.1).
std::string_view dictionary() {
  static const std::string whole = [] {
    std::string made;
    for (std::string_view word :
         {"options", "head", "post", "put", "delete", "trace", "accept", "accept-charset", "accept-encoding", "accept-language",
          "accept-ranges", "age", "allow", "authorization", "cache-control", "connection", "content-base", "content-encoding",
          "content-language", "content-length", "content-location", "content-md5", "content-range", "content-type", "date", "etag",
          "expect", "expires", "from", "host", "if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since",
          "last-modified", "location", "max-forwards", "pragma", "proxy-authenticate", "proxy-authorization", "range", "referer",
          "retry-after", "server", "te", "trailer", "transfer-encoding", "upgrade", "user-agent", "vary", "via", "warning",
          "www-authenticate", "method", "get", "status", "200 OK", "version", "HTTP/1.1", "url", "public", "set-cookie",
          "keep-alive", "origin"}) {
      put_number(made, uint32_t(word.size()));
      made += word;
    }
    made += "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505"
            "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden"
            "404 Not Found500 Internal Server Error501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept "
            "Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,"
            "application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=gzip,deflate,sdch"
            "charset=utf-8charset=iso-8859-1,utf-,*,enq=0.";
    return made;
  }();
  return whole;
}

// ---- decoder

struct decoder::inflater {
  z_stream z{};
  inflater() {
    if (inflateInit(&z) != Z_OK) throw std::bad_alloc();
  }
  ~inflater() { inflateEnd(&z); }
};

decoder::decoder(limits limits) : limits_(limits) {}
decoder::~decoder() = default;

bool decoder::fail(fault what) {
  fault_ = what;
  return false;
}

std::optional<frame> decoder::next(std::string_view& in) {
  if (fault_ == fault::none)
    if (auto made = step(in)) return made;
  if (fault_ != fault::none) in = {};
  return {};
}

std::optional<frame> decoder::step(std::string_view& in) {
  for (;;) {
    if (in_data_) {
      if (in.empty() && left_ != 0) return {};
      frame made{frame_type::data, stream_, 0, false, in.substr(0, left_), {}};
      in.remove_prefix(made.data.size());
      left_ -= uint32_t(made.data.size());
      if (left_ == 0) {
        made.fin = fin_;
        in_data_ = false;
      }
      return made;
    }
    size_t want = head_bytes;
    if (buffer_.size() >= head_bytes) want += get_number(buffer_, 4) & data_frame_bytes_max;
    auto take = std::min(want - buffer_.size(), in.size());
    buffer_.append(in.substr(0, take));
    in.remove_prefix(take);
    if (buffer_.size() < want) return {};
    if (want == head_bytes) { // only the head is here: look at it before taking more
      if (!(buffer_[0] & 0x80)) {
        if (!begin_data()) return {};
        continue;
      }
      auto length = get_number(buffer_, 4) & data_frame_bytes_max;
      if ((get_number(buffer_, 0) >> 16 & 0x7fff) != 3) return fail(fault::version), std::nullopt;
      if (length > limits_.control_frame_bytes) return fail(fault::frame_size), std::nullopt;
      if (length != 0) continue;
    }
    auto made = control();
    buffer_.clear();
    if (buffer_.capacity() > 4096) buffer_.shrink_to_fit();
    return made;
  }
}

bool decoder::begin_data() {
  stream_ = get_number(buffer_, 0) & id_mask;
  fin_ = buffer_[4] & 1;
  left_ = get_number(buffer_, 4) & data_frame_bytes_max;
  buffer_.clear();
  if (stream_ == 0) return fail(fault::zero_stream);
  in_data_ = true;
  return true;
}

std::optional<frame> decoder::control() {
  auto payload = std::string_view(buffer_).substr(head_bytes);
  auto type = uint16_t(get_number(buffer_, 0));
  auto wrong_length = [&]() -> std::optional<frame> { return fail(fault::length), std::nullopt; };
  frame made;
  switch (type) {
  case syn_stream:
  case syn_reply:
  case headers: return header_frame(type, payload, buffer_[4] & 1);
  case rst_stream:
  case window_update:
  case goaway:
    if (payload.size() != 8) return wrong_length();
    made.type = type == rst_stream ? frame_type::rst_stream : type == goaway ? frame_type::goaway : frame_type::window_update;
    made.stream = get_number(payload, 0) & id_mask;
    made.value = get_number(payload, 4);
    return made;
  case settings: // its shape is checked, its content of no use
    if (payload.size() < 4 || get_number(payload, 0) > (payload.size() - 4) / 8 ||
        payload.size() != 4 + size_t(get_number(payload, 0)) * 8)
      return wrong_length();
    made.type = frame_type::settings;
    return made;
  case ping:
    if (payload.size() != 4) return wrong_length();
    made.type = frame_type::ping;
    made.stream = get_number(payload, 0);
    return made;
  default:
    made.type = frame_type::unknown; // the protocol says: ignore
    return made;
  }
}

std::optional<frame> decoder::header_frame(uint16_t type, std::string_view payload, bool fin) {
  size_t fixed = type == syn_stream ? 10 : 4;
  if (payload.size() < fixed) return fail(fault::length), std::nullopt;
  frame made;
  made.type = type == syn_stream ? frame_type::syn_stream : type == syn_reply ? frame_type::syn_reply : frame_type::headers;
  made.stream = get_number(payload, 0) & id_mask;
  if (type == syn_stream) made.value = get_number(payload, 4) & id_mask;
  made.fin = fin;
  std::string text;
  if (!inflate_block(payload.substr(fixed), text) || !read_headers(text, made.fields)) return {};
  if (made.stream == 0) return fail(fault::zero_stream), std::nullopt;
  return made;
}

// One zlib stream runs through all header blocks of a direction, so a block must be inflated even if its stream is refused.
bool decoder::inflate_block(std::string_view packed, std::string& text) {
  if (!inflater_) inflater_ = std::make_unique<inflater>();
  auto& z = inflater_->z;
  text.assign(limits_.header_bytes + 1, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  z.avail_in = uInt(packed.size());
  z.next_out = reinterpret_cast<Bytef*>(text.data());
  z.avail_out = uInt(text.size());
  while (z.avail_in != 0) {
    auto in_before = z.avail_in, out_before = z.avail_out;
    int said = inflate(&z, Z_SYNC_FLUSH);
    if (said == Z_NEED_DICT) {
      auto words = dictionary();
      if (inflateSetDictionary(&z, reinterpret_cast<const Bytef*>(words.data()), uInt(words.size())) != Z_OK)
        return fail(fault::header_block);
      continue;
    }
    if (said == Z_BUF_ERROR && z.avail_out != 0) break;
    if (said != Z_OK || z.avail_out == 0) return fail(fault::header_block); // Z_STREAM_END too: the stream never ends
    if (z.avail_in == in_before && z.avail_out == out_before) break;
  }
  text.resize(text.size() - z.avail_out);
  return true;
}

bool decoder::read_headers(std::string_view text, header_list& to) {
  auto number = [&](uint32_t& value) {
    if (text.size() < 4) return false;
    value = get_number(text, 0);
    text.remove_prefix(4);
    return true;
  };
  auto word = [&](std::string& value) {
    uint32_t size = 0;
    if (!number(size) || size > text.size()) return false;
    value.assign(text.substr(0, size));
    text.remove_prefix(size);
    return true;
  };
  uint32_t count = 0;
  if (!number(count)) return fail(fault::header_block);
  if (count > limits_.headers) return fail(fault::too_many_headers);
  to.resize(count);
  for (auto& [name, value] : to) {
    if (!word(name) || !word(value) || name.empty()) return fail(fault::header_block);
    for (char& letter : name)
      if (letter >= 'A' && letter <= 'Z') letter = char(letter + ('a' - 'A'));
  }
  return text.empty() || fail(fault::header_block);
}

// ---- encoder

struct encoder::deflater {
  z_stream z{};
  // A small window: our blocks are tiny, and this is about 10 KiB per session in place of 256.
  deflater() {
    if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, 11, 1, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
    auto words = dictionary();
    deflateSetDictionary(&z, reinterpret_cast<const Bytef*>(words.data()), uInt(words.size()));
  }
  ~deflater() { deflateEnd(&z); }
};

encoder::encoder() = default;
encoder::~encoder() = default;

std::string encoder::pack(const header_list& fields) {
  std::string plain, packed;
  put_number(plain, uint32_t(fields.size()));
  for (auto& [name, value] : fields) {
    put_number(plain, uint32_t(name.size()));
    plain += name;
    put_number(plain, uint32_t(value.size()));
    plain += value;
  }
  if (!deflater_) deflater_ = std::make_unique<deflater>();
  auto& z = deflater_->z;
  z.next_in = reinterpret_cast<Bytef*>(plain.data());
  z.avail_in = uInt(plain.size());
  char room[1024];
  do {
    z.next_out = reinterpret_cast<Bytef*>(room);
    z.avail_out = sizeof room;
    deflate(&z, Z_SYNC_FLUSH);
    packed.append(room, sizeof room - z.avail_out);
  } while (z.avail_out == 0);
  return packed;
}

void encoder::syn_stream(std::string& to, uint32_t stream, const header_list& fields, bool fin) {
  auto block = pack(fields);
  put_head(to, control_type::syn_stream, fin, 10 + block.size());
  put_number(to, stream);
  put_number(to, 0);
  to.append(2, '\0'); // priority, slot
  to += block;
}

void encoder::syn_reply(std::string& to, uint32_t stream, const header_list& fields, bool fin) {
  auto block = pack(fields);
  put_head(to, control_type::syn_reply, fin, 4 + block.size());
  put_number(to, stream);
  to += block;
}

void encoder::rst_stream(std::string& to, uint32_t stream, reset_code code) {
  put_head(to, control_type::rst_stream, false, 8);
  put_number(to, stream);
  put_number(to, uint32_t(code));
}

void encoder::ping(std::string& to, uint32_t id) {
  put_head(to, control_type::ping, false, 4);
  put_number(to, id);
}

void encoder::goaway(std::string& to, uint32_t last_good, uint32_t status) {
  put_head(to, control_type::goaway, false, 8);
  put_number(to, last_good);
  put_number(to, status);
}

void encoder::window_update(std::string& to, uint32_t stream, uint32_t delta) {
  put_head(to, control_type::window_update, false, 8);
  put_number(to, stream);
  put_number(to, delta);
}

void encoder::data(std::string& to, uint32_t stream, std::string_view bytes, bool fin) {
  do {
    auto piece = bytes.substr(0, data_frame_bytes_max);
    bytes.remove_prefix(piece.size());
    put_number(to, stream & id_mask);
    put_number(to, uint32_t(fin && bytes.empty()) << 24 | uint32_t(piece.size()));
    to += piece;
  } while (!bytes.empty());
}

} // namespace troupe::spdy
