/* soard's end of the front. It starts none yet: with `listen:` in the configuration soard says so and serves
 * nothing. */
#include "soard/front_link.h"

#include <stdlib.h>

#include "engine/base/log.h"
#include "soard/daemon.h"

struct front_link {
    bool wanted;
};

int front_open(struct daemon *daemon, struct soar_err *err)
{
    (void)err;
    daemon->front = calloc(1, sizeof *daemon->front);
    if (!daemon->front)
        abort();
    daemon->front->wanted = daemon->now->site->listen != NULL;
    if (daemon->front->wanted)
        log_warning("listen: webhooks are not served by this version");
    return 0;
}

int front_reload(struct daemon *daemon, struct soar_err *err)
{
    (void)daemon;
    (void)err;
    return 0;
}

void front_drain(struct front_link *link)
{
    (void)link;
}

void front_close(struct daemon *daemon)
{
    free(daemon->front);
    daemon->front = NULL;
}

void front_answer(struct front_link *link, uint64_t id, int status, const char *content, const char *body,
                  size_t len)
{
    front_answer_with(link, id, status, 0, NULL, content, body, len);
}

void front_answer_with(struct front_link *link, uint64_t id, int status, int retry_after_s, const char *allow,
                       const char *content, const char *body, size_t len)
{
    (void)link;
    (void)id;
    (void)status;
    (void)retry_after_s;
    (void)allow;
    (void)content;
    (void)body;
    (void)len;
}

void front_problem(struct front_link *link, uint64_t id, int status, const char *detail)
{
    front_answer(link, id, status, "application/problem+json", detail, 0);
}

void front_state(struct daemon *daemon)
{
    (void)daemon;
}

void front_status(const struct front_link *link, struct front_status *ret_status)
{
    *ret_status = (struct front_status){.wanted = link && link->wanted, .address = "", .failure = ""};
}
