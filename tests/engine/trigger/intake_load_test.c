/* Property: a mapping file with a mistake gives no source, and each mistake is told with its line and column
 * and what was expected. Method: a small right file, broken in one place at a time. */
#include "tests/engine/documented.h"
#include "tests/engine/trigger/intake_testing.h"

#define WHEN  "when: has(document.a)\n"
#define ALERT "alert: {id: event.id}\n"

static const struct {
    const char *text;
    const char *mistakes;
} broken[] = {
    {HEAD WHEN ALERT, ""},
    {"", "x.yaml:1:1: error: the file is empty\n"},
    {HEAD WHEN, "x.yaml:1:1: error: a mapping file needs the key 'alert': the alert in soar's own form, as a "
                "tree of expressions\n"},
    {HEAD WHEN ALERT "splitt: document.a\n",
     "x.yaml:6:1: error: unknown key 'splitt' in a mapping file (did you mean 'split'?)\n"},
    {"source: a b\nabout: a\ndocumented: [\"https://v\"]\n" WHEN ALERT,
     "x.yaml:1:9: error: 'source': expected a word of letters, digits and . _ -, found 'a b'\n"},
    {"source: x\nabout: a\ndocumented: [the manual]\n" WHEN ALERT,
     "x.yaml:3:14: error: 'documented': expected https://…, found 'the manual'\n"},
    {HEAD "when: has(document.a\n" ALERT,
     "x.yaml:4:21: error: 'when': expected ')' after the arguments, but the expression ends\n"},
    {HEAD "when: has(event.a)\n" ALERT, "x.yaml:4:11: error: unknown name 'event'\n"},
    {HEAD "when: has(documen.a)\n" ALERT,
     "x.yaml:4:11: error: unknown name 'documen' (did you mean 'document'?)\n"},
    {HEAD "when: document.a.nofunction()\n" ALERT,
     "x.yaml:4:18: error: 'when': there is no function 'nofunction'\n"},
    {HEAD WHEN "let: [a]\n" ALERT,
     "x.yaml:5:6: error: 'let': expected a map of names to expressions, found a list\n"},
    {HEAD WHEN "let: {event: document.a}\n" ALERT, "x.yaml:5:7: error: the name 'event' is taken\n"},
    {HEAD WHEN "let: {a-b: document.a}\n" ALERT,
     "x.yaml:5:7: error: expected a name of letters, digits and _, not first a digit\n"},
    {HEAD WHEN "let: {a: b, b: event.b}\n" ALERT, "x.yaml:5:10: error: unknown name 'b'\n"},
    {HEAD WHEN "alert: [event.a]\n",
     "x.yaml:5:8: error: 'alert': expected a map of soar's fields, or one expression that is an alert\n"},
    {HEAD WHEN "alert: \"\"\n", "x.yaml:5:8: error: 'alert': expected an expression, found nothing\n"},
};

static void each_mistake_has_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        assert_string_equal(mistakes_of(arena, broken[i].text), broken[i].mistakes);
    }
}

static void more_names_than_fit_are_a_mistake(void **state)
{
    ARENA_SCOPED arena = arena_new();
    BUF_SCOPED text = {0};
    (void)state;
    buf_text(&text, HEAD WHEN "let:\n");
    for (int i = 0; i < 60; i++) {
        buf_printf(&text, "  n%d: event.a\n", i);
    }
    buf_text(&text, ALERT);
    const char *mistakes = mistakes_of(arena, buf_string(&text));
    assert_non_null(strstr(mistakes, "x.yaml:52:3: error: more than 48 names\n"));
}

static void the_document_s_example_is_a_source(void **state)
{
    ARENA_SCOPED arena = arena_new();
    (void)state;
    const char *at = documented_whole(arena, "docs/intake.md");
    const char *text = documented_next(arena, &at, "source: house");
    assert_non_null(text);
    const char *alert = alert_of(arena, text,
                                 "{\"site\": \"north\", \"alarms\": [{\"number\": 7, \"state\": \"Cleared\", "
                                 "\"level\": 8, \"kind\": \"forced\", "
                                 "\"text\": \"door forced\", \"badge\": {\"login\": \"jdoe\"}, "
                                 "\"terminals\": [{\"hostname\": \"t-1\", "
                                 "\"address\": \"10.77.0.40\"}, {}]}]}");
    assert_string_equal(
        alert,
        "{\"title\":\"door forced at north\",\"id\":\"7\",\"status\":\"resolved\",\"severity\":\"high\","
        "\"rule\":{\"id\":\"forced\"},\"hosts\":[{\"name\":\"t-1\",\"ip\":[\"10.77.0.40\"]}],\"users\":[{"
        "\"name\":\"jdoe\",\"domain\":\"corp\"}],\"host\":{\"name\":\"t-1\",\"ip\":[\"10.77.0.40\"]},"
        "\"user_id\":\"jdoe\",\"intake\":{\"source\":\"house\"}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mistake_has_its_place),
        cmocka_unit_test(the_document_s_example_is_a_source),
        cmocka_unit_test(more_names_than_fit_are_a_mistake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
