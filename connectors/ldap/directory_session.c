/* The connection's life: TCP, TLS with the certificate checked, log-in, end.
 *
 * The library reads no configuration of the machine's, follows no reference to another server, and gets a
 * connected socket that doesn't block. A certificate that doesn't hold is DENIED: no later try mends it. */
#include <errno.h>
#include <fcntl.h>
#include <openldap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "connectors/ldap/directory.h"
#include "connectors/worker/dial.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"

#define SYSTEM_AUTHORITIES "/etc/ssl/certs/ca-certificates.crt"

enum { MESSAGE_BYTES_MAX = LIMIT_LINE_BYTES, WORDS_BYTES = 200 };

void directory_start(struct directory *directory)
{
    *directory = (struct directory){.fd = -1, .authorities = -1};
    setenv("LDAPNOINIT", "1", 1);
}

void directory_close(struct directory *directory)
{
    if (directory->ld)
        ldap_unbind_ext(directory->ld, NULL, NULL);
    directory->ld = NULL;
    if (directory->fd >= 0) /* it never came into the library's hands */
        close(directory->fd);
    directory->fd = -1;
}

bool directory_is_quiet(const struct directory *directory)
{
    struct pollfd look = {.fd = directory->fd, .events = POLLIN};
    return poll(&look, 1, 0) == 0;
}

/* The library wants a file. This one has no name that anybody else could open, and stays for the next
 * connection. */
static int authorities(struct directory *directory, struct soar_err *err)
{
    const char *pem = directory->peer.ca;
    if (directory->authorities >= 0)
        return 0;
    int fd = memfd_create("authorities", MFD_CLOEXEC);
    if (fd < 0)
        return soar_err_set(err, SOAR_TRANSIENT, "cannot keep the authorities: %s", strerror(errno));
    size_t len = strlen(pem);
    for (size_t done = 0; done < len;) {
        ssize_t put = write(fd, pem + done, len - done);
        if (put < 0) {
            close(fd);
            return soar_err_set(err, SOAR_TRANSIENT, "cannot keep the authorities: %s", strerror(errno));
        }
        done += (size_t)put;
    }
    directory->authorities = fd;
    return 0;
}

static int set_options(struct directory *directory, struct soar_err *err)
{
    LDAP *ld = directory->ld;
    const int version = LDAP_VERSION3, demand = LDAP_OPT_X_TLS_DEMAND,
              oldest = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2, client = 0, never = LDAP_DEREF_NEVER;
    ber_len_t most = MESSAGE_BYTES_MAX;
    Sockbuf *socket = NULL;
    char path[64] = SYSTEM_AUTHORITIES;
    if (directory->peer.ca) {
        if (authorities(directory, err))
            return -1;
        snprintf(path, sizeof path, "/proc/self/fd/%d", directory->authorities);
    }
    if (ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version) ||
        ldap_set_option(ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) ||
        ldap_set_option(ld, LDAP_OPT_DEREF, &never) || ldap_set_option(ld, LDAP_OPT_RESTART, LDAP_OPT_ON) ||
        ldap_set_option(ld, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand) ||
        ldap_set_option(ld, LDAP_OPT_X_TLS_PROTOCOL_MIN, &oldest) ||
        ldap_set_option(ld, LDAP_OPT_X_TLS_CACERTFILE, path) ||
        ldap_get_option(ld, LDAP_OPT_SOCKBUF, &socket) ||
        ber_sockbuf_ctrl(socket, LBER_SB_OPT_SET_MAX_INCOMING, &most) != 1 ||
        directory_stream(directory, socket))
        return soar_err_set(err, SOAR_PERMANENT, "the library refuses its settings");
    if (ldap_set_option(ld, LDAP_OPT_X_TLS_NEWCTX, &client))
        return soar_err_set(err, SOAR_INVALID, "%s can't be read as certificates",
                            directory->peer.ca ? "the directory's ca" : SYSTEM_AUTHORITIES);
    return 0;
}

/* The library tells a certificate that it refused from a cut connection by its words alone: under GnuTLS, by
 * having none. It doesn't tell which of the reasons it was. */
static int tls_fail(struct directory *directory, struct soar_err *err)
{
    char *words = NULL;
    ldap_get_option(directory->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &words);
    BUF_SCOPED seen;
    buf_init(&seen, 0);
    text_visible(&seen, words ? words : "", words ? strnlen(words, WORDS_BYTES) : 0);
    ldap_memfree(words);
    const char *said = buf_string(&seen);
    const char *host = directory->peer.host;
    if (worker_now_ms() >= directory->deadline_ms)
        return soar_err_set(err, SOAR_TRANSIENT, "TLS: timed out");
    if (strstr(said, "unknown error") || strstr(said, "does not match"))
        return soar_err_set(
            err, SOAR_DENIED,
            "the certificate of %s is refused: it must be signed by %s, name %s, and be valid now", host,
            directory->peer.ca ? "the authority in `ca`" : "an authority this machine trusts", host);
    return soar_err_set(err, SOAR_TRANSIENT, "TLS: %s", *said ? said : "the connection was cut");
}

static int start_tls(struct directory *directory, struct arena *arena, struct soar_err *err)
{
    int number = 0;
    struct directory_said said;
    int rc = ldap_start_tls(directory->ld, NULL, NULL, &number);
    if (rc != LDAP_SUCCESS)
        return directory_fail(directory, rc, "StartTLS", err);
    if (directory_end(directory, number, "StartTLS", arena, &said, err))
        return -1;
    if (said.code == LDAP_BUSY || said.code == LDAP_UNAVAILABLE)
        return soar_err_set(err, SOAR_TRANSIENT, "StartTLS: %s", said.text);
    if (said.code != LDAP_SUCCESS)
        return soar_err_set(err, SOAR_UNSUPPORTED, "the server doesn't do StartTLS: %s", said.text);
    return 0;
}

/* An empty password would be no log-in at all, and succeed (RFC 4513, 5.1.2). */
static int log_in(struct directory *directory, const struct value *secrets, struct arena *arena,
                  struct soar_err *err)
{
    const struct value *password = secrets ? value_get(secrets, "password") : NULL;
    struct directory_said said;
    int number = 0;
    if (password == NULL || password->kind != VALUE_STRING || password->len == 0)
        return soar_err_set(err, SOAR_INVALID, "there is no password for %s", directory->peer.bind_dn);
    struct berval secret = {.bv_len = password->len, .bv_val = (char *)(uintptr_t)password->text};
    int rc = ldap_sasl_bind(directory->ld, directory->peer.bind_dn, LDAP_SASL_SIMPLE, &secret, NULL, NULL,
                            &number);
    if (rc != LDAP_SUCCESS)
        return directory_fail(directory, rc, "log-in", err);
    if (directory_end(directory, number, "log-in", arena, &said, err))
        return -1;
    if (said.code == LDAP_SUCCESS)
        return 0;
    return soar_err_set(
        err, said.code == LDAP_BUSY || said.code == LDAP_UNAVAILABLE ? SOAR_TRANSIENT : SOAR_DENIED,
        "log-in as %s: %s (%d)", directory->peer.bind_dn, said.text, said.code);
}

static int open_with(struct directory *directory, const struct value *secrets, struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    const struct directory_peer *peer = &directory->peer;
    directory->fd = worker_dial(peer->host, peer->port, directory->deadline_ms, err);
    if (directory->fd < 0)
        return -1;
    int rc = ldap_init_fd(directory->fd, LDAP_PROTO_EXT, peer->url, &directory->ld);
    if (rc != LDAP_SUCCESS)
        return soar_err_set(err, SOAR_TRANSIENT, "%s", ldap_err2string(rc));
    if (set_options(directory, err) || (peer->start_tls && start_tls(directory, arena, err)))
        return -1;
    if (ldap_install_tls(directory->ld) != LDAP_SUCCESS)
        return tls_fail(directory, err);
    if (!ldap_tls_inplace(directory->ld))
        return soar_err_set(err, SOAR_PERMANENT, "the connection is not encrypted");
    return log_in(directory, secrets, arena, err);
}

int directory_open(struct directory *directory, const struct value *secrets, struct soar_err *err)
{
    int rc = open_with(directory, secrets, err);
    if (rc)
        directory_close(directory);
    return rc;
}
