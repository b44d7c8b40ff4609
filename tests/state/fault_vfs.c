/* A file layer that breaks on command and remembers what a power cut may lose.
 *
 * The one thing to know: the real files are never synced; the disk that counts is the images kept in memory.
 */
#include "tests/state/fault_vfs.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IMAGES_MAX = 32, SECTOR = 512 };

/* A write (bytes) or a truncation (NULL) that no sync has followed yet. */
struct change {
    struct change *next;
    int64_t offset; /* or the new length */
    size_t len;
    unsigned char *bytes;
};

struct content {
    unsigned char *bytes;
    size_t len;
    size_t size;
};

struct image {
    char name[256]; /* the last part of the path */
    struct content durable;
    struct change *first;
    struct change **last;
};

struct fault_file {
    sqlite3_file base;
    struct image *image; /* NULL: none is kept */
    char name[256];
    sqlite3_file *real; /* behind this struct */
};

static struct {
    pthread_mutex_t lock;
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    struct image images[IMAGES_MAX];
    size_t image_count;
    bool fired;
    int calls_after;
    enum fault_call call;
    char suffix[32];
    bool armed;
    int pass;
    int times;
    int code;
    void (*watch)(void *arg);
    void *watch_arg;
} fault = {.lock = PTHREAD_MUTEX_INITIALIZER};

uint64_t fault_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void *must(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

static void content_write(struct content *content, int64_t offset, const void *bytes, size_t len)
{
    size_t end = (size_t)offset + len;
    if (len == 0)
        return;
    if (end > content->size) {
        content->size = end * 2;
        content->bytes = must(realloc(content->bytes, content->size));
    }
    if (end > content->len) {
        memset(content->bytes + content->len, 0, end - content->len);
        content->len = end;
    }
    memcpy(content->bytes + offset, bytes, len);
}

static void forget_changes(struct image *image)
{
    while (image->first) {
        struct change *change = image->first;
        image->first = change->next;
        free(change->bytes);
        free(change);
    }
    image->last = &image->first;
}

static void apply(struct content *content, const struct change *change)
{
    if (change->bytes)
        content_write(content, change->offset, change->bytes, change->len);
    else if ((size_t)change->offset < content->len)
        content->len = (size_t)change->offset;
}

static void make_durable(struct image *image)
{
    for (struct change *change = image->first; change; change = change->next)
        apply(&image->durable, change);
    forget_changes(image);
}

static void remember(struct image *image, int64_t offset, const void *bytes, size_t len)
{
    struct change *change = must(calloc(1, sizeof(*change)));
    change->offset = offset;
    change->len = len;
    if (bytes) {
        change->bytes = must(malloc(len));
        memcpy(change->bytes, bytes, len);
    }
    *image->last = change;
    image->last = &change->next;
}

/* Counts the call; the code it is to fail with, or SQLITE_OK. */
static int happens(const struct fault_file *file, enum fault_call call)
{
    pthread_mutex_lock(&fault.lock);
    void (*watch)(void *arg) = fault.watch;
    void *arg = fault.watch_arg;
    pthread_mutex_unlock(&fault.lock);
    if (watch)
        watch(arg);
    pthread_mutex_lock(&fault.lock);
    int code = SQLITE_OK;
    size_t len = strlen(file->name);
    size_t end = strlen(fault.suffix);
    fault.calls_after += fault.fired;
    if (fault.armed && fault.call == call && len >= end &&
        strcmp(file->name + len - end, fault.suffix) == 0) {
        if (fault.pass > 0)
            fault.pass--;
        else if (fault.times != 0) {
            fault.times -= fault.times > 0;
            code = fault.code;
            fault.fired = true;
        }
    }
    pthread_mutex_unlock(&fault.lock);
    return code;
}

static struct fault_file *file_of(sqlite3_file *file)
{
    return (struct fault_file *)(void *)file;
}

static sqlite3_file *real_of(sqlite3_file *file)
{
    return file_of(file)->real;
}

static int file_close(sqlite3_file *file)
{
    return real_of(file)->pMethods->xClose(real_of(file));
}

static int file_read(sqlite3_file *file, void *bytes, int len, sqlite3_int64 offset)
{
    return real_of(file)->pMethods->xRead(real_of(file), bytes, len, offset);
}

static int file_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 offset)
{
    struct image *image = file_of(file)->image;
    int code = happens(file_of(file), FAULT_WRITE);
    if (code == SQLITE_OK)
        code = real_of(file)->pMethods->xWrite(real_of(file), bytes, len, offset);
    if (code == SQLITE_OK && image) {
        pthread_mutex_lock(&fault.lock);
        remember(image, offset, bytes, (size_t)len);
        pthread_mutex_unlock(&fault.lock);
    }
    return code;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 len)
{
    struct image *image = file_of(file)->image;
    int code = happens(file_of(file), FAULT_TRUNCATE);
    if (code == SQLITE_OK)
        code = real_of(file)->pMethods->xTruncate(real_of(file), len);
    if (code == SQLITE_OK && image) {
        pthread_mutex_lock(&fault.lock);
        remember(image, len, NULL, 0);
        pthread_mutex_unlock(&fault.lock);
    }
    return code;
}

/* The real sync is left out: the disk is in memory here, and the test shall be quick. */
static int file_sync(sqlite3_file *file, int flags)
{
    struct image *image = file_of(file)->image;
    int code = happens(file_of(file), FAULT_SYNC);
    (void)flags;
    if (code == SQLITE_OK && image) {
        pthread_mutex_lock(&fault.lock);
        make_durable(image);
        pthread_mutex_unlock(&fault.lock);
    }
    return code;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *ret_size)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), ret_size);
}

static int file_lock(sqlite3_file *file, int lock)
{
    return real_of(file)->pMethods->xLock(real_of(file), lock);
}

static int file_unlock(sqlite3_file *file, int lock)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), lock);
}

static int file_check_lock(sqlite3_file *file, int *ret_locked)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), ret_locked);
}

static int file_control(sqlite3_file *file, int op, void *arg)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), op, arg);
}

static int file_sector(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

/* No promise at all: nothing is atomic, a write may damage its neighbours' sectors only. */
static int file_traits(sqlite3_file *file)
{
    (void)file;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int shm_map(sqlite3_file *file, int region, int size, int extend, void volatile **ret_memory)
{
    return real_of(file)->pMethods->xShmMap(real_of(file), region, size, extend, ret_memory);
}

static int shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, n, flags);
}

static void shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int shm_unmap(sqlite3_file *file, int drop)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), drop);
}

static const sqlite3_io_methods METHODS = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap,
};

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Found or made; a file that was there before counts as durable. */
static struct image *image_of(const char *path, sqlite3_file *real)
{
    for (size_t i = 0; i < fault.image_count; i++) {
        if (strcmp(fault.images[i].name, last_part(path)) == 0)
            return &fault.images[i];
    }
    if (fault.image_count == IMAGES_MAX)
        abort();
    struct image *image = &fault.images[fault.image_count++];
    sqlite3_int64 size = 0;
    *image = (struct image){.last = &image->first};
    snprintf(image->name, sizeof(image->name), "%s", last_part(path));
    if (real->pMethods->xFileSize(real, &size) == SQLITE_OK && size > 0) {
        unsigned char *bytes = must(malloc((size_t)size));
        if (real->pMethods->xRead(real, bytes, (int)size, 0) == SQLITE_OK)
            content_write(&image->durable, 0, bytes, (size_t)size);
        free(bytes);
    }
    return image;
}

static int vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *ret_flags)
{
    struct fault_file *mine = file_of(file);
    (void)vfs;
    *mine = (struct fault_file){.real = (sqlite3_file *)(void *)(mine + 1)};
    int code = fault.real->xOpen(fault.real, path, mine->real, flags, ret_flags);
    if (code != SQLITE_OK)
        return code;
    mine->base.pMethods = &METHODS;
    if (path) {
        pthread_mutex_lock(&fault.lock);
        mine->image = image_of(path, mine->real);
        pthread_mutex_unlock(&fault.lock);
        snprintf(mine->name, sizeof(mine->name), "%s", last_part(path));
    }
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync)
{
    (void)vfs;
    pthread_mutex_lock(&fault.lock);
    for (size_t i = 0; i < fault.image_count; i++) {
        struct image *image = &fault.images[i];
        if (strcmp(image->name, last_part(path)) != 0)
            continue;
        forget_changes(image);
        image->durable.len = 0;
        image->name[0] = '\0'; /* an open file keeps its image, but no name leads there */
    }
    pthread_mutex_unlock(&fault.lock);
    return fault.real->xDelete(fault.real, path, sync);
}

static void forget_all(void)
{
    for (size_t i = 0; i < fault.image_count; i++) {
        forget_changes(&fault.images[i]);
        free(fault.images[i].durable.bytes);
    }
    fault.image_count = 0;
}

void fault_reset(void)
{
    pthread_mutex_lock(&fault.lock);
    if (!fault.real) {
        fault.real = sqlite3_vfs_find(NULL);
        fault.vfs = *fault.real;
        fault.vfs.zName = "fault";
        fault.vfs.pNext = NULL;
        fault.vfs.szOsFile = (int)sizeof(struct fault_file) + fault.real->szOsFile;
        fault.vfs.xOpen = vfs_open;
        fault.vfs.xDelete = vfs_delete;
        sqlite3_vfs_register(&fault.vfs, 0);
    }
    forget_all();
    fault.fired = false;
    fault.armed = false;
    fault.watch = NULL;
    pthread_mutex_unlock(&fault.lock);
}

void fault_arm(enum fault_call call, const char *suffix, int pass, int times, int code)
{
    pthread_mutex_lock(&fault.lock);
    fault.armed = true;
    fault.fired = false;
    fault.calls_after = 0;
    fault.call = call;
    fault.pass = pass;
    fault.times = times;
    fault.code = code;
    snprintf(fault.suffix, sizeof(fault.suffix), "%s", suffix);
    pthread_mutex_unlock(&fault.lock);
}

void fault_disarm(void)
{
    pthread_mutex_lock(&fault.lock);
    fault.armed = false;
    pthread_mutex_unlock(&fault.lock);
}

int fault_calls_after(void)
{
    pthread_mutex_lock(&fault.lock);
    int calls = fault.fired ? fault.calls_after : -1;
    pthread_mutex_unlock(&fault.lock);
    return calls;
}

void fault_watch(void (*fn)(void *arg), void *arg)
{
    pthread_mutex_lock(&fault.lock);
    fault.watch = fn;
    fault.watch_arg = arg;
    pthread_mutex_unlock(&fault.lock);
}

/* All of it, none of it, or some of its sectors. */
static void apply_some(struct content *content, const struct change *change, uint64_t *seed)
{
    uint64_t choice = fault_random(seed) % 4;
    if (choice == 0)
        return;
    if (choice <= 2 || !change->bytes) {
        apply(content, change);
        return;
    }
    for (size_t at = 0; at < change->len; at += SECTOR) {
        size_t len = change->len - at < SECTOR ? change->len - at : SECTOR;
        if (fault_random(seed) % 2)
            content_write(content, change->offset + (int64_t)at, change->bytes + at, len);
    }
}

static void write_file(const char *dir, const char *name, const struct content *content)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *out = must(fopen(path, "w"));
    if ((content->len > 0 && fwrite(content->bytes, 1, content->len, out) != content->len) ||
        fclose(out) != 0)
        abort();
}

void fault_cut(const char *dir, uint64_t seed)
{
    seed = seed * 0x9E3779B97F4A7C15u + 1;
    pthread_mutex_lock(&fault.lock);
    for (size_t i = 0; i < fault.image_count; i++) {
        const struct image *image = &fault.images[i];
        struct content content = {0};
        if (!image->name[0])
            continue;
        content_write(&content, 0, image->durable.len ? (const void *)image->durable.bytes : "",
                      image->durable.len);
        for (const struct change *change = image->first; change; change = change->next)
            apply_some(&content, change, &seed);
        write_file(dir, image->name, &content);
        free(content.bytes);
    }
    pthread_mutex_unlock(&fault.lock);
}
