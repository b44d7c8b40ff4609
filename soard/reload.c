/* A reload: everything the operator wrote is read anew into a generation of its own. With a mistake in it the
 * old one stays in force, whole; without, the next turn of the loop uses the new one, and no run notices. */
#include "engine/base/log.h"
#include "soard/daemon.h"
#include "soard/tell.h"

int daemon_reload(struct daemon *daemon, const char *by, struct soar_err *err)
{
    BUF_SCOPED mistakes = {0};
    struct wiring *fresh = NULL;

    (void)by;
    if (wiring_load(daemon->config_file, &fresh, &mistakes, err)) {
        tell_lines(LOG_ERROR_LEVEL, &mistakes);
        return -1;
    }
    tell_lines(LOG_WARNING_LEVEL, &mistakes);
    wiring_free(fresh);
    return soar_err_set(err, SOAR_UNSUPPORTED,
                        "it has no mistake, but this version takes it only when it starts");
}
