/* Names of people as directories compare them: case, accents and width don't count. Active Directory finds
 * `renée` by `renee`, so a rule for one must hold for the other. Letters this table doesn't have stay as they
 * are. */
#include <stdint.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "engine/policy/policy_parts.h"

enum {
    LATIN_FIRST = 0xC0,
    LATIN_LAST = 0x17F,
    MARK_FIRST = 0x300, /* combining diacritical marks */
    MARK_LAST = 0x36F,
    WIDE_FIRST = 0xFF01, /* full-width forms of ASCII */
    WIDE_LAST = 0xFF5E
};

/* U+00C0 to U+017F without their marks; ' ' where there is no one letter for it. */
static const char plain[] = "aaaaaa ceeeeiiiidnooooo ouuuuy  aaaaaa ceeeeiiiidnooooo ouuuuy y"
                            "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii  jjkkklllllll"
                            "lllnnnnnn nnoooooo  rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

static void add_folded(struct buf *out, const char *bytes, size_t len, int32_t code)
{
    if (code >= WIDE_FIRST && code <= WIDE_LAST) {
        code = code - WIDE_FIRST + '!';
    }
    if (code >= MARK_FIRST && code <= MARK_LAST) {
        return;
    }
    if (code >= 'A' && code <= 'Z') {
        code = code - 'A' + 'a';
    }
    if (code >= 0 && code < 0x80) {
        buf_char(out, (char)code);
    } else if (code >= LATIN_FIRST && code <= LATIN_LAST && plain[code - LATIN_FIRST] != ' ') {
        buf_char(out, plain[code - LATIN_FIRST]);
    } else {
        buf_add(out, bytes, len);
    }
}

const char *fold_name(struct arena *arena, const char *text)
{
    static const char blanks[] = " \t\r\n";
    BUF_SCOPED out;
    buf_init(&out, 0);
    size_t len = strlen(text);
    size_t offset = strspn(text, blanks);
    while (len > offset && strchr(blanks, text[len - 1]) != NULL) {
        len--;
    }
    while (offset < len) {
        size_t start = offset;
        int32_t code = text_next(text, len, &offset);
        add_folded(&out, text + start, offset - start, code);
    }
    return arena_string(arena, buf_string(&out));
}
