/* What another judge looks at: a JSON document on each line of standard input is signed by the worker's own
 * code and answered by one line. {"aws": {access_key, secret, session, region, service, time, method, path,
 * query, headers, body}} gives the headers added; {"jwt": {algorithm, key, head, claims}} gives the token. */
#include <stdio.h>
#include <string.h>

#include "connectors/http/aws_sign.h"
#include "connectors/http/jwt.h"
#include "engine/base/json.h"

static struct value signed_by_aws(struct arena *arena, const struct value *is)
{
    struct aws_key key = {value_get_string(is, "access_key", ""), value_get_string(is, "secret", ""),
                          value_get_string(is, "session", NULL), value_get_string(is, "region", ""),
                          value_get_string(is, "service", "")};
    const struct value *given = value_get(is, "headers");
    struct aws_header headers[AWS_HEADERS_MAX];
    struct aws_request request = {.method = value_get_string(is, "method", ""),
                                  .path = value_get_string(is, "path", ""),
                                  .query = value_get_string(is, "query", NULL),
                                  .header_count = value_count(given),
                                  .headers = headers,
                                  .body = value_get_string(is, "body", ""),
                                  .body_len = strlen(value_get_string(is, "body", ""))};
    struct aws_signed made;
    struct value_builder all;
    for (size_t i = 0; i < request.header_count; i++)
        headers[i] = (struct aws_header){given->map->keys[i].text, given->map->values[i].text};
    value_build(&all, arena);
    if (aws_sign(arena, &key, &request, value_get_int(is, "time", 0), &made) == 0)
        for (size_t i = 0; i < made.header_count; i++)
            value_put_text(&all, made.headers[i].name, value_text(arena, made.headers[i].value));
    return value_end_map(&all);
}

static struct value signed_by_jwt(struct arena *arena, const struct value *is)
{
    const char *key = value_get_string(is, "key", "");
    struct soar_err err = {0};
    BUF_SCOPED token;
    buf_init(&token, 0);
    if (jwt_sign(value_get_string(is, "algorithm", ""), key, strlen(key), value_get(is, "head"),
                 value_get(is, "claims"), &token, &err))
        return value_text(arena, err.text);
    return value_text(arena, buf_string(&token));
}

int main(void)
{
    static char line[1 << 20];
    while (fgets(line, sizeof line, stdin)) {
        ARENA_SCOPED arena = arena_new();
        struct value document, made;
        struct soar_err err = {0};
        if (json_parse(arena, line, strlen(line), &document, &err))
            return 1;
        const struct value *aws = value_get(&document, "aws"), *jwt = value_get(&document, "jwt");
        made = aws ? signed_by_aws(arena, aws) : signed_by_jwt(arena, jwt);
        puts(json_text(arena, &made));
        fflush(stdout);
    }
    return 0;
}
