#include "cli/credentials.hpp"
#include <sys/stat.h>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include "runtime/pki/pki.hpp"

namespace troupe::cli {

namespace {

constexpr int64_t certificate_days = 365, day_seconds = 86'400;

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

result<pki::credential> authority_of(const folder_paths& paths, int64_t now_seconds) {
  pki::credential authority{read_file(paths.authority), read_file(paths.authority_key)};
  if (!authority.certificate_pem.empty() && !authority.key_pem.empty()) return authority;
  if (!authority.certificate_pem.empty() || !authority.key_pem.empty())
    return plain_error("half of the cluster's authority is missing in " + paths.folder + "/pki");
  auto made = pki::make_authority("troupe-ca", now_seconds);
  if (!made.ok()) return made;
  for (auto [path, text, mode] : {std::tuple(&paths.authority_key, &made->key_pem, 0600u), std::tuple(&paths.authority, &made->certificate_pem, 0644u)})
    if (auto written = pki::write_private(*path, *text, mode); !written.ok()) return written.error();
  return made;
}

std::vector<std::string> sorted(std::vector<std::string> all) {
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

bool still_good(const folder_paths& paths, const pki::request& wanted, const std::string& authority_pem) {
  pki::credential there{read_file(paths.serving), read_file(paths.serving_key)};
  if (there.certificate_pem.empty() || there.key_pem.empty() || !pki::belongs(there, authority_pem)) return false;
  auto facts = pki::read_certificate(there.certificate_pem);
  if (!facts.ok()) return false;
  int64_t life = facts->not_after_seconds - facts->not_before_seconds;
  return sorted(facts->dns_names) == sorted(wanted.dns_names) && sorted(facts->addresses) == sorted(wanted.addresses) &&
         wanted.not_before_seconds < facts->not_before_seconds + life / 3;
}

result<nothing> serving(const folder_paths& paths, const credential_options& options, const pki::credential& authority) {
  pki::request wanted;
  wanted.common_name = "troupe-apiserver";
  wanted.dns_names = sorted([&] {
    std::vector<std::string> names{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"};
    names.insert(names.end(), options.dns_names.begin(), options.dns_names.end());
    return names;
  }());
  wanted.addresses = sorted([&] {
    std::vector<std::string> all{"127.0.0.1", "10.96.0.1"};
    all.insert(all.end(), options.addresses.begin(), options.addresses.end());
    return all;
  }());
  wanted.server = true;
  wanted.not_before_seconds = options.now_seconds;
  wanted.days = certificate_days;
  if (still_good(paths, wanted, authority.certificate_pem)) return nothing{};
  auto made = pki::issue(authority, wanted);
  if (!made.ok()) return made.error();
  if (auto written = pki::write_private(paths.serving_key, made->key_pem); !written.ok()) return written;
  return pki::write_private(paths.serving, made->certificate_pem, 0644);
}

} // namespace

result<cluster_credentials> prepare_credentials(const folder_paths& paths, const credential_options& options) {
  std::error_code failure;
  std::filesystem::create_directories(paths.folder + "/pki", failure);
  ::chmod((paths.folder + "/pki").c_str(), 0700);
  if (failure) return plain_error("cannot make " + paths.folder + "/pki: " + failure.message());
  auto authority = authority_of(paths, options.now_seconds);
  if (!authority.ok()) return authority.error();
  cluster_credentials out;
  out.authority_pem = authority->certificate_pem;
  out.account_key_pem = read_file(paths.account_key);
  if (out.account_key_pem.empty()) {
    auto key = pki::make_key();
    if (!key.ok()) return key.error();
    if (auto written = pki::write_private(paths.account_key, *key); !written.ok()) return written.error();
    out.account_key_pem = *key;
  }
  if (auto made = serving(paths, options, *authority); !made.ok()) return made.error();
  pki::request admin;
  admin.common_name = "kubernetes-admin";
  admin.organizations = {"system:masters"};
  admin.client = true;
  admin.not_before_seconds = options.now_seconds;
  admin.days = certificate_days;
  auto user = pki::issue(*authority, admin);
  if (!user.ok()) return user.error();
  auto text = pki::kubeconfig("troupe-" + options.name, options.server_url, authority->certificate_pem, *user);
  if (auto written = pki::write_private(paths.kubeconfig, text); !written.ok()) return written.error();
  return out;
}

} // namespace troupe::cli
