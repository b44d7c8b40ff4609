/* One line of a monitor, told apart. */
#ifndef CONNECTORS_QMP_LINE_H
#define CONNECTORS_QMP_LINE_H

#include <stddef.h>

#include "engine/base/arena.h"
#include "engine/base/value.h"
#include "soar/err.h"

enum qmp_line_kind { QMP_GREETING, QMP_EVENT, QMP_RETURN, QMP_ERROR };

struct qmp_line {
    enum qmp_line_kind kind;
    struct value value; /* of a greeting, an event (its data, or null), a return */
    const char *name;   /* of an event; an error's class */
    const char *text;   /* an error's words, visible and cut */
    const char *id;     /* "" if it has none */
};

/* INVALID for anything that is none. The line lives in the arena. */
int qmp_line_parse(struct arena *arena, const char *text, size_t len, struct qmp_line *ret_line,
                   struct soar_err *err) __attribute__((warn_unused_result));

/* Words of the monitor as they may be shown. */
const char *qmp_shown(struct arena *arena, const char *text, size_t len);

#endif
