/* The certificate's fields in the order that PROTOCOL.certkeys has them, signed as they stand. Everything is
 * a string with its length in 4 bytes, or a number, big-endian; options and lists are strings of strings. */
#include "engine/base/ssh_certificate.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

static const char cert_type[] = "ssh-ed25519-cert-v01@openssh.com";
static const char key_type[] = "ssh-ed25519";
enum { USER_CERTIFICATE = 1 };

static void put_number(struct buf *out, uint64_t number, int bytes)
{
    while (bytes-- > 0)
        buf_char(out, (char)(uint8_t)(number >> (8 * bytes)));
}

static void put_string(struct buf *out, const void *bytes, size_t len)
{
    put_number(out, len, 4);
    buf_add(out, bytes, len);
}

static void put_text(struct buf *out, const char *text)
{
    put_string(out, text, strlen(text));
}

static void put_buf(struct buf *out, const struct buf *inner)
{
    put_string(out, buf_string(inner), inner->len);
}

/* The one option there is: who presents it comes from one of these addresses. */
static void put_options(struct buf *out, const char *sources)
{
    BUF_SCOPED options;
    BUF_SCOPED data;
    buf_init(&options, 0);
    buf_init(&data, 0);
    if (*sources) {
        put_text(&data, sources);
        put_text(&options, "source-address");
        put_buf(&options, &data);
    }
    put_buf(out, &options);
}

static void put_fields(struct buf *out, const struct ssh_certificate *it, const struct ed25519 *authority)
{
    BUF_SCOPED principals;
    BUF_SCOPED signer;
    buf_init(&principals, 0);
    buf_init(&signer, 0);
    put_text(&principals, it->principal);
    put_text(&signer, key_type);
    put_string(&signer, ed25519_public(authority), ED25519_PUBLIC_BYTES);
    put_text(out, cert_type);
    put_string(out, it->nonce, sizeof it->nonce);
    put_string(out, it->public, sizeof it->public);
    put_number(out, it->serial, 8);
    put_number(out, USER_CERTIFICATE, 4);
    put_text(out, it->id);
    put_buf(out, &principals);
    put_number(out, (uint64_t)it->from_s, 8);
    put_number(out, (uint64_t)it->to_s, 8);
    put_options(out, it->sources);
    put_text(out, ""); /* extensions: each would permit something */
    put_text(out, ""); /* reserved */
    put_buf(out, &signer);
}

void ssh_certificate_sign(const struct ssh_certificate *it, const struct ed25519 *authority, struct buf *out)
{
    uint8_t signature[ED25519_SIGNATURE_BYTES];
    BUF_SCOPED all;
    BUF_SCOPED signed_with;
    buf_init(&all, 0);
    buf_init(&signed_with, 0);
    put_fields(&all, it, authority);
    ed25519_sign(authority, buf_string(&all), all.len, signature);
    put_text(&signed_with, key_type);
    put_string(&signed_with, signature, sizeof signature);
    put_buf(&all, &signed_with);
    unsigned char *base64 = calloc(1, all.len / 3 * 4 + 8);
    if (base64 == NULL)
        abort();
    EVP_EncodeBlock(base64, (const unsigned char *)buf_string(&all), (int)all.len);
    buf_printf(out, "%s %s", cert_type, (const char *)base64);
    free(base64);
}
