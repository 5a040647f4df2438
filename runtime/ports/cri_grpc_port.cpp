// Generic gRPC: methods are found by the type of the request, so this is the only file that sees gRPC's headers
// (25 s of compile time) and no service code is generated.
#include "runtime/ports/cri_port.hpp"
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include "messages/cri/cri.pb.h"
#include "runtime/supervision/spawn.hpp"

namespace troupe {
namespace {

using google::protobuf::Message;

struct method {
  std::string path;
  const Message* response = nullptr; // prototype
};

/// "RunPodSandboxRequest" -> "/runtime.v1.RuntimeService/RunPodSandbox" and the prototype of its response.
const method* method_of(const Message& request) {
  static const std::map<std::string, method> methods = [] {
    std::map<std::string, method> table;
    auto* file = cri::VersionRequest::descriptor()->file();
    for (int i = 0; i < file->message_type_count(); ++i) {
      std::string name = file->message_type(i)->name();
      if (!name.ends_with("Request")) continue;
      std::string verb = name.substr(0, name.size() - 7);
      auto* response = file->FindMessageTypeByName(verb + "Response");
      if (!response) continue;
      bool image = verb == "ListImages" || verb == "ImageStatus" || verb == "PullImage" || verb == "RemoveImage" || verb == "ImageFsInfo";
      table[name] = {std::string(image ? "/runtime.v1.ImageService/" : "/runtime.v1.RuntimeService/") + verb,
                     google::protobuf::MessageFactory::generated_factory()->GetPrototype(response)};
    }
    return table;
  }();
  auto found = methods.find(request.GetDescriptor()->name());
  return found == methods.end() ? nullptr : &found->second;
}

grpc::ByteBuffer to_buffer(const Message& message) {
  grpc::Slice slice(message.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

bool from_buffer(const grpc::ByteBuffer& buffer, Message& message) {
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) return false;
  std::string bytes;
  for (auto& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return message.ParseFromString(bytes);
}

/// A call on its way; its address is the completion queue's tag.
struct running_call {
  uint64_t id = 0;
  const Message* prototype = nullptr;
  grpc::ClientContext context;
  grpc::ByteBuffer answer;
  grpc::Status status;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader;
};

/// The channel and the one thread that waits for it. Ends (and joins) with the actor.
class channel {
public:
  channel(const std::string& endpoint, caf::actor_addr owner) : owner_(std::move(owner)) {
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(cri_message_bytes_max);
    arguments.SetString("grpc.default_authority", "localhost");
    arguments.SetInt("grpc.use_local_subchannel_pool", 1); // a restarted port gets a connection of its own
    arguments.SetInt("grpc.initial_reconnect_backoff_ms", 100);
    arguments.SetInt("grpc.max_reconnect_backoff_ms", 1000);
    auto target = endpoint.starts_with("unix:") ? endpoint : "unix://" + endpoint;
    stub_ = std::make_unique<grpc::GenericStub>(grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments));
    thread_ = std::thread([this] { wait(); });
  }
  ~channel() {
    {
      std::lock_guard guard{mutex_};
      for (auto* running : running_) running->context.TryCancel();
    }
    queue_.Shutdown();
    thread_.join();
  }
  void start(uint64_t id, const method& m, const cri_call& call) {
    auto* running = new running_call;
    running->id = id;
    running->prototype = m.response;
    running->context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(call.deadline_ms));
    running->context.set_wait_for_ready(false);
    {
      std::lock_guard guard{mutex_};
      running_.insert(running);
    }
    running->reader = stub_->PrepareUnaryCall(&running->context, m.path, to_buffer(*call.request), &queue_);
    running->reader->StartCall();
    running->reader->Finish(&running->answer, &running->status, running);
  }

private:
  void wait() {
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
      std::unique_ptr<running_call> running(static_cast<running_call*>(tag));
      {
        std::lock_guard guard{mutex_};
        running_.erase(running.get());
      }
      auto reply = std::make_shared<cri_reply>();
      reply->code = static_cast<int>(running->status.error_code());
      reply->message = running->status.error_message();
      if (running->status.ok()) {
        std::shared_ptr<Message> response(running->prototype->New());
        if (from_buffer(running->answer, *response)) {
          reply->response = std::move(response);
        } else {
          reply->code = static_cast<int>(grpc::StatusCode::INTERNAL);
          reply->message = "the runtime's answer could not be read";
        }
      }
      if (auto owner = caf::actor_cast<caf::actor>(owner_)) caf::anon_send(owner, cri_done{running->id, std::move(reply)});
    }
  }
  caf::actor_addr owner_;
  std::mutex mutex_;
  std::set<running_call*> running_; // to be cancelled at the end; order does not matter
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericStub> stub_;
  std::thread thread_;
};

struct cri_port_state {
  explicit cri_port_state(caf::local_actor*) {}
  /// Who waits is answered when the actor dies: CAF would let him run into his timeout.
  ~cri_port_state() {
    for (auto& [id, promise] : waiting) promise.deliver(cri_reply{14, "the runtime's port went away", nullptr});
  }
  static inline const char* name = "cri_port";
  uint64_t next = 0;
  std::unique_ptr<channel> runtime;
  std::map<uint64_t, caf::typed_response_promise<cri_reply>> waiting;
};

cri_port_actor::behavior_type cri_port(cri_port_actor::stateful_pointer<cri_port_state> self, std::string endpoint) {
  self->state.runtime = std::make_unique<channel>(endpoint, self->address());
  return {
      [=](const cri_call& call) -> caf::result<cri_reply> {
        auto& state = self->state;
        auto* m = call.request ? method_of(*call.request) : nullptr;
        if (!m) return cri_reply{12, "no such method", nullptr};
        if (state.waiting.size() >= cri_calls_max) return cri_reply{8, "too many calls to the runtime at once", nullptr};
        auto promise = self->make_response_promise<cri_reply>();
        state.waiting.emplace(++state.next, promise);
        state.runtime->start(state.next, *m, call);
        return promise;
      },
      [](const cri_subscribe&) {}, // containerd 1.6 has no container events: subscribers list from time to time
      [=](const cri_done& done) {
        auto found = self->state.waiting.find(done.id);
        if (found == self->state.waiting.end()) return;
        auto promise = std::move(found->second);
        self->state.waiting.erase(found);
        promise.deliver(*done.reply);
      },
      [](tick_atom) {},
      [=](stop_atom) { self->quit(); },
  };
}

} // namespace

child_spec cri_port_spec(std::string name, std::string endpoint) {
  child_spec spec;
  spec.name = std::move(name);
  spec.kind = "Port";
  spec.start = [endpoint](const spawn_context& context, const env_ptr&) { return spawn_child(context, cri_port, endpoint); };
  return spec;
}

} // namespace troupe
