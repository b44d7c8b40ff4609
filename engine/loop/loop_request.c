/* Starting a run: the alert, the texts it is pinned to and its first event are one batch. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/digest.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/loop/loop_parts.h"

static int vars_of(const struct loop_request *request, struct arena *arena, struct value *ret_vars,
                   struct soar_err *err)
{
    struct value_builder none;

    if (request->playbook)
        return playbook_vars(request->playbook, request->alert, request->vars, arena, ret_vars, err);
    value_build(&none, arena);
    *ret_vars = value_end_map(&none);
    return 0;
}

static void pin_pack(struct loop *loop, struct value_builder *packs, const struct pack *pack)
{
    value_put_text(packs, pack->name, value_static(pack->digest));
    batch_text(loop, pack->digest, "pack", pack->name, pack->origin, pack->text);
}

static struct value pin_packs(struct loop *loop, const struct loop_request *request)
{
    struct value_builder packs;

    value_build(&packs, batch_arena(loop));
    for (size_t i = 0; request->playbook && i < request->playbook->step_count; i++)
        if (request->playbook->steps[i].pack)
            pin_pack(loop, &packs, request->playbook->steps[i].pack);
    for (size_t i = 0; i < request->about_count; i++)
        pin_pack(loop, &packs, request->about[i].pack);
    return value_end_map(&packs);
}

static struct value about_value(const struct run_about *about, struct arena *arena)
{
    struct value_builder one;
    struct value_builder runs;

    value_build(&runs, arena);
    for (size_t i = 0; i < about->free_count; i++)
        value_push(&runs, value_text(arena, about->free_runs[i]));
    value_build(&one, arena);
    value_put_text(&one, "target", value_text(arena, about->target));
    value_put_text(&one, "name", value_text(arena, about->name));
    value_put_text(&one, "action", value_text(arena, about->action));
    value_put_text(&one, "provider", value_text(arena, about->provider));
    value_put_text(&one, "place", value_text(arena, about->place));
    value_put_text(&one, "pack", value_text(arena, about->pack->digest));
    value_put_text(&one, "args", value_copy(arena, &about->args));
    value_put_text(&one, "host", value_copy(arena, &about->host));
    value_put_text(&one, "free", value_end_list(&runs));
    return value_end_map(&one);
}

static void put_optional(struct value_builder *body, const char *key, const char *text, struct arena *arena)
{
    if (text && *text)
        value_put_text(body, key, value_text(arena, text));
}

static enum run_kind kind_of(const struct loop_request *request)
{
    return request->playbook ? RUN_PLAYBOOK : request->recheck ? RUN_RECHECK : RUN_RELEASE;
}

static struct value started_body(struct loop *loop, const struct starting *starting, const struct value *vars)
{
    static const char *const modes[] = {[MODE_REAL] = "real", [MODE_DRY] = "dry", [MODE_PLAN] = "plan"};
    const struct loop_request *request = starting->request;
    struct arena *arena = batch_arena(loop);
    struct value_builder body;
    struct value_builder about;

    value_build(&body, arena);
    value_put_text(&body, "kind", value_static(run_kind_name(kind_of(request))));
    value_put_text(&body, "mode", value_static(modes[request->mode]));
    if (request->playbook) {
        value_put_text(&body, "playbook", value_static(request->playbook->digest));
        value_put_text(&body, "name", value_static(request->playbook->name));
        put_optional(&body, "file", request->playbook->file, arena);
        put_optional(&body, "repository", request->playbook->source, arena);
        put_optional(&body, "commit", request->playbook->commit, arena);
    }
    value_put_text(&body, "packs", pin_packs(loop, request));
    value_put_text(&body, "vars", *vars);
    put_optional(&body, "alert_id", starting->alert_id, arena);
    if (request->alert)
        value_put_text(&body, "alert", value_copy(arena, request->alert));
    if (request->only)
        value_put_text(&body, "only", value_copy(arena, request->only));
    put_optional(&body, "by", request->by, arena);
    put_optional(&body, "source", starting->source, arena);
    put_optional(&body, "from", starting->from, arena);
    put_optional(&body, "reason", request->reason, arena);
    put_optional(&body, "case", request->case_id, arena);
    put_optional(&body, "found", request->found, arena);
    if (request->about_count) {
        value_build(&about, arena);
        for (size_t i = 0; i < request->about_count; i++)
            value_push(&about, about_value(&request->about[i], arena));
        value_put_text(&body, "about", value_end_list(&about));
    }
    return value_end_map(&body);
}

/* The alert as it came, kept by its own id: "A-" and the run's. */
static void keep_alert(struct loop *loop, const struct loop_request *request, const char *id)
{
    struct arena *arena = batch_arena(loop);
    char *digest = arena_alloc(arena, DIGEST_HEX);
    const char *body =
        request->alert_body ? arena_string(arena, request->alert_body) : json_text(arena, request->alert);

    digest_sha256_hex(body, strlen(body), digest);
    batch_alert(
        loop,
        &(struct soar_alert){
            .id = id, .received_at_ms = loop_now(loop), .source = "soarctl", .digest = digest, .body = body});
}

static const char *action_of(const struct run_task *task)
{
    return task->about ? task->about->action : task->step->action;
}

/* Again on each start as long as the release goes on: the mark is scratch. */
void loop_bar(struct loop *loop, const struct run *release)
{
    bool bars = release->input.kind == RUN_RELEASE;

    for (size_t r = 0; bars && r < loop->live_count; r++) {
        struct live *live = loop->lives[r];

        for (size_t t = 0; t < live->run->task_count; t++)
            for (size_t a = 0; a < release->input.about_count; a++) {
                struct run_task *task = live->run->tasks[t];

                if (!task->undo && task->state != TASK_ENDED && task->opened_ms <= release->started_ms &&
                    run_task_is_of(task, release->input.about[a].target, &release->input.about[a].host) &&
                    strcmp(action_of(task), release->input.about[a].action) == 0) {
                    task->barred = true;
                    task->due_ms = 0;
                    live_wake(loop, live);
                }
            }
    }
}

int starting_make(struct loop *loop, struct starting *starting, struct soar_err *err)
{
    struct value vars;
    BUF_SCOPED text = {0};

    if (vars_of(starting->request, batch_arena(loop), &vars, err))
        return -1;
    starting->body = started_body(loop, starting, &vars);
    json_print(&text, &starting->body);
    if (text.len > LIMIT_BODY_BYTES)
        return soar_err_set(err, SOAR_INVALID,
                            "the run's first event, with its alert, would have more than %d bytes",
                            LIMIT_BODY_BYTES);
    return 0;
}

/* With packs that last as long as the loop. */
static const struct run_about *own_abouts(struct loop *loop, const struct loop_request *request)
{
    struct run_about *abouts = arena_array(batch_arena(loop), request->about_count + 1, sizeof *abouts);

    for (size_t i = 0; i < request->about_count; i++) {
        abouts[i] = request->about[i];
        abouts[i].pack = pins_own(loop, abouts[i].pack);
    }
    return abouts;
}

struct run *starting_begin(struct loop *loop, const struct starting *starting)
{
    const struct loop_request *request = starting->request;
    const struct playbook *playbook = request->playbook;
    struct run_input input = run_input_of(loop, starting->id);
    struct effect started = {.kind = EFFECT_EVENT, .event = EVENT_RUN_STARTED, .body = starting->body};

    input.kind = kind_of(request);
    input.playbook = playbook;
    input.about_count = request->about_count;
    input.about = own_abouts(loop, request);
    if (playbook)
        batch_text(loop, playbook->digest, "playbook", playbook->name, playbook->file ? playbook->file : "",
                   playbook->text);
    struct run *run = run_new(&input);

    struct live *live = loop_adopt(loop, run, false);

    live->start_seq = batch_open(loop)->seq;
    loop_emit(loop, live, &started);
    loop_bar(loop, run);
    return run;
}

int loop_request(struct loop *loop, const struct loop_request *request, struct run **ret_run,
                 struct soar_err *err)
{
    struct starting starting = {.request = request};

    if (loop_stalled(loop))
        return soar_err_set(err, SOAR_TRANSIENT, "the journal can't be written now: nothing new is begun");
    starting.id = loop_new_id(loop, 'R', batch_arena(loop));
    if (request->alert)
        starting.alert_id = arena_printf(batch_arena(loop), "A%s", starting.id + 1);
    if (starting_make(loop, &starting, err))
        return -1;
    if (request->alert)
        keep_alert(loop, request, starting.alert_id);
    *ret_run = starting_begin(loop, &starting);
    return 0;
}
