/* One request on its way through the library: what is allowed, when it went out, how it ended.
 *
 * The library is told nothing but what stands here: no proxy, no netrc, no cookie, no redirect, no second
 * sending of a write. It reads no environment that would change that (a worker's is empty anyway). */
#include <stdlib.h>
#include <string.h>

#include "connectors/http/http_service.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"

enum { IDLE_S_MAX = 30 /* of a connection that is used again: many servers close at 60 */ };

/* The connection is there, TLS and all; the next byte is the request's. */
static int on_going(void *state, char *to, char *from, int to_port, int from_port)
{
    struct http_transfer *transfer = state;
    (void)to, (void)from, (void)to_port, (void)from_port;
    if (transfer->went_out && transfer->once)
        return CURL_PREREQFUNC_ABORT; /* the library would try again on a new connection */
    if (transfer->sending)
        worker_sending(transfer->sending);
    transfer->went_out = true;
    return CURL_PREREQFUNC_OK;
}

static size_t on_head(char *bytes, size_t size, size_t count, void *state)
{
    struct http_transfer *transfer = state;
    size_t len = size * count;
    transfer->head_bytes += len;
    if (transfer->head_bytes > HTTP_HEAD_BYTES_MAX) {
        transfer->stopped = "its headers have more than 32 KiB";
        return 0;
    }
    bool begins = len > 5 && memcmp(bytes, "HTTP/", 5) == 0, ends = len <= 2 && bytes[len - 1] == '\n';
    transfer->head_ended = ends || (transfer->head_ended && !begins); /* trailers come behind the end */
    if (begins)
        buf_clear(&transfer->head); /* what came before was a 1xx */
    else
        buf_add(&transfer->head, bytes, len);
    return len;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *state)
{
    struct http_transfer *transfer = state;
    size_t len = size * count, room = LIMIT_ANSWER_BYTES - transfer->body.len;
    curl_off_t whole = -1;
    buf_add(&transfer->body, bytes, len < room ? len : room);
    transfer->seen += len;
    if (transfer->seen <= LIMIT_ANSWER_BYTES)
        return len;
    curl_easy_getinfo(transfer->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &whole);
    if (whole > HTTP_DRAIN_BYTES_MAX || transfer->seen > HTTP_DRAIN_BYTES_MAX) {
        if (whole > 0 && (uint64_t)whole > transfer->seen)
            transfer->seen = (uint64_t)whole;
        transfer->enough = true;
        return 0;
    }
    return len;
}

static void set(struct http_transfer *transfer, CURLcode code)
{
    if (code != CURLE_OK && transfer->stopped == NULL)
        transfer->stopped = curl_easy_strerror(code);
}

static struct curl_blob blob(const char *text, size_t len)
{
    return (struct curl_blob){.data = (void *)(uintptr_t)text, .len = len, .flags = CURL_BLOB_COPY};
}

static void set_tls(struct http_transfer *transfer, const struct http_service *service,
                    const struct http_request *request)
{
    CURL *easy = transfer->easy;
    set(transfer, curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2));
    set(transfer, curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L));
    set(transfer, curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L));
    if (service->ca) {
        struct curl_blob ca = blob(service->ca, service->ca_len);
        set(transfer, curl_easy_setopt(easy, CURLOPT_CAINFO, NULL));
        set(transfer, curl_easy_setopt(easy, CURLOPT_CAPATH, NULL));
        set(transfer, curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &ca));
    }
    if (request->certificate && request->key) {
        struct curl_blob certificate = blob(request->certificate, strlen(request->certificate)),
                         key = blob(request->key, strlen(request->key));
        set(transfer, curl_easy_setopt(easy, CURLOPT_SSLCERTTYPE, "PEM"));
        set(transfer, curl_easy_setopt(easy, CURLOPT_SSLKEYTYPE, "PEM"));
        set(transfer, curl_easy_setopt(easy, CURLOPT_SSLCERT_BLOB, &certificate));
        set(transfer, curl_easy_setopt(easy, CURLOPT_SSLKEY_BLOB, &key));
    }
}

static void add_line(struct http_transfer *transfer, const char *line)
{
    struct curl_slist *longer = curl_slist_append(transfer->headers, line);
    if (longer == NULL)
        abort();
    transfer->headers = longer;
}

/* An empty value is written "Name;", and "Name:" takes away one that the library would add. */
static void set_headers(struct http_transfer *transfer, const struct http_request *request)
{
    for (size_t i = 0; i < request->header_count; i++) {
        const struct http_header *h = &request->headers[i];
        add_line(transfer, *h->value ? arena_printf(request->arena, "%s: %s", h->name, h->value)
                                     : arena_printf(request->arena, "%s;", h->name));
    }
    if (http_request_get_header(request, "content-type") == NULL)
        add_line(transfer, "Content-Type:");
    if (http_request_get_header(request, "user-agent") == NULL)
        add_line(transfer, "User-Agent: soar/" SOAR_VERSION);
    add_line(transfer, "Expect:");
    set(transfer, curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->headers));
}

/* A POST, PUT or PATCH without a body says so (content-length: 0); a GET or DELETE says nothing. */
static void set_what(struct http_transfer *transfer, const struct http_request *request)
{
    CURL *easy = transfer->easy;
    bool bare = !strcmp(request->method, "GET") || !strcmp(request->method, "DELETE");
    bool query = *request->query != '\0';
    const char *path = *request->path ? request->path : "/";
    set(transfer, curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L));
    set(transfer, curl_easy_setopt(easy, CURLOPT_URL,
                                   arena_printf(request->arena, "%s%s%s%s", request->origin, path,
                                                query ? "?" : "", request->query)));
    if (request->body || !bare) {
        set(transfer, curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len));
        set(transfer, curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request->body ? request->body : ""));
    } else {
        set(transfer, curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L));
    }
    set(transfer, curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method));
    set_headers(transfer, request);
}

static void set_how(struct http_transfer *transfer, const struct http_request *request, int64_t left_ms)
{
    CURL *easy = transfer->easy;
    bool plain = !strncmp(request->origin, "http://", 7);
    set(transfer, curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, plain ? "http" : "https"));
    set(transfer, curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS));
    set(transfer, curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L));
    set(transfer, curl_easy_setopt(easy, CURLOPT_PROXY, ""));
    set(transfer, curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED));
    set(transfer, curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L));
    set(transfer, curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L));
    set(transfer,
        curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L)); /* a name that resolves slowly keeps nobody */
    set(transfer, curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)left_ms));
    set(transfer, curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)left_ms));
    set(transfer, curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)IDLE_S_MAX));
    set(transfer, curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->words));
    set(transfer, curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_going));
    set(transfer, curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer));
    set(transfer, curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head));
    set(transfer, curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer));
    set(transfer, curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body));
    set(transfer, curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer));
}

int http_transfer_begin(struct http_transfer *transfer, struct http_service *service,
                        const struct http_request *request, int64_t left_ms, struct worker_call *sending,
                        bool once, void *owner, struct soar_err *err)
{
    if (left_ms <= 0)
        return soar_err_set(err, SOAR_TRANSIENT, "timed out before it was sent");
    *transfer = (struct http_transfer){.easy = curl_easy_init(), .sending = sending, .once = once};
    if (transfer->easy == NULL)
        abort();
    buf_init(&transfer->head, HTTP_HEAD_BYTES_MAX);
    buf_init(&transfer->body, LIMIT_ANSWER_BYTES);
    set(transfer, curl_easy_setopt(transfer->easy, CURLOPT_PRIVATE, owner));
    set_how(transfer, request, left_ms);
    set_tls(transfer, service, request);
    set_what(transfer, request);
    if (transfer->stopped == NULL && curl_multi_add_handle(service->multi, transfer->easy) == CURLM_OK)
        return 0;
    soar_err_set(err, SOAR_PERMANENT, "the library refuses its settings: %s",
                 transfer->stopped ? transfer->stopped : "too many transfers");
    http_transfer_end(transfer, NULL);
    return -1;
}

struct http_exchange *http_transfer_owner(CURL *easy)
{
    char *owner = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &owner);
    return (struct http_exchange *)(void *)owner;
}

void http_transfer_end(struct http_transfer *transfer, CURLM *multi)
{
    if (transfer->easy == NULL)
        return;
    if (multi)
        curl_multi_remove_handle(multi, transfer->easy);
    curl_easy_cleanup(transfer->easy);
    curl_slist_free_all(transfer->headers);
    if (transfer->body.len > 0) /* it may have been a token's */
        explicit_bzero(transfer->body.data, transfer->body.len);
    buf_done(&transfer->body);
    buf_done(&transfer->head);
    transfer->easy = NULL;
    transfer->headers = NULL;
}
