/* OpenSSH's private key container (PROTOCOL.key in its source): a magic, cipher and KDF by name, the public
 * keys, and then, as one string, twice the same number, the private key in the wire's form, and padding.
 * Every length in it is somebody else's word: nothing is read beyond the end. */
#include "engine/base/ed25519_openssh.h"

#include <stdbool.h>
#include <string.h>

#define MAGIC "openssh-key-v1" /* with its NUL */

struct cursor {
    const uint8_t *at;
    size_t left;
    bool failed;
};

static const uint8_t *take(struct cursor *cursor, size_t len)
{
    const uint8_t *at = cursor->at;
    if (cursor->failed || len > cursor->left) {
        cursor->failed = true;
        return NULL;
    }
    cursor->at += len;
    cursor->left -= len;
    return at;
}

static uint32_t take_number(struct cursor *cursor)
{
    const uint8_t *at = take(cursor, 4);
    return at ? (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3] : 0;
}

static struct cursor take_string(struct cursor *cursor)
{
    size_t len = take_number(cursor);
    const uint8_t *at = take(cursor, len);
    return (struct cursor){.at = at, .left = at ? len : 0, .failed = at == NULL};
}

static bool is(const struct cursor *string, const char *word)
{
    return !string->failed && string->left == strlen(word) && memcmp(string->at, word, string->left) == 0;
}

/* The padding is 1, 2, 3 … up to the cipher's block. */
static bool padded(const struct cursor *rest)
{
    for (size_t i = 0; i < rest->left; i++)
        if (rest->at[i] != (uint8_t)(i + 1))
            return false;
    return !rest->failed && rest->left < 256;
}

static int damaged(struct soar_err *err)
{
    return soar_err_set(err, SOAR_INVALID, "the private key can't be read: it is damaged");
}

static int read_private(struct cursor *in, uint8_t *ret_seed, uint8_t *ret_public, struct soar_err *err)
{
    uint32_t one = take_number(in), other = take_number(in);
    struct cursor type = take_string(in);
    if (in->failed || one != other)
        return damaged(err);
    if (!is(&type, "ssh-ed25519"))
        return soar_err_set(err, SOAR_UNSUPPORTED,
                            "the key is not an Ed25519 one; make one with: ssh-keygen -t ed25519 -N ''");
    struct cursor public = take_string(in), private = take_string(in);
    take_string(in); /* the comment */
    if (in->failed || public.left != 32 || private.left != 64 || !padded(in) ||
        memcmp(private.at + 32, public.at, 32) != 0)
        return damaged(err);
    memcpy(ret_seed, private.at, OPENSSH_SEED_BYTES);
    memcpy(ret_public, public.at, 32);
    return 0;
}

int openssh_key_read(const uint8_t *bytes, size_t len, uint8_t ret_seed[OPENSSH_SEED_BYTES],
                     uint8_t ret_public[32], struct soar_err *err)
{
    struct cursor in = {.at = bytes, .left = len};
    const uint8_t *magic = take(&in, sizeof MAGIC);
    if (magic == NULL || memcmp(magic, MAGIC, sizeof MAGIC) != 0)
        return damaged(err);
    struct cursor cipher = take_string(&in), kdf = take_string(&in);
    take_string(&in); /* what the KDF needs */
    if (in.failed)
        return damaged(err);
    if (!is(&cipher, "none") || !is(&kdf, "none"))
        return soar_err_set(err, SOAR_UNSUPPORTED, "the key has a passphrase, and nobody is here to type it");
    uint32_t keys = take_number(&in);
    take_string(&in); /* the public one, which the private part has again */
    struct cursor private = take_string(&in);
    if (private.failed || keys != 1 || in.left > 0)
        return damaged(err);
    return read_private(&private, ret_seed, ret_public, err);
}
