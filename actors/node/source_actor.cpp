#include "actors/node/source_actor.hpp"
#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <utility>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include "actors/node/api_format.hpp"
#include "actors/node/container_format.hpp"
#include "actors/node/pod_actor.hpp"
#include "runtime/log.hpp"
#include "runtime/supervision/spawn.hpp"
#include "runtime/supervision/supervisor_actor.hpp"

namespace troupe {
namespace {

using std::chrono::milliseconds;

constexpr int settle_looks = 6;
constexpr int64_t settle_first_ms = 30; // doubled each time: 1.9 s in all

struct pod_entry {
  std::string uid, bytes;
  bool gone = false;
};

class pod_source {
public:
  pod_source(source_actor::pointer self, env_ptr env, std::shared_ptr<const node_options> options)
      : self_(self), env_(std::move(env)), options_(std::move(options)) {}

  void begin() {
    list_runtime();
    list_pods();
  }
  /// Somebody died: a port, and our watch or subscription with it; or the pods' supervisor, and its table with it.
  void port_down(const caf::actor_addr& who) {
    if (who == pods_) {
      pods_ = {};
      later(children_retry_ms, again::children);
    }
    if (who == watched_port_) {
      watched_port_ = {};
      watch_id_ = 0;
      later(watch_retry_ms, again::pods);
    }
    if (who == subscribed_port_) {
      watched_runtime_ = false;
      subscribed_port_ = {};
      later(watch_retry_ms, again::runtime);
    }
  }
  void watched(const node_watch_news& news);
  void watch_ended(const node_watch_end& end) {
    if (end.id != watch_id_) return;
    watch_id_ = 0;
    later(watch_retry_ms, again::pods);
  }
  void wanted(const pod_wanted& who);
  void ended(const pod_ended& who);
  void tick();
  void list_runtime();
  void runtime_changed(const runtime_news& news) {
    watched_runtime_ = news.watched;
    settling_ = settle_looks;
    list_runtime();
  }

private:
  enum class again : uint8_t { pods, runtime, children };
  void later(int64_t wait_ms, again what) {
    if (what == again::runtime) std::erase_if(due_, [](auto& entry) { return entry.second == again::runtime; });
    due_.emplace(self_->clock().now() + milliseconds(wait_ms), what);
    self_->delayed_send(self_, milliseconds(wait_ms), tick_atom::value);
  }
  void list_pods();
  void listed(const core::PodList& list);
  void runtime_listed();
  void orphans();
  void watch(const std::string& version);
  void present(const core::Pod& pod, std::string bytes);
  void gone(const std::string& key, const std::string& uid);
  void add(const std::string& key, pod_entry entry);
  void start_child(const std::string& key);
  void tell(const std::string& key);

  source_actor::pointer self_;
  env_ptr env_;
  std::shared_ptr<const node_options> options_;
  std::map<std::string, pod_entry> current_; // "namespace/name" -> the pod its actor has
  std::map<std::string, pod_entry> next_;    // a newer pod of the same name, until the older one has ended
  std::map<std::string, std::pair<std::string, std::string>> seen_; // uid -> key, fingerprint of what the runtime has
  struct runtime_list {
    std::map<std::string, std::pair<std::string, std::string>> found;
    size_t missing = 2;
    bool failed = false;
  };
  std::shared_ptr<runtime_list> listing_;
  bool watched_runtime_ = false, list_again_ = false, runtime_known_ = false, pods_known_ = false, listing_pods_ = false;
  uint64_t watch_id_ = 0, watches_ = 0;
  int settling_ = 0; // looks to come after an event of the runtime
  std::string buffer_; // of watch frames
  caf::actor_addr watched_port_, subscribed_port_, pods_;
  std::multimap<caf::actor_clock::time_point, again> due_;
};

std::string key_of(const core::Pod& pod) { return pod.metadata().namespace_() + "/" + pod.metadata().name(); }

// ---- the API's side

void pod_source::list_pods() {
  if (listing_pods_ || watch_id_ != 0) return;
  auto port = env_->actors.get<node_port_actor>(options_->port_path);
  if (!port) return later(watch_retry_ms, again::pods);
  listing_pods_ = true;
  auto failed = [this] {
    listing_pods_ = false;
    later(watch_retry_ms, again::pods);
  };
  self_->request(port, milliseconds(30'000), api_read("/api/v1/pods", "fieldSelector=spec.nodeName%3D" + options_->name))
      .then(
          [this, failed](const node_response& response) {
            core::PodList list;
            if (response.code != 200 || !api_open(response.body, list)) {
              log_warning("node " + options_->name + " cannot list its pods: " + api_error(response));
              return failed();
            }
            listing_pods_ = false;
            listed(list);
          },
          [failed](const caf::error&) { failed(); });
}

void pod_source::listed(const core::PodList& list) {
  std::set<std::string> there;
  for (auto& pod : list.items()) {
    there.insert(pod.metadata().uid());
    present(pod, pod.SerializeAsString());
  }
  pods_known_ = true;
  auto keys = current_; // gone() changes it
  for (auto& [key, entry] : keys)
    if (!there.count(entry.uid)) gone(key, entry.uid);
  for (auto it = next_.begin(); it != next_.end();) it = there.count(it->second.uid) ? std::next(it) : next_.erase(it);
  // Actors of an earlier incarnation of ours whose pods are no more.
  auto below = options_->base + "/pods/";
  for (auto& path : env_->actors.below(below)) {
    auto key = path.substr(below.size());
    if (current_.count(key)) continue;
    if (auto actor = env_->actors.get<pod_actor>(path)) self_->send(actor, pod_update{{}, {}, true});
  }
  orphans();
  watch(list.metadata().resourceversion());
}

void pod_source::watch(const std::string& version) {
  auto port = env_->actors.get<node_port_actor>(options_->port_path);
  if (!port) return later(watch_retry_ms, again::pods);
  buffer_.clear();
  watch_id_ = ++watches_ + (env_->random() << 16); // unique per incarnation
  if (watched_port_ != port.address()) {
    watched_port_ = port.address();
    self_->monitor(port);
  }
  self_->send(port, node_watch{watch_id_, "/api/v1/pods",
                               "fieldSelector=spec.nodeName%3D" + options_->name + "&allowWatchBookmarks=true&resourceVersion=" + version});
}

void pod_source::watched(const node_watch_news& news) {
  if (news.id != watch_id_) return;
  buffer_ += news.frames;
  std::string type, object;
  while (next_watch_frame(buffer_, type, object)) {
    core::Pod pod;
    if (type == "ERROR") { // too old, most likely: list again
      if (auto port = env_->actors.get<node_port_actor>(options_->port_path)) self_->send(port, node_unwatch{watch_id_});
      watch_id_ = 0;
      return later(0, again::pods);
    }
    if (type == "BOOKMARK" || !pod.ParseFromString(object)) continue;
    if (type == "DELETED") gone(key_of(pod), pod.metadata().uid());
    else present(pod, std::move(object));
  }
}

void pod_source::present(const core::Pod& pod, std::string bytes) {
  auto key = key_of(pod);
  pod_entry entry{pod.metadata().uid(), std::move(bytes), false};
  auto found = current_.find(key);
  if (found == current_.end()) return add(key, std::move(entry));
  if (found->second.uid == entry.uid) {
    found->second = std::move(entry);
    return tell(key);
  }
  next_[key] = std::move(entry);
  gone(key, found->second.uid);
}

void pod_source::gone(const std::string& key, const std::string& uid) {
  if (auto waiting = next_.find(key); waiting != next_.end() && waiting->second.uid == uid) next_.erase(waiting);
  auto found = current_.find(key);
  if (found == current_.end() || found->second.uid != uid || found->second.gone) return;
  found->second.gone = true;
  tell(key);
}

// ---- the actors

void pod_source::add(const std::string& key, pod_entry entry) {
  current_[key] = std::move(entry);
  start_child(key);
  tell(key); // where it has an actor already, from before our own restart
}

void pod_source::start_child(const std::string& key) {
  auto pods = env_->actors.get<supervisor_actor>(options_->base + "/pods");
  if (!pods) return later(children_retry_ms, again::children);
  if (pods_ != pods.address()) {
    pods_ = pods.address();
    self_->monitor(pods);
  }
  auto slash = key.find('/');
  self_->send(pods, add_child{pod_spec(options_, key.substr(0, slash), key.substr(slash + 1))});
}

void pod_source::tell(const std::string& key) {
  auto& entry = current_[key];
  if (auto actor = env_->actors.get<pod_actor>(options_->base + "/pods/" + key))
    self_->send(actor, pod_update{entry.uid, entry.bytes, entry.gone});
}

void pod_source::wanted(const pod_wanted& who) {
  if (!pods_known_) return; // it asks again
  auto key = who.space + "/" + who.name;
  auto found = current_.find(key);
  if (found != current_.end()) return tell(key);
  if (auto pods = env_->actors.get<supervisor_actor>(options_->base + "/pods")) self_->send(pods, remove_child{key});
}

void pod_source::ended(const pod_ended& who) {
  auto key = who.space + "/" + who.name;
  auto found = current_.find(key);
  if (found != current_.end() && found->second.uid != who.uid) return;
  if (found != current_.end()) current_.erase(found);
  if (auto pods = env_->actors.get<supervisor_actor>(options_->base + "/pods")) self_->send(pods, remove_child{key});
  auto waiting = next_.find(key);
  if (waiting == next_.end()) return;
  auto entry = std::move(waiting->second);
  next_.erase(waiting);
  add(key, std::move(entry)); // its actor starts when the old one has ended
}

// ---- the runtime's side

void pod_source::list_runtime() {
  if (listing_) {
    list_again_ = true;
    return;
  }
  auto port = env_->actors.get<cri_port_actor>(options_->base + "/runtime");
  if (!port) return later(options_->relist_ms, again::runtime);
  if (subscribed_port_ != port.address()) {
    subscribed_port_ = port.address();
    self_->monitor(port);
    self_->send(port, cri_subscribe{self_});
  }
  listing_ = std::make_shared<runtime_list>();
  auto done = [this, listing = listing_] {
    if (--listing->missing == 0) runtime_listed();
  };
  auto failed = [listing = listing_, done](const caf::error&) {
    listing->failed = true;
    done();
  };
  auto put = [listing = listing_](const google::protobuf::Map<std::string, std::string>& labels, const std::string& id, int state) {
    auto uid = labels.find(label_pod_uid), space = labels.find(label_pod_space), name = labels.find(label_pod_name);
    if (uid == labels.end() || space == labels.end() || name == labels.end()) return;
    auto& entry = listing->found[uid->second];
    entry.first = space->second + "/" + name->second;
    entry.second += id + static_cast<char>('0' + state);
  };
  auto sandboxes = std::make_shared<cri::ListPodSandboxRequest>();
  (*sandboxes->mutable_filter()->mutable_label_selector())[label_node] = options_->name;
  self_->request(port, milliseconds(30'000), cri_call{sandboxes, 20'000})
      .then([listing = listing_, done, put](const cri_reply& reply) {
        if (reply.code != 0) listing->failed = true;
        else for (auto& item : static_cast<const cri::ListPodSandboxResponse&>(*reply.response).items()) put(item.labels(), item.id(), item.state());
        done();
      }, failed);
  auto containers = std::make_shared<cri::ListContainersRequest>();
  (*containers->mutable_filter()->mutable_label_selector())[label_node] = options_->name;
  self_->request(port, milliseconds(30'000), cri_call{containers, 20'000})
      .then([listing = listing_, done, put](const cri_reply& reply) {
        if (reply.code != 0) listing->failed = true;
        else for (auto& item : static_cast<const cri::ListContainersResponse&>(*reply.response).containers()) put(item.labels(), item.id(), item.state());
        done();
      }, failed);
}

void pod_source::runtime_listed() {
  auto listing = std::move(listing_);
  listing_ = nullptr;
  // A simulated runtime says when something has changed; a real one is asked too, seldom where it sends events.
  // Its events come before its own lists show them: after one it is asked a few times, less and less often.
  bool settling = !options_->simulated && settling_ > 0 && !listing->failed;
  if (settling) later(settle_first_ms << (settle_looks - settling_--), again::runtime);
  else if (!options_->simulated || listing->failed)
    later(watched_runtime_ && !listing->failed ? options_->relist_watched_ms : options_->relist_ms, again::runtime);
  if (list_again_) {
    list_again_ = false;
    list_runtime();
  }
  if (listing->failed) return;
  bool first = !runtime_known_;
  runtime_known_ = true;
  auto before = std::move(seen_);
  seen_ = std::move(listing->found);
  if (first) return orphans();
  auto news = [this](const std::string& key) {
    if (auto actor = env_->actors.get<pod_actor>(options_->base + "/pods/" + key)) self_->send(actor, runtime_news{});
  };
  for (auto& [uid, entry] : seen_) {
    auto old = before.find(uid);
    if (old == before.end() || old->second.second != entry.second) news(entry.first);
  }
  for (auto& [uid, entry] : before)
    if (!seen_.count(uid)) news(entry.first);
}

/// Pods that only the runtime knows: they get an actor that ends them.
void pod_source::orphans() {
  if (!runtime_known_ || !pods_known_) return;
  for (auto& [uid, entry] : seen_) {
    auto& key = entry.first;
    auto found = current_.find(key);
    if (found != current_.end() && found->second.uid == uid) continue;
    auto slash = key.find('/');
    core::Pod pod;
    pod.mutable_metadata()->set_namespace_(key.substr(0, slash));
    pod.mutable_metadata()->set_name(key.substr(slash + 1));
    pod.mutable_metadata()->set_uid(uid);
    pod_entry orphan{uid, pod.SerializeAsString(), true};
    if (found == current_.end()) {
      add(key, std::move(orphan));
    } else if (found->second.gone) {
      continue; // one after the other
    } else { // a newer pod of this name waits until the old one has ended
      next_[key] = found->second;
      found->second = std::move(orphan);
      tell(key);
    }
  }
}

void pod_source::tick() {
  bool pods = false, runtime = false, children = false;
  while (!due_.empty() && due_.begin()->first <= self_->clock().now()) {
    auto what = due_.begin()->second;
    (what == again::pods ? pods : what == again::runtime ? runtime : children) = true;
    due_.erase(due_.begin());
  }
  if (children)
    for (auto& [key, entry] : current_) start_child(key); // who is there already stays
  if (runtime) list_runtime();
  if (pods) list_pods();
}

struct source_state {
  explicit source_state(caf::local_actor*) {}
  static inline const char* name = "pod_source";
  std::unique_ptr<pod_source> source;
};

source_actor::behavior_type run_source(source_actor::stateful_pointer<source_state> self, env_ptr env,
                                       std::shared_ptr<const node_options> options) {
  self->state.source = std::make_unique<pod_source>(self, std::move(env), std::move(options));
  self->set_down_handler([=](const caf::down_msg& down) { self->state.source->port_down(down.source); });
  self->state.source->begin();
  return {
      [=](const node_watch_news& news) { self->state.source->watched(news); },
      [=](const node_watch_end& end) { self->state.source->watch_ended(end); },
      [=](const runtime_news& news) { self->state.source->runtime_changed(news); },
      [=](const pod_wanted& who) { self->state.source->wanted(who); },
      [=](const pod_ended& who) { self->state.source->ended(who); },
      [=](tick_atom) { self->state.source->tick(); },
      [=](stop_atom) { self->quit(); },
  };
}

} // namespace

child_spec source_spec(std::shared_ptr<const node_options> options) {
  child_spec spec;
  spec.name = "source";
  spec.kind = "Source";
  spec.start = [options = std::move(options)](const spawn_context& context, const env_ptr& env) {
    return spawn_child(context, run_source, env, options);
  };
  return spec;
}

} // namespace troupe
