// Service account tokens: signed JSON Web Tokens (RFC 7519, RFC 7515) with ES256, claims as Kubernetes lays them out
// (KEP-1205). Pure but for the signing key it is given; the signature's own randomness is OpenSSL's.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>
#include "messages/result.hpp"

namespace troupe::gateway {

struct bound_object {
  std::string name, uid;
};

struct token_claims {
  std::string issuer, identity; // jti: a uuid
  std::vector<std::string> audiences;
  int64_t issued_seconds = 0, not_before_seconds = 0, expires_seconds = 0; // Unix time
  std::string space, account, account_uid;
  bound_object pod, secret, node; // empty where the token is not bound to one
  int64_t warn_after_seconds = 0; // 0: none
};

class token_keys {
public:
  /// `private_key_pem`: EC P-256. An unusable key makes every token invalid and every signing an error.
  explicit token_keys(const std::string& private_key_pem);
  ~token_keys();
  result<std::string> sign(const token_claims&) const;
  /// The claims of a token that we signed; 401 else. Does not look at times, issuer, audiences or the account.
  result<token_claims> open(std::string_view token) const;
  /// The public keys as a JSON Web Key Set (RFC 7517).
  const std::string& key_set() const { return key_set_; }

private:
  struct key;
  std::unique_ptr<key> key_;
  std::string key_id_, key_set_;
};

} // namespace troupe::gateway
