/* Property: the requests of a case come in their order and number, or the first that doesn't is told, at the
 * line it was to be. Method: a case of three requests, and one of rounds, played right and in each wrong way.
 */
#include "tests/engine/rehearse/contracting.h"

static const struct contract_header ring_headers[] = {{"authorization", "Bearer T"},
                                                      {"content-type", "application/json"}};
static const char ring_body[] = "{\"why\":\"x\",\"kind\":\"Full\"}";

static const struct contract_request list = {
    .method = "GET", .target = "/bells?%24filter=name%20eq%20%27web-01%27", .body = ""};
static const struct contract_request ring = {.method = "POST",
                                             .target = "/bells/7/ring",
                                             .header_count = 2,
                                             .headers = ring_headers,
                                             .body = ring_body,
                                             .len = sizeof ring_body - 1};

struct stage {
    struct arena *arena;
    struct contract_script *script;
};

static struct stage begin_with(const char *cases)
{
    struct stage stage = {.arena = arena_new()};
    char told[TOLD_BYTES];
    const struct contract *contract = contracting(
        stage.arena, arena_printf(stage.arena, "%s%s", CONTRACT_HEAD CONTRACT_OPERATIONS, cases), told);

    assert_non_null(contract);
    stage.script = contract_script_new(stage.arena, contract, &contract->cases[0]);
    return stage;
}

static struct stage begin(void)
{
    return begin_with(CONTRACT_CASES);
}

static void expect_breach(struct stage *stage, const char *wanted, int wanted_line)
{
    int line = 0, col = 0;
    const char *text = contract_script_end(stage->script, &line, &col);

    assert_non_null(text);
    assert_string_equal(text, wanted);
    assert_int_equal(line, wanted_line);
    assert_true(col > 0);
    arena_free(stage->arena);
}

static void test_right(void **state)
{
    struct stage stage = begin();
    int line, col;

    (void)state;
    assert_int_equal(contract_script_hear(stage.script, &list)->status, 200);
    assert_int_equal(contract_script_hear(stage.script, &ring)->status, 201);
    assert_int_equal(contract_script_hear(stage.script, &ring)->status, 201);
    assert_null(contract_script_end(stage.script, &line, &col));
    assert_null(contract_script_hear(stage.script, &ring));
    expect_breach(&stage, "a request too many: POST /bells/7/ring, which is 'ring'", 15);
}

static void test_order(void **state)
{
    struct stage stage = begin();

    (void)state;
    assert_null(contract_script_hear(stage.script, &ring));
    assert_null(contract_script_hear(stage.script, &list)); /* nothing goes on after the first */
    expect_breach(&stage, "expected 'list' (GET /bells), found POST /bells/7/ring, which is 'ring'", 17);
}

static void test_unknown(void **state)
{
    struct contract_request other = list;
    struct stage stage = begin();

    (void)state;
    other.target = "/gongs";
    assert_null(contract_script_hear(stage.script, &other));
    expect_breach(
        &stage, "expected 'list' (GET /bells), found GET /gongs, which is no operation of this contract", 17);
}

static void test_where(void **state)
{
    struct contract_request other = list;
    struct stage stage = begin();

    (void)state;
    other.target = "/bells?%24filter=name%20eq%20%27web-02%27";
    assert_null(contract_script_hear(stage.script, &other));
    expect_breach(&stage, "list: query.$filter: expected \"name eq 'web-01'\", found \"name eq 'web-02'\"",
                  17);
}

static void test_missing(void **state)
{
    struct stage stage = begin();

    (void)state;
    assert_non_null(contract_script_hear(stage.script, &list));
    assert_non_null(contract_script_hear(stage.script, &ring));
    expect_breach(&stage, "'ring' never came so often: 1 of 2 times", 18);
    stage = begin();
    expect_breach(&stage, "'list' never came", 17);
}

/* A check that reads twice, looked at more than once. */
static void test_group(void **state)
{
    static const char cases[] = "cases:\n"
                                "  - name: rings\n"
                                "    play:\n"
                                "      - times: 3\n"
                                "        play:\n"
                                "          - {list: {json: []}}\n"
                                "          - {ring: {status: 201, times: 2}}\n"
                                "      - {list: {status: 404}}\n"
                                "    expect: {outcome: changed}\n";
    struct stage stage = begin_with(cases);
    int line, col;

    (void)state;
    for (int round = 0; round < 3; round++) {
        assert_int_equal(contract_script_hear(stage.script, &list)->status, 200);
        assert_int_equal(contract_script_hear(stage.script, &ring)->status, 201);
        assert_int_equal(contract_script_hear(stage.script, &ring)->status, 201);
    }
    assert_int_equal(contract_script_hear(stage.script, &list)->status, 404);
    assert_null(contract_script_end(stage.script, &line, &col));
    arena_free(stage.arena);
    stage = begin_with(cases);
    assert_non_null(contract_script_hear(stage.script, &list));
    assert_non_null(contract_script_hear(stage.script, &ring));
    assert_non_null(contract_script_hear(stage.script, &ring));
    expect_breach(&stage, "'list' never came in round 2 of 3", 19);
    stage = begin_with(cases);
    assert_null(contract_script_hear(stage.script, &ring));
    expect_breach(&stage,
                  "expected 'list' (GET /bells) in round 1 of 3, found POST /bells/7/ring, which is 'ring'",
                  19);
}

static void test_no_group(void **state)
{
    static const char *const plays[] = {"{times: 0, play: [{list: {}}]}", "{times: 2, play: []}",
                                        "{times: x, play: [{list: {}}]}", "{play: [{list: {}}], list: {}}",
                                        "{times: 9999, play: [{list: {}}, {list: {}}, {list: {}}]}"};
    char told[TOLD_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof plays / sizeof *plays; i++) {
        ARENA_SCOPED arena = arena_new();
        const char *text =
            arena_printf(arena, "%scases:\n  - {name: a, play: [%s], expect: {outcome: changed}}\n",
                         CONTRACT_HEAD CONTRACT_OPERATIONS, plays[i]);

        assert_null(contracting(arena, text, told));
        assert_non_null(strstr(told, i < 4 ? "error: expected {times: N, play: [requests]}"
                                           : "error: 'play': 29997 requests, more than 20000"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_right),    cmocka_unit_test(test_order),   cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_where),    cmocka_unit_test(test_missing), cmocka_unit_test(test_group),
        cmocka_unit_test(test_no_group),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
