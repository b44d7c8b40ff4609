/* The API's requests, from a route to its answer. Nothing but the front's documents is served yet, and every
 * route says so. */
#include "soard/api.h"

#include "soard/daemon.h"
#include "soard/front_link.h"

void api_handle(struct daemon *daemon, const struct api_request *request)
{
    front_problem(daemon->front, request->id, 404, "There is no such resource.");
}

void api_close(struct daemon *daemon)
{
    (void)daemon;
}
