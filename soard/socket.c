/* The Unix socket's server. It is not there yet: soarctl opens the record itself while no soard owns it. */
#include "soard/socket.h"

#include "soard/daemon.h"

int socket_open(struct daemon *daemon, struct soar_err *err)
{
    (void)daemon;
    (void)err;
    return 0;
}

bool socket_turned(struct daemon *daemon)
{
    (void)daemon;
    return false;
}

void socket_close(struct daemon *daemon)
{
    (void)daemon;
}
