/* What a call needs of a vault before it can go out; engine/loop's own.
 *
 * As it goes: secrets_begin() finds references to a vault among a call's secrets; the call waits while
 * loop_vault.c asks for them, each path once for all that wait for it (by a call of the loop's own: nothing
 * of it is journaled, logged or shown); secrets_state() says when all are here. What was read is wiped when
 * the call has it, and kept nowhere.
 *
 * As it goes wrong: a vault that is sealed, or can't be reached, makes the call TRANSIENT, so that it is
 * tried again; one that refuses us DENIED; a path or a field that isn't there PERMANENT. */
#ifndef LOOP_LOOP_VAULT_H
#define LOOP_LOOP_VAULT_H

#include "engine/loop/loop_parts.h"

/* Beside each of a peer's secrets. */
struct vault_item {
    struct site_vault_ref ref; /* path NULL: it lies in no vault */
    uint64_t read;             /* its read; 0: not asked for, or here */
};

struct vault_signing { /* a key of the call's own, which the vault is to certify */
    const char *path;
    const char *principal;
    struct ed25519 *key;
    uint64_t read;
};

struct vault_wait {
    struct peer peer; /* in the call's arena: an inventory that is read anew takes nothing of it away */
    struct vault_item *items;
    struct site_secret *given;     /* peer.given: those that are here */
    struct vault_signing *signing; /* or NULL */
    struct soar_err failed;        /* class DONE: nothing has */
};

struct vault_read {
    uint64_t id;
    uint64_t number; /* of the call that is out for it */
    const char *path;
    const char *args; /* JSON */
    bool shared;      /* others may wait for it, too */
    bool again;       /* it was asked with a log-in made for it */
    bool old;         /* its worker had logged in before */
    char session[24]; /* its worker's */
    int64_t deadline_ms;
    struct arena *arena;
    TAILQ_ENTRY(vault_read) place;
};

/* loop_vault.c. One read more, or the one that is out; body NULL: read the path, else send it there. */
int vault_ask(struct loop *loop, const char *path, const struct value *body, int64_t deadline_ms,
              uint64_t *ret_read, struct soar_err *err) __attribute__((warn_unused_result));
/* The read that this answers, NULL: it is none's, or is asked once more with a log-in of its own. */
struct vault_read *vault_answered(struct loop *loop, const struct soar_answer *answer, bool *ret_ours);
/* What the vault said, its `data`; arena: a secret one. */
int vault_data(struct arena *arena, const struct soar_answer *answer, struct value *ret_data,
               struct soar_err *err) __attribute__((warn_unused_result));
void vault_read_free(struct loop *loop, struct vault_read *read);
void vault_forget(struct loop *loop);

/* loop_vault_sign.c */
int signing_ask(struct loop *loop, struct vault_signing *signing, int64_t deadline_ms, struct soar_err *err)
    __attribute__((warn_unused_result));
/* The certificate is looked at; what a worker logs in with, as JSON, malloc'ed. */
int signing_take(const struct vault_signing *signing, const struct world *world, const struct value *data,
                 char **ret_made, struct soar_err *err) __attribute__((warn_unused_result));

/* loop_secrets.c */
enum secrets_state { SECRETS_HERE, SECRETS_AWAITED, SECRETS_FAILED };
int secrets_begin(struct loop *loop, struct out_call *call, struct peer *peer, struct soar_err *err)
    __attribute__((warn_unused_result));
enum secrets_state secrets_state(struct loop *loop, struct out_call *call, struct soar_err *err);
bool secrets_heard(struct loop *loop, const struct soar_answer *answer); /* it was for a read */
void secrets_drop(struct out_call *call);
/* It can't go now, so what is here is wiped: it is asked for again when its turn comes. */
void secrets_rest(struct out_call *call);
void secrets_cut_short(struct loop *loop, const struct live *live); /* those that await some fail */

#endif
