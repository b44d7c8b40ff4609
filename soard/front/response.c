/* Answers are written whole, with their length: never chunked, never kept by anybody. Whatever stands in a
 * header comes from our tables or was looked at by response_text_fine. */
#include "soard/front/response.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "soard/front/refusal.h"

enum { HEADER_TEXT_BYTES = 256 };

bool response_text_fine(const char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] < 0x20 || (unsigned char)text[i] >= 0x7f)
            return false;
    }
    return len > 0 && len <= HEADER_TEXT_BYTES;
}

static void write_date(struct buf *out, int64_t now_ms)
{
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm utc;
    char text[64];
    if (gmtime_r(&seconds, &utc) != NULL &&
        strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc) > 0)
        buf_printf(out, "Date: %s\r\n", text);
}

void response_write(struct buf *out, const struct response *response)
{
    buf_printf(out, "HTTP/1.1 %d %s\r\n", response->status, status_reason(response->status));
    write_date(out, response->now_ms);
    if (response->status != 204) {
        buf_printf(out, "Content-Type: %s\r\n",
                   response->content != NULL ? response->content : "application/json");
        buf_printf(out, "Content-Length: %zu\r\n", response->len);
    }
    buf_text(out, "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n");
    if (response->tls)
        buf_text(out, "Strict-Transport-Security: max-age=31536000\r\n");
    if (response->retry_after_s > 0)
        buf_printf(out, "Retry-After: %" PRId64 "\r\n", response->retry_after_s);
    if (response->allow != NULL)
        buf_printf(out, "Allow: %s\r\n", response->allow);
    if (response->challenge != NULL)
        buf_printf(out, "WWW-Authenticate: %s\r\n", response->challenge);
    if (response->repeated)
        buf_text(out, "Soar-Repeated: true\r\n");
    if (response->close)
        buf_text(out, "Connection: close\r\n");
    buf_text(out, "\r\n");
    if (!response->headless && response->status != 204)
        buf_add(out, response->body, response->len);
}
