/* `schema`: what editors check is what the engine checks, printed from the same tables. */
#include <string.h>

#include "engine/base/json.h"
#include "engine/verbs/verb_parts.h"
#include "engine/yaml/bind.h"

static const struct {
    const char *kind;
    const struct bind_table *(*table)(void);
    const char *title;
} schemas[] = {
    {"playbook", playbook_table, "A soar playbook"},
    {"inventory", site_inventory_table, "A soar inventory"},
    {"intake", intake_table, "A mapping file: alerts of one source"},
};

static int of_packs(struct arena *arena, struct value *ret_answer, struct soar_err *err)
{
    const char *text = pack_schema(arena);

    return json_parse(arena, text, strlen(text), ret_answer, err);
}

/* The map with one of its entries changed. */
static struct value with(struct arena *arena, const struct value *map, const char *key, struct value item)
{
    struct value_builder builder;

    value_build(&builder, arena);
    for (size_t i = 0; i < map->map->count; i++)
        value_put(&builder, map->map->keys[i], map->map->values[i]);
    value_put_text(&builder, key, item);
    return value_end_map(&builder);
}

/* The room that reads a configuration leaves its policy to another: here they meet. */
static struct value of_config(struct arena *arena)
{
    struct value schema = bind_schema(arena, site_config_table(), "A soar configuration");
    struct value policy = bind_schema(arena, policy_table(), "guard-rails");
    const struct value *properties = value_get(&schema, "properties");
    struct value_builder inner;

    value_build(&inner, arena);
    for (size_t i = 0; i < policy.map->count; i++)
        if (!value_is_string(&policy.map->keys[i], "$schema"))
            value_put(&inner, policy.map->keys[i], policy.map->values[i]);
    return with(arena, &schema, "properties", with(arena, properties, "policy", value_end_map(&inner)));
}

VERB_FN(verb_schema)
{
    const char *kind = verb_text(request, "kind");

    if (strcmp(kind, "action") == 0)
        return of_packs(context->arena, ret_answer, err);
    if (strcmp(kind, "config") == 0) {
        *ret_answer = of_config(context->arena);
        return 0;
    }
    if (strcmp(kind, "test") == 0 && context->tests) {
        *ret_answer = bind_schema(context->arena, context->tests->table(), "A test of a soar playbook");
        return 0;
    }
    if (strcmp(kind, "contract") == 0 && context->tests && context->tests->contract_table) {
        *ret_answer = bind_schema(context->arena, context->tests->contract_table(), "A contract of a pack");
        return 0;
    }
    for (size_t i = 0; i < sizeof schemas / sizeof schemas[0]; i++)
        if (strcmp(schemas[i].kind, kind) == 0) {
            *ret_answer = bind_schema(context->arena, schemas[i].table(), schemas[i].title);
            return 0;
        }
    return soar_err_set(
        err, SOAR_INVALID,
        "schema: '%s': expected playbook, action, test, contract, inventory, config or intake", kind);
}
