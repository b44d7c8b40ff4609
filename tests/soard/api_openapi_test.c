/* Property: the document has each route of the table and no other, names each parameter the route offers
 * once, and each schema it refers to is in it. Method: the document is made, and walked beside the table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "soard/api_routes.h"

static const char *method_key(const char *method)
{
    return strcmp(method, "GET") == 0 ? "get" : strcmp(method, "POST") == 0 ? "post" : "delete";
}

static const struct value *operation(const struct value *document, const struct api_route *route,
                                     struct arena *arena)
{
    const struct value *path =
        value_get(value_get(document, "paths"), arena_printf(arena, API_BASE "%s", route->path));

    return value_get(path, method_key(route->method));
}

static void each_route_is_there_and_no_other(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct value document = api_openapi(arena);
    const struct value *paths = value_get(&document, "paths");
    size_t routes = 0, operations = 0;

    (void)state;
    for (const struct api_route *route = api_routes; route->method; route++, routes++)
        assert_non_null(operation(&document, route, arena));
    for (size_t i = 0; i < value_count(paths); i++)
        operations += value_count(&paths->map->values[i]);
    assert_int_equal(operations, routes);
}

static size_t named(const struct value *of, const char *name)
{
    const struct value *given = value_get(of, "parameters");
    const struct value *schema = value_get(
        value_get(value_get(value_get(of, "requestBody"), "content"), "application/json"), "schema");
    size_t count = value_get(value_get(schema, "properties"), name) != NULL;

    for (size_t i = 0; i < value_count(given); i++)
        count += value_is_string(value_get(value_at(given, i), "name"), name);
    return count;
}

static void each_parameter_is_named_once(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct value document = api_openapi(arena);

    (void)state;
    for (const struct api_route *route = api_routes; route->method; route++)
        for (const struct verb_param *param = api_params(route); param->name; param++)
            assert_int_equal(named(operation(&document, route, arena), api_param_name(param, arena)),
                             api_offers(route, param));
}

static void schemas_are_there(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct value document = api_openapi(arena);
    const struct value *schemas = value_get(value_get(&document, "components"), "schemas");

    (void)state;
    assert_non_null(value_get(schemas, "Problem"));
    for (const struct api_route *route = api_routes; route->method; route++)
        assert_non_null(value_get(schemas, route->answer));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_route_is_there_and_no_other),
        cmocka_unit_test(each_parameter_is_named_once),
        cmocka_unit_test(schemas_are_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
