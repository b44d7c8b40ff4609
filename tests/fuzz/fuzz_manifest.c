/* Property: no line of a manifest breaks its reader, none that wasn't signed passes, and no record names an
 * object outside the directory; no file breaks the reader of frames, and what it mends is whole. Method:
 * libFuzzer; the first byte says which of the two; a frame is mended in a file in memory, and read again. */
#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "state/evidence_frame.h"
#include "state/evidence_verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void one_line(const uint8_t *data, size_t size)
{
    static const uint8_t public[ED25519_PUBLIC_BYTES] = {0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7};
    uint8_t signature[ED25519_SIGNATURE_BYTES];
    struct value record;
    size_t signed_len = 0;
    ARENA_SCOPED arena = arena_new();
    char *text = arena_copy(arena, data, size);
    if (!evidence_record_read(arena, text, size, &record, &signed_len, signature))
        return;
    assert(record.kind == VALUE_MAP && signed_len < size);
    assert(!ed25519_verify(public, text, signed_len, signature));
    const char *object = evidence_record_object(&record);
    assert(object == NULL || object[0] == '\0' ||
           (strncmp(object, "objects/", 8) == 0 && !strstr(object, "..")));
}

static void one_frame(const uint8_t *data, size_t size)
{
    struct evidence_frame frame, again;
    int fd = memfd_create("frame", MFD_CLOEXEC);
    assert(fd >= 0 && evidence_write_all(fd, data, size) == 0);
    if (evidence_frame_mend(fd, NULL, &frame, NULL) == 0) {
        assert(evidence_frame_read(fd, NULL, &again, NULL) == 0);
        assert(again.whole == frame.whole && again.sum.bytes == frame.sum.bytes);
        assert(strcmp(again.sum.stored_sha256, frame.sum.stored_sha256) == 0);
    }
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] & 1)
        one_line(data + 1, size - 1);
    else
        one_frame(data + 1, size - 1);
    return 0;
}
