/* The names an expression of a pack sees, and what they are now. It must not evaluate a `let` before it is
 * used. */
#include <arpa/inet.h>
#include <string.h>

#include "engine/action/attempt_parts.h"
#include "engine/action/sink.h"

enum { LET_DEPTH_MAX = 16 };

static bool is(const char *name, size_t len, const char *text)
{
    return strlen(text) == len && memcmp(name, text, len) == 0;
}

static struct value with_id(struct arena *arena, const char *id)
{
    struct value_builder builder;
    value_build(&builder, arena);
    value_put_text(&builder, "id", value_text(arena, id == NULL ? "" : id));
    return value_end_map(&builder);
}

static bool get_given(struct attempt *attempt, const char *name, size_t len, struct arena *arena,
                      struct value *ret_value)
{
    const struct attempt_input *input = &attempt->input;
    if (is(name, len, "with")) {
        *ret_value = input->with;
    } else if (is(name, len, "target")) {
        *ret_value = attempt->target;
    } else if (is(name, len, "directory") && input->directory.kind == VALUE_MAP) {
        *ret_value = input->directory;
    } else if (is(name, len, "service") && input->service.kind == VALUE_MAP) {
        *ret_value = input->service;
    } else if (is(name, len, "host") && input->host.kind == VALUE_MAP) {
        *ret_value = input->host;
    } else if (is(name, len, "run")) {
        *ret_value = with_id(arena, input->run_id);
    } else if (is(name, len, "task")) {
        *ret_value = with_id(arena, input->task_id);
    } else if (is(name, len, "prior")) {
        *ret_value = attempt->prior;
    } else if (is(name, len, "kept")) {
        *ret_value = attempt->kept;
    } else if (is(name, len, "result") && attempt->result != NULL) {
        *ret_value = *attempt->result;
    } else {
        return false;
    }
    return true;
}

static struct value eval_let(struct attempt *attempt, const struct pack_binding *let, struct arena *arena)
{
    struct cel_scope scope = attempt_scope(attempt);
    struct soar_err err;
    struct value value = value_null();
    if (attempt->let_depth == LET_DEPTH_MAX) {
        return value_error(arena, "%s: more than %d names deep", let->name, LET_DEPTH_MAX);
    }
    attempt->let_depth++;
    if (let->lines != NULL) {
        value = sink_lines(let->lines, &scope, arena, &value, &err) < 0
                    ? value_error(arena, "%s: %s", let->name, err.text)
                    : value;
    } else {
        value = let->program != NULL ? cel_eval(let->program, &scope, arena)
                                     : tree_eval(let->text, &scope, arena);
    }
    attempt->let_depth--;
    return value;
}

static bool get(void *arg, const char *name, size_t len, struct arena *arena, struct value *ret_value)
{
    struct attempt *attempt = arg;
    const struct pack_provider *provider = attempt->input.provider;
    if (get_given(attempt, name, len, arena, ret_value)) {
        return true;
    }
    for (size_t i = 0; i < attempt->name_count; i++) {
        if (is(name, len, attempt->names[i].text)) {
            *ret_value = attempt->names[i].value;
            return true;
        }
    }
    for (size_t i = 0; i < provider->let_count; i++) {
        if (is(name, len, provider->lets[i].name)) {
            *ret_value = eval_let(attempt, &provider->lets[i], arena);
            return true;
        }
    }
    return false;
}

struct cel_scope attempt_scope(struct attempt *attempt)
{
    return (struct cel_scope){.get = get, .arg = attempt};
}

void attempt_bind(struct attempt *attempt, const char *name, struct value value)
{
    for (size_t i = 0; i < attempt->name_count; i++) {
        if (strcmp(attempt->names[i].text, name) == 0) {
            attempt->names[i].value = value;
            return;
        }
    }
    if (attempt->name_count == attempt->name_size) {
        size_t size = attempt->name_size == 0 ? 16 : attempt->name_size * 2;
        struct attempt_name *names = arena_array(attempt->arena, size, sizeof *names);
        if (attempt->name_count > 0) {
            memcpy(names, attempt->names, attempt->name_count * sizeof *names);
        }
        attempt->names = names;
        attempt->name_size = size;
    }
    attempt->names[attempt->name_count++] = (struct attempt_name){.text = name, .value = value};
}

/* One of our addresses as the target sees us: {ip, family}, which prints as the address. */
static struct value address(struct arena *arena, const struct value *spelled)
{
    uint8_t bytes[16];
    struct value ip;
    struct soar_err err;
    if (spelled->kind == VALUE_MAP || sink_text(spelled, arena, &ip, &err) < 0) {
        return *spelled;
    }
    struct value_builder builder;
    value_build(&builder, arena);
    value_put_text(&builder, "ip", ip);
    value_put_text(&builder, "family", value_int(inet_pton(AF_INET6, ip.text, bytes) == 1 ? 6 : 4));
    return value_end_map(&builder);
}

struct value attempt_target(struct arena *arena, const struct value *target)
{
    const struct value *management = value_get(target, "management");
    if (management == NULL || management->kind != VALUE_LIST) {
        return *target;
    }
    struct value_builder list;
    struct value_builder over;
    value_build(&list, arena);
    value_build(&over, arena);
    for (size_t i = 0; i < management->list->count; i++) {
        value_push(&list, address(arena, &management->list->items[i]));
    }
    value_put_text(&over, "management", value_end_list(&list));
    struct value map = value_end_map(&over);
    return attempt_merge(arena, target, &map);
}

struct value attempt_merge(struct arena *arena, const struct value *under, const struct value *over)
{
    struct value_builder builder;
    value_build(&builder, arena);
    const struct value *maps[] = {under, over};
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; maps[i]->kind == VALUE_MAP && j < maps[i]->map->count; j++) {
            value_put(&builder, maps[i]->map->keys[j], maps[i]->map->values[j]);
        }
    }
    return value_end_map(&builder);
}
