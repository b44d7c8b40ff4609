/* Who is at the far end, and who we are. A host key counts by a line in known_hosts and in no other way; a
 * certificate by the authority that the site named, or the system's. A log-in is tried once: who refuses it
 * gets no second one. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "connectors/git/source.h"

/* In the order in which we like them; what the library can do of what SSH has. */
static const char *const key_types[] = {"ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
                                        "ecdsa-sha2-nistp521", "ssh-rsa"};
enum { KEY_TYPES = sizeof key_types / sizeof *key_types };

/* The library looks for $HOME/.ssh/known_hosts, to ask the server for a key of a type that is known. It gets
 * the lines of this host, plain, in our order; what counts is source_certificate(). */
static int write_known_hosts(struct source *source, struct soar_err *err)
{
    const struct source_peer *peer = &source->peer;
    bool usual = strcmp(peer->port, "22") == 0;
    BUF_SCOPED lines;
    BUF_SCOPED dir;
    buf_init(&lines, 0);
    buf_init(&dir, 0);
    for (size_t i = 0; i < KEY_TYPES; i++) {
        struct known_key key;
        if (known_hosts_look(peer->known_hosts, peer->host, peer->port, key_types[i], NULL, &key))
            buf_printf(&lines, usual ? "%s%s %s %.*s\n" : "[%s]:%s %s %.*s\n", peer->host,
                       usual ? "" : peer->port, key_types[i], (int)key.len, key.base64);
    }
    if (lines.len == 0)
        return soar_err_set(
            err, SOAR_DENIED,
            "known_hosts has no key of %s%s%s; get it with ssh-keyscan -p %s %s, and compare it "
            "there",
            peer->host, usual ? "" : " port ", usual ? "" : peer->port, peer->port, peer->host);
    buf_printf(&dir, "%s/.ssh", peer->store);
    mkdir(buf_string(&dir), 0700);
    setenv("HOME", peer->store, 1);
    return source_write_file(buf_string(&dir), "known_hosts", buf_string(&lines), err);
}

int source_trust(struct source *source, struct soar_err *err)
{
    BUF_SCOPED path;
    buf_init(&path, 0);
    if (source->peer.ssh)
        return write_known_hosts(source, err);
    if (!source->peer.ca)
        return 0;
    if (source_write_file(source->peer.store, "ca.pem", source->peer.ca, err))
        return -1;
    buf_printf(&path, "%s/ca.pem", source->peer.store);
    return git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, buf_string(&path), NULL)
               ? source_fail(source, "ca", err)
               : 0;
}

static int check_key(struct source *source, const char *type, const char *base64)
{
    const struct source_peer *peer = &source->peer;
    char shown[KNOWN_FINGERPRINT_BYTES], known[KNOWN_FINGERPRINT_BYTES];
    struct known_key other;
    known_hosts_fingerprint((struct known_key){base64, strlen(base64)}, shown);
    if (known_hosts_revoked(peer->known_hosts, base64))
        return soar_err_set(&source->refused, SOAR_DENIED, "host key %s is revoked in known_hosts", shown);
    switch (known_hosts_look(peer->known_hosts, peer->host, peer->port, type, base64, &other)) {
    case KNOWN_SAME:
        return 0;
    case KNOWN_OTHER:
        known_hosts_fingerprint(other, known);
        return soar_err_set(&source->refused, SOAR_DENIED,
                            "host key is %s, and known_hosts has %s: set up anew, or somebody else", shown,
                            known);
    case KNOWN_NONE:
        break;
    }
    return soar_err_set(&source->refused, SOAR_DENIED, "host key %s is not in known_hosts", shown);
}

static int check_hostkey(struct source *source, const git_cert_hostkey *cert)
{
    struct sshsig_piece blob = {(const uint8_t *)cert->hostkey, cert->hostkey_len}, type;
    if (!(cert->type & GIT_CERT_SSH_RAW) || !sshsig_take(&blob, &type) || type.len > 64)
        return soar_err_set(&source->refused, SOAR_DENIED, "the server shows no host key");
    ARENA_SCOPED arena = arena_new();
    unsigned char *base64 = arena_alloc(arena, cert->hostkey_len / 3 * 4 + 8);
    EVP_EncodeBlock(base64, (const unsigned char *)cert->hostkey, (int)cert->hostkey_len);
    return check_key(source, arena_copy(arena, type.bytes, type.len), (const char *)base64);
}

int source_certificate(git_cert *cert, int valid, const char *host, void *arg)
{
    struct source *source = arg;
    (void)host;
    if (source->peer.ssh)
        return cert->cert_type == GIT_CERT_HOSTKEY_LIBSSH2 &&
                       check_hostkey(source, (const git_cert_hostkey *)cert) == 0
                   ? 0
                   : GIT_EUSER;
    return cert->cert_type == GIT_CERT_X509 && valid ? 0 : GIT_PASSTHROUGH; /* the library's verdict stands */
}

static const char *secret(const struct source *source, const char *name)
{
    return value_get_string(source->secrets, name, NULL);
}

int source_credential(git_credential **ret, const char *url, const char *user, unsigned allowed, void *arg)
{
    struct source *source = arg;
    const char *name = source->peer.user, *key = secret(source, "key");
    const char *password = secret(source, "password");
    (void)url;
    (void)user;
    password = password ? password : secret(source, "token");
    if (allowed & GIT_CREDENTIAL_USERNAME)
        return git_credential_username_new(ret, name);
    if (source->log_ins++ > 0)
        soar_err_set(&source->refused, SOAR_DENIED, "the server refuses the log-in of %s", name);
    else if (key && source->peer.ssh && (allowed & GIT_CREDENTIAL_SSH_MEMORY))
        return git_credential_ssh_key_memory_new(ret, name, NULL, key, NULL);
    else if (password && (allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT))
        return git_credential_userpass_plaintext_new(ret, name, password);
    else
        soar_err_set(&source->refused, SOAR_DENIED, "the server wants a log-in, and there is no %s for it",
                     source->peer.ssh ? "key" : "password or token");
    return GIT_EUSER;
}
