/* A table as Markdown: for the pages that list what a file may hold. A table within it gets a section of its
 * own, once, behind it. */
#include <ctype.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/yaml/bind.h"

enum { TABLES_MAX = 32 };

struct markdown {
    struct buf *out;
    int level;
    const struct bind_table *tables[TABLES_MAX]; /* in the order of coming */
    size_t count;
};

static void want(struct markdown *markdown, const struct bind_table *table)
{
    for (size_t i = 0; i < markdown->count; i++)
        if (markdown->tables[i] == table)
            return;
    if (markdown->count < TABLES_MAX)
        markdown->tables[markdown->count++] = table;
}

static void put_words(struct buf *out, const char *const *words)
{
    for (size_t i = 0; words[i]; i++)
        buf_printf(out, "%s`%s`", i ? " " : "", words[i]);
}

static void put_bounds(struct buf *out, const struct bind_key *key)
{
    BUF_SCOPED text = {0};

    if (!key->max)
        return;
    if (key->kind == BIND_INT) {
        buf_printf(out, ", %lld to %lld", (long long)key->min, (long long)key->max);
        return;
    }
    text_duration(&text, key->max);
    buf_printf(out, " of at most %s", buf_string(&text));
}

/* What a room reads itself, as its schema has it. */
static const char *node_form(const char *schema)
{
    bool map = schema && strstr(schema, "object");
    bool list = schema && (strstr(schema, "array") || strstr(schema, "statement"));

    if (map && list)
        return "a map or a list";
    if (map || list)
        return map ? "a map" : "a list";
    return schema && strstr(schema, "string") ? "a text" : "anything";
}

static void put_form(struct buf *out, const struct bind_key *key)
{
    static const char *const forms[BIND_KIND_COUNT] = {[BIND_TEXT] = "a text",
                                                       [BIND_SCALAR] = "a text",
                                                       [BIND_INT] = "a number",
                                                       [BIND_BOOL] = "`true` or `false`",
                                                       [BIND_DURATION] = "a duration",
                                                       [BIND_CHOICE] = "",
                                                       [BIND_TEXTS] = "a list of texts",
                                                       [BIND_MAP] = "a map: %s",
                                                       [BIND_LIST_OF] = "a list, each %s",
                                                       [BIND_MAPS] = "a map or a list of them, each %s",
                                                       [BIND_MAP_OF] = "a map of names, each %s",
                                                       [BIND_NODE] = "",
                                                       [BIND_LATER] = "not yet"};
    const char *form = forms[key->kind];
    const char *hole = strstr(form, "%s");

    if (hole) {
        buf_add(out, form, (size_t)(hole - form));
        buf_text(out, key->table->what);
    } else if (key->kind == BIND_CHOICE) {
        put_words(out, key->words);
    } else {
        buf_text(out, key->kind == BIND_NODE ? node_form(key->schema) : form);
    }
    if (key->kind == BIND_INT || key->kind == BIND_DURATION)
        put_bounds(out, key);
}

/* A bar would end the cell. */
static void put_cell(struct buf *out, const char *text)
{
    for (; text && *text; text++)
        buf_printf(out, *text == '|' ? "\\%c" : "%c", *text);
}

static void put_table(struct markdown *markdown, const struct bind_table *table)
{
    struct buf *out = markdown->out;

    buf_text(out, "| key | value | means |\n|---|---|---|\n");
    for (const struct bind_key *key = table->keys; key->name; key++) {
        if (key->kind == BIND_LATER)
            continue;
        buf_printf(out, "| `%s`%s | ", key->name, key->required ? ", needed" : "");
        put_form(out, key);
        buf_text(out, " | ");
        put_cell(out, key->about);
        buf_text(out, " |\n");
        if (key->table)
            want(markdown, key->table);
    }
}

void bind_markdown(const struct bind_table *table, int level, struct buf *out)
{
    struct markdown markdown = {.out = out, .level = level};

    want(&markdown, table);
    for (size_t i = 0; i < markdown.count; i++) {
        const char *what = markdown.tables[i]->what;

        if (i > 0)
            buf_printf(out, "\n%.*s %c%s\n\n", level, "######", toupper((unsigned char)*what), what + 1);
        put_table(&markdown, markdown.tables[i]);
    }
}
