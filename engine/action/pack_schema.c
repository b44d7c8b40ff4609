/* The JSON Schema of a pack, made of the tables that the reader binds by and of the connectors' functions: so
 * it can't say anything else than they do. */
#include <string.h>

#include "engine/action/pack_parts.h"
#include "engine/base/json.h"

static struct value parse(struct arena *arena, const char *text)
{
    struct value value = value_null();
    struct soar_err err;
    return json_parse(arena, text, strlen(text), &value, &err) < 0 ? value_null() : value;
}

/* A table's schema without the head that bind_schema() puts on a whole file. */
static struct value table_schema(struct arena *arena, const struct bind_table *table)
{
    struct value whole = bind_schema(arena, table, table->what);
    struct value_builder builder;
    value_build(&builder, arena);
    for (size_t i = 0; i < whole.map->count; i++) {
        if (!value_is_string(&whole.map->keys[i], "$schema")) {
            value_put(&builder, whole.map->keys[i], whole.map->values[i]);
        }
    }
    return value_end_map(&builder);
}

static struct value argument_schema(struct arena *arena, const struct function_param *param)
{
    struct value_builder builder;
    value_build(&builder, arena);
    value_put_text(&builder, "description", value_static(param->about == NULL ? "" : param->about));
    if (param->sink == SINK_SCRIPT) {
        value_put_text(&builder, "type", value_static("string"));
    }
    return value_end_map(&builder);
}

static struct value arguments_schema(struct arena *arena, const struct function *function)
{
    struct value_builder properties;
    struct value_builder required;
    struct value_builder builder;
    value_build(&properties, arena);
    value_build(&required, arena);
    value_build(&builder, arena);
    for (const struct function_param *param = function->params; param->name != NULL; param++) {
        value_put_text(&properties, param->name, argument_schema(arena, param));
        if (param->required) {
            value_push(&required, value_static(param->name));
        }
    }
    value_put_text(&builder, "description", value_static(function->about == NULL ? "" : function->about));
    value_put_text(&builder, "type",
                   parse(arena, required.count > 0 ? "\"object\"" : "[\"object\", \"null\"]"));
    value_put_text(&builder, "properties", value_end_map(&properties));
    value_put_text(&builder, "required", value_end_list(&required));
    value_put_text(&builder, "additionalProperties", value_bool(false));
    return value_end_map(&builder);
}

/* A call: what may stand beside any, and exactly one function with its arguments. */
static struct value call_schema(struct arena *arena, const struct function *function)
{
    struct value beside = table_schema(arena, &pack_call_table);
    struct value_builder properties;
    struct value_builder builder;
    value_build(&properties, arena);
    value_build(&builder, arena);
    const struct value *others = value_get(&beside, "properties");
    for (size_t i = 0; i < others->map->count; i++) {
        value_put(&properties, others->map->keys[i], others->map->values[i]);
    }
    value_put_text(&properties, function->name, arguments_schema(arena, function));
    struct value name = value_static(function->name);
    value_put_text(&builder, "type", value_static("object"));
    value_put_text(&builder, "properties", value_end_map(&properties));
    value_put_text(&builder, "required", value_list(arena, &name, 1));
    value_put_text(&builder, "additionalProperties", value_bool(false));
    return value_end_map(&builder);
}

static struct value statement_schema(struct arena *arena)
{
    struct value_builder forms;
    struct value_builder builder;
    value_build(&forms, arena);
    value_build(&builder, arena);
    for (size_t i = 0; connector_list[i] != NULL; i++) {
        for (const struct function *function = connector_list[i]->functions; function->name != NULL;
             function++) {
            value_push(&forms, call_schema(arena, function));
            if (strncmp(function->name, "winrm.", 6) == 0) { /* as it is written where `via` is a list */
                struct function shell = *function;
                shell.name = arena_printf(arena, "shell.%s", function->name + 6);
                value_push(&forms, call_schema(arena, &shell));
            }
        }
    }
    for (int kind = STATEMENT_ONE; kind <= STATEMENT_KEEP; kind++) {
        value_push(&forms, table_schema(arena, pack_statement_tables[kind]));
    }
    value_put_text(&builder, "anyOf", value_end_list(&forms));
    return value_end_map(&builder);
}

static struct value line_schema(struct arena *arena)
{
    struct value forms[2] = {parse(arena, "{\"type\": \"string\"}"), table_schema(arena, &pack_line_table)};
    struct value_builder builder;
    value_build(&builder, arena);
    value_put_text(&builder, "anyOf", value_list(arena, forms, 2));
    return value_end_map(&builder);
}

char *pack_schema(struct arena *arena)
{
    static const char lines[] =
        "{\"type\": \"object\", \"required\": [\"lines\"], \"additionalProperties\": false,"
        " \"properties\": {\"lines\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/line\"}}}}";
    struct value schema = bind_schema(arena, &pack_extension_table, "an action of soar");
    struct value_builder parts;
    struct value_builder builder;
    value_build(&parts, arena);
    value_build(&builder, arena);
    value_put_text(&parts, "statement", statement_schema(arena));
    value_put_text(&parts, "verify", table_schema(arena, &pack_verify_table));
    value_put_text(&parts, "line", line_schema(arena));
    value_put_text(&parts, "lines", parse(arena, lines));
    value_put_text(&builder, "$schema", *value_get(&schema, "$schema"));
    value_put_text(&builder, "title", *value_get(&schema, "title"));
    value_put_text(&builder, "if", parse(arena, "{\"required\": [\"extends\"]}"));
    value_put_text(&builder, "then", table_schema(arena, &pack_extension_table));
    value_put_text(&builder, "else", table_schema(arena, &pack_table));
    value_put_text(&builder, "$defs", value_end_map(&parts));
    struct value whole = value_end_map(&builder);
    BUF_SCOPED out;
    buf_init(&out, 0);
    json_pretty(&out, &whole);
    return arena_copy(arena, buf_string(&out), out.len);
}
