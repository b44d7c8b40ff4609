/* What tests of a log-in share: a request at a service, fields and secrets from JSON, and looking at what was
 * written into it. */
#ifndef TESTS_HTTP_ASKING_H
#define TESTS_HTTP_ASKING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "connectors/http/auth.h"
#include "engine/base/json.h"

struct asking {
    struct arena *arena;
    struct http_request request;
    struct soar_err err;
};

static inline struct asking asking(void)
{
    struct asking it = {.arena = arena_new()};
    it.request = (struct http_request){.arena = it.arena, .method = "POST", .wall_ms = 1440938160000};
    assert_int_equal(http_request_url(&it.request, "https://svc.example:8443/base", &it.err), 0);
    return it;
}

static inline void asked(struct asking *it)
{
    arena_free(it->arena);
}

static inline struct value json(const struct asking *it, const char *text)
{
    struct value made = value_null();
    struct soar_err err = {0};
    if (json_parse(it->arena, text, strlen(text), &made, &err))
        fail_msg("%s: %s", text, err.text);
    return made;
}

static inline const char *header(const struct asking *it, const char *name)
{
    const char *value = http_request_get_header(&it->request, name);
    return value ? value : "";
}

static inline bool hides(const struct asking *it, const char *text)
{
    for (size_t i = 0; i < it->request.hidden_count; i++)
        if (!strcmp(it->request.hidden[i], text))
            return true;
    return false;
}

static inline void bad_fields(const struct auth_kind *kind, const char *text, const char *why)
{
    struct asking it = asking();
    struct value fields = json(&it, text);
    if (kind->check(&fields, &it.err) != -1 || it.err.class != SOAR_INVALID || !strstr(it.err.text, why))
        fail_msg("%s: %s", text, it.err.text);
    asked(&it);
}

static inline void good_fields(const struct auth_kind *kind, const char *text)
{
    struct asking it = asking();
    struct value fields = json(&it, text);
    if (kind->check(&fields, &it.err))
        fail_msg("%s: %s", text, it.err.text);
    asked(&it);
}

#endif
