/* Programs that soar-ssh carries with it, to be fed to a script that collects: they run on a host that has
 * nothing installed, and stay nowhere. */
#ifndef CONNECTORS_SSH_HELPER_H
#define CONNECTORS_SSH_HELPER_H

#include <stddef.h>

struct ssh_helper {
    const char *name;
    const char *bytes;
    size_t len;
};

/* The program's list, NULL-named at its end: ssh_helpers.c, where the program is built. */
const struct ssh_helper *ssh_helpers(void);

const struct ssh_helper *ssh_helper_find(const char *name); /* NULL: there is none */

#endif
