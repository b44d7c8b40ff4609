/* One call from its line to its answer: waits, asks for a token, sends, judges what came back.
 *
 * Always from the top: whenever an exchange may go on, go() looks at everything anew (token, turn, time
 * left), since each may have changed while it waited. Only go() sends. A write that went out is never sent
 * again but after a 401, a 429, or a log-in of the wrong time: with these a service says that it did nothing.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "connectors/http/http_retry.h"
#include "connectors/http/http_service.h"
#include "engine/base/text.h"
#include "engine/base/world.h"

enum {
    SEND_MS_MIN = 1000, /* left for the request itself, after waiting */
    REPEATS_MAX = 5
};

static int64_t wall_ms(void)
{
    const struct world *world = world_system();
    return world->wall_ms(world->arg);
}

static void unlink_exchange(struct http_exchange *exchange)
{
    struct http_exchange **at = &exchange->service->exchanges;
    while (*at != exchange)
        at = &(*at)->next;
    *at = exchange->next;
}

static void hide_request(struct http_exchange *exchange)
{
    struct arena *arena = exchange->call->arena;
    for (size_t i = 0; i < exchange->request.hidden_count; i++)
        http_hide(arena, &exchange->hidden, exchange->request.hidden[i]);
}

static void end(struct http_exchange *exchange, const struct value *result, struct soar_err *err)
{
    struct http_service *service = exchange->service;
    struct worker_call *call = exchange->call;
    http_transfer_end(&exchange->transfer, service->multi);
    if (service->asking == exchange)
        service->asking = NULL;
    unlink_exchange(exchange);
    if (err) {
        hide_request(exchange);
        struct value struck = http_strike(call->arena, &exchange->hidden, value_text(call->arena, err->text));
        struct soar_err told;
        soar_err_set(&told, err->class, "%s: %s", service->name, struck.text);
        worker_answer(call, result, &told);
    } else {
        worker_answer(call, result, NULL);
    }
    free(exchange);
}

/* {"retry_after_ms": N} beside a TRANSIENT. */
static struct value come_again(struct arena *arena, int64_t ms)
{
    struct value_builder map;
    value_build(&map, arena);
    value_put_text(&map, "retry_after_ms", value_int(ms));
    return value_end_map(&map);
}

static void end_too_soon(struct http_exchange *exchange, const char *why, int64_t wait_ms)
{
    struct soar_err err;
    BUF_SCOPED span;
    buf_init(&span, 0);
    text_duration(&span, wait_ms);
    struct value result = come_again(exchange->call->arena, wait_ms);
    soar_err_set(&err, SOAR_TRANSIENT, "%s; next in %s", why, buf_string(&span));
    end(exchange, &result, &err);
}

/* true: it waits, or has ended. */
static bool waits_turn(struct http_exchange *exchange, int64_t now)
{
    struct http_service *service = exchange->service;
    struct worker_call *call = exchange->call;
    int64_t latest = call->deadline_ms - SEND_MS_MIN, closed = service->closed_until_ms;
    if (closed > now && closed > latest) {
        end_too_soon(exchange, "the service has asked us to wait", closed - now);
        return true;
    }
    if (!exchange->turn) {
        int64_t at = http_rate_when(&service->rate, closed > now ? closed : now);
        if (at > now && at > latest) {
            end_too_soon(exchange,
                         arena_printf(call->arena, "the service's rate of %s is used up",
                                      http_rate_text(&service->rate, call->arena)),
                         at - now);
            return true;
        }
        http_rate_take(&service->rate, at);
        exchange->turn = true;
        exchange->wake_ms = at;
    }
    if (closed > exchange->wake_ms)
        exchange->wake_ms = closed;
    exchange->state = HTTP_WAITS_TURN;
    return exchange->wake_ms > now;
}

static int send_token_request(struct http_exchange *exchange, int64_t now, struct soar_err *err)
{
    struct http_service *service = exchange->service;
    exchange->request.wall_ms = wall_ms() + service->clock_off_ms;
    if (http_token_request(service, exchange, err) ||
        http_transfer_begin(&exchange->transfer, service, &exchange->request,
                            exchange->call->deadline_ms - now, NULL, true, exchange, err))
        return -1;
    hide_request(exchange);
    service->asking = exchange;
    exchange->state = HTTP_ASKS_TOKEN;
    return 0;
}

static int send_request(struct http_exchange *exchange, int64_t now, struct soar_err *err)
{
    struct http_service *service = exchange->service;
    struct worker_call *call = exchange->call;
    bool write = call->function->class == FUNCTION_WRITE;
    if (http_args(service, call, wall_ms() + service->clock_off_ms, &exchange->request, err))
        return -1;
    for (size_t i = 0; i < service->auth_count; i++) {
        const struct http_auth *auth = &service->auths[i];
        if (auth->kind->act(auth->fields, call->secrets, auth->kind->ask ? service->token : NULL,
                            &exchange->request, err))
            return soar_err_wrap(err, "auth: %s", auth->kind->name);
    }
    hide_request(exchange);
    if (service->token)
        http_hide(call->arena, &exchange->hidden, service->token);
    exchange->token = service->tokens;
    exchange->turn = false;
    exchange->state = HTTP_SENT;
    return http_transfer_begin(&exchange->transfer, service, &exchange->request, call->deadline_ms - now,
                               write ? call : NULL, write, exchange, err);
}

static void go(struct http_exchange *exchange)
{
    struct http_service *service = exchange->service;
    struct soar_err err = {0};
    int64_t now = worker_now_ms();
    int rc;
    if (exchange->dropped)
        rc = soar_err_set(&err, SOAR_TRANSIENT, "dropped before it was sent");
    else if (http_token_auth(service) && !http_token_valid(service, now)) {
        if (service->asking) {
            exchange->state = HTTP_WAITS_TOKEN;
            return;
        }
        rc = send_token_request(exchange, now, &err);
    } else {
        if (!service->timeless && waits_turn(exchange, now))
            return;
        rc = send_request(exchange, now, &err);
    }
    if (rc)
        end(exchange, NULL, &err);
}

void http_exchange_begin(struct http_service *service, struct worker_call *call)
{
    struct http_exchange *exchange = calloc(1, sizeof *exchange);
    struct soar_err err = {0};
    if (exchange == NULL)
        abort();
    *exchange = (struct http_exchange){.service = service, .call = call};
    struct http_exchange **last = &service->exchanges;
    while (*last)
        last = &(*last)->next;
    *last = exchange;
    http_hide_secrets(call->arena, &exchange->hidden, call->secrets);
    if (http_args(service, call, wall_ms(), &exchange->request, &err)) /* before it waits for anything */
        end(exchange, NULL, &err);
    else
        go(exchange);
}

/* Those who wait for the token that just came, or failed to. */
static void release(struct http_service *service, const struct soar_err *failed)
{
    for (struct http_exchange *e = service->exchanges, *next; e; e = next) {
        next = e->next;
        if (e->state != HTTP_WAITS_TOKEN)
            continue;
        if (failed) {
            struct soar_err err = *failed;
            end(e, NULL, &err);
        } else {
            go(e);
        }
    }
}

static int take_token(struct http_exchange *exchange, CURLcode code, int64_t *ret_retry_ms,
                      struct soar_err *err)
{
    struct http_service *service = exchange->service;
    struct http_answer answer;
    *ret_retry_ms = -1;
    if (http_transfer_result(&exchange->transfer, &exchange->request, service, code, exchange->call->arena,
                             &answer, err)) {
        if (err->class == SOAR_UNKNOWN)
            err->class = SOAR_TRANSIENT; /* a log-in cut off: of the call nothing was sent */
        return -1;
    }
    if (answer.status == 429 || answer.status == 503)
        *ret_retry_ms = http_retry_after(&answer.headers, wall_ms());
    if (answer.status < 200 || answer.status > 299) { /* before it is cut: half a secret is found by nobody */
        answer.text = http_strike(exchange->call->arena, &exchange->hidden, answer.text);
        answer.body = http_strike(exchange->call->arena, &exchange->hidden, answer.body);
    }
    return http_token_take(service, &answer, worker_now_ms(), err);
}

static void token_done(struct http_exchange *exchange, CURLcode code)
{
    struct http_service *service = exchange->service;
    struct arena *arena = exchange->call->arena;
    struct soar_err err = {0};
    int64_t retry_ms;
    int rc = take_token(exchange, code, &retry_ms, &err);
    bool late = worker_now_ms() + SEND_MS_MIN > exchange->call->deadline_ms;
    http_transfer_end(&exchange->transfer, service->multi);
    service->asking = NULL;
    exchange->fresh = true;
    if (rc == 0) {
        exchange->state = HTTP_WAITS_TOKEN;
        release(service, NULL);
        return;
    }
    soar_err_wrap(&err, "log-in at %s", exchange->request.host);
    struct value struck = http_strike(arena, &exchange->hidden, value_text(arena, err.text));
    struct soar_err told;
    soar_err_set(&told, err.class, "%s", struck.text); /* to the others, too, whose secrets are the same */
    release(service, late ? NULL : &told);             /* who has more time asks himself */
    struct value again = come_again(arena, retry_ms);
    end(exchange, retry_ms > 0 ? &again : NULL, &told);
}

/* The service says when it will listen again. true: this call waits for that within its own time. */
static bool retries(struct http_exchange *exchange, const struct http_answer *answer, int64_t *ret_ms)
{
    struct http_service *service = exchange->service;
    int64_t now = worker_now_ms();
    *ret_ms = -1;
    if (answer->status != 429 && answer->status != 503)
        return false;
    *ret_ms = http_retry_after(&answer->headers, wall_ms());
    if (*ret_ms < 0)
        return false;
    if (now + *ret_ms > service->closed_until_ms)
        service->closed_until_ms = now + *ret_ms;
    bool nothing_done = answer->status == 429 || exchange->call->function->class == FUNCTION_READ;
    return nothing_done && exchange->repeats < REPEATS_MAX &&
           service->closed_until_ms <= exchange->call->deadline_ms - SEND_MS_MIN;
}

/* A token that is no good any more: a new one, once. true: it goes on. */
static bool renews(struct http_exchange *exchange, const struct http_answer *answer)
{
    struct http_service *service = exchange->service;
    if (answer->status != 401 || http_token_auth(service) == NULL || exchange->renewed)
        return false;
    bool same = exchange->token == service->tokens;
    if (same && exchange->fresh)
        return false; /* it was made for this very call: another one will do no better */
    if (same)
        http_token_drop(service);
    exchange->renewed = true;
    return true;
}

/* A log-in of a time that isn't the service's: once more, by its clock. true: it goes on. */
static bool corrects(struct http_exchange *exchange, const struct http_answer *answer)
{
    struct http_service *service = exchange->service;
    for (size_t i = 0; !exchange->timed && i < service->auth_count; i++) {
        const struct auth_kind *kind = service->auths[i].kind;
        int64_t off_ms = kind->off ? kind->off(answer, wall_ms()) : 0;
        if (off_ms != 0) {
            service->clock_off_ms = off_ms;
            exchange->timed = true;
            return true;
        }
    }
    return false;
}

static void sent_done(struct http_exchange *exchange, CURLcode code)
{
    struct http_service *service = exchange->service;
    struct arena *arena = exchange->call->arena;
    struct http_answer answer;
    struct soar_err err = {0};
    int64_t retry_ms = -1;
    if (http_transfer_result(&exchange->transfer, &exchange->request, service, code, arena, &answer, &err)) {
        end(exchange, NULL, &err);
        return;
    }
    bool again =
        renews(exchange, &answer) || corrects(exchange, &answer) || retries(exchange, &answer, &retry_ms);
    if (again && !exchange->dropped && exchange->call->deadline_ms - worker_now_ms() > SEND_MS_MIN) {
        http_transfer_end(&exchange->transfer, service->multi);
        exchange->repeats++;
        go(exchange);
        return;
    }
    if (answer.status != 429 && answer.status != 503)
        retry_ms = -1;
    struct value result = http_answer_value(arena, &exchange->hidden, &answer, retry_ms);
    end(exchange, &result, NULL);
}

void http_exchange_done(struct http_exchange *exchange, CURLcode code)
{
    if (exchange->state == HTTP_ASKS_TOKEN)
        token_done(exchange, code);
    else
        sent_done(exchange, code);
}

/* One that gets a token goes on with that: others may wait for it. */
void http_exchange_drop(struct http_service *service, uint64_t number)
{
    struct http_exchange *e = service->exchanges;
    while (e && e->call->number != number)
        e = e->next;
    if (e == NULL)
        return;
    e->dropped = true;
    if (e->state == HTTP_WAITS_TURN || e->state == HTTP_WAITS_TOKEN)
        go(e);
}

int64_t http_exchange_next_ms(const struct http_service *service)
{
    int64_t next = INT64_MAX;
    for (const struct http_exchange *e = service->exchanges; e; e = e->next) {
        int64_t at = e->state == HTTP_WAITS_TURN    ? e->wake_ms
                     : e->state == HTTP_WAITS_TOKEN ? e->call->deadline_ms
                                                    : INT64_MAX;
        next = at < next ? at : next;
    }
    return next;
}

void http_exchange_wake(struct http_service *service)
{
    int64_t now = worker_now_ms();
    for (struct http_exchange *e = service->exchanges, *next; e; e = next) {
        next = e->next;
        if (e->state == HTTP_WAITS_TURN && now >= e->wake_ms)
            go(e);
        else if (e->state == HTTP_WAITS_TOKEN && now >= e->call->deadline_ms) {
            struct soar_err err;
            soar_err_set(&err, SOAR_TRANSIENT, "timed out while another call logged in");
            end(e, NULL, &err);
        }
    }
}
