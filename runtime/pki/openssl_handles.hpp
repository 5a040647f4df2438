// Owners of OpenSSL's objects, for runtime/pki alone.
#pragma once
#include <memory>
#include <string>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include "messages/result.hpp"

namespace troupe::pki {

template <auto Free>
struct freed_by {
  template <class T> void operator()(T* what) const { Free(what); }
};
using bio_handle = std::unique_ptr<BIO, freed_by<BIO_free_all>>;
using key_handle = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using certificate_handle = std::unique_ptr<X509, freed_by<X509_free>>;

inline status openssl_error(std::string_view doing) {
  char text[160] = "";
  ERR_error_string_n(ERR_get_error(), text, sizeof text);
  ERR_clear_error();
  return internal_error(std::string(doing) + ": " + text);
}

inline std::string bio_text(BIO* from) {
  char* data = nullptr;
  long size = BIO_get_mem_data(from, &data);
  return {data, static_cast<size_t>(size)};
}

inline certificate_handle parse_certificate(const std::string& pem) {
  bio_handle from(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return certificate_handle(PEM_read_bio_X509(from.get(), nullptr, nullptr, nullptr));
}

inline key_handle parse_key(const std::string& pem) {
  bio_handle from(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return key_handle(PEM_read_bio_PrivateKey(from.get(), nullptr, nullptr, nullptr));
}

} // namespace troupe::pki
