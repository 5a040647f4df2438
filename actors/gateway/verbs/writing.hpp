// What create, update, patch and delete share: from a decoded message to a transaction.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include "actors/gateway/exchange.hpp"
#include "actors/gateway/verbs/metadata.hpp"
#include "messages/decode_body.hpp"

namespace troupe::gateway {

/// A verb's own context: what strategies may know. Must outlive no run of the verb.
struct write_context {
  write_context(exchange& run, std::string space, std::string name);
  std::string space_text, name_text;
  random_stream random;
  std::vector<operation> also;
  verb_context context;
};

/// 400 where body and path disagree on the namespace; sets it where the body leaves it out.
result<nothing> settle_space(const exchange&, object_meta_message&);
/// 400 where body and path disagree on the name.
result<nothing> check_name(const exchange&, const object_meta_message&);

/// Creates `object` (storage form, defaulted, its namespace settled): admission, validation, one transaction. Answers 201.
step create_object(const exchange_ptr&, message_ptr object);

struct change {
  object_ptr before;      // never null
  message_ptr object;     // storage form, defaulted
};
/// Writes a changed object: metadata rules, preconditions, admission, validation; removes it where it was only waiting for
/// its last finalizer. `answer` makes the reply out of the new object (stored or, for dry runs, a draft); default: the object.
step change_object(const exchange_ptr&, change,
                   std::function<step(exchange&, const object_ptr& now)> answer = {});

/// The object of the path; 404.
result<object_ptr> existing(const exchange&);
/// The key of an object of the addressed kind.
object_key key_of(const exchange&, std::string_view space, std::string_view name);
/// 500 without reason where the path's object cannot be one: bytes above object_bytes_max.
result<nothing> check_size(const exchange&, const std::string& name, size_t bytes);

// Admission that is the chain's own; the kinds' own part is strategy::admit.
/// NamespaceLifecycle: the namespace must exist and not be terminating (creates only). 404, 403.
result<nothing> admit_space(const exchange&, std::string_view space);
/// NodeRestriction: a node may change only its own objects. `object` null for deletes; `before` null for creates.
result<nothing> admit_node(const exchange&, const google::protobuf::Message* object, const object_ptr& before);
/// RBAC: nobody grants what he does not hold. 403.
result<nothing> admit_rules(const exchange&, const google::protobuf::Message& object);
/// A Warning for kinds whose controller does not exist yet.
void warn_unenforced(exchange&);

} // namespace troupe::gateway
