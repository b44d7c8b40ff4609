/* A worker for the pool's tests that misbehaves on request: what the peer's and the call's `act` say. It is
 * not made of connectors/worker, which can't do wrong things. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "engine/base/json.h"

static struct arena *arena;
static int64_t dropped;

static bool next_line(struct value *ret)
{
    static char *line;
    static size_t size;
    ssize_t len = getline(&line, &size, stdin);
    struct soar_err err;
    return len > 0 && json_parse(arena, line, (size_t)len, ret, &err) == 0;
}

static void hello(const struct value *binding)
{
    const struct value *peer = value_get(binding, "peer");
    const char *act = value_get_string(peer, "act", "");
    if (!strcmp(act, "die"))
        exit(3);
    if (!strcmp(act, "mute"))
        pause();
    if (!strcmp(act, "garbage"))
        puts("hello, how are you?");
    bool reads = value_is_string(value_get(binding, "mode"), "read") && strcmp(act, "liar") != 0;
    printf("{\"hello\":{\"protocol\":1,\"name\":\"%s\",\"calls\":%" PRId64
           ",\"drops\":%s,\"functions\":[{\"name\":\"fake.read\",\"class\":\"read\"}%s]}}\n",
           value_get_string(peer, "name", "fake"), value_get_int(peer, "calls", 1),
           value_get_bool(peer, "drops", false) ? "true" : "false",
           reads ? "" : ",{\"name\":\"fake.write\",\"class\":\"write\"}");
}

static void answer(int64_t number, const char *class, const char *result, const char *why)
{
    printf("{\"answer\":%" PRId64 ",\"class\":\"%s\",\"result\":%s,\"why\":\"%s\"}\n", number, class, result,
           why);
}

static void long_line(void)
{
    for (int i = 0; i < 1100 * 1024; i++)
        putchar('x');
}

/* The first descriptor that is free, without taking it. */
static int first_free(void)
{
    int fd = dup(0);
    close(fd);
    return fd;
}

static void act(int64_t number, const char *what, const struct value *line)
{
    if (!strcmp(what, "hang"))
        return; /* and take the next call */
    if (strstr(what, "give") && write(3, "evidence", 8) != 8)
        fprintf(stderr, "nobody reads descriptor 3\n");
    if (strstr(what, "sending"))
        printf("{\"sending\":%" PRId64 "}\n", number);
    if (strstr(what, "die"))
        raise(SIGKILL);
    if (strstr(what, "stop"))
        pause();
    if (strstr(what, "garbage"))
        puts("[1,2,3]");
    if (strstr(what, "long"))
        long_line();
    if (strstr(what, "progress"))
        printf("{\"progress\":%" PRId64 ",\"bytes\":17}\n{\"progress\":%" PRId64 ",\"bytes\":18}\n", number,
               number);
    if (strstr(what, "other"))
        answer(number + 1000, "done", "1", "");
    if (strstr(what, "noise"))
        fprintf(stderr, "the key is %s\n", value_get_string(value_get(line, "secrets"), "key", "?"));
    if (strstr(what, "dropped"))
        answer(number, "done", json_text(arena, &(struct value){.kind = VALUE_INT, .integer = dropped}), "");
    else if (strstr(what, "secret"))
        answer(number, "denied", "null", value_get_string(value_get(line, "secrets"), "key", "?"));
    else if (strstr(what, "class"))
        answer(number, "splendid", "null", "");
    else if (strstr(what, "orphan")) {
        if (fork() == 0)
            pause(); /* keeps the socket open */
    } else if (strstr(what, "env"))
        printf("{\"answer\":%" PRId64 ",\"class\":\"done\",\"result\":{\"env\":%d,\"group\":%d,\"fd\":%d}}\n",
               number, environ[0] != NULL, getpgrp() == getpid(), first_free());
    else
        answer(number, "done", json_text(arena, value_get(line, "args")), "");
    if (strstr(what, "double"))
        answer(number, "done", "2", "");
    if (strstr(what, "leave"))
        exit(0);
}

int main(void)
{
    struct value line;
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    setvbuf(stdout, NULL, _IOLBF, 65536);
    arena = arena_new();
    if (!next_line(&line))
        return 1;
    hello(&line);
    while (next_line(&line)) {
        dropped = value_get_int(&line, "drop", dropped);
        if (!value_get(&line, "drop"))
            act(value_get_int(&line, "call", -1), value_get_string(value_get(&line, "args"), "act", ""),
                &line);
    }
    arena_free(arena);
    return 0;
}
