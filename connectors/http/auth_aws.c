/* aws: each request signed by Signature Version 4. fields: access_key, region, service; secrets: secret, and
 * session where the key is a temporary one.
 *
 * All headers that are there are signed, but for those that a proxy may change on the way. A signature is
 * good for some minutes: where the clocks differ by more, the service's Date says by how much. */
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "connectors/http/auth.h"
#include "connectors/http/aws_sign.h"
#include "engine/base/text.h"

static int check(const struct value *fields, struct soar_err *err)
{
    static const char *const names[] = {"access_key", "region", "service"};
    const char *text;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (auth_field(fields, names[i], &text, err))
            return -1;
        if (!text_is_word(text, strlen(text)) || strchr(text, '/'))
            return soar_err_set(err, SOAR_INVALID, "`%s` is of letters, digits and '-'", names[i]);
    }
    return 0;
}

/* What changes on the way, and what an earlier signature of this request left. */
static bool is_signed(const char *name)
{
    static const char *const not_signed[] = {"authorization",
                                             "x-amz-date",
                                             "x-amz-content-sha256",
                                             "x-amz-security-token",
                                             "host",
                                             "user-agent",
                                             "accept-encoding",
                                             "connection",
                                             "content-length",
                                             "expect",
                                             "te",
                                             "trailer",
                                             "transfer-encoding",
                                             "upgrade",
                                             "x-amzn-trace-id"};

    for (size_t i = 0; i < sizeof not_signed / sizeof *not_signed; i++)
        if (text_same_fold(name, not_signed[i]))
            return false;
    return true;
}

static int add_signature(struct http_request *request, const struct aws_key *key, struct soar_err *err)
{
    struct aws_header headers[AWS_HEADERS_MAX] = {{"host", request->host}};
    struct aws_signed made;
    struct aws_request to_sign = {.method = request->method,
                                  .path = *request->path ? request->path : "/",
                                  .query = request->query,
                                  .header_count = 1,
                                  .headers = headers,
                                  .body = request->body ? request->body : "",
                                  .body_len = request->body_len};

    for (size_t i = 0; i < request->header_count && to_sign.header_count < AWS_HEADERS_MAX; i++)
        if (is_signed(request->headers[i].name))
            headers[to_sign.header_count++] =
                (struct aws_header){request->headers[i].name, request->headers[i].value};
    if (aws_sign(request->arena, key, &to_sign, request->wall_ms / 1000, &made))
        return soar_err_set(err, SOAR_INVALID, "more headers than can be signed");
    for (size_t i = 0; i < made.header_count; i++)
        if (http_request_header(request, made.headers[i].name, made.headers[i].value, err))
            return -1;
    return 0;
}

static int act(const struct value *fields, const struct value *secrets, const char *token,
               struct http_request *request, struct soar_err *err)
{
    (void)token;
    struct aws_key key = {.access_key = value_get_string(fields, "access_key", ""),
                          .region = value_get_string(fields, "region", ""),
                          .service = value_get_string(fields, "service", "")};

    if (auth_secret(secrets, "secret", &key.secret, err) ||
        (value_get(secrets, "session") && auth_secret(secrets, "session", &key.session, err)))
        return -1;
    return add_signature(request, &key, err);
}

enum { OFF_S_MIN = 60, OFF_S_MAX = 24 * 3600 }; /* less is not why; more is nobody's clock */

/* IAM, STS and others say the first two in words, EC2 and S3 have codes of their own. */
static int64_t off(const struct http_answer *answer, int64_t wall_ms)
{
    static const char *const words[] = {"Signature expired", "Signature not yet current", "RequestExpired",
                                        "RequestTimeTooSkewed", "RequestInTheFuture"};
    const char *date = value_get_string(&answer->headers, "date", "");
    bool timed = false;

    if (answer->status != 400 && answer->status != 403)
        return 0;
    for (size_t i = 0; !timed && i < sizeof words / sizeof *words; i++)
        timed = strstr(answer->text.text, words[i]) != NULL;
    int64_t at_s = timed && strlen(date) <= 40 ? (int64_t)curl_getdate(date, NULL) : -1;
    int64_t off_s = at_s < 0 ? 0 : at_s - wall_ms / 1000;

    return llabs(off_s) < OFF_S_MIN || llabs(off_s) > OFF_S_MAX ? 0 : off_s * 1000;
}

const struct auth_kind auth_aws = {.name = "aws", .check = check, .off = off, .act = act};
