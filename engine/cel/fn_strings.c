/* Functions that look into a string and change nothing. Positions are code points; a string that is all ASCII
 * is its own index, any other is walked. */
#include <string.h>

#include "engine/base/text.h"
#include "engine/cel/functions.h"
#include "engine/cel/regex.h"

enum { NONE = -1 };

static bool holds_at(const struct value *text, const struct value *part, size_t at)
{
    return part->len <= text->len - at && memcmp(text->text + at, part->text, part->len) == 0;
}

struct value fn_contains(struct eval *eval, const struct value *args, size_t count)
{
    (void)count;
    eval_spend(eval, (args[0].len + args[1].len) / 64);
    return value_bool(memmem(args[0].text, args[0].len, args[1].text, args[1].len) != NULL);
}

struct value fn_starts_with(struct eval *eval, const struct value *args, size_t count)
{
    (void)count;
    eval_spend(eval, args[1].len / 128);
    return value_bool(args[1].len <= args[0].len && holds_at(&args[0], &args[1], 0));
}

struct value fn_ends_with(struct eval *eval, const struct value *args, size_t count)
{
    (void)count;
    eval_spend(eval, args[1].len / 128);
    return value_bool(args[1].len <= args[0].len && holds_at(&args[0], &args[1], args[0].len - args[1].len));
}

struct value fn_matches(struct eval *eval, const struct value *args, size_t count)
{
    (void)count;
    struct soar_err err;
    bool found = false;
    const struct regex *regex = eval->call->pattern;
    if (regex == NULL) {
        eval_spend(eval, 100 + args[1].len); /* compiling */
        regex = regex_new(eval->arena, args[1].text, args[1].len, &err);
    }
    if (regex == NULL) {
        return eval_error(eval, "%s", err.text);
    }
    if (!eval_spend(eval, 10 + args[0].len / 4)) {
        return value_null();
    }
    if (regex_search(regex, args[0].text, args[0].len, &found, &err) < 0) {
        return eval_error(eval, "%s", err.text);
    }
    return value_bool(found);
}

/* The byte where code point number `index` begins (the end, for the one behind the last), or NONE. */
static int64_t byte_of(const struct value *text, int64_t index)
{
    size_t offset = 0;
    int64_t at = 0;
    while (at < index && offset < text->len) {
        text_next(text->text, text->len, &offset);
        at++;
    }
    return index >= 0 && at == index ? (int64_t)offset : NONE;
}

static struct value out_of_range(struct eval *eval, int64_t index)
{
    return eval_error(eval, "index out of range: %lld", (long long)index);
}

struct value fn_char_at(struct eval *eval, const struct value *args, size_t count)
{
    (void)count;
    eval_spend(eval, args[0].len / 64);
    int64_t start = byte_of(&args[0], args[1].integer);
    if (start < 0) {
        return out_of_range(eval, args[1].integer);
    }
    size_t end = (size_t)start;
    text_next(args[0].text, args[0].len, &end);
    return eval_text(eval, VALUE_STRING, args[0].text + start, end - (size_t)start);
}

struct value fn_substring(struct eval *eval, const struct value *args, size_t count)
{
    eval_spend(eval, args[0].len / 64);
    int64_t start = byte_of(&args[0], args[1].integer);
    int64_t end = count == 3 ? byte_of(&args[0], args[2].integer) : (int64_t)args[0].len;
    if (start < 0 || end < 0) {
        return out_of_range(eval, args[start < 0 ? 1 : 2].integer);
    }
    if (start > end) {
        return eval_error(eval, "substring ends before it starts");
    }
    return eval_text(eval, VALUE_STRING, args[0].text + start, (size_t)(end - start));
}

/* The position in code points of the byte `at`. */
static struct value position(const struct value *text, size_t at)
{
    return value_int((int64_t)text_length(text->text, at));
}

struct value fn_index_of(struct eval *eval, const struct value *args, size_t count)
{
    eval_spend(eval, args[0].len / 32);
    int64_t start = count == 3 ? byte_of(&args[0], args[2].integer) : 0;
    if (start < 0) {
        return out_of_range(eval, args[2].integer);
    }
    const char *from = args[0].text + start;
    const char *found = memmem(from, args[0].len - (size_t)start, args[1].text, args[1].len);
    return found == NULL ? value_int(NONE) : position(&args[0], (size_t)(found - args[0].text));
}

struct value fn_last_index_of(struct eval *eval, const struct value *args, size_t count)
{
    const struct value *text = &args[0], *part = &args[1];
    int64_t start = count == 3 ? byte_of(text, args[2].integer) : (int64_t)text->len;
    if (start < 0) {
        return out_of_range(eval, args[2].integer);
    }
    if (part->len > text->len) {
        return value_int(NONE);
    }
    size_t at = (size_t)start < text->len - part->len ? (size_t)start : text->len - part->len;
    size_t looked = 0;
    for (;; at--, looked++) {
        if (holds_at(text, part, at)) {
            eval_spend(eval, looked / 16);
            return position(text, at);
        }
        if (at == 0 || (looked % 1024 == 0 && !eval_spend(eval, 64 + part->len / 8))) {
            return value_int(NONE);
        }
    }
}
