#include "actors/node/node_plan.hpp"
#include <algorithm>

namespace troupe {
namespace {

bool put_label(meta::ObjectMeta& metadata, const std::string& key, const std::string& value) {
  for (auto& label : *metadata.mutable_labels())
    if (label.key() == key) {
      if (label.value() == value) return false;
      label.set_value(value);
      return true;
    }
  auto* label = metadata.add_labels();
  label->set_key(key);
  label->set_value(value);
  std::sort(metadata.mutable_labels()->begin(), metadata.mutable_labels()->end(), [](auto& a, auto& b) { return a.key() < b.key(); });
  return true;
}

using quantities = google::protobuf::RepeatedPtrField<k8s::io::apimachinery::pkg::api::resource::QuantityEntry>;

void put_quantity(quantities& list, const std::string& key, const std::string& value) {
  for (auto& entry : list)
    if (entry.key() == key) return entry.mutable_value()->set_string(value);
  auto* entry = list.Add();
  entry->set_key(key);
  entry->mutable_value()->set_string(value);
  std::sort(list.begin(), list.end(), [](auto& a, auto& b) { return a.key() < b.key(); });
}

std::string milli_text(int64_t milli) { return milli % 1000 == 0 ? std::to_string(milli / 1000) : std::to_string(milli) + "m"; }

void put_condition(core::NodeStatus& status, const std::string& type, bool holds, const std::string& reason, const std::string& message, int64_t wall_ns) {
  core::NodeCondition* condition = nullptr;
  for (auto& one : *status.mutable_conditions())
    if (one.type() == type) condition = &one;
  if (!condition) {
    condition = status.add_conditions();
    condition->set_type(type);
  }
  auto text = holds ? "True" : "False";
  if (condition->status() != text) {
    condition->set_status(text);
    condition->mutable_lasttransitiontime()->set_seconds(wall_ns / 1'000'000'000);
    condition->mutable_lasttransitiontime()->set_nanos(0);
  }
  condition->mutable_lastheartbeattime()->set_seconds(wall_ns / 1'000'000'000);
  condition->mutable_lastheartbeattime()->set_nanos(0);
  condition->set_reason(reason);
  condition->set_message(message);
}

void put_addresses(core::NodeStatus& status, const node_options& options) {
  status.clear_addresses();
  auto add = [&](const char* type, const std::string& address) {
    auto* one = status.add_addresses();
    one->set_type(type);
    one->set_address(address);
  };
  if (!options.host_address.empty()) add("InternalIP", options.host_address);
  add("Hostname", options.name);
}

void put_resources(core::NodeStatus& status, const node_options& options, const node_facts& facts) {
  auto cpu_milli = options.simulated ? options.simulated_cpu_milli : facts.machine.cpus * 1000;
  auto memory_bytes = options.simulated ? options.simulated_memory_bytes : facts.machine.memory_bytes;
  auto disk_bytes = facts.machine.disk_bytes;
  auto& capacity = *status.mutable_capacity();
  put_quantity(capacity, "cpu", milli_text(cpu_milli));
  put_quantity(capacity, "memory", std::to_string(memory_bytes / 1024) + "Ki");
  put_quantity(capacity, "ephemeral-storage", std::to_string(disk_bytes / 1024) + "Ki");
  put_quantity(capacity, "pods", std::to_string(options.pods_max));
  put_quantity(capacity, "hugepages-1Gi", "0");
  put_quantity(capacity, "hugepages-2Mi", "0");
  *status.mutable_allocatable() = capacity;
  // What the kubelet keeps free by default: 100 MiB of memory, a tenth of the disk.
  put_quantity(*status.mutable_allocatable(), "memory", std::to_string(std::max<int64_t>(0, memory_bytes / 1024 - 102'400)) + "Ki");
  put_quantity(*status.mutable_allocatable(), "ephemeral-storage", std::to_string(disk_bytes / 10 * 9));
}

} // namespace

bool plan_node(core::Node& node, const node_options& options, const node_facts& facts) {
  auto before = node.SerializeAsString();
  auto& metadata = *node.mutable_metadata();
  metadata.set_name(options.name);
  for (auto* prefix : {"beta.kubernetes.io/", "kubernetes.io/"}) {
    put_label(metadata, std::string(prefix) + "arch", facts.machine.architecture.empty() ? "amd64" : facts.machine.architecture);
    put_label(metadata, std::string(prefix) + "os", "linux");
  }
  put_label(metadata, "kubernetes.io/hostname", options.name);
  for (auto& [key, value] : options.labels) put_label(metadata, key, value);
  if (options.simulated) put_label(metadata, "troupe.dev/simulated", "true");
  if (node.spec().podcidr().empty() && !options.pod_cidr.empty()) {
    node.mutable_spec()->set_podcidr(options.pod_cidr);
    node.mutable_spec()->clear_podcidrs();
    node.mutable_spec()->add_podcidrs(options.pod_cidr);
  }
  bool tainted = std::any_of(node.spec().taints().begin(), node.spec().taints().end(), [](auto& t) { return t.key() == "troupe.dev/simulated"; });
  if (options.simulated_taint && !tainted) {
    auto* taint = node.mutable_spec()->add_taints();
    taint->set_key("troupe.dev/simulated");
    taint->set_effect("NoSchedule");
  }
  return node.SerializeAsString() != before;
}

void plan_node_status(core::Node& node, const node_options& options, const node_facts& facts, int64_t wall_ns) {
  auto& status = *node.mutable_status();
  put_resources(status, options, facts);
  put_addresses(status, options);
  put_condition(status, "MemoryPressure", false, "KubeletHasSufficientMemory", "kubelet has sufficient memory available", wall_ns);
  put_condition(status, "DiskPressure", false, "KubeletHasNoDiskPressure", "kubelet has no disk pressure", wall_ns);
  put_condition(status, "PIDPressure", false, "KubeletHasSufficientPID", "kubelet has sufficient PID available", wall_ns);
  if (facts.runtime_ready) put_condition(status, "Ready", true, "KubeletReady", "kubelet is posting ready status", wall_ns);
  else put_condition(status, "Ready", false, "KubeletNotReady", facts.runtime_problem.empty() ? "container runtime is down" : facts.runtime_problem, wall_ns);
  auto& info = *status.mutable_nodeinfo();
  info.set_machineid(facts.machine.machine_id);
  info.set_systemuuid(facts.machine.system_uuid);
  info.set_bootid(facts.machine.boot_id);
  info.set_kernelversion(facts.machine.kernel_version);
  info.set_osimage(facts.machine.os_image);
  info.set_containerruntimeversion(facts.runtime_version);
  info.set_kubeletversion(kubelet_version);
  info.set_kubeproxyversion("");
  info.set_operatingsystem("linux");
  info.set_architecture(facts.machine.architecture.empty() ? "amd64" : facts.machine.architecture);
  status.clear_images();
  for (auto& image : facts.images) {
    if (status.images_size() >= static_cast<int>(node_images_max)) break;
    auto* to = status.add_images();
    for (auto& name : image.names) to->add_names(name);
    to->set_sizebytes(image.size_bytes);
  }
}

} // namespace troupe
