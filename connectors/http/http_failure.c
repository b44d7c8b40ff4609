/* How a transfer ended that brought no answer: which class it is, and what a person reads.
 *
 * The class hangs on one thing: whether the request went out. A certificate that doesn't hold is PERMANENT:
 * no later try mends it. */
#include <string.h>

#include "connectors/http/http_service.h"
#include "engine/base/text.h"

/* The library's words, visible, without the line's end that some have. */
static const char *words(const struct http_transfer *transfer, CURLcode code, struct arena *arena)
{
    BUF_SCOPED out;
    buf_init(&out, 0);
    const char *said = transfer->words[0] ? transfer->words : curl_easy_strerror(code);
    size_t len = strcspn(said, "\r\n");
    text_visible(&out, said, len);
    return arena_string(arena, buf_string(&out));
}

/* A client's certificate is judged after TLS 1.3's handshake, by an alert instead of an answer: whoever sends
 * it has not looked at the request. */
static bool refused_ours(const char *said)
{
    return strstr(said, "alert") &&
           (strstr(said, "certificate") || strstr(said, "unknown ca") || strstr(said, "access denied"));
}

static int before(const struct http_service *service, const struct http_request *request, CURLcode code,
                  const char *said, struct soar_err *err)
{
    const char *host = request->host;
    if (code == CURLE_PEER_FAILED_VERIFICATION)
        return soar_err_set(
            err, SOAR_PERMANENT,
            "the certificate of %s is refused: it must be signed by %s, name %s, and be valid now (%s)", host,
            service->ca ? "an authority in the service's `ca`"
                        : "an authority this machine trusts, or one that the service's `ca` names",
            host, said);
    if (code == CURLE_SSL_CACERT_BADFILE)
        return soar_err_set(err, SOAR_INVALID, "the service's `ca` can't be read as certificates");
    if (code == CURLE_SSL_CERTPROBLEM)
        return soar_err_set(err, SOAR_INVALID, "auth: mtls: `certificate` and `mtls_key` can't be used: %s",
                            said);
    if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
        return soar_err_set(err, SOAR_INVALID, "the library takes no such url");
    if (code == CURLE_COULDNT_RESOLVE_HOST)
        return soar_err_set(err, SOAR_TRANSIENT, "cannot resolve %s", host);
    if (code == CURLE_OPERATION_TIMEDOUT)
        return soar_err_set(err, SOAR_TRANSIENT, "connect to %s: timed out", host);
    if (refused_ours(said))
        return soar_err_set(err, SOAR_DENIED, "%s refuses our certificate: %s", host, said);
    if (code == CURLE_SSL_CONNECT_ERROR && strstr(said, "wrong version number"))
        return soar_err_set(err, SOAR_TRANSIENT, "%s does not speak TLS: is the port right? (%s)", host,
                            said);
    if (code == CURLE_SSL_CONNECT_ERROR)
        return soar_err_set(err, SOAR_TRANSIENT, "TLS with %s: %s", host, said);
    return soar_err_set(err, SOAR_TRANSIENT, "connect to %s: %s", host, said);
}

static int after(const struct http_transfer *transfer, const struct http_request *request, CURLcode code,
                 const char *said, struct soar_err *err)
{
    enum soar_class class = transfer->once ? SOAR_UNKNOWN : SOAR_TRANSIENT;
    const char *host = request->host;
    if (transfer->stopped)
        return soar_err_set(err, class, "the answer of %s was not read: %s", host, transfer->stopped);
    if (refused_ours(said))
        return soar_err_set(err, SOAR_DENIED, "%s refuses our certificate: %s", host, said);
    if (code == CURLE_OPERATION_TIMEDOUT)
        return soar_err_set(err, class, "%s did not answer in time", host);
    if (code == CURLE_ABORTED_BY_CALLBACK)
        return soar_err_set(err, class, "%s closed the connection before it answered", host);
    return soar_err_set(err, class, "no whole answer of %s: %s", host, said);
}

/* A body without a length ends with its connection, however that ended: the library doesn't insist on TLS's
 * own end. If it says that it is a tree and is none, it was cut. */
static bool was_cut(CURL *easy, const struct http_answer *answer)
{
    long version = 0;
    curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
    const char *type = value_get_string(&answer->headers, "content-type", "");
    return (version == CURL_HTTP_VERSION_1_0 || version == CURL_HTTP_VERSION_1_1) && answer->cut == 0 &&
           answer->body.kind == VALUE_NULL && answer->text.len > 0 &&
           (strstr(type, "json") || strstr(type, "xml")) &&
           value_get(&answer->headers, "content-length") == NULL &&
           value_get(&answer->headers, "transfer-encoding") == NULL;
}

int http_transfer_result(struct http_transfer *transfer, const struct http_request *request,
                         const struct http_service *service, CURLcode code, struct arena *arena,
                         struct http_answer *ret_answer, struct soar_err *err)
{
    long status = 0;
    const char *said = words(transfer, code, arena);
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    bool whole = code == CURLE_OK || transfer->enough;
    if (!whole && !transfer->went_out)
        return before(service, request, code, said, err);
    if (!whole)
        return after(transfer, request, code, said, err);
    if (status < 200 || status > 599)
        transfer->stopped = "its status is none";
    else if (!transfer->head_ended) /* the library takes headers that were cut for whole ones */
        transfer->stopped = "it was cut off within the headers";
    if (transfer->stopped)
        return after(transfer, request, code, said, err);
    struct http_answer answer = http_answer_make(arena, status, &transfer->head, &transfer->body,
                                                 transfer->seen - transfer->body.len);
    if (was_cut(transfer->easy, &answer)) {
        transfer->stopped = "it was cut off within the body";
        return after(transfer, request, code, said, err);
    }
    *ret_answer = answer;
    return 0;
}
