/* TLS 1.2 and 1.3 with forward secrecy and authenticated encryption (Mozilla's intermediate profile), without
 * tickets, resumption, renegotiation or compression. Keys and certificates come as texts: this program opens
 * no file. A client's certificate is asked for, never demanded: only some webhooks need one. */
#include "soard/front/front_tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

static const char ciphers[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
static const unsigned char session_name[] = "soar";

static int fail(struct soar_err *err, const char *what)
{
    unsigned long code = ERR_peek_last_error();
    const char *reason = code != 0 ? ERR_reason_error_string(code) : NULL;
    ERR_clear_error();
    return soar_err_set(err, SOAR_INVALID, "TLS: %s%s%s", what, reason != NULL ? ": " : "",
                        reason != NULL ? reason : "");
}

static BIO *text_bio(const char *text)
{
    return BIO_new_mem_buf(text, (int)strlen(text));
}

static int use_cert(SSL_CTX *context, const char *text, struct soar_err *err)
{
    BIO *bio = text_bio(text);
    X509 *cert = PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL);
    int done = cert != NULL && SSL_CTX_use_certificate(context, cert) == 1;
    X509_free(cert);
    while (done && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        done = SSL_CTX_add0_chain_cert(context, cert) == 1;
        if (!done)
            X509_free(cert);
    }
    BIO_free(bio);
    if (!done)
        return fail(err, "the certificate can't be read");
    ERR_clear_error(); /* the end of the chain is one to OpenSSL */
    return 0;
}

/* A key behind a passphrase would make OpenSSL ask the terminal: an empty one is tried instead. */
static int no_passphrase(char *text, int size, int writing, void *arg)
{
    (void)text, (void)size, (void)writing, (void)arg;
    return 0;
}

static int use_key(SSL_CTX *context, const char *text, struct soar_err *err)
{
    BIO *bio = text_bio(text);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
    BIO_free(bio);
    int done = key != NULL && SSL_CTX_use_PrivateKey(context, key) == 1;
    EVP_PKEY_free(key);
    if (!done)
        return fail(err, "the key can't be read, or is not the certificate's");
    return SSL_CTX_check_private_key(context) == 1 ? 0 : fail(err, "the key is not the certificate's");
}

static int use_client_ca(SSL_CTX *context, const char *text, struct soar_err *err)
{
    BIO *bio = text_bio(text);
    X509 *cert;
    int count = 0, done = 1;
    while (done && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        done = X509_STORE_add_cert(SSL_CTX_get_cert_store(context), cert) == 1 &&
               SSL_CTX_add_client_CA(context, cert) == 1;
        X509_free(cert);
        count++;
    }
    BIO_free(bio);
    if (!done || count == 0)
        return fail(err, "the clients' CA can't be read");
    ERR_clear_error();
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    return 0;
}

/* We speak HTTP/1.1; who offers only other protocols hears so in the handshake. */
static int choose_protocol(SSL *ssl, const unsigned char **ret_name, unsigned char *ret_len,
                           const unsigned char *offered, unsigned int len, void *arg)
{
    static const unsigned char ours[] = "\x08http/1.1";
    (void)ssl, (void)arg;
    unsigned char *name;
    if (SSL_select_next_proto(&name, ret_len, ours, sizeof ours - 1, offered, len) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *ret_name = name;
    return SSL_TLSEXT_ERR_OK;
}

static int set_up(SSL_CTX *context, const struct front_tls_texts *texts, struct soar_err *err)
{
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
    if (SSL_CTX_set_num_tickets(context, 0) != 1 ||
        SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(context, ciphers) != 1 ||
        SSL_CTX_set_session_id_context(context, session_name, sizeof session_name - 1) != 1)
        return fail(err, "OpenSSL refuses our defaults");
    if (use_cert(context, texts->cert, err) != 0 || use_key(context, texts->key, err) != 0)
        return -1;
    return texts->client_ca != NULL ? use_client_ca(context, texts->client_ca, err) : 0;
}

int front_tls_new(const struct front_tls_texts *texts, struct ssl_ctx_st **ret_context, struct soar_err *err)
{
    ERR_clear_error();
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (context == NULL)
        return fail(err, "OpenSSL has no context");
    if (set_up(context, texts, err) != 0) {
        SSL_CTX_free(context);
        return -1;
    }
    *ret_context = context;
    return 0;
}

void front_tls_free(struct ssl_ctx_st *context)
{
    SSL_CTX_free(context);
}

/* Connections outlive a configuration: a CA that was taken out vouches for nobody any more. */
static bool still_vouched(SSL *ssl, SSL_CTX *now)
{
    X509_STORE_CTX *check = X509_STORE_CTX_new();
    if (check == NULL)
        abort();
    bool is = X509_STORE_CTX_init(check, SSL_CTX_get_cert_store(now), SSL_get0_peer_certificate(ssl),
                                  SSL_get_peer_cert_chain(ssl)) == 1 &&
              X509_STORE_CTX_set_default(check, "ssl_client") == 1;
    if (is) {
        X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(check), SSL_get_security_level(ssl));
        is = X509_verify_cert(check) == 1;
    }
    X509_STORE_CTX_free(check);
    ERR_clear_error();
    return is;
}

bool front_tls_has_client(struct ssl_st *ssl, struct ssl_ctx_st *now)
{
    if (ssl == NULL || SSL_get0_peer_certificate(ssl) == NULL || SSL_get_verify_result(ssl) != X509_V_OK)
        return false;
    return SSL_get_SSL_CTX(ssl) == now || (now != NULL && still_vouched(ssl, now));
}

static bool name_is(const GENERAL_NAME *name, const char *wanted)
{
    if (name->type != GEN_DNS && name->type != GEN_URI && name->type != GEN_EMAIL)
        return false;
    const ASN1_STRING *text = name->d.ia5;
    size_t len = strlen(wanted);
    return ASN1_STRING_length(text) == (int)len && memcmp(ASN1_STRING_get0_data(text), wanted, len) == 0;
}

bool front_tls_client_is(struct ssl_st *ssl, struct ssl_ctx_st *now, const char *const *names, size_t count)
{
    if (!front_tls_has_client(ssl, now))
        return false;
    GENERAL_NAMES *found = X509_get_ext_d2i(SSL_get0_peer_certificate(ssl), NID_subject_alt_name, NULL, NULL);
    bool is = false;
    for (int i = 0; found != NULL && i < sk_GENERAL_NAME_num(found); i++) {
        for (size_t j = 0; j < count; j++)
            is = is || name_is(sk_GENERAL_NAME_value(found, i), names[j]);
    }
    GENERAL_NAMES_free(found);
    return is;
}
