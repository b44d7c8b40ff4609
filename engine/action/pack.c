/* A loaded pack's small questions: its words, and the parameters a caller gave. */
#include "engine/action/pack.h"

#include <string.h>

#include "engine/base/text.h"

const char *pack_phase_name(enum pack_phase phase)
{
    static const char *const names[PHASE_COUNT] = {"find", "check", "apply", "verify", "revert"};
    return (unsigned)phase < PHASE_COUNT ? names[phase] : "?";
}

const char *pack_over_name(enum pack_over over)
{
    static const char *const names[OVER_COUNT] = {"", "directories", "hosts", "services"};
    return (unsigned)over < OVER_COUNT ? names[over] : "?";
}

const char *pack_per_name(enum pack_per per)
{
    static const char *const names[PER_COUNT] = {"host", "user", "address", "file", "once"};
    return (unsigned)per < PER_COUNT ? names[per] : "?";
}

const char *pack_judgement_name(enum pack_judgement judgement)
{
    static const char *const names[JUDGED_COUNT] = {"done",      "already",     "underway",
                                                    "absent",    "unsupported", "denied",
                                                    "transient", "permanent",   "unknown"};
    return (unsigned)judgement < JUDGED_COUNT ? names[judgement] : "?";
}

static const char *meant(struct arena *arena, const struct pack *pack, const char *name)
{
    const char **names = arena_array(arena, pack->param_count + 1, sizeof(const char *));
    for (size_t i = 0; i < pack->param_count; i++) {
        names[i] = pack->params[i].name;
    }
    const char *nearest = text_nearest(name, names);
    return nearest == NULL ? "" : arena_printf(arena, " (did you mean '%s'?)", nearest);
}

static int refuse_unknown(const struct pack *pack, const struct value *given, struct arena *arena,
                          struct soar_err *err)
{
    for (size_t i = 0; i < given->map->count; i++) {
        const struct value *key = &given->map->keys[i];
        bool known = false;
        for (size_t j = 0; j < pack->param_count && !known; j++) {
            known = value_is_string(key, pack->params[j].name);
        }
        if (!known) {
            const char *name = key->kind == VALUE_STRING ? key->text : value_kind_name(key->kind);
            return soar_err_set(err, SOAR_INVALID, "%s has no parameter '%.60s'%s", pack->name, name,
                                meant(arena, pack, name));
        }
    }
    return 0;
}

int pack_arguments(const struct pack *pack, const struct value *given, struct arena *arena,
                   struct value *ret_with, struct soar_err *err)
{
    if (given->kind != VALUE_MAP && given->kind != VALUE_NULL) {
        return soar_err_set(err, SOAR_INVALID, "expected the parameters as a map, found a %s",
                            value_kind_name(given->kind));
    }
    if (given->kind == VALUE_MAP && refuse_unknown(pack, given, arena, err) < 0) {
        return -1;
    }
    struct value_builder builder;
    value_build(&builder, arena);
    for (size_t i = 0; i < pack->param_count; i++) {
        const struct pack_param *param = &pack->params[i];
        const struct value *own = value_get(given, param->name);
        struct value canonical = param->default_value;
        if ((own == NULL || own->kind == VALUE_NULL) && param->required) {
            return soar_err_set(err, SOAR_INVALID, "%s needs the parameter '%s'%s%s", pack->name, param->name,
                                *param->about == '\0' ? "" : ": ", param->about);
        }
        if (own != NULL && own->kind != VALUE_NULL &&
            type_check(&param->type, own, arena, &canonical, err) < 0) {
            return soar_err_wrap(err, "%s", param->name);
        }
        value_put_text(&builder, param->name, canonical);
    }
    *ret_with = value_end_map(&builder);
    return 0;
}
