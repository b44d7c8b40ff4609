/* Reads of events, texts and alerts, page by page.
 *
 * The one thing to know: a page is copied into an arena and its statement reset before the first callback
 * runs; a statement left open would keep a snapshot, and the log could not be reused for as long. Never
 * writes. Rows: journal_rows.c. */
#include "state/journal_reader.h"

#include <string.h>

#define EVENT_COLUMNS                                                                                        \
    "SELECT seq, chain, run, n, at, kind, step, item, target, body, content, hash FROM event "

static const char *const SQL[JOURNAL_READ_COUNT] = {
    [JOURNAL_READ_RUN] = EVENT_COLUMNS "WHERE run = ? AND n >= ? ORDER BY n",
    [JOURNAL_READ_ALL] = EVENT_COLUMNS "WHERE seq >= ? ORDER BY seq",
    [JOURNAL_READ_TEXT] = "SELECT digest, kind, name, origin, body FROM text WHERE digest = ?",
    [JOURNAL_READ_ALERT] = "SELECT id, received_at, source, digest, body FROM alert WHERE id = ?",
    [JOURNAL_READ_TEXTS] =
        "SELECT digest, kind, name, origin, body FROM text WHERE digest > ? ORDER BY digest",
    [JOURNAL_READ_ALERTS] =
        "SELECT id, received_at, source, digest, body FROM alert WHERE id > ? ORDER BY id",
    [JOURNAL_READ_ORDER] = "SELECT run, n, seq FROM event WHERE (run, n) > (?, ?) ORDER BY run, n",
};

/* One page of whatever a statement gives: filled by copy(), handed out by give(). */
struct page {
    struct arena *arena;
    void *items;
    size_t item_bytes;
    size_t count;
    bool more; /* it ended at a limit */
};

typedef void (*copy_fn)(struct arena *arena, sqlite3_stmt *stmt, void *ret_item);

int journal_reader_open(struct journal_reader *reader, sqlite3 *db, struct soar_err *err)
{
    *reader = (struct journal_reader){.db = db};
    int result = sql_settle(db, err);
    for (size_t i = 0; result == 0 && i < JOURNAL_READ_COUNT; i++)
        result = sql_prepare(db, SQL[i], &reader->reads[i], err);
    if (result < 0)
        journal_reader_close(reader, 1);
    return result;
}

void journal_reader_close(struct journal_reader *reader, int abandon)
{
    for (size_t i = 0; i < JOURNAL_READ_COUNT; i++)
        sqlite3_finalize(reader->reads[i]);
    for (size_t i = 0; i < SOAR_VIEW_COUNT; i++) {
        for (size_t k = 0; k < JOURNAL_SHAPES; k++)
            sqlite3_finalize(reader->rows[i][k]);
    }
    if (abandon)
        sqlite3_db_config(reader->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_close(reader->db);
    *reader = (struct journal_reader){0};
}

const char *journal_read_text(struct arena *arena, sqlite3_stmt *stmt, int column)
{
    const char *text = sql_text(stmt, column);
    return arena_copy(arena, text, (size_t)sqlite3_column_bytes(stmt, column));
}

/* The text must outlive the statement's next reset. */
int journal_read_bind(sqlite3_stmt *stmt, int index, const char *text)
{
    return sqlite3_bind_text(stmt, index, text, -1, SQLITE_STATIC) == SQLITE_OK ? 0 : -1;
}

/* Fills a page and resets the statement. */
static int fill(struct page *page, sqlite3_stmt *stmt, copy_fn copy, struct soar_err *err)
{
    page->items = arena_array(page->arena, JOURNAL_PAGE_ROWS, page->item_bytes);
    int code = SQLITE_ROW;
    while (page->count < JOURNAL_PAGE_ROWS && arena_used(page->arena) < JOURNAL_PAGE_BYTES &&
           (code = sqlite3_step(stmt)) == SQLITE_ROW)
        copy(page->arena, stmt, (char *)page->items + page->item_bytes * page->count++);
    page->more = code == SQLITE_ROW;
    int result = code == SQLITE_ROW || code == SQLITE_DONE
                     ? 0
                     : sql_fail(err, sqlite3_db_handle(stmt), "reading the journal");
    sqlite3_reset(stmt);
    return result;
}

static const uint8_t *read_blob(struct arena *arena, sqlite3_stmt *stmt, int column, int *ret_len)
{
    const void *blob = sqlite3_column_blob(stmt, column);
    *ret_len = sqlite3_column_bytes(stmt, column);
    return (const uint8_t *)arena_copy(arena, blob ? blob : "", (size_t)*ret_len);
}

static void copy_record(struct arena *arena, sqlite3_stmt *stmt, void *ret_item)
{
    struct journal_record *record = ret_item;
    record->seq = sqlite3_column_int64(stmt, 0);
    record->chain = journal_read_text(arena, stmt, 1);
    record->event.run = journal_read_text(arena, stmt, 2);
    record->event.n = sqlite3_column_int64(stmt, 3);
    record->event.at_ms = sqlite3_column_int64(stmt, 4);
    record->event.kind = journal_read_text(arena, stmt, 5);
    record->event.step = journal_read_text(arena, stmt, 6);
    record->event.item = journal_read_text(arena, stmt, 7);
    record->event.target = journal_read_text(arena, stmt, 8);
    record->event.body = journal_read_text(arena, stmt, 9);
    record->content = read_blob(arena, stmt, 10, &record->content_len);
    record->hash = read_blob(arena, stmt, 11, &record->hash_len);
}

/* 1: go on from *ret_next; 0: that was all, or fn wants no more. */
static int give_records(struct journal_reader *reader, const char *run, int64_t from, int64_t *ret_next,
                        journal_record_fn fn, void *arg, struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    struct page page = {.arena = arena, .item_bytes = sizeof(struct journal_record)};
    sqlite3_stmt *stmt = reader->reads[run ? JOURNAL_READ_RUN : JOURNAL_READ_ALL];
    if (run)
        journal_read_bind(stmt, 1, run);
    sqlite3_bind_int64(stmt, run ? 2 : 1, from);
    if (fill(&page, stmt, copy_record, err) < 0)
        return -1;
    const struct journal_record *records = page.items;
    for (size_t i = 0; i < page.count; i++) {
        *ret_next = (run ? records[i].event.n : records[i].seq) + 1;
        if (fn(arg, &records[i]) != 0)
            return 0;
    }
    return page.more;
}

int journal_reader_records(struct journal_reader *reader, const char *run, int64_t from, journal_record_fn fn,
                           void *arg, struct soar_err *err)
{
    int more = 1;
    while (more > 0)
        more = give_records(reader, run, from, &from, fn, arg, err);
    return more;
}

/* Texts and alerts: a table whose items begin with their key. */
struct shelf {
    enum journal_read one;
    enum journal_read all;
    size_t item_bytes;
    copy_fn copy;
    const char *noun;
};

typedef int (*give_fn)(void *taker, const void *item);

static const char *key_of(const void *item)
{
    const char *key;
    memcpy(&key, item, sizeof(key));
    return key;
}

static int give_one(struct journal_reader *reader, const struct shelf *shelf, const char *key, give_fn give,
                    void *taker, struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    struct page page = {.arena = arena, .item_bytes = shelf->item_bytes};
    journal_read_bind(reader->reads[shelf->one], 1, key);
    if (fill(&page, reader->reads[shelf->one], shelf->copy, err) < 0)
        return -1;
    if (page.count == 0)
        return soar_err_set(err, SOAR_ABSENT, "no %s %s in the journal", shelf->noun, key);
    give(taker, page.items);
    return 0;
}

/* 1: go on after *after, which is now in `keys`. */
static int give_page(struct journal_reader *reader, const struct shelf *shelf, struct arena *keys,
                     const char **after, give_fn give, void *taker, struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    struct page page = {.arena = arena, .item_bytes = shelf->item_bytes};
    journal_read_bind(reader->reads[shelf->all], 1, *after);
    if (fill(&page, reader->reads[shelf->all], shelf->copy, err) < 0)
        return -1;
    for (size_t i = 0; i < page.count; i++) {
        const void *item = (const char *)page.items + i * shelf->item_bytes;
        *after = i + 1 == page.count ? arena_string(keys, key_of(item)) : *after;
        if (give(taker, item) != 0)
            return 0;
    }
    return page.more;
}

static int give_all(struct journal_reader *reader, const struct shelf *shelf, give_fn give, void *taker,
                    struct soar_err *err)
{
    ARENA_SCOPED keys = arena_new();
    const char *after = "";
    int more = 1;
    while (more > 0)
        more = give_page(reader, shelf, keys, &after, give, taker, err);
    return more;
}

static void copy_text(struct arena *arena, sqlite3_stmt *stmt, void *ret_item)
{
    struct soar_text *text = ret_item;
    text->digest = journal_read_text(arena, stmt, 0);
    text->kind = journal_read_text(arena, stmt, 1);
    text->name = journal_read_text(arena, stmt, 2);
    text->origin = journal_read_text(arena, stmt, 3);
    text->body = journal_read_text(arena, stmt, 4);
}

struct text_taker {
    soar_text_fn fn;
    void *arg;
};

static int give_text(void *taker, const void *item)
{
    const struct text_taker *text = taker;
    return text->fn(text->arg, item);
}

int journal_reader_text(struct journal_reader *reader, const char *digest, soar_text_fn fn, void *arg,
                        struct soar_err *err)
{
    static const struct shelf texts = {JOURNAL_READ_TEXT, JOURNAL_READ_TEXTS, sizeof(struct soar_text),
                                       copy_text, "text of digest"};
    struct text_taker taker = {fn, arg};
    return digest ? give_one(reader, &texts, digest, give_text, &taker, err)
                  : give_all(reader, &texts, give_text, &taker, err);
}

static void copy_alert(struct arena *arena, sqlite3_stmt *stmt, void *ret_item)
{
    struct soar_alert *alert = ret_item;
    alert->id = journal_read_text(arena, stmt, 0);
    alert->received_at_ms = sqlite3_column_int64(stmt, 1);
    alert->source = journal_read_text(arena, stmt, 2);
    alert->digest = journal_read_text(arena, stmt, 3);
    alert->body = journal_read_text(arena, stmt, 4);
}

struct alert_taker {
    journal_alert_fn fn;
    void *arg;
};

static int give_alert(void *taker, const void *item)
{
    const struct alert_taker *alert = taker;
    return alert->fn(alert->arg, item);
}

int journal_reader_alert(struct journal_reader *reader, const char *id, journal_alert_fn fn, void *arg,
                         struct soar_err *err)
{
    static const struct shelf alerts = {JOURNAL_READ_ALERT, JOURNAL_READ_ALERTS, sizeof(struct soar_alert),
                                        copy_alert, "alert"};
    struct alert_taker taker = {fn, arg};
    return id ? give_one(reader, &alerts, id, give_alert, &taker, err)
              : give_all(reader, &alerts, give_alert, &taker, err);
}
