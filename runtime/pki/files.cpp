// Files that hold keys, and the kubeconfig.
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <openssl/evp.h>
#include "runtime/pki/pki.hpp"

namespace troupe::pki {
namespace {

std::string base64(const std::string& bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                             reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<size_t>(size));
  return text;
}

bool write_all(int file, const std::string& text) {
  for (size_t done = 0; done < text.size();) {
    ssize_t wrote = ::write(file, text.data() + done, text.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    done += static_cast<size_t>(wrote);
  }
  return true;
}

status file_error(const std::string& path) { return internal_error(path + ": " + std::strerror(errno)); }

} // namespace

result<nothing> write_private(const std::string& path, const std::string& text, unsigned mode) {
  std::string temporary = path + ".new";
  ::unlink(temporary.c_str());
  int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file < 0) return file_error(temporary);
  bool good = ::fchmod(file, mode) == 0 && write_all(file, text) && ::fsync(file) == 0;
  status why = good ? status{} : file_error(temporary);
  ::close(file);
  if (!good) {
    ::unlink(temporary.c_str());
    return why;
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return file_error(path);
  return nothing{};
}

std::string kubeconfig(const std::string& name, const std::string& server_url, const std::string& authority_pem,
                       const credential& user) {
  std::string text = "apiVersion: v1\nkind: Config\nclusters:\n- name: " + name + "\n  cluster:\n    server: " + server_url +
                     "\n    certificate-authority-data: " + base64(authority_pem) + "\n";
  text += "users:\n- name: " + name + "\n  user:\n    client-certificate-data: " + base64(user.certificate_pem) +
          "\n    client-key-data: " + base64(user.key_pem) + "\n";
  text += "contexts:\n- name: " + name + "\n  context:\n    cluster: " + name + "\n    user: " + name + "\ncurrent-context: " +
          name + "\npreferences: {}\n";
  return text;
}

} // namespace troupe::pki
