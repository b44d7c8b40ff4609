/* soar-ldap: the worker that speaks LDAP to one directory server. This file joins the functions of
 * table_ldap.c to what does them.
 *
 * It reads no file of the operator's: authorities and password come from the engine. */
#include <string.h>

#include "connectors/ldap/directory.h"
#include "connectors/table/table_list.h"

static int bind_peer(void *state, const struct value *peer, struct soar_err *err)
{
    struct directory *directory = state;
    static struct arena *arena; /* lives as long as the peer: to the end */
    arena = arena_new();
    return directory_peer_parse(arena, peer, &directory->peer, err);
}

static int run(struct directory *directory, struct worker_call *call, struct value *ret_result,
               struct soar_err *err)
{
    const char *function = call->function->name;
    if (!strcmp(function, "ldap.search"))
        return directory_search(directory, call, ret_result, err);
    if (!strcmp(function, "ldap.modify"))
        return directory_modify(directory, call, ret_result, err);
    if (!strcmp(function, "ldap.password"))
        return directory_password(directory, call, ret_result, err);
    return directory_look(directory, call, ret_result, err);
}

/* A connection kept since the last call may have died unseen: if nothing of this call was sent that matters,
 * one new one is tried. */
static int run_connected(struct directory *directory, struct worker_call *call, struct value *ret_result,
                         struct soar_err *err)
{
    bool reads = call->function->class == FUNCTION_READ;
    if (directory->ld && (!strcmp(call->function->name, "ldap.bind") || !directory_is_quiet(directory)))
        directory_close(directory);
    int rc = -1;
    for (int again = directory->ld != NULL; again >= 0; again--) {
        if (directory->ld == NULL && directory_open(directory, call->secrets, err))
            return -1;
        rc = run(directory, call, ret_result, err);
        if (rc == 0 || directory->ld || (call->sent && !reads) || worker_now_ms() >= directory->deadline_ms)
            break;
    }
    return rc;
}

static int call(void *state, struct worker_call *call, struct value *ret_result, struct soar_err *err)
{
    struct directory *directory = state;
    directory->deadline_ms = call->deadline_ms;
    directory->secrets = call->secrets;
    int rc = run_connected(directory, call, ret_result, err);
    directory->secrets = NULL;
    if (rc == 0)
        return 0;
    if (err->class == SOAR_TRANSIENT && call->sent && call->function->class == FUNCTION_WRITE)
        err->class = SOAR_UNKNOWN;
    soar_err_wrap(err, "ldap");
    return soar_err_wrap(err, "%s", directory->peer.name);
}

static void done(void *state)
{
    directory_close(state);
}

int main(void)
{
    struct directory directory;
    directory_start(&directory);
    struct worker_program program = {
        .connector = &connector_ldap,
        .calls = 1,
        .bind = bind_peer,
        .call = call,
        .done = done,
        .state = &directory,
    };
    return worker_main(&program);
}
