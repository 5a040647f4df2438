#include "persist/ports/sqlite_file.hpp"

#include <sqlite3.h>

namespace troupe {

sqlite_file::~sqlite_file() {
  sqlite3_close_v2(database_);
}

bool sqlite_file::open(const std::string& path) {
  constexpr int busy_ms = 10'000;
  if (sqlite3_open_v2(path.c_str(), &database_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                      nullptr) != SQLITE_OK)
    return false;
  sqlite3_busy_timeout(database_, busy_ms);
  return true;
}

bool sqlite_file::run(const std::string& text) {
  return sqlite3_exec(database_, text.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
}

bool sqlite_file::checkpoint() {
  int in_log = 0, copied = 0;
  int code = sqlite3_wal_checkpoint_v2(database_, nullptr, SQLITE_CHECKPOINT_PASSIVE, &in_log, &copied);
  return code == SQLITE_OK && in_log == copied;
}

std::string sqlite_file::error() const {
  return database_ == nullptr ? "no memory" : sqlite3_errmsg(database_);
}

sqlite_statement::~sqlite_statement() {
  sqlite3_finalize(statement_);
}

bool sqlite_statement::prepare(const sqlite_file& in, const char* text) {
  return sqlite3_prepare_v2(in.handle(), text, -1, &statement_, nullptr) == SQLITE_OK;
}

sqlite_statement& sqlite_statement::bind(int at, uint64_t value) {
  sqlite3_bind_int64(statement_, at, static_cast<sqlite3_int64>(value));
  return *this;
}

sqlite_statement& sqlite_statement::bind(int at, std::string_view bytes) {
  sqlite3_bind_blob64(statement_, at, bytes.data(), bytes.size(), SQLITE_STATIC);
  return *this;
}

sqlite_statement::outcome sqlite_statement::next() {
  int code = sqlite3_step(statement_);
  return code == SQLITE_ROW ? outcome::row : code == SQLITE_DONE ? outcome::done : outcome::failed;
}

bool sqlite_statement::finish() {
  auto result = next();
  reset();
  return result != outcome::failed;
}

void sqlite_statement::reset() {
  sqlite3_reset(statement_);
}

uint64_t sqlite_statement::number(int column) const {
  return static_cast<uint64_t>(sqlite3_column_int64(statement_, column));
}

std::string_view sqlite_statement::bytes(int column) const {
  return {static_cast<const char*>(sqlite3_column_blob(statement_, column)),
          static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
}

}  // namespace troupe
