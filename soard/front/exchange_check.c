/* What a body says it is: JSON or lines of JSON, in UTF-8, not compressed. A media type is compared without
 * regard to case; of its parameters only charset counts. */
#include "soard/front/exchange.h"

#include <string.h>
#include <strings.h>

static bool same(const char *text, size_t len, const char *word)
{
    return len == strlen(word) && strncasecmp(text, word, len) == 0;
}

static bool is_json(const char *type, size_t len)
{
    static const char suffix[] = "+json";
    size_t tail = sizeof suffix - 1;
    if (same(type, len, "application/json"))
        return true;
    return len > strlen("application/") + tail &&
           strncasecmp(type, "application/", strlen("application/")) == 0 &&
           strncasecmp(type + len - tail, suffix, tail) == 0;
}

/* One parameter: NAME=VALUE, perhaps quoted. Only a charset can be wrong. */
static bool parameter_fine(const char *text, size_t len)
{
    const char *equals = memchr(text, '=', len);
    if (equals == NULL || !same(text, (size_t)(equals - text), "charset"))
        return true;
    const char *value = equals + 1;
    size_t value_len = len - (size_t)(value - text);
    if (value_len >= 2 && value[0] == '"' && value[value_len - 1] == '"') {
        value++;
        value_len -= 2;
    }
    return same(value, value_len, "utf-8") || same(value, value_len, "utf8");
}

static bool parameters_fine(const char *text)
{
    while (*text == ';') {
        text += 1 + strspn(text + 1, " \t");
        size_t len = strcspn(text, ";");
        size_t trimmed = len;
        while (trimmed > 0 && (text[trimmed - 1] == ' ' || text[trimmed - 1] == '\t'))
            trimmed--;
        if (!parameter_fine(text, trimmed))
            return false;
        text += len;
    }
    return true;
}

enum refusal exchange_check_body(struct exchange *exchange)
{
    size_t encodings;
    const char *encoding = http_field(exchange->http, "content-encoding", &encodings);
    if (encodings > 0 && (encoding == NULL || strcasecmp(encoding, "identity") != 0))
        return REFUSAL_ENCODING;
    const char *type = http_field(exchange->http, "content-type", NULL);
    if (type == NULL)
        return REFUSAL_TYPE;
    size_t len = strcspn(type, "; \t");
    exchange->lines = same(type, len, "application/x-ndjson") || same(type, len, "application/ndjson");
    const char *rest = type + len + strspn(type + len, " \t");
    if ((*rest != '\0' && *rest != ';') || !parameters_fine(rest))
        return REFUSAL_TYPE;
    return exchange->lines || is_json(type, len) ? REFUSAL_NONE : REFUSAL_TYPE;
}
