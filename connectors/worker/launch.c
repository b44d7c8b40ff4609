/* soar-launch PROGRAM: what a plugin can't be trusted to do for itself, done
 * before it is.
 *
 * A worker of ours hardens itself; a plugin in any language is started through
 * this. It adds nothing to the environment, passes no argument but the
 * program's path, and must not read a byte of the socket. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "connectors/worker/harden.h"

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "soar-launch: one argument: the program to start\n");
        return 2;
    }
    struct soar_err err = {0};
    if (worker_harden_inherited(&err)) {
        fprintf(stderr, "soar-launch: %s\n", err.text);
        return 1;
    }
    char *const args[] = {argv[1], NULL};
    char *const environment[] = {NULL};
    execve(argv[1], args, environment);
    fprintf(stderr, "soar-launch: cannot start %s: %s\n", argv[1], strerror(errno));
    return 127;
}
