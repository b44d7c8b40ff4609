/* Rows of the views: a query becomes one of a bounded number of statements, each prepared once.
 *
 * The one thing to know: a page begins behind the last row of the one before (by key, or by time and key), so
 * no snapshot is kept between pages, and a row that moves meanwhile may be seen twice or not at all. Never
 * writes. */
#include "state/journal_reader.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "engine/base/buf.h"

/* The conditions a query can have; together they number its statement. */
enum {
    BY_KEY = 1,
    BY_RUN = 2,
    BY_STATE = 4,
    BY_BEGIN = 8,
    BY_AFTER = 16,
    BY_UNTIL = 32,
    IN_TIME = 64,
    LATEST = 128
};

/* Where the next page begins, and how many rows are still wanted. */
struct place {
    const char *after;
    int64_t after_at_ms;
    size_t left;
};

static int give_page(struct journal_reader *reader, const struct soar_query *query, struct arena *keys,
                     struct place *place, soar_row_fn fn, void *arg, struct soar_err *err);

int journal_reader_rows(struct journal_reader *reader, const struct soar_query *query, soar_row_fn fn,
                        void *arg, struct soar_err *err)
{
    assert(query->view < SOAR_VIEW_COUNT);
    ARENA_SCOPED keys = arena_new();
    struct place place = {query->after, query->after_at_ms, query->limit ? query->limit : SIZE_MAX};
    int more = 1;
    while (more > 0 && place.left > 0)
        more = give_page(reader, query, keys, &place, fn, arg, err);
    return more < 0 ? -1 : 0;
}

static unsigned shape_of(const struct soar_query *query, const struct place *place)
{
    return (query->key ? BY_KEY : 0) | (query->run ? BY_RUN : 0) | (query->state ? BY_STATE : 0) |
           (query->key_begins ? BY_BEGIN : 0) | (place->after ? BY_AFTER : 0) |
           (query->at_until_ms ? BY_UNTIL : 0) | (query->by_time && !query->latest_first ? IN_TIME : 0) |
           (query->latest_first ? LATEST : 0);
}

static int prepare(struct journal_reader *reader, enum soar_view view, unsigned shape,
                   sqlite3_stmt **ret_stmt, struct soar_err *err)
{
    sqlite3_stmt **stmt = &reader->rows[view][shape];
    if (!*stmt) {
        BUF_SCOPED sql;
        buf_init(&sql, 0);
        buf_printf(&sql, "SELECT key, run, state, at, body FROM %s WHERE 1", soar_view_name(view));
        buf_text(&sql, shape & BY_KEY ? " AND key = ?1" : "");
        buf_text(&sql, shape & BY_RUN ? " AND run = ?2" : "");
        buf_text(&sql, shape & BY_STATE ? " AND state = ?3" : "");
        buf_text(&sql, shape & BY_BEGIN ? " AND key >= ?4 AND key < ?5" : "");
        buf_text(&sql, shape & BY_UNTIL ? " AND at > 0 AND at <= ?6" : "");
        buf_text(&sql, shape & LATEST ? " AND at > 0" : ""); /* as the index of at says */
        if (shape & BY_AFTER)
            buf_text(&sql, shape & LATEST    ? " AND (at, key) < (?7, ?8)"
                           : shape & IN_TIME ? " AND (at, key) > (?7, ?8)"
                                             : " AND key > ?8");
        buf_text(&sql, shape & LATEST    ? " ORDER BY at DESC, key DESC"
                       : shape & IN_TIME ? " ORDER BY at, key"
                                         : " ORDER BY key");
        if (sql_prepare(reader->db, buf_string(&sql), stmt, err) < 0)
            return -1;
    }
    *ret_stmt = *stmt;
    return 0;
}

/* The first text that no longer has this beginning: its last byte counted up. UTF-8 has no byte 0xff. */
static char *text_behind(struct arena *arena, const char *begin)
{
    char *end = arena_string(arena, begin);
    size_t len = strlen(end);
    assert(len > 0);
    end[len - 1] = (char)((unsigned char)end[len - 1] + 1);
    return end;
}

static void bind(sqlite3_stmt *stmt, const struct soar_query *query, const struct place *place,
                 struct arena *arena)
{
    if (query->key)
        journal_read_bind(stmt, 1, query->key);
    if (query->run)
        journal_read_bind(stmt, 2, query->run);
    if (query->state)
        journal_read_bind(stmt, 3, query->state);
    if (query->key_begins) {
        journal_read_bind(stmt, 4, query->key_begins);
        journal_read_bind(stmt, 5, text_behind(arena, query->key_begins));
    }
    if (query->at_until_ms)
        sqlite3_bind_int64(stmt, 6, query->at_until_ms);
    if (place->after) {
        if (query->by_time || query->latest_first)
            sqlite3_bind_int64(stmt, 7, place->after_at_ms);
        journal_read_bind(stmt, 8, place->after);
    }
}

static void copy_row(struct arena *arena, sqlite3_stmt *stmt, enum soar_view view, struct soar_row *ret_row)
{
    *ret_row = (struct soar_row){
        .view = view,
        .key = journal_read_text(arena, stmt, 0),
        .run = journal_read_text(arena, stmt, 1),
        .state = journal_read_text(arena, stmt, 2),
        .at_ms = sqlite3_column_int64(stmt, 3),
        .body = journal_read_text(arena, stmt, 4),
    };
}

/* 1: there may be more behind `place`. */
static int give_page(struct journal_reader *reader, const struct soar_query *query, struct arena *keys,
                     struct place *place, soar_row_fn fn, void *arg, struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    struct soar_row *rows = arena_array(arena, JOURNAL_PAGE_ROWS, sizeof(*rows));
    size_t max = place->left < JOURNAL_PAGE_ROWS ? place->left : JOURNAL_PAGE_ROWS;
    size_t count = 0;
    int code = SQLITE_ROW;
    sqlite3_stmt *stmt = NULL;
    if (prepare(reader, query->view, shape_of(query, place), &stmt, err) < 0)
        return -1;
    bind(stmt, query, place, arena);
    while (count < max && arena_used(arena) < JOURNAL_PAGE_BYTES && (code = sqlite3_step(stmt)) == SQLITE_ROW)
        copy_row(arena, stmt, query->view, &rows[count++]);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        sql_fail(err, reader->db, soar_view_name(query->view));
    sqlite3_reset(stmt);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return -1;
    if (count > 0) {
        place->after = arena_string(keys, rows[count - 1].key);
        place->after_at_ms = rows[count - 1].at_ms;
        place->left -= count;
    }
    for (size_t i = 0; i < count; i++) {
        if (fn(arg, &rows[i]) != 0)
            return 0;
    }
    return code == SQLITE_ROW;
}
