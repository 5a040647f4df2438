// Real sockets on loopback: clients by UDP and TCP, an upstream that answers, lies, or stays silent.
#include <arpa/inet.h>
#include <catch2/catch_test_macros.hpp>
#include <condition_variable>
#include <map>
#include <mutex>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include "actors/dns/dns_message.hpp"
#include "runtime/ports/dns_server_port.hpp"

using namespace troupe;

namespace {

constexpr std::chrono::seconds patience{20}; // far above what is needed: reaching it is a failure

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

int open_socket(int type) {
  int socket = ::socket(AF_INET, type, 0);
  timeval limit{int(patience.count()), 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  return socket;
}

int connect_to(int type, uint16_t port) {
  int socket = open_socket(type);
  auto address = loopback(port);
  REQUIRE(::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  return socket;
}

std::string receive(int socket) {
  char buffer[70'000];
  ssize_t size = ::recv(socket, buffer, sizeof buffer, 0);
  return std::string(buffer, size > 0 ? size_t(size) : 0);
}

std::string receive_exactly(int socket, size_t wanted) {
  std::string text(wanted, '\0');
  return ::recv(socket, text.data(), wanted, MSG_WAITALL) == ssize_t(wanted) ? text : "";
}

void send_text(int socket, const std::string& text) { REQUIRE(::send(socket, text.data(), text.size(), 0) == ssize_t(text.size())); }

std::string framed(const std::string& message) { return std::string{char(message.size() >> 8), char(message.size())} + message; }

/// Answers every query with its own text in capitals, on the port's thread; keeps what upstreams said.
struct owner {
  std::mutex mutex;
  std::condition_variable changed;
  std::map<uint64_t, dns_forwarded> outcomes;
  std::unique_ptr<dns_server_port> port; // ends first: its thread uses the rest

  explicit owner(const std::vector<std::string>& upstreams = {}) {
    // A number that is free for UDP may be taken for TCP: then another one is asked for.
    for (int tries = 0; !port; ++tries) {
      auto opened = open_dns_sockets(options_with(upstreams));
      if (opened) port = std::move(*opened);
      else if (tries == 20) FAIL(opened.error().message);
    }
  }
  dns_server_options options_with(const std::vector<std::string>& upstreams) {
    dns_server_options options;
    options.address = "127.0.0.1";
    options.port = 0;
    options.upstreams = upstreams;
    options.query = [this](dns_query query) { // the port answers from any thread, also from its own
      for (auto& letter : query.message) letter = char(std::toupper(letter));
      port->answer(query.client, query.message == "NOTHING" ? "" : query.message);
    };
    options.forwarded = [this](dns_forwarded outcome) {
      std::lock_guard guard{mutex};
      outcomes[outcome.token] = std::move(outcome);
      changed.notify_all();
    };
    return options;
  }
  dns_forwarded outcome(uint64_t token) {
    std::unique_lock guard{mutex};
    REQUIRE(changed.wait_for(guard, patience, [&] { return outcomes.count(token) > 0; }));
    return outcomes[token];
  }
};

/// A UDP socket that plays a name server.
struct upstream {
  int socket = open_socket(SOCK_DGRAM);
  std::string name;
  upstream() {
    auto address = loopback(0);
    REQUIRE(::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    socklen_t size = sizeof address;
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
    name = "127.0.0.1#" + std::to_string(ntohs(address.sin_port));
  }
  ~upstream() { ::close(socket); }
  void answer(const std::vector<std::string>& messages) {
    char buffer[2000];
    sockaddr_in from{};
    socklen_t size = sizeof from;
    REQUIRE(::recvfrom(socket, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &size) > 0);
    for (auto& message : messages) ::sendto(socket, message.data(), message.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
  }
};

} // namespace

TEST_CASE("datagrams come back to who asked") {
  owner dns;
  int one = connect_to(SOCK_DGRAM, dns.port->port()), two = connect_to(SOCK_DGRAM, dns.port->port());
  send_text(one, "first");
  send_text(two, "second");
  CHECK(receive(one) == "FIRST");
  CHECK(receive(two) == "SECOND");
  send_text(one, "nothing"); // not answered
  send_text(one, "more");
  CHECK(receive(one) == "MORE");
  ::close(one);
  ::close(two);
}

TEST_CASE("streams: several messages, in pieces, and a long answer") {
  owner dns;
  int client = connect_to(SOCK_STREAM, dns.port->port());
  std::string both = framed("first") + framed("second");
  send_text(client, both.substr(0, 3));
  send_text(client, both.substr(3));
  CHECK(receive_exactly(client, both.size()) == framed("FIRST") + framed("SECOND"));
  std::string long_one(60'000, 'x');
  send_text(client, framed(long_one));
  CHECK(receive_exactly(client, long_one.size() + 2) == framed(std::string(60'000, 'X')));
  ::close(client);
}

TEST_CASE("only the matching answer of an upstream counts") {
  upstream server;
  owner dns({server.name});
  dns.port->forward(7, "question", true, [](std::string_view came) { return came == "answer"; });
  server.answer({"forged", "answer"});
  auto outcome = dns.outcome(7);
  CHECK(outcome.ok);
  CHECK(outcome.message == "answer");
}

TEST_CASE("a silent upstream is followed by the next one; after the last it has failed") {
  upstream silent, speaking;
  owner dns({silent.name, speaking.name});
  dns.port->forward(1, "question", true, [](std::string_view) { return true; });
  speaking.answer({"answer"});
  CHECK(dns.outcome(1).message == "answer");
  owner nobody({"127.0.0.1#1"}); // refused at once
  nobody.port->forward(2, "question", true, [](std::string_view) { return true; });
  CHECK_FALSE(nobody.outcome(2).ok);
  owner none;
  none.port->forward(3, "question", true, [](std::string_view) { return true; });
  CHECK_FALSE(none.outcome(3).ok);
}

TEST_CASE("a stream client's question goes by TCP") {
  int listener = open_socket(SOCK_STREAM);
  auto address = loopback(0);
  socklen_t size = sizeof address;
  REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(::listen(listener, 1) == 0);
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  owner dns({"127.0.0.1#" + std::to_string(ntohs(address.sin_port))});
  dns.port->forward(1, "question", false, [](std::string_view came) { return came == "answer"; });
  int accepted = ::accept(listener, nullptr, nullptr);
  CHECK(receive_exactly(accepted, 10) == framed("question"));
  send_text(accepted, framed("other") + framed("answer"));
  CHECK(dns.outcome(1).message == "answer");
  ::close(accepted);
  ::close(listener);
}

TEST_CASE("a taken port is an error that names it") {
  owner dns;
  dns_server_options options;
  options.address = "127.0.0.1";
  options.port = dns.port->port();
  auto second = open_dns_sockets(options);
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().message.find(std::to_string(dns.port->port())) != std::string::npos);
}
