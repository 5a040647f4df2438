// What a pod's actor does: asks plan_pod for the next steps and runs them through the ports. Lives in the actor's state;
// everything runs in its mailbox's turn. Split over pod_worker.cpp (loop, status, events), pod_look.cpp (the runtime's
// view), pod_setup.cpp (volumes, sandbox, end) and pod_containers.cpp (start, stop, hooks, probes).
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <caf/typed_event_based_actor.hpp>
#include "actors/node/container_format.hpp"
#include "actors/node/node.hpp"
#include "actors/node/pod_plan.hpp"
#include "actors/node/volume_plan.hpp"
#include "messages/actors/pod.hpp"
#include "runtime/control/event_recorder.hpp"

namespace troupe {

struct pod_place_name {
  std::string space, name;
};

class pod_worker {
public:
  using pointer = pod_actor::pointer;
  pod_worker(pointer self, env_ptr env, std::shared_ptr<const node_options> options, pod_place_name place);

  void begin();                       // ask the source for the pod
  void updated(const pod_update&);    // newest state from the API
  void look();                        // ask the runtime what there is
  void wake();                        // the timer

private:
  using message_ptr = std::shared_ptr<const google::protobuf::Message>;
  struct start_job;
  struct gathering;

  // loop
  int64_t now_ms() const;
  void evaluate();
  void wake_at(int64_t at_ms);
  void run(const pod_step& step);
  void publish(const core::PodStatus& status);
  void failures_shown();
  void take_pod(std::shared_ptr<const core::Pod> pod);
  void note(const std::string& type, const std::string& reason, const std::string& text);
  container_memory& remembered(const std::string& name) { return memory_.containers[name]; }
  const core::Container* container(const std::string& name, bool* init = nullptr) const;
  void fail_setup(const std::string& text, std::string& kept);

  // ports; `then` is always called, once
  void ask_runtime(message_ptr request, int64_t deadline_ms, std::function<void(const cri_reply&)> then);
  void ask_host(host_call call, std::function<void(const host_reply&)> then);
  void ask_api(node_request request, std::function<void(const node_response&)> then);

  // the runtime's view
  void gather_statuses(std::shared_ptr<gathering> found);
  void gather_container(std::shared_ptr<gathering> found, size_t index);
  void gather_message(std::shared_ptr<gathering> found, size_t index);
  void gathered(std::shared_ptr<gathering> found);
  void adopt();

  // setup and end
  void fetch_objects(std::function<void()> then);
  void fetch(const object_wish& wish, std::shared_ptr<pod_objects> to, std::function<void()> then);
  void prepare();
  void refresh();                     // write changed volumes again
  void run_sandbox(uint32_t attempt);
  void stop_sandbox(const std::string& id);
  void remove_sandbox(const std::string& id);
  void clean();
  void finish();
  volume_facts facts_now() const;

  // containers
  void start_container(const pod_step& step);
  void start_image(std::shared_ptr<start_job> job);
  void start_pull(std::shared_ptr<start_job> job);
  void start_files(std::shared_ptr<start_job> job);
  void start_sub_path(std::shared_ptr<start_job> job, int index);
  void start_create(std::shared_ptr<start_job> job);
  void start_run(std::shared_ptr<start_job> job);
  void start_hook(std::shared_ptr<start_job> job);
  void start_done(std::shared_ptr<start_job> job);
  void start_failed(std::shared_ptr<start_job> job, const std::string& reason, const std::string& text, bool image);
  void stop_container(const pod_step& step);
  void remove_container(const pod_step& step);
  void forget_files(const std::string& id);
  void probe(const pod_step& step);
  void probed(const std::string& name, const std::string& id, probe_kind kind, bool success, const std::string& text);
  void run_handler(const core::LifecycleHandler& handler, const core::Container& of, const std::string& id, int64_t deadline_ms,
                   std::function<void(bool ok, const std::string& text)> then);
  host_probe network_probe(const core::HTTPGetAction& action, const core::Container& of) const;
  uint16_t port_of(const k8s::io::apimachinery::pkg::util::intstr::IntOrString& port, const core::Container& of) const;
  std::string pod_address() const;

  pointer self_;
  env_ptr env_;
  std::shared_ptr<const node_options> options_;
  pod_place_name place_;
  std::shared_ptr<const core::Pod> pod_; // null: not known yet
  bool gone_ = false;
  pod_view view_;
  pod_memory memory_;
  std::shared_ptr<const pod_objects> objects_ = std::make_shared<pod_objects>();
  volume_plan volumes_;
  machine_description machine_;
  event_recorder events_;
  std::multimap<int64_t, std::function<void()>> timers_; // steady time -> what to do then
  bool looking_ = false, look_again_ = false, adopted_ = false, putting_ = false, refreshing_ = false;
  int64_t wake_ms_ = INT64_MAX, put_retry_ms_ = 0, finish_retry_ms_ = 0, refresh_ms_ = INT64_MAX;
};

constexpr int64_t runtime_call_ms = 120'000, image_pull_ms = 900'000, api_call_ms = 30'000;
constexpr int64_t volume_refresh_ms = 60'000; // ConfigMaps, Secrets and downward files are looked at again
constexpr int64_t host_call_ms = 30'000;

} // namespace troupe
