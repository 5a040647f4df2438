#include "actors/controllers/controller_tools.hpp"
#include <cstdio>
#include <cstdlib>
#include "messages/api/meta/v1.pb.h"

namespace troupe::controllers {

namespace {

// Names are made of these, so that none spells a word (apimachinery's rand.SafeEncodeString has the same set).
constexpr std::string_view alphabet = "bcdfghjklmnpqrstvwxz2456789";

std::string serialized(const google::protobuf::Message& message) {
  std::string bytes;
  message.SerializeToString(&bytes);
  return bytes;
}

template <class Entries>
bool set_entry(Entries& entries, std::string_view key, std::string_view value) {
  for (auto& entry : *entries)
    if (entry.key() == key) {
      if (entry.value() == value) return false;
      entry.set_value(std::string(value));
      return true;
    }
  auto* added = entries->Add();
  added->set_key(std::string(key));
  added->set_value(std::string(value));
  for (int i = entries->size() - 1; i > 0 && entries->Get(i).key() < entries->Get(i - 1).key(); --i)
    entries->SwapElements(i, i - 1);
  return true;
}

template <class Entries>
std::string_view find_entry(const Entries& entries, std::string_view key) {
  for (const auto& entry : entries)
    if (entry.key() == key) return entry.value();
  return {};
}

} // namespace

const kind_row& row(std::string_view group, std::string_view version, std::string_view plural) {
  if (const auto* found = find_kind(group, version, plural)) return *found;
  std::fprintf(stderr, "controllers: no kind %.*s in group \"%.*s\"\n", int(plural.size()), plural.data(),
               int(group.size()), group.data());
  std::abort();
}

std::string key_of(std::string_view space, std::string_view name) {
  std::string key;
  key.reserve(space.size() + 1 + name.size());
  return key.append(space).append("/").append(name);
}

split_key split(std::string_view key) {
  auto slash = key.find('/');
  return {key.substr(0, slash), key.substr(slash + 1)};
}

action create(const kind_row& kind, std::string_view space, const google::protobuf::Message& message) {
  action made;
  made.what = action::verb::create;
  made.kind = &kind;
  made.space = space;
  made.body = serialized(message);
  return made;
}

action update(const kind_row& kind, std::string_view space, std::string_view name,
              const google::protobuf::Message& message, std::string_view subresource) {
  action made;
  made.what = action::verb::update;
  made.kind = &kind;
  made.space = space;
  made.name = name;
  made.subresource = subresource;
  made.body = serialized(message);
  made.tolerate_missing = true;
  return made;
}

action merge_patch(const kind_row& kind, std::string_view space, std::string_view name, std::string text,
                   std::string_view subresource) {
  action made;
  made.what = action::verb::patch;
  made.kind = &kind;
  made.space = space;
  made.name = name;
  made.subresource = subresource;
  made.body = std::move(text);
  made.content_type = "application/merge-patch+json";
  made.tolerate_missing = true;
  return made;
}

action remove(const kind_row& kind, const object& what, std::string_view propagation) {
  action made;
  made.what = action::verb::remove;
  made.kind = &kind;
  made.space = what.space();
  made.name = what.name();
  made.uid = what.uid();
  made.propagation = propagation;
  made.tolerate_missing = true;
  return made;
}

notice note(const object& about, std::string_view type, std::string_view reason, std::string text) {
  return {about.key(), std::string(about.uid()), std::string(type), std::string(reason), std::move(text)};
}

const meta::OwnerReference* controller_of(const meta::ObjectMeta& of) {
  for (const auto& owner : of.ownerreferences())
    if (owner.controller()) return &owner;
  return nullptr;
}

void own(meta::ObjectMeta& of, const kind_row& owner_kind, const meta::ObjectMeta& owner) {
  auto* reference = of.add_ownerreferences();
  reference->set_apiversion(std::string(api_version(owner_kind)));
  reference->set_kind(std::string(owner_kind.kind));
  reference->set_name(owner.name());
  reference->set_uid(owner.uid());
  reference->set_controller(true);
  reference->set_blockownerdeletion(true);
}

int64_t seconds_of(const meta::Time& time) { return time.seconds(); }

void set_time(meta::Time& time, int64_t wall_ns) {
  time.set_seconds(wall_ns / 1'000'000'000);
  time.set_nanos(0);
}

std::string_view annotation(const meta::ObjectMeta& of, std::string_view key) {
  return find_entry(of.annotations(), key);
}
bool set_annotation(meta::ObjectMeta& of, std::string_view key, std::string_view value) {
  auto* entries = of.mutable_annotations();
  return set_entry(entries, key, value);
}
bool set_label(meta::ObjectMeta& of, std::string_view key, std::string_view value) {
  auto* entries = of.mutable_labels();
  return set_entry(entries, key, value);
}
std::string_view label_of(const meta::ObjectMeta& of, std::string_view key) { return find_entry(of.labels(), key); }

std::string random_suffix(uint64_t& random) {
  std::string suffix;
  for (int i = 0; i < 5; ++i) {
    random += 0x9e3779b97f4a7c15ull; // splitmix64
    uint64_t mixed = random;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ull;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebull;
    suffix += alphabet[(mixed ^ (mixed >> 31)) % alphabet.size()];
  }
  return suffix;
}

std::string safe_encoding(uint32_t number) {
  std::string digits = std::to_string(number);
  for (auto& digit : digits) digit = alphabet[static_cast<unsigned char>(digit) % alphabet.size()];
  return digits;
}

uint32_t fnv1a(std::string_view bytes) {
  uint32_t hash = 2166136261u;
  for (unsigned char byte : bytes) hash = (hash ^ byte) * 16777619u;
  return hash;
}

} // namespace troupe::controllers
