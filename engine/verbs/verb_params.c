/* A request that did not come from our own command line, held against the verb's table: every key known,
 * every value of its kind, nothing missing. Behind this a verb may take what it is given at its word. */
#include <string.h>

#include "engine/base/text.h"
#include "engine/verbs/verb_parts.h"

/* Options are written with '-', keys with '_'. */
static bool is_key(const char *name, const char *key)
{
    for (; *name && *key == (*name == '-' ? '_' : *name); name++)
        key++;
    return !*name && !*key;
}

static const struct verb_param *find(const struct verb *verb, const char *key)
{
    for (const struct verb_param *param = verb->params; param->name; param++)
        if (is_key(param->name, key))
            return param;
    return NULL;
}

static bool is_text(const struct value *value)
{
    return value->kind == VALUE_STRING && !memchr(value->text, '\0', value->len);
}

static bool fits(enum verb_param_kind kind, const struct value *value)
{
    switch (kind) {
    case PARAM_FLAG:
        return value->kind == VALUE_BOOL;
    case PARAM_TEXT:
    case PARAM_DOCUMENT:
    case PARAM_PLACE:
        return is_text(value);
    case PARAM_TEXTS:
    case PARAM_PLACES:
        for (size_t i = 0; value->kind == VALUE_LIST && i < value_count(value); i++)
            if (!is_text(value_at(value, i)))
                return false;
        return value->kind == VALUE_LIST && value_count(value) > 0;
    case PARAM_KIND_COUNT:
        break;
    }
    return false;
}

static const char *const expected[PARAM_KIND_COUNT] = {
    [PARAM_FLAG] = "true or false", [PARAM_TEXT] = "a text",           [PARAM_DOCUMENT] = "a text",
    [PARAM_PLACE] = "a text",       [PARAM_TEXTS] = "a list of texts", [PARAM_PLACES] = "a list of texts",
};

static int check_one(const struct verb *verb, const struct value *key, const struct value *value,
                     struct soar_err *err)
{
    const struct verb_param *param = is_text(key) ? find(verb, key->text) : NULL;

    if (is_text(key) && strcmp(key->text, "playbook_text") == 0 && find(verb, "playbook"))
        return is_text(value) ? 0 : soar_err_set(err, SOAR_INVALID, "playbook_text: expected a text");
    if (!param)
        return soar_err_set(err, SOAR_INVALID, "%s takes no '%.*s'", verb->name,
                            key->kind == VALUE_STRING && key->len < 64 ? (int)key->len : 0,
                            key->kind == VALUE_STRING ? key->text : "");
    if (!fits(param->kind, value))
        return soar_err_set(err, SOAR_INVALID, "%s: expected %s", param->name, expected[param->kind]);
    return 0;
}

int verb_check_request(const struct verb *verb, const struct value *request, struct soar_err *err)
{
    if (request->kind != VALUE_MAP)
        return soar_err_set(err, SOAR_INVALID, "%s: the request is no object", verb->name);
    for (size_t i = 0; i < value_count(request); i++)
        if (check_one(verb, &request->map->keys[i], &request->map->values[i], err))
            return -1;
    for (const struct verb_param *param = verb->params; param->name; param++) {
        bool given = false;
        for (size_t i = 0; i < value_count(request); i++)
            given = given || is_key(param->name, request->map->keys[i].text);
        if (param->required && !given)
            return soar_err_set(err, SOAR_INVALID, "%s is missing: %s", param->name, param->about);
    }
    return 0;
}
