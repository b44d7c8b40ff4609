/* soard: everything that is open while it runs, and the stages that open it.
 *
 * As it should go: daemon_open() opens stage by stage what one table names, daemon_run() drives the loop
 * until a signal or the store ends it, daemon_close() closes what is open in reverse: one way back serves
 * every way in. What the operator wrote (site, packs, policy, mappings, playbooks) is one generation, a
 * `struct wiring`; a reload puts another in its place, whole or not at all.
 *
 * As it goes wrong: a stage that fails says which file and what to do, and soard ends with 2 (a mistake of
 * somebody's) or 1. A front that dies is started again; a journal that can't be written stops effects and
 * answers 503; a sync that fails ends the process at once.
 *
 * Threads: one, but for the journal's own. */
#ifndef SOARD_DAEMON_H
#define SOARD_DAEMON_H

#include "engine/loop/loop.h"
#include "soard/document.h"
#include "soard/wiring.h"

struct event_base;
struct event;
struct desk;
struct front_link;
struct socket_server;
struct notify;
struct sources;

/* Somebody who is told each event and each progress, as soarctl's live lines are. Unlinked by its owner. */
struct daemon_watcher {
    struct loop_watch watch;
    struct daemon_watcher *next;
};

struct daemon {
    const char *config_file;
    struct arena *arena; /* outlives all that is open */
    struct event_base *base;
    struct wiring *now; /* what new work uses; hold it for as long as you point into it */
    struct wiring *old; /* replaced ones that something still points into */
    int64_t forget_ms;  /* of the boot clock: when those are looked at again */
    const char *state_dir;
    struct soar_store *store;
    struct soar_caller *caller;
    struct loop *loop;
    struct loop_watch watch; /* fans out to the watchers */
    struct daemon_watcher *watchers;
    struct desk *desk;            /* what people ask */
    struct front_link *front;     /* always there; idle without `listen:` */
    struct socket_server *socket; /* socket.c's */
    struct notify *notify;
    struct sources *sources; /* repositories of playbooks */
    struct event *ask;       /* when one of them is to be asked */
    struct event *signals[3];
    struct event *grace; /* after a stop: how long calls that are out are waited for */
    struct event *beat;  /* the watchdog's */
    volatile int stop;   /* drive no more */
    bool stopping;       /* nothing new is begun or taken */
    bool reload;         /* asked for; done in the next turn */
    char reload_by[160];
    bool reload_failed; /* the last one: the files are not what is in force */
    int64_t started_wall_ms;
    int64_t started_boot_ms;
};

int daemon_open(struct daemon *daemon, struct soar_err *err) __attribute__((warn_unused_result));
/* Until a signal, or -1: the store gave up. */
int daemon_run(struct daemon *daemon, struct soar_err *err) __attribute__((warn_unused_result));
void daemon_close(struct daemon *daemon);

/* From a signal, a verb: taken up in the next turn, and told in the log. by: who ("SIGHUP", "ana (uid
 * 1004)"). */
void daemon_ask_reload(struct daemon *daemon, const char *by);
void daemon_ask_stop(struct daemon *daemon);
/* The same at once: 0, or -1 and why the old configuration stays in force. Logged and journaled either way.
 */
int daemon_reload(struct daemon *daemon, const char *by, struct soar_err *err)
    __attribute__((warn_unused_result));
/* Another generation takes the place of the one in force; runs keep theirs. */
void daemon_replace(struct daemon *daemon, struct wiring *fresh);
void daemon_forget_old(struct daemon *daemon); /* frees replaced generations that nothing uses any more */

/* Can new work be taken? NULL: yes; else why not, for /readyz and people. */
const char *daemon_not_ready(const struct daemon *daemon);

void daemon_watch(struct daemon *daemon, struct daemon_watcher *watcher);
void daemon_unwatch(struct daemon *daemon, struct daemon_watcher *watcher);

#endif
