/* Batches become rows. Statements are prepared once; each batch stands behind a savepoint, so that one which
 * doesn't fit is undone alone.
 *
 * The one thing to know: seq, content and hash are given here, in the order of commit, and `end` moves only
 * when the commit is through. It must not decide what an error means beyond its class: that is the journal
 * thread's. */
#include "state/journal_writer.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "engine/base/limits.h"
#include "engine/base/text.h"

static const char *const SQL[JOURNAL_STATEMENT_COUNT] = {
    [JOURNAL_BEGIN] = "BEGIN IMMEDIATE",
    [JOURNAL_COMMIT] = "COMMIT",
    [JOURNAL_ROLLBACK] = "ROLLBACK",
    [JOURNAL_MARK] = "SAVEPOINT batch",
    [JOURNAL_KEEP] = "RELEASE batch",
    [JOURNAL_UNDO] = "ROLLBACK TO batch",
    [JOURNAL_LAST_N] = "SELECT n FROM event WHERE run = ? ORDER BY n DESC LIMIT 1",
    [JOURNAL_EVENT] = "INSERT INTO event VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [JOURNAL_ALERT] = "INSERT INTO alert VALUES(?, ?, ?, ?, ?)",
    [JOURNAL_TEXT] = "INSERT INTO text VALUES(?, ?, ?, ?, ?) ON CONFLICT(digest) DO NOTHING",
};

static int prepare_views(struct journal_writer *writer, struct soar_err *err);
static int read_end(struct journal_writer *writer, struct soar_err *err);
static int write_all(struct journal_writer *writer, const struct soar_batch *batch, struct soar_err *err);

int journal_writer_open(struct journal_writer *writer, sqlite3 *db, const struct world *world,
                        struct soar_err *err)
{
    *writer = (struct journal_writer){.db = db};
    if (journal_schema_chain(db, world, writer->chain, err) < 0)
        goto failed;
    for (size_t i = 0; i < JOURNAL_STATEMENT_COUNT; i++) {
        if (sql_prepare(db, SQL[i], &writer->statements[i], err) < 0)
            goto failed;
    }
    if (prepare_views(writer, err) < 0 || read_end(writer, err) < 0)
        goto failed;
    return 0;
failed:
    journal_writer_close(writer);
    return -1;
}

static int prepare_views(struct journal_writer *writer, struct soar_err *err)
{
    for (int i = 0; i < SOAR_VIEW_COUNT; i++) {
        char sql[256];
        const char *view = soar_view_name((enum soar_view)i);
        snprintf(sql, sizeof(sql),
                 "INSERT INTO %s VALUES(?, ?, ?, ?, ?) ON CONFLICT(key) DO UPDATE SET run = excluded.run,"
                 " state = excluded.state, at = excluded.at, body = excluded.body",
                 view);
        if (sql_prepare(writer->db, sql, &writer->put[i], err) < 0)
            return -1;
        snprintf(sql, sizeof(sql), "DELETE FROM %s WHERE key = ?", view);
        if (sql_prepare(writer->db, sql, &writer->drop[i], err) < 0)
            return -1;
    }
    return 0;
}

static int read_end(struct journal_writer *writer, struct soar_err *err)
{
    sqlite3_stmt *stmt = NULL;
    if (sql_prepare(writer->db, "SELECT seq, at, hash FROM event ORDER BY seq DESC LIMIT 1", &stmt, err) < 0)
        return -1;
    int result = 0;
    switch (sqlite3_step(stmt)) {
    case SQLITE_DONE:
        break; /* an empty journal: seq 0, 32 zero bytes */
    case SQLITE_ROW:
        writer->end.seq = sqlite3_column_int64(stmt, 0);
        writer->end.at_ms = sqlite3_column_int64(stmt, 1);
        if (sqlite3_column_bytes(stmt, 2) == DIGEST_BYTES)
            memcpy(writer->end.hash, sqlite3_column_blob(stmt, 2), DIGEST_BYTES);
        else
            result = soar_err_set(err, SOAR_PERMANENT, "the journal's last event %" PRId64 " has no hash",
                                  writer->end.seq);
        break;
    default:
        result = sql_fail(err, writer->db, "reading the journal's end");
    }
    sqlite3_finalize(stmt);
    return result;
}

void journal_writer_close(struct journal_writer *writer)
{
    for (size_t i = 0; i < JOURNAL_STATEMENT_COUNT; i++)
        sqlite3_finalize(writer->statements[i]);
    for (size_t i = 0; i < SOAR_VIEW_COUNT; i++) {
        sqlite3_finalize(writer->put[i]);
        sqlite3_finalize(writer->drop[i]);
    }
    sqlite3_close(writer->db);
    *writer = (struct journal_writer){0};
}

void journal_writer_abandon(struct journal_writer *writer)
{
    sqlite3_db_config(writer->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}

int journal_writer_begin(struct journal_writer *writer, struct soar_err *err)
{
    writer->next = writer->end;
    return sql_run(writer->statements[JOURNAL_BEGIN], err);
}

int journal_writer_commit(struct journal_writer *writer, struct soar_err *err)
{
    if (sql_run(writer->statements[JOURNAL_COMMIT], err) < 0)
        return -1;
    writer->end = writer->next;
    return 0;
}

/* SQLite may have rolled back by itself already. */
int journal_writer_rollback(struct journal_writer *writer, struct soar_err *err)
{
    if (sqlite3_get_autocommit(writer->db))
        return 0;
    return sql_run(writer->statements[JOURNAL_ROLLBACK], err);
}

int journal_writer_batch(struct journal_writer *writer, const struct soar_batch *batch, struct soar_err *err)
{
    struct journal_end before = writer->next;
    struct soar_err first;
    if (sql_run(writer->statements[JOURNAL_MARK], err) < 0)
        return -1;
    if (write_all(writer, batch, &first) == 0)
        return sql_run(writer->statements[JOURNAL_KEEP], err);
    writer->next = before;
    if (first.class == SOAR_INVALID && (sql_run(writer->statements[JOURNAL_UNDO], err) < 0 ||
                                        sql_run(writer->statements[JOURNAL_KEEP], err) < 0))
        return -1;
    if (err)
        *err = first;
    return -1;
}

/* Binding never fails but for want of memory or a text beyond SQLite's bound; the step then says so. */
static void bind_text(sqlite3_stmt *stmt, int index, const char *text)
{
    assert(text);
    if (sqlite3_bind_text(stmt, index, text, -1, SQLITE_STATIC) != SQLITE_OK)
        sqlite3_bind_null(stmt, index); /* NOT NULL refuses it */
}

static int last_n(struct journal_writer *writer, const char *run, int64_t *ret_n, struct soar_err *err)
{
    sqlite3_stmt *stmt = writer->statements[JOURNAL_LAST_N];
    int result = 0;
    bind_text(stmt, 1, run);
    switch (sqlite3_step(stmt)) {
    case SQLITE_ROW:
        *ret_n = sqlite3_column_int64(stmt, 0);
        break;
    case SQLITE_DONE:
        *ret_n = 0;
        break;
    default:
        result = sql_fail(err, writer->db, "reading a run's last event");
    }
    sqlite3_reset(stmt);
    return result;
}

/* Does the event follow on the run's last one? `before`: the event in front of it in the batch, or NULL. */
static int check_event(struct journal_writer *writer, const struct soar_event *event,
                       const struct soar_event *before, struct soar_err *err)
{
    int64_t last = 0;
    if (before && strcmp(before->run, event->run) == 0)
        last = before->n;
    else if (last_n(writer, event->run, &last, err) < 0)
        return -1;
    if (event->n != last + 1)
        return soar_err_set(err, SOAR_INVALID,
                            "run %s: event %" PRId64 " (%s) doesn't follow on %" PRId64
                            ": another writer was there",
                            event->run, event->n, event->kind, last);
    if (event->at_ms < writer->next.at_ms)
        return soar_err_set(err, SOAR_INVALID,
                            "run %s: event %" PRId64 " (%s) is of %" PRId64
                            ", before the journal's end at %" PRId64,
                            event->run, event->n, event->kind, event->at_ms, writer->next.at_ms);
    const char *const texts[] = {event->run,  event->kind,   event->step,
                                 event->item, event->target, event->body};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (!text_is_utf8(texts[i], strlen(texts[i])))
            return soar_err_set(err, SOAR_INVALID, "run %s: event %" PRId64 " (%s) is not UTF-8", event->run,
                                event->n, event->kind);
    }
    if (strlen(event->body) > LIMIT_BODY_BYTES)
        return soar_err_set(err, SOAR_INVALID,
                            "run %s: event %" PRId64 " (%s): its body has more than %d bytes", event->run,
                            event->n, event->kind, LIMIT_BODY_BYTES);
    return 0;
}

static int write_event(struct journal_writer *writer, const struct soar_event *event, struct soar_err *err)
{
    uint8_t content[DIGEST_BYTES];
    uint8_t hash[DIGEST_BYTES];
    int64_t seq = writer->next.seq + 1;
    sqlite3_stmt *stmt = writer->statements[JOURNAL_EVENT];
    journal_hash_content(writer->chain, seq, event, content);
    journal_hash_link(writer->next.hash, content, hash);
    sqlite3_bind_int64(stmt, 1, seq);
    bind_text(stmt, 2, writer->chain);
    bind_text(stmt, 3, event->run);
    sqlite3_bind_int64(stmt, 4, event->n);
    sqlite3_bind_int64(stmt, 5, event->at_ms);
    bind_text(stmt, 6, event->kind);
    bind_text(stmt, 7, event->step);
    bind_text(stmt, 8, event->item);
    bind_text(stmt, 9, event->target);
    bind_text(stmt, 10, event->body);
    sqlite3_bind_blob(stmt, 11, content, DIGEST_BYTES, SQLITE_STATIC);
    sqlite3_bind_blob(stmt, 12, hash, DIGEST_BYTES, SQLITE_STATIC);
    if (sql_run(stmt, err) < 0)
        return soar_err_wrap(err, "run %s: event %" PRId64, event->run, event->n);
    writer->next.seq = seq;
    writer->next.at_ms = event->at_ms;
    memcpy(writer->next.hash, hash, DIGEST_BYTES);
    return 0;
}

static int check_digest(const char *what, const char *digest, const char *body, struct soar_err *err)
{
    char found[DIGEST_HEX];
    digest_sha256_hex(body, strlen(body), found);
    if (strcmp(found, digest) != 0)
        return soar_err_set(err, SOAR_INVALID, "%s: its digest is %s, not %s", what, found, digest);
    return 0;
}

static int write_alert(struct journal_writer *writer, const struct soar_alert *alert, struct soar_err *err)
{
    sqlite3_stmt *stmt = writer->statements[JOURNAL_ALERT];
    if (check_digest("alert", alert->digest, alert->body, err) < 0)
        return -1;
    bind_text(stmt, 1, alert->id);
    sqlite3_bind_int64(stmt, 2, alert->received_at_ms);
    bind_text(stmt, 3, alert->source);
    bind_text(stmt, 4, alert->digest);
    bind_text(stmt, 5, alert->body);
    return sql_run(stmt, err) < 0 ? soar_err_wrap(err, "alert %s", alert->id) : 0;
}

/* The digest is looked at only when the text is new: most of the time it is there already. */
static int write_text(struct journal_writer *writer, const struct soar_text *text, struct soar_err *err)
{
    sqlite3_stmt *stmt = writer->statements[JOURNAL_TEXT];
    bind_text(stmt, 1, text->digest);
    bind_text(stmt, 2, text->kind);
    bind_text(stmt, 3, text->name);
    bind_text(stmt, 4, text->origin);
    bind_text(stmt, 5, text->body);
    if (sql_run(stmt, err) < 0)
        return soar_err_wrap(err, "%s %s", text->kind, text->name);
    return sqlite3_changes(writer->db) == 0 ? 0 : check_digest(text->name, text->digest, text->body, err);
}

static int write_row(struct journal_writer *writer, const struct soar_row *row, struct soar_err *err)
{
    assert(row->view < SOAR_VIEW_COUNT);
    sqlite3_stmt *stmt = row->gone ? writer->drop[row->view] : writer->put[row->view];
    bind_text(stmt, 1, row->key);
    if (!row->gone) {
        bind_text(stmt, 2, row->run);
        bind_text(stmt, 3, row->state);
        sqlite3_bind_int64(stmt, 4, row->at_ms);
        bind_text(stmt, 5, row->body);
    }
    return sql_run(stmt, err) < 0 ? soar_err_wrap(err, "%s %s", soar_view_name(row->view), row->key) : 0;
}

static int write_all(struct journal_writer *writer, const struct soar_batch *batch, struct soar_err *err)
{
    for (size_t i = 0; i < batch->event_count; i++) {
        const struct soar_event *event = &batch->events[i];
        if (check_event(writer, event, i > 0 ? event - 1 : NULL, err) < 0 ||
            write_event(writer, event, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < batch->alert_count; i++) {
        if (write_alert(writer, &batch->alerts[i], err) < 0)
            return -1;
    }
    for (size_t i = 0; i < batch->text_count; i++) {
        if (write_text(writer, &batch->texts[i], err) < 0)
            return -1;
    }
    for (size_t i = 0; i < batch->row_count; i++) {
        if (write_row(writer, &batch->rows[i], err) < 0)
            return -1;
    }
    return 0;
}
