/* The durable part of a memory store: events, rows, texts, alerts, each a list in one arena. */
#include "engine/rehearse/memory_disk.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"

struct memory_disk {
    struct arena *arena;
    struct soar_event *events;
    size_t event_count, event_size;
    struct soar_row *rows;
    size_t row_count, row_size;
    struct soar_text *texts;
    size_t text_count, text_size;
    struct soar_alert *alerts;
    size_t alert_count, alert_size;
    long writes;
};

struct memory_disk *memory_disk_new(void)
{
    struct memory_disk *disk = calloc(1, sizeof *disk);

    if (!disk)
        abort();
    disk->arena = arena_new();
    return disk;
}

void memory_disk_free(struct memory_disk *disk)
{
    if (!disk)
        return;
    free(disk->events);
    free(disk->rows);
    free(disk->texts);
    free(disk->alerts);
    arena_free(disk->arena);
    free(disk);
}

size_t memory_disk_event_count(const struct memory_disk *disk)
{
    return disk->event_count;
}

const struct soar_event *memory_disk_event(const struct memory_disk *disk, size_t index)
{
    return &disk->events[index];
}

long memory_disk_writes(const struct memory_disk *disk)
{
    return disk->writes;
}

static void *grow(void *items, size_t count, size_t *size, size_t each)
{
    if (count < *size)
        return items;
    *size = *size ? *size * 2 : 64;
    items = realloc(items, *size * each);
    if (!items)
        abort();
    return items;
}

static char *kept(struct memory_disk *disk, const char *text)
{
    return arena_string(disk->arena, text ? text : "");
}

/* The number the next event of a run must have, with those of the batch that stand before it. */
static int64_t next_n(const struct memory_disk *disk, const struct soar_batch *batch, size_t before,
                      const char *run)
{
    int64_t n = 0;

    for (size_t i = 0; i < disk->event_count; i++)
        if (strcmp(disk->events[i].run, run) == 0)
            n = disk->events[i].n;
    for (size_t i = 0; i < before; i++)
        if (strcmp(batch->events[i].run, run) == 0)
            n = batch->events[i].n;
    return n + 1;
}

static int expected(const struct memory_disk *disk, const struct soar_batch *batch, struct soar_err *err)
{
    for (size_t i = 0; i < batch->event_count; i++)
        if (batch->events[i].n != next_n(disk, batch, i, batch->events[i].run))
            return soar_err_set(err, SOAR_INVALID, "%s: event %lld does not follow", batch->events[i].run,
                                (long long)batch->events[i].n);
    return 0;
}

static void write_event(struct memory_disk *disk, const struct soar_event *event)
{
    disk->events = grow(disk->events, disk->event_count, &disk->event_size, sizeof *disk->events);
    disk->events[disk->event_count++] = (struct soar_event){.run = kept(disk, event->run),
                                                            .n = event->n,
                                                            .at_ms = event->at_ms,
                                                            .kind = kept(disk, event->kind),
                                                            .step = kept(disk, event->step),
                                                            .item = kept(disk, event->item),
                                                            .target = kept(disk, event->target),
                                                            .body = kept(disk, event->body)};
}

static void write_row(struct memory_disk *disk, const struct soar_row *row)
{
    size_t i = 0;

    while (i < disk->row_count &&
           (disk->rows[i].view != row->view || strcmp(disk->rows[i].key, row->key) != 0))
        i++;
    if (row->gone) {
        if (i < disk->row_count)
            disk->rows[i] = disk->rows[--disk->row_count];
        return;
    }
    if (i == disk->row_count) {
        disk->rows = grow(disk->rows, disk->row_count, &disk->row_size, sizeof *disk->rows);
        disk->row_count++;
    }
    disk->rows[i] = (struct soar_row){.view = row->view,
                                      .key = kept(disk, row->key),
                                      .run = kept(disk, row->run),
                                      .state = kept(disk, row->state),
                                      .at_ms = row->at_ms,
                                      .body = kept(disk, row->body)};
}

static void write_text(struct memory_disk *disk, const struct soar_text *text)
{
    for (size_t i = 0; i < disk->text_count; i++)
        if (strcmp(disk->texts[i].digest, text->digest) == 0)
            return;
    disk->texts = grow(disk->texts, disk->text_count, &disk->text_size, sizeof *disk->texts);
    disk->texts[disk->text_count++] = (struct soar_text){.digest = kept(disk, text->digest),
                                                         .kind = kept(disk, text->kind),
                                                         .name = kept(disk, text->name),
                                                         .origin = kept(disk, text->origin),
                                                         .body = kept(disk, text->body)};
}

static void write_alert(struct memory_disk *disk, const struct soar_alert *alert)
{
    disk->alerts = grow(disk->alerts, disk->alert_count, &disk->alert_size, sizeof *disk->alerts);
    disk->alerts[disk->alert_count++] = (struct soar_alert){.id = kept(disk, alert->id),
                                                            .received_at_ms = alert->received_at_ms,
                                                            .source = kept(disk, alert->source),
                                                            .digest = kept(disk, alert->digest),
                                                            .body = kept(disk, alert->body)};
}

int memory_disk_write(struct memory_disk *disk, const struct soar_batch *batch, struct soar_err *err)
{
    if (expected(disk, batch, err))
        return -1;
    for (size_t i = 0; i < batch->event_count; i++)
        write_event(disk, &batch->events[i]);
    for (size_t i = 0; i < batch->row_count; i++)
        write_row(disk, &batch->rows[i]);
    for (size_t i = 0; i < batch->text_count; i++)
        write_text(disk, &batch->texts[i]);
    for (size_t i = 0; i < batch->alert_count; i++)
        write_alert(disk, &batch->alerts[i]);
    disk->writes++;
    return 0;
}

void memory_disk_events(const struct memory_disk *disk, const char *run, int64_t from_n, soar_event_fn fn,
                        void *arg)
{
    for (size_t i = 0; i < disk->event_count; i++) {
        const struct soar_event *event = &disk->events[i];
        bool wanted = run ? strcmp(event->run, run) == 0 && event->n >= from_n : (int64_t)i + 1 >= from_n;

        if (wanted && fn(arg, event))
            return;
    }
}

static bool fits(const struct soar_row *row, const struct soar_query *query)
{
    return (!query->latest_first || row->at_ms > 0) && row->view == query->view &&
           (!query->key || strcmp(row->key, query->key) == 0) &&
           (!query->run || strcmp(row->run, query->run) == 0) &&
           (!query->state || strcmp(row->state, query->state) == 0) &&
           (!query->key_begins || strncmp(row->key, query->key_begins, strlen(query->key_begins)) == 0) &&
           (!query->at_until_ms || (row->at_ms > 0 && row->at_ms <= query->at_until_ms));
}

static int by_key(const void *a, const void *b)
{
    return strcmp((*(const struct soar_row *const *)a)->key, (*(const struct soar_row *const *)b)->key);
}

static int by_time(const void *a, const void *b)
{
    const struct soar_row *one = *(const struct soar_row *const *)a;
    const struct soar_row *two = *(const struct soar_row *const *)b;

    return one->at_ms != two->at_ms ? (one->at_ms > two->at_ms) - (one->at_ms < two->at_ms)
                                    : strcmp(one->key, two->key);
}

static int latest_first(const void *a, const void *b)
{
    return by_time(b, a);
}

/* Has the query's page begun behind this row? */
static bool is_before(const struct soar_row *row, const struct soar_query *query)
{
    int order = query->after ? strcmp(row->key, query->after) : 1;

    if (query->after && (query->by_time || query->latest_first) && row->at_ms != query->after_at_ms)
        order = row->at_ms > query->after_at_ms ? 1 : -1;
    return query->after && (query->latest_first ? order >= 0 : order <= 0);
}

void memory_disk_rows(const struct memory_disk *disk, const struct soar_query *query, soar_row_fn fn,
                      void *arg)
{
    const struct soar_row **found = calloc(disk->row_count + 1, sizeof *found);
    size_t count = 0;
    size_t told = 0;

    if (!found)
        abort();
    for (size_t i = 0; i < disk->row_count; i++)
        if (fits(&disk->rows[i], query))
            found[count++] = &disk->rows[i];
    qsort(found, count, sizeof *found,
          query->latest_first ? latest_first
          : query->by_time    ? by_time
                              : by_key);
    for (size_t i = 0; i < count; i++) {
        if (is_before(found[i], query))
            continue;
        if (fn(arg, found[i]) || (query->limit && ++told >= query->limit))
            break;
    }
    free(found);
}

bool memory_disk_text(const struct memory_disk *disk, const char *digest, soar_text_fn fn, void *arg)
{
    bool found = !digest;

    for (size_t i = 0; i < disk->text_count; i++)
        if (!digest || strcmp(disk->texts[i].digest, digest) == 0) {
            found = true;
            if (fn(arg, &disk->texts[i]))
                break;
        }
    return found;
}

bool memory_disk_alert(const struct memory_disk *disk, const char *id,
                       int (*fn)(void *, const struct soar_alert *), void *arg)
{
    bool found = !id;

    for (size_t i = 0; i < disk->alert_count; i++)
        if (!id || strcmp(disk->alerts[i].id, id) == 0) {
            found = true;
            if (fn(arg, &disk->alerts[i]))
                break;
        }
    return found;
}
