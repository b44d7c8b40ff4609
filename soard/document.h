/* A webhook's document on its way: parsed, mapped to alerts, matched, journaled, answered.
 *
 * As it should go: document_take() hands the alerts to the loop; when they are durable with the runs they
 * start, the sender gets 202 and an answer for each alert. The same document again gets the same answer and
 * starts nothing.
 *
 * As it goes wrong: what can't be read as the source's is 400 or 422, logged and counted; an alert of a batch
 * that is refused says so in its own answer, and only if all are, the status is 422. While the journal can't
 * be written it is 503: nothing was taken. */
#ifndef SOARD_DOCUMENT_H
#define SOARD_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/base/value.h"

struct daemon;

struct document { /* valid until document_take() returns */
    uint64_t id;  /* for front_answer_document() */
    const char *source;
    const char *request; /* hex digest that tells a repetition */
    const char *from;
    const char *text;
    size_t len;
};

void document_take(struct daemon *daemon, const struct document *document);

/* The body of an answer, from the verdicts of loop_receive(): {"alerts": [{"id", "runs", "started", "not",
 * "refused"?}]}. Returns the status: 202, or 422 where each alert was refused. Pure. */
int document_answer(const struct value *verdicts, struct arena *arena, struct buf *out);

#endif
