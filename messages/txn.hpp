// A write: preconditions on revisions, and puts and deletes, all or nothing. One transaction is applied at one revision.
#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <vector>
#include "messages/object.hpp"

namespace troupe {

constexpr uint64_t any_revision = std::numeric_limits<uint64_t>::max(); // no precondition
constexpr uint64_t absent_revision = 0;                                 // the key must not exist

struct operation {
  enum class verb : uint8_t { check, put, remove };
  verb what = verb::put;
  object_key key;
  uint64_t expected = any_revision; // revision the key must have now
  std::string bytes;                // put: the new object's bytes (object.hpp)
};

struct txn {
  std::vector<operation> operations;
  uint64_t ttl_seconds = 0; // 0: for ever; else what it puts is removed by the store after that time (Events)
};

struct txn_outcome {
  enum class kind : uint8_t {
    none,        // not proposed
    committed,   // durable on a majority, applied, published
    conflicting, // operations[failed]'s precondition did not hold; nothing was changed
    refused,     // not proposed: not the leader, disk full, shutting down; safe to try again
    unknown      // proposed, and then the outcome was lost: it may or may not be committed
  } what = kind::none;
  uint64_t revision = 0;           // committed: of the change. conflicting: of the state looked at
  size_t failed = 0;               // conflicting: index of the operation
  object_ptr current;              // conflicting: what is there now (null: nothing)
  std::vector<object_ptr> objects; // committed: a put's new object, a removal's last one; by operation
  std::string why;                 // refused, unknown: for people
};

// Limits
constexpr size_t txn_bytes_max = 3u << 20;      // one transaction, encoded; larger is refused by the gateway with 413
constexpr size_t object_bytes_max = 1536u << 10; // one object, encoded; etcd's request limit

} // namespace troupe
