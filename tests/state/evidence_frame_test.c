/* Property: a stored frame that was cut or damaged anywhere is seen, and mended to a whole frame of its
 * longest good beginning; what is whole stays as it is. Method: frames of zstd's own making (several levels,
 * with and without threads, checksum and size), cut at many places, with bytes changed, with zeros and
 * rubbish behind; each mended one is unpacked by zstd in one go and compared with the beginning of what went
 * in. */
#include "tests/state/evidence_fixture.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include "state/evidence_frame.h"

enum { RAW = 700000, ROOM = 1024 * 1024 };

struct packed {
    uint8_t *bytes;
    size_t len;
};

static struct packed pack(const uint8_t *raw, size_t len, int level, int workers, int checksum, int sized)
{
    struct packed packed = {malloc(ROOM), 0};
    ZSTD_CCtx *encoder = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(encoder, ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(encoder, ZSTD_c_nbWorkers, workers);
    ZSTD_CCtx_setParameter(encoder, ZSTD_c_checksumFlag, checksum);
    if (sized)
        ZSTD_CCtx_setPledgedSrcSize(encoder, len);
    ZSTD_inBuffer in = {raw, len, 0};
    ZSTD_outBuffer out = {packed.bytes, ROOM, 0};
    if (!sized) /* all at once it would know the size, and say so */
        ZSTD_compressStream2(encoder, &out, &in, ZSTD_e_continue);
    while (ZSTD_compressStream2(encoder, &out, &in, ZSTD_e_end) > 0)
        ;
    ZSTD_freeCCtx(encoder);
    packed.len = out.pos;
    return packed;
}

static int file_of(const uint8_t *bytes, size_t len)
{
    int fd = memfd_create("frame", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(evidence_write_all(fd, bytes, len), 0);
    return fd;
}

/* Mends it; it is whole then, says what it holds, and that is a beginning of raw. Answers its length. */
static size_t mended(const uint8_t *bytes, size_t len, const uint8_t *raw)
{
    static uint8_t file[ROOM + 4096], unpacked[RAW + 4096];
    struct evidence_frame frame, again;
    struct soar_err err = {0};
    char hex[DIGEST_HEX];
    int fd = file_of(bytes, len);
    if (evidence_frame_mend(fd, NULL, &frame, &err))
        fail_msg("%s", err.text);
    ssize_t got = pread(fd, file, sizeof file, 0);
    assert_int_equal(got, frame.sum.stored_bytes);
    digest_sha256_hex(file, (size_t)got, hex);
    assert_string_equal(frame.sum.stored_sha256, hex);
    size_t out = got ? ZSTD_decompress(unpacked, sizeof unpacked, file, (size_t)got) : 0;
    assert_false(ZSTD_isError(out));
    assert_int_equal(out, frame.sum.bytes);
    assert_true(out <= RAW);
    assert_memory_equal(unpacked, raw, out);
    digest_sha256_hex(raw, out, hex);
    assert_string_equal(frame.sum.sha256, hex);
    assert_int_equal(frame.whole, out > 0);
    assert_int_equal(evidence_frame_read(fd, NULL, &again, &err), 0); /* and reading it finds the same */
    assert_int_equal(again.whole, frame.whole);
    assert_int_equal(again.cut_bytes, 0);
    assert_string_equal(again.sum.stored_sha256, frame.sum.stored_sha256);
    close(fd);
    return out;
}

static const struct {
    int level, workers, checksum, sized;
} kinds[] = {{1, 1, 0, 0}, {1, 0, 0, 0}, {3, 0, 1, 0}, {19, 0, 0, 1}, {-5, 0, 1, 1}};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

static void a_whole_frame_stays_as_it_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        uint8_t *raw = evidence_bytes(RAW, 1);
        struct packed packed =
            pack(raw, RAW, kinds[i].level, kinds[i].workers, kinds[i].checksum, kinds[i].sized);
        struct evidence_frame frame;
        int fd = file_of(packed.bytes, packed.len);
        assert_int_equal(evidence_frame_read(fd, NULL, &frame, NULL), 0);
        assert_true(frame.whole);
        assert_int_equal(frame.sum.bytes, RAW);
        close(fd);
        assert_int_equal(mended(packed.bytes, packed.len, raw), RAW);
        free(packed.bytes);
        free(raw);
    }
}

/* Of a writer's own kind; a frame that claims a size can't be closed early, and nobody writes one here. */
static void a_cut_frame_is_closed_behind_its_last_block(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        uint8_t *raw = evidence_bytes(RAW, 2);
        struct packed packed = pack(raw, RAW, kinds[i].level, kinds[i].workers, 0, 0);
        size_t last = 0;
        for (size_t cut = 0; cut < packed.len; cut += cut < 40 || cut + 40 > packed.len ? 1 : 1777) {
            size_t got = mended(packed.bytes, cut, raw);
            assert_true(got >= last); /* more file, more contents */
            assert_true(got + 3 * 128 * 1024 >= RAW * (cut / 1000) / (packed.len / 1000));
            last = got;
        }
        free(packed.bytes);
        free(raw);
    }
}

static void a_damaged_frame_is_never_taken_for_whole(void **state)
{
    (void)state;
    uint8_t *raw = evidence_bytes(RAW, 3);
    struct packed packed = pack(raw, RAW, 1, 0, 0, 0);
    struct evidence_frame whole, frame;
    int fd = file_of(packed.bytes, packed.len);
    assert_int_equal(evidence_frame_read(fd, NULL, &whole, NULL), 0);
    close(fd);
    for (size_t at = 0; at < packed.len; at += at < 40 ? 1 : 997) {
        packed.bytes[at] ^= 0x10;
        fd = file_of(packed.bytes, packed.len);
        assert_int_equal(evidence_frame_read(fd, NULL, &frame, NULL), 0);
        assert_false(frame.whole && !strcmp(frame.sum.stored_sha256, whole.sum.stored_sha256));
        close(fd);
        packed.bytes[at] ^= 0x10;
    }
    free(packed.bytes);
    free(raw);
}

static void what_stands_behind_a_frame_is_not_of_it(void **state)
{
    (void)state;
    static uint8_t bytes[ROOM];
    uint8_t *raw = evidence_bytes(RAW, 4);
    struct packed packed = pack(raw, RAW, 1, 0, 0, 0);
    struct evidence_frame frame;
    memcpy(bytes, packed.bytes, packed.len); /* zeros behind it: a power cut */
    int fd = file_of(bytes, packed.len + 100);
    assert_int_equal(evidence_frame_read(fd, NULL, &frame, NULL), 0);
    assert_false(frame.whole);
    assert_int_equal(frame.cut_bytes, 100);
    close(fd);
    assert_int_equal(mended(bytes, packed.len + 100, raw), RAW);
    memset(bytes + packed.len / 2, 0, packed.len - packed.len / 2); /* zeros in it: blocks never written */
    assert_true(mended(bytes, packed.len, raw) <= RAW);
    free(packed.bytes);
    free(raw);
}

static void no_frame_is_nothing(void **state)
{
    (void)state;
    static const char *const rubbish[] = {"", "x", "(\265/\375", "(\265/\375\1",
                                          "no zstd at all, but long enough"};
    for (size_t i = 0; i < sizeof rubbish / sizeof rubbish[0]; i++)
        assert_int_equal(mended((const uint8_t *)rubbish[i], strlen(rubbish[i]), (const uint8_t *)""), 0);
}

/* One that says its own size or checksum is none of the writer's: cutting it would make it a lie. */
static void a_frame_of_somebody_else_is_left_alone(void **state)
{
    (void)state;
    uint8_t *raw = evidence_bytes(RAW, 6);
    for (size_t i = 2; i < KINDS; i++) {
        struct packed packed =
            pack(raw, RAW, kinds[i].level, kinds[i].workers, kinds[i].checksum, kinds[i].sized);
        struct evidence_frame frame;
        struct soar_err err = {0};
        int fd = file_of(packed.bytes, packed.len - 9);
        assert_int_equal(evidence_frame_mend(fd, NULL, &frame, &err), -1);
        assert_int_equal(err.class, SOAR_PERMANENT);
        assert_int_equal(lseek(fd, 0, SEEK_END), packed.len - 9);
        close(fd);
        free(packed.bytes);
    }
    free(raw);
}

static int give_up(void *arg, uint64_t bytes, uint64_t stored_bytes)
{
    (void)arg;
    return bytes + stored_bytes > 0 ? -1 : 0;
}

static void whoever_watches_may_give_up(void **state)
{
    (void)state;
    size_t len = 8 * 1024 * 1024;
    uint8_t *raw = evidence_bytes(len, 5), *bytes = malloc(len);
    size_t packed = ZSTD_compress(bytes, len, raw, len, 1);
    struct evidence_frame frame;
    struct soar_err err = {0};
    struct evidence_watch watch = {.moved = give_up};
    assert_false(ZSTD_isError(packed));
    int fd = file_of(bytes, packed);
    assert_int_equal(evidence_frame_read(fd, &watch, &frame, &err), -1);
    assert_int_equal(err.class, SOAR_TRANSIENT);
    close(fd);
    free(raw);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_frame_stays_as_it_is),
        cmocka_unit_test(a_cut_frame_is_closed_behind_its_last_block),
        cmocka_unit_test(a_damaged_frame_is_never_taken_for_whole),
        cmocka_unit_test(what_stands_behind_a_frame_is_not_of_it),
        cmocka_unit_test(no_frame_is_nothing),
        cmocka_unit_test(a_frame_of_somebody_else_is_left_alone),
        cmocka_unit_test(whoever_watches_may_give_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
