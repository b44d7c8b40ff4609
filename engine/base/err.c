/* The error object of include/soar/err.h. Text is formatted apart before it is put in place, so a caller may
 * use the old text as an argument of the new one. It must not allocate: it is used when memory is short, too.
 */
#include "soar/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const class_names[SOAR_CLASS_COUNT] = {
    [SOAR_DONE] = "done",           [SOAR_INVALID] = "invalid",         [SOAR_DENIED] = "denied",
    [SOAR_TRANSIENT] = "transient", [SOAR_PERMANENT] = "permanent",     [SOAR_UNKNOWN] = "unknown",
    [SOAR_ABSENT] = "absent",       [SOAR_UNSUPPORTED] = "unsupported",
};

/* Drops the beginning of a character whose end was cut off. */
static void trim_cut(char *text, size_t len)
{
    size_t start = len;
    while (start > 0 && len - start < 4 && ((unsigned char)text[start - 1] & 0xC0) == 0x80) {
        start--;
    }
    if (start == 0) {
        return;
    }
    unsigned char lead = (unsigned char)text[start - 1];
    size_t need = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (len - (start - 1) < need) {
        text[start - 1] = '\0';
    }
}

static void set_text(struct soar_err *err, const char *text, int would_be)
{
    size_t len = strlen(text);
    memcpy(err->text, text, len + 1);
    if (would_be >= SOAR_ERR_TEXT_MAX) {
        trim_cut(err->text, len);
    }
}

int soar_err_set(struct soar_err *err, enum soar_class class, const char *format, ...)
{
    if (err == NULL) {
        return -1;
    }
    char text[SOAR_ERR_TEXT_MAX] = "";
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    err->class = class;
    set_text(err, text, len);
    return -1;
}

int soar_err_wrap(struct soar_err *err, const char *format, ...)
{
    if (err == NULL) {
        return -1;
    }
    char what[SOAR_ERR_TEXT_MAX] = "";
    char text[SOAR_ERR_TEXT_MAX + sizeof what + 2] = "";
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    int len = snprintf(text, sizeof text, "%s: %s", what, err->text);
    text[SOAR_ERR_TEXT_MAX - 1] = '\0';
    set_text(err, text, len);
    return -1;
}

const char *soar_class_name(enum soar_class class)
{
    return (unsigned)class < SOAR_CLASS_COUNT ? class_names[class] : "?";
}

enum soar_class soar_class_parse(const char *name)
{
    int class = 0;
    while (class < SOAR_CLASS_COUNT && (name == NULL || strcmp(name, class_names[class]) != 0)) {
        class ++;
    }
    return (enum soar_class) class;
}
