/* Property: whatever bytes a directory gives as a value become UTF-8 without control characters but tab and
 * line's ends, and never more than twice what came in and a few. Method: the first byte chooses the
 * attribute's name. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "connectors/ldap/directory_value.h"
#include "engine/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"cn", "objectSid", "objectGUID", "tokenGroups"};
    if (size == 0)
        return 0;
    BUF_SCOPED out;
    buf_init(&out, 0);
    directory_value(&out, names[data[0] % 4], (const char *)data + 1, size - 1);
    assert(!out.failed && out.len <= 2 * size + 40 + size);
    assert(text_is_utf8(buf_string(&out), out.len) && memchr(buf_string(&out), '\0', out.len) == NULL);
    for (size_t i = 0; i < out.len; i++)
        assert((unsigned char)out.data[i] >= 0x20 || strchr("\t\n\r", out.data[i]));
    return 0;
}
