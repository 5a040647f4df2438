#include "persist/ports/sqlite_history.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "persist/history_loader.hpp"

namespace troupe {
namespace {

constexpr off_t read_ahead_step_bytes = 4 << 20;

const char* const tables_text =
    "CREATE TABLE IF NOT EXISTS hist(number INTEGER PRIMARY KEY, first INTEGER, last INTEGER, data BLOB);"
    "CREATE INDEX IF NOT EXISTS hist_last ON hist(last);"
    "CREATE TABLE IF NOT EXISTS meta(k TEXT PRIMARY KEY, v BLOB) WITHOUT ROWID";

/// Reads a file into the page cache from its end, in the order in which a load wants it: half of the time of a cold
/// start.
class read_ahead {
 public:
  explicit read_ahead(const std::string& path) : thread_([this, path] { run(path); }) {}
  ~read_ahead() {
    over_ = true;
    thread_.join();
  }

 private:
  void run(const std::string& path) {
    int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    for (off_t at = ::lseek(file, 0, SEEK_END); at > 0 && !over_; at -= read_ahead_step_bytes)
      ::posix_fadvise(file, std::max<off_t>(0, at - read_ahead_step_bytes), read_ahead_step_bytes, POSIX_FADV_WILLNEED);
    ::close(file);
  }
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace

std::string sqlite_history::open(const std::string& path) {
  path_ = path;
  int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);  // SQLite gives its other files the same mode
  if (file < 0) return path + ": cannot be opened";
  ::close(file);
  bool ok = database_.open(path) && database_.run("PRAGMA page_size=65536") &&
            database_.run("PRAGMA journal_mode=WAL") && database_.run("PRAGMA synchronous=FULL") &&
            database_.run("PRAGMA wal_autocheckpoint=0") && database_.run("PRAGMA cache_size=-8192") &&
            database_.run("PRAGMA cell_size_check=ON") && database_.run(tables_text) &&
            insert_.prepare(database_, "INSERT OR REPLACE INTO hist VALUES(?1,?2,?3,?4)") &&
            set_head_.prepare(database_, "INSERT OR REPLACE INTO meta VALUES('head',?1)") &&
            after_.prepare(database_, "SELECT number,first,last,data FROM hist WHERE last>?1 ORDER BY last,number") &&
            at_.prepare(database_, "SELECT number,first,last,data FROM hist WHERE last>=?1 ORDER BY last,number") &&
            one_.prepare(database_, "SELECT number,first,last,data FROM hist WHERE number=?1") &&
            successor_.prepare(database_,
                               "SELECT number,first,last,data FROM hist WHERE number>?1 ORDER BY number LIMIT 1") &&
            remove_.prepare(database_, "DELETE FROM hist WHERE number=?1");
  int keep = 1;  // the write-ahead log's file keeps its blocks
  if (ok) sqlite3_file_control(database_.handle(), "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
  return ok ? "" : path + ": " + database_.error();
}

bool sqlite_history::load_head(std::string& error) {
  sqlite_statement query;
  if (!query.prepare(database_, "SELECT v FROM meta WHERE k='head'")) {
    error = path_ + ": " + database_.error();
    return false;
  }
  head_ = {};
  auto result = query.next();
  if (result == sqlite_statement::outcome::failed)
    error = path_ + ": " + database_.error();
  else if (result == sqlite_statement::outcome::row && !decode_head(query.bytes(0), head_))
    error = path_ + ": its head is damaged";
  else if (result == sqlite_statement::outcome::done) {  // no head: then nothing else either
    sqlite_statement any;
    if (!any.prepare(database_, "SELECT count(*) FROM hist") || any.next() != sqlite_statement::outcome::row)
      error = path_ + ": " + database_.error();
    else if (any.number(0) != 0)
      error = path_ + ": its head is missing";
  }
  return error.empty();
}

bool sqlite_history::next_batch(sqlite_statement& from, stored_batch& to) {
  to.number = from.number(0);
  to.first = from.number(1);
  to.last = from.number(2);
  return decode_batch(to.number, from.bytes(3), to.content);
}

bool sqlite_history::load_rows(history_image& image) {
  history_loader loader{image, names_};
  sqlite_statement newest_first;
  if (!newest_first.prepare(database_, "SELECT number,first,last,data FROM hist ORDER BY number DESC")) {
    image.error = path_ + ": " + database_.error();
    return false;
  }
  uint64_t expected = head_.batch;
  stored_batch batch;
  sqlite_statement::outcome step;
  while ((step = newest_first.next()) == sqlite_statement::outcome::row) {
    bool whole = next_batch(newest_first, batch);
    if (!whole || batch.number != expected) {
      image.error = path_ + ": batch " + std::to_string(expected) + (whole ? " is missing" : " is damaged");
      return false;
    }
    auto& rows = batch.content.rows;
    for (auto row = rows.rbegin(); row != rows.rend(); ++row)
      if (!loader.add(*row)) return false;
    expected = batch.content.previous;
  }
  if (step == sqlite_statement::outcome::failed)
    image.error = path_ + ": " + database_.error();
  else if (expected != 0)
    image.error = path_ + ": batch " + std::to_string(expected) + " is missing";
  loader.finish();
  return image.error.empty();
}

void sqlite_history::load(history_image& image, bool with_state) {
  if (!load_head(image.error)) return;
  image.head = head_.position;
  image.compacted = head_.compacted;
  compact_at_ = head_.cleaned;
  second_pass_ = false;
  if (!with_state) return;
  database_.run("PRAGMA mmap_size=68719476736");
  {
    read_ahead warm{path_};
    load_rows(image);
  }
  database_.run("PRAGMA mmap_size=0");
}

sqlite_history::outcome sqlite_history::begin() {
  return database_.run("BEGIN IMMEDIATE") ? outcome::ok : give_up();
}

sqlite_history::outcome sqlite_history::give_up() {
  int code = sqlite3_errcode(database_.handle());
  database_.run("ROLLBACK");
  return code == SQLITE_FULL || code == SQLITE_BUSY || code == SQLITE_LOCKED ? outcome::again : outcome::failed;
}

sqlite_history::outcome sqlite_history::commit(history_head next) {
  auto bytes = encode_head(next);
  if (!set_head_.bind(1, bytes).finish() || !database_.run("COMMIT")) return give_up();
  head_ = next;
  return outcome::ok;
}

bool sqlite_history::put_batch(uint64_t number, uint64_t first, uint64_t last, uint64_t previous, uint32_t count,
                               const std::string& rows) {
  auto blob = encode_batch(number, previous, count, rows);
  return insert_.bind(1, number).bind(2, first).bind(3, last).bind(4, blob).finish();
}

bool sqlite_history::append_rows(const std::vector<history_group>& groups, history_head& next) {
  rows_.clear();
  uint32_t count = 0;
  uint64_t first = 0, last = 0;
  auto flush = [&] {
    if (count == 0) return true;
    bool ok = put_batch(next.batch + 1, first, last, next.batch, count, rows_);
    ++next.batch;
    rows_.clear();
    count = 0;
    return ok;
  };
  for (auto& group : groups)
    for (size_t i = 0; i < group.events.size(); ++i) {
      auto row = row_of(*group.events[i], group.expires_s.empty() ? 0 : group.expires_s[i]);
      if (count != 0 && rows_.size() + row_bytes(row) > history_batch_raw_bytes && !flush()) return false;
      if (count == 0) first = row.revision;
      last = row.revision;
      append_row(rows_, row);
      ++count;
    }
  next.position = groups.back().position;
  return flush();
}

sqlite_history::outcome sqlite_history::append(const std::vector<history_group>& groups) {
  if (auto result = begin(); result != outcome::ok) return result;
  auto next = head_;
  if (!append_rows(groups, next)) return give_up();
  return commit(next);
}

object_ptr sqlite_history::object_at(uint64_t revision, const history_row& like, const kind_row& kind) {
  object_ptr found;
  stored_batch batch;
  at_.bind(1, revision);
  while (!found && at_.next() == sqlite_statement::outcome::row && at_.number(1) <= revision && next_batch(at_, batch))
    for (auto& row : batch.content.rows)
      if (row.revision == revision && row.name == like.name && row.space == like.space && row.kind == like.kind)
        found = object::make(kind, revision, row.bytes);
  at_.reset();
  return found;
}

/// `seen`: the newest state of each key in this page.
bool sqlite_history::add_events(const stored_batch& batch, const kind_row& kind, uint64_t after, history_page& page,
                                std::vector<object_ptr>& seen, size_t& bytes) {
  auto resource = group_resource(kind);
  for (auto& row : batch.content.rows) {
    if (row.kind != resource || row.revision <= after) continue;
    auto known = std::find_if(seen.begin(), seen.end(), [&](const object_ptr& one) {
      return one->name() == row.name && one->space() == row.space;
    });
    object_ptr previous;
    if (row.previous != 0) {
      previous =
          known != seen.end() && (*known)->revision() == row.previous ? *known : object_at(row.previous, row, kind);
      if (!previous) return false;
    }
    auto state = object::make(kind, row.revision, row.removed ? previous->bytes() : row.bytes);
    auto what = row.removed ? event::type::deleted : previous ? event::type::modified : event::type::added;
    page.events.push_back(std::make_shared<event>(event{what, row.revision, state, previous}));
    bytes += state->bytes().size();
    if (known != seen.end())
      *known = state;
    else
      seen.push_back(state);
  }
  return true;
}

result<history_page> sqlite_history::read(const kind_row& kind, uint64_t after) {
  if (after < head_.compacted) return gone("the revision is older than what is kept");
  history_page page;
  page.through = std::max(after, head_.position.revision);
  std::vector<object_ptr> seen;
  stored_batch batch;
  size_t bytes = 0;
  uint64_t covered = after;
  after_.bind(1, after);
  bool whole = true;
  while (whole && after_.next() == sqlite_statement::outcome::row) {
    if (!(whole = next_batch(after_, batch))) break;
    bool enough = page.events.size() >= history_page_events_max || bytes >= history_page_bytes_max;
    if (enough && batch.first > covered) {  // a revision is never cut in two
      page.through = covered;
      break;
    }
    whole = add_events(batch, kind, after, page, seen, bytes);
    covered = batch.last;
  }
  after_.reset();
  if (!whole) return internal_error("the history is damaged");
  return page;
}

}  // namespace troupe
