/* One line of the manifest, taken apart. It is read as bytes before it is read as JSON: what was signed are
 * bytes, and no JSON is written anew to check a signature. */
#include <openssl/evp.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "state/evidence_manifest.h"

static bool unbase64(const char *text, uint8_t ret_signature[ED25519_SIGNATURE_BYTES])
{
    uint8_t bytes[EVIDENCE_SIGNATURE_TEXT / 4 * 3];
    uint8_t again[EVIDENCE_SIGNATURE_TEXT + 1];
    int len = EVP_DecodeBlock(bytes, (const uint8_t *)text, EVIDENCE_SIGNATURE_TEXT);
    if (len != sizeof bytes)
        return false;
    EVP_EncodeBlock(again, bytes, ED25519_SIGNATURE_BYTES);
    if (memcmp(again, text, EVIDENCE_SIGNATURE_TEXT) != 0) /* one signature has one text */
        return false;
    memcpy(ret_signature, bytes, ED25519_SIGNATURE_BYTES);
    return true;
}

bool evidence_record_read(struct arena *arena, const char *text, size_t len, struct value *ret_record,
                          size_t *ret_signed_len, uint8_t ret_signature[ED25519_SIGNATURE_BYTES])
{
    static const char begin[] = ",\"signature\":\"", end[] = "\"}";
    size_t tail = sizeof begin - 1 + EVIDENCE_SIGNATURE_TEXT + sizeof end - 1;
    if (len <= tail || len > LIMIT_EVIDENCE_RECORD_BYTES)
        return false;
    const char *at = text + len - tail;
    if (memcmp(at, begin, sizeof begin - 1) != 0 ||
        memcmp(text + len - (sizeof end - 1), end, sizeof end - 1) != 0 ||
        !unbase64(at + sizeof begin - 1, ret_signature))
        return false;
    if (json_parse(arena, text, len, ret_record, NULL) || ret_record->kind != VALUE_MAP)
        return false;
    *ret_signed_len = (size_t)(at - text);
    return true;
}
