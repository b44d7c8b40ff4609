/* The record for other eyes: every event with its hashes, a line of JSON each, the head on the last line.
 *
 *   {"seq":1,"chain":"…","run":"R-1","n":1,"at":…,"kind":"…","step":"","item":"","target":"","body":"{\"a\":1}","content":"…","hash":"…"}
 *   {"head":{"seq":1,"at":…,"hash":"…"}}
 *
 * The body stands as a string, byte for byte, so that its hash can be checked without writing JSON anew. */
#ifndef STATE_JOURNAL_EXPORT_H
#define STATE_JOURNAL_EXPORT_H

#include <stdio.h>
#include "soar/store.h"

int journal_export(struct soar_store *store, FILE *out, struct soar_err *err);

/* The same walk along the chains over an export; needs no store. A line that is none of ours ends it:
 * INVALID. */
int journal_export_verify(FILE *in, const struct soar_head *known, struct soar_verdict *ret_verdict,
                          struct soar_err *err);

#endif
