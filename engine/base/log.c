/* One line, one write: lines of several threads and processes don't mix. Whatever the arguments hold, what
 * comes out is one line of visible text. It must not be handed a secret, and it leaves errno alone. */
#include "engine/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/base/text.h"

enum { LINE_BYTES = 4096, SHOWN_BYTES = 6 * LINE_BYTES + 64 };

static const char *const level_names[] = {
    [LOG_ERROR_LEVEL] = "error",
    [LOG_WARNING_LEVEL] = "warning",
    [LOG_INFO_LEVEL] = "info",
    [LOG_DEBUG_LEVEL] = "debug",
};

static atomic_int level_max = LOG_INFO_LEVEL;

void log_set_level(enum log_level level)
{
    atomic_store(&level_max, (int)level);
}

__attribute__((format(printf, 2, 0))) static void write_line(enum log_level level, const char *format,
                                                             va_list args)
{
    if ((int)level > atomic_load(&level_max)) {
        return;
    }
    int saved = errno;
    char line[LINE_BYTES];
    int len = vsnprintf(line, sizeof line, format, args);
    if (len >= 0) {
        size_t shown = (size_t)len < sizeof line ? (size_t)len : sizeof line - 1;
        BUF_SCOPED out;
        buf_init(&out, SHOWN_BYTES);
        buf_printf(&out, "soar: %s: ", level_names[level]);
        text_visible(&out, line, shown);
        buf_text(&out, shown < (size_t)len ? "…\n" : "\n");
        ssize_t written = write(STDERR_FILENO, buf_string(&out), out.len);
        (void)written; /* there is nobody left to tell */
    }
    errno = saved;
}

void log_error(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_line(LOG_ERROR_LEVEL, format, args);
    va_end(args);
}

void log_warning(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_line(LOG_WARNING_LEVEL, format, args);
    va_end(args);
}

void log_info(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_line(LOG_INFO_LEVEL, format, args);
    va_end(args);
}

void log_debug(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_line(LOG_DEBUG_LEVEL, format, args);
    va_end(args);
}
