/* The connectors as tests of packs see them: ssh and ldap as they are, and the ones of the design that bring
 * their programs later. It stands in the place of connectors/table/table.c: whoever links this never links
 * that. */
#include <string.h>

#include "connectors/table/table.h"
#include "connectors/table/table_list.h"

#define PARAM(name_, sink_, type_, required_, about_)                                                        \
    {                                                                                                        \
        .name = name_, .sink = sink_, .type = type_, .required = required_, .about = about_                  \
    }
#define FUNCTION(name_, class_, params_, expect_, answer_, about_)                                           \
    {                                                                                                        \
        .name = name_, .class = class_, .params = params_, .expect = expect_, .answer = answer_,             \
        .about = about_                                                                                      \
    }

static const struct function_param http_read_params[] = {
    PARAM("path", SINK_PATH, "text", true, "behind the service's address"),
    PARAM("query", SINK_QUERY, "map", false, "names and values"),
    PARAM("headers", SINK_HEADER, "map", false, "names and values"),
    {0}};
static const struct function_param http_send_params[] = {
    PARAM("method", SINK_CONSTANT, "enum [POST, PUT, PATCH, DELETE]", true, "how it is sent"),
    PARAM("path", SINK_PATH, "text", true, "behind the service's address"),
    PARAM("query", SINK_QUERY, "map", false, "names and values"),
    PARAM("headers", SINK_HEADER, "map", false, "names and values"),
    PARAM("json", SINK_JSON, "any", false, "the body"),
    PARAM("form", SINK_FORM, "map", false, "the body"),
    PARAM("xml", SINK_XML, "text", false, "the body"),
    {0}};
static const struct function http_functions[] = {
    FUNCTION("http.read", FUNCTION_READ, http_read_params, "result.status >= 200 && result.status < 300",
             "status, headers, text, body", "GET"),
    FUNCTION("http.send", FUNCTION_WRITE, http_send_params, "result.status >= 200 && result.status < 300",
             "status, headers, text, body", "send"),
    {0}};
static const struct connector connector_http = {
    .name = "http", .program = "soar-http", .about = "HTTP", .shared = true, .functions = http_functions};

const struct connector *const connector_list[] = {&connector_ssh, &connector_http, &connector_ldap,
                                                  &connector_qmp, NULL};

const struct connector *connector_find(const char *name)
{
    for (size_t i = 0; connector_list[i] != NULL; i++) {
        if (strcmp(connector_list[i]->name, name) == 0) {
            return connector_list[i];
        }
    }
    return NULL;
}

const struct function *connector_has(const struct connector *connector, const char *function)
{
    for (const struct function *f = connector->functions; f->name != NULL; f++) {
        if (strcmp(f->name, function) == 0) {
            return f;
        }
    }
    return NULL;
}

const struct function *connector_function(const char *function)
{
    for (size_t i = 0; connector_list[i] != NULL; i++) {
        const struct function *found = connector_has(connector_list[i], function);
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

const char *function_sink_name(enum function_sink sink)
{
    (void)sink;
    return "sink";
}
