/* The desk's cases, moved one step a turn. A case waits for its run, never for a host that is off, and is
 * answered when what it decided is on the disk. What a run was made of (a playbook's text, what it releases)
 * lies in its case's arena, so the arena stays until the loop has forgotten that run. */
#include "soard/desk.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/report/report_live.h"
#include "soard/bench.h"
#include "soard/daemon.h"
#include "soard/desk_daemon.h"

enum case_state {
    CASE_NEW,     /* nothing was opened or called */
    CASE_WAITING, /* its verb said for what */
    CASE_CALLED,  /* its verb has answered, or failed */
    CASE_QUEUED,  /* until that is durable */
    CASE_OVER
};

struct desk_case {
    struct desk *desk;
    struct desk_request asked;
    struct wiring *wiring; /* held */
    enum case_state state;
    bool calling; /* its verb runs right now: what happens is its doing */
    struct bench *bench;
    struct verb_context context;
    struct report_live *live;
    struct daemon_watcher watcher;
    struct buf mistakes;
    struct value answer;
    struct soar_err err;
    const struct run *held; /* what it waits for, and answers about, is not freed meanwhile */
    char *run;              /* the last one it waited for */
    struct desk_case *next;
};

struct kept { /* what a live run points into */
    char *run;
    struct arena *arena;
    struct wiring *wiring;
    struct kept *next;
};

struct desk {
    struct daemon *daemon;
    struct desk_case *cases;
    struct desk_case **end;
    size_t count;
    struct kept *kept;
};

static void free_kept(struct kept *kept)
{
    free(kept->run);
    wiring_let_go(kept->wiring);
    arena_free(kept->arena);
    free(kept);
}

static void sweep_kept(struct desk *desk)
{
    for (struct kept **at = &desk->kept; *at;) {
        struct kept *kept = *at;

        if (loop_run_find(desk->daemon->loop, kept->run)) {
            at = &kept->next;
            continue;
        }
        *at = kept->next;
        free_kept(kept);
    }
}

/* ---- live lines --------------------------------------------------------------------------------------- */

static bool is_shown(const struct desk_case *asked, const struct run *run)
{
    return run && (asked->calling || run == asked->context.wait.run);
}

static void on_event(void *arg, const struct run *run, const struct event *event)
{
    struct desk_case *asked = arg;

    if (is_shown(asked, run))
        report_live_event(asked->live, run, event);
}

static void on_progress(void *arg, const struct run_task *task, const char *stage, const char *json)
{
    struct desk_case *asked = arg;

    if (is_shown(asked, task->run))
        report_live_progress(asked->live, task, stage, json);
}

static void open_live(struct desk_case *asked)
{
    struct report_live_config config = {.write = asked->asked.live,
                                        .arg = asked->asked.arg,
                                        .terminal = asked->asked.terminal,
                                        .style = asked->asked.style};

    asked->live = report_live_new(&config);
    asked->watcher.watch = (struct loop_watch){.event = on_event, .progress = on_progress, .arg = asked};
    daemon_watch(asked->desk->daemon, &asked->watcher);
}

static void close_live(struct desk_case *asked)
{
    if (!asked->live)
        return;
    daemon_unwatch(asked->desk->daemon, &asked->watcher);
    report_live_free(asked->live);
    asked->live = NULL;
}

/* ---- one case ----------------------------------------------------------------------------------------- */

static const struct verb_daemon *daemon_of(const struct desk_case *asked)
{
    struct verb_daemon *of = arena_alloc(asked->asked.arena, sizeof *of);

    desk_daemon(asked->desk->daemon, of);
    return of;
}

static enum verb_needs needs_of(const struct desk_case *asked)
{
    return verb_needed(asked->asked.verb, &asked->asked.request, asked->asked.preview);
}

static int open_case(struct desk_case *asked)
{
    struct daemon *daemon = asked->desk->daemon;
    const struct desk_request *of = &asked->asked;
    bool plans = needs_of(asked) == NEEDS_PLAN;

    if (verb_allowed(of->verb, &of->request, of->roles, &asked->err))
        return -1;
    if (plans && bench_open(daemon, asked->wiring, of->arena, &asked->bench, &asked->err))
        return -1;
    asked->context = (struct verb_context){
        .arena = of->arena,
        .site = asked->wiring->site,
        .policy = asked->wiring->policy,
        .shelf = asked->wiring->shelf,
        .store = plans ? bench_store(asked->bench) : daemon->store,
        .loop = plans ? bench_loop(asked->bench) : daemon->loop,
        .base = daemon->base,
        .by = of->by,
        .state = daemon->state_dir,
        .mistakes = &asked->mistakes,
        .roles = of->roles,
        .remote = true,
        .playbook_count = asked->wiring->playbook_count,
        .playbooks = asked->wiring->playbooks,
        .daemon = daemon_of(asked),
    };
    if (of->live && !plans && of->verb->lives)
        open_live(asked);
    return 0;
}

static void hold(struct desk_case *asked, const struct run *run)
{
    if (run)
        loop_run_hold(asked->context.loop, run);
    if (asked->held)
        loop_run_let_go(asked->context.loop, asked->held);
    asked->held = run;
}

/* The verb itself, or what comes after its wait. */
static void call(struct desk_case *asked, verb_fn fn)
{
    struct verb_context *context = &asked->context;
    const struct value *request = &asked->asked.request;

    asked->calling = true;
    int answer = fn ? fn(context, request, &asked->answer, &asked->err)
                    : verb_go_on(context, request, &asked->answer, &asked->err);
    asked->calling = false;
    if (answer && asked->err.class == SOAR_DONE)
        soar_err_set(&asked->err, SOAR_PERMANENT, "%s failed", asked->asked.verb->name);
    asked->state = answer == 0 && context->wait.then ? CASE_WAITING : CASE_CALLED;
    if (asked->state != CASE_WAITING || !context->wait.run)
        return;
    hold(asked, context->wait.run);
    if (asked->bench)
        return;
    free(asked->run);
    asked->run = strdup(context->wait.run->id);
}

static void durable(void *arg, const struct soar_err *err)
{
    struct desk_case *asked = arg;

    if (err->class != SOAR_DONE && asked->err.class == SOAR_DONE)
        asked->err = *err;
    asked->state = CASE_OVER;
}

static void begin(struct desk_case *asked)
{
    const struct verb *verb = asked->asked.verb;
    const char *why = daemon_not_ready(asked->desk->daemon);

    if (why && (asked->desk->daemon->stopping || needs_of(asked) == NEEDS_DRIVE))
        soar_err_set(&asked->err, SOAR_TRANSIENT, "%s: nothing new is begun", why);
    else if (open_case(asked) == 0)
        call(asked, asked->asked.preview ? verb->preview : verb->fn);
    if (asked->state == CASE_NEW)
        asked->state = CASE_OVER;
}

/* One step. True: something was begun. */
static bool move(struct desk_case *asked)
{
    switch (asked->state) {
    case CASE_NEW:
        begin(asked);
        return true;
    case CASE_WAITING:
        if (asked->bench && (bench_turn(asked->bench) || loop_waits_for_store(asked->context.loop)))
            return true;
        if (!(asked->asked.begun && asked->context.wait.tells) && !verb_waited(&asked->context))
            return false;
        call(asked, NULL);
        return true;
    case CASE_CALLED:
        asked->state = needs_of(asked) == NEEDS_DRIVE ? CASE_QUEUED : CASE_OVER;
        if (asked->state == CASE_QUEUED)
            loop_when_durable(asked->desk->daemon->loop, durable, asked);
        return true;
    case CASE_QUEUED:
    case CASE_OVER:
        break;
    }
    return false;
}

/* The arena goes to the run that was begun, or away. */
static void free_case(struct desk_case *asked)
{
    struct desk *desk = asked->desk;
    struct loop *loop = desk->daemon->loop; /* NULL: soard ends */
    bool lives = asked->run && loop && loop_run_find(loop, asked->run);

    close_live(asked);
    if (asked->bench || loop)
        hold(asked, NULL);
    bench_close(asked->bench);
    buf_done(&asked->mistakes);
    desk->count--;
    if (lives) {
        struct kept *kept = calloc(1, sizeof *kept);
        if (!kept)
            abort();
        *kept = (struct kept){asked->run, asked->asked.arena, asked->wiring, desk->kept};
        desk->kept = kept;
    } else {
        free(asked->run);
        wiring_let_go(asked->wiring);
        arena_free(asked->asked.arena);
    }
    free(asked);
}

static void answer(struct desk_case *asked)
{
    struct desk_answer of = {.answer = &asked->answer,
                             .exit = asked->context.exit,
                             .mistakes = buf_string(&asked->mistakes),
                             .err = &asked->err};

    if (asked->live)
        report_live_clear(asked->live);
    close_live(asked);
    if (asked->err.class == SOAR_DENIED) /* who tries what they may not is for others to see */
        log_warning("%s was refused: %s", asked->asked.by, asked->err.text);
    if (asked->asked.done)
        asked->asked.done(asked->asked.arg, &of);
    asked->asked.done = NULL;
}

bool desk_turned(struct daemon *daemon)
{
    struct desk *desk = daemon->desk;
    bool moved = false;

    for (struct desk_case **at = &desk->cases; *at;) {
        struct desk_case *asked = *at;

        moved = move(asked) || moved;
        if (asked->state != CASE_OVER) {
            at = &asked->next;
            continue;
        }
        answer(asked); /* may begin another case: behind all others */
        *at = asked->next;
        if (!*at)
            desk->end = at;
        free_case(asked);
    }
    if (moved)
        sweep_kept(desk);
    return moved;
}

struct desk_case *desk_begin(struct daemon *daemon, const struct desk_request *request)
{
    struct desk *desk = daemon->desk;
    struct desk_case *asked = calloc(1, sizeof *asked);

    if (!asked)
        abort();
    *asked = (struct desk_case){.desk = desk, .asked = *request, .wiring = daemon->now};
    asked->answer = value_null();
    wiring_hold(asked->wiring);
    *desk->end = asked;
    desk->end = &asked->next;
    if (++desk->count > DESK_CASES_MAX) {
        soar_err_set(&asked->err, SOAR_TRANSIENT, "%d requests are being served: try again later",
                     DESK_CASES_MAX);
        asked->state = CASE_OVER;
    }
    return asked;
}

void desk_leave(struct desk_case *asked)
{
    close_live(asked);
    asked->asked.done = NULL;
    asked->asked.live = NULL;
}

int desk_open(struct daemon *daemon, struct soar_err *err)
{
    struct desk *desk = calloc(1, sizeof *desk);

    (void)err;
    if (!desk)
        abort();
    *desk = (struct desk){.daemon = daemon};
    desk->end = &desk->cases;
    daemon->desk = desk;
    return 0;
}

void desk_close(struct daemon *daemon)
{
    struct desk *desk = daemon->desk;

    if (!desk)
        return;
    while (desk->cases) {
        struct desk_case *asked = desk->cases;

        desk->cases = asked->next;
        free_case(asked);
    }
    while (desk->kept) {
        struct kept *kept = desk->kept;

        desk->kept = kept->next;
        free_kept(kept);
    }
    daemon->desk = NULL;
    free(desk);
}
