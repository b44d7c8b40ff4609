/* The monitor: connect, be greeted, negotiate, then a command and its answer at a time.
 *
 * A monitor serves one client: with another one connected it takes our connection and says nothing, so the
 * greeting has a time of its own, and its error says what that means. Whatever goes wrong ends the
 * connection: an answer that comes too late must never be taken for the next one's. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "connectors/qmp/qmp.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"

enum { GREETING_MS = 5000, CHUNK_BYTES = 16 * 1024, BETWEEN_BYTES = 4 * 1024 * 1024 };

void qmp_close(struct qmp *qmp)
{
    if (qmp->fd >= 0)
        close(qmp->fd);
    qmp->fd = -1;
    buf_done(&qmp->in);
}

static int wait_for(const struct qmp *qmp, short events, int64_t until_ms, const char *what,
                    struct soar_err *err)
{
    struct pollfd wait = {.fd = qmp->fd, .events = events};
    for (;;) {
        int64_t left_ms = until_ms - worker_now_ms();
        int ready = left_ms > 0 ? poll(&wait, 1, (int)(left_ms < 60000 ? left_ms : 60000)) : 0;
        if (ready > 0)
            return 0;
        if (ready < 0 && errno != EINTR)
            return soar_err_set(err, SOAR_TRANSIENT, "poll: %s", strerror(errno));
        if (left_ms <= 0)
            return soar_err_set(err, SOAR_TRANSIENT, "%s", what);
    }
}

static int unreachable(const struct qmp_peer *peer, struct soar_err *err)
{
    int number = errno;
    if (number == EACCES || number == EPERM)
        return soar_err_set(err, SOAR_DENIED,
                            "the monitor %s: %s: soar's user needs the right to write to it", peer->socket,
                            strerror(number));
    return soar_err_set(err, SOAR_TRANSIENT, "the monitor %s: %s%s", peer->socket, strerror(number),
                        number == ENOENT || number == ECONNREFUSED ? ": is the machine running?" : "");
}

/* The next line, of at most LIMIT_ANSWER_BYTES; it stays until the next one is asked for. */
static int next_line(struct qmp *qmp, int64_t until_ms, const char *late, struct arena *arena,
                     const char **ret_text, size_t *ret_len, struct soar_err *err)
{
    char chunk[CHUNK_BYTES];
    size_t seen = 0;
    for (;;) {
        const char *end = qmp->in.len > seen ? memchr(qmp->in.data + seen, '\n', qmp->in.len - seen) : NULL;
        if (end) {
            *ret_len = (size_t)(end - qmp->in.data);
            *ret_text = arena_copy(arena, qmp->in.data, *ret_len);
            buf_drop_front(&qmp->in, *ret_len + 1);
            return 0;
        }
        seen = qmp->in.len;
        if (seen >= LIMIT_ANSWER_BYTES)
            return soar_err_set(err, SOAR_TRANSIENT, "the monitor sent a line of more than %d bytes",
                                LIMIT_ANSWER_BYTES);
        if (wait_for(qmp, POLLIN, until_ms, late, err))
            return -1;
        ssize_t got = recv(qmp->fd, chunk, sizeof chunk, 0);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got <= 0)
            return soar_err_set(err, SOAR_TRANSIENT, "the monitor closed the connection%s%s", got ? ": " : "",
                                got ? strerror(errno) : "");
        buf_add(&qmp->in, chunk, (size_t)got);
    }
}

static int parsed_line(struct qmp *qmp, int64_t until_ms, const char *late, struct arena *arena,
                       struct qmp_line *ret_line, size_t *ret_len, struct soar_err *err)
{
    const char *text;
    if (next_line(qmp, until_ms, late, arena, &text, ret_len, err))
        return -1;
    if (qmp_line_parse(arena, text, *ret_len, ret_line, err)) {
        if (err)
            err->class = SOAR_TRANSIENT;
        return soar_err_wrap(err, "the monitor sent what is no answer");
    }
    return 0;
}

/* Why a dump failed comes only as an event. */
static void take_event(struct qmp *qmp, const struct qmp_line *line, struct arena *arena)
{
    if (strcmp(line->name, "DUMP_COMPLETED") != 0)
        return;
    const struct value *why = value_get(&line->value, "error");
    qmp->failed[0] = '\0';
    if (why && why->kind == VALUE_STRING) {
        struct soar_err shown;
        soar_err_set(&shown, SOAR_PERMANENT, "%s", qmp_shown(arena, why->text, why->len));
        snprintf(qmp->failed, sizeof qmp->failed, "%.*s", (int)sizeof qmp->failed - 1, shown.text);
    }
}

/* One line; 1 with the answer to `id`, 0 with an event. What it costs is given back unless it is that. */
static int line_or_answer(struct qmp *qmp, const char *id, struct arena *arena, struct qmp_line *ret_line,
                          size_t *ret_len, struct soar_err *err)
{
    ARENA_SCOPED scratch = arena_new();
    struct qmp_line line;
    if (parsed_line(qmp, qmp->deadline_ms, "the monitor did not answer in time", scratch, &line, ret_len,
                    err))
        return -1;
    if (line.kind == QMP_EVENT) {
        take_event(qmp, &line, scratch);
        return 0;
    }
    if (line.kind == QMP_GREETING || strcmp(line.id, id) != 0)
        return soar_err_set(err, SOAR_TRANSIENT, "the monitor answered what was not asked");
    *ret_line = (struct qmp_line){.kind = line.kind,
                                  .value = value_copy(arena, &line.value),
                                  .name = arena_string(arena, line.name),
                                  .text = arena_string(arena, line.text),
                                  .id = id};
    return 1;
}

/* Reads until the answer to `id`. What comes in between is bounded, too. */
static int answer_to(struct qmp *qmp, const char *id, struct arena *arena, struct qmp_line *ret_line,
                     struct soar_err *err)
{
    size_t between = 0, len = 0;
    int got;
    while ((got = line_or_answer(qmp, id, arena, ret_line, &len, err)) == 0) {
        between += len + 1;
        if (between > BETWEEN_BYTES)
            return soar_err_set(err, SOAR_TRANSIENT, "the monitor sends events and no answer");
    }
    return got < 0 ? -1 : 0;
}

static int send_all(const struct qmp *qmp, const char *bytes, size_t len, int pass, struct soar_err *err)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {0};
    while (len > 0) {
        struct iovec part = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = len};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
        if (pass >= 0) {
            message.msg_control = control.bytes;
            message.msg_controllen = sizeof control.bytes;
            struct cmsghdr *head = CMSG_FIRSTHDR(&message);
            *head = (struct cmsghdr){
                .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof pass)};
            memcpy(CMSG_DATA(head), &pass, sizeof pass);
        }
        ssize_t sent = sendmsg(qmp->fd, &message, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN &&
            wait_for(qmp, POLLOUT, qmp->deadline_ms, "the monitor takes nothing", err))
            return -1;
        if (sent < 0 && errno != EINTR && errno != EAGAIN)
            return soar_err_set(err, SOAR_TRANSIENT, "the monitor: %s", strerror(errno));
        if (sent > 0) {
            pass = -1; /* it went with the first byte */
            bytes += sent;
            len -= (size_t)sent;
        }
    }
    return 0;
}

static enum soar_class class_of(const char *name)
{
    static const struct {
        const char *name;
        enum soar_class class;
    } known[] = {{"CommandNotFound", SOAR_UNSUPPORTED},
                 {"KVMMissingCap", SOAR_UNSUPPORTED},
                 {"DeviceNotFound", SOAR_ABSENT}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].name, name) == 0)
            return known[i].class;
    return SOAR_PERMANENT;
}

static int exchange(struct qmp *qmp, struct arena *arena, const char *command, const char *arguments,
                    int pass, struct value *ret_reply, bool *ret_refused, struct soar_err *err)
{
    char id[32];
    struct qmp_line line = {0};
    BUF_SCOPED text;
    buf_init(&text, LIMIT_LINE_BYTES);
    snprintf(id, sizeof id, "soar-%" PRIu64, ++qmp->commands);
    buf_printf(&text, "{\"execute\":\"%s\",\"arguments\":%s,\"id\":\"%s\"}\n", command,
               arguments ? arguments : "{}", id);
    if (send_all(qmp, text.data, text.len, pass, err) || answer_to(qmp, id, arena, &line, err)) {
        qmp_close(qmp);
        return soar_err_wrap(err, "%s", command);
    }
    if (line.kind == QMP_ERROR) {
        if (ret_refused)
            *ret_refused = true;
        return soar_err_set(err, class_of(line.name), "%s: %s", command, line.text);
    }
    *ret_reply = line.value;
    return 0;
}

static int connect_to(struct qmp *qmp, struct soar_err *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, qmp->peer.socket, sizeof address.sun_path - 1);
    qmp->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (qmp->fd < 0)
        return soar_err_set(err, SOAR_TRANSIENT, "socket: %s", strerror(errno));
    if (connect(qmp->fd, (struct sockaddr *)&address, sizeof address)) {
        unreachable(&qmp->peer, err);
        qmp_close(qmp);
        return -1;
    }
    buf_init(&qmp->in, LIMIT_ANSWER_BYTES + CHUNK_BYTES);
    return 0;
}

static int greeted(struct qmp *qmp, struct arena *arena, struct soar_err *err)
{
    struct qmp_line line = {.kind = QMP_EVENT};
    int64_t until_ms = worker_now_ms() + GREETING_MS;
    struct value ignored;
    size_t len;
    if (until_ms > qmp->deadline_ms)
        until_ms = qmp->deadline_ms;
    if (parsed_line(qmp, until_ms,
                    "the monitor says nothing: it serves one client at a time; is another one connected?",
                    arena, &line, &len, err))
        return -1;
    if (line.kind != QMP_GREETING)
        return soar_err_set(err, SOAR_TRANSIENT, "%s is no QMP monitor: it did not greet", qmp->peer.socket);
    const struct value *qemu = value_get(value_get(&line.value, "version"), "qemu");
    qmp->version =
        arena_printf(qmp->arena, "%" PRId64 ".%" PRId64 ".%" PRId64, value_get_int(qemu, "major", 0),
                     value_get_int(qemu, "minor", 0), value_get_int(qemu, "micro", 0));
    return exchange(qmp, arena, "qmp_capabilities", NULL, -1, &ignored, NULL, err);
}

int qmp_open(struct qmp *qmp, struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    if (qmp->fd >= 0)
        return 0;
    if (connect_to(qmp, err))
        return -1;
    if (greeted(qmp, arena, err)) {
        qmp_close(qmp);
        return -1;
    }
    return 0;
}

int qmp_command(struct qmp *qmp, struct arena *arena, const char *command, const char *arguments, int pass,
                struct value *ret_reply, bool *ret_refused, struct soar_err *err)
{
    if (qmp_open(qmp, err))
        return -1;
    return exchange(qmp, arena, command, arguments, pass, ret_reply, ret_refused, err);
}
