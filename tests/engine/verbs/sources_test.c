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

#include "engine/base/file.h"
#include "engine/base/gitobj.h"
#include "engine/base/json.h"
#include "engine/rehearse/memory_store.h"
#include "engine/verbs/sources.h"

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
    bool orphan;                         /* commits that are made have no parent */
    const char *commit, *change, *extra; /* of the answer to git.fetch; commit NULL: it fails */
    const char *text;                    /* of its one file; NULL: it has none */
    const char *other;                   /* what git.file says instead, or NULL */
    struct value object, tree;
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

static char *answer_text(struct arena *arena, const struct worker *worker, const char *function)
{
    struct value text = value_static(worker->other ? worker->other : worker->text ? worker->text : "");
    if (strcmp(function, "git.file") == 0)
        return arena_printf(arena, "{\"text\":%s}", json_text(arena, &text));
    if (strcmp(function, "git.way") == 0)
        return arena_printf(arena, "{\"way\":[%s]}", json_text(arena, &worker->object));
    return arena_printf(arena,
                        "{\"commit\":\"%s\",\"change\":\"%s\",\"subject\":\"s\",\"files\":[%s],\"object\":%s,"
                        "\"trees\":[%s]%s}",
                        worker->commit, worker->change,
                        worker->text ? "{\"path\":\"contain.yaml\",\"size\":1}" : "",
                        json_text(arena, &worker->object), json_text(arena, &worker->tree), worker->extra);
}

/* All that was asked, and what comes of it. */
static void answer_all(struct worker *worker)
{
    ARENA_SCOPED arena = arena_new();
    for (size_t i = 0; i < worker->count; i++) {
        struct soar_answer answer = {.number = worker->calls[i].number, .class = SOAR_DONE, .why = ""};
        if (worker->commit)
            answer.result = answer_text(arena, worker, worker->calls[i].function);
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

/* --- commits */

static char keys[] = "/tmp/soar-keys-XXXXXX";

static char *read_text(struct arena *arena, const char *name)
{
    char *text = NULL;
    size_t len = 0;
    assert_int_equal(file_read(arena, arena_printf(arena, "%s/%s", keys, name), 65536, &text, &len, NULL), 0);
    return text;
}

static void run(struct arena *arena, const char *words)
{
    if (system(arena_printf(arena, "cd %s && { %s; } >/dev/null 2>&1", keys, words)) != 0)
        fail_msg("failed: %s", words);
}

/* The signature as a header: each further line begins with a blank. */
static void put_signature(struct arena *arena, const char *payload, const char *key, struct buf *out)
{
    FILE *file = fopen(arena_printf(arena, "%s/payload", keys), "w");
    assert_true(file && fputs(payload, file) >= 0 && fclose(file) == 0);
    run(arena, arena_printf(arena, "rm -f payload.sig; ssh-keygen -Y sign -f %s -n git payload", key));
    buf_text(out, "gpgsig ");
    for (const char *at = read_text(arena, "payload.sig"); *at; at++) {
        buf_char(out, *at);
        if (*at == '\n' && at[1])
            buf_char(out, ' ');
    }
}

/* Of the commit in use, as a header. */
static const char *parent_line(const struct stage *stage)
{
    const struct value list = sources_value(stage->sources, "soc", stage->arena);
    const char *live = value_get_string(value_at(&list, 0), "commit", "");
    return *live && !stage->worker.orphan ? arena_printf(stage->arena, "parent %s\n", live) : "";
}

/* A commit on top of the one in use, with this file, or none; key NULL: not signed. Its id. */
static const char *make(struct stage *stage, const char *key, const char *text)
{
    static int made;
    struct arena *arena = stage->arena;
    char id[GITOBJ_ID_BYTES];
    BUF_SCOPED tree = {0};
    BUF_SCOPED commit = {0};
    gitobj_id("blob", text ? text : "", text ? strlen(text) : 0, id);
    buf_add(&tree, "100644 contain.yaml", text ? sizeof "100644 contain.yaml" : 0);
    for (int i = 0; text && i < 40; i += 2) {
        unsigned byte;
        assert_int_equal(sscanf(id + i, "%2x", &byte), 1);
        buf_char(&tree, (char)byte);
    }
    gitobj_id("tree", buf_string(&tree), tree.len, id);
    const char *head =
        arena_printf(arena, "tree %s\n%scommitter a <a@b> 1790000000 +0000\n", id, parent_line(stage));
    const char *rest = arena_printf(arena, "\ncommit %d\n", ++made);
    buf_text(&commit, head);
    if (key)
        put_signature(arena, arena_printf(arena, "%s%s", head, rest), key, &commit);
    buf_text(&commit, rest);
    gitobj_id("commit", commit.data, commit.len, id);
    stage->worker.object = value_bytes(arena, commit.data, commit.len);
    stage->worker.tree = value_bytes(arena, buf_string(&tree), tree.len);
    return arena_string(arena, id);
}

static int make_keys(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    assert_non_null(mkdtemp(keys));
    run(arena, "ssh-keygen -q -t ed25519 -N '' -f ana; ssh-keygen -q -t ed25519 -N '' -f eve");
    return 0;
}

static int drop_keys(void **state)
{
    char command[64];
    (void)state;
    snprintf(command, sizeof command, "rm -r %s", keys);
    return system(command);
}

static int set_up(void **state)
{
    struct stage *stage = calloc(1, sizeof *stage);
    struct diag_list diags;
    stage->arena = arena_new();
    strcpy(stage->dir, "/tmp/soar-sources-XXXXXX");
    assert_non_null(mkdtemp(stage->dir));
    stage->worker.caller.ops = &ops;
    stage->source = (struct site_source){
        .name = "soc",
        .url = "https://h/a",
        .ref = "main",
        .path = "",
        .signers = arena_printf(stage->arena, "ana@corp %s", read_text(stage->arena, "ana.pub")),
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

/* The repository has this commit now, and is asked. */
static void offer(struct stage *stage, const char *commit, const char *change, const char *extra,
                  const char *text)
{
    struct worker *worker = &stage->worker;
    worker->commit = commit;
    worker->change = change;
    worker->extra = extra;
    worker->text = text;
    assert_int_equal(sources_fetch(stage->sources, NULL, "ana", NULL), 0);
    while (worker->count > 0) {
        struct worker asked = *worker;
        worker->count = 0;
        answer_all(&asked);
    }
}

static const char *offer_new(struct stage *stage, const char *change, const char *key, const char *text)
{
    const char *id = make(stage, key, text);
    offer(stage, id, change, "", text);
    return id;
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

/* --- tests */

static void a_good_one_is_used(void **state)
{
    struct stage *stage = *state;
    const char *first = offer_new(stage, "first", "ana", PLAYBOOK("One"));
    stands(stage, "current", first, "");
    assert_int_equal(stage->changes, 1);
    assert_string_equal(value_get_string(now(stage), "signed_by", ""), "ana@corp");
    assert_true(stage->worker.closed > 0);
    assert_false(sources_busy(stage->sources, NULL));
    const char *second = offer_new(stage, "forward", "ana", PLAYBOOK("Two"));
    stands(stage, "current", second, "");
    offer(stage, second, "same", "", NULL);
    stands(stage, "current", second, "");
    assert_int_equal(stage->changes, 2);
}

static void others_are_refused(void **state)
{
    static const struct {
        const char *change, *key, *text, *why;
    } cases[] = {
        {"forced", "ana", PLAYBOOK("Two"), "was rewritten"},
        {"forward", NULL, PLAYBOOK("Two"), "it is not signed"},
        {"forward", "eve", PLAYBOOK("Two"), "is not among the signers"},
        {"forward", "ana", "a: [", "/contain.yaml:"},
        {"forward", "ana", "playbook_name: X\nactons: []\n", "contain.yaml:2:1: unknown key 'actons'"},
        {"forward", "ana", "hosts: {}\n", "there is no playbook in it"},
        {"forward", "ana", NULL, "there is no playbook in it"},
        {"", "ana", PLAYBOOK("Two"), "makes no sense"},
    };
    struct stage *stage = *state;
    const char *live = offer_new(stage, "first", "ana", PLAYBOOK("One"));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        offer_new(stage, cases[i].change, cases[i].key, cases[i].text);
        stands(stage, cases[i].change[0] ? "refused" : "unreachable", live, cases[i].why);
    }
    offer(stage, make(stage, "ana", NULL), "forward", ",\"refused\":\"x/..: no\"", NULL);
    stands(stage, "refused", live, "x/..: no");
    offer(stage, NULL, "", "", NULL);
    stands(stage, "unreachable", live, "no answer within 1 s");
    assert_int_equal(stage->changes, 1);
    const char *next = offer_new(stage, "forward", "ana", PLAYBOOK("Three"));
    stands(stage, "current", next, "");
}

static void a_worker_that_lies(void **state)
{
    struct stage *stage = *state;
    const char *live = offer_new(stage, "first", "ana", PLAYBOOK("One"));
    const char *signed_one = make(stage, "ana", PLAYBOOK("Two"));
    stage->worker.other = PLAYBOOK("Evil");
    offer(stage, signed_one, "forward", "", PLAYBOOK("Two"));
    stands(stage, "unreachable", live, "gives another text than the commit has: contain.yaml");
    stage->worker.other = NULL;
    offer(stage, signed_one, "forward", "", NULL); /* it keeps a playbook to itself */
    stands(stage, "unreachable", live, "how many playbooks");
    make(stage, "eve", PLAYBOOK("Evil")); /* another commit under a good one's name */
    offer(stage, signed_one, "forward", "", PLAYBOOK("Evil"));
    stands(stage, "unreachable", live, "says what its objects don't: the commit");
    const char *evil = make(stage, "eve", PLAYBOOK("Evil")); /* its word on who signed is not even heard */
    offer(stage, evil, "forward", ",\"signed\":true,\"by\":\"ana@corp\"", PLAYBOOK("Evil"));
    stands(stage, "refused", live, "is not among the signers");
    stage->worker.orphan = true; /* a good one, which doesn't come after the one in use */
    const char *old = make(stage, "ana", PLAYBOOK("Old"));
    offer(stage, old, "forward", "", PLAYBOOK("Old"));
    stands(stage, "unreachable", live, "that the commit follows the one in use");
    offer(stage, old, "first", "", PLAYBOOK("Old"));
    stands(stage, "unreachable", live, "that the commit follows the one in use");
    offer(stage, old, "same", "", PLAYBOOK("Old"));
    stands(stage, "unreachable", live, "that the commit follows the one in use");
    stage->source.ref = live; /* and another one than the configuration names */
    use(stage);
    source_commit_drop(stage->dir, "soc", SOURCE_LIVE);
    offer(stage, old, "first", "", PLAYBOOK("Old"));
    stands(stage, "refused", "", "is no commit's id");
    assert_int_equal(stage->changes, 1);
}

/* What was asked is told of the commit that was in use then. */
static void one_is_promoted_meanwhile(void **state)
{
    struct stage *stage = *state;
    stage->source.by_person = true;
    const char *first = offer_new(stage, "first", "ana", PLAYBOOK("One"));
    stage->worker.orphan = true;
    stage->worker.commit = make(stage, "ana", PLAYBOOK("Two"));
    assert_int_equal(sources_fetch(stage->sources, NULL, "ana", NULL), 0);
    assert_int_equal(sources_promote(stage->sources, "soc", first, "bo", NULL), 0);
    stage->worker.text = PLAYBOOK("Two");
    while (stage->worker.count > 0) {
        struct worker asked = stage->worker;
        stage->worker.count = 0;
        answer_all(&asked);
    }
    stands(stage, "current", first, "");
    assert_null(value_get(now(stage), "next"));
    assert_true(sources_due(stage->sources) <= world_system()->boot_ms(NULL));
}

static void a_person_promotes(void **state)
{
    struct stage *stage = *state;
    struct soar_err err;
    stage->source.by_person = true;
    const char *first = offer_new(stage, "first", "ana", PLAYBOOK("One"));
    const char *start = arena_copy(stage->arena, first, 8), *few = arena_copy(stage->arena, first, 7);
    stands(stage, "waits", "", "");
    assert_int_equal(stage->changes, 0);
    assert_int_equal(sources_promote(stage->sources, "soc", few, "bo", &err), -1);
    assert_int_equal(sources_promote(stage->sources, "soc", "0123456789ab", "bo", &err), -1);
    assert_int_equal(sources_promote(stage->sources, "other", first, "bo", &err), -1);
    assert_int_equal(sources_promote(stage->sources, "soc", start, "bo", &err), 0);
    stands(stage, "current", first, "");
    assert_int_equal(stage->changes, 1);
    assert_int_equal(sources_promote(stage->sources, "soc", first, "bo", &err), -1);
    const char *second = offer_new(stage, "forward", "ana", PLAYBOOK("Two"));
    stands(stage, "waits", first, "");
    offer(stage, first, "same", "", NULL); /* it was taken back */
    stands(stage, "current", first, "");
    assert_int_equal(sources_promote(stage->sources, "soc", second, "bo", &err), -1);
}

static void what_waits_is_checked_again(void **state)
{
    struct stage *stage = *state;
    struct soar_err err;
    const char *ana = stage->source.signers;
    stage->source.by_person = true;
    stage->source.signers = NULL;
    const char *first = offer_new(stage, "first", NULL, PLAYBOOK("One"));
    stands(stage, "waits", "", "");
    stage->source.signers = ana; /* nobody had to sign when it was fetched */
    assert_int_equal(sources_promote(stage->sources, "soc", first, "bo", &err), -1);
    assert_non_null(strstr(err.text, "it is not signed"));
    first = offer_new(stage, "first", "ana", PLAYBOOK("One"));
    stage->source.signers =
        arena_printf(stage->arena, "eve@corp %s", read_text(stage->arena, "eve.pub")); /* ana has left */
    assert_int_equal(sources_promote(stage->sources, "soc", first, "bo", &err), -1);
    assert_non_null(strstr(err.text, "is not among the signers"));
    stage->source.signers = ana;
    offer_new(stage, "first", "eve", PLAYBOOK("Two"));
    stands(stage, "refused", "", "is not among the signers");
    assert_int_equal(sources_promote(stage->sources, "soc", first, "bo", &err), -1);
    assert_non_null(strstr(err.text, "no commit waits"));
    assert_int_equal(stage->changes, 0);
}

/* Else half of the commit would be in use. */
static void a_name_of_another_place(void **state)
{
    struct stage *stage = *state;
    const char *dir = arena_printf(stage->arena, "%s/own", stage->dir), *dirs[] = {"/nowhere", dir};
    assert_int_equal(
        system(arena_printf(stage->arena, "mkdir %s && echo 'playbook_name: TWO\nactions: []' >%s/t.yaml",
                            dir, dir)),
        0);
    stage->site.playbook_dirs = dirs;
    stage->site.playbook_dir_count = 2;
    const char *first = offer_new(stage, "first", "ana", PLAYBOOK("One"));
    stands(stage, "current", first, "");
    offer_new(stage, "forward", "ana", PLAYBOOK("Two"));
    stands(stage, "refused", first, "/own/t.yaml already");
}

static void the_configuration_decides(void **state)
{
    struct stage *stage = *state;
    const char *first = offer_new(stage, "first", "ana", PLAYBOOK("One"));
    assert_int_equal(sources_fetch(stage->sources, "soc", "ana", NULL), 0);
    assert_string_equal(stage->worker.calls[0].args, arena_printf(stage->arena, "{\"live\":\"%s\"}", first));
    const char *named = make(stage, "ana", PLAYBOOK("Two"));
    stage->worker.commit = first; /* what comes is of another question: the ref was changed meanwhile */
    stage->worker.change = "same";
    stage->source.ref = named;
    use(stage);
    answer_all(&stage->worker);
    assert_true(sources_due(stage->sources) <= world_system()->boot_ms(NULL));
    stage->source.by_person = true;
    offer(stage, named, "forced", "", PLAYBOOK("Two")); /* by its id: backwards, and without a promote */
    stands(stage, "current", named, "");
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
        cmocka_unit_test_setup_teardown(a_worker_that_lies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_person_promotes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_waits_is_checked_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_is_promoted_meanwhile, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_name_of_another_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_configuration_decides, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
