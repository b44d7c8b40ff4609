/* One worker, started at the first call and kept for the phases of one run of pack_local. */
#include "tests/actions/pack_worker.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/json.h"

static pid_t worker;
static FILE *to_worker, *from_worker;

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "pack_worker: %s\n", what);
    exit(2);
}

static const char *json_of(struct arena *arena, const struct value *value)
{
    return value ? json_text(arena, value) : "null";
}

static struct value read_line(struct arena *arena)
{
    static char *line;
    static size_t size;
    struct value value;
    struct soar_err err;
    ssize_t len = getline(&line, &size, from_worker);
    if (len <= 0 || json_parse(arena, line, (size_t)len, &value, &err))
        die("the worker said nothing more");
    return value;
}

static void start(struct arena *arena, const struct value *state)
{
    int in[2], out[2];
    char *program = getenv("PACK_WORKER");
    if (!program || pipe(in) || pipe(out))
        die("PACK_WORKER names no program");
    worker = fork();
    if (worker == 0) {
        char *argv[] = {program, NULL}, *empty[] = {NULL};
        dup2(in[0], 0);
        dup2(out[1], 1);
        execve(program, argv, empty);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    to_worker = fdopen(in[1], "w");
    from_worker = fdopen(out[0], "r");
    if (worker < 0 || !to_worker || !from_worker)
        die("no worker");
    fprintf(to_worker, "{\"peer\":%s,\"mode\":\"all\"}\n", json_of(arena, value_get(state, "peer")));
    fflush(to_worker);
    read_line(arena); /* its hello */
}

struct soar_answer pack_worker_call(struct arena *arena, const struct value *state,
                                    const struct attempt_call *call)
{
    static uint64_t number;
    if (!worker)
        start(arena, state);
    fprintf(to_worker,
            "{\"call\":%" PRIu64 ",\"function\":\"%s\",\"left_ms\":%" PRId64 ",\"args\":%s,\"secrets\":%s}\n",
            ++number, call->function->name, call->deadline_ms, json_of(arena, &call->args),
            json_of(arena, value_get(state, "secrets")));
    fflush(to_worker);
    for (;;) {
        struct value line = read_line(arena);
        const struct value *result = value_get(&line, "result");
        if (value_get_int(&line, "answer", -1) != (int64_t)number)
            continue;
        if (getenv("PACK_SHOW"))
            fprintf(stderr, "%s %s -> %s\n", call->function->name, json_text(arena, &call->args),
                    json_text(arena, &line));
        return (struct soar_answer){
            .number = number,
            .class = soar_class_parse(value_get_string(&line, "class", "")),
            .result = json_of(arena, result),
            .why = value_get_string(&line, "why", ""),
        };
    }
}

void pack_worker_end(void)
{
    if (!worker)
        return;
    kill(worker, SIGKILL);
    waitpid(worker, NULL, 0);
    worker = 0;
}
