// Certificates and keys of a cluster, by OpenSSL. Keys are EC P-256 (RFC 5480); certificates X.509 v3 as client-go and the
// Go TLS stack want them (subject alternative names, key usages). Everything is PEM text; who writes files writes them with
// write_private(), mode 0600. Called at start-up and by commands, never by actors.
#pragma once
#include <cstdint>
#include <string>
#include <vector>
#include "messages/result.hpp"

namespace troupe::pki {

struct credential {
  std::string certificate_pem, key_pem;
};

/// A self-signed authority, e.g. "troupe-ca". Valid for ten years from `now_seconds` (Unix time).
result<credential> make_authority(const std::string& common_name, int64_t now_seconds);

struct request {
  std::string common_name;
  std::vector<std::string> organizations;       // Kubernetes groups of a client certificate
  std::vector<std::string> dns_names, addresses; // subject alternative names
  bool server = false, client = false;          // extended key usages
  int64_t not_before_seconds = 0, days = 365;   // an hour is taken off not_before, for clocks that differ
};
/// A certificate for a fresh key.
result<credential> issue(const credential& authority, const request&);
/// A fresh private key (EC P-256): signs service account tokens.
result<std::string> make_key();

// What the command line needs of a certificate that it finds.
struct certificate_facts {
  std::string common_name;
  std::vector<std::string> organizations, dns_names, addresses;
  int64_t not_before_seconds = 0, not_after_seconds = 0;
};
result<certificate_facts> read_certificate(const std::string& certificate_pem);
/// "X509SHA256=..." as the API shows it (authentication.kubernetes.io/credential-id).
result<std::string> credential_id(const std::string& certificate_pem);
/// True when `certificate_pem` was signed by the authority and belongs to `key_pem`.
bool belongs(const credential& leaf, const std::string& authority_pem);

/// Writes the whole text to a temporary file beside `path` with the mode, and renames it. `mode` 0600 for keys.
result<nothing> write_private(const std::string& path, const std::string& text, unsigned mode = 0600);

/// A kubeconfig with everything inside; cluster, user and context are called `name`.
std::string kubeconfig(const std::string& name, const std::string& server_url, const std::string& authority_pem,
                       const credential& user);

} // namespace troupe::pki
