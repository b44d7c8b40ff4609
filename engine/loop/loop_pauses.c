/* Pauses: effects wait, alerts are taken and matched all the same.
 *
 * What a pause stops is held by the rule "pause.NAME", like by any other; when no pause of that name is in
 * force any more, by its time or by a person, the question is closed and each task looks again and is judged
 * anew. */
#include <stdint.h>
#include <string.h>

#include "engine/loop/loop_parts.h"

static const char *name_of(const struct ledger_pause *pause)
{
    return strcmp(pause->what, "all") == 0 ? "all" : pause->name;
}

static bool in_force(const struct loop *loop, const char *name)
{
    for (size_t i = 0; i < ledger_pause_count(loop->ledger); i++) {
        const struct ledger_pause *pause = ledger_pause_at(loop->ledger, i);

        if (pause->until_ms > loop_now(loop) && strcmp(name_of(pause), name) == 0)
            return true;
    }
    return false;
}

static int64_t next_end(const struct loop *loop)
{
    int64_t end_ms = INT64_MAX;

    for (size_t i = 0; i < ledger_pause_count(loop->ledger); i++) {
        int64_t until_ms = ledger_pause_at(loop->ledger, i)->until_ms;

        if (until_ms > loop_now(loop) && until_ms < end_ms)
            end_ms = until_ms;
    }
    return end_ms;
}

void pauses_end(struct loop *loop)
{
    static const char rule[] = "pause.";

    if (loop_now(loop) < loop->pause_ends_ms)
        return;
    loop->pause_ends_ms = INT64_MAX;
    if (loop->config.park)
        return; /* what others paused or held is not this command's */
    for (size_t i = 0; i < ledger_ask_count(loop->ledger); i++) {
        const struct ledger_ask *ask = ledger_ask_at(loop->ledger, i);

        if (ask->open && strncmp(ask->rule, rule, strlen(rule)) == 0 &&
            !in_force(loop, ask->rule + strlen(rule)))
            people_close(loop, ask, "void", "the pause has ended");
    }
    loop->pause_ends_ms = next_end(loop);
}

static int check(const char *what, const char *name, struct soar_err *err)
{
    bool all = strcmp(what, "all") == 0;

    if (!all && strcmp(what, "playbook") != 0 && strcmp(what, "source") != 0)
        return soar_err_set(err, SOAR_INVALID, "what is paused is all, a playbook or a source, not '%s'",
                            what);
    if (!all && !*name)
        return soar_err_set(err, SOAR_INVALID, "which %s? Give its name", what);
    return 0;
}

static struct value_builder begin_body(struct loop *loop, const char *what, const char *name, const char *by)
{
    struct arena *arena = batch_arena(loop);
    struct value_builder body;

    value_build(&body, arena);
    value_put_text(&body, "what", value_text(arena, what));
    value_put_text(&body, "name", value_text(arena, strcmp(what, "all") == 0 ? "" : name));
    value_put_text(&body, "by", value_text(arena, by));
    return body;
}

int loop_pause(struct loop *loop, const char *what, const char *name, int64_t until_ms, const char *by,
               const char *reason, struct soar_err *err)
{
    struct effect paused = {.kind = EFFECT_EVENT, .event = EVENT_GUARD_PAUSED};
    struct value_builder body;

    if (check(what, name, err))
        return -1;
    if (until_ms <= loop_now(loop))
        return soar_err_set(err, SOAR_INVALID, "a pause ends in the future: this end has passed");
    body = begin_body(loop, what, name, by);
    value_put_text(&body, "until", value_int(until_ms));
    value_put_text(&body, "reason", value_text(batch_arena(loop), reason ? reason : ""));
    paused.body = value_end_map(&body);
    loop_emit(loop, NULL, &paused);
    loop->pause_ends_ms = 0; /* a pause that was longer may be this one */
    return 0;
}

static bool is_paused(const struct loop *loop, const char *what, const char *name)
{
    for (size_t i = 0; i < ledger_pause_count(loop->ledger); i++) {
        const struct ledger_pause *pause = ledger_pause_at(loop->ledger, i);

        if (pause->until_ms > loop_now(loop) && strcmp(pause->what, what) == 0 &&
            (strcmp(what, "all") == 0 || strcmp(pause->name, name) == 0))
            return true;
    }
    return false;
}

int loop_unpause(struct loop *loop, const char *what, const char *name, const char *by, struct soar_err *err)
{
    struct effect reset = {.kind = EFFECT_EVENT, .event = EVENT_GUARD_RESET};
    struct value_builder body;

    if (check(what, name, err))
        return -1;
    if (!is_paused(loop, what, name))
        return soar_err_set(err, SOAR_INVALID, "%s%s%s is not paused", what, *name ? " " : "", name);
    body = begin_body(loop, what, name, by);
    value_put_text(&body, "rule", value_static("pause"));
    reset.body = value_end_map(&body);
    loop_emit(loop, NULL, &reset);
    loop->pause_ends_ms = 0;
    return 0;
}
