#include "test/actors/gateway/streams/fakes.hpp"

#include "messages/streams/websocket.hpp"

namespace fakes {

std::vector<std::pair<int, std::string>> messages(std::string_view bytes) {
  websocket::decoder client(false);
  std::vector<std::pair<int, std::string>> all;
  while (auto piece = client.next(bytes)) {
    bool control = uint8_t(piece->what) >= 8;
    if (piece->first || control) all.push_back({int(piece->what), ""});
    all.back().second += piece->data;
  }
  return all;
}

} // namespace fakes
