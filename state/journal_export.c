/* Export and its proof.
 *
 * The one thing to know: strings go out and come in byte for byte; nothing is normalised. Writes to the
 * journal never. */
#include "state/journal_export.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "state/journal.h"
#include "state/journal_chain.h"

/* A body in a string: each byte at most six ("\u0001"), and room for the other fields. */
enum { LINE_BYTES_MAX = 7 * LIMIT_BODY_BYTES };

struct printer {
    FILE *out;
    struct buf line;
    int failed; /* errno */
    int64_t seq;
    int64_t at_ms;
    char hash[DIGEST_HEX];
};

static int print_record(void *arg, const struct journal_record *record);
static void print_line(struct printer *printer);

int journal_export(struct soar_store *store, FILE *out, struct soar_err *err)
{
    static const uint8_t zero[DIGEST_BYTES];
    struct printer printer = {.out = out};
    buf_init(&printer.line, 0);
    digest_hex(zero, printer.hash);
    int result = journal_reader_records(&journal_of(store)->reader, NULL, 0, print_record, &printer, err);
    if (result == 0 && !printer.failed) {
        buf_clear(&printer.line);
        buf_printf(&printer.line, "{\"head\":{\"seq\":%" PRId64 ",\"at\":%" PRId64 ",\"hash\":\"%s\"}}\n",
                   printer.seq, printer.at_ms, printer.hash);
        print_line(&printer);
    }
    if (result == 0 && !printer.failed && fflush(out) != 0)
        printer.failed = errno;
    buf_done(&printer.line);
    if (printer.failed)
        return soar_err_set(err, SOAR_PERMANENT, "export: %s", strerror(printer.failed));
    return result;
}

static void print_line(struct printer *printer)
{
    if (fwrite(printer->line.data, 1, printer->line.len, printer->out) != printer->line.len)
        printer->failed = errno ? errno : EIO;
}

static void add_text(struct buf *line, const char *name, const char *text)
{
    buf_printf(line, ",\"%s\":", name);
    json_quote(line, text, strlen(text));
}

static void add_hash(struct buf *line, const char *name, const uint8_t *hash, int len)
{
    buf_printf(line, ",\"%s\":\"", name);
    for (int i = 0; i < len; i++)
        buf_printf(line, "%02x", hash[i]);
    buf_char(line, '"');
}

static int print_record(void *arg, const struct journal_record *record)
{
    struct printer *printer = arg;
    struct buf *line = &printer->line;
    const struct soar_event *event = &record->event;
    buf_clear(line);
    buf_printf(line, "{\"seq\":%" PRId64, record->seq);
    add_text(line, "chain", record->chain);
    add_text(line, "run", event->run);
    buf_printf(line, ",\"n\":%" PRId64 ",\"at\":%" PRId64, event->n, event->at_ms);
    add_text(line, "kind", event->kind);
    add_text(line, "step", event->step);
    add_text(line, "item", event->item);
    add_text(line, "target", event->target);
    add_text(line, "body", event->body);
    add_hash(line, "content", record->content, record->content_len);
    add_hash(line, "hash", record->hash, record->hash_len);
    buf_text(line, "}\n");
    print_line(printer);
    printer->seq = record->seq;
    printer->at_ms = event->at_ms;
    if (record->hash_len == DIGEST_BYTES)
        digest_hex(record->hash, printer->hash);
    return printer->failed;
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *place = c ? strchr(digits, c) : NULL;
    return place ? (int)(place - digits) : -1;
}

/* -1: not 64 digits. */
static int read_hash(const char *hex, uint8_t ret_hash[DIGEST_BYTES])
{
    if (strlen(hex) != DIGEST_HEX - 1)
        return -1;
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        int high = hex_digit(hex[2 * i]);
        int low = hex_digit(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return -1;
        ret_hash[i] = (uint8_t)(high << 4 | low);
    }
    return 0;
}

/* A field that isn't there is an error, not an empty one: else its name could be changed unnoticed. */
static const char *need_text(const struct value *line, const char *name, const char **ret_missing)
{
    const char *text = value_get_string(line, name, NULL);
    if (!text)
        *ret_missing = name;
    return text ? text : "";
}

static int64_t need_number(const struct value *line, const char *name, const char **ret_missing)
{
    const struct value *number = value_get(line, name);
    if (number && number->kind == VALUE_INT)
        return number->integer;
    *ret_missing = name;
    return 0;
}

static int walk_event(struct journal_walk *walk, const struct value *line, struct soar_err *err)
{
    const char *missing = NULL;
    uint8_t content[DIGEST_BYTES];
    uint8_t hash[DIGEST_BYTES];
    struct journal_record record = {
        .seq = need_number(line, "seq", &missing),
        .chain = need_text(line, "chain", &missing),
        .event = {.run = need_text(line, "run", &missing),
                  .n = need_number(line, "n", &missing),
                  .at_ms = need_number(line, "at", &missing),
                  .kind = need_text(line, "kind", &missing),
                  .step = need_text(line, "step", &missing),
                  .item = need_text(line, "item", &missing),
                  .target = need_text(line, "target", &missing),
                  .body = need_text(line, "body", &missing)},
        .content = content,
        .hash = hash,
    };
    record.content_len = read_hash(need_text(line, "content", &missing), content) == 0 ? DIGEST_BYTES : 0;
    record.hash_len = read_hash(need_text(line, "hash", &missing), hash) == 0 ? DIGEST_BYTES : 0;
    if (missing)
        return soar_err_set(err, SOAR_INVALID, "an event without \"%s\"", missing);
    journal_walk_record(walk, &record);
    return 0;
}

/* 1: the head was there, that is the end. */
static int walk_line(struct journal_walk *walk, const char *text, size_t len, struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    struct value line;
    if (json_parse(arena, text, len, &line, err) < 0)
        return -1;
    const struct value *head = value_get(&line, "head");
    if (!head)
        return walk_event(walk, &line, err);
    const struct soar_head *found = &walk->verdict->head;
    if (value_get_int(head, "seq", -1) != found->seq || value_get_int(head, "at", -1) != found->at_ms ||
        strcmp(value_get_string(head, "hash", ""), found->hash) != 0)
        journal_problem(walk->verdict, found->seq,
                        "the export's last line names another head: lines are missing");
    return 1;
}

static int walk_lines(struct journal_walk *walk, FILE *in, char **line, struct soar_err *err)
{
    size_t size = 0;
    for (int64_t number = 1;; number++) {
        ssize_t len = getline(line, &size, in);
        if (len < 0 && ferror(in))
            return soar_err_set(err, SOAR_PERMANENT, "export: %s", strerror(errno));
        if (len < 0) {
            journal_problem(walk->verdict, 0, "the export has no last line: it was cut");
            return 0;
        }
        if (len > LINE_BYTES_MAX)
            return soar_err_set(err, SOAR_INVALID, "line %" PRId64 ": more than %d bytes", number,
                                LINE_BYTES_MAX);
        int end = walk_line(walk, *line, (size_t)len, err);
        if (end != 0)
            return end < 0 ? soar_err_wrap(err, "line %" PRId64, number) : 0;
    }
}

int journal_export_verify(FILE *in, const struct soar_head *known, struct soar_verdict *ret_verdict,
                          struct soar_err *err)
{
    struct soar_verdict verdict;
    struct journal_walk walk;
    char *line = NULL;
    journal_walk_begin(&walk, known, &verdict);
    int result = walk_lines(&walk, in, &line, err);
    free(line);
    if (result < 0)
        return -1;
    journal_walk_end(&walk);
    *ret_verdict = verdict;
    return 0;
}
