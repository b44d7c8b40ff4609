/* Public keys of SSH as OpenSSL takes them, and what was signed with them. A key's parts are its own business
 * until OpenSSL has looked at them: whatever it doesn't take is a signature that isn't good. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/ed25519.h"
#include "engine/base/sshsig.h"

enum { RSA_BITS_MIN = 2048, RSA_BYTES_MAX = 2048 };

static const struct curve {
    const char *type; /* of the key, and of its signatures */
    const char *name;
    const char *group;
    const char *hash;
} curves[] = {{"ecdsa-sha2-nistp256", "nistp256", "P-256", "SHA256"},
              {"ecdsa-sha2-nistp384", "nistp384", "P-384", "SHA384"},
              {"ecdsa-sha2-nistp521", "nistp521", "P-521", "SHA512"}};

static const struct rsa_kind {
    const char *type;
    const char *hash;
} rsa_kinds[] = {{"rsa-sha2-256", "SHA256"}, {"rsa-sha2-512", "SHA512"}};

static EVP_PKEY *from_params(const char *algorithm, OSSL_PARAM_BLD *build)
{
    EVP_PKEY *key = NULL;
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, algorithm, NULL);
    if (!params || !context)
        abort();
    if (EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    return key;
}

static OSSL_PARAM_BLD *params_new(void)
{
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    if (!build)
        abort();
    return build;
}

static bool good(EVP_PKEY *key, const char *hash, const uint8_t *signature, size_t signature_len,
                 const void *bytes, size_t len)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (!context)
        abort();
    bool is = key && EVP_DigestVerifyInit_ex(context, NULL, hash, NULL, NULL, key, NULL) == 1 &&
              EVP_DigestVerify(context, signature, signature_len, bytes, len) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return is;
}

static bool ed25519_good(struct sshsig_piece key, struct sshsig_piece signature, const void *bytes,
                         size_t len)
{
    struct sshsig_piece public;
    return sshsig_take(&key, &public) && key.len == 0 && public.len == ED25519_PUBLIC_BYTES &&
           signature.len == ED25519_SIGNATURE_BYTES &&
           ed25519_verify(public.bytes, bytes, len, signature.bytes);
}

/* r and s, as SSH has them, in DER, as OpenSSL wants them; 0: they are none. */
static size_t to_der(struct sshsig_piece signature, uint8_t **ret_der)
{
    struct sshsig_piece r, s;
    if (!sshsig_take(&signature, &r) || !sshsig_take(&signature, &s) || signature.len > 0 || r.len > 80 ||
        s.len > 80)
        return 0;
    ECDSA_SIG *pair = ECDSA_SIG_new();
    if (!pair ||
        ECDSA_SIG_set0(pair, BN_bin2bn(r.bytes, (int)r.len, NULL), BN_bin2bn(s.bytes, (int)s.len, NULL)) != 1)
        abort();
    int der_len = i2d_ECDSA_SIG(pair, ret_der);
    ECDSA_SIG_free(pair);
    return der_len > 0 ? (size_t)der_len : 0;
}

static bool ecdsa_good(const struct curve *curve, struct sshsig_piece key, struct sshsig_piece signature,
                       const void *bytes, size_t len)
{
    struct sshsig_piece name, point;
    uint8_t *der = NULL;
    if (!sshsig_take(&key, &name) || !sshsig_take(&key, &point) || key.len > 0 ||
        !sshsig_is(name, curve->name))
        return false;
    size_t der_len = to_der(signature, &der);
    if (der_len == 0)
        return false;
    OSSL_PARAM_BLD *build = params_new();
    if (OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, curve->group, 0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point.bytes, point.len) != 1)
        abort();
    bool is = good(from_params("EC", build), curve->hash, der, der_len, bytes, len);
    OPENSSL_free(der);
    return is;
}

static bool rsa_good(const char *hash, struct sshsig_piece key, struct sshsig_piece signature,
                     const void *bytes, size_t len)
{
    struct sshsig_piece e, n;
    if (!sshsig_take(&key, &e) || !sshsig_take(&key, &n) || key.len > 0 || e.len > RSA_BYTES_MAX ||
        n.len > RSA_BYTES_MAX)
        return false;
    BIGNUM *modulus = BN_bin2bn(n.bytes, (int)n.len, NULL), *exponent = BN_bin2bn(e.bytes, (int)e.len, NULL);
    OSSL_PARAM_BLD *build = params_new();
    if (!modulus || !exponent || OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus) != 1 ||
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent) != 1)
        abort();
    EVP_PKEY *made = from_params("RSA", build);
    bool is = made && EVP_PKEY_get_bits(made) >= RSA_BITS_MIN;
    if (!is)
        EVP_PKEY_free(made);
    is = is && good(made, hash, signature.bytes, signature.len, bytes, len);
    BN_free(modulus);
    BN_free(exponent);
    ERR_clear_error();
    return is;
}

/* 1: it did; 0: it didn't; -1: no such key is known here. */
static int verify(struct sshsig_piece key, struct sshsig_piece type, struct sshsig_piece signature,
                  const void *bytes, size_t len)
{
    struct sshsig_piece kind;
    if (!sshsig_take(&key, &kind))
        return 0;
    if (sshsig_is(kind, "ssh-ed25519"))
        return sshsig_is(type, "ssh-ed25519") && ed25519_good(key, signature, bytes, len);
    for (size_t i = 0; i < sizeof curves / sizeof *curves; i++)
        if (sshsig_is(kind, curves[i].type))
            return sshsig_is(type, curves[i].type) && ecdsa_good(&curves[i], key, signature, bytes, len);
    if (!sshsig_is(kind, "ssh-rsa"))
        return -1;
    for (size_t i = 0; i < sizeof rsa_kinds / sizeof *rsa_kinds; i++)
        if (sshsig_is(type, rsa_kinds[i].type))
            return rsa_good(rsa_kinds[i].hash, key, signature, bytes, len);
    return 0; /* ssh-rsa: SHA-1 */
}

int sshsig_key_verify(struct sshsig_piece key, struct sshsig_piece type, struct sshsig_piece signature,
                      const void *bytes, size_t len, struct soar_err *err)
{
    switch (verify(key, type, signature, bytes, len)) {
    case 1:
        return 0;
    case 0:
        return soar_err_set(err, SOAR_DENIED, "the signature is not of these bytes by this key");
    default:
        return soar_err_set(err, SOAR_UNSUPPORTED, "keys of this type can't be checked");
    }
}
