/* The loop: the engine's lines and the library's sockets, until the engine ends its side.
 *
 * The engine never has more calls out than the hello says; what it writes while all are out drops one. */
#include <curl/curl.h>
#include <stdlib.h>
#include <unistd.h>

#include "connectors/http/http_service.h"

enum { WAIT_MS_MAX = 60000 };

static size_t under_way(const struct http_service *service)
{
    size_t count = 0;
    for (const struct http_exchange *e = service->exchanges; e; e = e->next)
        count++;
    return count;
}

/* While all are out a line is read as well: it may drop one of them. Should it be a call, that one waits. */
static void take_calls(struct http_service *service, struct worker *worker, bool *end, struct soar_err *err)
{
    for (;;) {
        bool full = under_way(service) == HTTP_CALLS;
        if (full && service->held)
            return;
        struct worker_call *call = service->held;
        service->held = NULL;
        if (call == NULL && !*end)
            call = worker_receive(worker, false, end, err);
        if (call == NULL)
            return;
        if (full)
            service->held = call;
        else
            http_exchange_begin(service, call);
    }
}

static void take_ends(struct http_service *service)
{
    int left;
    for (CURLMsg *message; (message = curl_multi_info_read(service->multi, &left)) != NULL;) {
        CURLcode code = message->data.result;
        if (message->msg == CURLMSG_DONE)
            http_exchange_done(http_transfer_owner(message->easy_handle), code);
    }
}

static int wait_ms(const struct http_service *service)
{
    int64_t left = http_exchange_next_ms(service);
    if (left != INT64_MAX)
        left -= worker_now_ms();
    return left < 0 ? 0 : left > WAIT_MS_MAX ? WAIT_MS_MAX : (int)left;
}

int http_multi_run(struct http_service *service, const struct worker_program *program, struct soar_err *err)
{
    struct worker *worker = worker_open(program, err);
    bool end = worker == NULL;
    int running = 0;
    for (;;) {
        /* last before waiting: a line that was read along with others makes no descriptor readable */
        take_calls(service, worker, &end, err);
        if (end && service->exchanges == NULL)
            break;
        bool room = !end && service->held == NULL;
        struct curl_waitfd input = {.fd = STDIN_FILENO, .events = CURL_WAIT_POLLIN};
        curl_multi_poll(service->multi, &input, room, wait_ms(service), NULL);
        curl_multi_perform(service->multi, &running);
        take_ends(service);
        http_exchange_wake(service);
    }
    worker_close(worker);
    return err->class == SOAR_DONE ? 0 : -1;
}
