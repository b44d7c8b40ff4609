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

struct spend_entry {
    char *budget;
    char *target;
    char *run;
    char *task;
    int64_t at_ms;
    bool changed;
};

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
    struct row_entry **rows;
    size_t row_count, row_size;
    struct ask_entry **asks;
    size_t ask_count, ask_size;
    struct spend_entry *spends;
    size_t spend_count, spend_size;
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
struct row_entry *ledger_entry(struct ledger *ledger, const char *key, bool make);
void ledger_row_free(struct row_entry *entry);
void ledger_add_holder(struct row_entry *entry, const char *run, int64_t since_ms, int64_t until_ms);
void ledger_add_spend(struct ledger *ledger, const char *budget, const char *target, const char *run,
                      const char *task, int64_t at_ms, bool changed);
struct ask_entry *ledger_ask_make(struct ledger *ledger, const char *id);
void ledger_ask_join(struct ask_entry *entry, const char *run, const char *task, const char *name);

#endif
