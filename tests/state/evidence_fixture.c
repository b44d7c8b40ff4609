/* The store of a test, on a real file system, and zstd's other way of unpacking to compare with. */
#include "tests/state/evidence_fixture.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "engine/base/file.h"
#include "engine/base/json.h"

enum { FILE_MAX = 64 * 1024 * 1024 };

int evidence_store_make(void **state)
{
    struct evidence_store *store = calloc(1, sizeof *store);
    assert_non_null(store);
    snprintf(store->top, sizeof store->top, "/dev/shm/soar-evidence-XXXXXX"); /* where syncs cost nothing */
    if (mkdtemp(store->top) == NULL) {
        snprintf(store->top, sizeof store->top, "/tmp/soar-evidence-XXXXXX");
        assert_non_null(mkdtemp(store->top));
    }
    snprintf(store->path, sizeof store->path, "%s/evidence", store->top);
    store->arena = arena_new();
    store->options = (struct evidence_options){.dir = store->path, .at_most = INT64_MAX};
    *state = store;
    return 0;
}

static int drop_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

int evidence_store_drop(void **state)
{
    struct evidence_store *store = *state;
    nftw(store->top, drop_one, 16, FTW_DEPTH | FTW_PHYS);
    arena_free(store->arena);
    free(store);
    return 0;
}

static uint32_t step(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

uint8_t *evidence_bytes(size_t len, uint32_t seed)
{
    uint8_t *bytes = malloc(len ? len : 1);
    assert_non_null(bytes);
    seed = seed * 2654435761U + 1;
    for (size_t i = 0; i < len; i++)
        bytes[i] = i / 4096 % 2 ? (uint8_t)(i / 64) : (uint8_t)step(&seed);
    return bytes;
}

int evidence_pipe_of(const void *bytes, size_t len)
{
    int fd = memfd_create("stream", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(evidence_write_all(fd, bytes, len), 0);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

struct value evidence_args(struct evidence_store *store, const char *json)
{
    struct value args;
    assert_int_equal(json_parse(store->arena, json, strlen(json), &args, NULL), 0);
    return args;
}

struct value evidence_put(struct evidence_store *store, const char *id, const void *bytes, size_t len)
{
    struct soar_err err = {0};
    struct value kept = value_null(), sealed = value_null();
    struct evidence_keeper *keeper = evidence_keeper_new(&store->options, world_system());
    struct value facts = evidence_args(
        store, arena_printf(store->arena, "{\"id\":\"%s\",\"name\":\"memory\",\"run\":\"R-1\"}", id));
    struct value verdict =
        evidence_args(store, arena_printf(store->arena, "{\"id\":\"%s\",\"whole\":true,\"exit\":0}", id));
    if (evidence_keep(keeper, &facts, evidence_pipe_of(bytes, len), INT64_MAX, NULL, store->arena, &kept,
                      &err) ||
        evidence_seal(keeper, &verdict, store->arena, &sealed, &err))
        fail_msg("%s", err.text);
    evidence_keeper_free(keeper);
    return sealed;
}

const char *evidence_at(struct evidence_store *store, const char *name)
{
    return arena_printf(store->arena, "%s/%s", store->path, name);
}

char *evidence_file(struct evidence_store *store, const char *name, size_t *ret_len)
{
    struct soar_err err = {0};
    char *text = NULL;
    if (file_read(store->arena, evidence_at(store, name), FILE_MAX, &text, ret_len, &err))
        fail_msg("%s", err.text);
    return text;
}

void evidence_write(struct evidence_store *store, const char *name, const void *bytes, size_t len)
{
    const char *path = evidence_at(store, name);
    (void)chmod(path, 0600);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(evidence_write_all(fd, bytes, len), 0);
    close(fd);
}

static void add_problem(void *arg, bool wrong, const char *text)
{
    if (wrong)
        buf_printf(arg, "%s\n", text);
}

char *evidence_problems(struct evidence_store *store, const char *journal)
{
    struct evidence_dir dir;
    struct evidence_verdict verdict;
    struct soar_err err = {0};
    struct value rows = value_null();
    BUF_SCOPED out = {0};
    if (journal)
        rows = evidence_args(store, journal);
    if (evidence_dir_open(store->path, false, &dir, &err))
        fail_msg("%s", err.text);
    struct evidence_check check = {
        .dir = &dir, .journal = journal ? &rows : NULL, .tell = add_problem, .arg = &out};
    if (evidence_verify(&check, &verdict, &err))
        buf_printf(&out, "error: %s\n", err.text);
    evidence_dir_close(&dir);
    return arena_string(store->arena, buf_string(&out));
}

char *evidence_unpacked(struct evidence_store *store, const char *object, size_t *ret_len)
{
    size_t len = 0;
    const char *packed = evidence_file(store, object, &len);
    char *bytes = malloc(FILE_MAX);
    assert_non_null(bytes);
    ZSTD_DCtx *decoder = ZSTD_createDCtx();
    size_t got = ZSTD_decompressDCtx(decoder, bytes, FILE_MAX, packed, len);
    ZSTD_freeDCtx(decoder);
    if (ZSTD_isError(got))
        fail_msg("%s: %s", object, ZSTD_getErrorName(got));
    char *copy = arena_copy(store->arena, bytes, got);
    free(bytes);
    *ret_len = got;
    return copy;
}
