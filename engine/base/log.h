/* One line to standard error for the operator: text from outside made visible, secrets never in it.
 *
 * A program says once, before its threads start, in which form. Who says nothing (soarctl, the workers)
 * writes "soar: LEVEL: message". */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_ERROR_LEVEL, LOG_WARNING_LEVEL, LOG_INFO_LEVEL, LOG_DEBUG_LEVEL };

/* LOG_JSON: {"time", "level", "message"} and the keys that were given, a line each. In both forms, when
 * standard error is systemd's journal (JOURNAL_STREAM names it), the line begins with its priority as
 * sd-daemon(3) has it; in the text form that then stands for program and level, which the journal has
 * already. */
enum log_format { LOG_TEXT, LOG_JSON };

/* What a line is about, for who searches a log by it. NULL: not said. */
struct log_keys {
    const char *source;
    const char *alert;
    const char *run;
};

void log_set_level(enum log_level level);
void log_set_format(enum log_format format);
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The text form has the keys behind the message: "taken (source siem, alert A-1)". */
void log_with(enum log_level level, const struct log_keys *keys, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
