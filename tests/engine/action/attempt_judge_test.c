/* Property: an answer means what the pack's outcomes say, else what was expected, else what the table of far
 * sides says; an error is never made a success. Method: one call of each connector and a table of answers and
 * judgements. */
#include "tests/engine/action/packing.h"

static const char *judged(struct arena *arena, const char *via, const char *call, enum soar_class class,
                          const char *result)
{
    const char *text = arena_printf(arena,
                                    "action: A\nsummary: A test.\nper: host\nproviders:\n  one:\n    via: "
                                    "%s\n    service: far\n    apply:\n%s",
                                    via, call);
    const struct pack *pack = loaded(arena, text);
    const struct attempt_input input = input_for(arena, pack);
    struct attempt *attempt = attempt_new(arena, &input);
    struct attempt_call asked;
    int64_t at_ms = 0;
    const char *why = "";
    attempt_begin(attempt, PHASE_APPLY, 0);
    assert_int_equal(attempt_next(attempt, 0, &asked, &at_ms), ATTEMPT_CALL);
    const struct soar_answer answer = {
        .class = class, .result = result, .why = class == SOAR_DONE ? "" : "said the worker"};
    enum pack_judgement judgement = attempt_answer(attempt, &answer, 0, NULL, &why);
    return arena_printf(arena, "%s%s%s", pack_judgement_name(judgement), *why ? ": " : "", why);
}

struct sample {
    const char *via;
    const char *call;
    enum soar_class class;
    const char *result;
    const char *judged;
};

#define RUN  "ssh", "      - ssh.run: {script: s}\n"
#define READ "ssh", "      - ssh.read: {script: s}\n"
#define SEND "http", "      - http.send: {method: POST, path: /a}\n"
#define GET  "http", "      - http.read: {path: /a}\n"
#define LDAP "ldap", "      - ldap.modify: {dn: cn=x}\n"

static const struct sample by_table[] = {
    {RUN, SOAR_DONE, "{\"exit\": 0, \"out\": \"\", \"err\": \"\"}", "done"},
    {RUN, SOAR_DONE, "{\"exit\": 3, \"out\": \"o\", \"err\": \" first\\nsecond\"}",
     "permanent: exit 3: first"},
    {RUN, SOAR_DONE, "{\"exit\": 3, \"out\": \"o\\u001b[2J\", \"err\": \"\"}",
     "permanent: exit 3: o\\u{1b}[2J"},
    {RUN, SOAR_TRANSIENT, "null", "transient: said the worker"},
    {RUN, SOAR_UNKNOWN, "null", "unknown: said the worker"},
    {READ, SOAR_UNKNOWN, "null", "transient: said the worker"},
    {RUN, SOAR_DENIED, "null", "denied: said the worker"},
    {RUN, SOAR_ABSENT, "null", "absent: said the worker"},
    {RUN, SOAR_UNSUPPORTED, "null", "unsupported: said the worker"},
    {RUN, SOAR_INVALID, "null", "permanent: said the worker"},
    {RUN, SOAR_PERMANENT, "null", "permanent: said the worker"},
    {RUN, SOAR_DONE, "{broken", "unknown: ssh.run: its answer can't be read: "},
    {READ, SOAR_DONE, "{broken", "transient: ssh.read: its answer can't be read: "},
    {SEND, SOAR_DONE, "{\"status\": 201}", "done"},
    {SEND, SOAR_DONE, "{\"status\": 401, \"text\": \"no token\"}",
     "denied: status 401, our log-in is not taken: no token"},
    {SEND, SOAR_DONE, "{\"status\": 403}", "denied: status 403, our account may not do this"},
    {SEND, SOAR_DONE, "{\"status\": 404}", "absent: status 404"},
    {SEND, SOAR_DONE, "{\"status\": 408}", "transient: status 408"},
    {SEND, SOAR_DONE, "{\"status\": 429}", "transient: status 429"},
    {SEND, SOAR_DONE, "{\"status\": 500}", "unknown: status 500"},
    {SEND, SOAR_DONE, "{\"status\": 502}", "unknown: status 502"},
    {SEND, SOAR_DONE, "{\"status\": 503}", "transient: status 503"},
    {SEND, SOAR_DONE, "{\"status\": 504}", "unknown: status 504"},
    {GET, SOAR_DONE, "{\"status\": 500}", "transient: status 500"},
    {GET, SOAR_DONE, "{\"status\": 504}", "transient: status 504"},
    {SEND, SOAR_DONE, "{\"status\": 400}", "permanent: status 400"},
    {SEND, SOAR_DONE, "{\"status\": 302}", "permanent: status 302"},
    {LDAP, SOAR_DONE, "{\"code\": 0}", "done"},
    {LDAP, SOAR_DONE, "{\"code\": 49, \"text\": \"data 52e\"}", "denied: code 49: data 52e"},
    {LDAP, SOAR_DONE, "{\"code\": 50}", "denied: code 50"},
    {LDAP, SOAR_DONE, "{\"code\": 32}", "absent: code 32"},
    {LDAP, SOAR_DONE, "{\"code\": 51}", "transient: code 51"},
    {LDAP, SOAR_DONE, "{\"code\": 52}", "transient: code 52"},
    {LDAP, SOAR_DONE, "{\"code\": 53}", "permanent: code 53"},
};

#define OWN                                                                                                  \
    "http", "      - http.send: {method: POST, path: /a}\n"                                                  \
            "        expect: result.body.affected == 1\n"                                                    \
            "        why: not exactly one\n"                                                                 \
            "        outcomes:\n"                                                                            \
            "          - {when: 'result.status == 400 && result.text.contains(\"in progress\")', is: "       \
            "underway}\n"                                                                                    \
            "          - {when: result.status == 409, is: already, why: it was so}\n"                        \
            "          - {when: result.body.odd, is: permanent, why: odd}\n"

static const struct sample by_pack[] = {
    {OWN, SOAR_DONE, "{\"status\": 200, \"body\": {\"affected\": 1, \"odd\": false}}", "done"},
    {OWN, SOAR_DONE, "{\"status\": 200, \"body\": {\"affected\": 2, \"odd\": false}}",
     "permanent: not exactly one"},
    {OWN, SOAR_DONE, "{\"status\": 200, \"body\": {\"affected\": 1, \"odd\": true}}", "permanent: odd"},
    {OWN, SOAR_DONE, "{\"status\": 400, \"text\": \"already in progress\"}",
     "underway: status 400: already in progress"},
    {OWN, SOAR_DONE, "{\"status\": 409}", "already: it was so"},
    {OWN, SOAR_DONE, "{\"status\": 503}",
     "transient: status 503"}, /* its body isn't there, and that hides nothing */
    {OWN, SOAR_UNKNOWN, "null", "unknown: said the worker"},
    {OWN, SOAR_DONE, "{\"status\": 200}", "permanent: pack.yaml:9:9: outcomes: "},
    {"ssh", "      - ssh.run: {script: s}\n        expect: result.exit in [0, 1]\n", SOAR_DONE,
     "{\"exit\": 1}", "done"},
    {"ssh", "      - ssh.run: {script: s}\n        expect: result.exit in [0, 1]\n", SOAR_DONE,
     "{\"exit\": 2}", "permanent: exit 2"},
    {"ssh", "      - ssh.run: {script: s}\n        expect: result.out != \"\"\n", SOAR_DONE,
     "{\"exit\": 0, \"out\": \"\"}", "permanent: not as expected: result.out != \"\""},
    {"ssh",
     "      - ssh.run: {script: s}\n        expect: result.exit == 0\n        why: the door is stuck\n",
     SOAR_DONE, "{\"exit\": 2}", "permanent: the door is stuck"},
    {"ssh", "      - ssh.run: {script: s}\n        outcomes: [{when: \"true\", is: done}]\n", SOAR_DONE,
     "{\"exit\": 2}", "done"},
    {"ssh", "      - ssh.run: {script: s}\n        outcomes: [{when: \"true\", is: done}]\n", SOAR_UNKNOWN,
     "null", "unknown: said the worker"},
};

static void compare(const struct sample *samples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ARENA_SCOPED arena = arena_new();
        const char *got = judged(arena, samples[i].via, samples[i].call, samples[i].class, samples[i].result);
        size_t len = strlen(samples[i].judged);
        bool open = samples[i].judged[len - 1] == ' '; /* the rest is another room's words */
        if (open ? strncmp(got, samples[i].judged, len) != 0 : strcmp(got, samples[i].judged) != 0) {
            fail_msg("%s%s: expected %s, found %s", samples[i].call, samples[i].result, samples[i].judged,
                     got);
        }
    }
}

static void far_sides_are_judged_by_one_table(void **state)
{
    (void)state;
    compare(by_table, sizeof by_table / sizeof by_table[0]);
}

static void the_pack_has_the_first_word(void **state)
{
    (void)state;
    compare(by_pack, sizeof by_pack / sizeof by_pack[0]);
}

/* Its own come first, then those of all calls, then what was expected. */
static void what_holds_for_all_calls_stands_behind_the_own(void **state)
{
    (void)state;
    const struct sample samples[] = {
        {"http\n    outcomes: [{when: result.status == 403, is: transient, why: a quota}]",
         "      - http.send: {method: POST, path: /a}\n        expect: result.status == 403\n", SOAR_DONE,
         "{\"status\": 403}", "transient: a quota"},
        {"http\n    outcomes: [{when: result.status == 403, is: transient, why: a quota}]",
         "      - http.send: {method: POST, path: /a}\n        outcomes: [{when: result.status == 403, is: "
         "denied, "
         "why: no right}]\n",
         SOAR_DONE, "{\"status\": 403}", "denied: no right"},
        {"http\n    outcomes: [{when: result.status == 403, is: transient, why: a quota}]",
         "      - http.send: {method: POST, path: /a}\n", SOAR_DONE, "{\"status\": 404}",
         "absent: status 404"},
    };
    compare(samples, sizeof samples / sizeof samples[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(far_sides_are_judged_by_one_table),
        cmocka_unit_test(the_pack_has_the_first_word),
        cmocka_unit_test(what_holds_for_all_calls_stands_behind_the_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
