/* Property: a journal that any released version wrote folds to what it folded to then, and can be gone on
 * with. Method: each file of journals/ is put onto a disk; its runs and its ledger are folded anew, and every
 * row it held is looked for among the rows of this fold: what stood in it must stand there still, what is new
 * may be beside it. Then an engine starts on it. */
#include <dirent.h>
#include <stdlib.h>

#include "engine/base/file.h"
#include "engine/base/limits.h"
#include "engine/loop/views.h"
#include "tests/engine/loop/life.h"

enum { LINES_MAX = 2000 };

struct corpus {
    struct arena *arena;
    size_t event_count, row_count, text_count;
    struct soar_event events[LINES_MAX];
    struct soar_row rows[LINES_MAX];
    struct soar_text texts[LINES_MAX];
};

static const char *text_of(const struct value *map, const char *key)
{
    const char *text = value_get_string(map, key, NULL);

    assert_non_null(text);
    return text;
}

static void read_line(struct corpus *corpus, const struct value *line)
{
    const struct value *event = value_get(line, "event");
    const struct value *row = value_get(line, "row");
    const struct value *text = value_get(line, "text");

    assert_true(corpus->event_count < LINES_MAX && corpus->row_count < LINES_MAX &&
                corpus->text_count < LINES_MAX);
    if (event)
        corpus->events[corpus->event_count++] = (struct soar_event){.run = text_of(event, "run"),
                                                                    .n = value_get_int(event, "n", 0),
                                                                    .at_ms = value_get_int(event, "at", 0),
                                                                    .kind = text_of(event, "kind"),
                                                                    .step = text_of(event, "step"),
                                                                    .item = text_of(event, "item"),
                                                                    .target = text_of(event, "target"),
                                                                    .body = text_of(event, "body")};
    else if (row)
        corpus->rows[corpus->row_count++] =
            (struct soar_row){.view = (enum soar_view)value_get_int(row, "view", 0),
                              .key = text_of(row, "key"),
                              .run = text_of(row, "run"),
                              .state = text_of(row, "state"),
                              .at_ms = value_get_int(row, "at", 0),
                              .body = text_of(row, "body")};
    else
        corpus->texts[corpus->text_count++] = (struct soar_text){.digest = text_of(text, "digest"),
                                                                 .kind = text_of(text, "kind"),
                                                                 .name = text_of(text, "name"),
                                                                 .origin = text_of(text, "origin"),
                                                                 .body = text_of(text, "body")};
}

static void read_corpus(struct corpus *corpus, struct arena *arena, const char *file)
{
    char *text;
    size_t len;

    *corpus = (struct corpus){.arena = arena};
    assert_int_equal(file_read(arena, file, LIMIT_FILE_BYTES, &text, &len, NULL), 0);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        struct value value;

        assert_int_equal(json_parse(arena, line, strlen(line), &value, NULL), 0);
        read_line(corpus, &value);
    }
    assert_true(corpus->event_count > 20 && corpus->row_count > 5 && corpus->text_count >= 2);
}

static void onto_disk(struct life *life, const struct corpus *corpus)
{
    struct soar_store *store = memory_store_open(life->disk);
    enum soar_class class = SOAR_CLASS_COUNT;
    struct soar_batch batch = {.events = corpus->events,
                               .event_count = corpus->event_count,
                               .rows = corpus->rows,
                               .row_count = corpus->row_count,
                               .texts = corpus->texts,
                               .text_count = corpus->text_count,
                               .done = life_durable,
                               .arg = &class};

    assert_int_equal(store->ops->submit(store, &batch, NULL), 0);
    store->ops->deliver(store);
    assert_int_equal(class, SOAR_DONE);
    store->ops->close(store);
}

/* When a containment was last seen so moves without an event. */
static bool is_told(const struct soar_row *row, const struct value *key)
{
    return row->view != SOAR_VIEW_CONTAINMENT || !value_is_string(key, "seen");
}

/* Every key that stood in the row then has its value still. */
static bool says_still(struct arena *arena, const struct soar_row *then, const struct soar_row *now)
{
    struct value old, new;

    if (strcmp(then->state, now->state) != 0 || strcmp(then->run, now->run) != 0 ||
        then->at_ms != now->at_ms || json_parse(arena, then->body, strlen(then->body), &old, NULL) ||
        json_parse(arena, now->body, strlen(now->body), &new, NULL))
        return false;
    for (size_t i = 0; i < value_count(&old); i++) {
        const struct value *value = value_find(&new, &old.map->keys[i]);

        if (!value || (is_told(then, &old.map->keys[i]) && !value_equal(value, &old.map->values[i])))
            return false;
    }
    return true;
}

static void look_for(const struct corpus *corpus, const char *file, const struct soar_row *then,
                     const struct soar_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].view != then->view || strcmp(rows[i].key, then->key) != 0)
            continue;
        if (!says_still(corpus->arena, then, &rows[i]))
            fail_msg("%s: %s %s was %s %s, is %s %s", file, soar_view_name(then->view), then->key,
                     then->state, then->body, rows[i].state, rows[i].body);
        return;
    }
    fail_msg("%s: %s %s is not there any more", file, soar_view_name(then->view), then->key);
}

static void ledger_rows_of(const struct corpus *corpus, struct ledger *ledger, struct soar_row **ret_rows,
                           size_t *ret_count)
{
    struct soar_row *seen;
    size_t count;

    for (size_t i = 0; i < corpus->event_count; i++) {
        struct event event;

        assert_int_equal(event_read(corpus->arena, &corpus->events[i], &event, NULL), 0);
        ledger_apply(ledger, &event);
        ledger_rows(ledger, corpus->arena, &seen, &count); /* what was freed leaves with its row */
    }
    ledger_all_rows(ledger, corpus->arena, ret_rows, ret_count);
}

/* Rows of this fold that did not stand there then: only what a daemon lets go of when its time is over. */
static size_t let_go(const struct corpus *corpus, const struct soar_row *rows, size_t count)
{
    int64_t last_ms = corpus->events[corpus->event_count - 1].at_ms;
    size_t gone = 0;

    for (size_t i = 0; i < count; i++) {
        bool there = false;

        for (size_t r = 0; r < corpus->row_count && !there; r++)
            there = corpus->rows[r].view == rows[i].view && strcmp(corpus->rows[r].key, rows[i].key) == 0;
        gone += !there && ledger_row_may_go(&rows[i], last_ms);
    }
    return gone;
}

static void fold_all(struct story *story, const struct corpus *corpus, const char *file)
{
    struct life life;
    struct view_rows rows;
    struct soar_row *of_ledger;
    size_t of_ledger_count;
    struct ledger *ledger = ledger_new();
    size_t known = 0;

    life_init(&life, story);
    onto_disk(&life, corpus);
    life.park = true;
    fake_world_advance(story->stage.world, corpus->events[corpus->event_count - 1].at_ms + 1000);
    life_begin(&life);
    views_begin(&rows, corpus->arena);
    for (size_t i = 0; i < corpus->row_count; i++) {
        const struct soar_row *row = &corpus->rows[i];
        const struct run *run;

        if (row->view != SOAR_VIEW_RUN || strcmp(row->key, "-") == 0)
            continue;
        if (loop_broken(life.loop, row->key))
            fail_msg("%s: %s", file, loop_broken(life.loop, row->key));
        run = loop_run_any(life.loop, row->key);
        assert_non_null(run);
        views_run_all(&rows, run);
    }
    ledger_rows_of(corpus, ledger, &of_ledger, &of_ledger_count);
    for (size_t i = 0; i < corpus->row_count; i++) {
        const struct soar_row *row = &corpus->rows[i];
        bool of_run = row->view == SOAR_VIEW_RUN || row->view == SOAR_VIEW_TASK;

        if (strcmp(row->key, "-") == 0)
            continue;
        look_for(corpus, file, row, of_run ? rows.rows : of_ledger, of_run ? rows.count : of_ledger_count);
        known++;
    }
    known += let_go(corpus, of_ledger, of_ledger_count);
    assert_int_equal(known, rows.count + of_ledger_count); /* and nothing else came to be */
    life_end(&life);
    life.park = false;
    life_begin(&life); /* and what goes on in it goes on */
    life_rest(&life);
    ledger_free(ledger);
    life_done(&life);
}

static int is_journal(const struct dirent *entry)
{
    return strstr(entry->d_name, ".ndjson") != NULL;
}

static void every_journal_folds_to_what_it_was(void **state)
{
    static const char directory[] = SOAR_SOURCE_DIR "/tests/engine/loop/journals";
    struct dirent **entries;
    int count = scandir(directory, &entries, is_journal, alphasort);

    (void)state;
    assert_true(count >= 5);
    for (int i = 0; i < count; i++) {
        struct corpus *corpus = calloc(1, sizeof *corpus);
        struct story story;

        story_open(&story, NULL);
        read_corpus(corpus, story.stage.arena,
                    arena_printf(story.stage.arena, "%s/%s", directory, entries[i]->d_name));
        fold_all(&story, corpus, entries[i]->d_name);
        story_close(&story);
        free(corpus);
        free(entries[i]);
    }
    free(entries);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_journal_folds_to_what_it_was)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
