#include "actors/gateway/filters/token_format.hpp"
#include <nlohmann/json.hpp>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include "messages/base64.hpp"

namespace troupe::gateway {
namespace {

using nlohmann::json;
constexpr size_t coordinate_bytes = 32; // of P-256
constexpr size_t token_bytes_max = 16u << 10;

struct free_openssl {
  void operator()(EVP_PKEY* what) const { EVP_PKEY_free(what); }
  void operator()(EVP_MD_CTX* what) const { EVP_MD_CTX_free(what); }
  void operator()(BIO* what) const { BIO_free_all(what); }
  void operator()(ECDSA_SIG* what) const { ECDSA_SIG_free(what); }
};
template <class T> using owned = std::unique_ptr<T, free_openssl>;

std::string coordinate(EVP_PKEY* key, const char* which) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key, which, &number) != 1) return {};
  std::string bytes(coordinate_bytes, '\0');
  BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), coordinate_bytes);
  BN_free(number);
  return bytes;
}

std::string sha256(std::string_view text) {
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(digest.data()), &size, EVP_sha256(), nullptr);
  digest.resize(size);
  return digest;
}

/// The two numbers of an ECDSA signature side by side (RFC 7518 section 3.4), from OpenSSL's DER form.
std::string raw_signature(const std::string& der) {
  auto* at = reinterpret_cast<const unsigned char*>(der.data());
  owned<ECDSA_SIG> signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  if (!signature) return {};
  std::string raw(2 * coordinate_bytes, '\0');
  auto* to = reinterpret_cast<unsigned char*>(raw.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), to, coordinate_bytes);
  BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), to + coordinate_bytes, coordinate_bytes);
  return raw;
}

std::string der_signature(const std::string& raw) {
  if (raw.size() != 2 * coordinate_bytes) return {};
  auto* from = reinterpret_cast<const unsigned char*>(raw.data());
  owned<ECDSA_SIG> signature(ECDSA_SIG_new());
  ECDSA_SIG_set0(signature.get(), BN_bin2bn(from, coordinate_bytes, nullptr), BN_bin2bn(from + coordinate_bytes, coordinate_bytes, nullptr));
  unsigned char* der = nullptr;
  int size = i2d_ECDSA_SIG(signature.get(), &der);
  if (size <= 0) return {};
  std::string text(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return text;
}

json claims_json(const token_claims& claims) {
  json inside = {{"namespace", claims.space}, {"serviceaccount", {{"name", claims.account}, {"uid", claims.account_uid}}}};
  auto bind = [&](const char* name, const bound_object& to) {
    if (!to.name.empty()) inside[name] = {{"name", to.name}, {"uid", to.uid}};
  };
  bind("pod", claims.pod);
  bind("secret", claims.secret);
  bind("node", claims.node);
  if (claims.warn_after_seconds) inside["warnafter"] = claims.warn_after_seconds;
  return {{"aud", claims.audiences}, {"exp", claims.expires_seconds}, {"iat", claims.issued_seconds}, {"iss", claims.issuer},
          {"jti", claims.identity}, {"kubernetes.io", inside}, {"nbf", claims.not_before_seconds},
          {"sub", "system:serviceaccount:" + claims.space + ":" + claims.account}};
}

bound_object read_bound(const json& inside, const char* name) {
  auto found = inside.find(name);
  if (found == inside.end() || !found->is_object()) return {};
  return {found->value("name", ""), found->value("uid", "")};
}

/// From a payload that we signed, so its shape is ours.
token_claims read_claims(const json& from) {
  token_claims claims;
  claims.issuer = from.value("iss", "");
  claims.identity = from.value("jti", "");
  if (from.contains("aud"))
    for (auto& audience : from["aud"]) claims.audiences.push_back(audience.get<std::string>());
  claims.issued_seconds = from.value("iat", int64_t{0});
  claims.not_before_seconds = from.value("nbf", int64_t{0});
  claims.expires_seconds = from.value("exp", int64_t{0});
  auto inside = from.value("kubernetes.io", json::object());
  claims.space = inside.value("namespace", "");
  auto account = read_bound(inside, "serviceaccount");
  claims.account = account.name;
  claims.account_uid = account.uid;
  claims.pod = read_bound(inside, "pod");
  claims.secret = read_bound(inside, "secret");
  claims.node = read_bound(inside, "node");
  return claims;
}

} // namespace

struct token_keys::key {
  owned<EVP_PKEY> pair;
};

token_keys::token_keys(const std::string& private_key_pem) : key_(std::make_unique<key>()), key_set_("{\"keys\":[]}") {
  owned<BIO> from(BIO_new_mem_buf(private_key_pem.data(), static_cast<int>(private_key_pem.size())));
  key_->pair.reset(PEM_read_bio_PrivateKey(from.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  if (!key_->pair) return;
  auto x = coordinate(key_->pair.get(), OSSL_PKEY_PARAM_EC_PUB_X), y = coordinate(key_->pair.get(), OSSL_PKEY_PARAM_EC_PUB_Y);
  if (x.empty() || y.empty()) {
    key_->pair.reset();
    return;
  }
  key_id_ = base64_url(sha256(x + y));
  json set = {{"keys", json::array({{{"use", "sig"}, {"kty", "EC"}, {"kid", key_id_}, {"crv", "P-256"}, {"alg", "ES256"},
                                     {"x", base64_url(x)}, {"y", base64_url(y)}}})}};
  key_set_ = set.dump();
}

token_keys::~token_keys() = default;

result<std::string> token_keys::sign(const token_claims& claims) const {
  if (!key_->pair) return internal_error("no key to sign tokens with");
  json header = {{"alg", "ES256"}, {"kid", key_id_}};
  std::string text = base64_url(header.dump()) + "." + base64_url(claims_json(claims).dump());
  owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  size_t size = 0;
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_->pair.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) != 1)
    return internal_error("signing a token failed");
  std::string der(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(der.data()), &size, bytes, text.size()) != 1)
    return internal_error("signing a token failed");
  der.resize(size);
  return text + "." + base64_url(raw_signature(der));
}

result<token_claims> token_keys::open(std::string_view token) const {
  size_t first = token.find('.'), last = token.rfind('.');
  if (!key_->pair || token.size() > token_bytes_max || first == std::string_view::npos || last == first) return unauthorized();
  auto header = from_base64_url(token.substr(0, first));
  auto payload = from_base64_url(token.substr(first + 1, last - first - 1));
  auto signature = from_base64_url(token.substr(last + 1));
  if (!header || !payload || !signature) return unauthorized();
  auto head = json::parse(*header, nullptr, false);
  if (!head.is_object() || !head.contains("alg") || head["alg"] != "ES256") return unauthorized();
  auto der = der_signature(*signature);
  owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  bool good = !der.empty() && EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key_->pair.get()) == 1 &&
              EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(der.data()), der.size(),
                               reinterpret_cast<const unsigned char*>(token.data()), last) == 1;
  ERR_clear_error();
  if (!good) return unauthorized();
  auto body = json::parse(*payload, nullptr, false);
  if (!body.is_object()) return unauthorized();
  return read_claims(body);
}

} // namespace troupe::gateway
