/* What the files of this room share; nobody else includes it. */
#ifndef LEDGER_LEDGER_PARTS_H
#define LEDGER_LEDGER_PARTS_H

#include "engine/ledger/ledger.h"

/* An entry of any kind: its memory, and whether the views have seen its latest state. */
struct row_entry {
    struct ledger_row row;
    struct arena *arena;
    struct ledger_holder *holders;
    size_t holder_size;
    bool changed;
    bool gone; /* free: deleted once the views have seen it */
};

struct ask_entry {
    struct ledger_ask ask;
    struct arena *arena;
    const char **runs;
    const char **tasks;
    const char **names;
    size_t member_size;
    bool changed;
};

struct spends; /* ledger_spend.c */

struct gone_holder { /* a row of the holder view to delete */
    char *key;
    char *run;
};

struct lock_entry {
    char *target;
    char *lock;
    void *owner;
    int64_t until_ms; /* given back, but kept until then; 0: owned */
    uint64_t turn;    /* in line */
    bool granted;
    bool told; /* handed out by ledger_granted() */
};

struct ledger {
    struct row_entry **rows; /* in the order they came */
    size_t row_count, row_size;
    void *rows_by_key; /* tsearch(3) */
    struct ask_entry **asks;
    size_t ask_count, ask_size;
    struct spends *spends;
    struct gone_holder *gone;
    size_t gone_count, gone_size;
    struct lock_entry *locks;
    size_t lock_count, lock_size;
    uint64_t turn;
};

/* Room for one more: *items is a malloc'ed array. */
void *ledger_grow(void *items, size_t count, size_t *size, size_t each);
char *ledger_key(struct arena *arena, const char *target, const char *action, const char *provider,
                 const char *place);
struct row_entry *ledger_entry_find(const struct ledger *ledger, const char *key); /* NULL: none */
struct row_entry *ledger_entry(struct ledger *ledger, const char *key); /* made if it isn't there */
void ledger_entry_drop(struct ledger *ledger, size_t index);
/* One run holds it once; its end is the latest that was said. */
void ledger_add_holder(struct row_entry *entry, const char *run, int64_t since_ms, int64_t until_ms);
struct ask_entry *ledger_ask_make(struct ledger *ledger, const char *id);
void ledger_ask_join(struct ask_entry *entry, const char *run, const char *task, const char *name);

/* ledger_spend.c: budgets. A task spends once: false if it had. unseen: the views have no row of it. */
struct spend {
    const char *budget;
    const char *target;
    const char *run;
    const char *task;
    int64_t at_ms;
};
typedef void (*spend_fn)(void *arg, const struct spend *spend);

struct spends *spends_new(void) __attribute__((warn_unused_result));
void spends_free(struct spends *spends);
bool spends_add(struct spends *spends, const char *budget, const char *target, const char *run,
                const char *task, int64_t at_ms, bool unseen);
void spends_each(struct spends *spends, bool unseen, spend_fn fn,
                 void *arg); /* unseen: and seen from now on */

#endif
