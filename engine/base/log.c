/* One line, one write: lines of several threads and processes don't mix. Whatever the arguments hold, what
 * comes out is one line of visible text. It must not be handed a secret, and it leaves errno alone. */
#include "engine/base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/json.h"
#include "engine/base/text.h"
#include "engine/base/world.h"

/* A byte becomes six at most when made visible, and seven in JSON: its backslash is doubled. */
enum { LINE_BYTES = 4096, KEY_BYTES = 256, SHOWN_BYTES = 7 * (LINE_BYTES + 3 * KEY_BYTES) + 256 };

static const struct {
    const char *name;
    char priority; /* syslog's */
} levels[] = {
    [LOG_ERROR_LEVEL] = {"error", '3'},
    [LOG_WARNING_LEVEL] = {"warning", '4'},
    [LOG_INFO_LEVEL] = {"info", '6'},
    [LOG_DEBUG_LEVEL] = {"debug", '7'},
};

static atomic_int level_max = LOG_INFO_LEVEL;
static atomic_int form = LOG_TEXT;
static atomic_bool to_journal;

void log_set_level(enum log_level level)
{
    atomic_store(&level_max, (int)level);
}

/* JOURNAL_STREAM is inherited: only if standard error still is that file, it is the journal that reads it. */
static bool stderr_is_journal(void)
{
    const char *named = getenv("JOURNAL_STREAM");
    struct stat is;
    if (named == NULL || fstat(STDERR_FILENO, &is) != 0) {
        return false;
    }
    char text[64];
    (void)snprintf(text, sizeof text, "%ju:%ju", (uintmax_t)is.st_dev, (uintmax_t)is.st_ino);
    return strcmp(text, named) == 0;
}

void log_set_format(enum log_format format)
{
    atomic_store(&form, (int)format);
    atomic_store(&to_journal, stderr_is_journal());
}

static void add_text(struct buf *out, enum log_level level, const char *message, const struct log_keys *keys)
{
    if (!atomic_load(&to_journal)) {
        buf_printf(out, "soar: %s: ", levels[level].name);
    }
    buf_text(out, message);
    const char *before = " (";
    const char *const named[][2] = {{"source", keys->source}, {"alert", keys->alert}, {"run", keys->run}};
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        if (named[i][1]) {
            buf_printf(out, "%s%s ", before, named[i][0]);
            text_visible(out, named[i][1], strnlen(named[i][1], KEY_BYTES));
            before = ", ";
        }
    }
    buf_text(out, before[0] == ',' ? ")\n" : "\n");
}

static void add_member(struct buf *out, const char *name, const char *text, size_t len)
{
    BUF_SCOPED shown;
    buf_init(&shown, SHOWN_BYTES);
    text_visible(&shown, text, len);
    buf_printf(out, ",\"%s\":", name);
    json_quote(out, buf_string(&shown), shown.len);
}

static void add_json(struct buf *out, enum log_level level, const char *message, size_t len,
                     const struct log_keys *keys)
{
    const struct world *world = world_system();
    buf_text(out, "{\"time\":\"");
    text_time_utc(out, world->wall_ms(world->arg));
    buf_printf(out, "\",\"level\":\"%s\",\"message\":", levels[level].name);
    json_quote(out, message, len);
    const char *const named[][2] = {{"source", keys->source}, {"alert", keys->alert}, {"run", keys->run}};
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        if (named[i][1]) {
            add_member(out, named[i][0], named[i][1], strnlen(named[i][1], KEY_BYTES));
        }
    }
    buf_text(out, "}\n");
}

__attribute__((format(printf, 3, 0))) static void
write_line(enum log_level level, const struct log_keys *keys, const char *format, va_list args)
{
    if ((int)level > atomic_load(&level_max)) {
        return;
    }
    int saved = errno;
    char line[LINE_BYTES];
    int len = vsnprintf(line, sizeof line, format, args);
    if (len >= 0) {
        size_t kept = (size_t)len < sizeof line ? (size_t)len : sizeof line - 1;
        BUF_SCOPED message;
        buf_init(&message, SHOWN_BYTES);
        text_visible(&message, line, kept);
        buf_text(&message, kept < (size_t)len ? "…" : "");
        BUF_SCOPED out;
        buf_init(&out, SHOWN_BYTES);
        if (atomic_load(&to_journal)) {
            buf_printf(&out, "<%c>", levels[level].priority);
        }
        if (atomic_load(&form) == LOG_JSON) {
            add_json(&out, level, buf_string(&message), message.len, keys);
        } else {
            add_text(&out, level, buf_string(&message), keys);
        }
        ssize_t written = write(STDERR_FILENO, buf_string(&out), out.len);
        (void)written; /* there is nobody left to tell */
    }
    errno = saved;
}

static const struct log_keys no_keys;

void log_error(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_line(LOG_ERROR_LEVEL, &no_keys, format, args);
    va_end(args);
}

void log_warning(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_line(LOG_WARNING_LEVEL, &no_keys, format, args);
    va_end(args);
}

void log_info(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_line(LOG_INFO_LEVEL, &no_keys, format, args);
    va_end(args);
}

void log_debug(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_line(LOG_DEBUG_LEVEL, &no_keys, format, args);
    va_end(args);
}

void log_with(enum log_level level, const struct log_keys *keys, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_line(level, keys, format, args);
    va_end(args);
}
