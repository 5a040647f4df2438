#include "persist/txn_format.hpp"

#include "persist/packed.hpp"

namespace troupe {
namespace {

struct txn_header {
  uint32_t size, operations;
  int64_t expires_s;
};

struct operation_header {
  uint64_t expected;
  uint32_t bytes;
  uint16_t kind, space, name;
  uint8_t verb, zero;
  uint32_t zeros;
};
static_assert(sizeof(txn_header) == 16 && sizeof(operation_header) == 24);

}  // namespace

size_t encoded_size(const txn& write) {
  size_t size = sizeof(txn_header);
  for (auto& one : write.operations)
    size += sizeof(operation_header) + group_resource(*one.key.kind).size() + one.key.space.size() +
            one.key.name.size() + one.bytes.size();
  return size;
}

void append_txn(std::string& entry, const txn& write, int64_t expires_s) {
  put_packed(entry, txn_header{static_cast<uint32_t>(encoded_size(write)),
                               static_cast<uint32_t>(write.operations.size()), expires_s});
  for (auto& one : write.operations) {
    auto kind = group_resource(*one.key.kind);
    put_packed(entry,
               operation_header{one.expected, static_cast<uint32_t>(one.bytes.size()),
                                static_cast<uint16_t>(kind.size()), static_cast<uint16_t>(one.key.space.size()),
                                static_cast<uint16_t>(one.key.name.size()), static_cast<uint8_t>(one.what), 0, 0});
    entry.append(kind).append(one.key.space).append(one.key.name).append(one.bytes);
  }
}

void pad_entry(std::string& entry) {
  entry.resize((entry.size() + 7) & ~size_t{7}, '\0');
}

bool txn_reader::fail(std::string why) {
  error_ = std::move(why);
  return false;
}

bool txn_reader::next(txn_view& to) {
  if (rest_.size() < sizeof(txn_header)) return false;  // padding
  packed_reader head{rest_};
  auto header = head.take<txn_header>();
  if (header.size < sizeof header || header.size > rest_.size()) return fail("a transaction is longer than its entry");
  packed_reader from{rest_.substr(sizeof header, header.size - sizeof header)};
  rest_.remove_prefix(header.size);
  to.expires_s = header.expires_s;
  to.operations.clear();
  for (uint32_t i = 0; i < header.operations; ++i) {
    auto operation = from.take<operation_header>();
    auto kind = from.take_bytes(operation.kind);
    operation_view view;
    view.what = static_cast<operation::verb>(operation.verb);
    view.expected = operation.expected;
    view.space = from.take_bytes(operation.space);
    view.name = from.take_bytes(operation.name);
    view.bytes = from.take_bytes(operation.bytes);
    if (!from.ok() || operation.verb > static_cast<uint8_t>(operation::verb::remove))
      return fail("a transaction's operation is malformed");
    view.kind = names_.find(kind);
    if (view.kind == nullptr) return fail("this version does not know the kind " + std::string{kind});
    to.operations.push_back(view);
  }
  return true;
}

}  // namespace troupe
