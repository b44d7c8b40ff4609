/* `check SERVICE`: there is no harmless call that every vendor has, so it is one GET of the service's own
 * URL, with our log-in. What came of it is told as it is, and no more made of it: a connection, a certificate
 * that holds, a token that was given prove themselves; a page that answers says little about rights. */
#include <string.h>

#include "engine/base/text.h"
#include "engine/report/print_run.h"
#include "engine/verbs/verb_parts.h"

/* The user it is about has the service's name: so it goes to that one alone. */
const char *check_service_pack(struct arena *arena, const struct site_place *service)
{
    return arena_printf(
        arena,
        "action: Check_Service\n"
        "summary: Look whether a service answers, and whether our log-in gets a token there.\n"
        "per: user\n"
        "done: reached\n"
        "providers:\n"
        "  http:\n"
        "    over: services\n"
        "    service: \"%s\"\n"
        "    when: service.name == target.name\n"
        "    via: http\n"
        "    check:\n"
        "      - http.read: {path: /}\n"
        "        outcomes: [{when: result.status > 0, is: done}]\n"
        "        keep: {status: result.status}\n"
        "      - so: 'true'\n",
        service->kind);
}

/* Kinds of log-in that ask for a token first: that it was given is an answer by itself. */
static bool takes_token(const char *auth)
{
    static const char *const kinds[] = {"oauth2", "exchange", "jwt"};

    for (size_t i = 0; auth && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(auth, kinds[i]) == 0)
            return true;
    return false;
}

static const char *meaning(int64_t status, bool token)
{
    if (status == 401)
        return token ? "it gave a token and does not take it there" : "it takes no log-in of ours there";
    if (status == 403)
        return token ? "it gave a token; what we may do there this does not say"
                     : "it may know us, and we may not look at that";
    if (status == 429 || status >= 500)
        return token ? "it gave a token, and is in trouble or too busy" : "it is in trouble or too busy";
    return token ? "it gave a token; what we may do there this does not say"
                 : "whether it takes our log-in this does not say";
}

struct value check_service_value(struct verb_context *context, const struct site_place *place,
                                 const struct run_task *task)
{
    const struct site_service *service = place->service;
    bool reached = task->state == TASK_ENDED && task->verdict == VERDICT_SO;
    int64_t status = value_get_int(&task->kept, "status", 0);
    struct value_builder map;

    value_build(&map, context->arena);
    value_put_text(&map, "service", value_text(context->arena, place->name));
    value_put_text(&map, "reached", value_bool(reached));
    value_put_text(&map, "why", value_text(context->arena, reached ? "" : task->why));
    value_put_text(&map, "kind", value_text(context->arena, place->kind));
    value_put_text(&map, "url", value_text(context->arena, place->url));
    value_put_text(&map, "auth",
                   value_text(context->arena, service->auth          ? service->auth
                                              : service->certificate ? "mtls"
                                                                     : "none"));
    value_put_text(&map, "user", value_text(context->arena, service->log_in ? service->log_in : ""));
    if (reached) {
        value_put_text(&map, "status", value_int(status));
        value_put_text(&map, "means", value_static(meaning(status, takes_token(service->auth))));
    }
    bool well = reached && status != 401 && status != 429 && status < 500;

    context->exit = well ? EXIT_DONE : EXIT_FAILED;
    return value_end_map(&map);
}

void verb_print_check_service(const struct value *answer, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();
    const char *user = value_get_string(answer, "user", "");

    buf_printf(out, "reached at %s, log-in by %s%s%s: GET / gave %lld: %s\n",
               report_outside(arena, value_get_string(answer, "url", "")),
               value_get_string(answer, "auth", ""), *user ? " as " : "", report_outside(arena, user),
               (long long)value_get_int(answer, "status", 0), value_get_string(answer, "means", ""));
}
