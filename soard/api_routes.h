/* The API's routes in one table: from a method and a path to a verb and its request. What is answered to a
 * request and what the document at /api/v1/openapi.json says of it are both made of this table and the verbs'
 * own parameters. */
#ifndef SOARD_API_ROUTES_H
#define SOARD_API_ROUTES_H

#include "engine/verbs/verb.h"

#define API_BASE "/api/v1"

struct api_route {
    const char *method;
    const char *path;  /* under API_BASE, with {names} that are places of the verb: "/runs/{run}/stop" */
    const char *verb;  /* NULL: the document itself */
    const char *about; /* NULL: as the verb says */
    const struct verb_param *params; /* NULL: the verb's */
    const char *without; /* of the verb's parameters, what is not for the API: "dry-run no-wait" */
    const char *always;  /* a parameter that is set: "end"; NULL: none */
    const char *answer;  /* the schema of the answer (soard/api_schemas.c) */
    int status;          /* of an answer */
    int refused;         /* of a request that the verb can't do as things are */
};

extern const struct api_route api_routes[]; /* ends with a NULL method */

/* The route, and the text of each {name} into `places` (a map). NULL: no such resource, or *ret_allow has the
 * methods that it does have. */
const struct api_route *api_route_find(const char *method, const char *path, struct arena *arena,
                                       struct value_builder *places, const char **ret_allow);

const struct verb_param *api_params(const struct api_route *route);
bool api_offers(const struct api_route *route, const struct verb_param *param);
/* As the API calls a parameter: "dry_run", "hosts", "vars". */
const char *api_param_name(const struct verb_param *param, struct arena *arena);

/* The verb's request: what stands in the path, behind the '?', in the body. -1: *ret_status is 400 or
 * 422, and err says why. */
int api_request_value(const struct api_route *route, const char *query, const char *body, size_t len,
                      struct arena *arena, struct value_builder *ret_request, int *ret_status,
                      struct soar_err *err) __attribute__((warn_unused_result));

/* The OpenAPI document, from the table. */
struct value api_openapi(struct arena *arena);
/* The schemas of answers, as JSON. */
extern const char api_schemas[];

#endif
