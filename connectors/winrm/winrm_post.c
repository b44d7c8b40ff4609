/* One envelope there, one back, over HTTPS that is verified. The connection is kept: NTLM and Kerberos log in
 * a connection, not a request. A 401 in between only means that it wants to hear it again.
 *
 * libcurl is told what it may not do: no other protocol, no redirect, no proxy, no file of the user's, no
 * log-in but the one that the inventory says. It connects to the peer's address, and asks the certificate for
 * the peer's name. */
#include <string.h>
#include <strings.h>

#include "connectors/winrm/winrm_negotiate.h"

enum {
    ANSWER_BYTES_MAX = 4 * WINRM_ENVELOPE_BYTES,
    TOKEN_BYTES_MAX = 96 * 1024, /* a ticket of somebody in a thousand groups has 48 KiB */
    CONNECT_MS = 10000,
    ROUNDS_MAX = 4, /* NTLM needs two */
};

static size_t take(char *bytes, size_t one, size_t count, void *arg)
{
    struct buf *text = arg;
    buf_add(text, bytes, one * count);
    return text->failed ? 0 : one * count;
}

static size_t drop(char *bytes, size_t one, size_t count, void *arg)
{
    (void)bytes;
    (void)arg;
    return one * count;
}

/* HOST:PORT:ADDRESS:PORT: who is asked for, and where he is. */
static struct curl_slist *connect_to(const struct winrm_peer *peer)
{
    BUF_SCOPED text;
    bool host = strchr(peer->host, ':') != NULL, address = strchr(peer->address, ':') != NULL;
    buf_init(&text, 0);
    buf_printf(&text, "%s%s%s:%s:%s%s%s:%s", host ? "[" : "", peer->host, host ? "]" : "", peer->port,
               address ? "[" : "", peer->address, address ? "]" : "", peer->port);
    return curl_slist_append(NULL, buf_string(&text));
}

/* libcurl sends a request once more, unasked, when a connection that it kept dies before the answer: what we
 * send may have happened by then. */
static int once_only(void *arg, char *to, char *from, int to_port, int from_port)
{
    bool *sent = arg;
    bool again = *sent;
    (void)to, (void)from, (void)to_port, (void)from_port;
    *sent = true;
    return again ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

static CURL *handle(const struct winrm_peer *peer, struct curl_slist *to, char *says)
{
    CURL *curl = curl_easy_init();
    if (curl == NULL)
        return NULL;
    curl_easy_setopt(curl, CURLOPT_URL, peer->url);
    curl_easy_setopt(curl, CURLOPT_CONNECT_TO, to);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1); /* NTLM needs its connection */
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (peer->ca) {
        struct curl_blob blob = {(void *)(uintptr_t)peer->ca, strlen(peer->ca), CURL_BLOB_NOCOPY};
        curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &blob);
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, says);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "soar");
    return curl;
}

/* The token that the other side gave with its answer, if any. */
static size_t take_header(char *bytes, size_t one, size_t count, void *arg)
{
    static const char name[] = "WWW-Authenticate: Negotiate ";
    struct buf *token = arg;
    size_t len = one * count, head = sizeof name - 1;
    if (len > head && strncasecmp(bytes, name, head) == 0) {
        buf_clear(token);
        while (len > head && strchr("\r\n\t ", bytes[len - 1]))
            len--;
        buf_add(token, bytes + head, len - head);
    }
    return one * count;
}

static int open_handle(struct winrm *winrm, const struct value *secrets, struct soar_err *err)
{
    static struct curl_slist *to; /* as long as the peer: to the end */
    const struct winrm_peer *peer = &winrm->peer;
    if (to == NULL)
        to = connect_to(peer);
    winrm->curl = handle(peer, to, winrm->curl_says);
    if (winrm->curl == NULL)
        return soar_err_set(err, SOAR_TRANSIENT, "libcurl could not be started");
    if (peer->login == WINRM_BASIC) {
        curl_easy_setopt(winrm->curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        curl_easy_setopt(winrm->curl, CURLOPT_USERNAME, peer->user);
        curl_easy_setopt(winrm->curl, CURLOPT_PASSWORD, value_get_string(secrets, "password", ""));
    }
    return 0;
}

void winrm_close(struct winrm *winrm)
{
    if (winrm->curl)
        curl_easy_cleanup(winrm->curl);
    winrm->curl = NULL;
}

static int failed(const struct winrm *winrm, CURLcode code, const struct buf *text, struct soar_err *err)
{
    bool wrong_one = code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
                     code == CURLE_SSL_ISSUER_ERROR;
    if (code == CURLE_ABORTED_BY_CALLBACK)
        return soar_err_set(err, SOAR_TRANSIENT, "the connection was cut before it answered");
    if (text->failed)
        return soar_err_set(err, SOAR_TRANSIENT, "its answer is larger than %d bytes", ANSWER_BYTES_MAX);
    return soar_err_set(err, wrong_one ? SOAR_DENIED : SOAR_TRANSIENT, "%s",
                        winrm->curl_says[0] ? winrm->curl_says : curl_easy_strerror(code));
}

static int refused(const struct winrm *winrm, long status, struct soar_err *err)
{
    if (status == 401 || status == 403)
        return soar_err_set(
            err, SOAR_DENIED,
            "the log-in as %s was refused (HTTP %ld): a wrong password, no rights, or a way to "
            "log in that it doesn't take",
            winrm->peer.user, status);
    return soar_err_set(err, status == 503 ? SOAR_TRANSIENT : SOAR_PERMANENT,
                        "it answered HTTP %ld: is this WinRM, at /wsman?", status);
}

struct turn {
    const struct buf *envelope;
    struct buf *text;
    struct buf token; /* ours, then theirs */
    int64_t until_ms;
};

/* Once there and back. */
static int once(struct winrm *winrm, struct turn *turn, long *ret_status, struct soar_err *err)
{
    int64_t left = turn->until_ms - worker_now_ms();
    BUF_SCOPED ours;
    CURL *curl = winrm->curl;
    bool sent = false;
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/soap+xml;charset=UTF-8");
    headers = curl_slist_append(headers, "Expect:"); /* nobody waits for a 100 */
    buf_init(&ours, 0);
    if (turn->token.len) {
        buf_printf(&ours, "Authorization: Negotiate %s", buf_string(&turn->token));
        headers = curl_slist_append(headers, buf_string(&ours));
    }
    buf_clear(&turn->token);
    buf_clear(turn->text);
    winrm->curl_says[0] = '\0';
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(left < 1 ? 1 : left));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, buf_string(turn->envelope));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)turn->envelope->len);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, turn->text);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &turn->token);
    curl_easy_setopt(curl, CURLOPT_PREREQFUNCTION, once_only);
    curl_easy_setopt(curl, CURLOPT_PREREQDATA, &sent);
    CURLcode code = curl_easy_perform(curl);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, ret_status);
    return code == CURLE_OK ? 0 : failed(winrm, code, turn->text, err);
}

/* A request that is answered 401 had no effect, so it goes again with the next token, on the same
 * connection. */
static int negotiate(struct winrm *winrm, struct turn *turn, const struct value *secrets, long *ret_status,
                     struct soar_err *err)
{
    struct negotiation *it = negotiation_new(&winrm->peer, secrets, err);
    BUF_SCOPED said;
    int rc = it ? 0 : -1;
    buf_init(&said, 0);
    for (int round = 0; rc == 0 && *ret_status == 401 && round < ROUNDS_MAX; round++) {
        buf_clear(&said);
        buf_add(&said, buf_string(&turn->token), turn->token.len);
        buf_clear(&turn->token);
        if (round > 0 && said.len == 0)
            break; /* it says no, and nothing more */
        rc = negotiation_step(it, round > 0 ? buf_string(&said) : NULL, &turn->token, err);
        rc = rc ? rc : once(winrm, turn, ret_status, err);
    }
    if (rc == 0 && *ret_status != 401 && !negotiation_is_done(it)) { /* its proof comes with the answer */
        buf_clear(&said);
        buf_add(&said, buf_string(&turn->token), turn->token.len);
        buf_clear(&turn->token);
        rc = said.len ? negotiation_step(it, buf_string(&said), &turn->token, err)
                      : soar_err_set(err, SOAR_DENIED, "it did not prove who it is");
    }
    negotiation_free(it);
    return rc;
}

int winrm_post(struct winrm *winrm, const struct buf *envelope, const struct value *secrets, int64_t until_ms,
               struct buf *ret_text, long *ret_status, struct soar_err *err)
{
    struct turn turn = {.envelope = envelope, .text = ret_text, .until_ms = until_ms};
    if (winrm->curl == NULL && open_handle(winrm, secrets, err))
        return -1;
    buf_init(ret_text, ANSWER_BYTES_MAX);
    buf_init(&turn.token, TOKEN_BYTES_MAX);
    int rc = once(winrm, &turn, ret_status, err);
    if (rc == 0 && *ret_status == 401 && winrm->peer.login != WINRM_BASIC)
        rc = negotiate(winrm, &turn, secrets, ret_status, err);
    buf_done(&turn.token);
    if (rc)
        return -1;
    return *ret_status == 200 || *ret_status == 500 ? 0 : refused(winrm, *ret_status, err);
}

int winrm_reach(const struct winrm_peer *peer, int64_t deadline_ms, struct buf *ret_greeting,
                struct soar_err *err)
{
    char says[CURL_ERROR_SIZE] = "";
    long status = 0;
    int64_t left = deadline_ms - worker_now_ms();
    struct curl_slist *to = connect_to(peer);
    CURL *curl = handle(peer, to, says);
    CURLcode code = CURLE_FAILED_INIT;
    if (curl && left > 0) {
        curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)left);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "");
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop);
        code = curl_easy_perform(curl);
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    }
    curl_easy_cleanup(curl);
    curl_slist_free_all(to);
    if (code != CURLE_OK)
        return soar_err_set(err, code == CURLE_PEER_FAILED_VERIFICATION ? SOAR_DENIED : SOAR_TRANSIENT, "%s",
                            says[0] ? says : curl_easy_strerror(code));
    buf_printf(ret_greeting, "HTTP %ld", status);
    return 0;
}
