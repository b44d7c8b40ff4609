/* Checkpoints, from a thread of their own.
 *
 * The one thing to know: a passive checkpoint under load never reaches the log's end, so the log would only
 * grow; hence the second pass with the writer held (its length is what was written during the first). Nothing
 * here reads or writes a row. */
#include "state/journal_keeper.h"

#include <string.h>

static void *keep(void *arg);
static int checkpoint(struct journal_keeper *keeper, struct soar_err *err);
static int copy_log(struct journal_keeper *keeper, struct soar_err *err);
static void hold(struct journal_keeper *keeper, bool on);

int journal_keeper_start(struct journal_keeper *keeper, sqlite3 *db, struct soar_err *err)
{
    keeper->db = db;
    pthread_mutex_init(&keeper->lock, NULL);
    pthread_cond_init(&keeper->turn, NULL);
    if (sql_settle(db, err) < 0 || sql_number(db, "PRAGMA page_size", &keeper->page_bytes, err) < 0)
        return -1;
    int code = pthread_create(&keeper->thread, NULL, keep, keeper);
    if (code != 0)
        return soar_err_set(err, SOAR_PERMANENT, "thread: %s", strerror(code));
    keeper->started = true;
    return 0;
}

void journal_keeper_stop(struct journal_keeper *keeper)
{
    if (!keeper->started)
        return;
    pthread_mutex_lock(&keeper->lock);
    keeper->closing = true;
    pthread_cond_broadcast(&keeper->turn);
    pthread_mutex_unlock(&keeper->lock);
    pthread_join(keeper->thread, NULL);
    keeper->started = false;
}

void journal_keeper_close(struct journal_keeper *keeper, bool abandon)
{
    if (!keeper->db)
        return;
    if (abandon)
        sqlite3_db_config(keeper->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_close(keeper->db);
    keeper->db = NULL;
    pthread_cond_destroy(&keeper->turn);
    pthread_mutex_destroy(&keeper->lock);
}

bool journal_keeper_rests(struct journal_keeper *keeper)
{
    pthread_mutex_lock(&keeper->lock);
    bool rests = !keeper->wanted && !keeper->working;
    pthread_mutex_unlock(&keeper->lock);
    return rests;
}

void journal_keeper_enter(struct journal_keeper *keeper)
{
    pthread_mutex_lock(&keeper->lock);
    while (keeper->hold)
        pthread_cond_wait(&keeper->turn, &keeper->lock);
    keeper->writing = true;
    pthread_mutex_unlock(&keeper->lock);
}

void journal_keeper_bar(struct journal_keeper *keeper)
{
    pthread_mutex_lock(&keeper->lock);
    keeper->barred = true;
    pthread_mutex_unlock(&keeper->lock);
}

void journal_keeper_leave(struct journal_keeper *keeper, int64_t log_pages, bool idle)
{
    pthread_mutex_lock(&keeper->lock);
    keeper->writing = false;
    keeper->log_pages = log_pages;
    int64_t bytes = log_pages * keeper->page_bytes;
    if (bytes >= keeper->log_full_bytes || (idle && bytes >= keeper->log_idle_bytes))
        keeper->wanted = true;
    if (keeper->wanted || keeper->hold)
        pthread_cond_broadcast(&keeper->turn);
    pthread_mutex_unlock(&keeper->lock);
}

static void *keep(void *arg)
{
    struct journal_keeper *keeper = arg;
    for (;;) {
        pthread_mutex_lock(&keeper->lock);
        while ((!keeper->wanted || keeper->barred) && !keeper->closing)
            pthread_cond_wait(&keeper->turn, &keeper->lock);
        bool closing = keeper->closing;
        keeper->wanted = false;
        keeper->working = !closing;
        pthread_mutex_unlock(&keeper->lock);
        if (closing)
            return NULL;
        struct soar_err err;
        if (checkpoint(keeper, &err) < 0 && err.class == SOAR_PERMANENT) {
            keeper->on_fail(keeper->arg, &err);
            return NULL;
        }
        pthread_mutex_lock(&keeper->lock);
        keeper->working = false;
        pthread_mutex_unlock(&keeper->lock);
    }
}

/* A disk that is full, or a reader in the way: the next commit asks again. */
static int checkpoint(struct journal_keeper *keeper, struct soar_err *err)
{
    if (copy_log(keeper, err) < 0)
        return -1;
    pthread_mutex_lock(&keeper->lock);
    bool still_long = keeper->log_pages * keeper->page_bytes >= keeper->log_full_bytes;
    pthread_mutex_unlock(&keeper->lock);
    int result = 0;
    if (still_long) {
        hold(keeper, true);
        result = copy_log(keeper, err);
        hold(keeper, false);
    }
    return result;
}

static int copy_log(struct journal_keeper *keeper, struct soar_err *err)
{
    if (sqlite3_wal_checkpoint_v2(keeper->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) != SQLITE_OK)
        return sql_fail(err, keeper->db, "checkpoint");
    return 0;
}

static void hold(struct journal_keeper *keeper, bool on)
{
    pthread_mutex_lock(&keeper->lock);
    keeper->hold = on;
    while (on && keeper->writing)
        pthread_cond_wait(&keeper->turn, &keeper->lock);
    pthread_cond_broadcast(&keeper->turn);
    pthread_mutex_unlock(&keeper->lock);
}
