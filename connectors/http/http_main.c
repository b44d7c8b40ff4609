/* soar-http: the worker that speaks with one service over HTTPS.
 *
 * It carries several calls at once, so it has a loop of its own (http_multi.c). What the library frees is
 * overwritten: its copies of headers and bodies hold log-ins. */
#include <curl/curl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connectors/http/http_service.h"
#include "connectors/table/table_list.h"
#include "connectors/worker/harden.h"

static void free_wiped(void *memory)
{
    if (memory)
        explicit_bzero(memory, malloc_usable_size(memory));
    free(memory);
}

static void *grow_wiped(void *memory, size_t size)
{
    size_t had = memory ? malloc_usable_size(memory) : 0;
    void *larger = malloc(size);
    if (larger == NULL)
        return NULL;
    if (had)
        memcpy(larger, memory, had < size ? had : size);
    free_wiped(memory);
    return larger;
}

static int start(struct http_service *service, struct soar_err *err)
{
    if (worker_harden(err))
        return -1;
    mallopt(M_ARENA_MAX, 1); /* a thread that resolves a name would reserve 64 MiB of its own */
    if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, free_wiped, grow_wiped, strdup, calloc) != CURLE_OK)
        return soar_err_set(err, SOAR_PERMANENT, "cannot start libcurl");
    service->multi = curl_multi_init();
    if (service->multi == NULL)
        abort();
    curl_multi_setopt(service->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)HTTP_CALLS * 2);
    /* One call at a time on a connection. Sharing one, libcurl 7.88 has given calls each other's answers
     * where some connections to a host speak HTTP/2 and others don't, and a server that ends one leaves all
     * of them in doubt. */
    curl_multi_setopt(service->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    return 0;
}

static int bind_peer(void *state, const struct value *peer, struct soar_err *err)
{
    struct http_service *service = state;
    CURLM *multi = service->multi;
    int rc = http_peer_parse(service->arena, peer, service, err);
    service->multi = multi;
    return rc ? soar_err_wrap(err, "%s", value_get_string(peer, "name", "http")) : 0;
}

static void drop(void *state, uint64_t number)
{
    http_exchange_drop(state, number);
}

int main(void)
{
    struct http_service service = {.arena = arena_new()};
    struct worker_program program = {.connector = &connector_http,
                                     .calls = HTTP_CALLS,
                                     .bind = bind_peer,
                                     .drop = drop,
                                     .state = &service};
    struct soar_err err = {0};
    int rc = start(&service, &err);
    if (rc == 0)
        rc = http_multi_run(&service, &program, &err);
    http_token_drop(&service);
    if (service.multi)
        curl_multi_cleanup(service.multi);
    arena_free(service.arena);
    curl_global_cleanup();
    if (rc)
        fprintf(stderr, "%s: %s\n", connector_http.program, err.text);
    return rc != 0;
}
