// The cluster's keys and certificates in the data folder: made at the first start, looked after at every other.
#pragma once
#include <string>
#include <vector>
#include "cli/data_folder.hpp"

namespace troupe::cli {

struct cluster_credentials {
  std::string authority_pem, account_key_pem;
};

struct credential_options {
  std::string name;                    // of the machine: context of the kubeconfig
  std::vector<std::string> dns_names;  // of the serving certificate, beside the well-known ones
  std::vector<std::string> addresses;
  std::string server_url;              // in the kubeconfig
  int64_t now_seconds = 0;
};

/// Serving certificate: issued again where its names or addresses are not those wanted, or a third of its life is over.
/// Admin certificate: renewed at every start (a year). Writes admin.kubeconfig, 0600. Keys are 0600.
result<cluster_credentials> prepare_credentials(const folder_paths&, const credential_options&);

} // namespace troupe::cli
