#include "actors/gateway/format/list_body.hpp"
#include <algorithm>
#include <cstring>

namespace troupe::gateway {
namespace {

class list_body : public body {
public:
  list_body(std::string head, std::vector<object_ptr> items, std::string tail)
      : piece_(std::make_shared<std::string>(std::move(head))), items_(std::move(items)), tail_(std::move(tail)) {}

  size_t read(char* to, size_t room) override {
    size_t done = 0;
    while (done < room && !done_) {
      size_t some = std::min(room - done, piece_->size() - at_);
      std::memcpy(to + done, piece_->data() + at_, some);
      done += some;
      at_ += some;
      if (at_ == piece_->size()) next();
    }
    return done;
  }

  bool done() const override { return done_; }

private:
  /// Separator and brace come as pieces of their own, so the objects' shared texts are sent as they are.
  void next() {
    at_ = 0;
    if (between_) {
      auto& item = items_[index_];
      piece_ = item->json();
      at_ = std::min(item_start(item->kind()), piece_->size());
      items_[index_++].reset();
      between_ = false;
    } else if (index_ < items_.size()) {
      piece_ = index_ == 0 ? first_ : later_;
      between_ = true;
    } else if (!tailed_) {
      piece_ = std::make_shared<std::string>(std::move(tail_));
      tailed_ = true;
    } else {
      done_ = true;
    }
  }

  text_ptr piece_;
  text_ptr first_ = std::make_shared<std::string>("{"), later_ = std::make_shared<std::string>(",{");
  std::vector<object_ptr> items_;
  std::string tail_;
  size_t at_ = 0, index_ = 0;
  bool between_ = false, tailed_ = false, done_ = false;
};

} // namespace

size_t item_start(const kind_row& kind) {
  // {"kind":"Pod","apiVersion":"v1",
  return std::string_view("{\"kind\":\"\",\"apiVersion\":\"\",").size() + kind.kind.size() + api_version(kind).size();
}

std::unique_ptr<body> make_list_body(std::string head, std::vector<object_ptr> items, std::string tail) {
  return std::make_unique<list_body>(std::move(head), std::move(items), std::move(tail));
}

} // namespace troupe::gateway
