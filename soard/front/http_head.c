/* A whole head, taken apart in place: the request line, the fields, and how long the body will be. The reader
 * has seen to it that each line ends with CRLF and holds no control character but tabs. What stands twice, or
 * could be read in two ways, is refused; nothing is mended. */
#include "soard/front/http.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool http_is_token(char c)
{
    return isalnum((unsigned char)c) ? (unsigned char)c < 0x80
                                     : c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

static bool all_token(const char *text)
{
    const char *at = text;
    while (http_is_token(*at))
        at++;
    return at > text && *at == '\0';
}

static int parse_version(struct http *http, const char *version)
{
    if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0) {
        bool other = strlen(version) == 8 && strncmp(version, "HTTP/", 5) == 0 &&
                     isdigit((unsigned char)version[5]) && version[6] == '.' &&
                     isdigit((unsigned char)version[7]);
        return other ? http_bad(http, 505, "HTTP/1.1 and 1.0 are spoken here")
                     : http_bad(http, 400, "the request line is not METHOD TARGET HTTP/1.1");
    }
    http->one_one = version[7] == '1';
    http->close = !http->one_one;
    return 0;
}

static bool all_of(const char *text, const char *also)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text >= 0x80 || (!isalnum((unsigned char)*text) && strchr(also, *text) == NULL))
            return false;
    }
    return true;
}

static bool host_fine(const char *host)
{
    return *host != '\0' && all_of(host, "-._~%!$&'()*+,;=:[]");
}

/* Behind the authority of an absolute form; NULL if it is none. */
static char *behind_authority(char *target)
{
    size_t scheme = strncasecmp(target, "http://", 7) == 0    ? 7
                    : strncasecmp(target, "https://", 8) == 0 ? 8
                                                              : 0;
    if (scheme == 0)
        return NULL;
    char *path = target + scheme + strcspn(target + scheme, "/?");
    char first = *path;
    *path = '\0';
    bool fine = host_fine(target + scheme);
    *path = first;
    return fine ? path : NULL;
}

static int parse_target(struct http *http, char *target)
{
    for (const char *at = target; *at != '\0'; at++) {
        if (*at <= 0x20 || *at >= 0x7f || *at == '#')
            return http_bad(http, 400, "the request's target has a byte that belongs in none");
    }
    char *path = target[0] == '/' ? target : behind_authority(target);
    if (path == NULL)
        return http_bad(http, 400, "the request's target is no path");
    char *query = strchr(path, '?');
    if (query != NULL)
        *query++ = '\0';
    http->query = query != NULL ? query : "";
    http->path = *path != '\0' ? path : "/";
    return http_path_fine(http->path) ? 0
                                      : http_bad(http, 400, "the request's path is not in its plain form");
}

static int parse_request_line(struct http *http, char *line)
{
    char *target = strchr(line, ' ');
    char *version = target != NULL ? strchr(target + 1, ' ') : NULL;
    if (version == NULL)
        return http_bad(http, 400, "the request line is not METHOD TARGET HTTP/1.1");
    *target++ = '\0';
    *version++ = '\0';
    http->method = line;
    if (!all_token(line) || strlen(line) > HTTP_METHOD_BYTES)
        return http_bad(http, 400, "the request's method is none");
    return parse_version(http, version) != 0 ? -1 : parse_target(http, target);
}

static char *trim(char *text)
{
    text += strspn(text, " \t");
    size_t len = strlen(text);
    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
        len--;
    text[len] = '\0';
    return text;
}

static int parse_field(struct http *http, char *line)
{
    if (http->field_count == HTTP_FIELDS)
        return http_bad(http, 431, "more than 64 header fields");
    if (*line == ' ' || *line == '\t')
        return http_bad(http, 400, "a header field goes on in a second line");
    char *colon = strchr(line, ':');
    if (colon == NULL)
        return http_bad(http, 400, "a header line has no colon");
    *colon = '\0';
    if (!all_token(line))
        return http_bad(http, 400, "a header field's name has a byte that belongs in none");
    for (char *at = line; *at != '\0'; at++)
        *at = (char)tolower((unsigned char)*at);
    http->fields[http->field_count++] = (struct http_field){.name = line, .value = trim(colon + 1)};
    return 0;
}

const char *http_field(const struct http *http, const char *name, size_t *ret_count)
{
    const char *value = NULL;
    size_t count = 0;
    for (size_t i = 0; i < http->field_count; i++) {
        if (strcmp(http->fields[i].name, name) == 0) {
            value = http->fields[i].value;
            count++;
        }
    }
    if (ret_count != NULL)
        *ret_count = count;
    return count == 1 ? value : NULL;
}

static int parse_length(struct http *http, const char *text)
{
    if (*text == '\0' || strlen(text) > 18 || strspn(text, "0123456789") != strlen(text))
        return http_bad(http, 400, "Content-Length is no number");
    http->length = strtoll(text, NULL, 10);
    return 0;
}

/* How the body is framed: by one length, or by chunks, or there is none. */
static int parse_framing(struct http *http)
{
    size_t lengths, codings;
    const char *length = http_field(http, "content-length", &lengths);
    const char *coding = http_field(http, "transfer-encoding", &codings);
    if (lengths > 1)
        return http_bad(http, 400, "more than one Content-Length");
    if (codings > 0 && (coding == NULL || strcmp(coding, "chunked") != 0))
        return http_bad(http, 400, "Transfer-Encoding may be chunked and nothing else");
    if (codings > 0 && lengths > 0)
        return http_bad(http, 400, "Content-Length and Transfer-Encoding");
    if (codings > 0 && !http->one_one)
        return http_bad(http, 400, "HTTP/1.0 has no Transfer-Encoding");
    http->chunked = codings > 0;
    return length != NULL ? parse_length(http, length) : 0;
}

static bool lists(const char *text, const char *word)
{
    size_t len = strlen(word);
    while (*text != '\0') {
        text += strspn(text, ", \t");
        size_t found = strcspn(text, ", \t");
        if (found == len && strncasecmp(text, word, len) == 0)
            return true;
        text += found;
    }
    return false;
}

/* Host, Connection, Expect. */
static int parse_manners(struct http *http)
{
    size_t hosts, expectations;
    const char *host = http_field(http, "host", &hosts);
    if (hosts > 1 || (hosts == 0 && http->one_one) || (host != NULL && !host_fine(host)))
        return http_bad(http, 400, "a request has one Host");
    const char *expect = http_field(http, "expect", &expectations);
    if (expectations > 0 && (expect == NULL || strcasecmp(expect, "100-continue") != 0))
        return http_bad(http, 400, "Expect may be 100-continue and nothing else");
    http->expects = expectations > 0 && http->one_one;
    for (size_t i = 0; i < http->field_count; i++) {
        const struct http_field *field = &http->fields[i];
        if (field->value != NULL && strcmp(field->name, "connection") == 0 && lists(field->value, "close"))
            http->close = true;
    }
    return 0;
}

int http_head_parse(struct http *http)
{
    char *line = http->head.data;
    if (*line == '\r')
        return http_bad(http, 400, "the request line is not METHOD TARGET HTTP/1.1");
    for (bool first = true; *line != '\r'; first = false) {
        char *end = strchr(line, '\r');
        *end = '\0';
        if (first ? parse_request_line(http, line) != 0 : parse_field(http, line) != 0)
            return -1;
        line = end + 2;
    }
    return parse_framing(http) != 0 ? -1 : parse_manners(http);
}
