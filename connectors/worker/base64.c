/* Base64 by the letter: nothing here is secret enough for constant time, and nothing large. */
#include "connectors/worker/base64.h"

#include <stdint.h>
#include <string.h>

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct buf *out, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < len; i += 3) {
        uint32_t three = (uint32_t)at[i] << 16;
        three |= i + 1 < len ? (uint32_t)at[i + 1] << 8 : 0;
        three |= i + 2 < len ? at[i + 2] : 0;
        buf_char(out, letters[three >> 18]);
        buf_char(out, letters[three >> 12 & 63]);
        buf_char(out, i + 1 < len ? letters[three >> 6 & 63] : '=');
        buf_char(out, i + 2 < len ? letters[three & 63] : '=');
    }
}

static int wrong(struct soar_err *err)
{
    return soar_err_set(err, SOAR_INVALID, "a text that should be base64 isn't");
}

int base64_decode(struct buf *out, const char *text, size_t len, struct soar_err *err)
{
    uint32_t bits = 0;
    int count = 0, padding = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] && strchr(" \t\r\n", text[i]))
            continue;
        const char *letter = text[i] ? strchr(letters, text[i]) : NULL;
        if (text[i] == '=' && count >= 2 && padding < 2)
            padding++;
        else if (letter == NULL || padding)
            return wrong(err);
        bits = bits << 6 | (letter ? (uint32_t)(letter - letters) : 0);
        if (++count < 4)
            continue;
        for (int byte = 0; byte < 3 - padding; byte++)
            buf_char(out, (char)(bits >> (16 - 8 * byte) & 255));
        bits = 0;
        count = 0;
        if (padding)
            padding = 2; /* the end: no letter may follow */
    }
    return count ? wrong(err) : 0;
}
