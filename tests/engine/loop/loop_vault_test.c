/* Property: a call whose secret lies in a vault waits until the loop has read it there, and goes out with it;
 * calls that want the same at once share one read, and none is kept for the next; a vault that is sealed or
 * away makes the call wait for its next try, one that refuses or has nothing ends it with what it said; a
 * certificate is used only if it is what was asked for; nothing of a secret is on the disk. Method: lives of
 * an engine led by hand; a caller in front of the world that plays the vault and writes down what it is
 * asked. */
#include <stdlib.h>

#include "engine/base/ssh_certificate.h"
#include "engine/loop/loop_vault.h"
#include "tests/engine/loop/life.h"

#define ISOLATE STEPS "  - {step: isolate, action: Isolate_Endpoint, target_os: [Linux]}\n"
#define CANARY  "canary-of-the-vault"
#define GOOD    "{\"status\":200,\"body\":{\"data\":{\"data\":{\"key\":\"" CANARY "\",\"n\":7,\"l\":[1]}}}}"

struct vault {
    struct soar_caller caller; /* first: it is what the loop calls */
    struct soar_caller *inner;
    struct soar_caller_events events;
    struct arena *arena;
    const char *answers[8]; /* in this order, the last one for all that follow; NULL: it is away */
    size_t answer_count;
    int reads;
    int outside; /* calls of tasks that went out */
    uint64_t asked[64];
    const char *asked_with[64];
    size_t asked_count; /* and not yet answered */
    char args[2048], secrets[256], session[24];
    const char *sent; /* the last task's secrets */
    struct ed25519 *authority;
    struct ssh_certificate certificate; /* what it signs, but for the key */
    bool other_key;
};

static struct vault *vault_of(struct soar_caller *caller)
{
    return (struct vault *)caller;
}

static void vault_listen(struct soar_caller *caller, const struct soar_caller_events *events)
{
    struct vault *vault = vault_of(caller);

    vault->events = *events;
    vault->inner->ops->listen(vault->inner, events);
}

static int vault_call(struct soar_caller *caller, const struct soar_call *call, struct soar_err *err)
{
    struct vault *vault = vault_of(caller);

    if (!call->secret_answer) {
        vault->outside++;
        vault->sent = arena_string(vault->arena, call->secrets ? call->secrets : "");
        return vault->inner->ops->call(vault->inner, call, err);
    }
    assert_string_equal(call->function, "http.read");
    assert_true(call->read_only && !call->writes && call->left_ms > 0 && call->left_ms <= 15000);
    assert_non_null(strstr(call->peer, "\"url\":\"https://vault.example:8200\""));
    assert_null(strstr(call->peer, "open-sesame"));
    snprintf(vault->args, sizeof vault->args, "%s", call->args);
    snprintf(vault->secrets, sizeof vault->secrets, "%s", call->secrets);
    snprintf(vault->session, sizeof vault->session, "%s", call->session);
    vault->asked_with[vault->asked_count] = arena_string(vault->arena, call->args);
    vault->asked[vault->asked_count++] = call->number;
    vault->reads++;
    return 0;
}

static void vault_kill(struct soar_caller *caller, uint64_t number)
{
    vault_of(caller)->inner->ops->kill(vault_of(caller)->inner, number);
}

static void vault_close(struct soar_caller *caller, const char *session)
{
    vault_of(caller)->inner->ops->close(vault_of(caller)->inner, session);
}

static void vault_free(struct soar_caller *caller)
{
    vault_of(caller)->inner->ops->free(vault_of(caller)->inner);
}

static const struct soar_caller_ops vault_ops = {vault_listen, vault_call, vault_kill, vault_close,
                                                 vault_free};

/* Its certificate for the key that it was sent. */
static const char *signed_key(struct vault *vault)
{
    struct value args;
    struct soar_err err = {0};
    struct ed25519 *other = NULL;
    unsigned char blob[64];
    BUF_SCOPED line;

    buf_init(&line, 0);
    assert_int_equal(
        json_parse(vault->arena, vault->asked_with[0], strlen(vault->asked_with[0]), &args, &err), 0);
    const struct value *body = value_get(&args, "json");
    const char *key = value_get_string(body, "public_key", "");

    assert_string_equal(value_get_string(&args, "method", ""), "POST");
    assert_string_equal(value_get_string(body, "cert_type", ""), "user");
    assert_string_equal(value_get_string(body, "ttl", ""), "10m");
    assert_int_equal(value_count(value_get(body, "extensions")), 0);
    assert_int_equal(strncmp(key, "ssh-ed25519 ", 12), 0);
    key += 12;
    /* 51 bytes: their lengths, the name of the kind, and the key at the end */
    struct ssh_certificate made = vault->certificate;
    char text[128] = "";
    size_t len = strcspn(key, " ");
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = 0;
    size_t out = 0;

    memcpy(text, key, len);
    for (size_t i = 0; i < len; i++) {
        bits = bits << 6 | (uint32_t)(strchr(digits, text[i]) - digits);
        if (i % 4 == 3)
            for (int shift = 16; shift >= 0; shift -= 8)
                blob[out++] = (unsigned char)(bits >> shift);
    }
    memcpy(made.public, blob + 19, sizeof made.public);
    if (vault->other_key) {
        assert_int_equal(ed25519_make(&other, &err), 0);
        memcpy(made.public, ed25519_public(other), sizeof made.public);
        ed25519_free(other);
    }
    if (!made.principal)
        made.principal = value_get_string(body, "valid_principals", "");
    ssh_certificate_sign(&made, vault->authority, &line);
    return arena_printf(vault->arena, "{\"status\":200,\"body\":{\"data\":{\"signed_key\":\"%s\\n\"}}}",
                        buf_string(&line));
}

static void answer_next(struct vault *vault, int nth)
{
    size_t index = (size_t)nth < vault->answer_count ? (size_t)nth : vault->answer_count - 1;
    const char *text = vault->authority ? signed_key(vault) : vault->answers[index];
    struct soar_answer answer = {.number = vault->asked[0],
                                 .class = text ? SOAR_DONE : SOAR_TRANSIENT,
                                 .result = text ? text : "null",
                                 .why = text ? "" : "v: connection refused"};

    vault->asked_count--;
    memmove(vault->asked, vault->asked + 1, vault->asked_count * sizeof *vault->asked);
    memmove(vault->asked_with, vault->asked_with + 1, vault->asked_count * sizeof *vault->asked_with);
    vault->events.answer(vault->events.arg, &answer);
}

struct scene {
    struct story story;
    struct life life;
    struct vault vault;
    struct site_place place;
    struct site_service service;
    struct site_service_secret secret;
};

static void begin(struct scene *scene, const char *const *answers, size_t count)
{
    *scene = (struct scene){.secret = {"value", "env:SOAR_TEST_VAULT"}};
    setenv("SOAR_TEST_VAULT", "open-sesame", 1);
    story_open(&scene->story, NULL);
    struct stage *stage = &scene->story.stage;
    struct value_builder none;

    value_build(&none, stage->arena);
    struct value map = value_end_map(&none);

    scene->service = (struct site_service){
        .auth_public = map, .headers = map, .options = map, .secret_count = 1, .secrets = &scene->secret};
    scene->place = (struct site_place){.name = "v",
                                       .kind = "vault",
                                       .url = "https://vault.example:8200",
                                       .entry = map,
                                       .service = &scene->service};
    stage->site.service_count = 1;
    stage->site.services = &scene->place;
    for (size_t i = 0; i < stage->site.host_count; i++)
        stage->hosts[i].secret_key = "vault:kv/fleet/linux#key";
    life_init(&scene->life, &scene->story);
    life_begin(&scene->life);
    scene->vault = (struct vault){.caller = {.ops = &vault_ops},
                                  .inner = scene->life.caller,
                                  .arena = stage->arena,
                                  .answer_count = count};
    for (size_t i = 0; i < count; i++)
        scene->vault.answers[i] = answers[i];
    scene->life.caller = scene->life.loop->config.caller = &scene->vault.caller;
    calls_listen(scene->life.loop);
}

static void end(struct scene *scene)
{
    const struct memory_disk *disk = scene->life.disk;

    for (size_t i = 0; i < memory_disk_event_count(disk); i++) {
        assert_null(strstr(memory_disk_event(disk, i)->body, CANARY));
        assert_null(strstr(memory_disk_event(disk, i)->body, "PRIVATE KEY"));
        assert_null(strstr(memory_disk_event(disk, i)->body, "open-sesame"));
    }
    assert_true(TAILQ_EMPTY(&scene->life.loop->vault.reads));
    ed25519_free(scene->vault.authority);
    life_done(&scene->life);
    story_close(&scene->story);
}

/* Until all rests; the vault answers when nothing else moves. Returns how often it was asked. */
static int rest(struct scene *scene)
{
    struct fake_world *world = scene->story.stage.world;
    int answered = 0;

    for (int steps = 0; steps < 20000; steps++) {
        bool moved = loop_turn(scene->life.loop);

        assert_false(loop_failed(scene->life.loop, NULL));
        if (moved || loop_waits_for_store(scene->life.loop))
            continue;
        if (scene->vault.asked_count > 0) {
            answer_next(&scene->vault, answered++);
            continue;
        }
        if (loop_settled(scene->life.loop))
            return answered;
        int64_t due = loop_due(scene->life.loop);

        due = due < fake_world_due(world) ? due : fake_world_due(world);
        assert_true(due != INT64_MAX);
        fake_world_advance(world, due > fake_world_now(world) ? due : fake_world_now(world));
    }
    fail_msg("it never came to rest");
    return 0;
}

static const struct run_task *task_at(const struct run *run, const char *host)
{
    for (size_t i = 0; i < run->task_count; i++)
        if (!strcmp(run->tasks[i]->name, host))
            return run->tasks[i];
    fail_msg("no task on %s", host);
    return NULL;
}

static void two_share_what_they_want_at_once(void **state)
{
    static const char *const answers[] = {GOOD};
    struct scene scene;

    (void)state;
    begin(&scene, answers, 1);
    struct run *run = life_request(&scene.life, ISOLATE, BOTH);

    for (int i = 0; i < 50 && scene.vault.asked_count == 0; i++)
        loop_turn(scene.life.loop);
    for (int i = 0; i < 50; i++)
        loop_turn(scene.life.loop);
    assert_int_equal(scene.vault.reads, 1);   /* both want it */
    assert_int_equal(scene.vault.outside, 0); /* and neither goes out without it */
    assert_string_equal(scene.vault.args, "{\"path\":\"/v1/kv/data/fleet/linux\"}");
    assert_string_equal(scene.vault.secrets, "{\"value\":\"open-sesame\"}");
    answer_next(&scene.vault, 0);
    loop_turn(scene.life.loop);
    assert_int_equal(scene.vault.outside, 2);
    assert_string_equal(scene.vault.sent, "{\"key\":\"" CANARY "\"}");
    assert_true(rest(&scene) > 2); /* nothing is kept: what comes later asks again */
    assert_int_equal(run->result, RESULT_COMPLETED);
    end(&scene);
}

static void a_sealed_vault_is_waited_for(void **state)
{
    static const char *const answers[] = {"{\"status\":503,\"body\":{\"errors\":[\"Vault is sealed\"]}}",
                                          NULL, GOOD};
    struct scene scene;

    (void)state;
    begin(&scene, answers, 3);
    struct run *run = life_request(&scene.life, ISOLATE, WEB);

    rest(&scene);
    assert_int_equal(run->result, RESULT_COMPLETED);
    assert_int_equal(life_events(&scene.life, run->id, "task.retry", ""), 2);
    assert_int_equal(life_events(&scene.life, run->id, "task.retry", "sealed"), 1);
    assert_int_equal(life_events(&scene.life, run->id, "task.retry", "connection refused"), 1);
    end(&scene);
}

static void what_it_refuses_is_told(void **state)
{
    static const struct {
        const char *answer, *why;
    } rows[] = {
        {"{\"status\":403,\"body\":{\"errors\":[\"permission denied\"]}}",
         "web-01: key: vault:kv/fleet/linux#key: the vault doesn't let us (403: permission denied)"},
        {"{\"status\":403,\"body\":{\"errors\":[\"1 error occurred:\\n\\t* permission denied\\n\\n\"]}}",
         "web-01: key: vault:kv/fleet/linux#key: the vault doesn't let us (403: 1 error occurred: * "
         "permission denied)"},
        {"{\"status\":404,\"body\":{\"errors\":[]}}",
         "web-01: key: vault:kv/fleet/linux#key: there is nothing in the vault at this path (404)"},
        {"{\"status\":200,\"body\":{\"data\":{\"data\":{\"other\":\"" CANARY "\"}}}}",
         "it has no such field"},
        {"{\"status\":200,\"body\":{\"data\":{\"data\":{\"key\":[\"" CANARY "\"]}}}}",
         "the field is no text"},
        {"{\"status\":200,\"body\":{\"data\":{\"data\":{\"key\":\"\"}}}}", "empty"},
        {"{\"status\":200,\"body\":{\"data\":{\"key\":\"" CANARY "\"}}}", "it has no such field"}, /* KV v1 */
        {"{\"status\":200,\"body\":null}", "has no data"},
        {"{\"status\":400,\"body\":{\"errors\":[\"a\\u001b[31m b\"]}}",
         "the vault answered 400: a\\u{1b}[31m b"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene scene;

        begin(&scene, &rows[i].answer, 1);
        struct run *run = life_request(&scene.life, ISOLATE, WEB);

        assert_int_equal(rest(&scene), 1);
        const struct run_task *task = task_at(run, "web-01");

        if (task->outcome != OUTCOME_FAILED || !strstr(task->why, rows[i].why))
            fail_msg("row %zu: %s: %s", i, task_outcome_name(task->outcome), task->why);
        assert_null(strstr(task->why, CANARY));
        assert_int_equal(scene.vault.outside, 0);
        end(&scene);
    }
}

/* 403 is also what it says of a token that has ended: a worker that has logged in before is left for another.
 */
static void a_log_in_that_ended_is_made_anew(void **state)
{
    static const char *const answers[] = {GOOD, "{\"status\":403,\"body\":{}}", GOOD};
    struct scene scene;
    char first[24];

    (void)state;
    begin(&scene, answers, 3);
    struct run *run = life_request(&scene.life, ISOLATE, WEB);

    while (scene.vault.asked_count == 0)
        loop_turn(scene.life.loop);
    snprintf(first, sizeof first, "%s", scene.vault.session);
    rest(&scene);
    assert_int_equal(run->result, RESULT_COMPLETED);
    assert_string_not_equal(scene.vault.session, first);
    assert_int_equal(life_events(&scene.life, run->id, "task.retry", ""), 0);
    end(&scene);
}

/* Two are out when it ends: each is asked once more, by the same new worker. */
static void a_log_in_that_ended_for_two_is_made_anew_once(void **state)
{
    static const char *const answers[] = {"{\"status\":403,\"body\":{}}", "{\"status\":403,\"body\":{}}",
                                          GOOD};
    struct scene scene;
    char third[24];

    (void)state;
    begin(&scene, answers, 3);
    scene.story.stage.hosts[1].secret_key = "vault:kv/other#key";
    struct run *one = life_request(&scene.life, ISOLATE, WEB);

    while (scene.vault.asked_count == 0)
        loop_turn(scene.life.loop);
    answer_next(&scene.vault, 2);
    for (int i = 0; i < 1000 && scene.vault.asked_count == 0; i++)
        if (!loop_turn(scene.life.loop))
            fake_world_advance(scene.story.stage.world, fake_world_due(scene.story.stage.world));
    struct run *two = life_request(&scene.life, ISOLATE, ALERT("\"web-02\""));

    for (int i = 0; i < 1000 && scene.vault.asked_count < 2; i++)
        loop_turn(scene.life.loop);
    assert_int_equal(scene.vault.asked_count, 2);
    answer_next(&scene.vault, 0);
    snprintf(third, sizeof third, "%s", scene.vault.session);
    answer_next(&scene.vault, 1);
    assert_string_equal(scene.vault.session, third);
    scene.vault.answers[0] = GOOD;
    scene.vault.answer_count = 1;
    rest(&scene);
    assert_true(one->result == RESULT_COMPLETED && two->result == RESULT_COMPLETED);
    assert_int_equal(life_events(&scene.life, NULL, "task.retry", ""), 0);
    end(&scene);
}

static void a_number_is_its_text(void **state)
{
    static const char *const answers[] = {GOOD};
    struct scene scene;

    (void)state;
    begin(&scene, answers, 1);
    for (size_t i = 0; i < scene.story.stage.site.host_count; i++)
        scene.story.stage.hosts[i].secret_key = "vault:kv/a b#n";
    struct run *run = life_request(&scene.life, ISOLATE, WEB);

    rest(&scene);
    assert_int_equal(run->result, RESULT_COMPLETED);
    assert_string_equal(scene.vault.args, "{\"path\":\"/v1/kv/data/a%20b\"}");
    assert_string_equal(scene.vault.sent, "{\"key\":\"7\"}");
    end(&scene);
}

static void begin_signing(struct scene *scene)
{
    static const char *const none[] = {""};
    struct soar_err err = {0};

    begin(scene, none, 1);
    int64_t now_s = scene->life.world.wall_ms(scene->life.world.arg) / 1000;

    for (size_t i = 0; i < scene->story.stage.site.host_count; i++) {
        scene->story.stage.hosts[i].secret_key = NULL;
        scene->story.stage.hosts[i].secret_ca = "vault:ssh/sign/soar";
    }
    assert_int_equal(ed25519_make(&scene->vault.authority, &err), 0);
    scene->vault.certificate =
        (struct ssh_certificate){.id = "x", .from_s = now_s - 30, .to_s = now_s + 600, .sources = ""};
}

static void a_key_is_signed_for_each_call(void **state)
{
    struct scene scene;

    (void)state;
    begin_signing(&scene);
    struct run *run = life_request(&scene.life, ISOLATE, BOTH);
    int asked = rest(&scene);

    assert_int_equal(run->result, RESULT_COMPLETED);
    assert_int_equal(asked, scene.vault.reads);
    assert_true(asked > 2);
    assert_non_null(strstr(scene.vault.args, "{\"method\":\"POST\",\"path\":\"/v1/ssh/sign/soar\""));
    assert_non_null(strstr(scene.vault.args, "\"valid_principals\":\"root@web-0"));
    end(&scene);
}

static void a_certificate_that_is_not_ours_is_refused(void **state)
{
    static const char *const whys[] = {"another key", "not for root@web-01 alone", "for longer than",
                                       "not valid now", "not valid now"};

    (void)state;
    for (int i = 0; i < 5; i++) {
        struct scene scene;

        begin_signing(&scene);
        struct ssh_certificate *made = &scene.vault.certificate;

        scene.vault.other_key = i == 0;
        made->principal = i == 1 ? "root" : NULL;
        made->to_s += i == 2 ? 3600 : i == 3 ? -700 : 0;
        made->from_s += i == 4 ? 590 : 0;
        struct run *run = life_request(&scene.life, ISOLATE, WEB);

        assert_int_equal(rest(&scene), 1);
        const struct run_task *task = task_at(run, "web-01");

        if (task->outcome != OUTCOME_FAILED || !strstr(task->why, whys[i]) ||
            !strstr(task->why, "web-01: certificate_authority: "))
            fail_msg("%d: %s: %s", i, task_outcome_name(task->outcome), task->why);
        assert_int_equal(scene.vault.outside, 0);
        end(&scene);
    }
}

/* An inventory that is read anew while a call waits may have freed what it said before. */
static void a_reload_takes_nothing_away(void **state)
{
    static const char *const answers[] = {GOOD};
    struct scene scene;

    (void)state;
    begin(&scene, answers, 1);
    struct stage *stage = &scene.story.stage;
    char *reference = strdup("vault:kv/fleet/linux#key");

    stage->hosts[0].secret_key = reference;
    struct run *run = life_request(&scene.life, ISOLATE, WEB);

    while (scene.vault.asked_count == 0)
        loop_turn(scene.life.loop);
    struct site *other = arena_alloc(stage->arena, sizeof *other);
    struct site_host *hosts = arena_array(stage->arena, 3, sizeof *hosts);

    *other = stage->site;
    memcpy(hosts, stage->hosts, 3 * sizeof *hosts);
    hosts[0].secret_key = NULL;
    other->hosts = hosts;
    strcpy(other->inventory_digest, "ff");
    memset(reference, 'x', strlen(reference));
    free(reference);
    loop_reload(
        scene.life.loop,
        &(struct loop_site){.site = other, .policy = stage->policy, .shelf = stage->shelf, .by = "SIGHUP"});
    rest(&scene);
    assert_int_equal(run->result, RESULT_COMPLETED);
    end(&scene);
}

/* What came when nothing may go out any more isn't kept. */
static void what_comes_too_late_is_wiped(void **state)
{
    static const char *const answers[] = {GOOD};
    struct scene scene;

    (void)state;
    begin(&scene, answers, 1);
    life_request(&scene.life, ISOLATE, WEB);
    while (scene.vault.asked_count == 0)
        loop_turn(scene.life.loop);
    loop_wind_down(scene.life.loop);
    answer_next(&scene.vault, 0);
    const struct out_call *call = TAILQ_FIRST(&scene.life.loop->waiting);

    assert_non_null(call->vault->given[0].bytes);
    loop_turn(scene.life.loop);
    assert_ptr_equal(call, TAILQ_FIRST(&scene.life.loop->waiting));
    assert_null(call->vault->given[0].bytes);
    assert_int_equal(scene.vault.outside, 0);
    end(&scene);
}

static void who_is_told_to_stop_waits_no_longer(void **state)
{
    static const char *const answers[] = {GOOD};
    struct scene scene;

    (void)state;
    begin(&scene, answers, 1);
    struct run *run = life_request(&scene.life, ISOLATE, WEB);

    while (scene.vault.asked_count == 0)
        loop_turn(scene.life.loop);
    assert_int_equal(loop_cancel(scene.life.loop, run->id, "ana", "", &scene.story.err), 0);
    loop_cut_short(scene.life.loop, run->id);
    for (int i = 0; i < 50; i++)
        loop_turn(scene.life.loop);
    assert_int_equal(run->state, RUN_ENDED); /* with the vault's answer still to come */
    assert_int_equal(scene.vault.outside, 0);
    answer_next(&scene.vault, 0);
    end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_share_what_they_want_at_once),
        cmocka_unit_test(a_sealed_vault_is_waited_for),
        cmocka_unit_test(what_it_refuses_is_told),
        cmocka_unit_test(a_log_in_that_ended_is_made_anew),
        cmocka_unit_test(a_log_in_that_ended_for_two_is_made_anew_once),
        cmocka_unit_test(a_number_is_its_text),
        cmocka_unit_test(a_key_is_signed_for_each_call),
        cmocka_unit_test(a_certificate_that_is_not_ours_is_refused),
        cmocka_unit_test(a_reload_takes_nothing_away),
        cmocka_unit_test(what_comes_too_late_is_wiped),
        cmocka_unit_test(who_is_told_to_stop_waits_no_longer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
