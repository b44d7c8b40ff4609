/* Property: a worker made of this library says hello once, answers each call once, lets only calls of its
 * table and mode through, and ends at the end of its input or at a line that is no call. Method: a child runs
 * worker_main() with a connector of the test's own; the test is its engine, over a socketpair. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "connectors/worker/worker.h"

static const struct function_param params[] = {
    {.name = "text", .sink = SINK_JSON, .type = "text", .required = true, .about = "a \"text\""},
    {.name = "more", .type = "text"},
    {0}};
static const struct function functions[] = {{.name = "test.look", .class = FUNCTION_READ, .params = params},
                                            {.name = "test.do", .class = FUNCTION_WRITE, .params = params},
                                            {0}};
static const struct connector connector = {.name = "test", .program = "soar-test", .functions = functions};

static int bind_peer(void *state, const struct value *peer, struct soar_err *err)
{
    (void)state;
    return value_is_string(value_get(peer, "kind"), "bad") ? soar_err_set(err, SOAR_INVALID, "a bad peer")
                                                           : 0;
}

static int call(void *state, struct worker_call *call, struct value *ret_result, struct soar_err *err)
{
    const struct value *text = value_get(call->args, "text");
    (void)state;
    if (value_is_string(text, "fail"))
        return soar_err_set(err, SOAR_ABSENT, "nothing \"there\"");
    if (value_is_string(text, "silent failure"))
        return -1;
    worker_sending(call);
    worker_sending(call);
    worker_progress(call, call->args);
    worker_progress(call, call->args); /* too soon */
    if (value_is_string(text, "huge")) {
        size_t len = 1100 * 1024;
        char *x = arena_alloc(call->arena, len);
        memset(x, 'x', len);
        *ret_result = value_string(call->arena, x, len);
        return 0;
    }
    *ret_result = *(value_is_string(text, "secret") ? value_get(call->secrets, "key") : text);
    return 0;
}

static pid_t worker;
static FILE *in, *out;

static void start(const char *binding)
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    fflush(NULL);
    worker = fork();
    if (worker == 0) {
        dup2(fds[1], 0);
        dup2(fds[1], 1);
        dup2(open("/dev/null", O_WRONLY), 2);
        const struct worker_program program = {
            .connector = &connector, .calls = 1, .bind = bind_peer, .call = call};
        _exit(worker_main(&program));
    }
    close(fds[1]);
    out = fdopen(fds[0], "w");
    in = fdopen(dup(fds[0]), "r");
    fprintf(out, "%s\n", binding);
    fflush(out);
}

static void expect(const char *line)
{
    static char *got;
    static size_t size;
    if (getline(&got, &size, in) < 0)
        strcpy(got, "(the end)\n");
    got[strcspn(got, "\n")] = '\0';
    assert_string_equal(got, line);
}

static void say(const char *line)
{
    fprintf(out, "%s\n", line);
    fflush(out);
}

static void finish(int status)
{
    int got;
    fclose(out);
    shutdown(fileno(in), SHUT_WR);
    assert_int_equal(waitpid(worker, &got, 0), worker);
    assert_int_equal(WEXITSTATUS(got), status);
    fclose(in);
}

#define PARAMS                                                                                               \
    "\"params\":{\"text\":{\"sink\":\"json\",\"type\":\"text\",\"required\":true,\"about\":\"a "             \
    "\\\"text\\\"\"},"                                                                                       \
    "\"more\":{\"sink\":\"script\",\"type\":\"text\",\"required\":false,\"about\":\"\"}}"
#define LOOK     "{\"name\":\"test.look\",\"class\":\"read\"," PARAMS "}"
#define DO       "{\"name\":\"test.do\",\"class\":\"write\"," PARAMS "}"
#define HELLO(f) "{\"hello\":{\"protocol\":1,\"name\":\"test\",\"calls\":1,\"functions\":[" f "]}}"

static void answers(void **state)
{
    (void)state;
    start("{\"peer\":{},\"mode\":\"all\"}");
    expect(HELLO(LOOK "," DO));
    say("{\"call\":7,\"function\":\"test.do\",\"args\":{\"text\":\"a\\n\\\"b\\\"\"},\"left_ms\":1000,"
        "\"secrets\":{}}");
    expect("{\"sending\":7}");
    expect("{\"progress\":7,\"text\":\"a\\n\\\"b\\\"\"}");
    expect("{\"answer\":7,\"class\":\"done\",\"result\":\"a\\n\\\"b\\\"\",\"why\":\"\"}");
    say("{\"call\":8,\"function\":\"test.look\",\"args\":{\"text\":\"fail\"}}");
    expect("{\"answer\":8,\"class\":\"absent\",\"result\":null,\"why\":\"nothing \\\"there\\\"\"}");
    say("{\"call\":9,\"function\":\"test.look\",\"args\":{\"text\":\"silent failure\"}}");
    expect("{\"answer\":9,\"class\":\"permanent\",\"result\":null,\"why\":\"test.look failed without a "
           "reason\"}");
    finish(0);
}

static void larger_than_a_line(void **state)
{
    (void)state;
    start("{\"peer\":{},\"mode\":\"all\"}");
    expect(HELLO(LOOK "," DO));
    say("{\"call\":1,\"function\":\"test.do\",\"args\":{\"text\":\"huge\"}}");
    expect("{\"sending\":1}");
    expect("{\"progress\":1,\"text\":\"huge\"}");
    expect("{\"answer\":1,\"class\":\"unknown\",\"result\":null,\"why\":\"the answer is larger than a line "
           "may be\"}");
    finish(0);
}

static void refuses(void **state)
{
    (void)state;
    start("{\"peer\":{},\"mode\":\"read\"}");
    expect(HELLO(LOOK));
    say("{\"call\":1,\"function\":\"test.do\",\"args\":{\"text\":\"x\"}}");
    expect("{\"answer\":1,\"class\":\"invalid\",\"result\":null,\"why\":\"test.do writes, and this worker "
           "was started to read\"}");
    say("{\"call\":2,\"function\":\"test.other\",\"args\":{}}");
    expect("{\"answer\":2,\"class\":\"invalid\",\"result\":null,\"why\":\"no function test.other\"}");
    say("{\"call\":3,\"function\":\"test.look\",\"args\":{\"text\":\"x\",\"y\":1}}");
    expect("{\"answer\":3,\"class\":\"invalid\",\"result\":null,\"why\":\"test.look has no argument y\"}");
    say("{\"call\":4,\"function\":\"test.look\",\"args\":{}}");
    expect(
        "{\"answer\":4,\"class\":\"invalid\",\"result\":null,\"why\":\"test.look needs the argument text\"}");
    say("{\"call\":5,\"function\":\"test.look\"}");
    expect("{\"answer\":5,\"class\":\"invalid\",\"result\":null,\"why\":\"test.look: args must be a map\"}");
    finish(0);
}

static void bad_peer_answers_every_call(void **state)
{
    (void)state;
    start("{\"peer\":{\"kind\":\"bad\"},\"mode\":\"all\"}");
    expect(HELLO(LOOK "," DO));
    for (int i = 0; i < 2; i++) {
        say("{\"call\":1,\"function\":\"test.look\",\"args\":{\"text\":\"x\"}}");
        expect("{\"answer\":1,\"class\":\"invalid\",\"result\":null,\"why\":\"a bad peer\"}");
    }
    finish(0);
}

static void ends_at_nonsense(void **state)
{
    (void)state;
    static const char *const lines[] = {"nonsense", "{\"call\":-1}", "{}", "[]", "{\"call\":\"x\"}"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        start("{\"peer\":{},\"mode\":\"all\"}");
        expect(HELLO(LOOK "," DO));
        say(lines[i]);
        expect("(the end)");
        finish(1);
    }
    start("{\"mode\":\"all\"}");
    expect("(the end)");
    finish(1);
    start("{\"peer\":{},\"mode\":\"some\"}");
    expect("(the end)");
    finish(1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers), cmocka_unit_test(larger_than_a_line), cmocka_unit_test(refuses),
        cmocka_unit_test(bad_peer_answers_every_call), cmocka_unit_test(ends_at_nonsense)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
