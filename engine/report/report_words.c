/* One table from what a task is to what people are told. Everything that is said of a task on any screen
 * comes from here; in JSON the engine's own names stand beside it. `*` in a pattern is the pack's verb, `^`
 * the same in capitals. */
#include "engine/report/report_words.h"

#include <ctype.h>
#include <string.h>

#include "engine/base/buf.h"

enum situation {
    IS_CHANGED,
    IS_ALREADY,
    IS_PARTIAL,
    IS_FAILED,
    IS_REFUSED,
    IS_UNSUPPORTED,
    IS_SKIPPED,
    IS_OFFLINE,
    IS_UNDERWAY,
    IS_PENDING_DOUBT,
    IS_HELD,
    IS_HELD_DOUBT,
    IS_RESTING,
    IS_ACTING,
    IS_PROVING,
    IS_WEIGHED,
    IS_LOOKING,
    IS_WAITING,
    SITUATION_COUNT
};

static const struct {
    const char *doing; /* a playbook's task */
    const char *undo;  /* a release's or a rollback's */
    enum report_count count;
    bool alarm;
    bool open;
} words[SITUATION_COUNT] = {
    [IS_CHANGED] = {"*", "*", COUNT_DONE, false, false},
    [IS_ALREADY] = {"already *", "already *", COUNT_ALREADY, false, false},
    [IS_PARTIAL] = {"* IN PART", "* IN PART", COUNT_PART, true, true},
    [IS_FAILED] = {"NOT ^", "NOT ^", COUNT_FAILED, true, true},
    [IS_REFUSED] = {"REFUSED", "REFUSED", COUNT_REFUSED, true, true},
    [IS_UNSUPPORTED] = {"UNSUPPORTED", "UNSUPPORTED", COUNT_FAILED, true, true},
    [IS_SKIPPED] = {"skipped", "STAYS", COUNT_SKIPPED, false, false},
    [IS_OFFLINE] = {"NOT ^", "NOT ^", COUNT_TRIED, true, true},
    [IS_UNDERWAY] = {"NOT YET *", "NOT YET *", COUNT_TRIED, true, true},
    [IS_PENDING_DOUBT] = {"IN DOUBT", "IN DOUBT", COUNT_DOUBT, true, true},
    [IS_HELD] = {"HELD", "HELD", COUNT_HELD, true, true},
    [IS_HELD_DOUBT] = {"IN DOUBT", "IN DOUBT", COUNT_DOUBT, true, true},
    [IS_RESTING] = {"NOT YET *", "NOT YET *", COUNT_TRIED, true, true},
    [IS_ACTING] = {"acting", "acting", COUNT_MOVING, false, true},
    [IS_PROVING] = {"proving", "proving", COUNT_MOVING, false, true},
    [IS_WEIGHED] = {"looked at", "looked at", COUNT_MOVING, false, true},
    [IS_LOOKING] = {"looking", "looking", COUNT_MOVING, false, true},
    [IS_WAITING] = {"waits", "waits", COUNT_BEGUN, false, true},
};

static const struct {
    const char *name;
    const char *people;
} counts[COUNT_COUNT] = {
    [COUNT_DONE] = {"done", "done"},          [COUNT_ALREADY] = {"already", "already"},
    [COUNT_PART] = {"partial", "in part"},    [COUNT_TRIED] = {"pending", "still tried"},
    [COUNT_HELD] = {"held", "held"},          [COUNT_FAILED] = {"failed", "failed"},
    [COUNT_REFUSED] = {"refused", "refused"}, [COUNT_DOUBT] = {"in_doubt", "in doubt"},
    [COUNT_SKIPPED] = {"skipped", "skipped"}, [COUNT_MOVING] = {"moving", "half done"},
    [COUNT_BEGUN] = {"waiting", "not begun"},
};

const char *report_count_name(enum report_count count)
{
    return counts[count].name;
}

const char *report_count_people(enum report_count count)
{
    return counts[count].people;
}

static enum situation of_outcome(enum task_outcome outcome)
{
    static const enum situation situations[OUTCOME_COUNT] = {
        [OUTCOME_CHANGED] = IS_CHANGED, [OUTCOME_ALREADY] = IS_ALREADY,
        [OUTCOME_PARTIAL] = IS_PARTIAL, [OUTCOME_FAILED] = IS_FAILED,
        [OUTCOME_REFUSED] = IS_REFUSED, [OUTCOME_UNSUPPORTED] = IS_UNSUPPORTED,
        [OUTCOME_SKIPPED] = IS_SKIPPED,
    };
    return situations[outcome];
}

static enum situation of_pending(enum task_pending pending)
{
    return pending == PENDING_DOUBT      ? IS_PENDING_DOUBT
           : pending == PENDING_UNDERWAY ? IS_UNDERWAY
                                         : IS_OFFLINE;
}

static bool would_be_held(const struct run_task *task)
{
    return task->run->mode != MODE_REAL && task->outcome == OUTCOME_SKIPPED &&
           strncmp(task->why, RUN_WOULD_BE_HELD, strlen(RUN_WOULD_BE_HELD)) == 0;
}

static enum situation situation_of(const struct run_task *task)
{
    switch (task->state) {
    case TASK_WAITING:
        return task->trial ? IS_LOOKING : task->intended ? IS_PROVING : IS_WAITING;
    case TASK_WEIGHED:
        return IS_WEIGHED;
    case TASK_HELD:
        return task->in_doubt || task->doubt_position > 0 ? IS_HELD_DOUBT : IS_HELD;
    case TASK_ACTING:
        return IS_ACTING;
    case TASK_PROVING:
        return IS_PROVING;
    case TASK_RESTING:
        return IS_RESTING;
    case TASK_PENDING:
        return of_pending(task->pending);
    case TASK_ENDED:
        return would_be_held(task) ? IS_HELD : of_outcome(task->outcome);
    case TASK_STATE_COUNT:
        break;
    }
    return IS_WAITING;
}

const char *report_verb(const struct pack *pack, bool undo)
{
    const char *verb = !pack ? NULL : undo ? pack->undone : pack->verb;
    return verb && *verb ? verb : undo ? "undone" : "done";
}

const char *report_way_verb(const struct pack *pack, const struct pack_provider *provider,
                            const struct value *args, struct arena *arena)
{
    BUF_SCOPED out;

    buf_init(&out, 0);
    buf_text(&out, provider && provider->verb ? provider->verb : report_verb(pack, false));
    for (size_t i = 0; provider && i < provider->verb_param_count; i++)
        if (value_get_bool(args, provider->verb_params[i], false))
            buf_printf(&out, ", %s", provider->verb_params[i]);
    return arena_string(arena, buf_string(&out));
}

const char *report_task_verb(const struct run_task *task, struct arena *arena)
{
    bool so = task->outcome == OUTCOME_CHANGED || task->outcome == OUTCOME_ALREADY;

    if (task->undo || task->state != TASK_ENDED || !so)
        return report_verb(task->pack, task->undo);
    return report_way_verb(task->pack, run_task_provider(task), &task->args, arena);
}

static void add_upper(struct buf *out, const char *text)
{
    for (; *text; text++)
        buf_char(out, (char)toupper((unsigned char)*text));
}

static const char *fill(const char *pattern, const char *verb, struct arena *arena)
{
    BUF_SCOPED out;
    buf_init(&out, 0);
    for (; *pattern; pattern++) {
        if (*pattern == '*')
            buf_text(&out, verb);
        else if (*pattern == '^')
            add_upper(&out, verb);
        else
            buf_char(&out, *pattern);
    }
    return arena_string(arena, buf_string(&out));
}

/* A release that frees nothing, since another run holds the target too: what stays is said in the verb of
 * what was done. */
static const char *stays(const struct pack *pack, struct arena *arena)
{
    return fill("STAYS ^", report_verb(pack, false), arena);
}

/* What a recheck came to: it began since a look had found it open. */
static const char *rechecked(const struct run_task *task, enum situation situation, struct arena *arena)
{
    const char *verb = report_verb(task->pack, false);

    if (situation == IS_CHANGED)
        return arena_printf(arena, "found open, put back: %s", verb);
    return situation == IS_ALREADY ? arena_printf(arena, "found %s", verb) : NULL;
}

void report_task_words(const struct run_task *task, struct arena *arena, struct report_words *ret_words)
{
    enum situation situation = situation_of(task);
    const char *pattern = task->undo ? words[situation].undo : words[situation].doing;
    bool kept = task->undo && situation == IS_SKIPPED;

    const char *again = task->run->input.kind == RUN_RECHECK ? rechecked(task, situation, arena) : NULL;

    ret_words->says = again  ? again
                      : kept ? stays(task->pack, arena)
                             : fill(pattern, report_task_verb(task, arena), arena);
    ret_words->count = words[situation].count;
    ret_words->alarm = words[situation].alarm || kept;
    ret_words->open = words[situation].open || kept;
}

const char *report_step_label(const char *name, const char *action, struct arena *arena)
{
    if (!*name || strspn(name, "0123456789") != strlen(name) || !action)
        return name;
    return arena_printf(arena, "%s %s", name, action);
}

static bool any_task(const struct run *run, enum task_state state)
{
    for (size_t i = 0; i < run->task_count; i++)
        if (run->tasks[i]->state == state)
            return true;
    return false;
}

const char *report_run_words(const struct run *run, bool driven)
{
    static const char *const results[RESULT_COUNT] = {
        [RESULT_NONE] = "ended",    [RESULT_COMPLETED] = "completed", [RESULT_PARTIAL] = "in part",
        [RESULT_FAILED] = "failed", [RESULT_CANCELLED] = "stopped",
    };
    if (run->state == RUN_ENDED)
        return results[run->result];
    if (run_waits_for_person(run) || (any_task(run, TASK_HELD) && !driven))
        return "waiting for a person";
    if (!driven)
        return "paused";
    if (run->state == RUN_CANCELLING)
        return "stopping";
    if (run->state == RUN_ROLLING_BACK)
        return "rolling back";
    if (any_task(run, TASK_PENDING))
        return "trying";
    return "running";
}

bool report_is_proved(const char *proved, const char **ret_rest)
{
    bool no = strncmp(proved, "no", 2) == 0 && (proved[2] == '\0' || strchr(";,: ", proved[2]) != NULL);

    *ret_rest = no ? proved + 2 + strspn(proved + 2, ";,: ") : proved;
    return !no;
}
