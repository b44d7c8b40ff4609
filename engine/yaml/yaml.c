/* Text → tree. libyaml gives events, one recursive function per kind of node makes nodes of them; LIMIT_DEPTH
 * bounds the recursion. What our files never need (anchors, tags, several documents, merge keys) is refused
 * here, so that what a person reads is what is there. After such a mistake reading goes on; after one of
 * libyaml's it can't. It must not give meaning to a scalar: yaml_value() does, and the tables of bind.h. */
#include "engine/yaml/yaml.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/yaml/yaml_parts.h"

struct reader {
    yaml_parser_t parser;
    struct arena *arena;
    struct diag_list *diags;
    const char *text; /* without a byte order mark */
    size_t len;
    size_t at_index;  /* libyaml counts characters: this one ... */
    size_t at_offset; /* ... is at this byte */
    size_t nodes;
    int depth;
    int quiet; /* above 0: inside of something that was told already */
    bool broken;
};

struct link {
    struct link *next;
    const struct yaml_node *key;
    const struct yaml_node *value;
};

static const struct yaml_node *read_node(struct reader *reader, yaml_event_t *event);

static void event_done(yaml_event_t *event)
{
    yaml_event_delete(event);
}
#define EVENT_SCOPED __attribute__((cleanup(event_done))) yaml_event_t

static bool next_event(struct reader *reader, yaml_event_t *ret_event)
{
    if (reader->broken) {
        return false;
    }
    if (yaml_parser_parse(&reader->parser, ret_event) == 0) {
        reader->broken = true;
        yaml_trouble(&reader->parser, reader->text, reader->len, reader->diags);
        return false;
    }
    return true;
}

/* Marks never go back but by a little: the walk is linear over the file. */
static size_t offset_of(struct reader *reader, const yaml_mark_t *mark)
{
    if (mark->index < reader->at_index) {
        reader->at_index = 0;
        reader->at_offset = 0;
    }
    while (reader->at_index < mark->index && reader->at_offset < reader->len) {
        text_next(reader->text, reader->len, &reader->at_offset);
        reader->at_index++;
    }
    return reader->at_offset;
}

__attribute__((format(printf, 3, 4))) static void complain(struct reader *reader, const yaml_mark_t *mark,
                                                           const char *format, ...)
{
    if (reader->quiet > 0) {
        return;
    }
    va_list args;
    va_start(args, format);
    const char *text = arena_vprintf(reader->arena, format, args);
    va_end(args);
    diag_error(reader->diags, (int)mark->line + 1, (int)mark->column + 1, "%s", text);
}

static struct yaml_node *node_new(struct reader *reader, enum yaml_kind kind, const yaml_mark_t *mark)
{
    struct yaml_node *node = arena_alloc(reader->arena, sizeof *node);
    node->kind = kind;
    node->line = (int)mark->line + 1;
    node->col = (int)mark->column + 1;
    node->text = "";
    return node;
}

static void refuse_extras(struct reader *reader, const yaml_mark_t *mark, const yaml_char_t *anchor,
                          const yaml_char_t *tag)
{
    if (anchor != NULL) {
        complain(reader, mark, "an anchor (&%s) is not allowed here: write the value out where it is needed",
                 (const char *)anchor);
    }
    if (tag != NULL) {
        complain(reader, mark, "a tag (%s) is not allowed here: quote a text that begins with '!'",
                 (const char *)tag);
    }
}

static const struct yaml_node *read_scalar(struct reader *reader, const yaml_event_t *event)
{
    struct yaml_node *node = node_new(reader, YAML_SCALAR, &event->start_mark);
    const yaml_char_t *tag = event->data.scalar.tag;
    refuse_extras(reader, &event->start_mark, event->data.scalar.anchor, tag);
    size_t start = offset_of(reader, &event->start_mark);
    yaml_fill_scalar(reader->arena, event, reader->text + start, reader->len - start, node);
    if (memchr(node->text, '\0', node->len) != NULL) {
        complain(reader, &event->start_mark, "a text must not hold the character NUL (\\0)");
        node->len = strlen(node->text);
    }
    return node;
}

static const struct yaml_node *read_alias(struct reader *reader, const yaml_event_t *event)
{
    complain(reader, &event->start_mark,
             "an alias (*%s) is not allowed here: write the value out, or quote a text that "
             "begins with '*'",
             (const char *)event->data.alias.anchor);
    return node_new(reader, YAML_SCALAR, &event->start_mark);
}

static const struct yaml_node *read_list(struct reader *reader, const yaml_event_t *start)
{
    struct yaml_node *node = node_new(reader, YAML_LIST, &start->start_mark);
    refuse_extras(reader, &start->start_mark, start->data.sequence_start.anchor,
                  start->data.sequence_start.tag);
    struct link *first = NULL;
    struct link **last = &first;
    for (;;) {
        EVENT_SCOPED event = {0};
        if (!next_event(reader, &event) || event.type == YAML_SEQUENCE_END_EVENT) {
            break;
        }
        const struct yaml_node *item = read_node(reader, &event);
        if (item == NULL) {
            break;
        }
        struct link *link = arena_alloc(reader->arena, sizeof *link);
        link->value = item;
        *last = link;
        last = &link->next;
        node->count++;
    }
    const struct yaml_node **items =
        arena_array(reader->arena, node->count, sizeof(const struct yaml_node *));
    size_t i = 0;
    for (const struct link *link = first; link != NULL; link = link->next) {
        items[i++] = link->value;
    }
    node->items = items;
    return node;
}

static int compare_keys(const void *left, const void *right)
{
    const struct yaml_node *a = *(const struct yaml_node *const *)left;
    const struct yaml_node *b = *(const struct yaml_node *const *)right;
    int order = strcmp(a->text, b->text);
    if (order != 0) {
        return order;
    }
    return a->line != b->line ? a->line - b->line : a->col - b->col;
}

static void refuse_twins(struct reader *reader, const struct yaml_node *map)
{
    if (map->count < 2 || reader->quiet > 0) {
        return;
    }
    const struct yaml_node **sorted =
        arena_array(reader->arena, map->count, sizeof(const struct yaml_node *));
    memcpy(sorted, map->keys, map->count * sizeof(const struct yaml_node *));
    qsort(sorted, map->count, sizeof sorted[0], compare_keys);
    for (size_t i = 1; i < map->count; i++) {
        if (strcmp(sorted[i - 1]->text, sorted[i]->text) == 0) {
            diag_error(reader->diags, sorted[i]->line, sorted[i]->col,
                       "key '%s' stands twice; the first is on line %d", sorted[i]->text,
                       sorted[i - 1]->line);
        }
    }
}

/* A key is a scalar; anything else is told, read over, and left out. NULL: left out, or the text is broken.
 */
static const struct yaml_node *read_key(struct reader *reader, yaml_event_t *event)
{
    if (event->type == YAML_SCALAR_EVENT) {
        const struct yaml_node *key = read_scalar(reader, event);
        if (key->plain && strcmp(key->text, "<<") == 0) {
            complain(reader, &event->start_mark, "a merge key (<<) is not allowed here: write the keys out");
        }
        return key;
    }
    complain(reader, &event->start_mark, "a key must be a plain text, found %s",
             event->type == YAML_SEQUENCE_START_EVENT  ? "a list"
             : event->type == YAML_MAPPING_START_EVENT ? "a map"
                                                       : "an alias");
    reader->quiet++;
    read_node(reader, event);
    reader->quiet--;
    return NULL;
}

static void flatten_map(struct reader *reader, const struct link *first, struct yaml_node *map)
{
    const struct yaml_node **keys = arena_array(reader->arena, map->count, sizeof(const struct yaml_node *));
    const struct yaml_node **items = arena_array(reader->arena, map->count, sizeof(const struct yaml_node *));
    size_t i = 0;
    for (const struct link *link = first; link != NULL; link = link->next) {
        keys[i] = link->key;
        items[i++] = link->value;
    }
    map->keys = keys;
    map->items = items;
    refuse_twins(reader, map);
}

static void read_pairs(struct reader *reader, struct yaml_node *map)
{
    struct link *first = NULL;
    struct link **last = &first;
    for (;;) {
        EVENT_SCOPED key_event = {0};
        if (!next_event(reader, &key_event) || key_event.type == YAML_MAPPING_END_EVENT) {
            break;
        }
        const struct yaml_node *key = read_key(reader, &key_event);
        EVENT_SCOPED value_event = {0};
        if (!next_event(reader, &value_event)) {
            break;
        }
        const struct yaml_node *value = read_node(reader, &value_event);
        if (value == NULL) {
            break;
        }
        if (key != NULL) {
            struct link *link = arena_alloc(reader->arena, sizeof *link);
            link->key = key;
            link->value = value;
            *last = link;
            last = &link->next;
            map->count++;
        }
    }
    flatten_map(reader, first, map);
}

/* An unquoted {{ x }} is a map in a map to YAML. It is told as what the person meant, and stands as that
 * text. */
static const struct yaml_node *read_hole(struct reader *reader, const yaml_event_t *start, size_t offset)
{
    complain(reader, &start->start_mark,
             "an unquoted {{ ... }} is a map to YAML: quote it, as in \"{{alert.user_id}}\"");
    struct yaml_node inside = {0};
    reader->quiet++;
    read_pairs(reader, &inside);
    reader->quiet--;
    struct yaml_node *node = node_new(reader, YAML_SCALAR, &start->start_mark);
    const char *text = reader->text + offset;
    const char *end = memchr(text, '\n', reader->len - offset);
    size_t len = end == NULL ? reader->len - offset : (size_t)(end - text);
    const char *close = memmem(text, len, "}}", 2);
    node->len = close == NULL ? len : (size_t)(close - text) + 2;
    node->text = arena_copy(reader->arena, text, node->len);
    return node;
}

static const struct yaml_node *read_map(struct reader *reader, const yaml_event_t *start)
{
    size_t offset = offset_of(reader, &start->start_mark);
    if (reader->len - offset >= 2 && memcmp(reader->text + offset, "{{", 2) == 0) {
        return read_hole(reader, start, offset);
    }
    struct yaml_node *node = node_new(reader, YAML_MAP, &start->start_mark);
    refuse_extras(reader, &start->start_mark, start->data.mapping_start.anchor,
                  start->data.mapping_start.tag);
    read_pairs(reader, node);
    return node;
}

static bool within_limits(struct reader *reader, const yaml_event_t *event)
{
    const yaml_mark_t *mark = &event->start_mark;
    if (++reader->nodes > LIMIT_YAML_NODES) {
        diag_error(reader->diags, (int)mark->line + 1, (int)mark->column + 1,
                   "the file has more than %d values: that is the limit", LIMIT_YAML_NODES);
        reader->broken = true;
    } else if (reader->depth >= LIMIT_DEPTH) {
        diag_error(reader->diags, (int)mark->line + 1, (int)mark->column + 1,
                   "nested more than %d levels deep: that is the limit", LIMIT_DEPTH);
        reader->broken = true;
    }
    return !reader->broken;
}

/* NULL: the text is broken, and that was told. */
static const struct yaml_node *read_node(struct reader *reader, yaml_event_t *event)
{
    if (!within_limits(reader, event)) {
        return NULL;
    }
    const struct yaml_node *node = NULL;
    reader->depth++;
    if (event->type == YAML_SCALAR_EVENT) {
        node = read_scalar(reader, event);
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        node = read_list(reader, event);
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        node = read_map(reader, event);
    } else {
        node = read_alias(reader, event);
    }
    reader->depth--;
    return node;
}

/* The events around the one document: stream start, document start, the node, document end, stream end. */
static const struct yaml_node *read_document(struct reader *reader)
{
    const struct yaml_node *root = NULL;
    int documents = 0;
    for (;;) {
        EVENT_SCOPED event = {0};
        if (!next_event(reader, &event) || event.type == YAML_STREAM_END_EVENT) {
            return root;
        }
        if (event.type == YAML_DOCUMENT_START_EVENT) {
            if (++documents > 1) {
                complain(reader, &event.start_mark, "a second document begins here: a file holds one");
                return root;
            }
        } else if (event.type != YAML_STREAM_START_EVENT && event.type != YAML_DOCUMENT_END_EVENT) {
            root = read_node(reader, &event);
        }
    }
}

const struct yaml_node *yaml_parse(struct arena *arena, const char *text, size_t len, struct diag_list *diags)
{
    static const char mark[] = "\xEF\xBB\xBF";
    size_t errors = diags->errors;
    if (len >= 3 && memcmp(text, mark, 3) == 0) {
        text += 3;
        len -= 3;
    }
    if (!yaml_check_bytes(text, len, diags)) {
        return NULL;
    }
    struct reader reader = {.arena = arena, .diags = diags, .text = text, .len = len};
    if (yaml_parser_initialize(&reader.parser) == 0) {
        abort(); /* memory is out */
    }
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, len);
    const struct yaml_node *root = read_document(&reader);
    yaml_parser_delete(&reader.parser);
    if (reader.broken) {
        return NULL;
    }
    if (root == NULL || (root->kind == YAML_SCALAR && root->len == 0)) {
        if (diags->errors == errors) {
            diag_error(diags, 1, 1, "the file is empty");
        }
        return NULL;
    }
    return root;
}

const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
    if (map == NULL || map->kind != YAML_MAP) {
        return NULL;
    }
    for (size_t i = 0; i < map->count; i++) {
        if (strcmp(map->keys[i]->text, key) == 0) {
            return map->items[i];
        }
    }
    return NULL;
}
