#include "runtime/http/http_server.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <thread>
#include <utility>

#include "messages/published.hpp"
#include "runtime/http/io_thread.hpp"
#include "runtime/http/listener.hpp"

namespace troupe {
namespace {

constexpr int64_t certificate_look_ms = 60'000;

size_t threads_for(const http_options& options) {
  if (options.io_threads > 0) return size_t(options.io_threads);
  auto cores = std::thread::hardware_concurrency();
  return cores <= 3 ? 1 : cores / 2;
}

// As many descriptors as the machine allows, as Go's runtime does; the usual soft limit is 1,024.
void raise_descriptor_limit() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= files.rlim_max) return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

int64_t changed_at(const std::string& path) {
  struct stat facts {};
  return stat(path.c_str(), &facts) == 0 ? facts.st_mtim.tv_sec * 1'000'000'000 + facts.st_mtim.tv_nsec : 0;
}

} // namespace

struct http_server::parts {
  parts(http_options given, const chain& chain) : options(std::move(given)), handlers(chain) {}
  http_options options;
  const chain handlers;
  http_totals totals;
  published<tls_context> tls;
  std::unique_ptr<listening_sockets> sockets;
  std::vector<std::shared_ptr<io_thread>> threads;
  std::vector<std::vector<std::shared_ptr<listener>>> listeners; // by thread, each touched only there
  std::atomic<uint64_t> generations{0};
  std::atomic<int64_t> certificate_changed{0};
  bool stopped = false;

  result<nothing> load();
  void look_at_certificate();
};

result<nothing> http_server::parts::load() {
  certificate_changed = changed_at(options.certificate_file);
  auto made = tls_context::make(options.certificate_file, options.key_file, options.client_ca_file);
  if (!made) return made.error();
  tls.publish(std::move(*made));
  return nothing{};
}

void http_server::parts::look_at_certificate() {
  threads.front()->loop.after(certificate_look_ms, [this] { look_at_certificate(); });
  if (changed_at(options.certificate_file) == certificate_changed) return;
  auto loaded = load();
  if (options.log) options.log(loaded ? "the serving certificate was read again" : "the changed serving certificate cannot be read: " + loaded.error().message);
}

http_server::http_server(std::unique_ptr<parts> made) : parts_(std::move(made)) {}

result<std::unique_ptr<http_server>> http_server::start(http_options options, const chain& handlers) {
  signal(SIGPIPE, SIG_IGN); // OpenSSL writes with write(2)
  raise_descriptor_limit();
  auto made = std::make_unique<parts>(std::move(options), handlers);
  auto& p = *made;
  if (auto loaded = p.load(); !loaded) return loaded.error();
  auto sockets = listening_sockets::open(p.options.addresses, p.options.port);
  if (!sockets) return sockets.error();
  p.sockets = std::move(*sockets);
  auto count = threads_for(p.options);
  p.listeners.resize(count);
  for (size_t i = 0; i < count; ++i) p.threads.push_back(std::make_shared<io_thread>(p.options, p.handlers, p.totals));
  for (size_t i = 0; i < count; ++i)
    p.threads[i]->start(i == 0 ? [&p] { p.threads.front()->loop.after(certificate_look_ms, [&p] { p.look_at_certificate(); }); }
                               : std::function<void()>());
  return std::unique_ptr<http_server>(new http_server(std::move(made)));
}

http_server::~http_server() { stop(0); }

uint16_t http_server::port() const { return parts_->sockets->port(); }

uint64_t http_server::open_generation() {
  auto generation = ++parts_->generations;
  for (size_t i = 0; i < parts_->threads.size(); ++i)
    parts_->threads[i]->post([p = parts_.get(), i, generation] {
      if (p->threads[i]->finishing()) return;
      p->threads[i]->begin_generation(generation);
      for (auto& old : std::exchange(p->listeners[i], {})) old->end();
      for (int descriptor : p->sockets->descriptors()) {
        auto made = std::make_shared<listener>(*p->threads[i], descriptor, generation, p->tls);
        made->begin();
        p->listeners[i].push_back(std::move(made));
      }
    });
  return generation;
}

void http_server::close_generation(uint64_t generation) {
  for (size_t i = 0; i < parts_->threads.size(); ++i)
    parts_->threads[i]->post([p = parts_.get(), i, generation] {
      auto& listeners = p->listeners[i];
      if (!listeners.empty() && listeners.front()->generation() == generation)
        for (auto& old : std::exchange(listeners, {})) old->end();
      p->threads[i]->end_generation(generation);
    });
}

http_counts http_server::counts() const {
  auto& t = parts_->totals;
  return {t.connections, t.accepted, t.handshakes_failed, t.requests, t.in_flight, t.upgraded, t.body_bytes};
}

result<nothing> http_server::reload() { return parts_->load(); }

void http_server::stop(int64_t drain_ms) {
  if (!parts_ || std::exchange(parts_->stopped, true)) return;
  for (size_t i = 0; i < parts_->threads.size(); ++i) {
    parts_->threads[i]->post([p = parts_.get(), i] {
      for (auto& old : std::exchange(p->listeners[i], {})) old->end();
    });
    parts_->threads[i]->finish(drain_ms);
  }
  for (auto& thread : parts_->threads) thread->join();
}

} // namespace troupe
