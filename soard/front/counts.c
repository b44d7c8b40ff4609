/* Totals only, so that a lost or late message costs nothing. Sources stay when a configuration drops them:
 * a total that went back would look like a restart. */
#include "soard/front/counts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"

struct counts_source {
    char *name;
    uint64_t refused[REFUSAL_COUNT];
};

static struct counts_source *find(struct counts *counts, const char *name)
{
    for (size_t i = 0; i < counts->source_count; i++) {
        if (strcmp(counts->sources[i].name, name) == 0)
            return &counts->sources[i];
    }
    struct counts_source *sources = reallocarray(counts->sources, counts->source_count + 1, sizeof *sources);
    if (sources == NULL)
        abort();
    counts->sources = sources;
    struct counts_source *source = &sources[counts->source_count++];
    *source = (struct counts_source){.name = strdup(name)};
    if (source->name == NULL)
        abort();
    return source;
}

void counts_refused(struct counts *counts, const char *source, enum refusal refusal)
{
    find(counts, source)->refused[refusal]++;
    counts->changed = true;
}

void counts_answered(struct counts *counts, int status)
{
    if (status > 0 && status < 600)
        counts->answers[status]++;
    counts->changed = true;
}

static void write_answers(const struct counts *counts, struct buf *out)
{
    const char *comma = "";
    for (size_t i = 0; i < sizeof counts->answers / sizeof *counts->answers; i++) {
        if (counts->answers[i] > 0) {
            buf_printf(out, "%s\"%zu\":%" PRIu64, comma, i, counts->answers[i]);
            comma = ",";
        }
    }
}

static void write_source(const struct counts_source *source, struct buf *out)
{
    const char *comma = "";
    json_quote(out, source->name, strlen(source->name));
    buf_text(out, ":{");
    for (int i = 0; i < REFUSAL_COUNT; i++) {
        if (source->refused[i] > 0) {
            buf_printf(out, "%s\"%s\":%" PRIu64, comma, refusal_name((enum refusal)i), source->refused[i]);
            comma = ",";
        }
    }
    buf_char(out, '}');
}

void counts_write(const struct counts *counts, size_t open, struct buf *out)
{
    buf_printf(out, "{\"type\":\"count\",\"connections\":%" PRIu64 ",\"open\":%zu,\"answers\":{",
               counts->connections, open);
    write_answers(counts, out);
    buf_text(out, "},\"refused\":{");
    for (size_t i = 0; i < counts->source_count; i++) {
        if (i > 0)
            buf_char(out, ',');
        write_source(&counts->sources[i], out);
    }
    buf_text(out, "}}\n");
}

void counts_done(struct counts *counts)
{
    for (size_t i = 0; i < counts->source_count; i++)
        free(counts->sources[i].name);
    free(counts->sources);
    *counts = (struct counts){0};
}
