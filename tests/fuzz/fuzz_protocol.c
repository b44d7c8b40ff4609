/* Property: no line of a worker breaks the engine's reader of the protocol: it is taken, printed anew as JSON
 * of one line, or refused. Method: libFuzzer; the first line of the input is the worker's, the rest is taken
 * for secrets to strike out of its reason. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "engine/loop/pool_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ARENA_SCOPED arena = arena_new();
    char *text = arena_copy(arena, data, size);
    const char *end = memchr(text, '\n', size);
    size_t len = end ? (size_t)(end - text) : size;
    struct wire_message message;
    struct soar_err err;
    if (wire_parse(arena, text, len, &message, &err)) {
        assert(err.class == SOAR_INVALID && strpbrk(err.text, "\r\n") == NULL);
        return 0;
    }
    if (message.kind == WIRE_ANSWER) {
        assert(message.class < SOAR_CLASS_COUNT && strchr(message.result, '\n') == NULL);
        (void)wire_strike(arena, message.why, end ? end + 1 : NULL);
    }
    if (message.kind == WIRE_PROGRESS)
        assert(strchr(message.json, '\n') == NULL);
    return 0;
}
