/* Files a person names: one, or the YAML files of a directory, in the order of their names. */
#ifndef VERBS_VERB_FILES_H
#define VERBS_VERB_FILES_H

#include "engine/base/arena.h"
#include "soar/err.h"

typedef int (*verb_file_fn)(void *arg, const char *path, const char *text, size_t len);

/* A directory is walked (*.yaml, *.yml), a file taken as it is. fn's first answer other than 0 ends it and is
 * returned. */
int verb_each_file(struct arena *arena, const char *path, verb_file_fn fn, void *arg, struct soar_err *err);

/* A file a person named: that it can't be read is their mistake (INVALID). */
int verb_read(struct arena *arena, const char *path, char **ret_text, size_t *ret_len, struct soar_err *err);

#endif
