/* The connection's life: handshake, known host, log-in, waiting, end.
 *
 * libssh runs non-blocking throughout; whatever answers AGAIN waits in ssh_wait(), the only place that
 * polls. It gets a copy of our socket, and no file: no configuration, no known_hosts, no agent. Before the
 * log-in is through, the far side may make us read HANDSHAKE_BYTES and no more. */
#include "connectors/ssh/ssh.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connectors/worker/dial.h"
#include "engine/base/text.h"

enum { HANDSHAKE_BYTES = 1024 * 1024, KEEP_ALIVE_MS = 200 };

/* The far side closed or reset it. After a reset there may be bytes left to read: then the library's words
 * tell. */
static bool was_cut(const struct ssh *ssh, const char *text)
{
    char byte;
    ssize_t got = recv(ssh->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR) || !strncmp(text, "Socket error", 12);
}

int ssh_fail(struct ssh *ssh, const char *doing, struct soar_err *err)
{
    const char *text = ssh_get_error(ssh->session);
    BUF_SCOPED shown;
    buf_init(&shown, 0);
    text_visible(&shown, text, strnlen(text, 300));
    if (worker_now_ms() >= ssh->deadline_ms)
        return soar_err_set(err, SOAR_TRANSIENT, "%s: timed out", doing);
    if (was_cut(ssh, text))
        return soar_err_set(err, SOAR_TRANSIENT, "%s: the connection was cut", doing);
    return soar_err_set(err, SOAR_TRANSIENT, "%s: %s", doing, buf_string(&shown));
}

/* The smallest packet that the other side must take and need not answer. */
static int keep_alive(struct ssh *ssh, int64_t now)
{
    if (ssh->channel == NULL || now - ssh->kept_ms < KEEP_ALIVE_MS)
        return 0;
    ssh->kept_ms = now;
    return ssh_send_ignore(ssh->session, "") == SSH_OK && ssh_is_connected(ssh->session) ? 0 : -1;
}

int ssh_wait(struct ssh *ssh, const char *doing, struct soar_err *err)
{
    int64_t now = worker_now_ms();
    uint64_t heard = ssh->heard.in_bytes;
    if (keep_alive(ssh, now))
        return ssh_fail(ssh, doing, err);
    if (!ssh->open && heard > HANDSHAKE_BYTES)
        return soar_err_set(err, SOAR_TRANSIENT, "%s: the server talks without end", doing);
    int64_t left = ssh->deadline_ms - now;
    if (left <= 0)
        return soar_err_set(err, SOAR_TRANSIENT, "%s: timed out", doing);
    if (heard != ssh->heard.in_bytes)
        return 0; /* the keep-alive took in what the caller waits for */
    if (ssh->channel && left > KEEP_ALIVE_MS)
        left = KEEP_ALIVE_MS;
    struct pollfd wait = {.fd = ssh->fd, .events = POLLIN};
    if (ssh_get_poll_flags(ssh->session) & SSH_WRITE_PENDING)
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
    static const char ciphers[] =
        "aes256-gcm@openssh.com,aes128-gcm@openssh.com,chacha20-poly1305@openssh.com,"
        "aes256-ctr,aes192-ctr,aes128-ctr";
    static const char macs[] =
        "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512";
    static const char exchanges[] =
        "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
        "ecdh-sha2-nistp521,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,"
        "diffie-hellman-group14-sha256,diffie-hellman-group-exchange-sha256";
    static const int no = 0;
    int fd = dup(ssh->fd); /* the library closes what it was given, and not always */
    const struct {
        enum ssh_options_e option;
        const void *value;
    } options[] = {
        {SSH_OPTIONS_PROCESS_CONFIG, &no},
        {SSH_OPTIONS_SSH_DIR, "/dev/null"},
        {SSH_OPTIONS_KNOWNHOSTS, "/dev/null"},
        {SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null"},
        {SSH_OPTIONS_HOST, "host"}, /* its own look into known_hosts needs a name */
        {SSH_OPTIONS_USER, ssh->peer.user},
        {SSH_OPTIONS_FD, &fd},
        {SSH_OPTIONS_KEY_EXCHANGE, exchanges},
        {SSH_OPTIONS_CIPHERS_C_S, ciphers},
        {SSH_OPTIONS_CIPHERS_S_C, ciphers},
        {SSH_OPTIONS_HMAC_C_S, macs},
        {SSH_OPTIONS_HMAC_S_C, macs},
        {SSH_OPTIONS_COMPRESSION, "no"},
    };
    ssh->session = ssh_new();
    if (ssh->session == NULL || fd < 0)
        abort();
    ssh->heard = (struct ssh_counter_struct){0};
    ssh_set_counters(ssh->session, &ssh->heard, NULL);
    ssh_set_blocking(ssh->session, 0);
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (ssh_options_set(ssh->session, options[i].option, options[i].value) < 0) {
            close(fd);
            return ssh_fail(ssh, "options", err);
        }
    return ssh_known_prefer(ssh, err);
}

static int handshake(struct ssh *ssh, struct soar_err *err)
{
    int rc;
    while ((rc = ssh_connect(ssh->session)) == SSH_AGAIN)
        if (ssh_wait(ssh, "handshake", err))
            return -1;
    return rc == SSH_OK ? 0 : ssh_fail(ssh, "handshake", err);
}

/* A line of ssh-keygen's: the type, and the certificate as base64. */
static int add_certificate(ssh_key key, const char *line, struct soar_err *err)
{
    char type[64], *base64 = NULL;
    ssh_key certificate = NULL;
    size_t len = strcspn(line, " ");
    int rc = SSH_ERROR;
    if (len < sizeof type && line[len] == ' ') {
        memcpy(type, line, len);
        type[len] = '\0';
        base64 = strndup(line + len + 1, strcspn(line + len + 1, " \n"));
    }
    if (base64 && ssh_pki_import_cert_base64(base64, ssh_key_type_from_name(type), &certificate) == SSH_OK)
        rc = ssh_pki_copy_cert_to_privkey(certificate, key);
    ssh_key_free(certificate);
    free(base64);
    return rc == SSH_OK ? 0 : soar_err_set(err, SOAR_INVALID, "the certificate can't be read");
}

/* The library reads an Ed25519 key in PKCS#8, which ssh-keygen never writes, without its public half. */
static bool has_public(ssh_key key)
{
    char *base64 = NULL;
    bool has = ssh_pki_export_pubkey_base64(key, &base64) == SSH_OK;
    ssh_string_free_char(base64);
    return has;
}

/* Without this the library would ask whoever sits at the terminal, or read the answer from our own line. */
static int ask_nobody(const char *prompt, char *buf, size_t len, int echo, int verify, void *arg)
{
    (void)prompt, (void)buf, (void)len, (void)echo, (void)verify, (void)arg;
    return -1;
}

static int read_key(const struct value *secrets, ssh_key *ret_key, struct soar_err *err)
{
    const struct value *text = value_get(secrets, "key");
    const char *passphrase = value_get_string(secrets, "passphrase", NULL),
               *certificate = value_get_string(secrets, "certificate", NULL);
    *ret_key = NULL;
    if (text == NULL || text->kind != VALUE_STRING || text->len == 0)
        return soar_err_set(err, SOAR_INVALID, "no key to log in with");
    if (ssh_pki_import_privkey_base64(text->text, passphrase, ask_nobody, NULL, ret_key) != SSH_OK ||
        (certificate == NULL && !has_public(*ret_key)))
        return soar_err_set(err, SOAR_INVALID,
                            "the private key can't be read: wrong passphrase, or not an SSH key");
    return certificate ? add_certificate(*ret_key, certificate, err) : 0;
}

/* By this key, once, and by nothing else: whoever the host is, it learns no secret that opens another. */
static int log_in(struct ssh *ssh, const struct value *secrets, struct soar_err *err)
{
    ssh_key key;
    int rc = read_key(secrets, &key, err);
    if (rc) {
        ssh_key_free(key);
        return -1;
    }
    while ((rc = ssh_userauth_publickey(ssh->session, NULL, key)) == SSH_AUTH_AGAIN)
        if (ssh_wait(ssh, "log-in", err))
            break;
    ssh_key_free(key);
    if (rc == SSH_AUTH_SUCCESS)
        return 0;
    if (rc == SSH_AUTH_AGAIN)
        return -1;
    if (rc == SSH_AUTH_DENIED)
        return soar_err_set(err, SOAR_DENIED, "log-in as %s was refused", ssh->peer.user);
    if (rc == SSH_AUTH_PARTIAL)
        return soar_err_set(err, SOAR_DENIED, "log-in as %s needs more than a key", ssh->peer.user);
    return ssh_fail(ssh, "log-in", err);
}

int ssh_open(struct ssh *ssh, const struct value *secrets, struct soar_err *err)
{
    ssh->fd = worker_dial(ssh->peer.address, ssh->peer.port, ssh->deadline_ms, err);
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
    if (ssh->fd >= 0)
        shutdown(ssh->fd, SHUT_RDWR); /* no good-bye that could wait for room */
    if (ssh->session)
        ssh_free(ssh->session); /* and its channels */
    if (ssh->fd >= 0)
        close(ssh->fd);
    ssh->channel = NULL;
    ssh->session = NULL;
    ssh->fd = -1;
}
