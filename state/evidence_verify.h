/* Is the evidence what it was when it was kept? Reads the directory, writes nothing, in bounded memory.
 *
 * The manifest's chain and signatures; each object's two hashes; objects that no record names, records whose
 * object is missing; and that the journal's word on each evidence is the manifest's. */
#ifndef STATE_EVIDENCE_VERIFY_H
#define STATE_EVIDENCE_VERIFY_H

#include "engine/base/value.h"
#include "state/evidence_manifest.h"

struct evidence_check {
    const struct evidence_dir *dir;
    const struct value *ids;     /* a list of ids whose objects are read; NULL or empty: all */
    const struct value *journal; /* a list of maps {evidence, state, bytes, sha256, stored_sha256, file}: what
                                    the journal says was begun and kept; NULL: it isn't compared */
    const char
        *journal_at; /* when it was asked, as records have their times; what began later it can't know */
    void (*tell)(void *arg, bool wrong, const char *text); /* a line each; !wrong: worth knowing */
    int (*moved)(void *arg, uint64_t bytes);               /* of objects; -1 gives up. May be NULL */
    void *arg;
};

struct evidence_verdict {
    int64_t records;
    int64_t objects; /* that were read */
    int64_t bytes;   /* as collected */
    int64_t problems;
    char head[DIGEST_HEX]; /* of the last line; "" without one */
};

/* -1: it could not be looked at, or an id has no record. */
int evidence_verify(const struct evidence_check *check, struct evidence_verdict *ret_verdict,
                    struct soar_err *err) __attribute__((warn_unused_result));

/* The name of a record's object, if it is one that this record may have: else NULL. Nothing else that a
 * manifest says is ever opened. */
const char *evidence_record_object(const struct value *record);

#endif
