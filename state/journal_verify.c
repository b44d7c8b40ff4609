/* The whole look over a journal.
 *
 * The one thing to know: an alert and a text are in the chain only by the digest an event names, so each
 * event that names one is held against the table. An alert or text that no event names proves nothing and is
 * no problem. Never writes. */
#include "state/journal_verify.h"

#include <inttypes.h>
#include <string.h>
#include "engine/base/event.h"
#include "engine/base/json.h"
#include "state/journal.h"
#include "state/journal_chain.h"

struct look {
    struct journal_reader *reader;
    struct journal_walk walk;
    struct soar_verdict *verdict;
    struct soar_err *err; /* set, with failed, when a read inside a callback fails */
    bool failed;
};

static int look_at_record(void *arg, const struct journal_record *record);
static int look_at_runs(struct look *look, struct soar_err *err);
static int look_at_alert(void *arg, const struct soar_alert *alert);
static int look_at_text(void *arg, const struct soar_text *text);

int journal_verify(struct soar_store *store, const struct soar_head *known, struct soar_verdict *ret_verdict,
                   struct soar_err *err)
{
    struct soar_verdict verdict;
    struct look look = {.reader = &journal_of(store)->reader, .verdict = &verdict, .err = err};
    journal_walk_begin(&look.walk, known, &verdict);
    if (journal_reader_records(look.reader, NULL, 0, look_at_record, &look, err) < 0 || look.failed)
        return -1;
    journal_walk_end(&look.walk);
    if (look_at_runs(&look, err) < 0 ||
        journal_reader_alert(look.reader, NULL, look_at_alert, &look, err) < 0 ||
        journal_reader_text(look.reader, NULL, look_at_text, &look, err) < 0)
        return -1;
    *ret_verdict = verdict;
    return 0;
}

static bool is_digest(const char *text)
{
    return strlen(text) == DIGEST_HEX - 1 && strspn(text, "0123456789abcdef") == DIGEST_HEX - 1;
}

static int take_digest(void *arg, const struct soar_alert *alert)
{
    memset(arg, 0, DIGEST_HEX);
    strncpy(arg, alert->digest, DIGEST_HEX - 1);
    return 0;
}

static int ignore_text(void *arg, const struct soar_text *text)
{
    (void)arg;
    (void)text;
    return 0;
}

/* A read failed: ABSENT is a finding, anything else ends the look. */
static int found_missing(struct look *look, const struct soar_err *why)
{
    if (why->class == SOAR_ABSENT)
        return 1;
    look->failed = true;
    if (look->err)
        *look->err = *why;
    return 0;
}

static void need_alert(struct look *look, int64_t seq, const char *id, const char *digest)
{
    char stored[DIGEST_HEX];
    struct soar_err why;
    if (journal_reader_alert(look->reader, id, take_digest, stored, &why) < 0) {
        if (found_missing(look, &why))
            journal_problem(look->verdict, seq, "alert %.80s, which it names, is missing", id);
    } else if (digest[0] && strcmp(stored, digest) != 0) {
        journal_problem(look->verdict, seq, "alert %.80s is not the one it names: another digest", id);
    }
}

static void need_text(struct look *look, int64_t seq, const struct value *digest)
{
    struct soar_err why;
    if (!digest || digest->kind != VALUE_STRING || !is_digest(digest->text))
        return;
    if (journal_reader_text(look->reader, digest->text, ignore_text, NULL, &why) < 0 &&
        found_missing(look, &why))
        journal_problem(look->verdict, seq, "text %s, which it names, is missing", digest->text);
}

/* What the event names must be there. A body that is no JSON names nothing; the fold will say so. */
static void look_at_names(struct look *look, const struct journal_record *record)
{
    ARENA_SCOPED arena = arena_new();
    struct value body;
    const char *text = record->event.body;
    if (json_parse(arena, text, strlen(text), &body, NULL) < 0)
        return;
    if (strcmp(record->event.kind, event_kind_name(EVENT_ALERT_RECEIVED)) == 0) {
        const char *id = value_get_string(&body, "alert", "");
        if (id[0])
            need_alert(look, record->seq, id, value_get_string(&body, "digest", ""));
        return;
    }
    const struct value *packs = value_get(&body, "packs");
    need_text(look, record->seq, value_get(&body, "playbook"));
    for (size_t i = 0; packs && packs->kind == VALUE_MAP && i < packs->map->count; i++)
        need_text(look, record->seq, &packs->map->values[i]);
}

static int look_at_record(void *arg, const struct journal_record *record)
{
    struct look *look = arg;
    journal_walk_record(&look->walk, record);
    if (strcmp(record->event.kind, event_kind_name(EVENT_ALERT_RECEIVED)) == 0 ||
        strcmp(record->event.kind, event_kind_name(EVENT_RUN_STARTED)) == 0)
        look_at_names(look, record);
    return look->failed;
}

/* Where the walk over the runs is: the run it is in, its last event. */
struct run_place {
    char *run;
    int64_t n;
    int64_t seq;
};

static void look_at_number(struct look *look, struct arena *runs, struct run_place *place, sqlite3_stmt *stmt)
{
    const char *run = sql_text(stmt, 0);
    int64_t n = sqlite3_column_int64(stmt, 1);
    int64_t seq = sqlite3_column_int64(stmt, 2);
    if (!place->run || strcmp(place->run, run) != 0) {
        *place = (struct run_place){.run = arena_string(runs, run)};
        look->verdict->runs++;
    }
    if (n != place->n + 1)
        journal_problem(look->verdict, seq, "run %.80s: event %" PRId64 " follows on %" PRId64, run, n,
                        place->n);
    else if (seq < place->seq)
        journal_problem(look->verdict, seq,
                        "run %.80s: event %" PRId64 " was committed before event %" PRId64, run, n, place->n);
    place->n = n;
    place->seq = seq;
}

/* By the index of (run, n), page by page: no table of runs is kept in memory but the name of the current one.
 */
static int look_at_runs(struct look *look, struct soar_err *err)
{
    sqlite3_stmt *stmt = look->reader->reads[JOURNAL_READ_ORDER];
    struct run_place place = {0};
    int code = SQLITE_ROW;
    ARENA_SCOPED runs = arena_new();
    while (code == SQLITE_ROW) {
        int count = 0;
        journal_read_bind(stmt, 1, place.run ? place.run : "");
        sqlite3_bind_int64(stmt, 2, place.n);
        while (count++ < JOURNAL_PAGE_ROWS && (code = sqlite3_step(stmt)) == SQLITE_ROW)
            look_at_number(look, runs, &place, stmt);
        if (code != SQLITE_ROW && code != SQLITE_DONE)
            sql_fail(err, look->reader->db, "reading the journal");
        sqlite3_reset(stmt);
    }
    return code == SQLITE_DONE ? 0 : -1;
}

static int look_at_alert(void *arg, const struct soar_alert *alert)
{
    struct look *look = arg;
    char found[DIGEST_HEX];
    digest_sha256_hex(alert->body, strlen(alert->body), found);
    look->verdict->alerts++;
    if (strcmp(found, alert->digest) != 0)
        journal_problem(look->verdict, 0, "alert %.80s: its body was changed (digest)", alert->id);
    return 0;
}

static int look_at_text(void *arg, const struct soar_text *text)
{
    struct look *look = arg;
    char found[DIGEST_HEX];
    digest_sha256_hex(text->body, strlen(text->body), found);
    look->verdict->texts++;
    if (strcmp(found, text->digest) != 0)
        journal_problem(look->verdict, 0, "text %.64s (%.20s %.60s): its body was changed (digest)",
                        text->digest, text->kind, text->name);
    return 0;
}
