// Transactions as bytes: one raft entry carries all transactions of one group.
//   entry     := txn* zero-padding to 8                    (raft wants multiples of 8)
//   txn       := size:4 operations:4 expires_s:8 operation*       size counts the whole transaction
//   operation := expected:8 bytes:4 kind:2 space:2 name:2 verb:1 zero:1 zero:4  kind space name bytes
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "messages/txn.hpp"
#include "persist/kind_names.hpp"

namespace troupe {

/// One operation, as views into an entry.
struct operation_view {
  operation::verb what = operation::verb::check;
  const kind_row* kind = nullptr;
  std::string_view space, name;
  uint64_t expected = any_revision;
  std::string_view bytes;
};

struct txn_view {
  int64_t expires_s = 0;  // calendar time at which what it puts is due for removal; 0: never
  std::vector<operation_view> operations;
};

/// Bytes that append_txn will add.
size_t encoded_size(const txn&);
void append_txn(std::string& entry, const txn&, int64_t expires_s);
void pad_entry(std::string& entry);

/// Reads the transactions of an entry in order.
class txn_reader {
 public:
  txn_reader(std::string_view entry, const kind_names& names) : rest_(entry), names_(names) {}
  /// False: no more, or `error()`.
  bool next(txn_view& to);
  const std::string& error() const { return error_; }

 private:
  bool fail(std::string why);
  std::string_view rest_;
  const kind_names& names_;
  std::string error_;
};

}  // namespace troupe
