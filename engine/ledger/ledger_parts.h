/* What the files of this room share; nobody else includes it. */
#ifndef LEDGER_LEDGER_PARTS_H
#define LEDGER_LEDGER_PARTS_H

#include "engine/ledger/ledger.h"

/* ledger_named.c: things found by name, in the order they came. What is kept begins with this struct. */
struct named {
    const char *name;
    size_t at; /* its place in the order */
};

struct named_set {
    void *tree; /* tsearch(3) */
    struct named **items;
    size_t count, size;
};

void *named_find(const struct named_set *set, const char *name); /* NULL: there is none */
void named_add(struct named_set *set, struct named *item);       /* of a name that isn't there yet */
void named_remove(struct named_set *set, struct named *item);    /* freeing it is the caller's */
void named_drop(struct named_set *set, struct named *item);      /* the same, where no order matters */
/* Removes and frees all that are over, in one pass. */
void named_sweep(struct named_set *set, bool (*over)(const void *item, const void *arg), const void *arg,
                 void (*free_item)(void *item));
void named_free(struct named_set *set, void (*free_item)(void *item)); /* the names' memory and each item */

/* ledger_heap.c: what comes next. What is kept has this struct inside. */
struct timed {
    int64_t at_ms;
    uint64_t order; /* of those of one time: first come, first */
    size_t place;   /* 0: not in the heap */
};

struct heap {
    struct timed **items; /* from 1 */
    size_t count, size;
    uint64_t order;
};

void heap_put(struct heap *heap, struct timed *item, int64_t at_ms); /* also moves one that is in it */
void heap_drop(struct heap *heap, struct timed *item);               /* also one that isn't in it */
struct timed *heap_next(const struct heap *heap);                    /* NULL: it is empty */
void heap_free(struct heap *heap);

/* Room for one more: *items is a malloc'ed array. */
void *ledger_grow(void *items, size_t count, size_t *size, size_t each);

/* What the views have not seen yet. */
struct changes {
    void **items;
    size_t count, size;
};
void changes_add(struct changes *changes, void *item, bool *changed); /* once, as *changed tells */

/* One run's hold on a row. */
struct holder_entry {
    struct named named; /* the run; its place in the row's holders */
    struct timed end;
    struct row_entry *row;
    struct release *release;              /* the release that is at it, or NULL */
    struct holder_entry *next, *previous; /* of that release */
    char *failed;
    bool asked; /* a question about its end is open */
    bool changed;
    bool gone;
};

struct row_entry {
    struct named named; /* the key */
    struct ledger_row row;
    struct arena *arena;           /* of the row's texts and values */
    size_t packed;                 /* what they took when they were last packed together */
    struct named_set by_run;       /* holder_entry */
    struct ledger_holder *holders; /* the same, as they are shown */
    size_t holder_size;
    bool changed;
    bool gone; /* free: deleted once the views have seen it */
};

struct release { /* a run that frees holders */
    struct named named;
    struct holder_entry *first;
};

struct ask_entry {
    struct named named; /* the id */
    struct ledger_ask ask;
    struct arena *arena;
    const char **runs;
    const char **tasks;
    const char **names;
    size_t member_size;
    size_t members_seen; /* by the views */
    bool whole;          /* more than its members has changed */
    bool changed;
};

struct open_ask { /* by the rule of a hold, or by the containment and holder whose time has come */
    struct named named;
    struct ask_entry *ask;
};

struct taken {          /* a dedup key */
    struct named named; /* source/playbook/digest */
    char *run;
    int64_t until_ms;
    int64_t severity;
    bool changed;
};

struct heard {          /* a verdict on one alert of a request */
    struct named named; /* source//request/part */
    char *body;
    int64_t until_ms;
    size_t of;
    bool changed;
};

struct pause_entry {
    struct named named; /* pause/what/name */
    struct ledger_pause pause;
    struct arena *arena;
    bool changed;
};

struct evidence_entry {
    struct named named; /* "E-77" */
    struct arena *arena;
    const char *run;
    const char *state; /* begun, whole, partial */
    const char *body;  /* of its row */
    int64_t begun_ms;
    bool changed;
};

struct gone_key { /* a row of a view to delete */
    enum soar_view view;
    char *key;
    char *run;
};

struct spends; /* ledger_spend.c */
struct locks;  /* ledger_locks.c */

enum { LETTERS = 26 };

struct ledger {
    struct named_set rows; /* row_entry */
    struct changes changed_rows;
    struct changes changed_holders;
    struct changes gone_holders;
    struct heap ends; /* of holders nobody asks about and nothing frees */
    struct named_set releases;
    bool row_gone; /* one or more are to be dropped */
    bool loading;  /* what is read from the views is no news to them */

    struct named_set asks; /* ask_entry */
    struct changes changed_asks;
    struct named_set open_holds;
    struct named_set open_ends;
    long last_ask[LETTERS];

    struct named_set taken;
    struct changes changed_taken;
    struct named_set heard;
    struct changes changed_heard;
    struct arena *answer; /* of ledger_heard() */
    struct value answer_value;
    struct named_set pauses;
    struct changes changed_pauses;
    struct named_set evidence; /* evidence_entry */
    struct changes changed_evidence;
    long last_evidence;

    struct gone_key *gone;
    size_t gone_count, gone_size;
    struct spends *spends;
    struct locks *locks;
};

char *ledger_key(struct arena *arena, const char *target, const char *action, const char *provider,
                 const char *place);
/* Parts joined by '/', each percent-encoded. */
char *ledger_join(struct arena *arena, const char *const *parts, size_t count);
void ledger_gone(struct ledger *ledger, enum soar_view view, const char *key, const char *run);

/* ledger_contain.c: containments. */
struct row_entry *ledger_entry_find(const struct ledger *ledger, const char *key); /* NULL: none, or free */
struct row_entry *ledger_entry(struct ledger *ledger, const char *key); /* made if it isn't there */
void ledger_entry_changed(struct ledger *ledger, struct row_entry *entry);
void ledger_entry_free(void *arg);
void ledger_entry_pack(struct row_entry *entry);
void contain_apply(struct ledger *ledger, const struct event *event);

/* ledger_holders.c: who holds a row, until when. One run holds it once. */
struct holder_entry *holder_find(const struct row_entry *entry, const char *run);
struct holder_entry *holder_add(struct ledger *ledger, struct row_entry *entry, const char *run,
                                int64_t since_ms);
void holder_until(struct ledger *ledger, struct holder_entry *holder, int64_t until_ms);
void holder_forget(struct ledger *ledger, struct holder_entry *holder);
void holder_asked(struct ledger *ledger, const char *key, const char *run, bool asked);
void holder_release(struct ledger *ledger, struct holder_entry *holder, const char *run);
void holder_failed(struct holder_entry *holder, const char *run);
void holder_free(void *arg);
void release_ended(struct ledger *ledger, const char *run);

/* ledger_asks.c: questions. */
struct ask_entry *ask_make(struct ledger *ledger, const char *id);
void ask_join(struct ask_entry *entry, const char *run, const char *task, const char *name);
void ask_set_open(struct ledger *ledger, struct ask_entry *entry, bool open);
void ask_free(void *arg);
void asks_apply(struct ledger *ledger, const struct event *event);
void asks_prune(struct ledger *ledger, int64_t now_ms);
bool ask_is_over(const struct ledger_ask *ask, int64_t now_ms);

/* ledger_alerts.c: keys that were taken, requests that were answered. */
void alerts_apply(struct ledger *ledger, const struct event *event);
void alerts_prune(struct ledger *ledger, int64_t now_ms);
struct taken *taken_set(struct ledger *ledger, const char *key, const char *run, int64_t until_ms,
                        int64_t severity);
struct heard *heard_set(struct ledger *ledger, const char *key, const char *body, int64_t until_ms,
                        size_t of);
void taken_free(void *arg);
void heard_free(void *arg);

/* ledger_pauses.c */
struct pause_entry *pause_set(struct ledger *ledger, const char *key, const struct ledger_pause *pause);
void pauses_apply(struct ledger *ledger, const struct event *event);
void pauses_prune(struct ledger *ledger, int64_t now_ms);
void pause_free(void *arg);

/* ledger_evidence.c */
void evidence_apply(struct ledger *ledger, const struct event *event);
void evidence_free(void *arg);

/* ledger_spend.c: budgets. A task spends once of each: false if it had. unseen: the views have no row of it.
 */
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
                 void *arg);                                     /* unseen: and seen from now on */
char *spend_key(struct arena *arena, const struct spend *spend); /* of its row */
void spends_prune(struct ledger *ledger, int64_t before_ms);

/* ledger_locks.c */
struct locks *locks_new(void) __attribute__((warn_unused_result));
void locks_free(struct locks *locks);

/* The rows of the views: ledger_rows.c, and of each kind in a file of its own. */
struct row_list {
    struct arena *arena;
    struct soar_row *rows;
    size_t count;
    size_t size;
};

struct soar_row *row_add(struct row_list *list, enum soar_view view, const char *key);
void row_body(struct row_list *list, struct soar_row *row, struct value map);
void ask_rows(struct row_list *list, const struct ask_entry *entry, bool whole);
void ask_gone(struct ledger *ledger, const struct ask_entry *entry);
void ask_load(struct ledger *ledger, const struct soar_row *row, const struct value *body);
bool ask_row_may_go(const struct soar_row *row, int64_t now_ms);
void taken_row(struct row_list *list, const struct taken *taken);
void heard_row(struct row_list *list, const struct heard *heard);
void pause_row(struct row_list *list, const struct pause_entry *entry);
void dedup_load(struct ledger *ledger, const struct soar_row *row, const struct value *body);
void pause_load(struct ledger *ledger, const struct soar_row *row, const struct value *body);
void evidence_row(struct row_list *list, const struct evidence_entry *entry);
void evidence_load(struct ledger *ledger, const struct soar_row *row, const struct value *body);

#endif
