/* Secrets by reference. What is read lies in memory of its own, is wiped when it is done with, and is named
 * in no error. References stand in files of the operator; a bare secret there is a mistake. */
#include "engine/site/site_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/file.h"

enum { SECRET_BYTES = 64 * 1024 }; /* a private key has 3 KiB; a file beyond this is the wrong one */

static const char *const schemes[] = {"env:", "file:", "credential:"};

/* What follows the scheme, or NULL if the reference doesn't begin with it. */
static const char *after(const char *reference, const char *scheme)
{
    size_t len = strlen(scheme);
    return strncmp(reference, scheme, len) == 0 && reference[len] != '\0' ? reference + len : NULL;
}

static bool known_scheme(const struct yaml_node *node)
{
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        if (after(node->text, schemes[i]) != NULL) {
            return true;
        }
    }
    return false;
}

bool secret_check(const struct yaml_node *node, const char *what, struct diag_list *diags)
{
    ARENA_SCOPED arena = arena_new();
    struct site_vault_ref ref;
    struct soar_err err = {0};
    bool vault = site_in_vault(node->text);
    if (vault ? site_vault_ref(arena, node->text, false, &ref, &err) == 0 : known_scheme(node)) {
        return true;
    }
    diag_error(diags, node->line, node->col,
               vault ? "'%s': %s"
                     : "'%s': expected a reference to a secret (env:NAME, file:PATH, credential:NAME or "
                       "vault:MOUNT/PATH#FIELD), not the secret itself%s",
               what, err.text);
    return false;
}

bool secret_check_now(const struct yaml_node *node, const char *what, struct diag_list *diags)
{
    if (known_scheme(node)) {
        return true;
    }
    diag_error(
        diags, node->line, node->col,
        site_in_vault(node->text)
            ? "'%s': soard reads it when it starts, and asks no vault then: use credential:NAME, "
              "file:PATH or env:NAME (an agent of the vault's can write the file)"
            : "'%s': expected a reference to a secret (env:NAME, file:PATH or credential:NAME), not the "
              "secret itself",
        what);
    return false;
}

const char *secret_beside(struct arena *arena, const char *file, const char *reference)
{
    const char *path = reference == NULL ? NULL : after(reference, "file:");
    return path == NULL ? reference : arena_printf(arena, "file:%s", file_beside(arena, file, path));
}

/* One line break at the end of a secret of one line was put there by an editor. */
static void drop_line_break(struct site_secret *secret)
{
    char *first = memchr(secret->bytes, '\n', secret->len);
    if (first != NULL && first == secret->bytes + secret->len - 1) {
        secret->len--;
        if (secret->len > 0 && secret->bytes[secret->len - 1] == '\r') {
            secret->len--;
        }
        explicit_bzero(secret->bytes + secret->len, 2);
    }
}

static struct site_secret room_for(size_t len)
{
    struct site_secret secret = {.bytes = calloc(1, len + 2), .len = 0};
    if (secret.bytes == NULL) {
        abort();
    }
    return secret;
}

/* Reads to the end or to one byte more than is allowed; -1 with errno. */
static int read_whole(int fd, struct site_secret *secret)
{
    while (secret->len <= SECRET_BYTES) {
        ssize_t got = read(fd, secret->bytes + secret->len, SECRET_BYTES + 1 - secret->len);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return (int)got;
        }
        secret->len += (size_t)got;
    }
    return 0;
}

static int read_file(const char *path, struct site_secret *ret_secret, struct soar_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return soar_err_set(err, errno == ENOENT ? SOAR_ABSENT : SOAR_DENIED, "secret file %s: %s", path,
                            strerror(errno));
    }
    struct site_secret secret = room_for(SECRET_BYTES + 1);
    int result = read_whole(fd, &secret);
    int error = errno;
    close(fd);
    if (result == 0 && secret.len > 0 && secret.len <= SECRET_BYTES) {
        drop_line_break(&secret);
        *ret_secret = secret;
        return 0;
    }
    if (result < 0) {
        soar_err_set(err, SOAR_PERMANENT, "secret file %s: %s", path, strerror(error));
    } else if (secret.len == 0) {
        soar_err_set(err, SOAR_INVALID, "secret file %s is empty", path);
    } else {
        soar_err_set(err, SOAR_INVALID, "secret file %s: larger than %d bytes", path, SECRET_BYTES);
    }
    site_secret_done(&secret);
    return -1;
}

static struct site_secret of_text(const char *text)
{
    struct site_secret secret = room_for(strlen(text));
    secret.len = strlen(text);
    memcpy(secret.bytes, text, secret.len);
    return secret;
}

static int read_environment(const char *name, struct site_secret *ret_secret, struct soar_err *err)
{
    const char *text = getenv(name);
    if (text == NULL || *text == '\0') {
        return soar_err_set(err, SOAR_ABSENT, "secret env:%s: the variable is not set", name);
    }
    *ret_secret = of_text(text);
    return 0;
}

/* systemd's LoadCredential= puts files into a directory of the service's own. */
static int read_credential(const char *name, struct site_secret *ret_secret, struct soar_err *err)
{
    const char *dir = getenv("CREDENTIALS_DIRECTORY");
    if (dir == NULL || strchr(name, '/') != NULL) {
        return soar_err_set(err, SOAR_ABSENT, "secret credential:%s: %s", name,
                            dir == NULL ? "the service has no credentials directory" : "a name holds no '/'");
    }
    ARENA_SCOPED arena = arena_new();
    return read_file(arena_printf(arena, "%s/%s", dir, name), ret_secret, err);
}

int site_secret_read(const struct site *site, const char *reference, struct site_secret *ret_secret,
                     struct soar_err *err)
{
    const char *rest = NULL; /* paths were made absolute when the site was loaded */
    if (site != NULL && site->text_secrets && (rest = after(reference, SITE_TEXT_SECRET)) != NULL) {
        *ret_secret = of_text(rest);
        return 0;
    }
    if ((rest = after(reference, "env:")) != NULL) {
        return read_environment(rest, ret_secret, err);
    }
    if ((rest = after(reference, "file:")) != NULL) {
        return read_file(rest, ret_secret, err);
    }
    if ((rest = after(reference, "credential:")) != NULL) {
        return read_credential(rest, ret_secret, err);
    }
    if (site_in_vault(reference)) {
        return soar_err_set(err, SOAR_UNSUPPORTED, "a secret in a vault can't be read here");
    }
    return soar_err_set(err, SOAR_INVALID, "a secret's reference begins with env:, file: or credential:");
}

void site_secret_done(struct site_secret *secret)
{
    if (secret->bytes != NULL) {
        explicit_bzero(secret->bytes, secret->len);
        free(secret->bytes);
    }
    *secret = (struct site_secret){0};
}
