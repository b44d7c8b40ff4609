/* The functions of soar-http.
 *
 * A status is an answer, not a failure: a pack sees it as result.status and judges it by `outcomes`; what it
 * doesn't judge, the engine does by the table of statuses (packs.md, Functions). Who logs in, and how, is the
 * service's `auth` and no business of a function. */
#include "connectors/table/table_list.h"

#define ANSWER                                                                                               \
    "status, headers {name in lower case: text}, text, body (JSON or XML as a tree, else null), cut"
#define EXPECT "result.status >= 200 && result.status < 300"

#define PLACE                                                                                                \
    {.name = "path",                                                                                         \
     .sink = SINK_PATH,                                                                                      \
     .type = "text",                                                                                         \
     .required = true,                                                                                       \
     .about = "begins with /, stands behind the service's url"},                                             \
    {                                                                                                        \
        .name = "query", .sink = SINK_QUERY, .type = "map", .about = "name → value, behind the path"       \
    }
#define HEADERS                                                                                              \
    {                                                                                                        \
        .name = "headers", .sink = SINK_HEADER, .type = "map", .about = "name → value; never the log-in"   \
    }
#define BODY                                                                                                 \
    {.name = "json", .sink = SINK_JSON, .type = "any", .about = "the body, as application/json"},            \
        {.name = "form",                                                                                     \
         .sink = SINK_FORM,                                                                                  \
         .type = "map",                                                                                      \
         .about = "the body, as application/x-www-form-urlencoded"},                                         \
    {                                                                                                        \
        .name = "xml", .sink = SINK_XML, .type = "text", .about = "the body, as application/xml"             \
    }

static const struct function_param read_params[] = {
    {.name = "method",
     .sink = SINK_CONSTANT,
     .type = "enum [GET, POST]",
     .about = "POST for those who let one ask only so (default: GET)"},
    PLACE,
    HEADERS,
    BODY,
    {0}};

static const struct function_param send_params[] = {{.name = "method",
                                                     .sink = SINK_CONSTANT,
                                                     .type = "enum [POST, PUT, PATCH, DELETE]",
                                                     .required = true,
                                                     .about = "how it is sent"},
                                                    PLACE,
                                                    HEADERS,
                                                    BODY,
                                                    {0}};

static const struct function functions[] = {{.name = "http.read",
                                             .class = FUNCTION_READ,
                                             .params = read_params,
                                             .expect = EXPECT,
                                             .answer = ANSWER,
                                             .about = "ask the service; changes nothing there"},
                                            {.name = "http.send",
                                             .class = FUNCTION_WRITE,
                                             .params = send_params,
                                             .expect = EXPECT,
                                             .answer = ANSWER,
                                             .about = "have the service do something"},
                                            {0}};

const struct connector connector_http = {
    .name = "http",
    .program = "soar-http",
    .about = "a service's API over HTTPS, as its entry in the inventory logs in",
    .shared = true,
    .functions = functions,
};
