/* The front's `config` message, from the site: with the texts of certificates and secrets in it, so it is
 * wiped when it was sent. */
#ifndef SOARD_FRONT_SETTINGS_H
#define SOARD_FRONT_SETTINGS_H

#include <stddef.h>

#include "engine/site/site.h"

struct front_settings {
    char *line; /* with its line feed; malloc'ed */
    size_t len;
};

/* -1: a file or a secret can't be read, or two webhooks have the same secret; the error names it. The site
 * has `listen`. */
int front_settings_read(const struct site *site, struct front_settings *ret_settings, struct soar_err *err)
    __attribute__((warn_unused_result));
void front_settings_done(struct front_settings *settings);

#endif
