/* Kills soarctl at one exact place, from outside: preloaded, it stands between the engine and the calls by
 * which an event becomes durable and by which a worker is spoken to. The one thing to know: the place is
 * named by what is in the event or in the call, never by time. It must not change what any call does.
 *
 *   SOAR_CRASH_WHEN   lost      as an event is bound to its statement: its batch is never committed
 *                     written   its batch is in the log, but was not synced
 *                     synced    its batch is durable, and nobody has been told
 *                     sent      a worker has been handed a call, and nobody waits for its answer any more
 *                     heard     a worker's answer has arrived, and nobody has looked at it
 *   SOAR_CRASH_KIND   the kind of the event (lost, written, synced)
 *   SOAR_CRASH_TEXT   what stands in the event's body, or in the call's line; left out: any
 *   SOAR_CRASH_NTH    the how manieth of those that fit; left out: 1 */
#include <dlfcn.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BIND_KIND = 6, BIND_BODY = 10, NEVER = -1 }; /* places in the journal's statement for an event */

struct sqlite3_stmt;
typedef void free_fn(void *text);

/* What the dynamic linker finds in our place; declared here, since no header of ours may speak of them. */
int sqlite3_bind_text(struct sqlite3_stmt *stmt, int index, const char *text, int len, free_fn *free_text);
ssize_t __recv_chk(int fd, void *data, size_t len, size_t size, int flags);

/* One thread writes the journal, one speaks to workers: neither needs the other's. */
static _Thread_local bool kind_fits;
static _Thread_local bool batch_fits;
static _Thread_local int seen;
static int answering = NEVER; /* the worker whose answer is the place */

static const char *asked(const char *name)
{
    const char *text = getenv(name);
    return text ? text : "";
}

static bool when(const char *word)
{
    return strcmp(asked("SOAR_CRASH_WHEN"), word) == 0;
}

static bool is_nth(void)
{
    int nth = atoi(asked("SOAR_CRASH_NTH"));
    return ++seen == (nth > 0 ? nth : 1);
}

static void die(void)
{
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

/* ISO C knows no way from an object's address to a function's but by its bytes. */
static void next(const char *name, void *ret_function)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (found == NULL)
        abort();
    memcpy(ret_function, &found, sizeof found);
}

int sqlite3_bind_text(struct sqlite3_stmt *stmt, int index, const char *text, int len, free_fn *free_text)
{
    int (*real)(struct sqlite3_stmt *, int, const char *, int, free_fn *);
    next("sqlite3_bind_text", &real);
    if (index == BIND_KIND)
        kind_fits = text && strcmp(text, asked("SOAR_CRASH_KIND")) == 0;
    if (index == BIND_BODY && kind_fits && strstr(text, asked("SOAR_CRASH_TEXT")) && is_nth()) {
        if (when("lost"))
            die();
        batch_fits = true;
    }
    return real(stmt, index, text, len, free_text);
}

int fdatasync(int fd)
{
    int (*real)(int);
    next("fdatasync", &real);
    if (batch_fits && when("written"))
        die();
    int answer = real(fd);
    if (batch_fits && when("synced"))
        die();
    return answer;
}

ssize_t send(int fd, const void *data, size_t len, int flags)
{
    ssize_t (*real)(int, const void *, size_t, int);
    next("send", &real);
    const char *text = asked("SOAR_CRASH_TEXT");
    bool fits = memmem(data, len, "{\"call\":", 8) == data && memmem(data, len, text, strlen(text));
    ssize_t answer = real(fd, data, len, flags);
    if (fits && (when("sent") || when("heard")) && is_nth()) {
        if (when("sent"))
            die();
        answering = fd;
    }
    return answer;
}

static void hear(int fd, const void *data, ssize_t len)
{
    if (fd == answering && len > 0 && memmem(data, (size_t)len, "\"answer\"", 8))
        die();
}

ssize_t recv(int fd, void *data, size_t len, int flags)
{
    ssize_t (*real)(int, void *, size_t, int);
    next("recv", &real);
    ssize_t got = real(fd, data, len, flags);
    hear(fd, data, got);
    return got;
}

/* What a fortified build calls instead. */
ssize_t __recv_chk(int fd, void *data, size_t len, size_t size, int flags)
{
    if (len > size)
        abort();
    return recv(fd, data, len, flags);
}
