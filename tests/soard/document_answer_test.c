/* Property: a sender is told of each alert its id, what it started and why it did not start the rest, and
 * nothing that is ours alone; only if each alert was refused the document is. Method: verdicts as the loop
 * writes them, compared with whole bodies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/json.h"
#include "soard/document.h"

static const struct {
    const char *verdicts;
    int status;
    const char *body;
} answers[] = {
    {"[]", 202, "{\"alerts\":[]}\n"},
    {"[{\"alert\":\"A-1\",\"source\":\"siem\",\"digest\":\"00\",\"request\":\"11\",\"severity\":5,"
     "\"starts\":[{\"playbook\":\"Contain\",\"run\":\"R-1\",\"dedup\":\"key\",\"until\":5,\"severity\":5}],"
     "\"not\":[{\"playbook\":\"Other\",\"why\":\"`x` does not hold\"}]}]",
     202,
     "{\"alerts\":[{\"id\":\"A-1\",\"runs\":[\"R-1\"],\"started\":[{\"playbook\":\"Contain\",\"run\":\"R-1\"}"
     "],"
     "\"not\":[{\"playbook\":\"Other\",\"why\":\"`x` does not hold\"}]}]}\n"},
    {"[{\"alert\":\"A-2\",\"starts\":[],\"not\":[{\"playbook\":\"Contain\",\"why\":\"a duplicate\","
     "\"duplicate_of\":\"R-1\"}]}]",
     202,
     "{\"alerts\":[{\"id\":\"A-2\",\"runs\":[],\"started\":[],\"not\":[{\"playbook\":\"Contain\",\"why\":"
     "\"a duplicate\",\"duplicate_of\":\"R-1\"}]}]}\n"},
    {"[{\"alert\":\"A-3\",\"refused\":\"no id\",\"starts\":[],\"not\":[]},"
     "{\"alert\":\"A-4\",\"starts\":[],\"not\":[]}]",
     202,
     "{\"alerts\":[{\"id\":\"A-3\",\"runs\":[],\"started\":[],\"not\":[],\"refused\":\"no id\"},"
     "{\"id\":\"A-4\",\"runs\":[],\"started\":[],\"not\":[]}]}\n"},
    {"[{\"alert\":\"A-5\",\"refused\":\"no id\",\"starts\":[],\"not\":[]}]", 422,
     "{\"type\":\"about:blank\",\"title\":\"Unprocessable Content\",\"status\":422,"
     "\"detail\":\"No alert of this document can be used.\",\"alerts\":[{\"id\":\"A-5\",\"runs\":[],"
     "\"started\":[],\"not\":[],\"refused\":\"no id\"}]}\n"},
};

static void each_alert_is_answered(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        BUF_SCOPED body = {0};
        struct value verdicts;

        assert_int_equal(json_parse(arena, answers[i].verdicts, strlen(answers[i].verdicts), &verdicts, NULL),
                         0);
        assert_int_equal(document_answer(&verdicts, arena, &body), answers[i].status);
        assert_string_equal(buf_string(&body), answers[i].body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_alert_is_answered)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
