/* Functions that make a string of a string, or a list of strings. What they build is bounded while it grows.
 */
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/cel/functions.h"

/* The buffer as a value, and the buffer's end. */
static struct value taken(struct eval *eval, struct buf *out)
{
    struct value value = out->failed
                             ? eval_error(eval, "a string of more than %d bytes", LIMIT_CEL_VALUE_BYTES)
                             : eval_text(eval, VALUE_STRING, buf_string(out), out->len);
    buf_done(out);
    return value;
}

static struct value map_bytes(struct eval *eval, const struct value *text, char first, char last, int shift)
{
    struct value copy = eval_text(eval, VALUE_STRING, text->text, text->len);
    if (copy.kind != VALUE_STRING) {
        return copy;
    }
    char *bytes = arena_copy(eval->arena, text->text, text->len);
    for (size_t i = 0; i < text->len; i++) {
        if (bytes[i] >= first && bytes[i] <= last) {
            bytes[i] = (char)(bytes[i] + shift);
        }
    }
    copy.text = bytes;
    return copy;
}

struct value fn_lower_ascii(struct eval *eval, const struct value *args, size_t count)
{
    (void)count;
    return map_bytes(eval, &args[0], 'A', 'Z', 'a' - 'A');
}

struct value fn_upper_ascii(struct eval *eval, const struct value *args, size_t count)
{
    (void)count;
    return map_bytes(eval, &args[0], 'a', 'z', 'A' - 'a');
}

/* With nothing to look for, `with` goes before each character and behind the last. */
static void replace_between(struct buf *out, const struct value *text, const struct value *with,
                            int64_t limit)
{
    size_t offset = 0;
    for (int64_t done = 0; limit < 0 || done < limit; done++) {
        size_t start = offset;
        buf_add(out, with->text, with->len);
        if (offset == text->len) {
            return;
        }
        text_next(text->text, text->len, &offset);
        buf_add(out, text->text + start, offset - start);
    }
    buf_add(out, text->text + offset, text->len - offset);
}

struct value fn_replace(struct eval *eval, const struct value *args, size_t count)
{
    const struct value *text = &args[0], *part = &args[1], *with = &args[2];
    int64_t limit = count == 4 ? args[3].integer : -1;
    struct buf out;
    buf_init(&out, LIMIT_CEL_VALUE_BYTES);
    eval_spend(eval, text->len / 16);
    if (part->len == 0) {
        replace_between(&out, text, with, limit);
        return taken(eval, &out);
    }
    const char *at = text->text, *end = text->text + text->len;
    for (int64_t done = 0; limit < 0 || done < limit; done++) {
        const char *found = memmem(at, (size_t)(end - at), part->text, part->len);
        if (found == NULL) {
            break;
        }
        buf_add(&out, at, (size_t)(found - at));
        buf_add(&out, with->text, with->len);
        at = found + part->len;
    }
    buf_add(&out, at, (size_t)(end - at));
    return taken(eval, &out);
}

/* Where the piece that begins at `at` ends, or NULL for the rest of the text. */
static const char *piece_end(const char *at, const char *end, const struct value *separator)
{
    if (separator->len > 0) {
        return memmem(at, (size_t)(end - at), separator->text, separator->len);
    }
    size_t offset = 0;
    text_next(at, (size_t)(end - at), &offset);
    return at + offset < end ? at + offset : NULL;
}

struct value fn_split(struct eval *eval, const struct value *args, size_t count)
{
    const struct value *text = &args[0], *separator = &args[1];
    int64_t limit = count == 3 ? args[2].integer : -1;
    const char *at = text->text, *end = text->text + text->len;
    struct value_builder pieces;
    value_build(&pieces, eval->arena);
    if (limit == 0 || (text->len == 0 && separator->len == 0)) {
        return value_end_list(&pieces);
    }
    eval_spend(eval, text->len / 16);
    for (int64_t made = 1; limit < 0 || made < limit; made++) {
        const char *found = piece_end(at, end, separator);
        if (found == NULL || !eval_spend(eval, 1)) {
            break;
        }
        value_push(&pieces, value_string(eval->arena, at, (size_t)(found - at)));
        at = found + separator->len;
    }
    value_push(&pieces, value_string(eval->arena, at, (size_t)(end - at)));
    return eval_bounded(eval, value_end_list(&pieces));
}

struct value fn_join(struct eval *eval, const struct value *args, size_t count)
{
    struct buf out;
    buf_init(&out, LIMIT_CEL_VALUE_BYTES);
    eval_spend(eval, value_count(&args[0]) / 4);
    for (size_t i = 0; i < value_count(&args[0]); i++) {
        const struct value *item = value_at(&args[0], i);
        if (item->kind != VALUE_STRING) {
            buf_done(&out);
            return eval_fails(item)
                       ? *item
                       : eval_error(eval, "join() takes strings, not %s", value_kind_name(item->kind));
        }
        if (i > 0 && count == 2) {
            buf_add(&out, args[1].text, args[1].len);
        }
        buf_add(&out, item->text, item->len);
    }
    return taken(eval, &out);
}

/* White_Space of Unicode. */
static bool is_space(int32_t code)
{
    static const int32_t others[] = {0x20, 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (code == others[i]) {
            return true;
        }
    }
    return (code >= 0x09 && code <= 0x0D) || (code >= 0x2000 && code <= 0x200A);
}

struct value fn_trim(struct eval *eval, const struct value *args, size_t count)
{
    (void)count;
    size_t start = 0, end = 0;
    bool begun = false;
    eval_spend(eval, args[0].len / 64);
    for (size_t offset = 0; offset < args[0].len;) {
        size_t at = offset;
        if (!is_space(text_next(args[0].text, args[0].len, &offset))) {
            start = begun ? start : at;
            begun = true;
            end = offset;
        }
    }
    return eval_text(eval, VALUE_STRING, args[0].text + start, end - start);
}

struct value fn_reverse(struct eval *eval, const struct value *args, size_t count)
{
    (void)count;
    size_t len = args[0].len;
    struct value reversed = eval_text(eval, VALUE_STRING, args[0].text, len);
    if (reversed.kind != VALUE_STRING) {
        return reversed;
    }
    char *bytes = arena_copy(eval->arena, args[0].text, len);
    for (size_t offset = 0; offset < len;) {
        size_t at = offset;
        text_next(args[0].text, len, &offset);
        memcpy(bytes + len - offset, args[0].text + at, offset - at);
    }
    reversed.text = bytes;
    return reversed;
}

struct value fn_quote(struct eval *eval, const struct value *args, size_t count)
{
    static const char plain[] = "\a\b\f\n\r\t\v\\\"";
    static const char letters[] = "abfnrtv\\\"";
    (void)count;
    struct buf out;
    buf_init(&out, LIMIT_CEL_VALUE_BYTES);
    buf_char(&out, '"');
    for (size_t i = 0; i < args[0].len; i++) {
        char c = args[0].text[i];
        const char *found = c != '\0' ? strchr(plain, c) : NULL;
        if (found != NULL) {
            buf_char(&out, '\\');
            c = letters[found - plain];
        }
        buf_char(&out, c);
    }
    buf_char(&out, '"');
    return taken(eval, &out);
}
