/* base64 (RFC 4648). Decoding takes text with or without its padding, and refuses bits that belong to no
 * byte. */
#include <string.h>

#include "engine/base/limits.h"
#include "engine/cel/functions.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Room for `len` bytes of a value, or NULL and an error. */
static char *room(struct eval *eval, size_t len, struct value *ret_error)
{
    if (len > LIMIT_CEL_VALUE_BYTES) {
        *ret_error = eval_error(eval, "a value of more than %d bytes", LIMIT_CEL_VALUE_BYTES);
        return NULL;
    }
    eval_spend(eval, len / 32);
    return arena_alloc(eval->arena, len + 1);
}

static struct value of_text(enum value_kind kind, const char *text, size_t len)
{
    struct value value = {.kind = kind};
    value.text = text;
    value.len = len;
    return value;
}

struct value fn_base64_encode(struct eval *eval, const struct value *args, size_t count)
{
    const unsigned char *in = (const unsigned char *)args[0].text;
    size_t len = args[0].len, made = 0;
    struct value error;
    char *out = room(eval, (len + 2) / 3 * 4, &error);
    (void)count;
    if (out == NULL) {
        return error;
    }
    for (size_t i = 0; i < len; i += 3) {
        uint32_t bits = (uint32_t)in[i] << 16 | (i + 1 < len ? (uint32_t)in[i + 1] << 8 : 0) |
                        (i + 2 < len ? in[i + 2] : 0);
        out[made++] = alphabet[bits >> 18];
        out[made++] = alphabet[bits >> 12 & 63];
        out[made++] = i + 1 < len ? alphabet[bits >> 6 & 63] : '=';
        out[made++] = i + 2 < len ? alphabet[bits & 63] : '=';
    }
    return of_text(VALUE_STRING, out, made);
}

/* How many of the characters are not padding, or -1 if the padding is wrong. */
static int64_t unpadded(const struct value *text)
{
    size_t len = text->len;
    size_t padding = 0;
    while (padding < 2 && padding < len && text->text[len - 1 - padding] == '=') {
        padding++;
    }
    if (padding > 0 && len % 4 != 0) {
        return -1;
    }
    return (len - padding) % 4 == 1 ? -1 : (int64_t)(len - padding);
}

struct value fn_base64_decode(struct eval *eval, const struct value *args, size_t count)
{
    int64_t len = unpadded(&args[0]);
    uint32_t bits = 0;
    size_t made = 0, held = 0;
    struct value error;
    char *out = room(eval, args[0].len / 4 * 3 + 3, &error);
    (void)count;
    if (out == NULL) {
        return error;
    }
    for (int64_t i = 0; i < len; i++) {
        char c = args[0].text[i];
        const char *found = c != '\0' ? strchr(alphabet, c) : NULL;
        if (found == NULL) {
            len = -1;
            break;
        }
        bits = bits << 6 | (uint32_t)(found - alphabet);
        held += 6;
        if (held >= 8) {
            held -= 8;
            out[made++] = (char)(bits >> held & 0xFF);
        }
    }
    if (len < 0 || (bits & ((1u << held) - 1)) != 0) {
        return eval_error(eval, "the text is no base64");
    }
    out[made] = '\0';
    return of_text(VALUE_BYTES, out, made);
}
