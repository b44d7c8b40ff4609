/* Bytes of a host as text of an answer.
 *
 * What is not UTF-8, and NUL, is shown as U+FFFD, and `raw` says that it was. Escaped as JSON both texts must
 * fit one line of the protocol, so each has a budget of bytes there; what is over is counted in `cut`, as
 * what was never kept is. */
#include "connectors/ssh/ssh_answer.h"

#include <string.h>

#include "engine/base/limits.h"
#include "engine/base/text.h"

enum { OUT_JSON_BYTES = LIMIT_LINE_BYTES * 5 / 8, ERR_JSON_BYTES = LIMIT_LINE_BYTES * 2 / 8 };

static size_t json_size(int32_t code, size_t bytes)
{
    if (code < 0x20 || code == 0x7f)
        return 6;
    return code == '"' || code == '\\' || code == '/' ? 2 : bytes;
}

static struct value as_text(struct arena *arena, const struct buf *bytes, size_t budget, uint64_t *cut,
                            bool *raw)
{
    BUF_SCOPED text;
    buf_init(&text, 0);
    size_t offset = 0;
    while (offset < bytes->len) {
        size_t start = offset;
        int32_t code = text_next(bytes->data, bytes->len, &offset);
        bool bad = code <= 0;
        size_t len = bad ? 3 : offset - start, cost = json_size(bad ? 0xfffd : code, len);
        if (cost > budget) {
            *cut += bytes->len - start;
            break;
        }
        budget -= cost;
        if (bad)
            buf_text(&text, "\xef\xbf\xbd");
        else
            buf_add(&text, bytes->data + start, len);
        *raw = *raw || bad;
    }
    return value_string(arena, buf_string(&text), text.len);
}

struct value ssh_answer(struct arena *arena, const struct ssh_stream *out, const struct ssh_stream *errors)
{
    uint64_t cut = out->cut + errors->cut;
    bool raw = false;
    struct value_builder map;
    value_build(&map, arena);
    value_put_text(&map, "exit", value_int(out->exit));
    value_put_text(&map, "out", as_text(arena, &out->text, OUT_JSON_BYTES, &cut, &raw));
    value_put_text(&map, "err", as_text(arena, &errors->text, ERR_JSON_BYTES, &cut, &raw));
    value_put_text(&map, "cut", value_int((int64_t)cut));
    value_put_text(&map, "raw", value_bool(raw));
    return value_end_map(&map);
}

void ssh_answer_errors(struct value_builder *map, const struct ssh_stream *errors)
{
    uint64_t cut = errors->cut;
    bool raw = false;
    value_put_text(map, "err", as_text(map->arena, &errors->text, ERR_JSON_BYTES, &cut, &raw));
    value_put_text(map, "cut", value_int((int64_t)cut));
}
