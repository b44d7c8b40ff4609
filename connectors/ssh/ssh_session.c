/* The connection's life: handshake, known host, log-in, waiting, end.
 *
 * libssh2 runs non-blocking throughout; whatever answers EAGAIN waits in ssh_wait(), the only place that
 * polls. Before the log-in is through, the far side may make us read HANDSHAKE_BYTES and no more; the
 * deadline is looked at in each read, because the library reads on by itself as long as bytes come. */
#include "connectors/ssh/ssh.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/base/text.h"

enum { HANDSHAKE_BYTES = 1024 * 1024, KEEP_ALIVE_MS = 200 };

static LIBSSH2_ALLOC_FUNC(allocate)
{
    (void)abstract;
    return malloc(count);
}

/* The key passes through the library's memory. */
static LIBSSH2_FREE_FUNC(release)
{
    (void)abstract;
    if (ptr)
        explicit_bzero(ptr, malloc_usable_size(ptr));
    free(ptr);
}

static LIBSSH2_REALLOC_FUNC(resize)
{
    void *new = malloc(count);
    if (new &&ptr) {
        size_t old = malloc_usable_size(ptr);
        memcpy(new, ptr, old < count ? old : count);
        release(ptr, abstract);
    }
    return new;
}

static LIBSSH2_RECV_FUNC(receive)
{
    struct ssh *ssh = *abstract;
    if (worker_now_ms() >= ssh->deadline_ms)
        return -ETIMEDOUT;
    if (!ssh->open && ssh->heard > HANDSHAKE_BYTES)
        return -EMSGSIZE;
    ssize_t got = recv(socket, buffer, length, flags);
    if (got > 0)
        ssh->heard += (size_t)got;
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
        ssh->cut = true;
    return got < 0 ? -errno : got;
}

int ssh_fail(struct ssh *ssh, const char *doing, struct soar_err *err)
{
    char *text = NULL;
    int code = libssh2_session_last_error(ssh->session, &text, NULL, 0);
    BUF_SCOPED shown;
    buf_init(&shown, 0);
    text_visible(&shown, text ? text : "", text ? strnlen(text, 300) : 0);
    if (worker_now_ms() >= ssh->deadline_ms)
        return soar_err_set(err, SOAR_TRANSIENT, "%s: timed out", doing);
    if (!ssh->open && ssh->heard > HANDSHAKE_BYTES)
        return soar_err_set(err, SOAR_TRANSIENT, "%s: the server talks without end", doing);
    if (ssh->cut || code == LIBSSH2_ERROR_SOCKET_DISCONNECT || code == LIBSSH2_ERROR_SOCKET_RECV ||
        code == LIBSSH2_ERROR_SOCKET_SEND)
        return soar_err_set(err, SOAR_TRANSIENT, "%s: the connection was cut", doing);
    return soar_err_set(err, SOAR_TRANSIENT, "%s: %s (%d)", doing, buf_string(&shown), code);
}

/* The library's own keep-alive goes every 2 seconds at best. A window opened by one byte is the smallest
 * packet that the other side must take and need not answer. Half sent, it must be finished before anything
 * else is. */
static int keep_alive(struct ssh *ssh, int64_t now)
{
    if (ssh->channel == NULL || (!ssh->keeping && now - ssh->kept_ms < KEEP_ALIVE_MS))
        return 0;
    int rc = libssh2_channel_receive_window_adjust2(ssh->channel, 1, 1, NULL);
    ssh->keeping = rc == LIBSSH2_ERROR_EAGAIN;
    ssh->kept_ms = now;
    return rc == LIBSSH2_ERROR_EAGAIN ? 0 : rc;
}

int ssh_wait(struct ssh *ssh, const char *doing, struct soar_err *err)
{
    int64_t now = worker_now_ms();
    int directions = libssh2_session_block_directions(ssh->session);
    if (ssh->channel && !(directions & LIBSSH2_SESSION_BLOCK_OUTBOUND) && keep_alive(ssh, now))
        return ssh_fail(ssh, doing, err);
    int64_t left = ssh->deadline_ms - now;
    if (left <= 0)
        return soar_err_set(err, SOAR_TRANSIENT, "%s: timed out", doing);
    if (ssh->channel && left > KEEP_ALIVE_MS)
        left = KEEP_ALIVE_MS;
    struct pollfd wait = {.fd = ssh->fd, .events = POLLIN};
    if ((directions & LIBSSH2_SESSION_BLOCK_OUTBOUND) || ssh->keeping)
        wait.events |= POLLOUT;
    if (poll(&wait, 1, (int)left) < 0 && errno != EINTR)
        return soar_err_set(err, SOAR_TRANSIENT, "%s: %s", doing, strerror(errno));
    return 0;
}

int ssh_wait_room(struct ssh *ssh, int fd, struct soar_err *err)
{
    int64_t now = worker_now_ms(), left = ssh->deadline_ms - now;
    if (keep_alive(ssh, now))
        return ssh_fail(ssh, "script", err);
    if (left <= 0)
        return soar_err_set(err, SOAR_TRANSIENT, "timed out while the evidence was being written");
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    if (poll(&wait, 1, (int)(left < KEEP_ALIVE_MS ? left : KEEP_ALIVE_MS)) < 0 && errno != EINTR)
        return soar_err_set(err, SOAR_TRANSIENT, "the evidence's pipe: %s", strerror(errno));
    return 0;
}

static int start_session(struct ssh *ssh, struct soar_err *err)
{
    static const struct {
        int method;
        const char *list;
    } modern[] = {
        {LIBSSH2_METHOD_KEX,
         "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
         "ecdh-sha2-nistp521,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,"
         "diffie-hellman-group14-sha256,diffie-hellman-group-exchange-sha256"},
        {LIBSSH2_METHOD_CRYPT_CS, "aes256-ctr,aes192-ctr,aes128-ctr"},
        {LIBSSH2_METHOD_CRYPT_SC, "aes256-ctr,aes192-ctr,aes128-ctr"},
        {LIBSSH2_METHOD_MAC_CS, "hmac-sha2-512,hmac-sha2-256"},
        {LIBSSH2_METHOD_MAC_SC, "hmac-sha2-512,hmac-sha2-256"},
    };
    ssh->session = libssh2_session_init_ex(allocate, release, resize, ssh);
    if (ssh->session == NULL)
        abort();
    libssh2_session_set_blocking(ssh->session, 0);
    void *callback;
    LIBSSH2_RECV_FUNC((*function)) = receive;
    memcpy(&callback, &function, sizeof callback); /* the library takes a function as an object pointer */
    libssh2_session_callback_set(ssh->session, LIBSSH2_CALLBACK_RECV, callback);
    for (size_t i = 0; i < sizeof modern / sizeof *modern; i++)
        if (libssh2_session_method_pref(ssh->session, modern[i].method, modern[i].list))
            return ssh_fail(ssh, "ciphers", err);
    return ssh_known_prefer(ssh, err);
}

static int handshake(struct ssh *ssh, struct soar_err *err)
{
    int rc;
    while ((rc = libssh2_session_handshake(ssh->session, ssh->fd)) == LIBSSH2_ERROR_EAGAIN)
        if (ssh_wait(ssh, "handshake", err))
            return -1;
    return rc ? ssh_fail(ssh, "handshake", err) : 0;
}

static int log_in(struct ssh *ssh, const struct value *secrets, struct soar_err *err)
{
    const struct value *key = value_get(secrets, "key");
    const char *passphrase = value_get_string(secrets, "passphrase", NULL), *user = ssh->peer.user;
    if (key == NULL || key->kind != VALUE_STRING || key->len == 0)
        return soar_err_set(err, SOAR_INVALID, "no key to log in with");
    bool asked = false; /* the library reads the key before it asks the server anything */
    int rc;
    while ((rc = libssh2_userauth_publickey_frommemory(ssh->session, user, strlen(user), NULL, 0, key->text,
                                                       key->len, passphrase)) == LIBSSH2_ERROR_EAGAIN) {
        asked = true;
        if (ssh_wait(ssh, "log-in", err))
            return -1;
    }
    if (rc == 0)
        return 0;
    if (ssh->cut) /* the library may call that a refusal, or a bad key */
        return ssh_fail(ssh, "log-in", err);
    if (!asked && rc != LIBSSH2_ERROR_SOCKET_SEND && rc != LIBSSH2_ERROR_SOCKET_DISCONNECT)
        return soar_err_set(err, SOAR_INVALID,
                            "the private key can't be read: wrong passphrase, or not an SSH key");
    if (rc == LIBSSH2_ERROR_AUTHENTICATION_FAILED || rc == LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED)
        return soar_err_set(err, SOAR_DENIED, "log-in as %s was refused", user);
    return ssh_fail(ssh, "log-in", err);
}

int ssh_open(struct ssh *ssh, const struct value *secrets, struct soar_err *err)
{
    ssh->heard = 0;
    ssh->cut = false;
    ssh->fd = ssh_connect(&ssh->peer, ssh->deadline_ms, err);
    if (ssh->fd < 0)
        return -1;
    if (start_session(ssh, err) || handshake(ssh, err) || ssh_known_check(ssh, err) ||
        log_in(ssh, secrets, err)) {
        ssh_close(ssh);
        return -1;
    }
    ssh->open = true;
    return 0;
}

void ssh_close(struct ssh *ssh)
{
    ssh->open = false;
    ssh->keeping = false;
    if (ssh->fd >= 0)
        shutdown(ssh->fd, SHUT_RDWR); /* the library would say good-bye, and wait for room to say it */
    if (ssh->channel)
        libssh2_channel_free(ssh->channel);
    if (ssh->session)
        libssh2_session_free(ssh->session);
    if (ssh->fd >= 0)
        close(ssh->fd);
    ssh->channel = NULL;
    ssh->session = NULL;
    ssh->fd = -1;
}
