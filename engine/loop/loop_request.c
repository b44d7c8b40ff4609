/* Starting a run: the alert, the texts it is pinned to and its first event are one batch. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/digest.h"
#include "engine/base/json.h"
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

static struct value started_body(struct loop *loop, const struct loop_request *request, const char *alert_id,
                                 const struct value *vars)
{
    static const char *const modes[] = {[MODE_REAL] = "real", [MODE_DRY] = "dry", [MODE_PLAN] = "plan"};
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
    }
    value_put_text(&body, "packs", pin_packs(loop, request));
    value_put_text(&body, "vars", *vars);
    put_optional(&body, "alert_id", alert_id, arena);
    if (request->alert)
        value_put_text(&body, "alert", value_copy(arena, request->alert));
    if (request->only)
        value_put_text(&body, "only", value_copy(arena, request->only));
    put_optional(&body, "by", request->by, arena);
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
static const char *keep_alert(struct loop *loop, const struct loop_request *request, const char *run_id)
{
    struct arena *arena = batch_arena(loop);
    char *digest = arena_alloc(arena, DIGEST_HEX);
    const char *body;

    if (!request->alert)
        return NULL;
    body = request->alert_body ? arena_string(arena, request->alert_body) : json_text(arena, request->alert);
    digest_sha256_hex(body, strlen(body), digest);
    batch_alert(loop, &(struct soar_alert){.id = arena_printf(arena, "A%s", run_id + 1),
                                           .received_at_ms = loop_now(loop),
                                           .source = "soarctl",
                                           .digest = digest,
                                           .body = body});
    return arena_printf(arena, "A%s", run_id + 1);
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
                    strcmp(task->key, release->input.about[a].target) == 0 &&
                    strcmp(action_of(task), release->input.about[a].action) == 0) {
                    task->barred = true;
                    task->due_ms = 0;
                    live_wake(loop, live);
                }
            }
    }
}

int loop_request(struct loop *loop, const struct loop_request *request, struct run **ret_run,
                 struct soar_err *err)
{
    const char *id = loop_new_id(loop, 'R', batch_arena(loop));
    struct value vars;
    struct run_input input = {
        .id = id,
        .kind = kind_of(request),
        .playbook = request->playbook,
        .about_count = request->about_count,
        .about = request->about,
        .site = loop->config.site,
        .offline_ms = policy_offline_ms(loop->config.policy),
        .offline_every_ms = policy_offline_every_ms(loop->config.policy),
        .never_look = loop_breaks(loop, "no-look"),
        .management = peer_management,
        .arg = (void *)(uintptr_t)loop->config.site,
    };

    if (loop_stalled(loop))
        return soar_err_set(err, SOAR_TRANSIENT, "the journal can't be written now: nothing new is begun");
    if (vars_of(request, batch_arena(loop), &vars, err))
        return -1;
    if (request->playbook)
        batch_text(loop, request->playbook->digest, "playbook", request->playbook->name,
                   request->playbook->file ? request->playbook->file : "", request->playbook->text);
    const char *alert_id = keep_alert(loop, request, id);
    struct live *live = loop_adopt(loop, run_new(&input), false);

    live->start_seq = batch_open(loop)->seq;
    struct effect started = {.kind = EFFECT_EVENT,
                             .event = EVENT_RUN_STARTED,
                             .body = started_body(loop, request, alert_id, &vars)};

    loop_emit(loop, live, &started);
    loop_bar(loop, live->run);
    *ret_run = live->run;
    return 0;
}
