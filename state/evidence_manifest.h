/* manifest.jsonl: a line of JSON for each evidence, chained and signed.
 *
 *     {"n":3,"before":"…","evidence":"E-77", … ,"key":"…","signature":"…"}
 *
 * `before` is the SHA-256 of the line before, without its newline (64 zeros for the first); the signature,
 * base64 of Ed25519's 64 bytes, is over the bytes of the line before `,"signature":"`. A line is durable when
 * it is told, and never touched again. A writer that is cut off leaves a line without its newline: whoever
 * writes next puts those bytes aside into a file and says so in its own record. */
#ifndef STATE_EVIDENCE_MANIFEST_H
#define STATE_EVIDENCE_MANIFEST_H

#include "engine/base/value.h"
#include "state/evidence_key.h"

enum { EVIDENCE_SIGNATURE_TEXT = 88 }; /* base64 of 64 bytes */

struct evidence_line {
    int64_t number;   /* of lines, from 1 */
    const char *text; /* without its newline; a NUL follows */
    size_t len;
    bool torn; /* the last one, without a newline */
};

/* Adds a record: body is a JSON object without n, before, key and signature. */
int evidence_manifest_add(const struct evidence_dir *dir, const struct ed25519 *key, const char *body,
                          size_t len, int64_t *ret_n, char ret_sha256[DIGEST_HEX], struct soar_err *err)
    __attribute__((warn_unused_result));

/* Each line as it stands; a non-zero answer stops, and is returned. No manifest: none. -1: it can't be read.
 */
int evidence_manifest_each(const struct evidence_dir *dir, int (*fn)(void *arg, const struct evidence_line *),
                           void *arg, struct soar_err *err) __attribute__((warn_unused_result));

/* The record of an evidence, and the SHA-256 of its line; ABSENT: there is none. */
int evidence_manifest_find(const struct evidence_dir *dir, const char *id, struct arena *arena,
                           struct value *ret_record, char ret_sha256[DIGEST_HEX], struct soar_err *err)
    __attribute__((warn_unused_result));

/* A line's parts. false: it is no record. */
bool evidence_record_read(struct arena *arena, const char *text, size_t len, struct value *ret_record,
                          size_t *ret_signed_len, uint8_t ret_signature[ED25519_SIGNATURE_BYTES]);

#endif
