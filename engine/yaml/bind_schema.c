/* A table as a JSON Schema (2020-12): for editors, and for people who want to see the whole of a file on one
 * page. Keys of later versions are left out. What a table can't say (that a step exists, that an expression
 * is sound) isn't in it. */
#include <ctype.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/yaml/bind.h"

static struct value table_schema(struct arena *arena, const struct bind_table *table);

static struct value of_type(struct arena *arena, const char *type)
{
    struct value_builder schema;
    value_build(&schema, arena);
    value_put_text(&schema, "type", value_static(type));
    return value_end_map(&schema);
}

static struct value of_types(struct arena *arena)
{
    const struct value types[] = {value_static("string"), value_static("number"), value_static("boolean")};
    struct value_builder schema;
    value_build(&schema, arena);
    value_put_text(&schema, "type", value_list(arena, types, sizeof types / sizeof types[0]));
    return value_end_map(&schema);
}

static struct value any_of(struct arena *arena, struct value one, struct value other)
{
    const struct value both[] = {one, other};
    struct value_builder schema;
    value_build(&schema, arena);
    value_put_text(&schema, "anyOf", value_list(arena, both, 2));
    return value_end_map(&schema);
}

static struct value int_schema(struct arena *arena, const struct bind_key *key)
{
    struct value_builder schema;
    value_build(&schema, arena);
    value_put_text(&schema, "type", value_static("integer"));
    if (key->max != 0) {
        value_put_text(&schema, "minimum", value_int(key->min));
        value_put_text(&schema, "maximum", value_int(key->max));
    }
    return value_end_map(&schema);
}

static struct value duration_schema(struct arena *arena)
{
    struct value_builder schema;
    value_build(&schema, arena);
    value_put_text(&schema, "type", value_static("string"));
    value_put_text(&schema, "pattern", value_static("^([0-9]+(ms|s|m|h|d))+$"));
    return value_end_map(&schema);
}

static void push_spelled(struct value_builder *list, const char *word, size_t upper)
{
    char *spelled = arena_string(list->arena, word);
    for (size_t i = 0; i < upper && spelled[i] != '\0'; i++) {
        spelled[i] = (char)toupper((unsigned char)spelled[i]);
    }
    for (size_t i = 0; i < list->count; i++) {
        if (value_is_string(&list->values[i], spelled)) {
            return;
        }
    }
    value_push(list, value_static(spelled));
}

/* A schema knows no "without regard to case": each word stands as word, Word and WORD. */
static struct value choice_schema(struct arena *arena, const char *const *words)
{
    struct value_builder list;
    value_build(&list, arena);
    for (size_t i = 0; words[i] != NULL; i++) {
        push_spelled(&list, words[i], 0);
        push_spelled(&list, words[i], 1);
        push_spelled(&list, words[i], strlen(words[i]));
    }
    struct value_builder schema;
    value_build(&schema, arena);
    value_put_text(&schema, "enum", value_end_list(&list));
    return value_end_map(&schema);
}

static struct value items_schema(struct arena *arena, const char *type, const char *key, struct value item)
{
    struct value_builder schema;
    value_build(&schema, arena);
    value_put_text(&schema, "type", value_static(type));
    value_put_text(&schema, key, item);
    return value_end_map(&schema);
}

static struct value node_schema(struct arena *arena, const struct bind_key *key)
{
    struct value schema = value_null();
    if (key->schema != NULL && json_parse(arena, key->schema, strlen(key->schema), &schema, NULL) == 0) {
        return schema;
    }
    if (key->table != NULL) {
        return any_of(arena, of_type(arena, "string"), table_schema(arena, key->table));
    }
    struct value_builder anything;
    value_build(&anything, arena);
    return value_end_map(&anything);
}

static struct value key_schema(struct arena *arena, const struct bind_key *key)
{
    switch (key->kind) {
    case BIND_TEXT:
    case BIND_SCALAR:
        return of_types(arena);
    case BIND_INT:
        return int_schema(arena, key);
    case BIND_BOOL:
        return of_type(arena, "boolean");
    case BIND_DURATION:
        return duration_schema(arena);
    case BIND_CHOICE:
        return choice_schema(arena, key->words);
    case BIND_TEXTS:
        return items_schema(arena, "array", "items", of_types(arena));
    case BIND_MAP:
        return table_schema(arena, key->table);
    case BIND_LIST_OF:
        return items_schema(arena, "array", "items", table_schema(arena, key->table));
    case BIND_MAPS:
        return any_of(arena, table_schema(arena, key->table),
                      items_schema(arena, "array", "items", table_schema(arena, key->table)));
    case BIND_MAP_OF:
        return items_schema(arena, "object", "additionalProperties", table_schema(arena, key->table));
    case BIND_NODE:
        return node_schema(arena, key);
    case BIND_LATER:
    case BIND_KIND_COUNT:
        break;
    }
    return value_null();
}

static struct value with_about(struct arena *arena, struct value schema, const char *about)
{
    struct value_builder builder;
    value_build(&builder, arena);
    value_put_text(&builder, "description", value_static(about));
    for (size_t i = 0; i < schema.map->count; i++) {
        value_put(&builder, schema.map->keys[i], schema.map->values[i]);
    }
    return value_end_map(&builder);
}

static struct value table_schema(struct arena *arena, const struct bind_table *table)
{
    struct value_builder properties;
    struct value_builder required;
    value_build(&properties, arena);
    value_build(&required, arena);
    for (const struct bind_key *key = table->keys; key->name != NULL; key++) {
        if (key->kind == BIND_LATER) {
            continue;
        }
        struct value schema = key_schema(arena, key);
        value_put_text(&properties, key->name,
                       key->about == NULL ? schema : with_about(arena, schema, key->about));
        if (key->required) {
            value_push(&required, value_static(key->name));
        }
    }
    struct value_builder builder;
    value_build(&builder, arena);
    value_put_text(&builder, "type", value_static("object"));
    value_put_text(&builder, "properties", value_end_map(&properties));
    value_put_text(&builder, "required", value_end_list(&required));
    value_put_text(&builder, "additionalProperties", value_bool(false));
    return value_end_map(&builder);
}

struct value bind_schema(struct arena *arena, const struct bind_table *table, const char *title)
{
    struct value schema = table_schema(arena, table);
    struct value_builder builder;
    value_build(&builder, arena);
    value_put_text(&builder, "$schema", value_static("https://json-schema.org/draft/2020-12/schema"));
    value_put_text(&builder, "title", value_static(title));
    for (size_t i = 0; i < schema.map->count; i++) {
        value_put(&builder, schema.map->keys[i], schema.map->values[i]);
    }
    return value_end_map(&builder);
}
