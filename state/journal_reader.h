/* The reading connection: pages by key, copied, then handed out; no snapshot outlives a page.
 *
 * The engine's thread alone. A callback may call any function here again. */
#ifndef STATE_JOURNAL_READER_H
#define STATE_JOURNAL_READER_H

#include "engine/base/arena.h"
#include "soar/store.h"
#include "state/sql.h"

enum {
    JOURNAL_PAGE_ROWS = 256,
    JOURNAL_PAGE_BYTES = 1024 * 1024, /* a page ends with the row that passes it */
    JOURNAL_SHAPES = 256              /* combinations of conditions of a query */
};

enum journal_read {
    JOURNAL_READ_RUN,
    JOURNAL_READ_ALL,
    JOURNAL_READ_TEXT,
    JOURNAL_READ_ALERT,
    JOURNAL_READ_TEXTS,
    JOURNAL_READ_ALERTS,
    JOURNAL_READ_ORDER,
    JOURNAL_READ_COUNT
};

struct journal_reader {
    sqlite3 *db;
    sqlite3_stmt *reads[JOURNAL_READ_COUNT];
    sqlite3_stmt *rows[SOAR_VIEW_COUNT][JOURNAL_SHAPES]; /* prepared at first use */
};

/* An event with what the store added to it. */
struct journal_record {
    int64_t seq;
    const char *chain;
    struct soar_event event;
    const uint8_t *content; /* content_len bytes: 32 in a sound journal */
    const uint8_t *hash;
    int content_len;
    int hash_len;
};

typedef int (*journal_record_fn)(void *arg, const struct journal_record *record);
typedef int (*journal_alert_fn)(void *arg, const struct soar_alert *alert);

/* Takes db, also when it fails. */
int journal_reader_open(struct journal_reader *reader, sqlite3 *db, struct soar_err *err)
    __attribute__((warn_unused_result));
void journal_reader_close(struct journal_reader *reader, int abandon);

/* run NULL: all events in the order of commit, from the seq `from`. */
int journal_reader_records(struct journal_reader *reader, const char *run, int64_t from, journal_record_fn fn,
                           void *arg, struct soar_err *err) __attribute__((warn_unused_result));
int journal_reader_rows(struct journal_reader *reader, const struct soar_query *query, soar_row_fn fn,
                        void *arg, struct soar_err *err) __attribute__((warn_unused_result));

/* The one of this digest or id, ABSENT if there is none; NULL: each of them in the order of keys. */
int journal_reader_text(struct journal_reader *reader, const char *digest, soar_text_fn fn, void *arg,
                        struct soar_err *err) __attribute__((warn_unused_result));
int journal_reader_alert(struct journal_reader *reader, const char *id, journal_alert_fn fn, void *arg,
                         struct soar_err *err) __attribute__((warn_unused_result));

/* For the files of this room that read: the columns of the current row, in an arena. */
const char *journal_read_text(struct arena *arena, sqlite3_stmt *stmt, int column);
int journal_read_bind(sqlite3_stmt *stmt, int index, const char *text);

#endif
