// Generic gRPC: methods are found by the type of the request, so no service code is generated.
#include "runtime/ports/cri_grpc_channel.hpp"
#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include "messages/cri/cri.pb.h"
#include "runtime/ports/cri_port.hpp"

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

/// What waits at the completion queue; its address is the tag.
struct waiting {
  virtual ~waiting() = default;
  /// True: keep it, another tag of it is on its way.
  virtual bool arrived(bool ok) = 0;
  grpc::ClientContext context;
};

struct running_call final : waiting {
  uint64_t id = 0;
  const Message* prototype = nullptr;
  grpc::ByteBuffer answer;
  grpc::Status status;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader;
  const cri_channel::listener* told = nullptr;

  bool arrived(bool) override {
    auto reply = std::make_shared<cri_reply>();
    reply->code = static_cast<int>(status.error_code());
    reply->message = status.error_message();
    if (status.ok()) {
      std::shared_ptr<Message> response(prototype->New());
      if (from_buffer(answer, *response)) {
        reply->response = std::move(response);
      } else {
        reply->code = static_cast<int>(grpc::StatusCode::INTERNAL);
        reply->message = "the runtime's answer could not be read";
      }
    }
    told->done(id, std::move(reply));
    return false;
  }
};

/// A stream of events, of which only the fact counts that there was one. Its tags come one after the other.
struct event_stream final : waiting {
  enum class stage : uint8_t { start, write, read, finish } at = stage::start;
  grpc::ByteBuffer request, answer;
  grpc::Status status;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream;
  const cri_channel::listener* told = nullptr;
  std::function<void(int code)> ended; // tries the next kind of stream
  bool seen = false;

  bool arrived(bool ok) override {
    if (at == stage::finish) {
      auto after = std::move(ended);
      after(static_cast<int>(status.error_code()));
      return false;
    }
    if (!ok) {
      at = stage::finish;
      stream->Finish(&status, this);
      return true;
    }
    if (at == stage::start) {
      at = stage::write;
      stream->WriteLast(request, grpc::WriteOptions(), this);
      return true;
    }
    if (at == stage::read || !seen) told->event(true); // an event; or: from now on there are some
    seen = true;
    at = stage::read;
    stream->Read(&answer, this);
    return true;
  }
};

/// containerd.services.events.v1.SubscribeRequest{filters}: only ends of processes.
grpc::ByteBuffer containerd_filters() {
  std::string bytes;
  for (std::string filter : {"topic==\"/tasks/exit\"", "topic==\"/tasks/oom\""}) {
    bytes += '\x0a';
    bytes += static_cast<char>(filter.size());
    bytes += filter;
  }
  grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

constexpr int unimplemented = 12;

} // namespace

struct cri_channel::parts {
  parts(const std::string& endpoint, listener to) : told(std::move(to)) {
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(cri_message_bytes_max);
    arguments.SetString("grpc.default_authority", "localhost");
    arguments.SetInt("grpc.use_local_subchannel_pool", 1); // a restarted port gets a connection of its own
    arguments.SetInt("grpc.initial_reconnect_backoff_ms", 100);
    arguments.SetInt("grpc.max_reconnect_backoff_ms", 1000);
    auto target = endpoint.starts_with("unix:") ? endpoint : "unix://" + endpoint;
    stub = std::make_unique<grpc::GenericStub>(grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments));
    thread = std::thread([this] { wait(); });
  }
  ~parts() {
    {
      std::lock_guard guard{mutex};
      ending = true;
      for (auto* one : running) one->context.TryCancel();
      if (running.empty()) queue.Shutdown(); // else when the last one has ended: a stream must still be finished
    }
    thread.join();
  }
  /// Enters `one`, then runs `start`. False: the channel is ending, nothing was started.
  template <class Start> bool add(waiting* one, Start start) {
    std::lock_guard guard{mutex};
    if (ending) {
      delete one;
      return false;
    }
    running.insert(one);
    start();
    return true;
  }
  void wait() {
    void* tag = nullptr;
    bool ok = false;
    while (queue.Next(&tag, &ok)) {
      auto* one = static_cast<waiting*>(tag);
      if (one->arrived(ok)) continue;
      {
        std::lock_guard guard{mutex};
        running.erase(one);
        if (ending && running.empty()) queue.Shutdown();
      }
      delete one;
    }
  }
  void watch(bool of_interface) {
    auto* one = new event_stream;
    one->told = &told;
    if (!of_interface) one->request = containerd_filters();
    else one->request = to_buffer(cri::VersionRequest()); // empty, as GetEventsRequest is
    one->ended = [this, of_interface](int code) {
      if (code == unimplemented && of_interface) return watch(false);
      told.event(false);
    };
    add(one, [&] {
      auto path = of_interface ? "/runtime.v1.RuntimeService/GetContainerEvents" : "/containerd.services.events.v1.Events/Subscribe";
      one->stream = stub->PrepareCall(&one->context, path, &queue);
      one->stream->StartCall(one);
    });
  }
  listener told;
  grpc::CompletionQueue queue;
  std::unique_ptr<grpc::GenericStub> stub;
  std::mutex mutex;
  bool ending = false;
  std::set<waiting*> running; // to be cancelled at the end; order does not matter
  std::thread thread;
};

cri_channel::cri_channel(const std::string& endpoint, listener told) : parts_(std::make_unique<parts>(endpoint, std::move(told))) {}
cri_channel::~cri_channel() = default;

bool cri_channel::start(uint64_t id, const cri_call& call) {
  auto* m = call.request ? method_of(*call.request) : nullptr;
  if (!m) return false;
  auto* one = new running_call;
  one->id = id;
  one->told = &parts_->told;
  one->prototype = m->response;
  one->context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(call.deadline_ms));
  parts_->add(one, [&] {
    one->reader = parts_->stub->PrepareUnaryCall(&one->context, m->path, to_buffer(*call.request), &parts_->queue);
    one->reader->StartCall();
    one->reader->Finish(&one->answer, &one->status, one);
  });
  return true;
}

void cri_channel::watch() { parts_->watch(true); }

} // namespace troupe
