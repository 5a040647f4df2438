// What is served beside resources: discovery, version, health, metrics, OpenAPI, the issuer's keys.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include "actors/gateway/exchange.hpp"

namespace troupe::gateway {

/// Texts that never change while the process lives, made when first asked for.
class documents {
public:
  explicit documents(const gateway_options& options) : options_(options) {}
  /// By a name of its own ("apis", "openapi/v3/api/v1"); null: there is no such document. From any thread.
  text_ptr get(const std::string& name);

private:
  std::string make(const std::string& name) const;
  const gateway_options& options_;
  std::mutex mutex_;
  std::map<std::string, text_ptr> made_;
};

/// Answers a request that is not for a resource.
step serve_document(exchange&);
/// "404 page not found", as Go's server says it.
step no_such_page(exchange&);
/// Whether any kind of this group is served.
bool known_group(std::string_view group);

} // namespace troupe::gateway
