/* The worker's side of the line protocol: lines in, calls out, one answer each.
 *
 * Reads and writes block: a worker has nothing better to do than to wait for
 * its engine. Every line that comes in may hold a secret, so buffers are wiped
 * before they are freed. It must never answer twice, and never without the
 * number it was given. */
#include "connectors/worker/worker.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "connectors/worker/harden.h"
#include "connectors/worker/worker_line.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/base/world.h"

#define PROTOCOL 1

struct worker {
    const struct worker_program *program;
    struct line_reader lines;
    bool read_only;
    struct soar_err unbound; /* why the peer makes no sense; DONE if it does */
    int64_t progress_ms;     /* when the last one was let through */
};

int64_t worker_now_ms(void)
{
    const struct world *world = world_system();
    return world->boot_ms(world->arg);
}

static void say(const struct buf *line)
{
    if (line->failed)
        abort();
    line_write(STDOUT_FILENO, line->data, line->len);
}

void worker_sending(struct worker_call *call)
{
    if (call->sent)
        return;
    call->sent = true;
    BUF_SCOPED line;
    buf_init(&line, LIMIT_LINE_BYTES);
    buf_printf(&line, "{\"sending\":%" PRIu64 "}\n", call->number);
    say(&line);
}

void worker_progress(struct worker_call *call, const struct value *fields)
{
    int64_t now = worker_now_ms();
    if (call->worker->progress_ms && now - call->worker->progress_ms < 500)
        return;
    call->worker->progress_ms = now;
    BUF_SCOPED line;
    buf_init(&line, LIMIT_LINE_BYTES);
    buf_printf(&line, "{\"progress\":%" PRIu64, call->number);
    for (size_t i = 0; fields && fields->kind == VALUE_MAP && i < fields->map->count; i++) {
        buf_char(&line, ',');
        json_quote(&line, fields->map->keys[i].text, fields->map->keys[i].len);
        buf_char(&line, ':');
        json_print(&line, &fields->map->values[i]);
    }
    buf_text(&line, "}\n");
    if (!line.failed)
        say(&line);
}

/* The arena is ours, so the text of a secret may be written over although a
 * value is immutable. */
static void wipe(const struct value *secrets)
{
    if (secrets->kind == VALUE_STRING)
        explicit_bzero((char *)(uintptr_t)secrets->text, secrets->len);
    for (size_t i = 0; secrets->kind == VALUE_LIST && i < secrets->list->count; i++)
        wipe(&secrets->list->items[i]);
    for (size_t i = 0; secrets->kind == VALUE_MAP && i < secrets->map->count; i++)
        wipe(&secrets->map->values[i]);
}

static void call_free(struct worker_call *call)
{
    struct arena *arena = call->arena;
    if (call->secrets)
        wipe(call->secrets);
    arena_free(arena); /* the call lives in it */
}

static void add_answer(struct buf *line, uint64_t number, enum soar_class class, const struct value *result,
                       const char *why)
{
    struct value none = value_null();
    buf_printf(line, "{\"answer\":%" PRIu64 ",\"class\":\"%s\",\"result\":", number, soar_class_name(class));
    json_print(line, result ? result : &none);
    buf_text(line, ",\"why\":");
    json_quote(line, why, strlen(why));
    buf_text(line, "}\n");
}

void worker_answer(struct worker_call *call, const struct value *result, const struct soar_err *err)
{
    enum soar_class class = err ? err->class : SOAR_DONE;
    BUF_SCOPED line;
    buf_init(&line, LIMIT_LINE_BYTES);
    add_answer(&line, call->number, class, class == SOAR_DONE || class == SOAR_TRANSIENT ? result : NULL,
               class == SOAR_DONE ? "" : err->text);
    if (line.failed) { /* it has happened, but we can't say what came of it */
        buf_done(&line);
        buf_init(&line, LIMIT_LINE_BYTES);
        bool doubt = call->sent && call->function && call->function->class == FUNCTION_WRITE;
        add_answer(&line, call->number, doubt ? SOAR_UNKNOWN : SOAR_PERMANENT, NULL,
                   "the answer is larger than a line may be");
    }
    say(&line);
    call_free(call);
}

static void add_params(struct buf *line, const struct function_param *params)
{
    buf_char(line, '{');
    for (size_t i = 0; params[i].name; i++) {
        const struct function_param *p = &params[i];
        buf_printf(line, "%s\"%s\":{\"sink\":\"%s\",\"type\":\"%s\",\"required\":%s,\"about\":", i ? "," : "",
                   p->name, function_sink_name(p->sink), p->type, p->required ? "true" : "false");
        json_quote(line, p->about ? p->about : "", p->about ? strlen(p->about) : 0);
        buf_char(line, '}');
    }
    buf_char(line, '}');
}

static void hello(const struct worker *worker)
{
    const struct connector *connector = worker->program->connector;
    BUF_SCOPED line;
    buf_init(&line, LIMIT_LINE_BYTES);
    buf_printf(&line,
               "{\"hello\":{\"protocol\":%d,\"name\":\"%s\",\"calls\":%u,"
               "%s\"functions\":[",
               PROTOCOL, connector->name, worker->program->calls,
               worker->program->drop ? "\"drops\":true," : "");
    const char *comma = "";
    for (const struct function *f = connector->functions; f->name; f++) {
        if (worker->read_only && f->class != FUNCTION_READ)
            continue;
        buf_printf(&line, "%s{\"name\":\"%s\",\"class\":\"%s\",\"params\":", comma, f->name,
                   f->class == FUNCTION_READ ? "read" : "write");
        add_params(&line, f->params);
        buf_char(&line, '}');
        comma = ",";
    }
    buf_text(&line, "]}}\n");
    say(&line);
}

static int bind_peer(struct worker *worker, struct arena *arena, struct soar_err *err)
{
    const char *text;
    size_t len;
    if (line_read(&worker->lines, true, &text, &len, err) <= 0)
        return -1;
    struct value line;
    if (json_parse(arena, text, len, &line, err))
        return soar_err_wrap(err, "the binding line");
    const struct value *mode = value_get(&line, "mode"), *peer = value_get(&line, "peer");
    if (peer == NULL || (!value_is_string(mode, "read") && !value_is_string(mode, "all")))
        return soar_err_set(err, SOAR_INVALID, "the binding line needs peer and mode");
    worker->read_only = value_is_string(mode, "read");
    if (worker->program->bind(worker->program->state, peer, &worker->unbound) == 0)
        worker->unbound.class = SOAR_DONE;
    else if (worker->unbound.class == SOAR_DONE)
        worker->unbound.class = SOAR_INVALID;
    return 0;
}

struct worker *worker_open(const struct worker_program *program, struct soar_err *err)
{
    struct worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL)
        abort();
    worker->program = program;
    line_reader_init(&worker->lines, STDIN_FILENO, LIMIT_LINE_BYTES);
    ARENA_SCOPED arena = arena_new();
    if (bind_peer(worker, arena, err)) {
        worker_close(worker);
        return NULL;
    }
    hello(worker);
    return worker;
}

void worker_close(struct worker *worker)
{
    if (worker == NULL)
        return;
    line_reader_done(&worker->lines);
    free(worker);
}

static int check_args(const struct worker_call *call, struct soar_err *err)
{
    const struct function *function = call->function;
    for (size_t i = 0; i < call->args->map->count; i++) {
        const struct function_param *p = function->params;
        while (p->name && !value_is_string(&call->args->map->keys[i], p->name))
            p++;
        if (p->name == NULL)
            return soar_err_set(err, SOAR_INVALID, "%s has no argument %s", function->name,
                                call->args->map->keys[i].text);
    }
    for (const struct function_param *p = function->params; p->name; p++)
        if (p->required && value_get(call->args, p->name) == NULL)
            return soar_err_set(err, SOAR_INVALID, "%s needs the argument %s", function->name, p->name);
    return 0;
}

static int check(struct worker_call *call, const char *function, struct soar_err *err)
{
    const struct worker *worker = call->worker;
    call->function = connector_has(worker->program->connector, function);
    if (call->function == NULL)
        return soar_err_set(err, SOAR_INVALID, "no function %s", function);
    if (worker->read_only && call->function->class != FUNCTION_READ)
        return soar_err_set(err, SOAR_INVALID, "%s writes, and this worker was started to read", function);
    if (call->args == NULL || call->args->kind != VALUE_MAP)
        return soar_err_set(err, SOAR_INVALID, "%s: args must be a map", function);
    if (worker->unbound.class != SOAR_DONE)
        return soar_err_set(err, worker->unbound.class, "%s", worker->unbound.text);
    return check_args(call, err);
}

/* Reads a call's line. 1: *ret_call; 0: it was answered here, read on; -1: it
 * is no call at all. */
static int take_call(struct worker *worker, const char *text, size_t len, struct worker_call **ret_call,
                     struct soar_err *err)
{
    struct arena *arena = arena_new();
    struct worker_call *call = arena_alloc(arena, sizeof *call);
    struct value *line = arena_alloc(arena, sizeof *line);
    *call = (struct worker_call){.arena = arena, .worker = worker};
    if (json_parse(arena, text, len, line, err)) {
        arena_free(arena);
        return soar_err_set(err, SOAR_INVALID,
                            "a line is not JSON"); /* json's own words could quote a secret */
    }
    if (value_get(line, "drop") && worker->program->drop) {
        worker->program->drop(worker->program->state, (uint64_t)value_get_int(line, "drop", 0));
        arena_free(arena);
        return 0;
    }
    int64_t number = value_get_int(line, "call", -1);
    call->secrets = value_get(line, "secrets");
    call->args = value_get(line, "args");
    call->deadline_ms = worker_now_ms() + value_get_int(line, "left_ms", 0);
    if (number < 0) {
        call_free(call);
        return soar_err_set(err, SOAR_INVALID, "a line is not a call");
    }
    call->number = (uint64_t)number;
    struct soar_err wrong = {0};
    if (check(call, value_get_string(line, "function", ""), &wrong)) {
        worker_answer(call, NULL, &wrong);
        return 0;
    }
    *ret_call = call;
    return 1;
}

struct worker_call *worker_receive(struct worker *worker, bool wait, bool *ret_end, struct soar_err *err)
{
    const char *text;
    size_t len;
    struct worker_call *call = NULL;
    int taken = 0;
    while (taken == 0) {
        int got = line_read(&worker->lines, wait, &text, &len, err);
        *ret_end = got < 0;
        if (got <= 0)
            return NULL;
        taken = take_call(worker, text, len, &call, err);
    }
    *ret_end = taken < 0;
    return call;
}

static void one_call(const struct worker_program *program, struct worker_call *call)
{
    struct value result = value_null();
    struct soar_err err = {0};
    int rc = program->call(program->state, call, &result, &err);
    if (rc && err.class == SOAR_DONE)
        soar_err_set(&err, SOAR_PERMANENT, "%s failed without a reason", call->function->name);
    worker_answer(call, &result, rc ? &err : NULL);
}

int worker_main(const struct worker_program *program)
{
    struct soar_err err = {0};
    if (worker_harden(&err)) {
        fprintf(stderr, "%s: %s\n", program->connector->program, err.text);
        return 1;
    }
    struct worker *worker = worker_open(program, &err);
    bool end = worker == NULL;
    while (!end) {
        struct worker_call *call = worker_receive(worker, true, &end, &err);
        if (call)
            one_call(program, call);
    }
    if (worker && program->done)
        program->done(program->state);
    worker_close(worker);
    if (err.class != SOAR_DONE)
        fprintf(stderr, "%s: %s\n", program->connector->program, err.text);
    return err.class != SOAR_DONE;
}
