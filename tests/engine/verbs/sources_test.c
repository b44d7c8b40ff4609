/* Property: a commit takes the place of the one in use only if it goes forward (unless the configuration
 * names it), is signed where signers are named, and all of its playbooks are good; else the one in use stays,
 * the state says why, and the journal has it once. What waits is used when a person says so, by its id.
 * Method: a worker that answers what the test says; a journal in memory; the files of the commits in a
 * directory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/rehearse/memory_store.h"
#include "engine/verbs/sources.h"

#define A              "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B              "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C              "cccccccccccccccccccccccccccccccccccccccc"
#define PLAYBOOK(name) "playbook_name: " name "\nactions:\n  - {step: a, action: Isolate_Endpoint}\n"

/* --- the worker */

enum { CALLS_MAX = 32 };

struct worker {
    struct soar_caller caller;
    struct soar_caller_events events;
    struct {
        uint64_t number;
        char function[16], args[256];
    } calls[CALLS_MAX];
    size_t count;
    char peer[2048], secrets[256];
    int fetches, closed;
    const char *commit, *change, *extra; /* of the answer to git.fetch; commit NULL: it fails */
    const char *paths[4], *texts[4];
};

static void listen_to(struct soar_caller *caller, const struct soar_caller_events *events)
{
    ((struct worker *)caller)->events = *events;
}

static int take_call(struct soar_caller *caller, const struct soar_call *call, struct soar_err *err)
{
    struct worker *worker = (struct worker *)caller;
    (void)err;
    assert_true(worker->count < CALLS_MAX);
    worker->calls[worker->count].number = call->number;
    snprintf(worker->calls[worker->count].function, 16, "%s", call->function);
    snprintf(worker->calls[worker->count++].args, 256, "%s", call->args);
    snprintf(worker->peer, sizeof worker->peer, "%s", call->peer);
    snprintf(worker->secrets, sizeof worker->secrets, "%s", call->secrets ? call->secrets : "");
    worker->fetches += strcmp(call->function, "git.fetch") == 0;
    assert_false(call->writes);
    return 0;
}

static void kill_call(struct soar_caller *caller, uint64_t number)
{
    (void)caller;
    (void)number;
}

static void close_session(struct soar_caller *caller, const char *session)
{
    (void)session;
    ((struct worker *)caller)->closed++;
}

static void free_caller(struct soar_caller *caller)
{
    (void)caller;
}

static const struct soar_caller_ops ops = {listen_to, take_call, kill_call, close_session, free_caller};

static char *answer_text(struct arena *arena, const struct worker *worker, const char *function,
                         const char *args)
{
    BUF_SCOPED files = {0};
    for (size_t i = 0; worker->paths[i]; i++) {
        if (strcmp(function, "git.file") == 0 && strstr(args, worker->paths[i])) {
            struct value text = value_static(worker->texts[i]);
            return arena_printf(arena, "{\"text\":%s}", json_text(arena, &text));
        }
        buf_printf(&files, "%s{\"path\":\"%s\",\"size\":1}", i ? "," : "", worker->paths[i]);
    }
    return arena_printf(arena, "{\"commit\":\"%s\",\"change\":\"%s\",\"subject\":\"s\",\"files\":[%s]%s}",
                        worker->commit, worker->change, buf_string(&files),
                        worker->extra ? worker->extra : "");
}

/* All that was asked, and what comes of it. */
static void answer_all(struct worker *worker)
{
    ARENA_SCOPED arena = arena_new();
    for (size_t i = 0; i < worker->count; i++) {
        struct soar_answer answer = {.number = worker->calls[i].number, .class = SOAR_DONE, .why = ""};
        if (worker->commit)
            answer.result = answer_text(arena, worker, worker->calls[i].function, worker->calls[i].args);
        else
            answer = (struct soar_answer){answer.number, SOAR_TRANSIENT, "null", "no answer within 1 s"};
        worker->events.answer(worker->events.arg, &answer);
    }
    worker->count = 0;
}

/* --- the stage */

struct stage {
    struct arena *arena;
    struct worker worker;
    struct soar_store *store;
    struct loop *loop;
    struct sources *sources;
    struct site site;
    struct site_source source;
    struct policy *policy;
    struct pack_shelf *shelf;
    char dir[32];
    int changes;
};

static void changed(void *arg, const char *name)
{
    struct stage *stage = arg;
    assert_string_equal(name, "soc");
    stage->changes++;
}

static void use(struct stage *stage)
{
    const struct sources_site with = {&stage->site, stage->policy, stage->shelf};
    sources_use(stage->sources, &with, NULL);
}

static int set_up(void **state)
{
    struct stage *stage = calloc(1, sizeof *stage);
    struct diag_list diags;
    stage->arena = arena_new();
    strcpy(stage->dir, "/tmp/soar-sources-XXXXXX");
    assert_non_null(mkdtemp(stage->dir));
    stage->worker.caller.ops = &ops;
    stage->source = (struct site_source){.name = "soc",
                                         .url = "https://h/a",
                                         .ref = "main",
                                         .path = "",
                                         .signers = "x",
                                         .every_ms = 1000,
                                         .deadline_ms = 1000};
    stage->site.source_count = 1;
    stage->site.sources = &stage->source;
    diag_init(&diags, stage->arena, "t");
    assert_int_equal(policy_load(stage->arena, &stage->site, NULL, &stage->policy, &diags), 0);
    stage->shelf = pack_shelf_new(stage->arena);
    assert_int_equal(pack_shelf_add_builtin(stage->shelf, NULL), 0);
    stage->store = memory_store_new();
    stage->loop = loop_new(&(struct loop_config){.store = stage->store,
                                                 .caller = &stage->worker.caller,
                                                 .world = world_system(),
                                                 .site = &stage->site,
                                                 .policy = stage->policy,
                                                 .shelf = stage->shelf});
    assert_int_equal(loop_start(stage->loop, NULL), 0);
    stage->sources = sources_new(&(struct sources_config){.caller = &stage->worker.caller,
                                                          .world = world_system(),
                                                          .state = stage->dir,
                                                          .loop = stage->loop,
                                                          .changed = changed,
                                                          .arg = stage});
    use(stage);
    *state = stage;
    return 0;
}

static int tear_down(void **state)
{
    struct stage *stage = *state;
    char command[64];
    sources_free(stage->sources);
    loop_stop(stage->loop);
    stage->store->ops->close(stage->store);
    loop_free(stage->loop);
    arena_free(stage->arena);
    snprintf(command, sizeof command, "rm -r %s", stage->dir);
    free(stage);
    return system(command);
}

static void offer(struct stage *stage, const char *commit, const char *change, const char *extra,
                  const char *text)
{
    struct worker *worker = &stage->worker;
    worker->commit = commit;
    worker->change = change;
    worker->extra = extra;
    worker->paths[0] = text ? "contain.yaml" : NULL;
    worker->texts[0] = text;
    assert_int_equal(sources_fetch(stage->sources, NULL, "ana", NULL), 0);
    while (worker->count > 0) {
        struct worker asked = *worker;
        worker->count = 0;
        answer_all(&asked);
    }
}

static const struct value *now(struct stage *stage)
{
    struct value *list = arena_alloc(stage->arena, sizeof *list);
    *list = sources_value(stage->sources, "soc", stage->arena);
    return value_at(list, 0);
}

static void stands(struct stage *stage, const char *state, const char *commit, const char *why)
{
    const struct value *one = now(stage);
    assert_string_equal(value_get_string(one, "state", ""), state);
    assert_string_equal(value_get_string(one, "commit", ""), commit);
    if (!strstr(value_get_string(one, "why", ""), why))
        fail_msg("expected '%s', found '%s'", why, value_get_string(one, "why", ""));
}

#define SIGNED ",\"signed\":true,\"by\":\"ana@corp\""

/* --- tests */

static void a_good_one_is_used(void **state)
{
    struct stage *stage = *state;
    offer(stage, A, "first", SIGNED, PLAYBOOK("One"));
    stands(stage, "current", A, "");
    assert_int_equal(stage->changes, 1);
    assert_string_equal(value_get_string(now(stage), "signed_by", ""), "ana@corp");
    assert_true(stage->worker.closed > 0);
    assert_false(sources_busy(stage->sources, NULL));
    offer(stage, B, "forward", SIGNED, PLAYBOOK("Two"));
    stands(stage, "current", B, "");
    offer(stage, B, "same", "", NULL);
    stands(stage, "current", B, "");
    assert_int_equal(stage->changes, 2);
}

static void others_are_refused(void **state)
{
    static const struct {
        const char *change, *extra, *text, *why;
    } cases[] = {
        {"forced", SIGNED, PLAYBOOK("Two"), "was rewritten"},
        {"forward", ",\"signed\":false,\"why\":\"it is not signed\"", PLAYBOOK("Two"), "it is not signed"},
        {"forward", "", PLAYBOOK("Two"), "it is not signed"},
        {"forward", SIGNED ",\"refused\":\"x/..: no\"", NULL, "x/..: no"},
        {"forward", SIGNED, "a: [", "soc@bbbbbbbbbbbb/contain.yaml:"},
        {"forward", SIGNED, "playbook_name: X\nactons: []\n", "contain.yaml:2:1: unknown key 'actons'"},
        {"forward", SIGNED, "hosts: {}\n", "there is no playbook in it"},
        {"forward", SIGNED, NULL, "there is no playbook in it"},
        {"", SIGNED, PLAYBOOK("Two"), "makes no sense"},
    };
    struct stage *stage = *state;
    offer(stage, A, "first", SIGNED, PLAYBOOK("One"));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        offer(stage, B, cases[i].change, cases[i].extra, cases[i].text);
        stands(stage, cases[i].change[0] ? "refused" : "unreachable", A, cases[i].why);
    }
    stage->worker.commit = NULL;
    offer(stage, NULL, "", "", NULL);
    stands(stage, "unreachable", A, "no answer within 1 s");
    assert_int_equal(stage->changes, 1);
    offer(stage, C, "forward", SIGNED, PLAYBOOK("Three"));
    stands(stage, "current", C, "");
}

static void a_person_promotes(void **state)
{
    struct stage *stage = *state;
    struct soar_err err;
    stage->source.by_person = true;
    offer(stage, A, "first", SIGNED, PLAYBOOK("One"));
    stands(stage, "waits", "", "");
    assert_int_equal(stage->changes, 0);
    assert_int_equal(sources_promote(stage->sources, "soc", "aaaaaaa", "bo", &err), -1);
    assert_int_equal(sources_promote(stage->sources, "soc", "bbbbbbbbbbbb", "bo", &err), -1);
    assert_int_equal(sources_promote(stage->sources, "other", A, "bo", &err), -1);
    assert_int_equal(sources_promote(stage->sources, "soc", "aaaaaaaa", "bo", &err), 0);
    stands(stage, "current", A, "");
    assert_int_equal(stage->changes, 1);
    assert_int_equal(sources_promote(stage->sources, "soc", A, "bo", &err), -1);
    offer(stage, B, "forward", SIGNED, PLAYBOOK("Two"));
    stands(stage, "waits", A, "");
    offer(stage, A, "same", "", NULL); /* it was taken back */
    stands(stage, "current", A, "");
    assert_int_equal(sources_promote(stage->sources, "soc", B, "bo", &err), -1);
}

static void the_configuration_decides(void **state)
{
    struct stage *stage = *state;
    offer(stage, A, "first", SIGNED, PLAYBOOK("One"));
    assert_int_equal(sources_fetch(stage->sources, "soc", "ana", NULL), 0);
    assert_string_equal(stage->worker.calls[0].args, "{\"live\":\"" A "\"}");
    stage->source.ref = B; /* changed while it is asked: what comes is of another question */
    use(stage);
    stage->worker.change = "forward";
    stage->worker.commit = C;
    answer_all(&stage->worker);
    stands(stage, "current", A, "");
    stage->source.by_person = true;
    offer(stage, B, "first", SIGNED, PLAYBOOK("Two"));
    stands(stage, "current", B, "");
    stage->source.ref = "main";
    use(stage);
    assert_int_equal(sources_fetch(stage->sources, "soc", "ana", NULL), 0);
    assert_string_equal(stage->worker.calls[stage->worker.count - 1].args, "{}"); /* it begins anew */
    stage->site.source_count = 0;
    use(stage);
    answer_all(&stage->worker);
    assert_int_equal(sources_fetch(stage->sources, NULL, "ana", NULL), -1);
    assert_true(sources_due(stage->sources) == INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_good_one_is_used, set_up, tear_down),
        cmocka_unit_test_setup_teardown(others_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_person_promotes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_configuration_decides, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
