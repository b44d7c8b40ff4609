/* What a person asked for, made into what the loop is asked: the playbook found and checked, the alert read
 * or made up from hosts and a user, variables. Whatever is wrong here is the person's or a file's mistake,
 * told before anything is touched. */
#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/json.h"
#include "engine/base/text.h"
#include "engine/verbs/verb_parts.h"
#include "engine/verbs/verb_rules.h"

const char *verb_text(const struct value *request, const char *name)
{
    return value_get_string(request, name, NULL);
}

static int load_playbook(struct verb_context *context, const struct verb_fetched *from,
                         const struct playbook **ret_playbook, struct soar_err *err)
{
    const char *file = from->label;
    struct diag_list diags;

    diag_init(&diags, context->arena, file);
    struct playbook *playbook =
        playbook_load(context->arena, file, from->text, from->len, context->shelf, context->site, &diags);
    if (playbook && context->policy && !verb_ends_fit(playbook, context->policy, &diags))
        playbook = NULL;
    diag_print(&diags, context->mistakes);
    if (!playbook)
        return soar_err_set(err, SOAR_INVALID, "%s: %zu %s; nothing was begun", file, diags.errors,
                            diags.errors == 1 ? "mistake" : "mistakes");
    playbook->source = from->source;
    playbook->commit = from->commit;
    *ret_playbook = playbook;
    return 0;
}

struct search {
    struct verb_context *context;
    const char *wanted;
    struct verb_fetched found; /* label NULL: not yet; of no repository: a file */
    const char **names;        /* of all that were seen, for did-you-mean */
    size_t count;
};

enum { SEARCH_NAMES_MAX = 1000 };

static bool is_stem(const char *path, const char *wanted)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    size_t len = dot ? (size_t)(dot - base) : strlen(base);

    return strlen(wanted) == len && strncmp(base, wanted, len) == 0;
}

static int is_wanted(struct search *search, const struct verb_fetched *file)
{
    const char *name = verb_yaml_key(search->context->arena, file->text, file->len, "playbook_name");

    if (!name)
        return 0;
    if (search->count < SEARCH_NAMES_MAX)
        search->names[search->count++] = name;
    if (!text_same_fold(name, search->wanted) && !is_stem(file->label, search->wanted))
        return 0;
    search->found = *file;
    return 1;
}

static int is_wanted_file(void *arg, const char *path, const char *text, size_t len)
{
    const struct verb_fetched file = {.label = path, .text = text, .len = len};
    return is_wanted(arg, &file);
}

static int is_wanted_fetched(void *arg, const struct verb_fetched *file)
{
    return is_wanted(arg, file);
}

static bool is_file(const char *path)
{
    struct stat info;
    return strcmp(path, "-") == 0 || (stat(path, &info) == 0 && S_ISREG(info.st_mode));
}

/* soard runs what it has loaded; nothing a person names is looked for in its directories. */
static int loaded_playbook(struct verb_context *context, const char *wanted,
                           const struct playbook **ret_playbook, struct soar_err *err)
{
    const char **names = arena_array(context->arena, context->playbook_count + 1, sizeof *names);

    for (size_t i = 0; i < context->playbook_count; i++) {
        const struct playbook *playbook = context->playbooks[i];
        names[i] = playbook->name;
        if (text_same_fold(playbook->name, wanted) || (playbook->file && is_stem(playbook->file, wanted))) {
            *ret_playbook = playbook;
            return 0;
        }
    }
    const char *near = text_nearest(wanted, names);
    return soar_err_set(err, SOAR_INVALID, "no playbook '%s' among the %zu that soard has loaded%s%s%s",
                        wanted, context->playbook_count, near ? " (did you mean '" : "", near ? near : "",
                        near ? "'?)" : "");
}

int verb_playbook(struct verb_context *context, const char *wanted, const struct playbook **ret_playbook,
                  struct soar_err *err)
{
    struct search search = {.context = context, .wanted = wanted};
    const char *const *dirs = verb_playbook_dirs(context);
    struct verb_fetched file = {.label = wanted};
    char *text = NULL;

    if (context->remote)
        return loaded_playbook(context, wanted, ret_playbook, err);
    if (is_file(wanted)) {
        if (verb_read(context->arena, wanted, &text, &file.len, err))
            return -1;
        file.text = text;
        return load_playbook(context, &file, ret_playbook, err);
    }
    search.names = arena_array(context->arena, SEARCH_NAMES_MAX + 1, sizeof *search.names);
    for (size_t i = 0; dirs[i] && !search.found.label; i++)
        if (verb_each_file(context->arena, dirs[i], is_wanted_file, &search, NULL) < 0)
            continue; /* a directory that isn't there holds no playbook */
    if (!search.found.label)
        verb_each_fetched(context, is_wanted_fetched, &search);
    if (search.found.label)
        return load_playbook(context, &search.found, ret_playbook, err);
    const char *near = text_nearest(wanted, search.names);
    return soar_err_set(err, SOAR_INVALID, "no playbook '%s': neither a file nor a name in %s%s%s%s%s",
                        wanted, dirs[0] ? dirs[0] : "the repositories",
                        dirs[0] && dirs[1] ? " or the other directories" : "", near ? " (did you mean '" : "",
                        near ? near : "", near ? "'?)" : "");
}

/* The host as the inventory has it; a name that isn't there is a mistake, with the one that was probably
 * meant. */
static const struct site_host *find_host(struct verb_context *context, const char *spelling,
                                         struct soar_err *err)
{
    bool many = false;

    if (!context->site) {
        soar_err_set(err, SOAR_INVALID,
                     "--host %s: there is no inventory: give --inventory FILE or SOAR_INVENTORY", spelling);
        return NULL;
    }
    const struct site_host *host = site_find_host(context->site, spelling, &many);
    if (host)
        return host;
    const char **names = arena_array(context->arena, context->site->host_count + 1, sizeof *names);
    for (size_t i = 0; i < context->site->host_count; i++)
        names[i] = context->site->hosts[i].name;
    const char *near = text_nearest(spelling, names);
    const char *file = context->site->inventory_file ? context->site->inventory_file : "the inventory";
    if (many)
        soar_err_set(err, SOAR_INVALID, "--host %s: two hosts of %s are meant by that; say which by its name",
                     spelling, file);
    else
        soar_err_set(err, SOAR_INVALID, "--host %s: not in %s%s%s%s", spelling, file,
                     near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
    return NULL;
}

static int put_hosts(struct verb_context *context, const struct value *names, struct value_builder *alert,
                     struct soar_err *err)
{
    struct value_builder list;

    value_build(&list, context->arena);
    for (size_t i = 0; i < value_count(names); i++) {
        const struct site_host *host = find_host(context, value_at(names, i)->text, err);
        struct value_builder map;
        if (!host)
            return -1;
        value_build(&map, context->arena);
        value_put_text(&map, "name", value_text(context->arena, host->name));
        if (host->os)
            value_put_text(&map, "os", value_text(context->arena, host->os));
        value_push(&list, value_end_map(&map));
    }
    value_put_text(alert, "hosts", value_end_list(&list));
    return 0;
}

static void put_user(struct verb_context *context, const char *user, struct value_builder *alert)
{
    const char *slash = strchr(user, '\\');
    struct value_builder map;
    struct value one;

    value_build(&map, context->arena);
    value_put_text(&map, "name", value_text(context->arena, slash ? slash + 1 : user));
    if (slash)
        value_put_text(&map, "domain", value_string(context->arena, user, (size_t)(slash - user)));
    one = value_end_map(&map);
    value_put_text(alert, "user_id", value_text(context->arena, user));
    value_put_text(alert, "users", value_list(context->arena, &one, 1));
}

/* Somebody called: an alert of a person's own making, in the same form. */
static int made_alert(struct verb_context *context, const struct value *request, struct value *ret_raw,
                      struct soar_err *err)
{
    const struct value *hosts = value_get(request, "host");
    const char *user = verb_text(request, "user");
    struct value_builder alert;
    struct value_builder rule;

    value_build(&alert, context->arena);
    value_put_text(&alert, "id", value_static("by-hand"));
    value_put_text(&alert, "status", value_static("open"));
    value_put_text(&alert, "severity", value_static("critical"));
    value_put_text(&alert, "confidence", value_int(100));
    value_build(&rule, context->arena);
    value_put_text(&rule, "id", value_static("by-hand"));
    value_put_text(&rule, "name", value_static("a person asked"));
    value_put_text(&alert, "rule", value_end_map(&rule));
    if (hosts && put_hosts(context, hosts, &alert, err))
        return -1;
    if (user)
        put_user(context, user, &alert);
    *ret_raw = value_end_map(&alert);
    return 0;
}

int verb_alert(struct verb_context *context, const struct value *request, struct value *ret_alert,
               const char **ret_body, struct soar_err *err)
{
    const struct value *text = value_get(request, "alert");
    bool by_hand = value_get(request, "host") || value_get(request, "user");
    struct value raw = value_null();

    if (text && by_hand)
        return soar_err_set(err, SOAR_INVALID, "either --alert or --host and --user: an alert names its own");
    if (!text && value_get(request, "source"))
        return soar_err_set(err, SOAR_INVALID, "--source says what an --alert is, and there is none");
    if (text) {
        *ret_body = text->text;
        return verb_one_alert(context, request, ret_alert, err);
    }
    if (made_alert(context, request, &raw, err)) {
        return -1;
    } else {
        *ret_body = by_hand ? json_text(context->arena, &raw) : NULL;
    }
    if (!by_hand) {
        *ret_alert = value_null();
        return 0;
    }
    return trigger_normalise(&raw, context->arena, ret_alert, err) ? soar_err_wrap(err, "--alert") : 0;
}

static bool is_name(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)text[i]) && text[i] != '_')
            return false;
    return len > 0;
}

static bool has_var(const struct playbook *playbook, const char *name)
{
    for (size_t i = 0; i < playbook->var_count; i++)
        if (strcmp(playbook->vars[i].name, name) == 0)
            return true;
    return false;
}

/* NAME=VALUE of the command line. playbook NULL: any name will do. */
int verb_vars(struct verb_context *context, const struct value *request, const struct playbook *playbook,
              struct value *ret_vars, struct soar_err *err)
{
    const struct value *given = value_get(request, "var");
    struct value_builder map;

    value_build(&map, context->arena);
    for (size_t i = 0; i < value_count(given); i++) {
        const char *text = value_at(given, i)->text;
        const char *equals = strchr(text, '=');
        struct value item;
        if (!equals || !is_name(text, (size_t)(equals - text)))
            return soar_err_set(err, SOAR_INVALID, "--var %s: expected NAME=VALUE", text);
        const char *name = arena_copy(context->arena, text, (size_t)(equals - text));
        if (playbook && !has_var(playbook, name))
            return soar_err_set(err, SOAR_INVALID, "--var %s: %s has no such variable in its `vars:`", name,
                                playbook->name);
        if (json_parse(context->arena, equals + 1, strlen(equals + 1), &item, NULL))
            item = value_text(context->arena, equals + 1);
        value_put_text(&map, name, item);
    }
    *ret_vars = value_end_map(&map);
    return 0;
}

int verb_request(struct verb_context *context, const struct value *request, struct loop_request *ret_request,
                 struct soar_err *err)
{
    const struct value *text = value_get(request, "playbook_text");
    const char *wanted = verb_text(request, "playbook");
    const struct playbook *playbook = NULL;
    struct value *alert = arena_alloc(context->arena, sizeof *alert);
    struct value *vars = arena_alloc(context->arena, sizeof *vars);
    const char *body = NULL;
    bool given = text && text->kind == VALUE_STRING;
    const struct verb_fetched file = {
        .label = wanted, .text = given ? text->text : NULL, .len = given ? text->len : 0};

    if (given ? load_playbook(context, &file, &playbook, err)
              : verb_playbook(context, wanted, &playbook, err))
        return -1;
    if (verb_alert(context, request, alert, &body, err) || verb_vars(context, request, playbook, vars, err))
        return -1;
    *ret_request = (struct loop_request){
        .playbook = playbook,
        .mode = MODE_REAL,
        .alert = alert->kind == VALUE_NULL ? NULL : alert,
        .alert_body = body,
        .vars = value_count(vars) > 0 ? vars : NULL,
        .by = context->by,
        .reason = verb_text(request, "reason"),
        .case_id = verb_text(request, "case"),
    };
    return 0;
}
