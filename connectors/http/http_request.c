/* A request is put together here: where to, headers, body.
 *
 * The URL is taken apart by the library that will send it, so that both see the same host. What could make a
 * second header or request of a value (a line's end, anything not ASCII) is refused, never mended. */
#include "connectors/http/http_request.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/text.h"

enum { URL_BYTES_MAX = 8192 };

static bool visible(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text <= ' ' || (unsigned char)*text >= 0x7f)
            return false;
    return true;
}

static const char *part(struct arena *arena, CURLU *url, CURLUPart which)
{
    char *text = NULL;
    if (curl_url_get(url, which, &text, 0) != CURLUE_OK)
        return "";
    const char *copy = arena_string(arena, text);
    curl_free(text);
    return copy;
}

/* This machine itself: the only one that may be spoken to without TLS. */
static bool is_loopback(const char *host)
{
    unsigned a, b, c, d;
    char rest;
    return !strcasecmp(host, "localhost") || !strcmp(host, "[::1]") ||
           (strspn(host, "0123456789.") == strlen(host) &&
            sscanf(host, "%u.%u.%u.%u%c", &a, &b, &c, &d, &rest) == 4 && a == 127);
}

static int take_apart(struct http_request *request, CURLU *url, struct soar_err *err)
{
    struct arena *arena = request->arena;
    const char *scheme = part(arena, url, CURLUPART_SCHEME), *host = part(arena, url, CURLUPART_HOST),
               *port = part(arena, url, CURLUPART_PORT), *path = part(arena, url, CURLUPART_PATH);
    if (*part(arena, url, CURLUPART_USER) || *part(arena, url, CURLUPART_PASSWORD))
        return soar_err_set(err, SOAR_INVALID, "a url holds no user and no password: that is `auth`'s");
    if (*part(arena, url, CURLUPART_QUERY) || *part(arena, url, CURLUPART_FRAGMENT))
        return soar_err_set(err, SOAR_INVALID, "a url holds no '?' and no '#'");
    bool plain = !strcmp(scheme, "http") && is_loopback(host);
    if (strcmp(scheme, "https") != 0 && !plain)
        return soar_err_set(err, SOAR_INVALID,
                            "a url begins with https:// (http:// only to this machine itself): log-ins "
                            "would go in clear");
    size_t len = strlen(path);
    if (len > 0 && path[len - 1] == '/')
        len--;
    bool usual = *port == '\0' || !strcmp(port, plain ? "80" : "443");
    request->host = usual ? host : arena_printf(arena, "%s:%s", host, port);
    request->origin = arena_printf(arena, "%s://%s", scheme, request->host);
    request->path = arena_printf(arena, "%.*s", (int)len, path);
    request->prefix_len = len;
    request->query = "";
    return 0;
}

int http_request_url(struct http_request *request, const char *url, struct soar_err *err)
{
    if (strlen(url) > URL_BYTES_MAX || !visible(url) || strchr(url, '\\'))
        return soar_err_set(err, SOAR_INVALID, "a url is of visible ASCII, and not longer than %d bytes",
                            URL_BYTES_MAX);
    CURLU *parsed = curl_url();
    if (parsed == NULL)
        abort();
    CURLUcode code = curl_url_set(parsed, CURLUPART_URL, url, CURLU_PATH_AS_IS);
    int rc = code == CURLUE_OK ? take_apart(request, parsed, err)
                               : soar_err_set(err, SOAR_INVALID, "not a url: %s", curl_url_strerror(code));
    curl_url_cleanup(parsed);
    return rc;
}

int http_request_path(struct http_request *request, const char *path, struct soar_err *err)
{
    if (*path != '/' || !visible(path) || strpbrk(path, "?#\\"))
        return soar_err_set(err, SOAR_INVALID,
                            "a path begins with '/' and holds no '?', '#', '\\', blank or letter that is not "
                            "ASCII");
    if (strlen(request->path) + strlen(path) > URL_BYTES_MAX)
        return soar_err_set(err, SOAR_INVALID, "a path has at most %d bytes", URL_BYTES_MAX);
    request->path = arena_printf(request->arena, "%s%s", request->path, path);
    return 0;
}

bool http_header_value(const char *value)
{
    for (const char *at = value; *at; at++)
        if ((unsigned char)*at < ' ' || (unsigned char)*at >= 0x7f)
            return false;
    return true;
}

static bool is_token(const char *name)
{
    return *name && name[strspn(name, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                      "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0';
}

int http_request_header(struct http_request *request, const char *name, const char *value,
                        struct soar_err *err)
{
    if (!is_token(name) || strlen(name) > 128)
        return soar_err_set(err, SOAR_INVALID, "a header's name is of letters, digits and '-'");
    if (!http_header_value(value))
        return soar_err_set(err, SOAR_INVALID, "the header %s: its value must be visible ASCII", name);
    struct http_header made = {arena_string(request->arena, name), arena_string(request->arena, value)};
    for (size_t i = 0; i < request->header_count; i++) {
        if (!strcasecmp(request->headers[i].name, name)) {
            request->headers[i] = made;
            return 0;
        }
    }
    request->headers = arena_grow(request->arena, request->headers, request->header_count,
                                  &request->header_size, sizeof *request->headers);
    request->headers[request->header_count++] = made;
    return 0;
}

const char *http_request_get_header(const struct http_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (!strcasecmp(request->headers[i].name, name))
            return request->headers[i].value;
    return NULL;
}

void http_request_body(struct http_request *request, const char *content_type, const char *bytes, size_t len)
{
    request->body = arena_copy(request->arena, bytes, len);
    request->body_len = len;
    if (http_request_get_header(request, "content-type") == NULL &&
        http_request_header(request, "content-type", content_type, NULL))
        abort(); /* a content type is ours, never from outside */
}

void http_request_hide(struct http_request *request, const char *text)
{
    request->hidden = arena_grow(request->arena, request->hidden, request->hidden_count,
                                 &request->hidden_size, sizeof *request->hidden);
    request->hidden[request->hidden_count++] = arena_string(request->arena, text);
}

void http_percent(struct buf *out, const char *text, size_t len)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c && strchr("-._~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", c)) {
            buf_char(out, (char)c);
        } else {
            buf_char(out, '%');
            buf_char(out, digits[c >> 4]);
            buf_char(out, digits[c & 15]);
        }
    }
}

void http_form_add(struct buf *form, const char *name, const char *value)
{
    if (form->len > 0)
        buf_char(form, '&');
    http_percent(form, name, strlen(name));
    buf_char(form, '=');
    http_percent(form, value, strlen(value));
}
