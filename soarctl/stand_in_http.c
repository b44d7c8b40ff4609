/* One request of HTTP/1.1, from bytes: strict, since what our worker sends should be right, and kept as it
 * was sent, since a contract compares a path before it is decoded. */
#include <stdlib.h>
#include <string.h>

#include "connectors/worker/xml_tree.h"
#include "soarctl/stand_in.h"

enum {
    HEAD_MAX = 64 * 1024,        /* a token of a cloud has 4 KiB, at times 16 */
    BODY_MAX = 16 * 1024 * 1024, /* beyond what a worker's line holds */
    HEADERS_MAX = 100,
    LENGTH_DIGITS = 9
};

static const char token_chars[] =
    "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

static bool is_token(const char *text)
{
    return *text && text[strspn(text, token_chars)] == '\0';
}

static bool is_visible(const char *text)
{
    for (; *text; text++)
        if (*text <= ' ' || *text > '~')
            return false;
    return true;
}

/* "POST /path?query HTTP/1.1" */
static const char *read_line(char *line, struct contract_request *request)
{
    char *target = strchr(line, ' ');
    char *version = target ? strchr(target + 1, ' ') : NULL;

    if (!version || strcmp(version, " HTTP/1.1") != 0)
        return "its first line is no METHOD /PATH HTTP/1.1";
    *target++ = '\0';
    *version = '\0';
    request->method = line;
    request->target = target;
    return is_token(line) && *target == '/' && is_visible(target) ? NULL
                                                                  : "its first line has no method and path";
}

static const char *read_header(char *line, struct contract_header *header)
{
    char *colon = strchr(line, ':');
    char *end;

    if (!colon)
        return "a header has no colon";
    *colon++ = '\0';
    for (char *c = line; *c; c++)
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
    colon += strspn(colon, " \t");
    for (end = colon + strlen(colon); end > colon && (end[-1] == ' ' || end[-1] == '\t');)
        *--end = '\0';
    header->name = line;
    header->text = colon;
    return is_token(line) ? NULL : "a header's name is none";
}

static const char *find(const struct contract_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (strcmp(request->headers[i].name, name) == 0)
            return request->headers[i].text;
    return NULL;
}

/* The bytes of the body, or -1. */
static long body_length(const struct contract_request *request)
{
    const char *length = find(request, "content-length");

    if (!length)
        return 0;
    if (!*length || strspn(length, "0123456789") != strlen(length) || strlen(length) > LENGTH_DIGITS)
        return -1;
    return strtol(length, NULL, 10);
}

static const char *read_head(struct arena *arena, char *head, struct contract_request *request)
{
    struct contract_header *headers = arena_array(arena, HEADERS_MAX, sizeof *headers);
    char *next = strstr(head, "\r\n");
    const char *why;

    *next = '\0';
    request->headers = headers;
    why = read_line(head, request);
    for (char *line = next + 2; !why && *line; line = next + 2) {
        next = strstr(line, "\r\n");
        *next = '\0';
        if (request->header_count == HEADERS_MAX)
            return "it has too many headers";
        why = read_header(line, &headers[request->header_count++]);
    }
    if (!why && find(request, "transfer-encoding"))
        return "its body comes in chunks: a length was to be said";
    return why;
}

static const char *end_of_head(const char *bytes, size_t len)
{
    for (size_t i = 0; i + 4 <= len; i++)
        if (memcmp(bytes + i, "\r\n\r\n", 4) == 0)
            return bytes + i;
    return NULL;
}

/* A body that says it is XML, as a tree. */
static void read_xml(struct arena *arena, struct contract_request *request)
{
    const char *type = find(request, "content-type");
    struct value *tree = arena_alloc(arena, sizeof *tree);
    struct soar_err err = {0};

    if (type && strstr(type, "xml") && xml_parse(arena, request->body, request->len, tree, &err) == 0)
        request->xml = tree;
}

int stand_in_read(struct arena *arena, const char *bytes, size_t len, struct contract_request *ret_request,
                  size_t *ret_used, bool *ret_continue, const char **ret_why)
{
    const char *end = end_of_head(bytes, len < HEAD_MAX ? len : HEAD_MAX);
    size_t size = end ? (size_t)(end - bytes) + 2 : 0;
    struct contract_request request = {0};
    long length;

    *ret_continue = false;
    if (!end) {
        *ret_why = "its head has no end";
        return len < HEAD_MAX ? 0 : -1;
    }
    if (memchr(bytes, '\0', size)) {
        *ret_why = "its head has a NUL";
        return -1;
    }
    *ret_why = read_head(arena, arena_copy(arena, bytes, size), &request);
    length = *ret_why ? 0 : body_length(&request);
    if (!*ret_why && (length < 0 || length > BODY_MAX))
        *ret_why = "its length is none, or too much";
    if (*ret_why)
        return -1;
    *ret_used = size + 2 + (size_t)length;
    if (len < *ret_used) {
        *ret_continue = find(&request, "expect") != NULL;
        return 0;
    }
    request.body = arena_copy(arena, bytes + size + 2, (size_t)length);
    request.len = (size_t)length;
    read_xml(arena, &request);
    *ret_request = request;
    return 1;
}

static bool has_header(const struct contract_answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->header_count; i++) {
        const char *a = answer->header_names[i];
        const char *b = name;

        while (*a && (*a | 0x20) == (*b | 0x20)) {
            a++;
            b++;
        }
        if (!*a && !*b)
            return true;
    }
    return false;
}

void stand_in_print(const struct contract_answer *answer, struct buf *out)
{
    static const struct contract_answer breach = {
        .status = 500, .type = "text/plain", .body = "not as the contract has it", .len = 26};
    bool empty;

    answer = answer ? answer : &breach;
    empty = answer->status == 204 || answer->status == 304;
    buf_printf(out, "HTTP/1.1 %d Stand-in\r\n", answer->status);
    for (size_t i = 0; i < answer->header_count; i++)
        buf_printf(out, "%s: %s\r\n", answer->header_names[i], answer->header_texts[i]);
    if (answer->type && !has_header(answer, "content-type"))
        buf_printf(out, "content-type: %s\r\n", answer->type);
    if (!empty)
        buf_printf(out, "content-length: %zu\r\n", answer->len);
    buf_text(out, "\r\n");
    if (!empty)
        buf_add(out, answer->body, answer->len);
}
