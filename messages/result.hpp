// Errors are values. A `status` has the fields of Kubernetes' metav1.Status (api-conventions, "Response Status Kind"),
// so what a decoder, a validator or the store finds wrong reaches the client unchanged.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace troupe {

/// One entry of `details.causes`. `reason` is a metav1.CauseType ("FieldValueInvalid", "FieldValueRequired", ...).
struct status_cause {
  std::string reason, message, field;
};

/// A failure. `code` is the HTTP status; `reason` a metav1.StatusReason ("NotFound"; empty where upstream sends none).
struct status {
  int code = 500;
  std::string reason, message;
  std::string name, group, kind, uid; // details; all empty and no causes: details are left out
  std::vector<status_cause> causes;
  int retry_after_seconds = 0;        // also sent as Retry-After
  bool bare_details = false;          // send `details: {}` even when empty (upstream does for some errors)
};

/// A value or a status. Never throws; ask `ok()` (or test it) before `value()`.
template <class T>
class [[nodiscard]] result {
public:
  result(T value) : content_(std::in_place_index<0>, std::move(value)) {}
  result(status error) : content_(std::in_place_index<1>, std::move(error)) {}
  bool ok() const { return content_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() { return std::get<0>(content_); }
  const T& value() const { return std::get<0>(content_); }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  status& error() { return std::get<1>(content_); }
  const status& error() const { return std::get<1>(content_); }

private:
  std::variant<T, status> content_;
};

struct nothing {};

// Upstream's wordings (apimachinery/pkg/api/errors). `resource` is "pods" or "deployments.apps".
status not_found(std::string_view group, std::string_view resource, std::string_view name);
status already_exists(std::string_view group, std::string_view resource, std::string_view name);
status conflict(std::string_view group, std::string_view resource, std::string_view name, std::string_view why);
status invalid(std::string_view group, std::string_view kind, std::string_view name, std::vector<status_cause> causes);
status bad_request(std::string message);
status forbidden(std::string_view group, std::string_view resource, std::string_view name, std::string_view why);
status unauthorized();
status method_not_allowed(std::string_view group, std::string_view resource, std::string_view verb);
status gone(std::string message);          // 410 Expired
status internal_error(std::string message); // 500 InternalError, "Internal error occurred: ..."
status service_unavailable(std::string message, int retry_after_seconds);
status timeout_error(std::string message, int retry_after_seconds); // 504 Timeout
status too_many_requests(std::string message, int retry_after_seconds);
status unsupported_media_type(std::string message);
status not_acceptable(std::string message);
/// 500 without a reason, as upstream answers where it returns a plain Go error.
status plain_error(std::string message);
/// The metav1.Status document, compact JSON, keys in upstream's order.
std::string to_json(const status&);

} // namespace troupe
