/* Property: a method and a path mean one route or none, with the texts of its places as they were before they
 * were percent-encoded; query and body become the verb's request by the names the route offers, and nothing
 * else gets in. Method: each route by its own pattern, and single requests, right ones and wrong ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "engine/base/json.h"
#include "soard/api_routes.h"

static const struct api_route *find(struct arena *arena, const char *method, const char *path,
                                    struct value *ret_places, const char **ret_allow)
{
    struct value_builder places;
    const struct api_route *route = api_route_find(method, path, arena, &places, ret_allow);

    *ret_places = route ? value_end_map(&places) : value_null();
    return route;
}

/* "/pauses/{what}" must not hide "/pauses/all". */
static void each_route_is_found_by_its_pattern(void **state)
{
    (void)state;
    for (const struct api_route *route = api_routes; route->method; route++) {
        ARENA_SCOPED arena = arena_new();
        struct value places;
        const char *allow = NULL;
        char *path = arena_printf(arena, API_BASE "%s", route->path);

        for (char *c = path; *c; c++)
            *c = *c == '{' || *c == '}' ? 'x' : *c;
        assert_ptr_equal(find(arena, route->method, path, &places, &allow), route);
        assert_null(find(arena, "PATCH", path, &places, &allow));
        assert_non_null(strstr(allow, route->method));
    }
}

static void places_are_texts(void **state)
{
    static const char *const none[] = {
        "",           "/api/v1",        "/api/v1/",         "/api/v1/runs/",    "/api/v1/runs//stop",
        "/api/v1/rx", "/api/v1/runs/%", "/api/v1/runs/%4",  "/api/v1/runs/%4g", "/api/v1/runs/%00",
        "/runs",      "/api/v1runs",    "/api/v1/runs/%ff", "/api/v1/runs/a/b", "/api/v1/runs/a/stop/b",
    };
    ARENA_SCOPED arena = arena_new();
    struct value places;
    const char *allow = NULL;

    (void)state;
    assert_non_null(find(arena, "GET", "/api/v1/runs/R%2d1%2Fa%c3%a4", &places, &allow));
    assert_string_equal(value_get_string(&places, "run", ""), "R-1/a\xc3\xa4");
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_null(find(arena, "GET", none[i], &places, &allow));
}

static int read_one(struct arena *arena, const char *method, const char *path, const char *query,
                    const char *body, struct value *ret_request, int *ret_status)
{
    struct value_builder request;
    struct soar_err err = {0};
    const char *allow = NULL;
    const struct api_route *route = api_route_find(method, path, arena, &request, &allow);

    assert_non_null(route);
    *ret_status = 0;
    if (api_request_value(route, query, body, strlen(body), arena, &request, ret_status, &err)) {
        assert_true(*err.text);
        return -1;
    }
    *ret_request = value_end_map(&request);
    return 0;
}

static void expect_request(const char *method, const char *path, const char *query, const char *body,
                           const char *want)
{
    ARENA_SCOPED arena = arena_new();
    BUF_SCOPED got = {0};
    struct value request;
    int status;

    assert_int_equal(read_one(arena, method, path, query, body, &request, &status), 0);
    json_print(&got, &request);
    assert_string_equal(buf_string(&got), want);
}

static void requests_are_the_verbs(void **state)
{
    (void)state;
    expect_request("GET", "/api/v1/runs", "state=ended&limit=3", "", "{\"only\":\"ended\",\"limit\":\"3\"}");
    expect_request("POST", "/api/v1/runs", "",
                   "{\"playbook\":\"p\",\"hosts\":[\"a\"],\"vars\":{\"n\":[1]},\"alert\":{\"id\":1}}",
                   "{\"playbook\":\"p\",\"host\":[\"a\"],\"var\":[\"n=[1]\"],\"alert\":\"{\\\"id\\\":1}\"}");
    expect_request("POST", "/api/v1/runs/R-1/stop", "", "", "{\"run\":\"R-1\"}");
    expect_request("DELETE", "/api/v1/pauses/all", "", "", "{\"end\":true,\"all\":true}");
    expect_request("DELETE", "/api/v1/pauses/siem", "", "", "{\"what\":\"siem\",\"end\":true}");
}

static void expect_refused(const char *method, const char *path, const char *query, const char *body,
                           int want)
{
    ARENA_SCOPED arena = arena_new();
    struct value request;
    int status;

    assert_int_equal(read_one(arena, method, path, query, body, &request, &status), -1);
    assert_int_equal(status, want);
}

static void what_is_not_offered_gets_nowhere(void **state)
{
    (void)state;
    expect_refused("POST", "/api/v1/runs", "", "{\"playbook\":\"p\",\"dry_run\":true}", 422);
    expect_refused("POST", "/api/v1/runs", "", "{\"playbook\":\"p\",\"playbook_text\":\"x\"}", 422);
    expect_refused("POST", "/api/v1/runs", "", "{\"host\":[\"a\"]}", 422);
    expect_refused("POST", "/api/v1/runs", "", "{\"alert\":\"text\"}", 422);
    expect_refused("POST", "/api/v1/runs", "", "[]", 422);
    expect_refused("POST", "/api/v1/runs", "", "{", 400);
    expect_refused("POST", "/api/v1/runs", "limit=1", "{}", 400);
    expect_refused("POST", "/api/v1/runs/R-1/stop", "", "{\"run\":\"R-2\"}", 422);
    expect_refused("POST", "/api/v1/pauses", "", "{\"end\":true}", 422);
    expect_refused("GET", "/api/v1/runs", "", "{}", 400);
    expect_refused("GET", "/api/v1/runs", "only=ended", "", 400);
    expect_refused("GET", "/api/v1/contained", "check=true", "", 400);
    expect_refused("GET", "/api/v1/runs", "limit=%zz", "", 400);
    expect_refused("GET", "/api/v1/runs", "limit", "", 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_route_is_found_by_its_pattern),
        cmocka_unit_test(places_are_texts),
        cmocka_unit_test(requests_are_the_verbs),
        cmocka_unit_test(what_is_not_offered_gets_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
