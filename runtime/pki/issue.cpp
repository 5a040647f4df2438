// Makes keys and certificates.
#include <openssl/rand.h>
#include "runtime/pki/openssl_handles.hpp"
#include "runtime/pki/pki.hpp"

namespace troupe::pki {
namespace {

constexpr int64_t day_seconds = 86'400;
constexpr int64_t authority_days = 3'650;
constexpr int64_t clock_slack_seconds = 3'600;

result<std::string> key_text(EVP_PKEY* key) {
  bio_handle to(BIO_new(BIO_s_mem()));
  if (!PEM_write_bio_PrivateKey(to.get(), key, nullptr, nullptr, 0, nullptr, nullptr)) return openssl_error("writing a key");
  return bio_text(to.get());
}

result<std::string> certificate_text(X509* certificate) {
  bio_handle to(BIO_new(BIO_s_mem()));
  if (!PEM_write_bio_X509(to.get(), certificate)) return openssl_error("writing a certificate");
  return bio_text(to.get());
}

void add_name(X509_NAME* to, const char* field, const std::string& value) {
  X509_NAME_add_entry_by_txt(to, field, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(value.data()),
                             static_cast<int>(value.size()), -1, 0);
}

bool add_extension(X509* to, X509* issuer, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
  if (!extension) return false;
  bool done = X509_add_ext(to, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return done;
}

/// A version 3 certificate with a random 127-bit serial number, unsigned.
certificate_handle blank(EVP_PKEY* key, int64_t from_seconds, int64_t to_seconds) {
  certificate_handle made(X509_new());
  unsigned char serial[16];
  if (RAND_bytes(serial, sizeof serial) != 1) return nullptr;
  serial[0] &= 0x7f;
  BIGNUM* number = BN_bin2bn(serial, sizeof serial, nullptr);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(made.get()));
  BN_free(number);
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_TIME_set(X509_getm_notBefore(made.get()), static_cast<time_t>(from_seconds));
  ASN1_TIME_set(X509_getm_notAfter(made.get()), static_cast<time_t>(to_seconds));
  X509_set_pubkey(made.get(), key);
  return made;
}

std::string alternative_names(const request& wanted) {
  std::string names;
  for (auto& name : wanted.dns_names) names += (names.empty() ? "DNS:" : ",DNS:") + name;
  for (auto& address : wanted.addresses) names += (names.empty() ? "IP:" : ",IP:") + address;
  return names;
}

std::string extended_usages(const request& wanted) {
  std::string usages;
  if (wanted.server) usages += "serverAuth";
  if (wanted.client) usages += usages.empty() ? "clientAuth" : ",clientAuth";
  return usages;
}

} // namespace

result<std::string> make_key() {
  key_handle key(EVP_EC_gen("P-256"));
  if (!key) return openssl_error("making a key");
  return key_text(key.get());
}

result<credential> make_authority(const std::string& common_name, int64_t now_seconds) {
  key_handle key(EVP_EC_gen("P-256"));
  if (!key) return openssl_error("making a key");
  auto made = blank(key.get(), now_seconds - clock_slack_seconds, now_seconds + authority_days * day_seconds);
  if (!made) return openssl_error("making a certificate");
  add_name(X509_get_subject_name(made.get()), "CN", common_name);
  X509_set_issuer_name(made.get(), X509_get_subject_name(made.get()));
  if (!add_extension(made.get(), made.get(), NID_basic_constraints, "critical,CA:TRUE") ||
      !add_extension(made.get(), made.get(), NID_key_usage, "critical,keyCertSign,cRLSign,digitalSignature") ||
      !add_extension(made.get(), made.get(), NID_subject_key_identifier, "hash") ||
      !X509_sign(made.get(), key.get(), EVP_sha256()))
    return openssl_error("signing the authority");
  auto certificate = certificate_text(made.get());
  if (!certificate) return certificate.error();
  auto secret = key_text(key.get());
  if (!secret) return secret.error();
  return credential{*certificate, *secret};
}

result<credential> issue(const credential& authority, const request& wanted) {
  auto issuer = parse_certificate(authority.certificate_pem);
  auto signer = parse_key(authority.key_pem);
  if (!issuer || !signer) return openssl_error("reading the authority");
  key_handle key(EVP_EC_gen("P-256"));
  if (!key) return openssl_error("making a key");
  auto made = blank(key.get(), wanted.not_before_seconds - clock_slack_seconds,
                    wanted.not_before_seconds + wanted.days * day_seconds);
  if (!made) return openssl_error("making a certificate");
  for (auto& organization : wanted.organizations) add_name(X509_get_subject_name(made.get()), "O", organization);
  add_name(X509_get_subject_name(made.get()), "CN", wanted.common_name);
  X509_set_issuer_name(made.get(), X509_get_subject_name(issuer.get()));
  bool done = add_extension(made.get(), issuer.get(), NID_basic_constraints, "critical,CA:FALSE") &&
              add_extension(made.get(), issuer.get(), NID_key_usage, "critical,digitalSignature") &&
              add_extension(made.get(), issuer.get(), NID_authority_key_identifier, "keyid");
  if (auto usages = extended_usages(wanted); !usages.empty())
    done = done && add_extension(made.get(), issuer.get(), NID_ext_key_usage, usages);
  if (auto names = alternative_names(wanted); !names.empty())
    done = done && add_extension(made.get(), issuer.get(), NID_subject_alt_name, names);
  if (!done || !X509_sign(made.get(), signer.get(), EVP_sha256())) return openssl_error("signing a certificate");
  auto certificate = certificate_text(made.get());
  if (!certificate) return certificate.error();
  auto secret = key_text(key.get());
  if (!secret) return secret.error();
  return credential{*certificate, *secret};
}

} // namespace troupe::pki
