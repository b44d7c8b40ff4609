/* `trigger`: which playbooks this alert would start, and why not the others; of a batch, each alert. With a
 * webhook's name as the source also what that may start, and what would be held because of it. Starts
 * nothing. */
#include "engine/base/text.h"
#include "engine/verbs/verb_parts.h"

struct look {
    struct verb_context *context;
    const struct site_webhook *webhook; /* NULL: a person's alert */
    struct policy *policy;              /* with a webhook */
    const struct intake_alerts *alerts;
    struct value_builder *answers; /* one list an alert */
    size_t *starts;
};

static void put_dedup(struct arena *arena, const struct trigger_answer *trigger, struct value_builder *map)
{
    struct value_builder dedup;
    BUF_SCOPED window = {0};

    if (*trigger->dedup_why)
        value_put_text(map, "dedup_why", value_text(arena, trigger->dedup_why));
    if (!*trigger->dedup)
        return;
    value_build(&dedup, arena);
    text_duration(&window, trigger->dedup_ms);
    value_put_text(&dedup, "values", trigger->dedup_values);
    value_put_text(&dedup, "window", value_text(arena, buf_string(&window)));
    value_put_text(&dedup, "digest", value_text(arena, trigger->dedup));
    value_put_text(map, "dedup", value_end_map(&dedup));
}

static void put_held(struct look *look, struct policy_request *request, struct value_builder *held)
{
    struct arena *arena = look->context->arena;
    struct policy_answer answer;
    struct value_builder map;

    if (!policy_scope(look->policy, request, arena, &answer))
        return;
    value_build(&map, arena);
    value_put_text(&map, "target", value_text(arena, request->name));
    value_put_text(&map, "rule", value_text(arena, answer.rule));
    value_put_text(&map, "why", value_text(arena, answer.why));
    value_push(held, value_end_map(&map));
}

static bool works_on(const struct playbook *playbook, enum pack_per per)
{
    for (size_t i = 0; i < playbook->step_count; i++)
        if (playbook->steps[i].pack && playbook->steps[i].pack->per == per)
            return true;
    return false;
}

/* The alert's own hosts and user, where its steps say no others. */
static void put_all_held(struct look *look, const struct playbook *playbook, const struct value *alert,
                         struct value_builder *map)
{
    const struct value *confidence = value_get(alert, "confidence");
    const struct value *hosts = value_get(alert, "hosts");
    const char *user = value_get_string(alert, "user_id", NULL);
    struct policy_request request = {.source = look->webhook, .confidence = -1};
    struct value_builder held;

    value_build(&held, look->context->arena);
    if (confidence)
        request.confidence =
            confidence->kind == VALUE_DOUBLE ? confidence->real : (double)confidence->integer;
    for (size_t i = 0; works_on(playbook, PER_HOST) && i < value_count(hosts); i++) {
        const struct value *host = value_at(hosts, i);
        const struct value *ip = value_at(value_get(host, "ip"), 0);
        bool many = false;
        request.per = pack_per_name(PER_HOST);
        request.name = value_get_string(host, "name", ip && ip->kind == VALUE_STRING ? ip->text : "");
        request.host = site_find_host(look->context->site, request.name, &many);
        put_held(look, &request, &held);
    }
    if (user && works_on(playbook, PER_USER)) {
        request.per = pack_per_name(PER_USER);
        request.name = user;
        request.host = NULL;
        put_held(look, &request, &held);
    }
    if (held.count)
        value_put_text(map, "held", value_end_list(&held));
}

static void match(struct look *look, const char *path, const struct playbook *playbook, size_t index)
{
    struct arena *arena = look->context->arena;
    struct trigger_answer answer = {.why = "it has mistakes (soarctl lint)", .dedup = "", .dedup_why = ""};
    struct value_builder map;

    value_build(&map, arena);
    value_put_text(&map, "file", value_text(arena, path));
    if (playbook) {
        trigger_match(playbook, look->context->site, look->webhook, &look->alerts->items[index].alert, arena,
                      &answer);
        value_put_text(&map, "playbook", value_text(arena, playbook->name));
    }
    value_put_text(&map, "starts", value_bool(answer.starts));
    value_put_text(&map, "why", value_text(arena, answer.why ? answer.why : ""));
    if (answer.starts) {
        put_dedup(arena, &answer, &map);
        if (look->webhook)
            put_all_held(look, playbook, &look->alerts->items[index].alert, &map);
    }
    value_push(&look->answers[index], value_end_map(&map));
    look->starts[index] += answer.starts;
}

static int look_at(void *arg, const char *path, const char *text, size_t len)
{
    struct look *look = arg;
    struct verb_context *context = look->context;
    struct diag_list diags;

    if (!verb_yaml_key(context->arena, text, len, "playbook_name"))
        return 0; /* a pack, a test, an inventory */
    diag_init(&diags, context->arena, path);
    struct playbook *playbook =
        playbook_load(context->arena, path, text, len, context->shelf, context->site, &diags);
    if (!playbook) {
        diag_print(&diags, context->mistakes);
        context->exit = EXIT_MISTAKE;
    }
    for (size_t i = 0; i < look->alerts->count; i++)
        if (!look->alerts->items[i].refused)
            match(look, path, playbook, i);
    return 0;
}

static int look_at_fetched(void *arg, const struct verb_fetched *file)
{
    return look_at(arg, file->label, file->text, file->len);
}

static int look_everywhere(struct look *look, const struct value *paths, struct soar_err *err)
{
    const char *const *dirs = verb_playbook_dirs(look->context);

    for (size_t i = 0; i < value_count(paths); i++)
        if (verb_each_file(look->context->arena, value_at(paths, i)->text, look_at, look, err))
            return -1;
    for (size_t i = 0; value_count(paths) == 0 && dirs[i]; i++)
        if (verb_each_file(look->context->arena, dirs[i], look_at, look, err))
            return -1;
    return value_count(paths) == 0 ? verb_each_fetched(look->context, look_at_fetched, look) : 0;
}

/* What is said of one alert: its playbooks, or why it was refused. */
static void put_alert(struct look *look, size_t index, struct value_builder *map)
{
    const struct intake_alert *one = &look->alerts->items[index];
    const struct value *notes = value_get(value_get(&one->alert, "intake"), "notes");

    if (one->refused) {
        value_put_text(map, "refused", value_text(look->context->arena, one->refused));
        look->context->exit = EXIT_MISTAKE;
    }
    if (notes)
        value_put_text(map, "notes", *notes);
    value_put_text(map, "playbooks", value_end_list(&look->answers[index]));
    value_put_text(map, "starts", value_int((int64_t)look->starts[index]));
}

/* A batch: each of its alerts under its id. */
static void put_batch(struct look *look, struct value_builder *answer)
{
    struct arena *arena = look->context->arena;
    struct value_builder list;
    size_t starts = 0;

    value_build(&list, arena);
    for (size_t i = 0; i < look->alerts->count; i++) {
        struct value_builder map;
        const struct value *id = value_get(&look->alerts->items[i].alert, "id");
        value_build(&map, arena);
        value_put_text(&map, "id", id ? *id : value_text(arena, arena_printf(arena, "%zu", i + 1)));
        put_alert(look, i, &map);
        value_push(&list, value_end_map(&map));
        starts += look->starts[i];
    }
    value_put_text(answer, "alerts", value_end_list(&list));
    value_put_text(answer, "starts", value_int((int64_t)starts));
}

/* The rails of the webhook's configuration; what soar itself is doesn't matter here. */
static int load_policy(struct look *look, struct soar_err *err)
{
    struct verb_context *context = look->context;
    struct diag_list diags;

    if (!look->webhook)
        return 0;
    diag_init(&diags, context->arena, "policy");
    int answer = policy_load(context->arena, context->site, NULL, &look->policy, &diags);
    diag_print(&diags, context->mistakes);
    return answer ? soar_err_set(err, SOAR_INVALID, "the policy has %zu %s", diags.errors,
                                 diags.errors == 1 ? "mistake" : "mistakes")
                  : 0;
}

VERB_FN(verb_trigger)
{
    struct verb_alerts all = {0};
    struct value_builder answer;

    if (verb_alerts(context, request, &all, err))
        return -1;
    if (all.alerts.count == 1 && all.alerts.items[0].refused)
        return soar_err_set(err, SOAR_INVALID, "--alert: %s", all.alerts.items[0].refused);
    struct look look = {.context = context,
                        .webhook = all.webhook,
                        .alerts = &all.alerts,
                        .answers = arena_array(context->arena, all.alerts.count, sizeof *look.answers),
                        .starts = arena_array(context->arena, all.alerts.count, sizeof *look.starts)};
    for (size_t i = 0; i < all.alerts.count; i++)
        value_build(&look.answers[i], context->arena);
    if (load_policy(&look, err) || look_everywhere(&look, value_get(request, "paths"), err))
        return -1;
    value_build(&answer, context->arena);
    if (all.source)
        value_put_text(&answer, "source", value_text(context->arena, all.source));
    if (all.webhook)
        value_put_text(&answer, "webhook", value_text(context->arena, all.webhook->name));
    if (all.alerts.count == 1)
        put_alert(&look, 0, &answer);
    else
        put_batch(&look, &answer);
    *ret_answer = value_end_map(&answer);
    return 0;
}
