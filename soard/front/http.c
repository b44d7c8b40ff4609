/* The reader of requests, byte by byte through the head and the framing of chunks, in pieces through a body.
 * The one thing to know: whatever two readers of the same bytes could understand differently is refused here,
 * since a proxy before us may be the other reader. It must not keep a body: pieces are the caller's. */
#include "soard/front/http.h"

#include <stdlib.h>
#include <string.h>

struct http *http_new(void)
{
    struct http *http = calloc(1, sizeof *http);
    if (http == NULL)
        abort();
    buf_init(&http->head, HTTP_HEAD_BYTES);
    http->length = -1;
    return http;
}

static void wipe_head(struct http *http)
{
    if (http->head.data != NULL)
        explicit_bzero(http->head.data, http->head.size);
    buf_done(&http->head);
}

void http_free(struct http *http)
{
    if (http == NULL)
        return;
    wipe_head(http);
    free(http);
}

/* Grows with its own hands: what it leaves behind held a token, too. */
static void add_head(struct http *http, const char *bytes, size_t len)
{
    size_t need = http->head.len + len;
    if (need + 1 > http->head.size) {
        struct buf larger;
        buf_init(&larger, HTTP_HEAD_BYTES);
        buf_reserve(&larger, need < HTTP_HEAD_BYTES / 2 ? need * 2 : HTTP_HEAD_BYTES);
        buf_add(&larger, http->head.data, http->head.len);
        wipe_head(http);
        http->head = larger;
    }
    buf_add(&http->head, bytes, len);
}

int http_bad(struct http *http, int status, const char *why)
{
    http->stage = HTTP_BROKEN;
    http->status = status;
    http->why = why;
    return -1;
}

/* What a line may hold; keeps `last` and `line`. Returns 1 at the end of a line, 0 inside, -1 if bad. */
static int line_byte(struct http *http, char c)
{
    char last = http->last;
    http->last = c;
    if (c == '\n' && last != '\r')
        return http_bad(http, 400, "a line ends without a carriage return");
    if (last == '\r' && c != '\n')
        return http_bad(http, 400, "a carriage return inside a line");
    if (c == '\n')
        return 1;
    if ((unsigned char)c < 0x20 && c != '\t' && c != '\r')
        return http_bad(http, 400, "a control character in the header");
    if (c == 0x7f)
        return http_bad(http, 400, "a control character in the header");
    http->line += c != '\r';
    return 0;
}

/* The length of what belongs to the head; 0 if it is bad. *ret_whole: its empty line is there. */
static size_t scan_head(struct http *http, const char *bytes, size_t len, bool *ret_whole)
{
    *ret_whole = false;
    size_t at = 0;
    while (at < len && !*ret_whole) {
        if (http->head.len + at == HTTP_HEAD_BYTES) {
            http_bad(http, 431, "the header is longer than 16 KiB");
            return at;
        }
        int end = line_byte(http, bytes[at++]);
        if (end < 0)
            return at;
        if (end > 0) {
            *ret_whole = http->line == 0;
            http->line = 0;
        }
    }
    return at;
}

/* One empty line before the request line is a habit of old clients, and let pass. */
static enum http_event step_head(struct http *http, const char *bytes, size_t len, size_t *ret_used)
{
    bool whole;
    size_t used = scan_head(http, bytes, len, &whole);
    *ret_used = used;
    if (http->stage == HTTP_BROKEN)
        return HTTP_BAD;
    add_head(http, bytes, used);
    if (!whole)
        return HTTP_MORE;
    if (http->head.len == 2 && !http->began) {
        http->began = true;
        buf_clear(&http->head);
        enum http_event event = step_head(http, bytes + used, len - used, ret_used);
        *ret_used += used;
        return event;
    }
    if (http_head_parse(http) != 0)
        return HTTP_BAD;
    http->stage = http->chunked ? HTTP_IN_SIZE : HTTP_IN_LENGTH;
    http->left = http->length > 0 ? (uint64_t)http->length : 0;
    return HTTP_HEAD;
}

static enum http_event ended(struct http *http, enum http_stage next)
{
    http->stage = next;
    return HTTP_END;
}

/* Hands over what belongs to the body or to the present chunk. */
static size_t take_piece(struct http *http, const char *bytes, size_t len)
{
    size_t count = len < http->left ? len : (size_t)http->left;
    http->piece = bytes;
    http->piece_len = count;
    http->left -= count;
    return count;
}

static enum http_event step_length(struct http *http, const char *bytes, size_t len, size_t *ret_used)
{
    if (http->length > http->body_max) {
        http_bad(http, 413, "the body is longer than allowed here");
        return HTTP_BAD;
    }
    if (http->left == 0)
        return ended(http, HTTP_ENDED);
    *ret_used = take_piece(http, bytes, len);
    return *ret_used > 0 ? HTTP_PIECE : HTTP_MORE;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int size_byte(struct http *http, char c)
{
    int digit = hex_digit(c);
    if (digit >= 0) {
        if (++http->digits > HTTP_CHUNK_DIGITS)
            return http_bad(http, 400, "a chunk's size has more than 8 digits");
        http->left = http->left * 16 + (uint64_t)digit;
        return 0;
    }
    if (http->digits == 0 || (c != '\r' && c != ';'))
        return http_bad(http, 400, "a chunk's size is no hexadecimal number");
    http->stage = c == '\r' ? HTTP_IN_SIZE_LF : HTTP_IN_EXTENSION;
    return 0;
}

static int extension_byte(struct http *http, char c)
{
    if (c == '\r') {
        http->stage = HTTP_IN_SIZE_LF;
        return 0;
    }
    if (c != '\t' && (c < 0x20 || c == 0x7f))
        return http_bad(http, 400, "a chunk's extension has a byte that is no visible one");
    if (++http->extras > HTTP_EXTENSION_BYTES)
        return http_bad(http, 400, "the extensions of the chunks are too long");
    return 0;
}

/* The size is whole: is there room for it? */
static int size_known(struct http *http, char c)
{
    if (c != '\n')
        return http_bad(http, 400, "a chunk's size does not end with a line");
    if ((int64_t)http->left > http->body_max - http->body)
        return http_bad(http, 413, "the body is longer than allowed here");
    http->body += (int64_t)http->left;
    http->stage = http->left > 0 ? HTTP_IN_CHUNK : HTTP_IN_TRAILER;
    http->digits = 0;
    http->last = '\0';
    http->line = 0;
    return 0;
}

static int chunk_end_byte(struct http *http, char c)
{
    if (c != (http->stage == HTTP_IN_CHUNK_CR ? '\r' : '\n'))
        return http_bad(http, 400, "a chunk is not as long as it says");
    http->stage = http->stage == HTTP_IN_CHUNK_CR ? HTTP_IN_CHUNK_LF : HTTP_IN_SIZE;
    return 0;
}

static int trailer_byte(struct http *http, char c)
{
    if (++http->trailer > HTTP_TRAILER_BYTES)
        return http_bad(http, 431, "the trailer is longer than 4 KiB");
    int end = line_byte(http, c);
    if (end < 0)
        return -1;
    if (end > 0) {
        if (http->line > 0 && !http->named)
            return http_bad(http, 400, "a trailer is no field");
        http->stage = http->line == 0 ? HTTP_ENDED : http->stage;
        http->line = 0;
        http->named = false;
        return 0;
    }
    if (c == '\r' || http->named)
        return 0;
    http->named = c == ':' && http->line > 1;
    return http->named || http_is_token(c) ? 0 : http_bad(http, 400, "a trailer is no field");
}

static int chunked_byte(struct http *http, char c)
{
    switch (http->stage) {
    case HTTP_IN_SIZE:
        return size_byte(http, c);
    case HTTP_IN_EXTENSION:
        return extension_byte(http, c);
    case HTTP_IN_SIZE_LF:
        return size_known(http, c);
    case HTTP_IN_CHUNK_CR:
    case HTTP_IN_CHUNK_LF:
        return chunk_end_byte(http, c);
    case HTTP_IN_TRAILER:
        return trailer_byte(http, c);
    case HTTP_IN_HEAD:
    case HTTP_IN_LENGTH:
    case HTTP_IN_CHUNK:
    case HTTP_ENDED:
    case HTTP_BROKEN:
        break;
    }
    abort();
}

static enum http_event step_chunked(struct http *http, const char *bytes, size_t len, size_t *ret_used)
{
    size_t at = 0;
    while (at < len && http->stage != HTTP_IN_CHUNK && http->stage != HTTP_ENDED) {
        int bad = chunked_byte(http, bytes[at++]);
        *ret_used = at;
        if (bad)
            return HTTP_BAD;
    }
    *ret_used = at;
    if (http->stage == HTTP_ENDED)
        return HTTP_END;
    if (http->stage != HTTP_IN_CHUNK || at == len)
        return HTTP_MORE;
    *ret_used += take_piece(http, bytes + at, len - at);
    http->stage = http->left == 0 ? HTTP_IN_CHUNK_CR : HTTP_IN_CHUNK;
    return HTTP_PIECE;
}

enum http_event http_step(struct http *http, const char *bytes, size_t len, size_t *ret_used)
{
    *ret_used = 0;
    switch (http->stage) {
    case HTTP_IN_HEAD:
        return step_head(http, bytes, len, ret_used);
    case HTTP_IN_LENGTH:
        return step_length(http, bytes, len, ret_used);
    case HTTP_IN_SIZE:
    case HTTP_IN_EXTENSION:
    case HTTP_IN_SIZE_LF:
    case HTTP_IN_CHUNK:
    case HTTP_IN_CHUNK_CR:
    case HTTP_IN_CHUNK_LF:
    case HTTP_IN_TRAILER:
        return step_chunked(http, bytes, len, ret_used);
    case HTTP_ENDED:
        return HTTP_END;
    case HTTP_BROKEN:
        break;
    }
    return HTTP_BAD;
}
