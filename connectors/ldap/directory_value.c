/* Bytes of a directory as text: by the attribute's name where a schema gives them a form, else by what they
 * are. The server is not believed: bytes that don't have the form their name promises are shown as bytes. */
#include "connectors/ldap/directory_value.h"

#include <inttypes.h>
#include <string.h>

#include "engine/base/text.h"

#define BINARY "base64:"

static const char *const sids[] = {"objectSid", "sIDHistory", "securityIdentifier", "tokenGroups", NULL};
static const char *const guids[] = {
    "objectGUID", "schemaIDGUID", "attributeSecurityGUID", "mS-DS-ConsistencyGuid", "msExchMailboxGuid",
    NULL};

static bool is_one_of(const char *name, const char *const *names)
{
    while (*names && !text_same_fold(name, *names))
        names++;
    return *names != NULL;
}

bool directory_sid(struct buf *out, const uint8_t *bytes, size_t len)
{
    if (len < 8 || bytes[0] != 1 || bytes[1] > 15 || len != 8 + (size_t)bytes[1] * 4)
        return false;
    uint64_t authority = 0;
    for (size_t i = 2; i < 8; i++)
        authority = authority << 8 | bytes[i];
    if (authority >> 32)
        buf_printf(out, "S-1-0x%012" PRIX64, authority);
    else
        buf_printf(out, "S-1-%" PRIu64, authority);
    for (size_t i = 8; i < len; i += 4)
        buf_printf(out, "-%" PRIu32,
                   (uint32_t)bytes[i] | (uint32_t)bytes[i + 1] << 8 | (uint32_t)bytes[i + 2] << 16 |
                       (uint32_t)bytes[i + 3] << 24);
    return true;
}

bool directory_guid(struct buf *out, const uint8_t *bytes, size_t len)
{
    static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    if (len != sizeof order)
        return false;
    for (size_t i = 0; i < sizeof order; i++)
        buf_printf(out, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", bytes[order[i]]);
    return true;
}

static bool is_plain(const char *bytes, size_t len)
{
    if (!text_is_utf8(bytes, len) || (len >= strlen(BINARY) && !memcmp(bytes, BINARY, strlen(BINARY))))
        return false;
    for (size_t offset = 0; offset < len;) {
        int32_t code = text_next(bytes, len, &offset);
        if ((code < 0x20 && code != '\t' && code != '\n' && code != '\r') || (code >= 0x7f && code < 0xa0))
            return false;
    }
    return true;
}

static void base64(struct buf *out, const uint8_t *bytes, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < len; i += 3) {
        uint32_t group = (uint32_t)bytes[i] << 16;
        group |= i + 1 < len ? (uint32_t)bytes[i + 1] << 8 : 0;
        group |= i + 2 < len ? (uint32_t)bytes[i + 2] : 0;
        buf_char(out, digits[group >> 18]);
        buf_char(out, digits[group >> 12 & 63]);
        buf_char(out, i + 1 < len ? digits[group >> 6 & 63] : '=');
        buf_char(out, i + 2 < len ? digits[group & 63] : '=');
    }
}

void directory_value(struct buf *out, const char *attribute, const char *bytes, size_t len)
{
    const uint8_t *raw = (const uint8_t *)bytes;
    if (is_one_of(attribute, sids) && directory_sid(out, raw, len))
        return;
    if (is_one_of(attribute, guids) && directory_guid(out, raw, len))
        return;
    if (is_plain(bytes, len)) {
        buf_add(out, bytes, len);
        return;
    }
    buf_text(out, BINARY);
    base64(out, raw, len);
}
