/* The walk along the chains: numbers, times, content, links.
 *
 * The one thing to know: it proves that nothing was changed unnoticed only up to a head that is known from
 * elsewhere; whoever owns the file can compute a new chain. Reads nothing by itself: records are handed to
 * it. */
#include "state/journal_chain.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void check_order(struct journal_walk *walk, const struct journal_record *record);
static struct journal_chain *chain_of(struct journal_walk *walk, const struct journal_record *record);
static void check_hashes(struct journal_walk *walk, struct journal_chain *chain,
                         const struct journal_record *record);
static void check_known(struct journal_walk *walk, const struct journal_record *record);

void journal_walk_begin(struct journal_walk *walk, const struct soar_head *known,
                        struct soar_verdict *verdict)
{
    static const uint8_t zero[DIGEST_BYTES];
    *walk = (struct journal_walk){.known = known, .verdict = verdict};
    *verdict = (struct soar_verdict){0};
    digest_hex(zero, verdict->head.hash);
    walk->known_seen =
        known && known->seq == 0 && strcmp(known->hash, verdict->head.hash) == 0; /* of an empty journal */
}

void journal_walk_record(struct journal_walk *walk, const struct journal_record *record)
{
    check_order(walk, record);
    walk->verdict->events++;
    walk->verdict->head.seq = record->seq;
    walk->verdict->head.at_ms = record->event.at_ms;
    if (record->content_len != DIGEST_BYTES || record->hash_len != DIGEST_BYTES) {
        journal_problem(walk->verdict, record->seq, "its hashes are not of 32 bytes");
        return;
    }
    digest_hex(record->hash, walk->verdict->head.hash);
    struct journal_chain *chain = chain_of(walk, record);
    if (chain)
        check_hashes(walk, chain, record);
    check_known(walk, record);
}

void journal_walk_end(struct journal_walk *walk)
{
    if (!walk->known || walk->known_seen)
        return;
    if (walk->known->seq > 0)
        journal_problem(walk->verdict, 0,
                        "it ends at event %" PRId64 ", but event %" PRId64 " is known: its tail is missing",
                        walk->verdict->head.seq, walk->known->seq);
    else
        journal_problem(walk->verdict, 0,
                        "no event has the hash that is known: its tail is missing, or it was written anew");
}

static void check_order(struct journal_walk *walk, const struct journal_record *record)
{
    int64_t last = walk->verdict->head.seq;
    if (record->seq == last + 2)
        journal_problem(walk->verdict, record->seq, "event %" PRId64 " before it is missing", last + 1);
    else if (record->seq > last + 2)
        journal_problem(walk->verdict, record->seq, "events %" PRId64 " to %" PRId64 " before it are missing",
                        last + 1, record->seq - 1);
    else if (record->seq <= last)
        journal_problem(walk->verdict, record->seq, "it stands behind event %" PRId64, last);
}

static struct journal_chain *chain_of(struct journal_walk *walk, const struct journal_record *record)
{
    struct soar_verdict *verdict = walk->verdict;
    for (int64_t i = 0; i < verdict->chains; i++) {
        if (strcmp(walk->chains[i].id, record->chain) == 0)
            return &walk->chains[i];
    }
    struct journal_chain *chain = &walk->chains[verdict->chains];
    if (verdict->chains == JOURNAL_CHAINS_MAX || strlen(record->chain) >= sizeof(chain->id)) {
        journal_problem(verdict, record->seq, "chain %.40s: no chain of a writer", record->chain);
        return NULL;
    }
    *chain = (struct journal_chain){.at_ms = record->event.at_ms};
    memcpy(chain->id, record->chain, strlen(record->chain) + 1);
    verdict->chains++;
    return chain;
}

static void check_hashes(struct journal_walk *walk, struct journal_chain *chain,
                         const struct journal_record *record)
{
    uint8_t content[DIGEST_BYTES];
    uint8_t hash[DIGEST_BYTES];
    journal_hash_content(record->chain, record->seq, &record->event, content);
    journal_hash_link(chain->hash, record->content, hash);
    if (memcmp(content, record->content, DIGEST_BYTES) != 0)
        journal_problem(walk->verdict, record->seq,
                        "run %.80s, event %" PRId64 ": its fields were changed (content)", record->event.run,
                        record->event.n);
    if (memcmp(hash, record->hash, DIGEST_BYTES) != 0)
        journal_problem(walk->verdict, record->seq,
                        "run %.80s, event %" PRId64 ": its hash doesn't follow from the one before",
                        record->event.run, record->event.n);
    if (record->event.at_ms < chain->at_ms)
        journal_problem(walk->verdict, record->seq, "its time is before that of the one before");
    chain->at_ms = record->event.at_ms;
    memcpy(chain->hash, record->hash, DIGEST_BYTES);
}

static void check_known(struct journal_walk *walk, const struct journal_record *record)
{
    if (!walk->known)
        return;
    bool same = strcmp(walk->known->hash, walk->verdict->head.hash) == 0;
    if (walk->known->seq == 0) { /* only its hash was noted: it may be any event's */
        walk->known_seen |= same;
        return;
    }
    if (walk->known->seq != record->seq)
        return;
    walk->known_seen = true;
    if (!same)
        journal_problem(walk->verdict, record->seq,
                        "its hash is not the one that is known: the record was written anew");
}

void journal_problem(struct soar_verdict *verdict, int64_t seq, const char *format, ...)
{
    if (verdict->problem_count < SOAR_PROBLEMS_MAX) {
        struct soar_problem *problem = &verdict->problems[verdict->problem_count];
        va_list args;
        va_start(args, format);
        problem->seq = seq;
        vsnprintf(problem->text, sizeof(problem->text), format, args);
        va_end(args);
    }
    verdict->problem_count++;
}
