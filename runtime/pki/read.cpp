// Reads certificates.
#include <arpa/inet.h>
#include <ctime>
#include "runtime/pki/openssl_handles.hpp"
#include "runtime/pki/pki.hpp"

namespace troupe::pki {
namespace {

std::string asn1_text(const ASN1_STRING* from) {
  unsigned char* text = nullptr;
  int size = ASN1_STRING_to_UTF8(&text, from);
  if (size < 0) return {};
  std::string copy(reinterpret_cast<char*>(text), static_cast<size_t>(size));
  OPENSSL_free(text);
  return copy;
}

std::vector<std::string> subject_entries(X509* certificate, int id) {
  std::vector<std::string> found;
  X509_NAME* subject = X509_get_subject_name(certificate);
  for (int at = -1; (at = X509_NAME_get_index_by_NID(subject, id, at)) >= 0;)
    found.push_back(asn1_text(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
  return found;
}

int64_t unix_seconds(const ASN1_TIME* from) {
  std::tm parts{};
  if (!ASN1_TIME_to_tm(from, &parts)) return 0;
  return timegm(&parts);
}

void read_alternative_names(X509* certificate, certificate_facts& facts) {
  auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names); ++i) {
    auto* name = sk_GENERAL_NAME_value(names, i);
    if (name->type == GEN_DNS) facts.dns_names.push_back(asn1_text(name->d.dNSName));
    if (name->type != GEN_IPADD) continue;
    char text[INET6_ADDRSTRLEN] = "";
    int family = ASN1_STRING_length(name->d.iPAddress) == 4 ? AF_INET : AF_INET6;
    inet_ntop(family, ASN1_STRING_get0_data(name->d.iPAddress), text, sizeof text);
    facts.addresses.emplace_back(text);
  }
  GENERAL_NAMES_free(names);
}

} // namespace

result<certificate_facts> read_certificate(const std::string& certificate_pem) {
  auto certificate = parse_certificate(certificate_pem);
  if (!certificate) return openssl_error("reading a certificate");
  certificate_facts facts;
  auto names = subject_entries(certificate.get(), NID_commonName);
  if (!names.empty()) facts.common_name = names.back();
  facts.organizations = subject_entries(certificate.get(), NID_organizationName);
  facts.not_before_seconds = unix_seconds(X509_get0_notBefore(certificate.get()));
  facts.not_after_seconds = unix_seconds(X509_get0_notAfter(certificate.get()));
  read_alternative_names(certificate.get(), facts);
  return facts;
}

result<std::string> credential_id(const std::string& certificate_pem) {
  auto certificate = parse_certificate(certificate_pem);
  if (!certificate) return openssl_error("reading a certificate");
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (!X509_digest(certificate.get(), EVP_sha256(), digest, &size)) return openssl_error("digest of a certificate");
  std::string text = "X509SHA256=";
  constexpr char digits[] = "0123456789abcdef";
  for (unsigned i = 0; i < size; ++i) {
    text += digits[digest[i] >> 4];
    text += digits[digest[i] & 15];
  }
  return text;
}

bool belongs(const credential& leaf, const std::string& authority_pem) {
  auto certificate = parse_certificate(leaf.certificate_pem);
  auto authority = parse_certificate(authority_pem);
  auto key = parse_key(leaf.key_pem);
  if (!certificate || !authority || !key) {
    ERR_clear_error();
    return false;
  }
  bool good = X509_verify(certificate.get(), X509_get0_pubkey(authority.get())) == 1 &&
              X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  return good;
}

} // namespace troupe::pki
