/* Requests of people and their programs: who it is, by the token; what is meant, by the table of routes; the
 * desk does the rest. What changes something is answered when it is durable, and a run when it has begun. */
#include "soard/api.h"

#include <string.h>

#include "engine/base/json.h"
#include "soard/api_routes.h"
#include "soard/daemon.h"
#include "soard/desk.h"
#include "soard/front_link.h"
#include "soard/metrics.h"

struct api_case { /* in the arena of what the desk is asked */
    struct daemon *daemon;
    uint64_t id;
    const struct api_route *route;
    const char *place; /* the text of the path's {name}; NULL: it has none */
};

static void answer_json(struct daemon *daemon, uint64_t id, int status, const struct value *answer)
{
    BUF_SCOPED body = {0};

    json_print(&body, answer);
    buf_char(&body, '\n');
    front_answer(daemon->front, id, status, "application/json", buf_string(&body), body.len);
}

/* Is what the path names there at all? */
static bool is_there(const struct api_case *asked)
{
    struct loop *loop = asked->daemon->loop;

    if (strstr(asked->route->path, "{run}"))
        return loop_run_any(loop, asked->place) != NULL;
    if (strstr(asked->route->path, "{ask}"))
        return ledger_ask_find(loop_ledger(loop), asked->place) != NULL;
    return !strstr(asked->route->path, "{what}") ||
           site_find_webhook(asked->daemon->now->site, asked->place) ||
           wiring_playbook(asked->daemon->now, asked->place);
}

static int status_of(const struct api_case *asked, const struct soar_err *err)
{
    switch ((int)err->class) {
    case SOAR_DENIED:
        return 403;
    case SOAR_INVALID:
        return asked->place && asked->route->refused == 409 && !is_there(asked) ? 404 : asked->route->refused;
    case SOAR_TRANSIENT:
        return 503;
    default:
        return 500;
    }
}

static void on_done(void *arg, const struct desk_answer *answer)
{
    const struct api_case *asked = arg;
    const struct value *value = answer->answer;

    if (answer->err->class != SOAR_DONE)
        front_problem(asked->daemon->front, asked->id, status_of(asked, answer->err), answer->err->text);
    else if (value_get_bool(value, "changed", false))
        front_problem(asked->daemon->front, asked->id, 409,
                      "It is not what was looked at any more: nothing was done. /waiting has it as it is.");
    else
        answer_json(asked->daemon, asked->id, asked->route->status, value);
}

/* Which verb answers a question is for the question to say; what is no question yet goes to whom it would be
 * refused by. */
static const struct verb *verb_of(struct daemon *daemon, const struct api_route *route, struct arena *arena,
                                  struct value *request)
{
    const char *said = value_get_string(request, "answer", "");
    const char *id = value_get_string(request, "ask", "");
    bool yes = strcmp(said, "yes") == 0;

    if (strcmp(route->verb, "answer") != 0)
        return verb_find(route->verb);
    if (!yes && strcmp(said, "no") != 0)
        return verb_find("decide");
    const struct ledger_ask *ask = ledger_ask_find(loop_ledger(daemon->loop), id);
    bool ends = ask && strcmp(ask->kind, "ends") == 0;
    struct value_builder map;

    value_build(&map, arena);
    for (size_t i = 0; i < value_count(request); i++)
        if (!value_is_string(&request->map->keys[i], "answer"))
            value_put(&map, request->map->keys[i], request->map->values[i]);
    *request = value_end_map(&map);
    return verb_find(ends ? (yes ? "approve" : "deny") : (yes ? "override" : "drop"));
}

/* 0, or the status of a problem. */
static int read_request(struct daemon *daemon, const struct api_request *request, struct api_case *asked,
                        struct value_builder *given, struct desk_request *ret_of, struct soar_err *err)
{
    int status = 400;

    if (given->count > 0)
        asked->place = given->values[0].text;
    if (api_request_value(asked->route, request->query, request->body, request->len, ret_of->arena, given,
                          &status, err))
        return status;
    ret_of->request = value_end_map(given);
    ret_of->verb = verb_of(daemon, asked->route, ret_of->arena, &ret_of->request);
    return verb_check_request(ret_of->verb, &ret_of->request, err) ? 422 : 0;
}

static void ask_desk(struct daemon *daemon, const struct api_request *request, const struct api_route *route,
                     const struct site_person *person, struct value_builder *given, struct arena *arena)
{
    struct api_case *asked = arena_alloc(arena, sizeof *asked);
    struct desk_request of = {.arena = arena, .roles = person->roles, .begun = true, .done = on_done};
    struct soar_err err = {0};

    *asked = (struct api_case){.daemon = daemon, .id = request->id, .route = route};
    of.arg = asked;
    of.by = arena_printf(arena, "%s (token, %s)", person->name, request->from);
    int status = read_request(daemon, request, asked, given, &of, &err);

    if (status == 0) {
        desk_begin(daemon, &of);
        return;
    }
    front_problem(daemon->front, request->id, status, err.text);
    arena_free(arena);
}

static void refuse_path(struct daemon *daemon, const struct api_request *request, const char *allow)
{
    static const char body[] = "{\"type\":\"about:blank\",\"title\":\"Method Not Allowed\",\"status\":405,"
                               "\"detail\":\"This resource has other methods.\"}\n";

    if (allow)
        front_answer_with(daemon->front, request->id, 405, 0, allow, "application/problem+json", body,
                          sizeof body - 1);
    else
        front_problem(daemon->front, request->id, 404, "There is no such resource.");
}

static void handle_route(struct daemon *daemon, const struct api_request *request,
                         const struct site_person *person)
{
    struct arena *arena = arena_new();
    struct value_builder given;
    const char *allow = NULL;
    const struct api_route *route = api_route_find(request->method, request->path, arena, &given, &allow);

    if (route && route->verb) {
        ask_desk(daemon, request, route, person, &given, arena);
        return;
    }
    if (route) {
        struct value document = api_openapi(arena);
        answer_json(daemon, request->id, route->status, &document);
    } else {
        refuse_path(daemon, request, allow);
    }
    arena_free(arena);
}

static void answer_metrics(struct daemon *daemon, uint64_t id)
{
    BUF_SCOPED body = {0};

    metrics_print(daemon, &body);
    front_answer(daemon->front, id, 200, "text/plain; version=0.0.4; charset=utf-8", buf_string(&body),
                 body.len);
}

void api_handle(struct daemon *daemon, const struct api_request *request)
{
    const struct site *site = daemon->now->site;
    bool metrics = strcmp(request->path, "/metrics") == 0;
    const struct site_person *person = *request->token ? site_person_of_token(site, request->token) : NULL;

    if (metrics && site->listen && site->listen->open_metrics)
        answer_metrics(daemon, request->id);
    else if (!person)
        front_problem(daemon->front, request->id, 401, "A token of somebody under `people:` is needed.");
    else if (!person->roles)
        front_problem(daemon->front, request->id, 403, "You have no role here.");
    else if (metrics)
        answer_metrics(daemon, request->id);
    else
        handle_route(daemon, request, person);
}

/* What is asked lies with the desk, and goes with it. */
void api_close(struct daemon *daemon)
{
    (void)daemon;
}
