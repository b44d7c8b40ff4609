/* The functions of each connector as data: what lint needs to know without
 * starting a worker.
 *
 * One table per connector; a worker announces the same functions in its hello,
 * and a pack that names a function that isn't here is refused. A connector that
 * is a plugin brings its table with its hello. */
#ifndef CONNECTORS_TABLE_TABLE_H
#define CONNECTORS_TABLE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

enum function_class { FUNCTION_READ, FUNCTION_WRITE };

/* The sink a parameter's value goes to (packs.md, Sinks): decides what may be
 * spliced into it and how. */
enum function_sink {
    SINK_SCRIPT,   /* a constant: no hole at all */
    SINK_ARGUMENT, /* a list of strings */
    SINK_LINES,    /* text for another program: words only when spliced */
    SINK_JSON,
    SINK_PATH,
    SINK_QUERY,
    SINK_FORM,
    SINK_HEADER,
    SINK_XML,
    SINK_FILTER,
    SINK_DN,
    SINK_ATTRIBUTE, /* name → list of byte strings */
    SINK_CONSTANT,  /* a plain constant of the type: method, scope, attribute names
                     */
    SINK_COUNT
};

struct function_param {
    const char *name;
    const char *type; /* "text", "list of text", "map", "word": of a constant */
    const char *about;
    enum function_sink sink;
    bool required;
};

struct function {
    const char *name;                    /* "ssh.read" */
    const struct function_param *params; /* ends with a NULL name */
    const char *expect; /* the default `expect`, a CEL text over `result`; NULL: class DONE is enough */
    const char *answer; /* the fields of its answer: "exit, out, err, cut" */
    const char *about;
    enum function_class class;
    bool apart;    /* a worker of its own carries it, and no secret */
    bool collects; /* what it reads there is evidence: a worker of its own carries it (with the secret), which
                      writes it to its descriptor 3 and never to the engine; the answer has `evidence` beside
                      its own fields: {id, whole, bytes, sha256} */
};

struct connector {
    const char *name;    /* "ssh" */
    const char *program; /* "soar-ssh" */
    const char *about;
    bool shared;                      /* one worker may carry calls of several tasks to its peer */
    const struct function *functions; /* ends with a NULL name */
};

extern const struct connector *const connector_list[]; /* ends with NULL */

const struct connector *connector_find(const char *name);
const struct function *connector_function(const char *function); /* by its full name, "ssh.read" */
const struct function *connector_has(const struct connector *connector, const char *function);
const char *function_sink_name(enum function_sink sink);

#endif
