/* A value of an attribute as text.
 *
 * objectSid and its like: "S-1-5-21-…" ([MS-DTYP] 2.4.2.1); objectGUID and its like: 8-4-4-4-12 hexadecimal
 * digits, the first three groups little-endian (2.3.4.2). UTF-8 without control characters stands as it is.
 * Anything else, and a text that begins like what follows, is "base64:" and the bytes in base64, so that
 * nothing is lost and nothing can be mistaken. */
#ifndef CONNECTORS_LDAP_DIRECTORY_VALUE_H
#define CONNECTORS_LDAP_DIRECTORY_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"

void directory_value(struct buf *out, const char *attribute, const char *bytes, size_t len);

/* False, and nothing added, if the bytes are none. */
bool directory_sid(struct buf *out, const uint8_t *bytes, size_t len);
bool directory_guid(struct buf *out, const uint8_t *bytes, size_t len);

#endif
