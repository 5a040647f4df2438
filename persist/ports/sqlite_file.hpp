// SQLite, as far as the history needs it. Every call says whether it worked; `error()` says why not.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace troupe {

class sqlite_file {
 public:
  sqlite_file() = default;
  ~sqlite_file();
  sqlite_file(const sqlite_file&) = delete;
  sqlite_file& operator=(const sqlite_file&) = delete;
  bool open(const std::string& path);
  bool run(const std::string& text);
  /// Copies the log of the database (its WAL) back. True: all of it, so that the file alone holds everything.
  bool checkpoint();
  std::string error() const;
  sqlite3* handle() const { return database_; }

 private:
  sqlite3* database_ = nullptr;
};

/// A prepared statement; parameters and columns count from 1 and 0, as SQLite's.
class sqlite_statement {
 public:
  sqlite_statement() = default;
  ~sqlite_statement();
  sqlite_statement(const sqlite_statement&) = delete;
  sqlite_statement& operator=(const sqlite_statement&) = delete;
  bool prepare(const sqlite_file& in, const char* text);
  sqlite_statement& bind(int at, uint64_t value);
  sqlite_statement& bind(int at, std::string_view bytes);  // must live until the reset
  enum class outcome : uint8_t { row, done, failed };
  outcome next();
  /// Runs it to its end and resets it.
  bool finish();
  void reset();
  uint64_t number(int column) const;
  std::string_view bytes(int column) const;

 private:
  sqlite3_stmt* statement_ = nullptr;
};

}  // namespace troupe
