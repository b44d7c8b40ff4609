/* Opens and closes the journal, and ties its parts to the store's contract.
 *
 * The one thing to know: the order of opening. The lock comes first; a log that was left behind is copied
 * into the database and synced before anything of it is believed; only then are there threads. Whatever half
 * of it fails is undone by journal_free(), which never copies a log. */
#include "state/journal_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "engine/base/limits.h"
#include "state/journal.h"
#include "state/journal_backup.h"
#include "state/journal_export.h"
#include "state/journal_owner.h"
#include "state/journal_verify.h"

static const struct soar_store_ops OPS;

static struct journal *journal_new(const char *dir, const struct journal_options *options);
static int open_parts(struct journal *journal, struct soar_err *err);
static int open_database(struct journal *journal, sqlite3 **ret_db, struct soar_err *err);
static int start_threads(struct journal *journal, struct soar_err *err);
static void journal_free(struct journal *journal, bool abandon);

int journal_open(const char *dir, const struct journal_options *options, struct soar_store **ret_store,
                 struct soar_err *err)
{
    struct journal *journal = journal_new(dir, options);
    if (open_parts(journal, err) < 0 || start_threads(journal, err) < 0) {
        journal_free(journal, true);
        return soar_err_wrap(err, "journal");
    }
    *ret_store = &journal->store;
    return 0;
}

static int64_t or_default(int64_t value, int64_t otherwise)
{
    return value ? value : otherwise;
}

static void on_keeper_fail(void *arg, const struct soar_err *err)
{
    struct journal *journal = arg;
    journal_queue_fail(&journal->queue, err);
}

static struct journal *journal_new(const char *dir, const struct journal_options *options)
{
    struct journal *journal = calloc(1, sizeof(*journal));
    if (!journal || !(journal->dir = strdup(dir)) || asprintf(&journal->path, "%s/journal.db", dir) < 0)
        abort();
    struct journal_options *set = &journal->options;
    if (options)
        *set = *options;
    set->world = set->world ? set->world : world_system();
    set->retry_first_ms = or_default(set->retry_first_ms, 20);
    set->retry_max_ms = or_default(set->retry_max_ms, 2000);
    journal->keeper.log_idle_bytes = or_default(set->log_idle_bytes, 4 * 1024 * 1024);
    journal->keeper.log_full_bytes = or_default(set->log_full_bytes, 32 * 1024 * 1024);
    journal->keeper.on_fail = on_keeper_fail;
    journal->keeper.arg = journal;
    journal->store.ops = &OPS;
    journal->owner_fd = -1;
    journal->queue.wake_fd = -1;
    return journal;
}

static int on_commit(void *arg, sqlite3 *db, const char *name, int pages)
{
    struct journal *journal = arg;
    (void)db;
    (void)name;
    journal->log_pages = pages;
    return SQLITE_OK;
}

static int open_parts(struct journal *journal, struct soar_err *err)
{
    sqlite3 *db = NULL;
    if (journal_owner_take(journal->dir, &journal->owner_fd, err) < 0 ||
        open_database(journal, &db, err) < 0 ||
        journal_writer_open(&journal->writer, db, journal->options.world, err) < 0)
        return -1;
    sqlite3_wal_hook(journal->writer.db, on_commit, journal);
    if (journal_sync_dir(journal->dir, err) < 0 ||
        sql_open(journal->path, journal->options.vfs, 0, &db, err) < 0)
        return -1;
    return journal_reader_open(&journal->reader, db, err);
}

/* The file is made by hand once, before SQLite ever opens it, so that it is nobody else's to read. */
static int make_file(const char *path, struct soar_err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return errno == EEXIST ? 0 : soar_err_set(err, SOAR_PERMANENT, "%s: %s", path, strerror(errno));
    close(fd);
    return 0;
}

static int open_database(struct journal *journal, sqlite3 **ret_db, struct soar_err *err)
{
    sqlite3 *db = NULL;
    if (make_file(journal->path, err) < 0 || sql_open(journal->path, journal->options.vfs, 1, &db, err) < 0)
        return -1;
    if (journal_schema_check(db, journal_migration_count, err) == 0 && sql_settle(db, err) == 0 &&
        sql_exec(db, "PRAGMA journal_mode = WAL", err) == 0 && sql_settle_log(db, err) == 0 &&
        journal_schema_migrate(db, journal_migrations, journal_migration_count, err) == 0) {
        *ret_db = db;
        return 0;
    }
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_close(db);
    return soar_err_wrap(err, "%s", journal->path);
}

static int start_threads(struct journal *journal, struct soar_err *err)
{
    sqlite3 *db = NULL;
    if (journal_queue_init(&journal->queue, journal->options.world, err) < 0)
        return -1;
    struct soar_head *head = &journal->queue.head;
    head->seq = journal->writer.end.seq;
    head->at_ms = journal->writer.end.at_ms;
    digest_hex(journal->writer.end.hash, head->hash);
    if (sql_open(journal->path, journal->options.vfs, 0, &db, err) < 0)
        return -1;
    if (journal_keeper_start(&journal->keeper, db, err) < 0)
        return -1;
    int code = pthread_create(&journal->thread, NULL, journal_thread, journal);
    if (code != 0) {
        journal_keeper_stop(&journal->keeper);
        return soar_err_set(err, SOAR_PERMANENT, "thread: %s", strerror(code));
    }
    return 0;
}

/* Takes what is half built. The writer closes last: its close copies the log and ends it, unless it is
 * abandoned. */
static void journal_free(struct journal *journal, bool abandon)
{
    journal_keeper_close(&journal->keeper, abandon);
    if (journal->reader.db)
        journal_reader_close(&journal->reader, abandon);
    if (journal->writer.db && abandon)
        journal_writer_abandon(&journal->writer);
    if (journal->writer.db)
        journal_writer_close(&journal->writer);
    if (journal->queue.wake_fd >= 0)
        journal_queue_done(&journal->queue);
    if (journal->owner_fd >= 0)
        close(journal->owner_fd);
    free(journal->path);
    free(journal->dir);
    free(journal);
}

static void journal_close(struct soar_store *store)
{
    struct journal *journal = journal_of(store);
    struct soar_err why;
    journal_queue_close(&journal->queue);
    pthread_join(journal->thread, NULL);
    journal_keeper_stop(&journal->keeper);
    journal_backup_cancel(journal);
    journal_queue_deliver(&journal->queue);
    journal_free(journal, journal_queue_failed(&journal->queue, &why));
}

static int journal_submit(struct soar_store *store, struct soar_batch *batch, struct soar_err *err)
{
    if (batch->event_count > LIMIT_BATCH_EVENTS)
        return soar_err_set(err, SOAR_INVALID, "a batch of %zu events: at most %d fit", batch->event_count,
                            LIMIT_BATCH_EVENTS);
    return journal_queue_put(&journal_of(store)->queue, batch, err);
}

static int journal_descriptor(struct soar_store *store)
{
    return journal_of(store)->queue.wake_fd;
}

static void journal_deliver(struct soar_store *store)
{
    struct journal *journal = journal_of(store);
    journal_queue_deliver(&journal->queue);
    journal_backup_deliver(journal);
}

static bool journal_stalled(struct soar_store *store, struct soar_err *ret_why, int64_t *ret_for_ms)
{
    return journal_queue_stalled(&journal_of(store)->queue, ret_why, ret_for_ms);
}

struct event_taker {
    soar_event_fn fn;
    void *arg;
};

static int give_event(void *arg, const struct journal_record *record)
{
    const struct event_taker *taker = arg;
    return taker->fn(taker->arg, &record->event);
}

static int journal_events(struct soar_store *store, const char *run, int64_t from_n, soar_event_fn fn,
                          void *arg, struct soar_err *err)
{
    struct event_taker taker = {fn, arg};
    return journal_reader_records(&journal_of(store)->reader, run, from_n, give_event, &taker, err);
}

static int journal_rows(struct soar_store *store, const struct soar_query *query, soar_row_fn fn, void *arg,
                        struct soar_err *err)
{
    return journal_reader_rows(&journal_of(store)->reader, query, fn, arg, err);
}

static int journal_text(struct soar_store *store, const char *digest, soar_text_fn fn, void *arg,
                        struct soar_err *err)
{
    return journal_reader_text(&journal_of(store)->reader, digest, fn, arg, err);
}

static int journal_alert(struct soar_store *store, const char *id,
                         int (*fn)(void *, const struct soar_alert *), void *arg, struct soar_err *err)
{
    return journal_reader_alert(&journal_of(store)->reader, id, fn, arg, err);
}

static int journal_head(struct soar_store *store, struct soar_head *ret_head, struct soar_err *err)
{
    (void)err;
    journal_queue_head(&journal_of(store)->queue, ret_head);
    return 0;
}

static const struct soar_store_ops OPS = {
    .name = "sqlite",
    .submit = journal_submit,
    .descriptor = journal_descriptor,
    .deliver = journal_deliver,
    .stalled = journal_stalled,
    .events = journal_events,
    .rows = journal_rows,
    .text = journal_text,
    .alert = journal_alert,
    .head = journal_head,
    .verify = journal_verify,
    .export = journal_export,
    .backup = journal_backup,
    .close = journal_close,
};
