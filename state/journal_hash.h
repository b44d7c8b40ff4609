/* The two hashes of an event (docs/journal.md: "The chain").
 *
 *   content = SHA-256 over chain, seq, run, n, at, kind, step, item, target, body: each field as its length
 * in 4 bytes (big-endian) and its bytes as stored; integers as decimal text ("-5", "1711") hash    =
 * SHA-256(the hash before it in this chain, or 32 zero bytes ‖ content), both as their 32 bytes */
#ifndef STATE_JOURNAL_HASH_H
#define STATE_JOURNAL_HASH_H

#include <stdint.h>
#include "engine/base/digest.h"
#include "soar/store.h"

void journal_hash_content(const char *chain, int64_t seq, const struct soar_event *event,
                          uint8_t ret_content[DIGEST_BYTES]);
void journal_hash_link(const uint8_t before[DIGEST_BYTES], const uint8_t content[DIGEST_BYTES],
                       uint8_t ret_hash[DIGEST_BYTES]);

#endif
