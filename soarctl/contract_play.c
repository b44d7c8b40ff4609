/* Plays a case: for each of its parts a run of the real engine, and then a look at what came of it. */
#include "soarctl/contract_play.h"

#include <event2/event.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/text.h"
#include "engine/cel/regex.h"
#include "engine/loop/loop.h"
#include "engine/loop/pool.h"
#include "engine/rehearse/contract_match.h"
#include "engine/rehearse/fake_world.h"
#include "engine/rehearse/memory_store.h"
#include "soarctl/contract_caller.h"

enum {
    STEPS_MAX = 100000,
    SECONDS_MAX = 20 /* that a worker on this machine may take for one call, in real time */
};
#define LIMIT_MS (INT64_C(7) * 24 * 60 * 60 * 1000) /* of the case's time */

struct play {
    const struct contract_stage *stage;
    const struct contract_case *one;
    struct arena *arena;
    struct contract_site site;
    struct policy *policy;
    const struct playbook *playbook;
    struct fake_world *world;
    struct memory_disk *disk;
    struct soar_store *store;
    struct contract_caller *caller;
    struct loop *loop;
    struct contract_script *script;
    const struct run *run; /* of the part that is played */
    bool hangs;            /* a request was left without an answer */
    bool late;             /* the worker said nothing for too long */
    struct value_builder failures;
    struct value_builder exchanges;
};

static void fail(struct play *play, int line, int col, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void fail(struct play *play, int line, int col, const char *format, ...)
{
    struct value_builder map;
    va_list args;

    va_start(args, format);
    const char *text = arena_vprintf(play->arena, format, args);
    va_end(args);
    value_build(&map, play->arena);
    value_put_text(&map, "line", value_int(line));
    value_put_text(&map, "col", value_int(col));
    value_put_text(&map, "text", value_text(play->arena, text));
    value_push(&play->failures, value_end_map(&map));
}

/* --- what is heard ------------------------------------------------------------------------------------- */

static void note(struct play *play, const struct contract_request *request,
                 const struct contract_answer *answer)
{
    BUF_SCOPED text = {0};

    buf_text(&text, "> ");
    contract_request_print(request, &text);
    buf_char(&text, '\n');
    for (size_t i = 0; i < request->header_count; i++) {
        buf_printf(&text, "> %s: ", request->headers[i].name);
        text_visible(&text, request->headers[i].text, strlen(request->headers[i].text));
        buf_char(&text, '\n');
    }
    if (request->len) {
        buf_text(&text, "> ");
        text_visible(&text, request->body, request->len);
        buf_char(&text, '\n');
    }
    if (!answer)
        buf_text(&text, "< 500: a breach\n");
    else if (answer->cut || answer->hang)
        buf_text(&text, answer->cut ? "< (cut)\n" : "< (nothing)\n");
    else
        buf_printf(&text, "< %d %.*s\n", answer->status, (int)answer->len, answer->body);
    value_push(&play->exchanges, value_string(play->arena, buf_string(&text), text.len));
}

static const struct contract_answer *on_request(void *arg, const struct contract_request *request)
{
    struct play *play = arg;
    const struct contract_answer *answer = contract_script_hear(play->script, request);

    if (play->stage->verbose)
        note(play, request, answer);
    play->hangs = play->hangs || (answer && answer->hang);
    return answer;
}

static void on_bad(void *arg, const char *why)
{
    struct play *play = arg;

    fail(play, play->one->line, play->one->col, "the worker sent what is no request: %s", why);
}

/* --- time ---------------------------------------------------------------------------------------------- */

static void too_long(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    ((struct play *)arg)->late = true;
}

/* A call is out: the world moves for real until something comes. */
static void listen_once(struct play *play)
{
    const struct timeval most = {.tv_sec = SECONDS_MAX};
    struct event *timer = evtimer_new(play->stage->base, too_long, play);

    evtimer_add(timer, &most);
    event_base_loop(play->stage->base, EVLOOP_ONCE);
    event_free(timer);
    if (play->hangs) {
        play->hangs = false;
        fake_world_advance(play->world, fake_world_now(play->world) + contract_caller_give_up(play->caller));
    }
}

static const struct run_task *task_of(const struct run *run)
{
    return run && run->task_count ? run->tasks[0] : NULL;
}

static bool over(struct play *play, const struct contract_expect *expect)
{
    const struct run_task *task = task_of(play->run);
    bool pends = expect->outcome && strcmp(expect->outcome, "pending") == 0;
    int line, col;

    return contract_script_breach(play->script, &line, &col) || play->failures.count ||
           (play->stage->stop && *play->stage->stop) ||
           (pends && task && task->state == TASK_PENDING && !contract_caller_busy(play->caller));
}

/* Until the part has come to its rest; -1: it came to none, and was told. */
static int drive(struct play *play, const struct contract_expect *expect)
{
    int64_t stop_ms = fake_world_now(play->world) + LIMIT_MS;

    for (long steps = 0; steps < STEPS_MAX && !play->late; steps++) {
        struct soar_err err = {0};
        int64_t due_ms;

        if (loop_turn(play->loop) || loop_waits_for_store(play->loop))
            continue;
        if (loop_failed(play->loop, &err)) {
            fail(play, play->one->line, play->one->col, "%s", err.text);
            return -1;
        }
        if (over(play, expect))
            return 0;
        if (contract_caller_busy(play->caller)) {
            listen_once(play);
            continue;
        }
        if (loop_settled(play->loop))
            return 0;
        due_ms = loop_due(play->loop);
        if (due_ms == INT64_MAX || due_ms > stop_ms)
            break;
        if (due_ms > fake_world_now(play->world))
            fake_world_advance(play->world, due_ms);
    }
    fail(play, play->one->line, play->one->col,
         play->late ? "soar-http said nothing for %d s" : "it came to no end within %d s of its steps",
         SECONDS_MAX);
    return -1;
}

/* --- runs ---------------------------------------------------------------------------------------------- */

static struct run_about about_row(struct play *play, const struct ledger_row *row)
{
    struct arena *arena = play->arena;
    const char **runs = arena_array(arena, row->holder_count + 1, sizeof *runs);

    for (size_t i = 0; i < row->holder_count; i++)
        runs[i] = arena_string(arena, row->holders[i].run);
    return (struct run_about){.target = arena_string(arena, row->target),
                              .name = arena_string(arena, row->name),
                              .action = arena_string(arena, row->action),
                              .provider = arena_string(arena, row->provider),
                              .place = arena_string(arena, row->place),
                              .pack = play->stage->pack,
                              .args = value_copy(arena, &row->args),
                              .host = value_copy(arena, &row->host),
                              .free_count = row->holder_count,
                              .free_runs = runs};
}

/* Nothing of it is in the ledger: the same target as if a run had held it. A run that makes no call says how
 * it would be frozen. */
static int about_target(struct play *play, struct run_about *ret_about, struct soar_err *err)
{
    struct loop_request request = {.playbook = play->playbook, .mode = MODE_PLAN, .by = "the test"};
    const struct contract_expect nothing = {0};
    const struct run_task *task;
    struct run *run;

    if (loop_request(play->loop, &request, &run, err))
        return -1;
    play->run = run;
    if (drive(play, &nothing))
        return soar_err_set(err, SOAR_PERMANENT, "the plan of it came to no end");
    task = task_of(run);
    if (!task || !task->pack)
        return soar_err_set(err, SOAR_INVALID, "there is no target to undo it at");
    *ret_about = (struct run_about){.target = task->key,
                                    .name = task->name,
                                    .action = play->stage->pack->name,
                                    .provider = play->stage->contract->provider,
                                    .place = run_task_place(task),
                                    .pack = play->stage->pack,
                                    .args = task->args,
                                    .host = task->target};
    return 0;
}

static int release(struct play *play, struct run **ret_run, struct soar_err *err)
{
    const struct ledger *ledger = loop_ledger(play->loop);
    struct run_about *about = arena_alloc(play->arena, sizeof *about);

    if (ledger_row_count(ledger))
        *about = about_row(play, ledger_row_at(ledger, 0));
    else if (about_target(play, about, err))
        return -1;
    return loop_request(
        play->loop, &(struct loop_request){.about = about, .about_count = 1, .by = "the test"}, ret_run, err);
}

static int begin(struct play *play, enum contract_part part, struct soar_err *err)
{
    struct loop_request request = {
        .playbook = play->playbook, .mode = part == PART_CHECK ? MODE_DRY : MODE_REAL, .by = "the test"};
    struct run *run = NULL;

    if (part == PART_REVERT ? release(play, &run, err) : loop_request(play->loop, &request, &run, err))
        return -1;
    play->run = run;
    return 0;
}

/* --- what came of it ----------------------------------------------------------------------------------- */

static const char *outcome_of(const struct run *run, const char **ret_why)
{
    const struct run_task *task = task_of(run);

    *ret_why = "";
    if (!task) {
        *ret_why = run->step_count && run->steps[0].why ? run->steps[0].why : "";
        return run->step_count ? step_result_name(run->steps[0].result) : run_result_name(run->result);
    }
    *ret_why = task->why ? task->why : "";
    return task->state == TASK_ENDED ? task_outcome_name(task->outcome) : task_state_name(task->state);
}

/* Of the run's first look, as it was journaled; "none" without one. */
static const char *verdict_of(struct play *play)
{
    for (size_t i = 0; i < memory_disk_event_count(play->disk); i++) {
        const struct soar_event *event = memory_disk_event(play->disk, i);
        struct soar_err err = {0};
        struct value body;

        if (strcmp(event->run, play->run->id) == 0 && strcmp(event->kind, "task.checked") == 0 &&
            json_parse(play->arena, event->body, strlen(event->body), &body, &err) == 0)
            return value_get_string(&body, "verdict", "none");
    }
    return "none";
}

static void check_why(struct play *play, const struct contract_expect *expect, const char *why)
{
    struct soar_err err = {0};
    bool found = false;

    if (expect->why && (regex_search(expect->why, why, strlen(why), &found, &err) || !found))
        fail(play, expect->line, expect->col, "why: expected a text that matches %s, found \"%s\"",
             expect->why_text, why);
}

static void check(struct play *play, enum contract_part part, const struct contract_expect *expect)
{
    const struct run_task *task = task_of(play->run);
    const char *why;
    const char *outcome = outcome_of(play->run, &why);
    const char *verdict = expect->verdict ? verdict_of(play) : NULL;
    const struct value none = value_null();
    BUF_SCOPED differs = {0};

    if (expect->outcome && strcmp(expect->outcome, outcome) != 0)
        fail(play, expect->line, expect->col, "%s: expected %s, it is %s%s%s", contract_part_name(part),
             expect->outcome, outcome, *why ? ": " : "", why);
    else
        check_why(play, expect, why);
    if (verdict && strcmp(expect->verdict, verdict) != 0)
        fail(play, expect->line, expect->col, "%s: expected the first look to say %s, it says %s",
             contract_part_name(part), expect->verdict, verdict);
    if (expect->kept && !match_fits(expect->kept, task ? &task->kept : &none, "kept", &differs))
        fail(play, expect->line, expect->col, "%s: %s", contract_part_name(part), buf_string(&differs));
}

static void told_breach(struct play *play)
{
    int line = 0, col = 0;
    const char *foreign = contract_caller_foreign(play->caller);
    const char *text = play->late ? NULL : contract_script_end(play->script, &line, &col);

    if (text)
        fail(play, line, col, "%s", text);
    if (foreign)
        fail(play, play->one->line, play->one->col, "the pack calls %s: a contract plays http alone",
             foreign);
}

static void play_parts(struct play *play)
{
    for (size_t i = 0; i < play->one->part_count && play->failures.count == 0; i++) {
        const struct contract_expect *expect = &play->one->expects[i];
        struct soar_err err = {0};
        int line, col;

        if (begin(play, play->one->parts[i], &err)) {
            fail(play, expect->line, expect->col, "%s: %s", contract_part_name(play->one->parts[i]),
                 err.text);
            return;
        }
        if (drive(play, expect) || contract_script_breach(play->script, &line, &col))
            return;
        check(play, play->one->parts[i], expect);
    }
}

/* --- the stage of one case ----------------------------------------------------------------------------- */

/* One step: the action at the target, with the case's parameters. */
static const struct playbook *playbook_of(struct play *play, struct diag_list *diags)
{
    struct arena *arena = play->arena;
    const struct value with = play->one->with ? yaml_value(arena, play->one->with) : value_null();
    struct playbook_step *step;
    struct playbook *playbook;
    struct diag_list own;
    BUF_SCOPED text = {0};

    buf_printf(&text, "playbook_name: Contract\nactions:\n  - step: it\n    action: %s\n",
               play->stage->pack->name);
    if (play->site.target) {
        buf_text(&text, "    targets: [");
        json_quote(&text, play->site.target, strlen(play->site.target));
        buf_text(&text, "]\n");
    }
    if (with.kind == VALUE_MAP) {
        buf_text(&text, "    with: ");
        json_print(&text, &with);
        buf_char(&text, '\n');
    }
    diag_init(&own, arena, play->stage->contract->file);
    playbook = playbook_load(arena, "contract", arena_copy(arena, buf_string(&text), text.len), text.len,
                             play->stage->shelf, play->site.site, &own);
    if (!playbook) {
        const struct yaml_node *at = play->one->with;

        diag_error(diags, at ? at->line : play->one->line, at ? at->col : play->one->col, "%s",
                   own.first ? own.first->text : "it can't be asked for");
        return NULL;
    }
    step = arena_alloc(arena, sizeof *step); /* the same, with this provider and no other */
    *step = playbook->steps[0];
    step->pack = play->stage->pack;
    playbook->steps = step;
    return playbook;
}

static int set_up(struct play *play, struct diag_list *diags)
{
    const struct contract_stage *stage = play->stage;
    const struct policy_self self = {0};
    struct soar_err err = {0};
    struct soar_caller *pool;

    if (contract_site(play->arena, stage->contract, play->one, stage->pack->per,
                      stand_in_url(stage->stand_in), &play->site, diags) ||
        policy_load(play->arena, play->site.site, &self, &play->policy, diags))
        return -1;
    play->playbook = playbook_of(play, diags);
    pool = play->playbook ? pool_new(&(struct pool_options){.base = stage->base}, &err) : NULL;
    if (!pool) {
        if (play->playbook)
            diag_error(diags, play->one->line, play->one->col, "%s", err.text);
        return -1;
    }
    play->caller = contract_caller_new(pool);
    play->store = memory_store_open(play->disk);
    play->loop = loop_new(&(struct loop_config){.store = play->store,
                                                .caller = contract_caller_as(play->caller),
                                                .world = fake_world_clock(play->world),
                                                .site = play->site.site,
                                                .policy = play->policy,
                                                .shelf = (struct pack_shelf *)(uintptr_t)stage->shelf,
                                                .state = "/rehearsal"});
    if (loop_start(play->loop, &err) == 0)
        return 0;
    diag_error(diags, play->one->line, play->one->col, "%s", err.text);
    return -1;
}

static void tear_down(struct play *play)
{
    stand_in_play(play->stage->stand_in, NULL);
    if (play->caller) {
        struct soar_caller *caller = contract_caller_as(play->caller);

        caller->ops->free(caller);
    }
    if (play->store)
        play->store->ops->close(play->store);
    loop_free(play->loop);
    memory_disk_free(play->disk);
    fake_world_free(play->world);
}

static struct value report_of(struct play *play, int64_t took_ms, int64_t world_ms)
{
    struct value_builder report;
    struct value failures = value_end_list(&play->failures);

    value_build(&report, play->arena);
    value_put_text(&report, "name", value_text(play->arena, play->one->name));
    value_put_text(&report, "line", value_int(play->one->line));
    value_put_text(&report, "passed", value_bool(value_count(&failures) == 0));
    value_put_text(&report, "failures", failures);
    value_put_text(&report, "ms", value_int(took_ms));
    value_put_text(&report, "world_ms", value_int(world_ms));
    if (play->stage->verbose)
        value_put_text(&report, "exchanges", value_end_list(&play->exchanges));
    return value_end_map(&report);
}

struct value contract_play(const struct contract_stage *stage, const struct contract_case *one,
                           struct arena *arena, struct diag_list *diags)
{
    const struct world *system = world_system();
    int64_t began_ms = system->boot_ms(system->arg);
    struct play *play = arena_alloc(arena, sizeof *play);
    int64_t world_ms;

    *play = (struct play){.stage = stage, .one = one, .arena = arena};
    value_build(&play->failures, arena);
    value_build(&play->exchanges, arena);
    play->world = fake_world_new(1);
    world_ms = fake_world_now(play->world);
    play->disk = memory_disk_new();
    play->script = contract_script_new(arena, stage->contract, one);
    stand_in_play(stage->stand_in, &(struct stand_in_play){.hear = on_request, .bad = on_bad, .arg = play});
    if (set_up(play, diags)) {
        fail(play, one->line, one->col, "it can't be played");
    } else {
        play_parts(play);
        told_breach(play);
    }
    world_ms = fake_world_now(play->world) - world_ms;
    tear_down(play);
    return report_of(play, system->boot_ms(system->arg) - began_ms, world_ms);
}
