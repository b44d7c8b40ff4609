/* Property: the tree of `alert:` is read whole or refused with the place: unknown fields, forms that are half
 * there, words that a field may not have, names that are not bound here. Method: one tree at a time; line 6
 * is the tree's first. */
#include "tests/engine/trigger/intake_testing.h"

#define TREE(text) HEAD "when: has(document.a)\nalert:\n" text

static const struct {
    const char *text;
    const char *mistakes;
} trees[] = {
    {TREE("  id: event.id\n  rule: {name: event.n, technique: [event.t, event.u]}\n"), ""},
    {TREE("  hosts:\n    - {each: h, in: event.hs, give: {name: h.n}}\n  users: [event.u]\n"), ""},
    {TREE("  hosts: {each: h, in: event.hs, give: {name: h.n}}\n"), ""},
    {TREE("  severity: {of: event.s, table: {a: low}}\n  confidence: {of: event.c, at_least: {1: 5}}\n"), ""},
    {TREE("  labels: {anything: event.a, goes: {here: event.b}}\n"), ""},
    {TREE("  severtiy: event.s\n"),
     "x.yaml:6:3: error: unknown key 'severtiy' in an alert (did you mean 'severity'?)\n"},
    {TREE("  hosts:\n    - {nmae: event.s}\n"),
     "x.yaml:7:8: error: unknown key 'nmae' in hosts[] (did you mean 'name'?)\n"},
    {TREE("  users: {each: u, in: event.us, give: {nam: u}}\n"),
     "x.yaml:6:41: error: unknown key 'nam' in users[] (did you mean 'name'?)\n"},
    {TREE("  rule: {titel: event.s}\n"), "x.yaml:6:10: error: unknown key 'titel' in rule\n"},
    {TREE("  severity: {of: event.s, table: {a: hihg}}\n"),
     "x.yaml:6:38: error: 'severity': expected informational, low, medium, high or critical, found 'hihg' "
     "(did you mean 'high'?)\n"},
    {TREE("  status: {of: event.s, table: {a: closed}}\n"),
     "x.yaml:6:36: error: 'status': expected open or resolved, found 'closed'\n"},
    {TREE("  severity: {of: event.s, at_least: {high: high}}\n"),
     "x.yaml:6:38: error: 'at_least': expected a number, found 'high'\n"},
    {TREE("  severity: {of: event.s}\n"),
     "x.yaml:6:13: error: 'table' is missing in {of: …, table: {…}} or {of: …, at_least: {…}}\n"},
    {TREE("  severity: {of: event.s, table: {}}\n"),
     "x.yaml:6:34: error: 'table': expected a map of words, found a map\n"},
    {TREE("  severity: {of: event.s, table: {a: low}, els: b}\n"),
     "x.yaml:6:44: error: unknown key 'els' in {of: …, table: {…}} or {of: …, at_least: {…}}\n"},
    {TREE("  title: {of: event.s, table: {a: [b]}}\n"),
     "x.yaml:6:35: error: expected a word or a number, found a list\n"},
    {TREE("  hosts: {each: h, give: {name: h}}\n"),
     "x.yaml:6:10: error: 'in' is missing in {each: NAME, in: LIST, give: …}\n"},
    {TREE("  hosts: {each: event, in: event.l, give: {name: event}}\n"),
     "x.yaml:6:17: error: the name 'event' is taken\n"},
    {TREE("  hosts: {each: h, in: event.l, give: {name: h.n}}\n  title: h.n\n"),
     "x.yaml:7:10: error: unknown name 'h'\n"},
    {TREE("  title: event.t +\n"),
     "x.yaml:6:19: error: 'title': expected a value, but the expression ends\n"},
    {TREE("  time: timestamp(1, 2)\n"), "x.yaml:6:9: error: 'time': timestamp() does not take 2 arguments\n"},
};

static void trees_are_read_or_refused_with_the_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof trees / sizeof trees[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        assert_string_equal(mistakes_of(arena, trees[i].text), trees[i].mistakes);
    }
}

static void a_tree_that_is_too_deep_is_refused(void **state)
{
    ARENA_SCOPED arena = arena_new();
    BUF_SCOPED text = {0};
    (void)state;
    buf_text(&text, TREE("  labels: "));
    for (int i = 0; i < 30; i++) {
        buf_text(&text, "{a: ");
    }
    buf_text(&text, "event.a");
    for (int i = 0; i < 30; i++) {
        buf_text(&text, "}");
    }
    assert_string_equal(mistakes_of(arena, buf_string(&text)),
                        "x.yaml:6:79: error: nested deeper than 16 levels\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trees_are_read_or_refused_with_the_place),
        cmocka_unit_test(a_tree_that_is_too_deep_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
