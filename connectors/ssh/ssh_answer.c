/* The two streams of a script as an answer: exit, out, err; `raw` says that something in it was no text,
 * `cut` how many bytes are not in it. */
#include "connectors/ssh/ssh_answer.h"

#include "connectors/worker/worker_text.h"

static struct value as_text(struct arena *arena, const struct ssh_stream *stream, size_t budget,
                            uint64_t *cut, bool *raw)
{
    *cut += stream->cut;
    return worker_text(arena, buf_string(&stream->text), stream->text.len, budget, cut, raw);
}

struct value ssh_answer(struct arena *arena, const struct ssh_stream *out, const struct ssh_stream *errors)
{
    uint64_t cut = 0;
    bool raw = false;
    struct value_builder map;
    value_build(&map, arena);
    value_put_text(&map, "exit", value_int(out->exit));
    value_put_text(&map, "out", as_text(arena, out, WORKER_OUT_BYTES, &cut, &raw));
    value_put_text(&map, "err", as_text(arena, errors, WORKER_ERR_BYTES, &cut, &raw));
    value_put_text(&map, "cut", value_int((int64_t)cut));
    value_put_text(&map, "raw", value_bool(raw));
    return value_end_map(&map);
}

void ssh_answer_errors(struct value_builder *map, const struct ssh_stream *errors)
{
    uint64_t cut = 0;
    bool raw = false;
    value_put_text(map, "err", as_text(map->arena, errors, WORKER_ERR_BYTES, &cut, &raw));
    value_put_text(map, "cut", value_int((int64_t)cut));
}
