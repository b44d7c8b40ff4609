/* The store: a bare repository that we alone use. Whoever holds its lock may tidy it: what a killed fetch
 * left (locks of the library, packs half written) is nobody's any more. It is a cache: what makes no sense is
 * thrown away, and a store is known by a file of ours, so that nothing else ever is. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "connectors/git/source.h"

static const char marker[] = "soar-store"; /* and what is locked */
enum { PACKS_MAX = 24 };                   /* each fetch adds one; their descriptors are few */
static const off_t store_bytes_max = (off_t)2 * SOURCE_PACK_BYTES_MAX;

int source_write_file(const char *dir, const char *name, const char *text, struct soar_err *err)
{
    BUF_SCOPED path;
    buf_init(&path, 0);
    buf_printf(&path, "%s/%s", dir, name);
    size_t len = strlen(text), put = 0;
    int fd = open(buf_string(&path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    while (fd >= 0 && put < len) {
        ssize_t step = write(fd, text + put, len - put);
        if (step < 0)
            break;
        put += (size_t)step;
    }
    if (fd < 0 || put < len)
        soar_err_set(err, SOAR_TRANSIENT, "%s: %s", buf_string(&path), strerror(errno));
    if (fd >= 0)
        close(fd);
    return fd >= 0 && put == len ? 0 : -1;
}

/* --- the lock */

static int lock(struct source *source, bool alone, int64_t deadline_ms, struct soar_err *err)
{
    enum { STEP_MS = 50 };
    BUF_SCOPED path;
    buf_init(&path, 0);
    buf_printf(&path, "%s/%s", source->peer.store, marker);
    if (mkdir(source->peer.store, 0700) && errno != EEXIST)
        return soar_err_set(err, SOAR_TRANSIENT, "%s: %s", source->peer.store, strerror(errno));
    source->lock = open(buf_string(&path), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (source->lock < 0)
        return soar_err_set(err, SOAR_TRANSIENT, "%s: %s", buf_string(&path), strerror(errno));
    while (flock(source->lock, (alone ? LOCK_EX : LOCK_SH) | LOCK_NB)) {
        if (worker_now_ms() + STEP_MS >= deadline_ms)
            return soar_err_set(err, SOAR_TRANSIENT, "another fetch is at work in %s", source->peer.store);
        poll(NULL, 0, STEP_MS);
    }
    return 0;
}

/* --- what was left behind */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    if (at->level > 0 && !(at->level == 1 && strcmp(path + at->base, marker) == 0))
        return type == FTW_DP ? rmdir(path) : unlink(path);
    return 0;
}

void source_throw_away(struct source *source)
{
    git_repository_free(source->store);
    source->store = NULL;
    nftw(source->peer.store, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static bool ends(const char *name, const char *end)
{
    size_t len = strlen(name), want = strlen(end);
    return len >= want && strcmp(name + len - want, end) == 0;
}

static size_t packs; /* nftw() takes no argument */
static off_t bytes;

static int tidy_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    const char *name = path + at->base;
    bool in_packs = at->level == 3 && strstr(path, "/objects/pack/") != NULL;
    if (type != FTW_F)
        return 0;
    packs += in_packs && ends(name, ".idx");
    bytes += st->st_size;
    if (ends(name, ".lock") || strncmp(name, "tmp_", 4) == 0 ||
        (in_packs && (strncmp(name, "pack-", 5) != 0 || (!ends(name, ".pack") && !ends(name, ".idx")))))
        unlink(path);
    return 0;
}

/* True: there are so many packs, or of so many bytes, that all of it is better fetched anew: what a branch
 * was rewritten to a hundred times stays here otherwise, beside the record. */
static bool tidy(const char *store)
{
    packs = 0;
    bytes = 0;
    nftw(store, tidy_one, 8, FTW_PHYS);
    return packs > PACKS_MAX || bytes > store_bytes_max;
}

/* --- open and close */

/* What we fetched last is there, or nothing was. */
static bool is_whole(struct source *source)
{
    git_oid id;
    git_commit *commit = NULL;
    int found = git_reference_name_to_id(&id, source->store, source_fetched);
    if (found == GIT_ENOTFOUND)
        return true;
    bool whole = found == 0 && git_commit_lookup(&commit, source->store, &id) == 0;
    git_commit_free(commit);
    return whole;
}

/* The library obeys what stands in a repository's configuration, as to go elsewhere: it is ours each time. */
static int open_store(struct source *source, struct soar_err *err)
{
    static const char config[] = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n";
    if (source_write_file(source->peer.store, "config", config, err))
        return -1;
    if (git_repository_open_bare(&source->store, source->peer.store) == 0 && is_whole(source))
        return 0;
    source_throw_away(source);
    if (git_repository_init(&source->store, source->peer.store, true) == 0)
        return 0;
    return source_fail(source, source->peer.store, err);
}

int source_open(struct source *source, bool alone, int64_t deadline_ms, struct soar_err *err)
{
    if (lock(source, alone, deadline_ms, err))
        return -1;
    if (!alone)
        return git_repository_open_bare(&source->store, source->peer.store)
                   ? source_fail(source, source->peer.store, err)
                   : 0;
    if (tidy(source->peer.store))
        source_throw_away(source);
    return open_store(source, err);
}

void source_close(struct source *source)
{
    git_repository_free(source->store);
    source->store = NULL;
    if (source->lock >= 0)
        close(source->lock);
    source->lock = -1;
}
