/* Content and chain hash of an event.
 *
 * The one thing to know: the fields and their order are a format on disk; a stranger's script computes the
 * same. */
#include "state/journal_hash.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void add_text(struct digest *digest, const char *text)
{
    digest_piece(digest, text, strlen(text));
}

static void add_number(struct digest *digest, int64_t number)
{
    char text[24];
    int len = snprintf(text, sizeof(text), "%" PRId64, number);
    digest_piece(digest, text, (size_t)len);
}

void journal_hash_content(const char *chain, int64_t seq, const struct soar_event *event,
                          uint8_t ret_content[DIGEST_BYTES])
{
    struct digest *digest = digest_new();
    add_text(digest, chain);
    add_number(digest, seq);
    add_text(digest, event->run);
    add_number(digest, event->n);
    add_number(digest, event->at_ms);
    add_text(digest, event->kind);
    add_text(digest, event->step);
    add_text(digest, event->item);
    add_text(digest, event->target);
    add_text(digest, event->body);
    digest_end(digest, ret_content);
}

void journal_hash_link(const uint8_t before[DIGEST_BYTES], const uint8_t content[DIGEST_BYTES],
                       uint8_t ret_hash[DIGEST_BYTES])
{
    uint8_t both[2 * DIGEST_BYTES];
    memcpy(both, before, DIGEST_BYTES);
    memcpy(both + DIGEST_BYTES, content, DIGEST_BYTES);
    digest_sha256(both, sizeof(both), ret_hash);
}
