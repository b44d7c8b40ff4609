/* Builds the small world in which scenarios play: hosts, the built-in pack with its model, a pack that is not
 * convergent. */
#include "tests/sim/stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/trigger/trigger.h"

/* Rings a bell: no look can tell whether it rang, so a call in doubt asks a person. */
static const char bell_pack[] = "action: Ring_Bell\n"
                                "summary: Rings a bell that nobody can see.\n"
                                "per: host\n"
                                "lock: bell\n"
                                "done: rung\n"
                                "providers:\n"
                                "  bell:\n"
                                "    via: ssh\n"
                                "    proved: \"no\"\n"
                                "    in_doubt: ask\n"
                                "    apply:\n"
                                "      - ssh.run: {script: \"ring\"}\n";

static const char bell_model[] = "action: Ring_Bell\n"
                                 "providers:\n"
                                 "  bell:\n"
                                 "    start: {rung: 0}\n"
                                 "    effects: [{in: apply, set: {rung: 1}}]\n"
                                 "    contained: \"true\"\n";

static const char mark_pack[] =
    "action: Mark_Host\n"
    "summary: Leaves a mark in two calls, the second of which must not be made twice.\n"
    "per: host\n"
    "lock: mark\n"
    "done: marked\n"
    "undone: unmarked\n"
    "providers:\n"
    "  mark:\n"
    "    via: ssh\n"
    "    proved: \"no\"\n"
    "    check:\n"
    "      - ssh.read: {script: \"look\"}\n"
    "        as: seen\n"
    "      - so: seen.out == \"both\"\n"
    "        clear: seen.out == \"none\"\n"
    "    apply:\n"
    "      - ssh.run: {script: \"first\"}\n"
    "      - ssh.run: {script: \"second\"}\n"
    "        once: true\n"
    "        in_doubt: retry\n"
    "    revert:\n"
    "      - ssh.run: {script: \"wipe\"}\n";

static const char mark_model[] =
    "action: Mark_Host\n"
    "providers:\n"
    "  mark:\n"
    "    start: {first: false, second: false}\n"
    "    answers:\n"
    "      - {in: check, when: state.first && state.second, answer: {out: both}}\n"
    "      - {in: check, when: state.first || state.second, answer: {out: some}}\n"
    "      - {in: check, answer: {out: none}}\n"
    "    effects:\n"
    "      - {in: apply, at: 1, set: {first: true}, counts: \"!state.first\"}\n"
    "      - {in: apply, at: 2, set: {second: true}, counts: \"false\"}\n"
    "      - {in: revert, set: {first: false, second: false}, counts: \"false\"}\n"
    "    contained: state.first && state.second\n";

static const struct site_webhook siem = {
    .name = "siem", .path = "/webhook/siem", .format = "soar", .confidence_max = 100};

static void fail(const char *what, const struct diag_list *diags)
{
    BUF_SCOPED text = {0};

    if (diags)
        diag_print(diags, &text);
    fprintf(stderr, "stage: %s\n%s", what, buf_string(&text));
    abort();
}

static void add_model(struct stage *stage, const char *text)
{
    struct diag_list diags;
    size_t count = 0;

    diag_init(&diags, stage->arena, "model");
    struct model *models = model_load(stage->arena, text, strlen(text), &count, &diags);

    if (!models)
        fail("a model can't be read", &diags);
    fake_world_model(stage->world, models, count);
}

static void add_pack(struct stage *stage, const char *text)
{
    struct diag_list diags;

    diag_init(&diags, stage->arena, "pack");
    if (pack_shelf_add_text(stage->shelf, text, strlen(text), "tests/sim", &diags))
        fail("a pack can't be read", &diags);
}

static void read_policy(struct stage *stage, const char *text)
{
    struct diag_list diags;
    struct policy_self self = {0};

    diag_init(&diags, stage->arena, "policy");
    if (text)
        stage->site.policy = yaml_parse(stage->arena, text, strlen(text), &diags);
    if (policy_load(stage->arena, &stage->site, &self, &stage->policy, &diags))
        fail("the policy can't be read", &diags);
}

/* Of the built-in actions this one alone, without the vendors that extend it: all of them take longer to read
 * than a life takes to live. */
static char *of_isolation(struct stage *stage, const char *file)
{
    char *text;
    size_t len;

    if (file_read(stage->arena, arena_printf(stage->arena, "%s/actions/%s", SOAR_SOURCE_DIR, file),
                  LIMIT_FILE_BYTES, &text, &len, NULL))
        fail("no Isolate_Endpoint", NULL);
    return text;
}

void stage_open(struct stage *stage, const struct stage_options *options, const char *policy_yaml)
{
    *stage = (struct stage){.arena = arena_new(), .world = fake_world_new(options->seed)};
    stage->site.hosts = stage->hosts;
    stage->site.webhooks = &siem;
    stage->site.webhook_count = 1;
    stage->shelf = pack_shelf_new(stage->arena);
    add_pack(stage, of_isolation(stage, "isolate_endpoint.yaml"));
    add_pack(stage, bell_pack);
    add_pack(stage, mark_pack);
    add_model(stage, of_isolation(stage, "isolate_endpoint.rehearse.yaml"));
    add_model(stage, bell_model);
    add_model(stage, mark_model);
    read_policy(stage, policy_yaml);
    fake_world_chaos(stage->world, options->chaos_percent);
    stage->rehearsal = rehearsal_new(&(struct rehearsal_options){.site = &stage->site,
                                                                 .policy = stage->policy,
                                                                 .shelf = stage->shelf,
                                                                 .world = stage->world,
                                                                 .breakage = options->breakage,
                                                                 .forget = options->forget,
                                                                 .recheck = options->recheck,
                                                                 .crashes = options->crashes,
                                                                 .crash_count = options->crash_count,
                                                                 .die_at = options->die_at,
                                                                 .die_when = options->die_when,
                                                                 .die_again_at = options->die_again_at,
                                                                 .dies_percent = options->dies_percent});
}

void stage_close(struct stage *stage)
{
    rehearsal_free(stage->rehearsal);
    fake_world_free(stage->world);
    arena_free(stage->arena);
}

void stage_pack(struct stage *stage, const char *pack_text, const char *model_text)
{
    add_pack(stage, pack_text);
    add_model(stage, model_text);
}

void stage_host(struct stage *stage, const char *name, const char *os)
{
    size_t i = stage->site.host_count++;
    static const char *const none[] = {NULL};

    stage->hosts[i] = (struct site_host){.name = name,
                                         .key = arena_printf(stage->arena, "host:%s", name),
                                         .address = arena_printf(stage->arena, "127.0.9.%zu", i + 1),
                                         .os = os,
                                         .via = "ssh",
                                         .user = "root",
                                         .tags = none,
                                         .also = none,
                                         .management = none};
}

struct playbook *stage_playbook(struct stage *stage, const char *text)
{
    struct diag_list diags;

    diag_init(&diags, stage->arena, "playbook.yaml");
    struct playbook *playbook =
        playbook_load(stage->arena, "playbook.yaml", text, strlen(text), stage->shelf, NULL, &diags);

    if (!playbook)
        fail("a playbook can't be read", &diags);
    return playbook;
}

struct value stage_alert(struct stage *stage, const char *json)
{
    struct soar_err err = {0};
    struct value raw;
    struct value alert = {0};

    if (json_parse(stage->arena, json, strlen(json), &raw, &err) ||
        trigger_normalise(&raw, stage->arena, &alert, &err))
        fail(err.text, NULL);
    return alert;
}

int stage_run(struct stage *stage, const struct playbook *playbook, const char *alert_json,
              struct soar_err *err)
{
    struct value *alert = arena_alloc(stage->arena, sizeof *alert);

    *alert = stage_alert(stage, alert_json);
    return rehearsal_request(
        stage->rehearsal, &(struct loop_request){.playbook = playbook, .alert = alert, .by = "the simulator"},
        err);
}

static struct run_about *about_all(struct stage *stage, bool frees, size_t *ret_count)
{
    struct loop *loop = rehearsal_loop(stage->rehearsal);
    const struct ledger *ledger = loop_ledger(loop);
    size_t count = ledger_row_count(ledger);
    struct run_about *about = arena_array(stage->arena, count + 1, sizeof *about);

    for (size_t i = 0; i < count; i++) {
        const struct ledger_row *row = ledger_row_at(ledger, i);
        const char **runs = arena_array(stage->arena, row->holder_count + 1, sizeof *runs);

        for (size_t h = 0; h < row->holder_count; h++)
            runs[h] = arena_string(stage->arena, row->holders[h].run);
        about[i] = (struct run_about){.target = arena_string(stage->arena, row->target),
                                      .name = arena_string(stage->arena, row->name),
                                      .action = arena_string(stage->arena, row->action),
                                      .provider = arena_string(stage->arena, row->provider),
                                      .place = arena_string(stage->arena, row->place),
                                      .pack = pack_shelf_find(stage->shelf, row->action),
                                      .args = value_copy(stage->arena, &row->args),
                                      .host = value_copy(stage->arena, &row->host),
                                      .free_count = frees ? row->holder_count : 0,
                                      .free_runs = runs};
    }
    *ret_count = count;
    return about;
}

int stage_send(struct stage *stage, const struct stage_request *request, struct soar_err *err)
{
    struct loop_item *items = arena_array(stage->arena, STAGE_ITEMS, sizeof *items);
    struct value *alerts = arena_array(stage->arena, STAGE_ITEMS, sizeof *alerts);
    const struct playbook **playbooks = arena_array(stage->arena, 2, sizeof *playbooks);

    for (size_t i = 0; i < request->alert_count; i++) {
        alerts[i] = stage_alert(stage, request->alerts[i]);
        items[i] = (struct loop_item){
            .alert = &alerts[i], .body = request->alerts[i], .len = strlen(request->alerts[i])};
    }
    for (size_t i = 0; i < request->playbook_count; i++)
        playbooks[i] = request->playbooks[i];
    return rehearsal_send(stage->rehearsal,
                          &(struct loop_intake){.source = siem.name,
                                                .from = "192.0.2.7",
                                                .request = request->request,
                                                .repeat_ms = INT64_C(30) * 24 * 3600 * 1000,
                                                .webhook = &siem,
                                                .item_count = request->alert_count,
                                                .items = items,
                                                .playbook_count = request->playbook_count,
                                                .playbooks = playbooks},
                          err);
}

int stage_release_all(struct stage *stage, struct soar_err *err)
{
    size_t count;
    struct run_about *about = about_all(stage, true, &count);

    if (count == 0)
        return 0;
    return rehearsal_request(
        stage->rehearsal, &(struct loop_request){.about = about, .about_count = count, .by = "the simulator"},
        err);
}

int stage_recheck_all(struct stage *stage, struct soar_err *err)
{
    size_t count;
    struct run_about *about = about_all(stage, false, &count);

    return rehearsal_request(
        stage->rehearsal,
        &(struct loop_request){.about = about, .about_count = count, .recheck = true, .found = "clear"}, err);
}
