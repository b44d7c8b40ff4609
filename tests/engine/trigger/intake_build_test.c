/* Property: what isn't there isn't in the alert; a field that fails is absent and noted; a status or an id
 * that fails refuses the alert; tables are found by word or by number; loops and lists make one list without
 * doubles. Method: one field of one small mapping at a time. */
#include "tests/engine/trigger/intake_testing.h"

#define MAP(tree) HEAD "when: has(document.a)\nlet: {n: event.?n, bad: event.no.such}\nalert:\n" tree

struct sample_field {
    const char *tree;
    const char *json;
    const char *field;
    const char *is;
};

static const struct sample_field fields[] = {
    {MAP("  title: event.?t\n"), "{\"a\": 1, \"t\": \"x\"}", "title", "\"x\""},
    {MAP("  title: event.?t\n"), "{\"a\": 1}", "title", "absent"},
    {MAP("  title: event.?t\n"), "{\"a\": 1, \"t\": null}", "title", "absent"},
    {MAP("  title: event.?t\n"), "{\"a\": 1, \"t\": \"\"}", "title", "absent"},
    {MAP("  title: event.t\n"), "{\"a\": 1}", "title", "absent"},
    {MAP("  title: n\n"), "{\"a\": 1, \"n\": 9007199254740993}", "title", "9007199254740993"},
    {MAP("  count: n\n"), "{\"a\": 1, \"n\": 18446744073709551615}", "count", "1.8446744073709552e+19"},
    {MAP("  count: size(document)\n"), "{\"a\": 1, \"n\": \"\"}", "count", "1"},
    {MAP("  labels: {x: event.?x, y: {z: event.?z}}\n"), "{\"a\": 1}", "labels", "absent"},
    {MAP("  labels: {x: event.?x, y: {z: event.?z}}\n"), "{\"a\": 1, \"z\": 2}", "labels",
     "{\"y\":{\"z\":2}}"},
    {MAP("  tags: [event.?x, event.?y, \"['q', '']\"]\n"),
     "{\"a\": 1, \"x\": [\"p\", null, [\"q\"]], \"y\": \"p\"}", "tags", "[\"p\",\"q\"]"},
    {MAP("  tags: [event.?x]\n"), "{\"a\": 1, \"x\": []}", "tags", "absent"},
    {MAP("  tags: {each: i, in: event.l, give: {k: i.?k, of_all: n}}\n"),
     "{\"a\": 1, \"n\": 7, \"l\": [{\"k\": 1}, {\"k\": 1}, {}, {\"k\": 2}]}", "tags",
     "[{\"k\":1,\"of_all\":7},{\"k\":2,\"of_all\":7}]"},
    {MAP("  tags: {each: i, in: event.l, give: {each: j, in: i, give: j + 1}}\n"),
     "{\"a\": 1, \"l\": [[1, 2], [], [2, 3]]}", "tags", "[2,3,4]"},
    {MAP("  tags: {each: i, in: event.l, give: i}\n"), "{\"a\": 1, \"l\": {\"k\": 1}}", "tags", "absent"},
    {MAP("  time: timestamp('2026-03-04T11:00:00+01:00')\n"), "{\"a\": 1}", "time",
     "\"2026-03-04T10:00:00Z\""},
    {MAP("  labels: \"{'d': duration('90s'), 'b': b'x', 'i': ip('10.0.0.1'), 't': int, 'f': 0.5, 'n': null, "
         "5: 6}\"\n"),
     "{\"a\": 1}", "labels", "{\"d\":\"90s\",\"b\":\"eA==\",\"i\":\"10.0.0.1\",\"t\":\"int\",\"f\":0.5}"},
    {MAP("  severity: {of: n, table: {P1: critical, p2: high, 3: low, true: medium}}\n"),
     "{\"a\": 1, \"n\": \"p1\"}", "severity", "\"critical\""},
    {MAP("  severity: {of: n, table: {P1: critical, p2: high, 3: low, true: medium}}\n"),
     "{\"a\": 1, \"n\": 3}", "severity", "\"low\""},
    {MAP("  severity: {of: n, table: {P1: critical, p2: high, 3: low, true: medium}}\n"),
     "{\"a\": 1, \"n\": true}", "severity", "\"medium\""},
    {MAP("  severity: {of: n, table: {P1: critical}}\n"), "{\"a\": 1, \"n\": 1.5}", "severity", "absent"},
    {MAP("  severity: {of: n, at_least: {0: low, 7.5: high, 9: critical}}\n"), "{\"a\": 1, \"n\": 7.5}",
     "severity", "\"high\""},
    {MAP("  severity: {of: n, at_least: {0: low, 7.5: high, 9: critical}}\n"), "{\"a\": 1, \"n\": \"8\"}",
     "severity", "\"high\""},
    {MAP("  severity: {of: n, at_least: {0: low, 7.5: high, 9: critical}}\n"), "{\"a\": 1, \"n\": -1}",
     "severity", "absent"},
    {MAP("  severity: {of: n, at_least: {0: low}}\n"), "{\"a\": 1, \"n\": \"8 \"}", "severity", "absent"},
    {MAP("  confidence: {of: n, table: {malicious: 90}}\n"), "{\"a\": 1, \"n\": \"MALICIOUS\"}", "confidence",
     "90"},
    {MAP("  status: {of: n, table: {done: resolved}}\n"), "{\"a\": 1, \"n\": \"done\"}", "status",
     "\"resolved\""},
    {MAP("  status: {of: n, table: {done: resolved}}\n"), "{\"a\": 1, \"n\": \"odd\"}", "status", "\"open\""},
    {MAP("  status: \"event.n == 'x' ? 'open' : 'resolved'\"\n"), "{\"a\": 1}", "status",
     "refused: status: no such key: 'n'"},
    {MAP("  id: bad\n"), "{\"a\": 1}", "id", "refused: id: no such key: 'no'"},
    {MAP("  title: bad\n"), "{\"a\": 1, \"no\": {\"such\": 5}}", "title", "5"},
};

static void each_field_is_there_or_is_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        const char *is = field_of(arena, fields[i].tree, fields[i].json, fields[i].field);
        if (strcmp(is, fields[i].is) != 0) {
            fail_msg("%s\n%s: expected %s, found %s", fields[i].tree, fields[i].json, fields[i].is, is);
        }
    }
}

static void what_could_not_be_told_is_noted(void **state)
{
    ARENA_SCOPED arena = arena_new();
    (void)state;
    assert_string_equal(
        notes_of(
            arena,
            MAP("  id: \"'1'\"\n  title: event.t\n  severity: {of: n, table: {a: low}}\n  users: [\"'u'\"]\n"
                "  tags: {each: i, in: event.n, give: i}\n  labels: {x: [event.y.z]}\n"),
            "{\"a\": 1, \"n\": \"x\\u001b[31m\"}"),
        "[\"title: no such key: 't'\",\"severity: \\\"x\\\\u001b[31m\\\" is not in the table\",\"tags: "
        "expected a list, "
        "found a string\",\"labels.x[0]: no such key: 'y'\"]");
    assert_string_equal(notes_of(arena, MAP("  id: \"'1'\"\n  users: [\"'u'\"]\n"), "{\"a\": 1}"), "none");
}

static void notes_have_an_end(void **state)
{
    ARENA_SCOPED arena = arena_new();
    BUF_SCOPED json = {0};
    (void)state;
    buf_text(&json, "{\"a\": 1, \"l\": [0");
    for (int i = 0; i < 5000; i++) {
        buf_text(&json, ",1");
    }
    buf_text(&json, "]}");
    struct intake_alerts alerts = mapped(
        arena, source_of(arena, MAP("  tags: {each: i, in: event.l, give: i.x}\n")), buf_string(&json));
    assert_int_equal(value_count(value_get(value_get(&alerts.items[0].alert, "intake"), "notes")), 20);
}

static void a_list_has_an_end(void **state)
{
    ARENA_SCOPED arena = arena_new();
    BUF_SCOPED json = {0};
    (void)state;
    buf_text(&json, "{\"a\": 1, \"l\": [0");
    for (int i = 1; i < 4100; i++) {
        buf_printf(&json, ",%d", i);
    }
    buf_text(&json, "]}");
    struct intake_alerts alerts =
        mapped(arena, source_of(arena, MAP("  tags: [event.l]\n")), buf_string(&json));
    const struct value *alert = &alerts.items[0].alert;
    assert_int_equal(value_count(value_get(alert, "tags")), 4000);
    assert_string_equal(value_at(value_get(value_get(alert, "intake"), "notes"), 0)->text,
                        "tags: more than 4000 items; the rest is left out");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_field_is_there_or_is_not),
        cmocka_unit_test(what_could_not_be_told_is_noted),
        cmocka_unit_test(notes_have_an_end),
        cmocka_unit_test(a_list_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
