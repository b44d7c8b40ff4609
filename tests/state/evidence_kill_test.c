/* Property: whenever soar-evidence is killed, nothing that was recorded is lost or changed, what had come of
 * the stream is kept as a beginning of it, and the next start finds a manifest that verifies. Method: the
 * real program over its protocol, killed fifty times: after a number of bytes that chance (seeded) chooses,
 * while it finishes, between keep and seal, while it seals, and when it has; then another one salvages. The
 * contents are compared with what was sent, each object and the whole store verified. */
#include "tests/state/evidence_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/json.h"

enum { LIVES = 50, MOST = 4 * 1024 * 1024 };

enum moment { IN_STREAM, AT_END, KEPT, IN_SEAL, SEALED, MOMENTS };

struct writer {
    pid_t pid;
    int to, stream;
    FILE *from;
};

/* Everything but the three ends is closed by exec. */
static void begin(struct writer *writer, struct evidence_store *store)
{
    static const char program[] = SOAR_BINARY_DIR "/libexec/soar/soar-evidence";
    int in[2], out[2], stream[2];
    assert_int_equal(pipe2(in, O_CLOEXEC) | pipe2(out, O_CLOEXEC) | pipe2(stream, O_CLOEXEC), 0);
    writer->pid = fork();
    assert_true(writer->pid >= 0);
    if (writer->pid == 0) {
        int given = fcntl(stream[0], F_DUPFD_CLOEXEC, 100); /* 3 may be one of the others */
        if (dup2(in[0], 0) < 0 || dup2(out[1], 1) < 0 || dup2(given, 3) < 0)
            _exit(126);
        execl(program, program, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    close(stream[0]);
    writer->to = in[1];
    writer->stream = stream[1];
    writer->from = fdopen(out[0], "r");
    assert_non_null(writer->from);
    dprintf(writer->to, "{\"peer\":{\"dir\":\"%s\"},\"mode\":\"all\"}\n", store->path);
}

static void end(struct writer *writer, bool killed)
{
    int status = 0;
    if (killed)
        kill(writer->pid, SIGKILL);
    close(writer->to);
    if (writer->stream >= 0)
        close(writer->stream);
    fclose(writer->from);
    assert_int_equal(waitpid(writer->pid, &status, 0), writer->pid);
    assert_int_equal(status, killed ? SIGKILL : 0);
}

static void say(const struct writer *writer, int number, const char *function, const char *args)
{
    dprintf(writer->to, "{\"call\":%d,\"function\":\"%s\",\"left_ms\":600000,\"args\":%s}\n", number,
            function, args);
}

/* The next answer's result. */
static struct value hear(struct evidence_store *store, const struct writer *writer)
{
    char *line = NULL;
    size_t size = 0;
    struct value document = value_null();
    while (getline(&line, &size, writer->from) > 0)
        if (strstr(line, "\"answer\"")) {
            document = evidence_args(store, line);
            break;
        }
    free(line);
    if (!value_is_string(value_get(&document, "class"), "done"))
        fail_msg("%s", value_get_string(&document, "why", "no answer"));
    return *value_get(&document, "result");
}

/* Sends so many bytes, in pieces as they come; a pipe's reader takes them all. */
static void feed(const struct writer *writer, const uint8_t *bytes, size_t len)
{
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(evidence_write_all(writer->stream, bytes, len), 0);
}

static void one_life(struct evidence_store *store, int life, const uint8_t *bytes, enum moment moment)
{
    struct writer writer;
    size_t sent = moment == IN_STREAM || life % 3 == 0 ? (size_t)rand() % MOST : MOST / 8; /* NOLINT */
    char *id = arena_printf(store->arena, "{\"id\":\"E-%d\"}", life);
    begin(&writer, store);
    say(&writer, 1, "evidence.keep", id);
    feed(&writer, bytes, sent);
    if (moment != IN_STREAM) {
        close(writer.stream);
        writer.stream = -1;
    }
    if (moment >= KEPT)
        hear(store, &writer);
    if (moment >= IN_SEAL)
        say(&writer, 2, "evidence.seal",
            arena_printf(store->arena, "{\"id\":\"E-%d\",\"whole\":true}", life));
    struct value sealed = moment == SEALED ? hear(store, &writer) : value_null();
    end(&writer, true);

    begin(&writer, store);
    say(&writer, 1, "evidence.salvage", id);
    struct value answer = hear(store, &writer);
    end(&writer, false);
    size_t got = (size_t)value_get_int(&answer, "bytes", -1), len = 0;
    assert_true(got <= sent);
    if (moment >= KEPT) /* it had answered: all of it is durable */
        assert_int_equal(got, sent);
    if (moment == SEALED)
        assert_true(value_equal(&sealed, &answer));
    assert_true(moment >= IN_SEAL || !value_get_bool(&answer, "whole", true));
    if (got > 0)
        assert_memory_equal(evidence_unpacked(store, value_get_string(&answer, "file", ""), &len), bytes,
                            got);
    assert_int_equal(len, got);
}

static void nothing_recorded_is_lost(void **state)
{
    struct evidence_store *store = *state;
    srand(7);
    for (int life = 1; life <= LIVES; life++) {
        uint8_t *bytes = evidence_bytes(MOST, (uint32_t)life);
        one_life(store, life, bytes, (enum moment)(life % MOMENTS));
        free(bytes);
    }
    const char *problems = evidence_problems(store, NULL);
    if (problems[0])
        fail_msg("%s", problems);
    size_t len = 0, records = 0;
    for (const char *at = evidence_file(store, "manifest.jsonl", &len); (at = strchr(at, '\n')); at++)
        records++;
    assert_int_equal(records, LIVES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_recorded_is_lost, evidence_store_make, evidence_store_drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
