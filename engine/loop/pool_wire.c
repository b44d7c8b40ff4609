/* Lines of a worker, which may be in an attacker's hand: bounded, checked, printed anew.
 *
 * A line has exactly one of the keys hello, sending, progress, answer. Whatever else it has is ignored, so
 * that a newer worker may say more. Nothing of a line may reach an error text: it could hold what the far
 * side wants an operator to read. */
#include "engine/loop/pool_wire.h"

#include <string.h>

#include "engine/base/json.h"
#include "engine/base/text.h"

enum { CALLS_MAX = 1000, FUNCTIONS_MAX = 256, WHY_BYTES = 2000, SECRET_BYTES = 4, SECRET_LINE_BYTES = 16 };

static int fail(struct soar_err *err, const char *what)
{
    return soar_err_set(err, SOAR_INVALID, "%s", what);
}

static int parse_function(const struct value *from, const char *name, struct wire_function *ret,
                          struct soar_err *err)
{
    const struct value *function = value_get(from, "name"), *class = value_get(from, "class");
    size_t len = strlen(name);
    if (function == NULL || function->kind != VALUE_STRING || !text_is_word(function->text, function->len))
        return fail(err, "its hello has a function without a name");
    if (strncmp(function->text, name, len) != 0 || function->text[len] != '.')
        return fail(err, "its hello has a function that is not the connector's own");
    if (!value_is_string(class, "read") && !value_is_string(class, "write"))
        return fail(err, "its hello has a function whose class is neither read nor write");
    *ret = (struct wire_function){.name = function->text, .writes = value_is_string(class, "write")};
    return 0;
}

static int parse_hello(struct arena *arena, const struct value *hello, struct wire_message *ret,
                       struct soar_err *err)
{
    const struct value *name = value_get(hello, "name"), *functions = value_get(hello, "functions");
    int64_t calls = value_get_int(hello, "calls", 1);
    if (value_get_int(hello, "protocol", 0) != WIRE_PROTOCOL)
        return fail(err, "its hello speaks another version of the protocol");
    if (name == NULL || name->kind != VALUE_STRING || !text_is_word(name->text, name->len))
        return fail(err, "its hello has no name");
    if (calls < 1 || calls > CALLS_MAX)
        return fail(err, "its hello asks for no sensible number of calls at once");
    if (functions == NULL || functions->kind != VALUE_LIST || value_count(functions) > FUNCTIONS_MAX)
        return fail(err, "its hello has no list of functions");
    size_t count = value_count(functions);
    struct wire_function *list = arena_array(arena, count ? count : 1, sizeof *list);
    for (size_t i = 0; i < count; i++)
        if (parse_function(value_at(functions, i), name->text, &list[i], err))
            return -1;
    ret->name = name->text;
    ret->calls = (unsigned)calls;
    ret->drops = value_get_bool(hello, "drops", false);
    ret->function_count = count;
    ret->functions = list;
    ret->hello = *hello;
    return 0;
}

/* At a character's border. */
static char *cut_text(struct arena *arena, const struct value *text)
{
    size_t len = text->len;
    if (len > WHY_BYTES)
        for (len = WHY_BYTES; len > 0 && ((unsigned char)text->text[len] & 0xC0) == 0x80;)
            len--;
    size_t end = strnlen(text->text, len); /* a NUL would cut it anyway, unseen */
    return arena_copy(arena, text->text, end);
}

static int parse_answer(struct arena *arena, const struct value *line, struct wire_message *ret,
                        struct soar_err *err)
{
    const struct value *class = value_get(line, "class"), *result = value_get(line, "result"),
                       *why = value_get(line, "why");
    if (class == NULL || class->kind != VALUE_STRING)
        return fail(err, "its answer has no class");
    ret->class = soar_class_parse(class->text);
    if (ret->class == SOAR_CLASS_COUNT)
        return fail(err, "its answer's class is unknown");
    if (why && why->kind != VALUE_STRING && why->kind != VALUE_NULL)
        return fail(err, "its answer's why is not a text");
    ret->why = why && why->kind == VALUE_STRING ? cut_text(arena, why) : "";
    ret->result = result ? json_text(arena, result) : "null";
    return 0;
}

int wire_parse(struct arena *arena, const char *line, size_t len, struct wire_message *ret_message,
               struct soar_err *err)
{
    static const char *const keys[WIRE_KIND_COUNT] = {[WIRE_HELLO] = "hello",
                                                      [WIRE_SENDING] = "sending",
                                                      [WIRE_PROGRESS] = "progress",
                                                      [WIRE_ANSWER] = "answer"};
    struct value tree;
    if (json_parse(arena, line, len, &tree, err))
        return fail(err, "it wrote a line that is not JSON");
    struct wire_message message = {.kind = WIRE_KIND_COUNT};
    const struct value *subject = NULL;
    for (unsigned kind = 0; kind < WIRE_KIND_COUNT; kind++) {
        const struct value *found = value_get(&tree, keys[kind]);
        if (found && subject)
            return fail(err, "it wrote a line that says two things");
        if (found) {
            subject = found;
            message.kind = (enum wire_kind)kind;
        }
    }
    if (subject == NULL)
        return fail(err, "it wrote a line that is none of the protocol's");
    if (message.kind != WIRE_HELLO) {
        if (subject->kind != VALUE_INT || subject->integer < 0)
            return fail(err, "it wrote a line without a call's number");
        message.number = (uint64_t)subject->integer;
    }
    if (message.kind == WIRE_HELLO && parse_hello(arena, subject, &message, err))
        return -1;
    if (message.kind == WIRE_ANSWER && parse_answer(arena, &tree, &message, err))
        return -1;
    if (message.kind == WIRE_PROGRESS)
        message.json = json_text(arena, &tree);
    *ret_message = message;
    return 0;
}

static char *strike_one(struct arena *arena, char *text, const char *secret, size_t len)
{
    BUF_SCOPED out;
    buf_init(&out, 0);
    const char *from = text;
    for (const char *at; (at = memmem(from, strlen(from), secret, len)) != NULL; from = at + len) {
        buf_add(&out, from, (size_t)(at - from));
        buf_text(&out, "[secret]");
    }
    if (from == text)
        return text;
    buf_text(&out, from);
    return arena_string(arena, buf_string(&out));
}

/* In an answer's JSON its quotes and backslashes are escaped. */
static char *strike_quoted(struct arena *arena, char *text, const struct value *secret)
{
    BUF_SCOPED quoted;
    buf_init(&quoted, 0);
    buf_reserve(&quoted, 6 * secret->len + 2); /* no copy stays where it grew */
    json_quote(&quoted, secret->text, secret->len);
    if (quoted.len > secret->len + 2)
        text = strike_one(arena, text, quoted.data + 1, quoted.len - 2);
    explicit_bzero(quoted.data, quoted.len);
    return text;
}

/* A value that has lines (a private key) is struck out line by line, too: an error may quote one. */
static char *strike_value(struct arena *arena, char *text, const struct value *secret)
{
    if (secret->kind == VALUE_STRING && secret->len >= SECRET_BYTES) {
        text = strike_one(arena, text, secret->text, secret->len);
        text = strike_quoted(arena, text, secret);
        for (size_t start = 0, len; start < secret->len; start += len + 1) {
            len = strcspn(secret->text + start, "\r\n");
            if (len >= SECRET_LINE_BYTES)
                text = strike_one(arena, text, secret->text + start, len);
        }
    }
    for (size_t i = 0; secret->kind == VALUE_MAP && i < secret->map->count; i++)
        text = strike_value(arena, text, &secret->map->values[i]);
    for (size_t i = 0; secret->kind == VALUE_LIST && i < secret->list->count; i++)
        text = strike_value(arena, text, &secret->list->items[i]);
    return text;
}

/* The arena is ours to write over: no copy of a secret stays behind. */
static void wipe(const struct value *secret)
{
    if (secret->kind == VALUE_STRING)
        explicit_bzero((char *)(uintptr_t)secret->text, secret->len);
    for (size_t i = 0; secret->kind == VALUE_MAP && i < secret->map->count; i++)
        wipe(&secret->map->values[i]);
    for (size_t i = 0; secret->kind == VALUE_LIST && i < secret->list->count; i++)
        wipe(&secret->list->items[i]);
}

char *wire_strike(struct arena *arena, const char *text, const char *secrets)
{
    char *struck = arena_string(arena, text);
    if (secrets == NULL || text[0] == '\0')
        return struck;
    ARENA_SCOPED own = arena_new();
    struct value tree;
    if (json_parse(own, secrets, strlen(secrets), &tree, NULL))
        return arena_string(arena, "[not shown: its secrets can't be told from it]");
    struck = strike_value(arena, struck, &tree);
    wipe(&tree);
    return struck;
}
