/* Walks events in the order of commit and says where their chains are broken. Used on the journal and on an
 * export of it.
 *
 * After a problem the walk goes on from what is stored, so that each one is told once, at its place. */
#ifndef STATE_JOURNAL_CHAIN_H
#define STATE_JOURNAL_CHAIN_H

#include "state/journal_hash.h"
#include "state/journal_reader.h"

enum { JOURNAL_CHAINS_MAX = 64 };

/* Where one writer's chain has come to. */
struct journal_chain {
    char id[64];
    int64_t at_ms;
    uint8_t hash[DIGEST_BYTES];
};

struct journal_walk {
    const struct soar_head *known; /* a head noted elsewhere, or NULL */
    struct soar_verdict *verdict;
    struct journal_chain chains[JOURNAL_CHAINS_MAX];
    bool known_seen;
};

void journal_walk_begin(struct journal_walk *walk, const struct soar_head *known,
                        struct soar_verdict *verdict);
void journal_walk_record(struct journal_walk *walk, const struct journal_record *record);
void journal_walk_end(struct journal_walk *walk);

void journal_problem(struct soar_verdict *verdict, int64_t seq, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
