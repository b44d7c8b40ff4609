/* What went wrong, said once, where it is known.
 *
 * A function that can fail takes a `struct soar_err *` as its last parameter and returns 0 or -1 (or NULL).
 * The place that knows what happened calls soar_err_set(); each caller on the way up may put its own subject
 * in front with soar_err_wrap(), so that the program prints one line: "step isolate: web-01: ssh: connect
 * timed out after 5 s". The class is what the engine decides on; the text is for people. An err pointer may
 * be NULL: nothing is written then.
 *
 * Threads: an error object belongs to the thread that declared it. */
#ifndef SOAR_ERR_H
#define SOAR_ERR_H

enum soar_class {
    SOAR_DONE,        /* no error: it was done */
    SOAR_INVALID,     /* what was asked makes no sense; asking again is useless */
    SOAR_DENIED,      /* the far side refuses us: log-in, rights, host key */
    SOAR_TRANSIENT,   /* nothing was sent; trying again may help */
    SOAR_PERMANENT,   /* it was heard and failed; trying again will not help */
    SOAR_UNKNOWN,     /* it may have happened */
    SOAR_ABSENT,      /* the object isn't there */
    SOAR_UNSUPPORTED, /* this target can't do that */
    SOAR_CLASS_COUNT
};

#define SOAR_ERR_TEXT_MAX 1024

struct soar_err {
    enum soar_class class;
    char text[SOAR_ERR_TEXT_MAX]; /* UTF-8, NUL-terminated, cut at a character's border when too long */
};

/* Sets class and text; returns -1 always, so that `return soar_err_set(...)` reads as what it is. */
int soar_err_set(struct soar_err *err, enum soar_class class, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "what: " in front of the text and keeps the class; returns -1. */
int soar_err_wrap(struct soar_err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The class by its name in the journal and in the worker protocol ("transient"), and back; SOAR_CLASS_COUNT
 * if unknown. */
const char *soar_class_name(enum soar_class class);
enum soar_class soar_class_parse(const char *name);

#endif
