/* Property: the cheap look at a body keeps out no document that the engine would read, and whatever it lets
 * in is nested no deeper than it says. Method: libFuzzer; the engine's own reader of JSON is the judge. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/text.h"
#include "soard/front/body_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static int depth_of(const struct value *value)
{
    int deepest = 0;
    if (value->kind != VALUE_LIST && value->kind != VALUE_MAP)
        return 0;
    for (size_t i = 0; value->kind == VALUE_LIST && i < value->list->count; i++) {
        int depth = depth_of(&value->list->items[i]);
        deepest = depth > deepest ? depth : deepest;
    }
    for (size_t i = 0; value->kind == VALUE_MAP && i < value->map->count; i++) {
        int depth = depth_of(&value->map->values[i]);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const char *text = (const char *)bytes;
    ARENA_SCOPED arena = arena_new();
    struct value value;
    struct soar_err err;
    const char *why = body_scan(text, len, false);
    const char *why_lines = body_scan(text, len, true);
    assert(why != NULL || text_is_utf8(text, len));
    assert(why != NULL || why_lines == NULL || memchr(text, '\n', len) != NULL);
    if (json_parse(arena, text, len, &value, &err) != 0)
        return 0;
    int depth = depth_of(&value);
    assert((why == NULL) == (depth > 0 && depth <= BODY_DEPTH));
    return 0;
}
