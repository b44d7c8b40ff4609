/* `pause`: effects wait, of all runs, a playbook's, or those that a source's alerts started; alerts are kept
 * and matched meanwhile. It always ends by itself, and who paused it and why is in the record. */
#include <string.h>

#include "engine/base/text.h"
#include "engine/verbs/verb_parts.h"

enum { PAUSE_MAX_DAYS = 7 }; /* longer is a change of the configuration, which somebody reviews */
static const int64_t day_ms = 24LL * 60 * 60 * 1000;

struct what {
    const char *what; /* all, playbook, source */
    const char *name;
};

/* Ended by hand, a pause may be of a name that the configuration has no more. */
static const struct ledger_pause *paused(struct verb_context *context, const char *name)
{
    const struct ledger *ledger = loop_ledger(context->loop);

    for (size_t i = 0; i < ledger_pause_count(ledger); i++)
        if (text_same_fold(ledger_pause_at(ledger, i)->name, name))
            return ledger_pause_at(ledger, i);
    return NULL;
}

static int named(struct verb_context *context, const char *name, bool end, struct what *ret_what,
                 struct soar_err *err)
{
    const struct site_webhook *source = context->site ? site_find_webhook(context->site, name) : NULL;
    const struct playbook *playbook = NULL;
    const struct ledger_pause *pause = end ? paused(context, name) : NULL;

    if (pause)
        *ret_what = (struct what){arena_string(context->arena, pause->what),
                                  arena_string(context->arena, pause->name)}; /* it goes with its end */
    else if (source)
        *ret_what = (struct what){"source", source->name};
    else if (verb_playbook(context, name, &playbook, err))
        return -1;
    else
        *ret_what = (struct what){"playbook", playbook->name};
    return 0;
}

static int read_what(struct verb_context *context, const struct value *request, struct what *ret_what,
                     struct soar_err *err)
{
    const char *name = verb_text(request, "what");
    bool all = value_get_bool(request, "all", false);

    if (all == (name != NULL))
        return soar_err_set(err, SOAR_INVALID, "pause: either --all, or the name of a playbook or source");
    if (!all)
        return named(context, name, value_get_bool(request, "end", false), ret_what, err);
    *ret_what = (struct what){"all", ""};
    return 0;
}

static int read_for(const struct value *request, int64_t *ret_ms, struct soar_err *err)
{
    const char *text = verb_text(request, "for");

    if (!text)
        return soar_err_set(err, SOAR_INVALID, "pause: for how long? --for 1h, or --end to go on now");
    *ret_ms = text_duration_ms(text, strlen(text));
    if (*ret_ms <= 0 || *ret_ms > PAUSE_MAX_DAYS * day_ms)
        return soar_err_set(err, SOAR_INVALID, "--for %s: expected a time of at most %d d, as 30m, 1h", text,
                            PAUSE_MAX_DAYS);
    if (!verb_text(request, "reason") || !*verb_text(request, "reason"))
        return soar_err_set(err, SOAR_INVALID, "pause: --reason TEXT: those who find it will want to know");
    return 0;
}

VERB_FN(verb_pause)
{
    struct what what = {0};
    struct value_builder map;
    bool end = value_get_bool(request, "end", false);
    int64_t span = 0;

    if (read_what(context, request, &what, err) || (!end && read_for(request, &span, err)))
        return -1;
    int64_t until = end ? 0 : loop_now(context->loop) + span;
    if (end ? loop_unpause(context->loop, what.what, what.name, context->by, err)
            : loop_pause(context->loop, what.what, what.name, until, context->by,
                         verb_text(request, "reason"), err))
        return -1;
    value_build(&map, context->arena);
    value_put_text(&map, "what", value_static(what.what));
    value_put_text(&map, "name", value_text(context->arena, what.name));
    value_put_text(&map, "paused", value_bool(!end));
    value_put_text(&map, "until", end ? value_null() : value_int(until));
    *ret_answer = value_end_map(&map);
    return 0;
}
