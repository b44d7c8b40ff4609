/* Property: what is not surely contained is said in capitals; who holds it, until when, and what waits for a
 * person stand on the screen whole, whatever a target calls itself. Method: a ledger folded from events made
 * by hand, told and printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/base/json.h"
#include "engine/report/report_ledger.h"
#include "tests/engine/report/telling.h"

static const struct pack *pack_of(void *arg, const char *digest, const char *action)
{
    (void)digest;
    (void)action;
    return &((struct telling *)arg)->pack;
}

static void fold(struct ledger *ledger, struct arena *arena, enum event_kind kind, const char *run,
                 const char *target, const char *body)
{
    struct event event = {.n = 1,
                          .at_ms = TELLING_NOW,
                          .kind = kind,
                          .run = run,
                          .step = "isolate",
                          .item = "",
                          .target = target};

    assert_int_equal(json_parse(arena, body, strlen(body), &event.body, NULL), 0);
    ledger_apply(ledger, &event);
}

static void intend(struct ledger *ledger, struct arena *arena, const char *run, const char *target)
{
    fold(ledger, arena, EVENT_CALL_INTENDED, run, target,
         "{\"action\": \"Isolate_Endpoint\", \"containment\": {\"action\": \"Isolate_Endpoint\", "
         "\"provider\": \"nft\", "
         "\"place\": \"\", \"name\": \"web-01\"}}");
}

static void hold(struct ledger *ledger, struct arena *arena, const char *run, const char *target,
                 int64_t until, bool ours)
{
    fold(ledger, arena, EVENT_TASK_ENDED, run, target,
         arena_printf(arena,
                      "{\"outcome\": \"changed\", \"holder\": {\"action\": \"Isolate_Endpoint\", "
                      "\"provider\": \"nft\", "
                      "\"place\": \"\", \"name\": \"web-01\", \"ours\": %s, \"until\": %lld}}",
                      ours ? "true" : "false", (long long)until));
}

static char *looked_after(struct ledger *ledger, struct telling *telling, const char *then, int64_t stale_ms)
{
    struct report_packs packs = {pack_of, telling, stale_ms, then};
    struct value answer = report_contained(ledger, &packs, telling->arena);
    BUF_SCOPED out = {0};

    print_contained(&answer, &telling->style, &out);
    return arena_string(telling->arena, buf_string(&out));
}

static char *contained(struct ledger *ledger, struct telling *telling)
{
    return looked_after(ledger, telling, "by hand", 0);
}

static void an_intent_without_an_outcome_is_perhaps(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;
    struct ledger *ledger = ledger_new();

    (void)state;
    telling_init(&telling, arena);
    assert_string_equal(contained(ledger, &telling), "Nothing is contained by soar.\n");
    intend(ledger, arena, "R-204", "host:web-01");
    assert_non_null(strstr(contained(ledger, &telling), "web-01  PERHAPS isolated  05:04  R-204"));
    hold(ledger, arena, "R-204", "host:web-01", TELLING_NOW + INT64_C(4) * 3600000, true);
    assert_non_null(
        strstr(contained(ledger, &telling), "web-01  isolated  05:04  R-204    09:04, by hand  05:04\n"));
    ledger_free(ledger);
}

/* What is in force is said by the provider that did it; what only may be, by the action. */
static void what_was_done_is_said_as_it_was_done(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;
    struct ledger *ledger = ledger_new();

    (void)state;
    telling_init(&telling, arena);
    telling.provider.name = "nft";
    telling.provider.verb = "dropped at the door";
    intend(ledger, arena, "R-204", "host:web-01");
    assert_non_null(strstr(contained(ledger, &telling), "web-01  PERHAPS isolated  05:04  R-204"));
    hold(ledger, arena, "R-204", "host:web-01", TELLING_NOW + INT64_C(4) * 3600000, true);
    assert_non_null(strstr(contained(ledger, &telling), "web-01  dropped at the door  05:04  R-204"));
    ledger_free(ledger);
}

static void the_last_holder_says_when_it_ends(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;
    struct ledger *ledger = ledger_new();

    (void)state;
    telling_init(&telling, arena);
    intend(ledger, arena, "R-1", "host:web-01");
    hold(ledger, arena, "R-1", "host:web-01", TELLING_NOW + 3600000, true);
    hold(ledger, arena, "R-2", "host:web-01", 0, true);
    assert_non_null(strstr(contained(ledger, &telling), "R-1 R-2  no end"));
    ledger_free(ledger);
}

static size_t widest(const char *text)
{
    size_t most = 0;

    while (*text) {
        size_t len = strcspn(text, "\n");
        most = len > most ? len : most;
        text += len + (text[len] == '\n');
    }
    return most;
}

/* Five hundred alerts of one host in a night: the screen still is one. */
static void many_holders_are_counted(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;
    struct ledger *ledger = ledger_new();

    (void)state;
    telling_init(&telling, arena);
    intend(ledger, arena, "R-261122-025102-0000", "host:web-01");
    for (int i = 0; i < 500; i++)
        hold(ledger, arena, arena_printf(arena, "R-261122-025102-%04d", i), "host:web-01", 0, true);
    const char *text = contained(ledger, &telling);
    assert_non_null(strstr(text, "R-261122-025102-0000 R-261122-025102-0001 and 498 more  no end  "));
    assert_true(widest(text) <= REPORT_COLUMNS);
    fold(ledger, arena, EVENT_TASK_ENDED, "R-261122-025102-9999", "host:a-name-of-thirty-characters-1",
         "{\"outcome\": \"changed\", \"holder\": {\"action\": \"Isolate_Endpoint\", \"provider\": \"nft\", "
         "\"place\": \"\", \"name\": \"a-name-of-thirty-characters-1\", \"ours\": true, \"until\": 0}}");
    text = contained(ledger, &telling);
    assert_non_null(strstr(text, "R-261122-025102-0000 and 499 more  no end  "));
    assert_true(widest(text) <= REPORT_COLUMNS);
    ledger_free(ledger);
}

static void what_others_did_is_not_called_ours(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;
    struct ledger *ledger = ledger_new();

    (void)state;
    telling_init(&telling, arena);
    hold(ledger, arena, "R-1", "host:web-01", 0, false);
    const char *text = contained(ledger, &telling);
    assert_non_null(strstr(text, "isolated, not ours"));
    assert_non_null(strstr(text, "not known"));
    assert_non_null(strstr(text, "0 in force, 0 perhaps, 1 not ours"));
    ledger_free(ledger);
}

static void found(struct ledger *ledger, struct arena *arena, const char *run)
{
    fold(ledger, arena, EVENT_RUN_STARTED, run, "",
         "{\"kind\": \"recheck\", \"mode\": \"real\", \"found\": \"clear\", \"about\": [{\"target\": "
         "\"host:web-01\", \"action\": \"Isolate_Endpoint\", \"provider\": \"nft\", \"place\": \"\"}]}");
}

static void put_back(struct ledger *ledger, struct arena *arena, const char *run)
{
    fold(ledger, arena, EVENT_TASK_ENDED, run, "host:web-01",
         "{\"outcome\": \"changed\", \"in_force\": {\"action\": \"Isolate_Endpoint\", \"provider\": "
         "\"nft\", \"place\": \"\"}}");
}

static void what_was_found_open_is_said_until_it_is_put_back_and_after(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;
    struct ledger *ledger = ledger_new();

    (void)state;
    telling_init(&telling, arena);
    intend(ledger, arena, "R-1", "host:web-01");
    hold(ledger, arena, "R-1", "host:web-01", TELLING_NOW + 3600000, true);
    found(ledger, arena, "R-2");
    const char *text = looked_after(ledger, &telling, "asks", TELLING_NOW - 600000);

    assert_non_null(strstr(text, "web-01  BROKEN, found open  05:04  R-1      06:04, asks  05:04\n"));
    assert_non_null(strstr(text, "0 in force, 1 BROKEN, 0 perhaps"));
    put_back(ledger, arena, "R-2");
    text = contained(ledger, &telling);
    assert_non_null(strstr(text, "isolated, put back  05:04"));
    assert_non_null(strstr(text, "1 in force, 0 perhaps"));
    found(ledger, arena, "R-3");
    put_back(ledger, arena, "R-3");
    assert_non_null(strstr(contained(ledger, &telling), "isolated, put back, 2nd time"));
    assert_non_null(strstr(looked_after(ledger, &telling, "asks", TELLING_NOW + 1), "05:04, stale"));
    ledger_free(ledger);
}

static void a_time_that_is_over_says_what_answers_it(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;
    struct ledger *ledger = ledger_new();
    struct value_builder map;
    BUF_SCOPED out = {0};

    (void)state;
    telling_init(&telling, arena);
    fold(ledger, arena, EVENT_ASK_OPENED, "-", "",
         "{\"ask\": \"A-1\", \"kind\": \"ends\", \"text\": \"the time for which R-1 holds it is over\", "
         "\"digest\": \"4f1c\", \"run\": \"R-1\", \"task\": \"\", \"name\": \"web-01\", \"holder\": \"R-1\", "
         "\"containment\": {\"target\": \"host:web-01\", \"action\": \"Isolate_Endpoint\", \"provider\": "
         "\"nft\", \"place\": \"\"}}");
    value_build(&map, arena);
    value_put_text(&map, "asks", report_waiting(ledger, arena));
    struct value answer = value_end_map(&map);

    print_waiting(&answer, &telling.style, &out);
    assert_non_null(strstr(buf_string(&out), "A-1  IS OVER: 1 target since 05:04."));
    assert_non_null(strstr(buf_string(&out), "approve A-1 4f1c "));
    assert_non_null(strstr(buf_string(&out), "deny A-1 4f1c "));
    ledger_free(ledger);
}

static void what_live_runs_have_not_done_stands_beside_it(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;
    const struct run *runs[1];

    (void)state;
    telling_init(&telling, arena);
    telling_end(&telling, "web-01", OUTCOME_CHANGED);
    struct run_task *offline = telling_add(&telling, "ws-07", TASK_PENDING);
    offline->pending = PENDING_OFFLINE;
    offline->pending_until_ms = TELLING_NOW + INT64_C(86400000);
    runs[0] = &telling.run;
    struct value rows = report_not_yet(runs, 1, arena);
    assert_int_equal(value_count(&rows), 1);
    assert_string_equal(value_get_string(value_at(&rows, 0), "says", ""), "NOT ISOLATED");
}

static char *waiting(struct ledger *ledger, struct telling *telling)
{
    struct value_builder map;
    BUF_SCOPED out = {0};

    value_build(&map, telling->arena);
    value_put_text(&map, "asks", report_waiting(ledger, telling->arena));
    struct value answer = value_end_map(&map);
    print_waiting(&answer, &telling->style, &out);
    return arena_string(telling->arena, buf_string(&out));
}

static void a_hold_says_what_answers_it_and_is_gone_when_answered(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;
    struct ledger *ledger = ledger_new();

    (void)state;
    telling_init(&telling, arena);
    assert_string_equal(waiting(ledger, &telling), "Nothing waits for a person.\n");
    fold(ledger, arena, EVENT_ASK_OPENED, "-", "",
         "{\"ask\": \"H-7\", \"kind\": \"hold\", \"rule\": \"blast_radius.isolate\", \"text\": \"20 of 20 in "
         "this hour\", "
         "\"run\": \"R-205\", \"task\": \"isolate//host:ws-121/do\", \"name\": \"ws-121\\u202e\"}");
    const char *text = waiting(ledger, &telling);
    assert_non_null(
        strstr(text, "H-7  HELD by blast_radius.isolate: 1 target since 05:04. 20 of 20 in this hour\n"));
    assert_non_null(strstr(text, "ws-121\\u{202e} (R-205)"));
    char *override = arena_printf(arena, "soarctl override H-7 %s --reason",
                                  ledger_ask_digest(ledger_ask_find(ledger, "H-7"), arena));

    const char *does = strstr(text, override), *leaves = strstr(text, "soarctl drop H-7");
    assert_non_null(does);
    assert_non_null(leaves); /* and what each does stands below the other's */
    assert_int_equal(strstr(does, "does it") - does, strstr(leaves, "leaves them") - leaves);
    assert_true(telling_is_plain(text));
    fold(ledger, arena, EVENT_ASK_CLOSED, "-", "", "{\"ask\": \"H-7\", \"result\": \"yes\"}");
    assert_string_equal(waiting(ledger, &telling), "Nothing waits for a person.\n");
    ledger_free(ledger);
}

static void a_doubt_offers_its_three_answers(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;
    struct ledger *ledger = ledger_new();

    (void)state;
    telling_init(&telling, arena);
    fold(ledger, arena, EVENT_ASK_OPENED, "-", "",
         "{\"ask\": \"D-9\", \"kind\": \"doubt\", \"text\": \"sent, no answer\", \"run\": \"R-1\", \"task\": "
         "\"t\", "
         "\"name\": \"ws-07\"}");
    const char *text = waiting(ledger, &telling);
    assert_non_null(strstr(text, "D-9  IN DOUBT"));
    assert_non_null(strstr(text, "decide D-9 done"));
    assert_non_null(strstr(text, "decide D-9 again"));
    assert_non_null(strstr(text, "decide D-9 not "));
    ledger_free(ledger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_intent_without_an_outcome_is_perhaps),
        cmocka_unit_test(what_was_done_is_said_as_it_was_done),
        cmocka_unit_test(the_last_holder_says_when_it_ends),
        cmocka_unit_test(many_holders_are_counted),
        cmocka_unit_test(what_others_did_is_not_called_ours),
        cmocka_unit_test(what_was_found_open_is_said_until_it_is_put_back_and_after),
        cmocka_unit_test(a_time_that_is_over_says_what_answers_it),
        cmocka_unit_test(what_live_runs_have_not_done_stands_beside_it),
        cmocka_unit_test(a_hold_says_what_answers_it_and_is_gone_when_answered),
        cmocka_unit_test(a_doubt_offers_its_three_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
