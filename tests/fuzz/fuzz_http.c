/* Property: however a stream of requests is cut into pieces, the reader says the same of it, keeps to its
 * limits, and hands out only texts that are what they are said to be. Method: libFuzzer; the first byte gives
 * the cuts, the rest is fed whole, byte by byte, and in pieces, and the three transcripts are compared. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "soard/front/http.h"

enum { BODY_MAX = 4096, REQUESTS_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_head(const struct http *http)
{
    assert(http->method[0] != '\0' && http->path[0] == '/' && strpbrk(http->path, " \\#?\t") == NULL);
    assert(strstr(http->path, "/../") == NULL && strstr(http->path, "//") == NULL);
    assert(!(http->chunked && http->length >= 0) && http->length >= -1);
    assert(http->field_count <= HTTP_FIELDS && http->head.len <= HTTP_HEAD_BYTES);
    for (size_t i = 0; i < http->field_count; i++) {
        assert(http->fields[i].name[0] != '\0');
        assert(strpbrk(http->fields[i].value, "\r\n") == NULL);
    }
}

static void write_head(struct buf *out, const struct http *http)
{
    check_head(http);
    buf_printf(out, "%s|%s|%s|%d%d%d%d|%lld\n", http->method, http->path, http->query, http->one_one,
               http->close, http->chunked, http->expects, (long long)http->length);
    for (size_t i = 0; i < http->field_count; i++)
        buf_printf(out, "%s=%s\n", http->fields[i].name, http->fields[i].value);
}

/* The step is given a copy of just the bytes it may see: the address sanitizer sees the rest. */
static enum http_event step(struct http *http, const uint8_t *bytes, size_t len, size_t *ret_used,
                            struct buf *body)
{
    char *copy = malloc(len > 0 ? len : 1);
    assert(copy != NULL);
    if (len > 0)
        memcpy(copy, bytes, len);
    enum http_event event = http_step(http, copy, len, ret_used);
    assert(*ret_used <= len && (event != HTTP_MORE || *ret_used == len));
    if (event == HTTP_PIECE)
        buf_add(body, http->piece, http->piece_len);
    free(copy);
    return event;
}

static size_t cut(unsigned way, size_t at, size_t left)
{
    size_t piece = way == 0 ? left : way == 1 ? 1 : 1 + (way * 31 + at * 7) % 23;
    return piece < left ? piece : left;
}

static void read_all(const uint8_t *bytes, size_t len, unsigned way, struct buf *out)
{
    size_t at = 0, given = cut(way, 0, len);
    struct http *http = http_new();
    BUF_SCOPED body;
    buf_init(&body, 0);
    for (int requests = 0; requests < REQUESTS_MAX;) {
        size_t used;
        enum http_event event = step(http, bytes + at, given, &used, &body);
        at += used;
        given -= used;
        if (event == HTTP_HEAD) {
            write_head(out, http);
            http->body_max = BODY_MAX;
        } else if (event == HTTP_END) {
            assert(body.len <= BODY_MAX);
            buf_printf(out, "body %zu ", body.len);
            buf_add(out, body.data, body.len);
            buf_clear(&body);
            http_free(http);
            http = http_new();
            requests++;
        } else if (event == HTTP_BAD) {
            buf_printf(out, "body %zu bad %d %s at %zu\n", body.len, http->status, http->why, at);
            break;
        } else if (event == HTTP_MORE) {
            if (at == len)
                break;
            given = cut(way, at, len - at);
        }
    }
    http_free(http);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len == 0)
        return 0;
    const unsigned ways[] = {0, 1, 2U + bytes[0]};
    struct buf said[3];
    for (size_t i = 0; i < 3; i++) {
        buf_init(&said[i], 0);
        read_all(bytes + 1, len - 1, ways[i], &said[i]);
    }
    for (size_t i = 1; i < 3; i++)
        assert(said[i].len == said[0].len &&
               (said[0].len == 0 || memcmp(said[i].data, said[0].data, said[0].len) == 0));
    for (size_t i = 0; i < 3; i++)
        buf_done(&said[i]);
    return 0;
}
