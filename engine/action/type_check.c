/* The canonical form of a value: what doesn't parse is refused, what does is printed anew by us.
 *
 * Taking a canonical form again gives the same one, also after it went through JSON: the journal keeps them
 * so. */
#include "engine/action/type_parts.h"

#include <ctype.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"

enum {
    SHOWN_BYTES = 60,
    UUID_BYTES = 36,
    SHA256_DIGITS = 64,
    PATH_BYTES_MAX = 4096,
    USER_BYTES_MAX = 256,
    DN_BYTES_MAX = 2048
};

int type_refuse(struct soar_err *err, const char *expected, const char *text, size_t len)
{
    BUF_SCOPED shown;
    buf_init(&shown, 0);
    text_visible(&shown, text, len < SHOWN_BYTES ? len : SHOWN_BYTES);
    return soar_err_set(err, SOAR_INVALID, "expected %s, found '%s'%s", expected, buf_string(&shown),
                        len > SHOWN_BYTES ? "…" : "");
}

/* Anything a person may have typed: UTF-8 without control characters. */
static bool is_plain(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f) {
            return false;
        }
    }
    return text_is_utf8(text, len);
}

static struct value lower(struct arena *arena, const char *text, size_t len)
{
    char *copy = arena_copy(arena, text, len);
    for (size_t i = 0; i < len; i++) {
        copy[i] = (char)tolower((unsigned char)copy[i]);
    }
    return value_string(arena, copy, len);
}

static int check_uuid(const char *text, size_t len, struct arena *arena, struct value *ret_value,
                      struct soar_err *err)
{
    const char *inner = text;
    size_t inner_len = len;
    if (len == UUID_BYTES + 2 && text[0] == '{' && text[len - 1] == '}') {
        inner++;
        inner_len -= 2;
    }
    bool sound = inner_len == UUID_BYTES;
    for (size_t i = 0; i < inner_len && sound; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        sound = dash ? inner[i] == '-' : isxdigit((unsigned char)inner[i]) != 0;
    }
    if (!sound) {
        return type_refuse(err, "a UUID such as 6acde85a-37c0-4b8e-9d0a-5e2b7c9f1a44", text, len);
    }
    *ret_value = lower(arena, inner, inner_len);
    return 0;
}

static int check_sha256(const char *text, size_t len, struct arena *arena, struct value *ret_value,
                        struct soar_err *err)
{
    bool sound = len == SHA256_DIGITS;
    for (size_t i = 0; i < len && sound; i++) {
        sound = isxdigit((unsigned char)text[i]) != 0;
    }
    if (!sound) {
        return type_refuse(err, "a SHA-256 of 64 hexadecimal digits", text, len);
    }
    *ret_value = lower(arena, text, len);
    return 0;
}

/* Absolute, and without a way up: /etc/x, or C:\x. */
static int check_path(const char *text, size_t len, struct arena *arena, struct value *ret_value,
                      struct soar_err *err)
{
    bool drive =
        len > 2 && isalpha((unsigned char)text[0]) && text[1] == ':' && (text[2] == '\\' || text[2] == '/');
    bool sound = len > 0 && len <= PATH_BYTES_MAX && is_plain(text, len) && (text[0] == '/' || drive);
    const char *separators = drive ? "\\/" : "/";
    for (size_t i = 0; sound && i + 2 < len; i++) {
        bool up = strchr(separators, text[i]) != NULL && text[i + 1] == '.' && text[i + 2] == '.';
        sound = !up || (i + 3 < len && strchr(separators, text[i + 3]) == NULL);
    }
    if (!sound) {
        return type_refuse(err, "an absolute path without '..'", text, len);
    }
    *ret_value = value_string(arena, text, len);
    return 0;
}

static int check_user(const char *text, size_t len, struct arena *arena, struct value *ret_value,
                      struct soar_err *err)
{
    if (len == 0 || len > USER_BYTES_MAX || !is_plain(text, len) || text[0] == ' ' || text[len - 1] == ' ') {
        return type_refuse(err, "a user's name", text, len);
    }
    *ret_value = value_string(arena, text, len);
    return 0;
}

static int check_dn(const char *text, size_t len, struct arena *arena, struct value *ret_value,
                    struct soar_err *err)
{
    const char *equals = memchr(text, '=', len);
    if (equals == NULL || equals == text || len > DN_BYTES_MAX || !is_plain(text, len) ||
        !isalnum((unsigned char)text[0])) {
        return type_refuse(err, "a distinguished name such as cn=web,dc=corp,dc=example", text, len);
    }
    *ret_value = value_string(arena, text, len);
    return 0;
}

static int check_enum(const struct type *type, const char *text, size_t len, struct soar_err *err,
                      struct value *ret_value)
{
    for (size_t i = 0; i < type->choice_count; i++) {
        if (strlen(type->choices[i]) == len && strncasecmp(type->choices[i], text, len) == 0) {
            *ret_value = value_static(type->choices[i]);
            return 0;
        }
    }
    BUF_SCOPED expected;
    buf_init(&expected, 0);
    buf_text(&expected, "one of");
    for (size_t i = 0; i < type->choice_count; i++) {
        buf_printf(&expected, "%s %s", i == 0 ? "" : ",", type->choices[i]);
    }
    return type_refuse(err, buf_string(&expected), text, len);
}

static int check_int(const struct value *given, struct value *ret_value, struct soar_err *err)
{
    if (given->kind == VALUE_INT) {
        *ret_value = *given;
        return 0;
    }
    if (given->kind == VALUE_UINT && given->natural <= INT64_MAX) {
        *ret_value = value_int((int64_t)given->natural);
        return 0;
    }
    bool negative = given->kind == VALUE_STRING && given->len > 1 && given->text[0] == '-';
    size_t start = negative ? 1 : 0;
    if (given->kind == VALUE_STRING && given->len > start && given->len - start <= 18) {
        int64_t number = 0;
        for (size_t i = start; i < given->len && number >= 0; i++) {
            number = isdigit((unsigned char)given->text[i]) ? number * 10 + (given->text[i] - '0') : -1;
        }
        if (number >= 0) {
            *ret_value = value_int(negative ? -number : number);
            return 0;
        }
    }
    return soar_err_set(err, SOAR_INVALID, "expected a whole number, found a %s",
                        value_kind_name(given->kind));
}

static int check_bool(const struct value *given, struct value *ret_value, struct soar_err *err)
{
    if (given->kind == VALUE_BOOL) {
        *ret_value = *given;
        return 0;
    }
    if (value_is_string(given, "true") || value_is_string(given, "false")) {
        *ret_value = value_bool(given->text[0] == 't');
        return 0;
    }
    return soar_err_set(err, SOAR_INVALID, "expected true or false, found a %s",
                        value_kind_name(given->kind));
}

/* "1.5s": how JSON prints a span that isn't whole seconds. */
static bool parse_seconds(const char *text, size_t len, int64_t *ret_ms)
{
    const char *dot = memchr(text, '.', len);
    size_t whole = dot == NULL ? 0 : (size_t)(dot - text);
    if (whole == 0 || whole > 8 || len < whole + 3 || text[len - 1] != 's') {
        return false;
    }
    int64_t ms = 0;
    int64_t unit = 1000;
    for (size_t i = 0; i + 1 < len; i++) {
        if (i == whole) {
            continue;
        }
        if (!isdigit((unsigned char)text[i])) {
            return false;
        }
        unit = i > whole ? unit / 10 : unit;
        ms = i < whole ? ms * 10 + (text[i] - '0') * unit : ms + (text[i] - '0') * unit;
    }
    *ret_ms = ms;
    return true;
}

static int check_duration(const struct value *given, struct value *ret_value, struct soar_err *err)
{
    if (given->kind == VALUE_SPAN && given->instant.seconds >= 0 && given->instant.nanos >= 0) {
        *ret_value = *given;
        return 0;
    }
    int64_t ms = -1;
    if (given->kind == VALUE_STRING) {
        ms = text_duration_ms(given->text, given->len);
        if (ms < 0 && !parse_seconds(given->text, given->len, &ms)) {
            return type_refuse(err, "a duration such as 90s or 4h", given->text, given->len);
        }
    }
    if (ms < 0) {
        return soar_err_set(err, SOAR_INVALID, "expected a duration such as 90s or 4h, found a %s",
                            value_kind_name(given->kind));
    }
    *ret_value = value_span(ms / 1000, (int32_t)(ms % 1000) * 1000000);
    return 0;
}

/* A reference, never the secret itself; it travels as a map so that nothing takes it for a text. */
static int check_secret(const struct value *given, struct arena *arena, struct value *ret_value,
                        struct soar_err *err)
{
    static const char *const schemes[] = {"env:", "file:", "credential:", "vault:"};
    const struct value *inner = value_get(given, "secret");
    const struct value *reference = inner != NULL && value_count(given) == 1 ? inner : given;
    for (size_t i = 0; reference->kind == VALUE_STRING && i < sizeof schemes / sizeof schemes[0]; i++) {
        size_t len = strlen(schemes[i]);
        if (reference->len > len && strncmp(reference->text, schemes[i], len) == 0 &&
            is_plain(reference->text, reference->len)) {
            struct value_builder builder;
            value_build(&builder, arena);
            value_put_text(&builder, "secret", value_string(arena, reference->text, reference->len));
            *ret_value = value_end_map(&builder);
            return 0;
        }
    }
    return soar_err_set(err, SOAR_INVALID,
                        "expected a reference to a secret: env:, file:, credential: or vault:");
}

static int check_text(const char *text, size_t len, struct arena *arena, struct value *ret_value,
                      struct soar_err *err)
{
    if (!text_is_utf8(text, len) || memchr(text, '\0', len) != NULL) {
        return type_refuse(err, "a text in UTF-8 without NUL", text, len);
    }
    *ret_value = value_string(arena, text, len);
    return 0;
}

static int check_word(const char *text, size_t len, struct arena *arena, struct value *ret_value,
                      struct soar_err *err)
{
    if (!text_is_word(text, len)) {
        return type_refuse(err, "a word (letters, digits and . _ : / @ + -)", text, len);
    }
    *ret_value = value_string(arena, text, len);
    return 0;
}

static int check_string(const struct type *type, const struct value *given, struct arena *arena,
                        struct value *ret_value, struct soar_err *err)
{
    const char *text = given->text;
    size_t len = given->len;
    switch (type->kind) {
    case TYPE_IP:
    case TYPE_IP4:
    case TYPE_IP6:
        return type_address(type->kind, text, len, arena, ret_value, err);
    case TYPE_CIDR:
        return type_cidr(text, len, arena, ret_value, err);
    case TYPE_MAC:
        return type_mac(text, len, arena, ret_value, err);
    case TYPE_HOST:
        return type_host(text, len, arena, ret_value, err);
    case TYPE_USER:
        return check_user(text, len, arena, ret_value, err);
    case TYPE_DN:
        return check_dn(text, len, arena, ret_value, err);
    case TYPE_UUID:
        return check_uuid(text, len, arena, ret_value, err);
    case TYPE_SHA256:
        return check_sha256(text, len, arena, ret_value, err);
    case TYPE_WORD:
        return check_word(text, len, arena, ret_value, err);
    case TYPE_TEXT:
        return check_text(text, len, arena, ret_value, err);
    case TYPE_PATH:
        return check_path(text, len, arena, ret_value, err);
    case TYPE_ENUM:
        return check_enum(type, text, len, err, ret_value);
    case TYPE_PORT:
    case TYPE_ENDPOINT:
    case TYPE_INT:
    case TYPE_BOOL:
    case TYPE_DURATION:
    case TYPE_SECRET:
    case TYPE_KIND_COUNT:
        break;
    }
    return soar_err_set(err, SOAR_INVALID, "unknown type");
}

static int check_one(const struct type *type, const struct value *given, struct arena *arena,
                     struct value *ret_value, struct soar_err *err)
{
    if (given->kind == VALUE_UNKNOWN) {
        *ret_value = *given;
        return 0;
    }
    if (type->kind == TYPE_PORT) {
        return type_port(given, ret_value, err);
    }
    if (type->kind == TYPE_ENDPOINT) {
        return type_endpoint(given, arena, ret_value, err);
    }
    if (type->kind == TYPE_INT) {
        return check_int(given, ret_value, err);
    }
    if (type->kind == TYPE_BOOL) {
        return check_bool(given, ret_value, err);
    }
    if (type->kind == TYPE_DURATION) {
        return check_duration(given, ret_value, err);
    }
    if (type->kind == TYPE_SECRET) {
        return check_secret(given, arena, ret_value, err);
    }
    if (given->kind == VALUE_IP || given->kind == VALUE_CIDR) {
        char *quoted = json_text(arena, given);
        struct value spelled = value_string(arena, quoted + 1, strlen(quoted) - 2);
        return check_string(type, &spelled, arena, ret_value, err);
    }
    if (given->kind != VALUE_STRING) {
        return soar_err_set(err, SOAR_INVALID, "expected a text, found a %s", value_kind_name(given->kind));
    }
    return check_string(type, given, arena, ret_value, err);
}

int type_check(const struct type *type, const struct value *given, struct arena *arena,
               struct value *ret_value, struct soar_err *err)
{
    if (!type->list || given->kind == VALUE_UNKNOWN) {
        return check_one(type, given, arena, ret_value, err);
    }
    if (given->kind != VALUE_LIST) {
        return soar_err_set(err, SOAR_INVALID, "expected a list, found a %s", value_kind_name(given->kind));
    }
    if (given->list->count > LIMIT_PARAM_ITEMS) {
        return soar_err_set(err, SOAR_INVALID, "a list of %zu, and %d at most are taken", given->list->count,
                            LIMIT_PARAM_ITEMS);
    }
    struct value *items = arena_array(arena, given->list->count, sizeof(struct value));
    for (size_t i = 0; i < given->list->count; i++) {
        if (check_one(type, &given->list->items[i], arena, &items[i], err) < 0) {
            return soar_err_wrap(err, "item %zu", i + 1);
        }
    }
    *ret_value = value_list(arena, items, given->list->count);
    return 0;
}
