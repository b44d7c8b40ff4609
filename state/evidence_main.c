/* soar-evidence: the worker that owns the evidence directory. This file joins the functions of
 * table_evidence.c to what does them.
 *
 * It reads what a hostile machine sends, and understands none of it: bytes are hashed, packed and stored. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "connectors/table/table_list.h"
#include "connectors/worker/worker.h"
#include "state/evidence_keep.h"

enum { PIPE = 3, MARGIN_MS = 1000 }; /* of its time, kept for the sync and the answer */

struct writer {
    struct evidence_keeper *keeper;
    struct arena *arena;
};

static int positive(const struct value *peer, const char *key, int64_t otherwise, uint64_t *ret,
                    struct soar_err *err)
{
    int64_t number = value_get_int(peer, key, otherwise);
    if (number < 0)
        return soar_err_set(err, SOAR_INVALID, "evidence: the peer's %s is negative", key);
    *ret = (uint64_t)number;
    return 0;
}

static int bind_peer(void *state, const struct value *peer, struct soar_err *err)
{
    struct writer *writer = state;
    struct evidence_options options = {.dir = value_get_string(peer, "dir", ""),
                                       .key = value_get_string(peer, "key", NULL)};
    if (options.dir[0] == '\0')
        return soar_err_set(err, SOAR_INVALID, "evidence: the peer needs dir");
    if (positive(peer, "reserve", 0, &options.reserve, err) ||
        positive(peer, "at_most", INT64_MAX, &options.at_most, err))
        return -1;
    writer->arena = arena_new();
    options.dir = arena_string(writer->arena, options.dir);
    options.key = options.key ? arena_string(writer->arena, options.key) : NULL;
    writer->keeper = evidence_keeper_new(&options, world_system());
    return 0;
}

/* Also where nothing moves: the engine hears that we are there. */
static int moved(void *arg, uint64_t bytes, uint64_t stored_bytes)
{
    struct worker_call *call = arg;
    struct value_builder map;
    ARENA_SCOPED arena = arena_new();
    value_build(&map, arena);
    value_put_text(&map, "bytes", value_int((int64_t)bytes));
    value_put_text(&map, "stored_bytes", value_int((int64_t)stored_bytes));
    struct value fields = value_end_map(&map);
    worker_progress(call, &fields);
    return 0;
}

static int call_keep(struct writer *writer, struct worker_call *call, const struct evidence_watch *watch,
                     struct value *ret_result, struct soar_err *err)
{
    if (fcntl(PIPE, F_GETFD) < 0)
        return soar_err_set(err, SOAR_INVALID, "there is no descriptor %d to read from", PIPE);
    return evidence_keep(writer->keeper, call->args, PIPE, call->deadline_ms - MARGIN_MS, watch, call->arena,
                         ret_result, err);
}

static int call(void *state, struct worker_call *call, struct value *ret_result, struct soar_err *err)
{
    struct writer *writer = state;
    const char *function = call->function->name;
    struct evidence_watch watch = {.moved = moved, .arg = call};
    worker_sending(call);
    int rc;
    if (!strcmp(function, "evidence.keep"))
        rc = call_keep(writer, call, &watch, ret_result, err);
    else if (!strcmp(function, "evidence.seal"))
        rc = evidence_seal(writer->keeper, call->args, call->arena, ret_result, err);
    else
        rc = evidence_salvage(writer->keeper, call->args, &watch, call->arena, ret_result, err);
    return rc ? soar_err_wrap(err, "evidence") : 0;
}

static void done(void *state)
{
    struct writer *writer = state;
    evidence_keeper_free(writer->keeper);
    arena_free(writer->arena);
}

int main(void)
{
    struct writer writer = {0};
    struct worker_program program = {
        .connector = &connector_evidence,
        .calls = 1,
        .bind = bind_peer,
        .call = call,
        .done = done,
        .state = &writer,
    };
    return worker_main(&program);
}
