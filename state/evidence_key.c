/* signing.key and signing.pub. A file appears under its name only when it is whole and synced, and never in
 * another's place: whoever comes second takes what is there. A key that others may read is refused, since it
 * would prove nothing. */
#include "state/evidence_key.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY_BYTES_MAX = 16 * 1024 };

static const char key_name[] = "signing.key", public_name[] = "signing.pub";

static int read_small(int at, const char *path, bool secret, struct buf *text, struct soar_err *err)
{
    struct stat st;
    int fd = openat(at, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return evidence_fail(err, path, "cannot be opened", errno);
    int failed = fstat(fd, &st) ? errno : 0;
    if (!failed && secret && (st.st_mode & (S_IRWXG | S_IRWXO))) {
        close(fd);
        return soar_err_set(err, SOAR_DENIED, "%s can be read by others than its owner: chmod 600 it", path);
    }
    char bytes[KEY_BYTES_MAX];
    ssize_t got = failed ? 0 : read(fd, bytes, sizeof bytes);
    if (got < 0)
        failed = errno;
    close(fd);
    if (!failed)
        buf_add(text, bytes, (size_t)got);
    explicit_bzero(bytes, sizeof bytes);
    return failed ? evidence_fail(err, path, "cannot be read", failed) : 0;
}

static void wipe(struct buf *text)
{
    if (text->data)
        explicit_bzero(text->data, text->size);
}

/* 1: something has appeared there meanwhile, and stands. */
static int put_new(int at, const char *path, const struct buf *text, mode_t mode, struct soar_err *err)
{
    char part[4096];
    int len = snprintf(part, sizeof part, "%s.%ld", path, (long)getpid());
    if (len >= (int)sizeof part)
        return soar_err_set(err, SOAR_INVALID, "%s: the path is too long", path);
    int fd = openat(at, part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return evidence_fail(err, path, "cannot be made", errno);
    int failed = evidence_write_all(fd, text->data, text->len) || fsync(fd) ? errno : 0;
    close(fd);
    int there = 0;
    if (!failed && linkat(at, part, at, path, 0)) {
        there = errno == EEXIST;
        failed = there ? 0 : errno;
    }
    unlinkat(at, part, 0);
    return failed ? evidence_fail(err, path, "cannot be made", failed) : there;
}

static int sync_holder(int at, const char *path, struct soar_err *err)
{
    char copy[4096];
    snprintf(copy, sizeof copy, "%s", path);
    int fd = openat(at, dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int failed = fd < 0 || fsync(fd) ? errno : 0;
    if (fd >= 0)
        close(fd);
    return failed ? evidence_fail(err, path, "cannot sync its directory", failed) : 0;
}

static int make_key(int at, const char *path, struct soar_err *err)
{
    struct ed25519 *key = NULL;
    BUF_SCOPED text;
    buf_init(&text, 0);
    if (ed25519_make(&key, err))
        return -1;
    ed25519_private_pem(key, &text);
    ed25519_free(key);
    int rc = put_new(at, path, &text, 0600, err);
    wipe(&text);
    return rc < 0 ? -1 : sync_holder(at, path, err);
}

static int load_key(int at, const char *path, struct ed25519 **ret_key, struct soar_err *err)
{
    BUF_SCOPED text;
    buf_init(&text, 0);
    if (read_small(at, path, true, &text, err))
        return -1;
    int rc = ed25519_load(buf_string(&text), text.len, ret_key, err);
    wipe(&text);
    return rc ? soar_err_wrap(err, "%s", path) : 0;
}

int evidence_key_public(const struct evidence_dir *dir, uint8_t ret_public[ED25519_PUBLIC_BYTES],
                        struct soar_err *err)
{
    BUF_SCOPED text;
    buf_init(&text, 0);
    if (read_small(dir->fd, public_name, false, &text, err))
        return -1;
    return ed25519_public_load(buf_string(&text), text.len, ret_public, err)
               ? soar_err_wrap(err, "%s", public_name)
               : 0;
}

/* The directory's public key is this key's; the first key's is put there. */
static int check_public(const struct evidence_dir *dir, const char *path, const struct ed25519 *key,
                        struct soar_err *err)
{
    uint8_t public[ED25519_PUBLIC_BYTES];
    BUF_SCOPED text;
    buf_init(&text, 0);
    ed25519_public_pem(ed25519_public(key), &text);
    if (faccessat(dir->fd, public_name, F_OK, 0) &&
        (put_new(dir->fd, public_name, &text, 0644, err) < 0 || sync_holder(dir->fd, public_name, err)))
        return -1;
    if (evidence_key_public(dir, public, err))
        return -1;
    if (memcmp(public, ed25519_public(key), sizeof public) == 0)
        return 0;
    return soar_err_set(
        err, SOAR_INVALID,
        "%s: its public key is not the one in signing.pub: put the key back that signed what is "
        "there, or begin another evidence directory",
        path);
}

int evidence_key_load(const struct evidence_dir *dir, const char *path, bool make, struct ed25519 **ret_key,
                      struct soar_err *err)
{
    struct soar_err why = {0};
    struct ed25519 *key = NULL;
    int at = path ? AT_FDCWD : dir->fd;
    path = path ? path : key_name;
    int rc = load_key(at, path, &key, &why);
    bool lost = rc && why.class == SOAR_ABSENT && make && faccessat(dir->fd, public_name, F_OK, 0) == 0;
    if (lost) { /* unless somebody has just made both: the private one comes first */
        rc = load_key(at, path, &key, &why);
        lost = rc && why.class == SOAR_ABSENT;
    }
    if (rc && why.class == SOAR_ABSENT && make) {
        if (lost)
            return soar_err_set(
                err, SOAR_PERMANENT,
                "%s is missing, and signing.pub is there: put the key back that signed what is "
                "there, or begin another evidence directory",
                path);
        if (make_key(at, path, err))
            return -1;
        rc = load_key(at, path, &key, &why);
    }
    if (rc)
        return soar_err_set(err, why.class, "%s", why.text);
    if (check_public(dir, path, key, err)) {
        ed25519_free(key);
        return -1;
    }
    *ret_key = key;
    return 0;
}

void evidence_key_name(const uint8_t public[ED25519_PUBLIC_BYTES], char ret_hex[DIGEST_HEX])
{
    static const uint8_t head[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
    uint8_t der[sizeof head + ED25519_PUBLIC_BYTES];
    memcpy(der, head, sizeof head);
    memcpy(der + sizeof head, public, ED25519_PUBLIC_BYTES);
    digest_sha256_hex(der, sizeof der, ret_hex);
}
