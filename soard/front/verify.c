/* The one-time requests by which a vendor asks whether an endpoint is ours. Okta sends a GET with the secret
 * it will use and wants a header's value back; Microsoft Graph can send no secret, so its token is echoed to
 * anybody, as a text that no browser takes for anything else. Neither reaches the engine. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "soard/front/conn.h"

enum { OKTA_MAX = 512, MICROSOFT_MAX = 2048 };

static bool all_visible(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] < 0x20 || (unsigned char)text[i] >= 0x7f)
            return false;
    }
    return len > 0;
}

void verify_okta(struct conn *conn)
{
    const char *challenge = http_field(conn->exchange->http, "x-okta-verification-challenge", NULL);
    if (challenge == NULL || strlen(challenge) > OKTA_MAX || !all_visible(challenge, strlen(challenge))) {
        conn_refuse(conn, REFUSAL_SYNTAX, "a GET here needs one X-Okta-Verification-Challenge", 0);
        return;
    }
    BUF_SCOPED body;
    buf_init(&body, 0);
    buf_text(&body, "{\"verification\":");
    json_quote(&body, challenge, strlen(challenge));
    buf_text(&body, "}");
    struct response response = {.status = 200, .body = body.data, .len = body.len};
    conn_answer(conn, &response);
}

/* The parameter's value, still encoded; NULL: it isn't there. */
static const char *find_parameter(const char *query, const char *name, size_t *ret_len)
{
    size_t name_len = strlen(name);
    while (*query != '\0') {
        size_t len = strcspn(query, "&");
        if (len > name_len && strncmp(query, name, name_len) == 0 && query[name_len] == '=') {
            *ret_len = len - name_len - 1;
            return query + name_len + 1;
        }
        query += len + (query[len] == '&');
    }
    return NULL;
}

static bool decode(const char *text, size_t len, struct buf *out)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '%') {
            if (len - i < 3 || !isxdigit((unsigned char)text[i + 1]) || !isxdigit((unsigned char)text[i + 2]))
                return false;
            const char digits[3] = {text[i + 1], text[i + 2], '\0'};
            buf_char(out, (char)strtol(digits, NULL, 16));
            i += 2;
        } else {
            buf_char(out, text[i] == '+' ? ' ' : text[i]);
        }
    }
    return !out->failed && all_visible(buf_string(out), out->len);
}

bool verify_microsoft(struct conn *conn)
{
    size_t len;
    const char *text = find_parameter(conn->exchange->http->query, "validationToken", &len);
    if (text == NULL)
        return false;
    BUF_SCOPED token;
    buf_init(&token, MICROSOFT_MAX);
    if (!decode(text, len, &token)) {
        conn_refuse(conn, REFUSAL_SYNTAX, "validationToken is too long, or no visible text", 0);
        return true;
    }
    struct response response = {.status = 200, .content = "text/plain", .body = token.data, .len = token.len};
    conn_answer(conn, &response);
    return true;
}
