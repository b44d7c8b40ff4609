/* Property: no bytes of a service break soar-http: headers and body become an answer that fits one line of
 * the protocol, is read back as JSON, and holds no secret; a time to come again is none or within its bounds;
 * a url leads to TLS or to this machine. Method: libFuzzer; the first byte says whether the rest is an answer
 * (head, empty line, body) or a url. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "connectors/http/http_answer.h"
#include "connectors/http/http_request.h"
#include "connectors/http/http_retry.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"

#define SECRET "s3cret-s3cret"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool holds(const struct value *value, const char *text)
{
    if (value->kind == VALUE_STRING)
        return memmem(value->text, value->len, text, strlen(text)) != NULL;
    for (size_t i = 0; i < value_count(value); i++) {
        const struct value *item =
            value->kind == VALUE_LIST ? &value->list->items[i] : &value->map->values[i];
        if (holds(item, text) || (value->kind == VALUE_MAP && holds(&value->map->keys[i], text)))
            return true;
    }
    return false;
}

static void answer(const char *bytes, size_t len)
{
    ARENA_SCOPED arena = arena_new();
    struct http_hidden hidden = {0};
    BUF_SCOPED head;
    BUF_SCOPED body;
    BUF_SCOPED line;
    buf_init(&head, 0);
    buf_init(&body, 0);
    buf_init(&line, LIMIT_LINE_BYTES);
    const char *end = memmem(bytes, len, "\n\n", 2);
    size_t head_len = end ? (size_t)(end - bytes) : len;
    buf_add(&head, bytes, head_len);
    if (end)
        buf_add(&body, end + 2, len - head_len - 2);
    http_hide(arena, &hidden, SECRET);
    struct http_answer made = http_answer_make(arena, 200, &head, &body, 0);
    int64_t retry_ms = http_retry_after(&made.headers, INT64_C(784111777000));
    assert(retry_ms == -1 || (retry_ms >= 1000 && retry_ms <= 3600000));
    struct value value = http_answer_value(arena, &hidden, &made, retry_ms), back;
    json_print(&line, &value);
    assert(!line.failed);
    assert(json_parse(arena, line.data, line.len, &back, NULL) == 0);
    assert(!holds(&back, SECRET));
}

static void url(const char *bytes, size_t len)
{
    ARENA_SCOPED arena = arena_new();
    const char *text = arena_copy(arena, bytes, len);
    struct http_request request = {.arena = arena};
    if (http_request_url(&request, text, NULL))
        return;
    assert(!strncmp(request.origin, "https://", 8) || !strncmp(request.origin, "http://127.", 11) ||
           !strncmp(request.origin, "http://[::1]", 12) ||
           !strncasecmp(request.origin, "http://localhost", 16));
    assert(strpbrk(request.origin, "\r\n @?#\\") == NULL && strpbrk(request.path, "\r\n ?#") == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    if (data[0] % 2)
        url((const char *)data + 1, size - 1);
    else
        answer((const char *)data + 1, size - 1);
    return 0;
}
