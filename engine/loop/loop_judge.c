/* The guard-rails' question: what a task is, who started its run, and what its budgets say now.
 *
 * Their last look and the intent are one turn of the loop: run_judged() is answered here, and the run's next
 * word is its intent, so two tasks can't both take the last place of a budget. */
#include <string.h>

#include "engine/loop/loop_parts.h"

/* A yes is to one rule: each that holds asks anew. */
static bool is_freed(void *arg, const char *rule)
{
    return run_task_freed(arg, rule);
}

static double confidence_of(const struct run *run)
{
    const struct value *said = value_get(&run->alert, "confidence");

    if (said && said->kind == VALUE_INT)
        return (double)said->integer;
    if (said && said->kind == VALUE_UINT)
        return (double)said->natural;
    return said && said->kind == VALUE_DOUBLE ? said->real : -1;
}

/* How much of a budget others have spent; *ret_ours: this task is counted in it already. */
static int64_t spent(const struct loop *loop, const struct run_task *task, const char *budget,
                     int64_t window_ms, struct arena *arena, bool *ret_ours)
{
    return ledger_spent(loop->ledger, budget, loop_now(loop) - window_ms, task->run->id,
                        run_task_path(task, arena), ret_ours);
}

/* Who sent the alert, what he may, and whether effects of his wait now. Returns his own budget for this
 * action, or NULL. */
static const char *ask_source(const struct loop *loop, const struct run_task *task,
                              struct policy_request *request, struct arena *arena)
{
    const struct run *run = task->run;
    const struct playbook *playbook = run->input.playbook;
    const char *name = value_get_string(&run->started, "source", NULL);
    const char *budget = NULL;
    int64_t window_ms;
    int64_t at_most;
    bool ours = false;

    request->person = !name;
    request->confidence = confidence_of(run);
    request->paused = ledger_paused(loop->ledger, playbook ? playbook->name : "", name, loop_now(loop));
    if (!name)
        return NULL;
    request->source = site_find_webhook(loop->config.site, name);
    if (!request->source)
        request->source_gone = name;
    else if (policy_source_budget(request->source, request->action, arena, &budget, &window_ms, &at_most))
        request->source_spent = spent(loop, task, budget, window_ms, arena, &ours);
    if (ours)
        request->source_spent = 0; /* its own place in it is no reason to hold it */
    return budget;
}

/* A person as rules may name him: as the alert did, and with each name of the domain he was looked up in. */
static struct value aliases_of(const struct run_task *task, struct arena *arena)
{
    const struct value *directory = value_get(&task->target, "directory");
    const struct value *place = directory ? directory : value_get(&task->target, "service");
    const struct value *domains = value_get(place, "domains");
    const char *named = value_get_string(&task->target, "named", NULL);
    struct value_builder list;

    value_build(&list, arena);
    if (named)
        value_push(&list, value_static(named));
    for (size_t i = 0; i < value_count(domains); i++) {
        const char *domain = value_at(domains, i)->text;

        value_push(&list, value_text(arena, arena_printf(arena, "%s\\%s", domain, task->name)));
        value_push(&list, value_text(arena, arena_printf(arena, "%s@%s", task->name, domain)));
    }
    return value_end_list(&list);
}

/* The machine it is about: the target, or where a person's account is. */
static const struct site_host *host_of(const struct loop *loop, const struct run_task *task)
{
    const char *at = value_get_string(&task->target, "at", "");

    if (task->pack->per == PER_HOST)
        return site_find_host(loop->config.site, task->name, NULL);
    return strcmp(at, "host") == 0 ? site_find_host(loop->config.site, run_task_place(task), NULL) : NULL;
}

void effects_judge(struct loop *loop, struct live *live, struct run_task *task)
{
    struct policy_answer answer = {.verdict = POLICY_ALLOW, .rule = "", .why = ""};
    const char *budget = NULL;
    const char *source_budget;
    int64_t window_ms;
    int64_t at_most;
    struct arena *arena = batch_arena(loop);
    struct value aliases = aliases_of(task, arena);
    bool recheck = live->run->input.kind == RUN_RECHECK;
    bool counts = !task->undo && !recheck; /* what is put back was counted when it was done */
    struct policy_request request = {
        .action = task->pack->name,
        .containment = task->pack->containment,
        .per = pack_per_name(task->pack->per),
        .key = task->key,
        .name = task->name,
        .aliases = &aliases,
        .host = host_of(loop, task),
        .facts = task->facts.kind == VALUE_MAP ? &task->facts : NULL,
        .put_back = recheck,
        .freed = is_freed,
        .freed_arg = task,
    };

    source_budget = ask_source(loop, task, &request, arena);
    if (policy_budget(loop->config.policy, request.action, &budget, &window_ms, &at_most))
        request.spent = spent(loop, task, budget, window_ms, arena, &request.spent_by_us);
    request.spent_by_us = request.spent_by_us || recheck;
    if (!task->undo)
        policy_judge(loop->config.policy, &request, arena, &answer);
    if (recheck && answer.verdict == POLICY_ALLOW && !policy_puts_back(loop->config.policy))
        answer = (struct policy_answer){.verdict = POLICY_REFUSE,
                                        .rule = "recheck.broken",
                                        .why = "BROKEN: it was found open, and the policy says that this is "
                                               "told, not put back"};
    answer.budget = counts ? budget : NULL;
    answer.source_budget = counts ? source_budget : NULL;
    run_judged(task, &answer);
    live_wake(loop, live);
    if (live->run->mode ==
        MODE_REAL) { /* the intent follows at once: the next task is judged with this one counted */
        struct effect_list next = {.arena = arena};

        run_next_of(task, loop_now(loop), &next);
        effects_perform(loop, live, &next);
    }
}
