/* What the files of sources.h share. */
#ifndef VERBS_SOURCES_PARTS_H
#define VERBS_SOURCES_PARTS_H

#include "engine/verbs/sources.h"

enum source_state {
    SOURCE_NEVER,       /* not asked yet */
    SOURCE_CURRENT,     /* what is in use is what is there */
    SOURCE_WAITS,       /* a commit waits for a person */
    SOURCE_REFUSED,     /* what is there may not be used */
    SOURCE_UNREACHABLE, /* nobody knows what is there */
    SOURCE_STATE_COUNT
};

enum { SOURCE_ID_BYTES = 41 };

struct source_entry {
    char *name;
    enum source_state state;
    char *why;        /* of REFUSED and UNREACHABLE; or NULL */
    int64_t since_ms; /* of the wall clock: it has been so */
    int64_t asked_ms; /* when last; 0: never */
    int64_t due_ms;   /* of the boot clock: ask again */
    char seen[SOURCE_ID_BYTES];
    char *asked_by; /* of the fetch that is out */
    struct source_entry *next;
};

struct sources {
    struct sources_config config;
    struct sources_site with;
    struct fetcher *fetcher;
    struct source_entry *entries;
    char *state; /* the directory */
};

struct source_entry *source_entry_find(const struct sources *sources, const char *name);
/* Another state, and a line of the journal if that is news. why may be NULL. */
void source_entry_set(struct sources *sources, struct source_entry *entry, enum source_state state,
                      const char *commit, const char *why);
const char *source_state_name(enum source_state state);

/* sources_judge.c: what becomes of what was fetched. */
void source_judge(struct sources *sources, struct source_entry *entry, const struct fetched *fetched);
/* Sets who signed it, in the arena: "" where nobody is asked. */
int source_signer(const struct sources *sources, const struct site_source *source, struct arena *arena,
                  struct source_commit *commit, struct soar_err *err);
/* Every playbook of the commit is good? -1 INVALID: the first mistake, or that there is none. */
int source_lint(const struct sources *sources, const char *name, const struct source_commit *commit,
                size_t *ret_playbooks, struct soar_err *err);
/* sources_names.c: INVALID: a playbook of another place is called as one of these is. */
int source_names_free(const struct sources *sources, const char *name, const char *const *names, size_t count,
                      struct arena *arena, struct soar_err *err);
/* It is in use from now on: durable, journaled, told. */
int source_go_live(struct sources *sources, struct source_entry *entry, const struct source_commit *commit,
                   const char *by, struct soar_err *err);
void source_note(struct sources *sources, const char *by, const char *name,
                 const struct source_commit *commit, const char *before, size_t playbooks);

#endif
