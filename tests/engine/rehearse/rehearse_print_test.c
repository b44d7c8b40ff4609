/* Property: a report says each case and each failure on a line of its own, with nothing in it that moves a
 * cursor; as JUnit it is XML that a parser reads, whatever stands in names and reasons. Method: a run that
 * fails in two ways, printed; a report made of the worst letters, read back by Python's XML parser. */
#include "tests/engine/rehearse/rehearsing.h"

#include "engine/base/json.h"

static void test_for_people(void **state)
{
    struct rehearsing stage;
    BUF_SCOPED out = {0};

    (void)state;
    rehearsing_open(&stage);
    rehearsing_play(&stage, CASE_1 "    expect: {status: failed, lives: 2}\n"
                                   "  - name: \"t\\u001b[2Jwo\"\n" ALERT DONE);
    rehearse_print(&stage.report, &out);
    char *text = arena_string(stage.arena, rehearsing_lines(&stage, &out));

    assert_memory_equal(text, "FAIL  one", 9);
    text = strchr(text, '\n') + 1;
    const char *two = strstr(text, "ok    t\\u{1b}[2Jwo");

    assert_non_null(two);
    assert_string_equal(arena_copy(stage.arena, text, (size_t)(two - text)),
                        "p_test.yaml:6:22: error: expected the run to be failed, it is completed\n"
                        "p_test.yaml:6:37: error: expected 2 lives of the engine, it had 1\n");
    assert_string_equal(strchr(two, '\n') + 1, "p_test.yaml: 1 of 2 cases passed\n");
    rehearsing_close(&stage);
}

/* Runs the parser over the document; its lines, at most one buffer of them. */
static const char *parsed(struct rehearsing *stage, const struct value *reports)
{
    static const char program[] =
        "import sys, xml.etree.ElementTree as T\n"
        "r = T.parse(sys.argv[1]).getroot()\n"
        "print(r.tag, r.get('tests'), r.get('failures'), r.get('time'))\n"
        "for s in r:\n"
        "  print(s.tag, s.get('name').split('/')[-1], s.get('tests'), s.get('failures'), s.get('errors'))\n"
        "  for c in s:\n"
        "    print(c.tag, c.get('classname'), ascii(c.get('name')), c.get('line'), c.get('time'))\n"
        "    for f in c: print(f.tag, ascii(f.get('message')), len(f.text.splitlines()))\n";
    BUF_SCOPED out = {0};
    static char read[4096];

    rehearse_junit(reports, &out);
    rehearsing_file(stage, "p_test.yaml", buf_string(&out));
    rehearsing_file(stage, "more.yaml", program);
    FILE *pipe = popen(
        arena_printf(stage->arena, "python3 %s/more.yaml %s/p_test.yaml 2>&1", stage->dir, stage->dir), "r");

    assert_non_null(pipe);
    size_t len = fread(read, 1, sizeof read - 1, pipe);

    read[len] = '\0';
    assert_int_equal(pclose(pipe), 0);
    return read;
}

static void test_junit_is_xml(void **state)
{
    static const char worst[] =
        "[{\"file\": \"a/b_test.yaml\", \"playbook\": \"P<&>\", \"passed\": false, \"count\": 2, \"failed\": "
        "1,"
        " \"cases\": [{\"name\": \"<]]>&\\\"'\\u001b\\ufffe\\u202e\\n\", \"line\": 7, \"passed\": "
        "false,"
        " \"ms\": 1042, \"failures\": [{\"line\": 1, \"col\": 2, \"text\": \"a \\\"b\\\" <c>\"},"
        " {\"line\": 3, \"col\": 4, \"text\": \"]]>\\nd\"}]},"
        " {\"name\": \"fine\", \"line\": 9, \"passed\": true, \"ms\": 3, \"failures\": []}]},"
        " {\"file\": \"c_test.yaml\", \"playbook\": \"Q\", \"passed\": true, \"count\": 0, \"failed\": 0,"
        " \"cases\": []}]";
    struct rehearsing stage;
    struct value reports;

    (void)state;
    rehearsing_open(&stage);
    assert_int_equal(json_parse(stage.arena, worst, strlen(worst), &reports, NULL), 0);
    assert_string_equal(parsed(&stage, &reports),
                        "testsuites 2 1 1.045\n"
                        "testsuite b_test.yaml 2 1 0\n"
                        "testcase P<&> '<]]>&\"\\'\\\\u{1b}\\\\u{fffe}\\\\u{202e}\\\\u{a}' 7 1.042\n"
                        "failure 'a \"b\" <c>' 2\n"
                        "testcase P<&> 'fine' 9 0.003\n"
                        "testsuite c_test.yaml 0 0 0\n");
    rehearsing_close(&stage);
}

static void test_junit_of_a_play(void **state)
{
    struct rehearsing stage;

    (void)state;
    rehearsing_open(&stage);
    rehearsing_play(&stage, CASE_1 "    expect: {status: failed, lives: 2}\n");
    struct value reports = value_list(stage.arena, &stage.report, 1);
    const char *told = parsed(&stage, &reports);

    assert_memory_equal(told, "testsuites 1 1 ", 15);
    assert_non_null(strstr(told, "testcase Two_Steps 'one' 4 "));
    assert_non_null(strstr(told, "failure 'expected the run to be failed, it is completed' 2\n"));
    rehearsing_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_for_people), cmocka_unit_test(test_junit_is_xml),
                                       cmocka_unit_test(test_junit_of_a_play)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
