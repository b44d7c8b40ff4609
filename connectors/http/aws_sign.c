/* AWS Signature Version 4, after "Create a signed AWS API request" in the IAM User Guide: a canonical form of
 * the request is hashed, and the hash signed with a key derived from secret, day, region and service.
 *
 * Canonical means: as the server will read it. A path is folded (dots, doubled slashes) and encoded once more
 * than it is sent, but for s3, which takes it as it stands; a query is decoded and encoded anew, and sorted.
 */
#include "connectors/http/aws_sign.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "engine/base/buf.h"
#include "engine/base/digest.h"

#define ALGORITHM "AWS4-HMAC-SHA256"

struct signing {
    struct arena *arena;
    const struct aws_key *key;
    const struct aws_request *request;
    struct aws_header headers[AWS_HEADERS_MAX]; /* by name, in lower case, values trimmed */
    size_t header_count;
    char time[17]; /* 20150830T123600Z */
    char body[DIGEST_HEX];
    const char *names; /* "host;x-amz-date" */
    const char *scope; /* "20150830/us-east-1/iam/aws4_request" */
};

static bool is_s3(const struct aws_key *key)
{
    return !strcmp(key->service, "s3");
}

static void add_encoded(struct buf *out, unsigned char c)
{
    if (c < 0x80 && (isalnum(c) || (c != '\0' && strchr("-._~", c))))
        buf_char(out, (char)c);
    else
        buf_printf(out, "%%%02X", c);
}

static void drop_segment(struct buf *out)
{
    while (out->len > 0 && out->data[out->len - 1] != '/')
        out->len--;
    if (out->len > 0)
        out->data[--out->len] = '\0';
}

/* Folded: no empty segment, no "." and no ".."; a slash at the end stays one. */
static void add_path(struct buf *out, const char *path)
{
    const char *at = path;

    while (*at) {
        size_t len = strcspn(at, "/");
        bool up = len == 2 && !memcmp(at, "..", 2), here = len == 1 && *at == '.';
        if (up)
            drop_segment(out);
        else if (len > 0 && !here)
            buf_char(out, '/');
        for (size_t i = 0; i < len && !up && !here; i++)
            add_encoded(out, (unsigned char)at[i]);
        at += len + (at[len] == '/');
    }
    if (out->len == 0 || (at > path && at[-1] == '/'))
        buf_char(out, '/');
}

static int hex(char c)
{
    const char *digits = "0123456789abcdef", *at = c ? strchr(digits, tolower((unsigned char)c)) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* One name or value of a query, encoded as AWS encodes it, whatever it was encoded by. */
static const char *encoded_anew(struct arena *arena, const char *text, size_t len)
{
    BUF_SCOPED out;

    buf_init(&out, 0);
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '%' && i + 2 < len && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
            add_encoded(&out, (unsigned char)(hex(text[i + 1]) * 16 + hex(text[i + 2])));
            i += 2;
        } else {
            add_encoded(&out, text[i] == '+' ? ' ' : (unsigned char)text[i]);
        }
    }
    return arena_string(arena, buf_string(&out));
}

struct pair {
    const char *name, *value;
};

static int by_name_and_value(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : strcmp(x->value, y->value);
}

static void add_query(struct arena *arena, struct buf *out, const char *query)
{
    size_t count = 0, room = 1;

    for (const char *at = query; *at; at++)
        room += *at == '&';
    struct pair *pairs = arena_array(arena, room, sizeof *pairs);
    for (const char *at = query; *at;) {
        size_t len = strcspn(at, "&"), name = strcspn(at, "=&");
        if (len > 0)
            pairs[count++] =
                (struct pair){.name = encoded_anew(arena, at, name),
                              .value = name < len ? encoded_anew(arena, at + name + 1, len - name - 1) : ""};
        at += len + (at[len] == '&');
    }
    qsort(pairs, count, sizeof *pairs, by_name_and_value);
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "%s%s=%s", i ? "&" : "", pairs[i].name, pairs[i].value);
}

/* Without blanks at its ends, and with one where several stand. */
static const char *trimmed(struct arena *arena, const char *value)
{
    char *text = arena_string(arena, value);
    size_t len = 0;

    for (const char *at = value; *at; at++)
        if (!isspace((unsigned char)*at))
            text[len++] = *at;
        else if (len > 0 && text[len - 1] != ' ')
            text[len++] = ' ';
    text[len - (len > 0 && text[len - 1] == ' ')] = '\0';
    return text;
}

static int add_header(struct signing *signing, const char *name, const char *value)
{
    if (signing->header_count == AWS_HEADERS_MAX)
        return -1;
    char *lower = arena_string(signing->arena, name);
    for (char *c = lower; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    signing->headers[signing->header_count++] =
        (struct aws_header){.name = lower, .value = trimmed(signing->arena, value)};
    return 0;
}

static int by_header(const void *a, const void *b)
{
    return strcmp(((const struct aws_header *)a)->name, ((const struct aws_header *)b)->name);
}

static int gather_headers(struct signing *signing, struct aws_signed *added)
{
    added->headers[added->header_count++] =
        (struct aws_header){"x-amz-date", arena_string(signing->arena, signing->time)};
    if (is_s3(signing->key))
        added->headers[added->header_count++] =
            (struct aws_header){"x-amz-content-sha256", arena_string(signing->arena, signing->body)};
    if (signing->key->session)
        added->headers[added->header_count++] =
            (struct aws_header){"x-amz-security-token", signing->key->session};
    for (size_t i = 0; i < added->header_count; i++)
        if (add_header(signing, added->headers[i].name, added->headers[i].value))
            return -1;
    for (size_t i = 0; i < signing->request->header_count; i++)
        if (add_header(signing, signing->request->headers[i].name, signing->request->headers[i].value))
            return -1;
    qsort(signing->headers, signing->header_count, sizeof *signing->headers, by_header);
    BUF_SCOPED names;
    buf_init(&names, 0);
    for (size_t i = 0; i < signing->header_count; i++)
        buf_printf(&names, "%s%s", i ? ";" : "", signing->headers[i].name);
    signing->names = arena_string(signing->arena, buf_string(&names));
    return 0;
}

/* Its digest is what is signed. */
static void digest_request(const struct signing *signing, char ret_hex[DIGEST_HEX])
{
    const struct aws_request *request = signing->request;
    BUF_SCOPED all;
    BUF_SCOPED path;

    buf_init(&all, 0);
    buf_init(&path, 0);
    if (is_s3(signing->key))
        buf_text(&path, request->path);
    else
        add_path(&path, request->path);
    buf_printf(&all, "%s\n%s\n", request->method, buf_string(&path));
    add_query(signing->arena, &all, request->query ? request->query : "");
    buf_char(&all, '\n');
    for (size_t i = 0; i < signing->header_count; i++)
        buf_printf(&all, "%s:%s\n", signing->headers[i].name, signing->headers[i].value);
    buf_printf(&all, "\n%s\n%s", signing->names, signing->body);
    digest_sha256_hex(all.data, all.len, ret_hex);
}

static void derive(uint8_t key[DIGEST_BYTES], const char *text)
{
    uint8_t next[DIGEST_BYTES];

    digest_hmac(key, DIGEST_BYTES, text, strlen(text), next);
    memcpy(key, next, sizeof next);
    explicit_bzero(next, sizeof next);
}

static const char *signature(const struct signing *signing, const char *text)
{
    uint8_t key[DIGEST_BYTES];
    char day[9], shown[DIGEST_HEX];
    BUF_SCOPED first = {0};

    memcpy(day, signing->time, 8);
    day[8] = '\0';
    buf_reserve(&first, strlen(signing->key->secret) + 5); /* no copy stays where it grew */
    buf_text(&first, "AWS4");
    buf_text(&first, signing->key->secret);
    digest_hmac(first.data, first.len, day, 8, key);
    explicit_bzero(first.data, first.len);
    derive(key, signing->key->region);
    derive(key, signing->key->service);
    derive(key, "aws4_request");
    derive(key, text);
    digest_hex(key, shown); /* the last one is no secret any more */
    return arena_string(signing->arena, shown);
}

int aws_sign(struct arena *arena, const struct aws_key *key, const struct aws_request *request,
             int64_t time_s, struct aws_signed *ret_signed)
{
    struct signing signing = {.arena = arena, .key = key, .request = request};
    time_t at = (time_t)time_s;
    struct tm utc;
    char digest[DIGEST_HEX];

    *ret_signed = (struct aws_signed){0};
    if (gmtime_r(&at, &utc) == NULL ||
        strftime(signing.time, sizeof signing.time, "%Y%m%dT%H%M%SZ", &utc) != sizeof signing.time - 1)
        return -1;
    digest_sha256_hex(request->body, request->body_len, signing.body);
    if (gather_headers(&signing, ret_signed))
        return -1;
    digest_request(&signing, digest);
    signing.scope = arena_printf(arena, "%.8s/%s/%s/aws4_request", signing.time, key->region, key->service);
    const char *signed_by = signature(
        &signing, arena_printf(arena, ALGORITHM "\n%s\n%s\n%s", signing.time, signing.scope, digest));
    ret_signed->headers[ret_signed->header_count++] = (struct aws_header){
        "authorization", arena_printf(arena, ALGORITHM " Credential=%s/%s, SignedHeaders=%s, Signature=%s",
                                      key->access_key, signing.scope, signing.names, signed_by)};
    return 0;
}
