// One writer, readers that never wait: a value that is replaced whole.
#pragma once
#include <memory>
#include <atomic>

namespace troupe {

template <class T>
class published {
public:
  std::shared_ptr<const T> read() const { return std::atomic_load_explicit(&value_, std::memory_order_acquire); }
  void publish(std::shared_ptr<const T> value) { std::atomic_store_explicit(&value_, std::move(value), std::memory_order_release); }

private:
  std::shared_ptr<const T> value_;
};

} // namespace troupe
