/* `extend`: who holds a target holds it longer; or all that a run holds. */
#include <string.h>

#include "engine/base/text.h"
#include "engine/verbs/verb_about.h"
#include "engine/verbs/verb_parts.h"

enum { EXTEND_MAX_DAYS = 90 };
static const int64_t day_ms = 24LL * 60 * 60 * 1000;

static int read_until(struct verb_context *context, const struct value *request, int64_t *ret_ms,
                      struct soar_err *err)
{
    const char *text = verb_text(request, "duration");

    *ret_ms = 0;
    if (strcmp(text, "off") == 0)
        return 0;
    int64_t span = text_duration_ms(text, strlen(text));
    if (span <= 0 || span > EXTEND_MAX_DAYS * day_ms)
        return soar_err_set(err, SOAR_INVALID,
                            "extend: '%s': expected a time from now, of at most %d d, as 4h; or off: no end",
                            text, EXTEND_MAX_DAYS);
    *ret_ms = loop_now(context->loop) + span;
    return 0;
}

static void note(struct value_builder *list, struct arena *arena, const struct ledger_row *row,
                 const char *run)
{
    struct value_builder map;

    value_build(&map, arena);
    value_put_text(&map, "target", value_text(arena, row->name));
    value_put_text(&map, "action", value_text(arena, row->action));
    value_put_text(&map, "run", value_text(arena, run));
    value_push(list, value_end_map(&map));
}

static int extend(struct verb_context *context, const struct run_about *about, const char *run, int64_t until,
                  struct value_builder *list, struct soar_err *err)
{
    const struct ledger_row *row =
        ledger_find(loop_ledger(context->loop), about->target, about->action, about->provider, about->place);
    size_t count = row ? row->holder_count : 0;
    const char **runs = arena_array(context->arena, count + 1, sizeof *runs);
    size_t meant = 0;

    for (size_t i = 0; i < count; i++) /* the row changes with the first that is extended */
        if (!run || strcmp(row->holders[i].run, run) == 0)
            runs[meant++] = arena_string(context->arena, row->holders[i].run);
    for (size_t i = 0; i < meant; i++) {
        note(list, context->arena, row, runs[i]);
        if (loop_extend(context->loop, runs[i], about->target, until, context->by, err))
            return -1;
        row = ledger_find(loop_ledger(context->loop), about->target, about->action, about->provider,
                          about->place);
    }
    return 0;
}

VERB_FN(verb_extend)
{
    const char *what = verb_text(request, "what");
    struct loop_request asked = {.mode = MODE_REAL};
    struct value_builder map, list;
    int64_t until = 0;

    if (read_until(context, request, &until, err))
        return -1;
    const char *run = verb_is_holder(context, what) ? what : NULL;
    if (verb_about(context, run ? NULL : what, run, &asked, err))
        return -1;
    value_build(&list, context->arena);
    for (size_t i = 0; i < asked.about_count; i++)
        if (extend(context, &asked.about[i], run ? asked.about[i].free_runs[0] : NULL, until, &list, err))
            return -1;
    value_build(&map, context->arena);
    value_put_text(&map, "until", until ? value_int(until) : value_null());
    value_put_text(&map, "extended", value_end_list(&list));
    *ret_answer = value_end_map(&map);
    return 0;
}
