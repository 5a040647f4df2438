// Who is asking.
#pragma once
#include <string>
#include <unordered_map>
#include "actors/gateway/exchange.hpp"
#include "actors/gateway/filters/token_format.hpp"

namespace troupe::gateway {

/// Signatures that have been checked, by token: the costly part. Liveness of account and pod is looked at every time.
class token_cache {
public:
  /// The claims of a token of ours; null: not ours. Valid until the next call.
  const token_claims* open(const token_keys&, const std::string& token);

private:
  static constexpr size_t tokens_max = 1'000; // the whole cache is dropped at this number
  std::unordered_map<std::string, token_claims> known_;
};

/// The user of a service account token: 401 where it is expired, for another audience, or its account or pod is gone.
/// `audiences`: one of these must be the token's.
result<user_info> token_user(const token_claims&, const std::vector<std::string>& audiences, const std::string& issuer,
                             int64_t wall_ns, const roots&);
/// system:serviceaccounts and system:serviceaccounts:SPACE for the name of a service account.
std::vector<std::string> account_groups(std::string_view user_name);
/// Adds system:authenticated where it is not there.
void add_authenticated(user_info&);

} // namespace troupe::gateway
