/* Backup by SQLite's own interface.
 *
 * The one thing to know: the source is the journal thread's own connection, so its commits go into the copy,
 * too, and never start it over. The copy is a file of its own: its errors say nothing about the journal. */
#include "state/journal_backup.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "state/journal.h"
#include "state/journal_owner.h"

enum { STEP_PAGES = 64 }; /* 256 KiB between two commits: well below a millisecond */

struct journal_backup {
    char path[PATH_MAX];
    char part[PATH_MAX];
    void (*done)(void *arg, const struct soar_err *err);
    void *arg;
    sqlite3 *copy;
    sqlite3_backup *backup;
    struct soar_err err; /* the answer */
};

static int begin(struct journal *journal, struct journal_backup *backup);
static int finish(struct journal_backup *backup);
static int name_copy(struct journal_backup *backup);
static void drop_copy(struct journal_backup *backup);

int journal_backup(struct soar_store *store, const char *path,
                   void (*done)(void *arg, const struct soar_err *err), void *arg, struct soar_err *err)
{
    struct journal *journal = journal_of(store);
    if (journal->backup)
        return soar_err_set(err, SOAR_TRANSIENT, "a backup is being made already");
    if (access(path, F_OK) == 0)
        return soar_err_set(err, SOAR_INVALID, "%s: is there already", path);
    struct journal_backup *backup = calloc(1, sizeof(*backup));
    if (!backup)
        abort();
    int len = snprintf(backup->part, sizeof(backup->part), "%s.part", path);
    if (len >= (int)sizeof(backup->part)) {
        free(backup);
        return soar_err_set(err, SOAR_INVALID, "the path is too long");
    }
    snprintf(backup->path, sizeof(backup->path), "%s", path);
    backup->done = done;
    backup->arg = arg;
    journal->backup = backup;
    journal_queue_send(&journal->queue);
    return 0;
}

/* 1: there is more to copy. */
static int copy_some(struct journal *journal, struct journal_backup *backup)
{
    if (journal_queue_failed(&journal->queue, &backup->err))
        return -1;
    if (!backup->backup && begin(journal, backup) < 0)
        return -1;
    switch (sqlite3_backup_step(backup->backup, STEP_PAGES)) {
    case SQLITE_OK:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return 1;
    case SQLITE_DONE:
        return finish(backup);
    default:
        return soar_err_set(&backup->err, SOAR_PERMANENT, "backup to %s: %s", backup->path,
                            sqlite3_errmsg(backup->copy));
    }
}

void journal_backup_step(struct journal *journal)
{
    if (!journal_queue_on_errand(&journal->queue))
        return;
    struct journal_backup *backup = journal->backup;
    int more = copy_some(journal, backup);
    if (more > 0)
        return;
    if (more < 0)
        drop_copy(backup);
    journal_queue_errand_done(&journal->queue);
}

/* Created by hand, so that it is nobody else's from the first byte. */
static int begin(struct journal *journal, struct journal_backup *backup)
{
    int fd = open(backup->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return soar_err_set(&backup->err, SOAR_PERMANENT, "%s: %s", backup->part, strerror(errno));
    close(fd);
    if (sql_open(backup->part, NULL, 1, &backup->copy, &backup->err) < 0)
        return -1;
    backup->backup = sqlite3_backup_init(backup->copy, "main", journal->writer.db, "main");
    return backup->backup ? 0 : sql_fail(&backup->err, backup->copy, "backup");
}

/* SQLite has synced the copy when the last step is done. */
static int finish(struct journal_backup *backup)
{
    int code = sqlite3_backup_finish(backup->backup);
    backup->backup = NULL;
    if (code != SQLITE_OK)
        return sql_fail(&backup->err, backup->copy, "backup");
    code = sqlite3_close(backup->copy);
    backup->copy = NULL;
    if (code != SQLITE_OK)
        return soar_err_set(&backup->err, SOAR_PERMANENT, "%s: close: %s", backup->part,
                            sqlite3_errstr(code));
    return name_copy(backup);
}

static int name_copy(struct journal_backup *backup)
{
    char dir[PATH_MAX];
    snprintf(dir, sizeof(dir), "%s", backup->path);
    if (link(backup->part, backup->path) < 0) /* a rename would replace what has appeared there meanwhile */
        return soar_err_set(&backup->err, SOAR_PERMANENT, "%s: %s", backup->path, strerror(errno));
    unlink(backup->part);
    return journal_sync_dir(dirname(dir), &backup->err);
}

static void drop_copy(struct journal_backup *backup)
{
    sqlite3_backup_finish(backup->backup);
    sqlite3_close(backup->copy);
    backup->backup = NULL;
    backup->copy = NULL;
    unlink(backup->part);
}

void journal_backup_deliver(struct journal *journal)
{
    struct journal_backup *backup = journal->backup;
    if (!backup || journal_queue_on_errand(&journal->queue))
        return;
    journal->backup = NULL;
    backup->done(backup->arg, &backup->err);
    free(backup);
}

void journal_backup_cancel(struct journal *journal)
{
    if (journal->backup && journal_queue_on_errand(&journal->queue)) {
        drop_copy(journal->backup);
        soar_err_set(&journal->backup->err, SOAR_TRANSIENT,
                     "the journal was closed before the backup was whole");
        journal_queue_errand_done(&journal->queue);
    }
    journal_backup_deliver(journal);
}
