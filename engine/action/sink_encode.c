/* Encoders, each after its grammar's own text. They never drop or replace a byte: what has no encoding is
 * refused. */
#include "engine/action/sink_encode.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "engine/base/text.h"

enum { SHOWN_BYTES = 60 };

static int refuse(struct soar_err *err, const char *text, size_t len, const char *why)
{
    BUF_SCOPED shown;
    buf_init(&shown, 0);
    text_visible(&shown, text, len < SHOWN_BYTES ? len : SHOWN_BYTES);
    return soar_err_set(err, SOAR_INVALID, "'%s'%s %s", buf_string(&shown), len > SHOWN_BYTES ? "…" : "",
                        why);
}

int encode_plain(struct buf *out, const char *text, size_t len, struct soar_err *err)
{
    if (len > 0 && memchr(text, '\0', len) != NULL) {
        return refuse(err, text, len, "holds a NUL");
    }
    if (!text_is_utf8(text, len)) {
        return refuse(err, text, len, "is no UTF-8");
    }
    buf_add(out, text, len);
    return 0;
}

int encode_word(struct buf *out, const char *text, size_t len, struct soar_err *err)
{
    if (!text_is_word(text, len)) {
        return refuse(err, text, len, "is no word (1 to 255 letters, digits and . _ : / @ + -, not first -)");
    }
    buf_add(out, text, len);
    return 0;
}

static void percent(struct buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c < 0x80 && isalnum(c)) || (c != '\0' && strchr("-._~", c) != NULL)) {
            buf_char(out, (char)c);
        } else {
            buf_printf(out, "%%%02X", c);
        }
    }
}

int encode_percent(struct buf *out, const char *text, size_t len, struct soar_err *err)
{
    if ((len > 0 && memchr(text, '\0', len) != NULL) || !text_is_utf8(text, len)) {
        return refuse(err, text, len, "holds a NUL or is no UTF-8");
    }
    percent(out, text, len);
    return 0;
}

/* Also behind a slash of its own: a server or proxy may undo %2F before it folds. */
static bool folds(const char *text, size_t len)
{
    for (size_t start = 0, end; start <= len; start = end + 1) {
        for (end = start; end < len && text[end] != '/' && text[end] != '\\'; end++) {
        }
        size_t dots = end - start;
        if ((dots == 1 || dots == 2) && memcmp(text + start, "..", dots) == 0) {
            return true;
        }
    }
    return false;
}

/* A client folds "/machines/../isolate" before it sends it, so dots are refused though they need no encoding.
 */
int encode_segment(struct buf *out, const char *text, size_t len, struct soar_err *err)
{
    if (len == 0 || folds(text, len)) {
        return refuse(err, text, len, "is no segment of a path");
    }
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f) {
            return refuse(err, text, len, "holds a control character");
        }
    }
    if (!text_is_utf8(text, len)) {
        return refuse(err, text, len, "is no UTF-8");
    }
    percent(out, text, len);
    return 0;
}

int encode_header(struct buf *out, const char *text, size_t len, struct soar_err *err)
{
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] < 0x20 || (unsigned char)text[i] > 0x7e) {
            return refuse(err, text, len, "holds more than visible ASCII");
        }
    }
    if (len == 0 || text[0] == ' ' || text[len - 1] == ' ') {
        return refuse(err, text, len, "is empty, or begins or ends with a blank");
    }
    buf_add(out, text, len);
    return 0;
}

/* XML 1.0, section 2.2: what isn't a Char can't even be written as a reference. */
static bool is_xml_char(int32_t code)
{
    return code == '\t' || code == '\n' || code == '\r' || (code >= 0x20 && code <= 0xd7ff) ||
           (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff);
}

int encode_xml(struct buf *out, const char *text, size_t len, struct soar_err *err)
{
    for (size_t offset = 0; offset < len;) {
        size_t start = offset;
        int32_t code = text_next(text, len, &offset);
        if (!is_xml_char(code)) {
            return refuse(err, text, len, "holds a character that XML has not");
        }
        text_xml(out, text + start, offset - start); /* a CR, too: a parser would make a line's end of it */
    }
    return 0;
}

/* An empty value would make "(uid=)" of a filter: not a presence test, but nobody's meaning either. */
int encode_filter(struct buf *out, const char *text, size_t len, struct soar_err *err)
{
    if (len == 0 || !text_is_utf8(text, len)) {
        return refuse(err, text, len, "is empty or no UTF-8");
    }
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\0' || strchr("*()\\", text[i]) != NULL) {
            buf_printf(out, "\\%02x", (unsigned char)text[i]);
        } else {
            buf_char(out, text[i]);
        }
    }
    return 0;
}

int encode_dn(struct buf *out, const char *text, size_t len, struct soar_err *err)
{
    if (len == 0 || !text_is_utf8(text, len)) {
        return refuse(err, text, len, "is empty or no UTF-8");
    }
    for (size_t i = 0; i < len; i++) {
        bool edge = (text[i] == ' ' && (i == 0 || i + 1 == len)) || (text[i] == '#' && i == 0);
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f) {
            buf_printf(out, "\\%02x", (unsigned char)text[i]);
        } else if (edge || strchr("\"+,;<>\\=", text[i]) != NULL) {
            buf_char(out, '\\');
            buf_char(out, text[i]);
        } else {
            buf_char(out, text[i]);
        }
    }
    return 0;
}
