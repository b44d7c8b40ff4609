/* Property: no text makes the JSON reader crash, and what it accepts is a fixed point: printed, read and
 * printed again it is the same text, in one line and pretty. Method: libFuzzer over whole documents; the
 * address sanitizer sees each allocation of the arena apart. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    ARENA_SCOPED arena = arena_new();
    struct value value, again;
    struct soar_err err = {0};
    if (json_parse(arena, (const char *)bytes, len, &value, &err) != 0) {
        assert(err.class == SOAR_INVALID && strncmp(err.text, "line ", 5) == 0);
        assert(text_is_utf8(err.text, strlen(err.text)));
        return 0;
    }
    const char *text = json_text(arena, &value);
    assert(text_is_utf8(text, strlen(text)));
    assert(json_parse(arena, text, strlen(text), &again, &err) == 0);
    assert(value_equal(&value, &again));
    assert(strcmp(text, json_text(arena, &again)) == 0);
    BUF_SCOPED pretty;
    buf_init(&pretty, 0);
    json_pretty(&pretty, &value);
    assert(json_parse(arena, pretty.data, pretty.len, &again, &err) == 0);
    assert(value_equal(&value, &again));
    return 0;
}
