#include "runtime/ports/conntrack_port.hpp"
#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <string_view>

namespace troupe {

namespace {

constexpr uint8_t protocol_udp = 17;
constexpr size_t netlink_buffer_bytes = 64u << 10;

struct tuple {
  uint32_t source = 0, destination = 0; // host order
  uint16_t source_port = 0, destination_port = 0;
  uint8_t protocol = 0;
};

/// Calls `visit(type, content)` for each attribute.
template <class Visit>
void each_attribute(std::string_view bytes, Visit&& visit) {
  nlattr header;
  while (bytes.size() >= sizeof header) {
    std::memcpy(&header, bytes.data(), sizeof header);
    if (header.nla_len < sizeof header || header.nla_len > bytes.size()) return;
    visit(header.nla_type & NLA_TYPE_MASK, bytes.substr(sizeof header, header.nla_len - sizeof header));
    bytes.remove_prefix(std::min<size_t>(NLA_ALIGN(header.nla_len), bytes.size()));
  }
}

template <class Number>
Number number_of(std::string_view content) {
  Number value = 0;
  if (content.size() == sizeof value) std::memcpy(&value, content.data(), sizeof value);
  return value;
}

tuple read_tuple(std::string_view bytes) {
  tuple read;
  each_attribute(bytes, [&](int outer, std::string_view part) {
    each_attribute(part, [&](int inner, std::string_view content) {
      if (outer == CTA_TUPLE_IP && inner == CTA_IP_V4_SRC) read.source = ntohl(number_of<uint32_t>(content));
      if (outer == CTA_TUPLE_IP && inner == CTA_IP_V4_DST) read.destination = ntohl(number_of<uint32_t>(content));
      if (outer == CTA_TUPLE_PROTO && inner == CTA_PROTO_NUM) read.protocol = number_of<uint8_t>(content);
      if (outer == CTA_TUPLE_PROTO && inner == CTA_PROTO_SRC_PORT) read.source_port = ntohs(number_of<uint16_t>(content));
      if (outer == CTA_TUPLE_PROTO && inner == CTA_PROTO_DST_PORT) read.destination_port = ntohs(number_of<uint16_t>(content));
    });
  });
  return read;
}

class netlink {
public:
  netlink() : socket_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER)) {}
  ~netlink() {
    if (socket_ >= 0) ::close(socket_);
  }
  /// Sends one request and calls `visit` for each message of the answer. Zero, or an errno.
  int exchange(uint16_t type, uint16_t flags, std::string_view attributes, const std::function<void(std::string_view)>& visit);

private:
  int socket_;
};

int netlink::exchange(uint16_t type, uint16_t flags, std::string_view attributes, const std::function<void(std::string_view)>& visit) {
  nlmsghdr header{};
  nfgenmsg family{};
  header.nlmsg_len = uint32_t(NLMSG_LENGTH(sizeof family) + attributes.size());
  header.nlmsg_type = uint16_t(NFNL_SUBSYS_CTNETLINK << 8 | type);
  header.nlmsg_flags = NLM_F_REQUEST | flags;
  family.nfgen_family = AF_INET;
  std::string request(reinterpret_cast<char*>(&header), sizeof header);
  request.append(reinterpret_cast<char*>(&family), sizeof family).append(attributes);
  if (::send(socket_, request.data(), request.size(), 0) < 0) return errno;
  std::string buffer(netlink_buffer_bytes, '\0');
  while (true) {
    ssize_t size = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return errno;
    auto left = int(size);
    for (auto* message = reinterpret_cast<nlmsghdr*>(buffer.data()); NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
      if (message->nlmsg_type == NLMSG_DONE) return 0;
      if (message->nlmsg_type == NLMSG_ERROR) return -static_cast<nlmsgerr*>(NLMSG_DATA(message))->error;
      auto* content = static_cast<char*>(NLMSG_DATA(message)) + NLMSG_ALIGN(sizeof family);
      visit({content, size_t(reinterpret_cast<char*>(message) + message->nlmsg_len - content)});
    }
  }
}

struct entry {
  stale_flow flow;
  std::string original; // the attribute that names it, as it came
};

int read_entries(netlink& kernel, std::vector<entry>& entries) {
  return kernel.exchange(IPCTNL_MSG_CT_GET, NLM_F_DUMP, {}, [&](std::string_view attributes) {
    tuple original, reply;
    std::string name;
    each_attribute(attributes, [&](int type, std::string_view content) {
      if (type == CTA_TUPLE_ORIG) {
        original = read_tuple(content);
        nlattr header{uint16_t(sizeof(nlattr) + content.size()), CTA_TUPLE_ORIG | NLA_F_NESTED};
        name.assign(reinterpret_cast<char*>(&header), sizeof header).append(content);
        name.resize(NLA_ALIGN(name.size()));
      }
      if (type == CTA_TUPLE_REPLY) reply = read_tuple(content);
    });
    if (original.protocol == protocol_udp && original.destination != reply.source)
      entries.push_back({{original.destination, original.destination_port, reply.source}, std::move(name)});
  });
}

bool is_one_of(const stale_flow& flow, const std::vector<stale_flow>& stale) {
  return std::any_of(stale.begin(), stale.end(), [&](auto& one) {
    return (one.address == 0 || one.address == flow.address) && one.port == flow.port && one.endpoint == flow.endpoint;
  });
}

} // namespace

std::vector<stale_flow> translated_flows() {
  netlink kernel;
  std::vector<entry> entries;
  read_entries(kernel, entries);
  std::vector<stale_flow> flows;
  for (auto& one : entries) flows.push_back(one.flow);
  return flows;
}

std::string forget_flows(const std::vector<stale_flow>& flows) {
  if (flows.empty()) return "";
  netlink kernel;
  std::vector<entry> entries;
  if (int failed = read_entries(kernel, entries)) return std::string("connections: ") + std::strerror(failed);
  for (auto& one : entries) {
    if (!is_one_of(one.flow, flows)) continue;
    int failed = kernel.exchange(IPCTNL_MSG_CT_DELETE, NLM_F_ACK, one.original, [](std::string_view) {});
    if (failed && failed != ENOENT) return std::string("connections: ") + std::strerror(failed);
  }
  return "";
}

} // namespace troupe
