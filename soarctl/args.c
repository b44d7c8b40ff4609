/* From argv to a request, by the verb's own table of parameters. Nothing is opened here but the documents a
 * person names. */
#include "soarctl/args.h"

#include <assert.h>
#include <string.h>

#include "engine/base/file.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "soarctl/commands.h"

enum { NAMES_MAX = 64 };

const struct verb_param args_common[] = {
    {"state", PARAM_TEXT, "DIR", false, "where the record is (SOAR_STATE)"},
    {"inventory", PARAM_TEXT, "FILE", false, "the inventory (SOAR_INVENTORY; else ./inventory.yaml)"},
    {"config", PARAM_TEXT, "FILE", false, "the configuration: policy, triggers, where things are"},
    {"socket", PARAM_TEXT, "PATH", false, "where soard listens (SOAR_SOCKET)"},
    {"json", PARAM_FLAG, NULL, false, "the answer as JSON"},
    {"yes", PARAM_FLAG, NULL, false, "don't ask"},
    {"help", PARAM_FLAG, NULL, false, "this"},
    {NULL, PARAM_KIND_COUNT, NULL, false, NULL},
};

struct reader {
    struct arena *arena;
    struct args *args;
    struct value_builder request;
    struct value_builder lists[NAMES_MAX]; /* of TEXTS and PLACES, by the parameter's index */
    bool given[NAMES_MAX];
    size_t places; /* words without an option so far */
    int at;
    int argc;
    char **argv;
};

static const char *key_of(struct arena *arena, const char *name)
{
    char *key = arena_string(arena, name);

    for (char *c = key; *c; c++)
        if (*c == '-')
            *c = '_';
    return key;
}

static const struct verb_param *find(const struct verb_param *params, const char *name, size_t len)
{
    for (; params && params->name; params++)
        if (params->kind != PARAM_PLACE && params->kind != PARAM_PLACES && strlen(params->name) == len &&
            strncmp(params->name, name, len) == 0)
            return params;
    return NULL;
}

static size_t add_names(const char **names, size_t count, const struct verb_param *params)
{
    for (; params->name && count + 1 < NAMES_MAX; params++)
        if (params->kind != PARAM_PLACE && params->kind != PARAM_PLACES)
            names[count++] = params->name;
    return count;
}

static int unknown_option(const struct reader *reader, const char *name, size_t len, struct soar_err *err)
{
    const char *names[NAMES_MAX] = {NULL};
    size_t count = add_names(names, 0, reader->args->verb->params);

    add_names(names, count, args_common);
    const char *given = arena_copy(reader->arena, name, len);
    const char *near = text_nearest(given, names);
    return soar_err_set(err, SOAR_INVALID, "no option --%s%s%s%s; `soarctl %s --help` lists them", given,
                        near ? " (did you mean --" : "", near ? near : "", near ? "?)" : "",
                        reader->args->verb->name);
}

/* The value of an option: behind its '=', or the next word. */
static int value_of(struct reader *reader, const struct verb_param *param, const char *equals,
                    const char **ret_value, struct soar_err *err)
{
    if (equals)
        *ret_value = equals + 1;
    else if (reader->at + 1 < reader->argc)
        *ret_value = reader->argv[++reader->at];
    else
        return soar_err_set(err, SOAR_INVALID, "--%s: expected %s", param->name, param->value);
    return 0;
}

static void take_common(struct args *args, const char *name, const char *value)
{
    const char **texts[] = {&args->state, &args->inventory, &args->config, &args->socket};
    bool *flags[] = {&args->json, &args->yes, &args->help};
    size_t text_count = sizeof texts / sizeof texts[0];

    for (size_t i = 0; args_common[i].name; i++)
        if (strcmp(args_common[i].name, name) == 0) {
            if (i < text_count)
                *texts[i] = value;
            else
                *flags[i - text_count] = true;
        }
}

static int take_document(struct reader *reader, const char *name, const char *path, struct soar_err *err)
{
    char *text = NULL;
    size_t len = 0;

    if (file_read(reader->arena, path, LIMIT_ALERT_BYTES, &text, &len, err)) {
        err->class = SOAR_INVALID; /* the person named it */
        return soar_err_wrap(err, "--%s", name);
    }
    value_put_text(&reader->request, key_of(reader->arena, name), value_string(reader->arena, text, len));
    return 0;
}

static int take_value(struct reader *reader, const struct verb_param *param, const char *value,
                      struct soar_err *err)
{
    size_t index = (size_t)(param - reader->args->verb->params);
    const char *key = key_of(reader->arena, param->name);
    bool list = param->kind == PARAM_TEXTS || param->kind == PARAM_PLACES;

    if (!text_is_utf8(value, strlen(value)))
        return soar_err_set(err, SOAR_INVALID, "%s: it is no UTF-8", param->name);
    if (list) {
        if (!reader->given[index])
            value_build(&reader->lists[index], reader->arena);
        value_push(&reader->lists[index], value_text(reader->arena, value));
    } else if (reader->given[index]) {
        return soar_err_set(err, SOAR_INVALID, "%s is given twice", param->name);
    } else if (param->kind == PARAM_DOCUMENT) {
        if (take_document(reader, param->name, value, err))
            return -1;
    } else {
        value_put_text(&reader->request, key, value_text(reader->arena, value));
    }
    reader->given[index] = true;
    return 0;
}

static int take_option(struct reader *reader, const char *word, struct soar_err *err)
{
    const char *name = word + 2;
    const char *equals = strchr(name, '=');
    size_t len = equals ? (size_t)(equals - name) : strlen(name);
    const struct verb_param *common = find(args_common, name, len);
    const struct verb_param *param = common ? common : find(reader->args->verb->params, name, len);
    const char *value = NULL;

    if (!param)
        return unknown_option(reader, name, len, err);
    if (param->kind == PARAM_FLAG && equals)
        return soar_err_set(err, SOAR_INVALID, "--%s takes no value", param->name);
    if (param->kind != PARAM_FLAG && value_of(reader, param, equals, &value, err))
        return -1;
    assert(value || param->kind == PARAM_FLAG);
    if (common)
        take_common(reader->args, common->name, value);
    else if (param->kind == PARAM_FLAG)
        value_put_text(&reader->request, key_of(reader->arena, param->name), value_bool(true));
    else
        return take_value(reader, param, value, err);
    return 0;
}

static int take_place(struct reader *reader, const char *word, struct soar_err *err)
{
    const struct verb_param *params = reader->args->verb->params;
    size_t place = 0;

    for (; params->name; params++) {
        if (params->kind == PARAM_PLACES)
            return take_value(reader, params, word, err);
        if (params->kind == PARAM_PLACE && place++ == reader->places) {
            reader->places++;
            return take_value(reader, params, word, err);
        }
    }
    return soar_err_set(err, SOAR_INVALID,
                        "'%s' is one word too many; `soarctl %s --help` shows what it takes", word,
                        reader->args->verb->name);
}

static int check_required(const struct reader *reader, struct soar_err *err)
{
    const struct verb_param *params = reader->args->verb->params;

    for (size_t i = 0; params[i].name; i++) {
        bool option = params[i].kind != PARAM_PLACE && params[i].kind != PARAM_PLACES;
        if (params[i].required && !reader->given[i])
            return soar_err_set(err, SOAR_INVALID, "%s%s%s is missing: %s", option ? "--" : "",
                                option ? params[i].name : params[i].value, "", params[i].about);
    }
    return 0;
}

static void end_lists(struct reader *reader)
{
    const struct verb_param *params = reader->args->verb->params;

    for (size_t i = 0; params[i].name; i++)
        if (reader->given[i] && (params[i].kind == PARAM_TEXTS || params[i].kind == PARAM_PLACES))
            value_put_text(&reader->request, key_of(reader->arena, params[i].name),
                           value_end_list(&reader->lists[i]));
    reader->args->request = value_end_map(&reader->request);
}

static int read_params(struct reader *reader, struct soar_err *err)
{
    bool options = true;

    for (; reader->at < reader->argc; reader->at++) {
        const char *word = reader->argv[reader->at];
        int answer = 0;
        if (options && strcmp(word, "--") == 0)
            options = false;
        else if (options && strncmp(word, "--", 2) == 0)
            answer = take_option(reader, word, err);
        else if (options && word[0] == '-' && word[1])
            answer =
                soar_err_set(err, SOAR_INVALID, "no option %s: options are written whole, as --json", word);
        else
            answer = take_place(reader, word, err);
        if (answer)
            return -1;
    }
    if (!reader->args->help && check_required(reader, err))
        return -1;
    end_lists(reader);
    return 0;
}

static int unknown_verb(const char *word, struct soar_err *err)
{
    const char *names[NAMES_MAX] = {NULL};
    size_t count = 0;

    for (const struct verb *verb = NULL; (verb = command_next(verb)) && count + 1 < NAMES_MAX;)
        names[count++] = verb->name;
    const char *near = text_nearest(word, names);
    return soar_err_set(err, SOAR_INVALID, "no verb '%s'%s%s%s; `soarctl help` lists them", word,
                        near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
}

/* `journal` alone: which of its verbs is meant? */
static int half_verb(const char *word, struct arena *arena, struct soar_err *err)
{
    const char *list = NULL;

    for (const struct verb *verb = NULL; (verb = command_next(verb));)
        if (strncmp(verb->name, word, strlen(word)) == 0 && verb->name[strlen(word)] == ' ')
            list = list ? arena_printf(arena, "%s or %s", list, verb->name) : verb->name;
    return list ? soar_err_set(err, SOAR_INVALID, "%s: expected %s", word, list) : unknown_verb(word, err);
}

/* The verb at argv[at], of one word or two; moves `at` behind it. */
static const struct verb *find_verb(struct reader *reader)
{
    char **argv = reader->argv;
    const struct verb *verb = NULL;

    if (reader->at + 1 < reader->argc)
        verb = command_find(arena_printf(reader->arena, "%s %s", argv[reader->at], argv[reader->at + 1]));
    if (verb) {
        reader->at += 2;
        return verb;
    }
    verb = command_find(argv[reader->at]);
    reader->at += verb != NULL;
    return verb;
}

/* Options of every verb may stand before it: the commands that are suggested begin with them. */
static int read_common(struct reader *reader, struct soar_err *err)
{
    for (; reader->at < reader->argc && strncmp(reader->argv[reader->at], "--", 2) == 0; reader->at++) {
        const char *name = reader->argv[reader->at] + 2;
        const char *equals = strchr(name, '=');
        const struct verb_param *param =
            find(args_common, name, equals ? (size_t)(equals - name) : strlen(name));
        const char *value = NULL;
        if (strcmp(name, "version") == 0) {
            reader->args->version = true;
            return 0;
        }
        if (!param)
            return soar_err_set(err, SOAR_INVALID,
                                "the verb comes before --%s: soarctl VERB --%s …; `soarctl help` "
                                "lists them",
                                name, name);
        if (param->kind != PARAM_FLAG && value_of(reader, param, equals, &value, err))
            return -1;
        take_common(reader->args, param->name, value);
    }
    return 0;
}

static int read_help(struct reader *reader, struct soar_err *err)
{
    struct args *args = reader->args;

    args->help = true;
    reader->at++;
    if (read_common(reader, err))
        return -1;
    if (reader->at >= reader->argc)
        return 0;
    args->topic = reader->argv[reader->at];
    args->verb = find_verb(reader);
    return args->verb ? 0 : half_verb(args->topic, reader->arena, err);
}

int args_read(int argc, char **argv, struct arena *arena, struct args *ret_args, struct soar_err *err)
{
    struct reader *reader = arena_alloc(arena, sizeof *reader);

    *ret_args = (struct args){.request = value_null()};
    *reader = (struct reader){.arena = arena, .args = ret_args, .at = 1, .argc = argc, .argv = argv};
    value_build(&reader->request, arena);
    if (read_common(reader, err))
        return -1;
    const char *first = reader->at < argc ? argv[reader->at] : "help";
    if (strcmp(first, "help") == 0 || strcmp(first, "-h") == 0)
        return read_help(reader, err);
    if (ret_args->version || strcmp(first, "version") == 0) {
        ret_args->version = true;
        return 0;
    }
    ret_args->verb = find_verb(reader);
    return ret_args->verb ? read_params(reader, err) : half_verb(first, arena, err);
}
