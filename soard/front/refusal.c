/* The table of refusals and the document that tells one. The one thing to know: nothing here is built from
 * what was sent, so no answer reflects anything. */
#include "soard/front/refusal.h"

#include <string.h>

#include "engine/base/json.h"

static const struct {
    const char *name;
    int status;
    const char *detail;
} refusals[REFUSAL_COUNT] = {
    [REFUSAL_NONE] = {"none", 200, ""},
    [REFUSAL_SYNTAX] = {"syntax", 400, "this is no HTTP request that is understood here"},
    [REFUSAL_PATH] = {"path", 404, "nobody listens at this path"},
    [REFUSAL_METHOD] = {"method", 405, "this path takes other methods: see Allow"},
    [REFUSAL_NO_CREDENTIALS] =
        {"no_credentials", 401,
         "the request carries no credentials, or not in the form that is expected here"},
    [REFUSAL_CREDENTIALS] = {"credentials", 401, "the request's credentials are not the right ones"},
    [REFUSAL_TIME] = {"time", 401, "the signed time is too far from this server's clock"},
    [REFUSAL_NO_CERTIFICATE] = {"no_certificate", 401, "a client certificate is needed here"},
    [REFUSAL_CERTIFICATE] = {"certificate", 403, "the client certificate is not one of this path's"},
    [REFUSAL_TYPE] = {"type", 415, "Content-Type must be application/json or application/x-ndjson, in UTF-8"},
    [REFUSAL_ENCODING] = {"encoding", 415, "no Content-Encoding but identity is taken here"},
    [REFUSAL_NO_LENGTH] = {"no_length", 411, "the request has neither Content-Length nor chunks"},
    [REFUSAL_SIZE] = {"size", 413, "the body is longer than allowed here"},
    [REFUSAL_EMPTY] = {"empty", 400, "the body is empty"},
    [REFUSAL_BODY] = {"body", 400, "the body is no JSON"},
    [REFUSAL_SLOW_HEAD] = {"slow_head", 408, "the header did not come in time"},
    [REFUSAL_SLOW_BODY] = {"slow_body", 408, "the body did not come in time"},
    [REFUSAL_RATE] = {"rate", 429, "more requests than allowed: see Retry-After"},
    [REFUSAL_BUSY] = {"busy", 503, "too much is waiting to be written: see Retry-After"},
    [REFUSAL_CLOSED] = {"closed", 503, "nothing is taken in at the moment: see Retry-After"},
    [REFUSAL_NO_ANSWER] = {"no_answer", 503,
                           "no answer in time; send it again: a repetition starts nothing twice"},
    [REFUSAL_EVICTED] = {"evicted", 408, "the connection made room for another"},
    [REFUSAL_HANDSHAKE] = {"handshake", 408, "the TLS handshake failed"},
};

static const struct {
    int status;
    const char *reason;
} reasons[] = {
    {100, "Continue"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {207, "Multi-Status"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
};

const char *refusal_name(enum refusal refusal)
{
    return refusals[refusal].name;
}

int refusal_status(enum refusal refusal)
{
    return refusals[refusal].status;
}

const char *refusal_detail(enum refusal refusal)
{
    return refusals[refusal].detail;
}

const char *status_reason(int status)
{
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        if (reasons[i].status == status)
            return reasons[i].reason;
    }
    return "Status";
}

void problem_write(struct buf *out, int status, const char *detail)
{
    buf_printf(out,
               "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"detail\":", status_reason(status),
               status);
    json_quote(out, detail, strlen(detail));
    buf_text(out, "}\n");
}
