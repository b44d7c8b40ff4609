/* The alert that a person gave, by the source they named, or the only one that knows it. What none knows is
 * taken for soar's own form, so that the error says what that form wants. */
#include "engine/trigger/intake.h"
#include "engine/verbs/verb_parts.h"

int verb_intake_shelf(struct arena *arena, const struct site *site, struct intake_shelf **ret_shelf,
                      struct buf *mistakes, struct soar_err *err)
{
    struct intake_shelf *shelf = intake_shelf_new(arena);

    if (intake_shelf_add_builtin(shelf, err))
        return -1;
    for (size_t i = 0; site && i < site->intake_dir_count; i++) {
        const char *dir = site->intake_dirs[i];
        struct diag_list diags;
        diag_init(&diags, arena, dir);
        int answer = intake_shelf_add_dir(shelf, dir, &diags);
        diag_print(&diags, mistakes);
        if (answer)
            return soar_err_set(err, SOAR_INVALID, "%s: %zu %s in its mapping files", dir, diags.errors,
                                diags.errors == 1 ? "mistake" : "mistakes");
    }
    *ret_shelf = shelf;
    return 0;
}

/* A webhook's name goes before a mapping's: so `soarctl trigger` tells what soard would do. */
static int find_source(struct verb_context *context, const struct intake_shelf *shelf, const char *name,
                       const struct site_webhook **ret_webhook, const struct intake_source **ret_source,
                       struct soar_err *err)
{
    *ret_webhook = context->site ? site_find_webhook(context->site, name) : NULL;
    *ret_source = intake_find(shelf, *ret_webhook ? (*ret_webhook)->format : name);
    if (*ret_source)
        return 0;
    if (*ret_webhook)
        return soar_err_set(err, SOAR_INVALID, "--source %s: there is no mapping file of its format '%s'",
                            name, (*ret_webhook)->format);
    const char *near = intake_meant(shelf, name, context->arena);
    return soar_err_set(err, SOAR_INVALID, "--source %s: there is no such source%s%s%s", name,
                        near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
}

/* NULL: nobody's, so it is to be soar's own form. */
static int guess_source(struct verb_context *context, const struct intake_shelf *shelf,
                        const struct value *payload, const struct intake_source **ret_source,
                        struct soar_err *err)
{
    const char *held = "";

    *ret_source = intake_guess(shelf, payload, context->arena, &held);
    if (*ret_source || !*held)
        return 0;
    return soar_err_set(err, SOAR_INVALID,
                        "--alert: it could be of several sources (%s): say which by --source", held);
}

static int own_form(struct verb_context *context, const struct value *payload, struct verb_alerts *ret_alerts,
                    struct soar_err *err)
{
    struct intake_alert *one = arena_alloc(context->arena, sizeof *one);

    if (trigger_normalise(payload, context->arena, &one->alert, err))
        return soar_err_wrap(err, "--alert");
    *ret_alerts = (struct verb_alerts){.alerts = {.count = 1, .items = one}};
    return 0;
}

int verb_alerts(struct verb_context *context, const struct value *request, struct verb_alerts *ret_alerts,
                struct soar_err *err)
{
    const struct value *text = value_get(request, "alert");
    const char *name = verb_text(request, "source");
    const struct intake_source *source = NULL;
    struct intake_shelf *shelf = NULL;
    struct value payload;

    if (intake_parse(context->arena, text->text, text->len, &payload, err))
        return soar_err_wrap(err, "--alert");
    if (verb_intake_shelf(context->arena, context->site, &shelf, context->mistakes, err))
        return -1;
    if (name ? find_source(context, shelf, name, &ret_alerts->webhook, &source, err)
             : guess_source(context, shelf, &payload, &source, err))
        return -1;
    if (!source)
        return own_form(context, &payload, ret_alerts, err);
    ret_alerts->source = intake_name(source);
    ret_alerts->guessed = !name;
    return intake_map(source, &payload, context->arena, &ret_alerts->alerts, err)
               ? soar_err_wrap(err, "--alert")
               : 0;
}

int verb_one_alert(struct verb_context *context, const struct value *request, struct value *ret_alert,
                   struct soar_err *err)
{
    struct verb_alerts all = {0};

    if (verb_alerts(context, request, &all, err))
        return -1;
    const struct intake_alert *first = all.alerts.items;
    if (all.alerts.count == 0)
        return soar_err_set(err, SOAR_INVALID, "--alert: no alert is in it (source %s)", all.source);
    if (all.alerts.count > 1)
        return soar_err_set(err, SOAR_INVALID,
                            "--alert: %zu alerts are in it (source %s); give one of them alone",
                            all.alerts.count, all.source);
    if (first->refused)
        return soar_err_set(err, SOAR_INVALID, "--alert: %s", first->refused);
    if (all.guessed && value_get(&first->alert, "intake")) /* soar's own form needs no word */
        buf_printf(context->mistakes, "--alert: taken for one of %s's; --source NAME says otherwise\n",
                   all.source);
    *ret_alert = first->alert;
    return 0;
}
