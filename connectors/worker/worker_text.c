/* Bytes of a far side as text of an answer. The budget counts bytes as JSON needs them. */
#include "connectors/worker/worker_text.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"

static size_t json_size(int32_t code, size_t bytes)
{
    if (code < 0x20 || code == 0x7f)
        return 6;
    return code == '"' || code == '\\' || code == '/' ? 2 : bytes;
}

struct value worker_text(struct arena *arena, const char *bytes, size_t len, size_t budget, uint64_t *cut,
                         bool *raw)
{
    BUF_SCOPED text;
    buf_init(&text, 0);
    size_t offset = 0;
    while (offset < len) {
        size_t start = offset;
        int32_t code = text_next(bytes, len, &offset);
        bool bad = code <= 0;
        size_t wide = bad ? 3 : offset - start, cost = json_size(bad ? 0xfffd : code, wide);
        if (cost > budget) {
            *cut += len - start;
            break;
        }
        budget -= cost;
        if (bad)
            buf_text(&text, "\xef\xbf\xbd");
        else
            buf_add(&text, bytes + start, wide);
        if (raw)
            *raw = *raw || bad;
    }
    return value_string(arena, buf_string(&text), text.len);
}
