/* soar-qmp: the worker that speaks with the monitor of one virtual machine. This file joins the functions of
 * table_qmp.c to what does them.
 *
 * The monitor can do anything to the machine and much to the hypervisor. So no argument of a command comes
 * from outside: a dump's name is a file's that we made ourselves, in one directory. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "connectors/qmp/qmp.h"
#include "connectors/table/table_list.h"

#define FD_NAME   "{\"fdname\":\"soar-dump\"}"
#define DUMP_ARGS "{\"paging\":false,\"protocol\":\"fd:soar-dump\",\"detach\":true,\"format\":\"elf\"}"

static int bind_peer(void *state, const struct value *peer, struct soar_err *err)
{
    struct qmp *qmp = state;
    qmp->arena = arena_new(); /* lives as long as the peer: to the end */
    return qmp_peer_parse(qmp->arena, peer, &qmp->peer, err);
}

/* Is `word` one of a parameter's "enum [a, b]"? That list in the table is the only one. */
static bool listed(const struct function *function, const char *param, const char *word)
{
    const struct function_param *p = function->params;
    while (p->name && strcmp(p->name, param) != 0)
        p++;
    size_t len = strlen(word);
    for (const char *at = p->name ? strchr(p->type, '[') : NULL; at && at[1] && len > 0;) {
        at += 1 + strspn(at + 1, " ");
        size_t each = strcspn(at, ",]");
        if (each == len && memcmp(at, word, len) == 0)
            return true;
        at += each;
        if (*at != ',')
            break;
    }
    return false;
}

static int command_of(const struct worker_call *call, const char **ret_command, struct soar_err *err)
{
    *ret_command = value_get_string(call->args, "command", "");
    if (!listed(call->function, "command", *ret_command))
        return soar_err_set(err, SOAR_INVALID, "%s does not do %s", call->function->name,
                            qmp_shown(call->arena, *ret_command, strlen(*ret_command)));
    return 0;
}

static void say_dump(struct worker_call *call, const struct value *reply)
{
    struct value_builder fields;
    int64_t all = value_get_int(reply, "total", 0);
    if (!value_is_string(value_get(reply, "status"), "active") || all <= 0)
        return;
    value_build(&fields, call->arena);
    value_put_text(&fields, "bytes", value_int(value_get_int(reply, "completed", 0)));
    value_put_text(&fields, "of", value_int(all));
    struct value map = value_end_map(&fields);
    worker_progress(call, &map);
}

static int call_query(struct qmp *qmp, struct worker_call *call, struct value *ret_result,
                      struct soar_err *err)
{
    struct value_builder result;
    struct value reply;
    const char *command;
    if (command_of(call, &command, err))
        return -1;
    /* a connection kept since the last call may have died unseen: one new one is tried */
    bool kept = qmp->fd >= 0;
    int rc = qmp_command(qmp, call->arena, command, NULL, -1, &reply, NULL, err);
    if (rc && kept && qmp->fd < 0 && worker_now_ms() < qmp->deadline_ms)
        rc = qmp_command(qmp, call->arena, command, NULL, -1, &reply, NULL, err);
    if (rc)
        return -1;
    if (!strcmp(command, "query-dump"))
        say_dump(call, &reply);
    value_build(&result, call->arena);
    value_put_text(&result, "reply", reply);
    value_put_text(&result, "error", value_text(call->arena, qmp->failed));
    *ret_result = value_end_map(&result);
    return 0;
}

/* A file handed over and taken back: nothing of the machine is touched. */
static int call_reach(struct qmp *qmp, struct worker_call *call, struct value *ret_result,
                      struct soar_err *err)
{
    struct value_builder result;
    struct value ignored;
    bool refused = false;
    int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
    qmp_close(qmp); /* anew: that is what is asked */
    int rc = qmp_command(qmp, call->arena, "getfd", FD_NAME, nothing, &ignored, &refused, err);
    if (rc == 0)
        rc = qmp_command(qmp, call->arena, "closefd", FD_NAME, -1, &ignored, NULL, err);
    if (nothing >= 0)
        close(nothing);
    if (rc && !refused)
        return -1;
    value_build(&result, call->arena);
    value_put_text(&result, "version", value_text(call->arena, qmp->version));
    value_put_text(&result, "takes_files", value_bool(!refused));
    *ret_result = value_end_map(&result);
    return 0;
}

/* A machine has one dump at a time. 1: one is under way, 0: none, -1: an error. When a dump is done QEMU says
 * so a moment before it has cleaned up, and breaks if the next one begins within it: until then its status is
 * save-vm. */
static int under_way(struct qmp *qmp, struct arena *arena, struct soar_err *err)
{
    struct value dump, machine;
    if (qmp_command(qmp, arena, "query-dump", NULL, -1, &dump, NULL, err) ||
        qmp_command(qmp, arena, "query-status", NULL, -1, &machine, NULL, err))
        return -1;
    return value_is_string(value_get(&dump, "status"), "active") ||
           value_is_string(value_get(&machine, "status"), "save-vm");
}

/* The monitor refused: if a dump began just before, later may help. The file that it holds it gives back. */
static void judge_refusal(struct qmp *qmp, struct arena *arena, struct soar_err *err)
{
    struct value ignored;
    struct soar_err unheard;
    if (under_way(qmp, arena, &unheard) == 1)
        err->class = SOAR_TRANSIENT;
    if (qmp_command(qmp, arena, "closefd", FD_NAME, -1, &ignored, NULL, &unheard))
        qmp_close(qmp);
}

static int dump(struct qmp *qmp, struct worker_call *call, const char *name, int fd, struct value *ret_reply,
                struct soar_err *err)
{
    struct value ignored;
    bool refused = false;
    if (qmp_command(qmp, call->arena, "getfd", FD_NAME, fd, &ignored, &refused, err)) {
        if (refused)
            err->class = SOAR_UNSUPPORTED;
    } else {
        qmp->failed[0] = '\0';
        worker_sending(call);
        if (qmp_command(qmp, call->arena, "dump-guest-memory", DUMP_ARGS, -1, ret_reply, &refused, err) == 0)
            return 0;
        if (!refused) {
            err->class = SOAR_UNKNOWN; /* it may have begun: the file stays */
            return -1;
        }
        judge_refusal(qmp, call->arena, err);
    }
    qmp_dir_remove(&qmp->peer, name, NULL); /* if it can't: an empty file, which the next try removes */
    return -1;
}

static int call_execute(struct qmp *qmp, struct worker_call *call, struct value *ret_result,
                        struct soar_err *err)
{
    struct value_builder result;
    struct value reply;
    const char *command, *name;
    int fd;
    if (command_of(call, &command, err) || qmp_dir_name(value_get(call->args, "file"), "file", &name, err))
        return -1;
    int busy = under_way(qmp, call->arena, err);
    if (busy == 1)
        soar_err_set(err, SOAR_TRANSIENT, "another dump of this machine is under way");
    if (busy || qmp_dir_create(&qmp->peer, name, &fd, err))
        return -1;
    int rc = dump(qmp, call, name, fd, &reply, err);
    close(fd);
    if (rc)
        return -1;
    value_build(&result, call->arena);
    value_put_text(&result, "reply", reply);
    value_put_text(&result, "file", value_text(call->arena, name));
    *ret_result = value_end_map(&result);
    return 0;
}

static int call_files(struct qmp *qmp, struct worker_call *call, struct value *ret_result,
                      struct soar_err *err)
{
    const char *prefix;
    if (qmp_dir_name(value_get(call->args, "prefix"), "prefix", &prefix, err))
        return -1;
    return qmp_dir_list(&qmp->peer, prefix, call->arena, ret_result, err);
}

static int call_remove(struct qmp *qmp, struct worker_call *call, struct value *ret_result,
                       struct soar_err *err)
{
    struct value_builder result;
    const char *name;
    if (qmp_dir_name(value_get(call->args, "file"), "file", &name, err))
        return -1;
    worker_sending(call);
    if (qmp_dir_remove(&qmp->peer, name, err))
        return -1;
    value_build(&result, call->arena);
    value_put_text(&result, "removed", value_text(call->arena, name));
    *ret_result = value_end_map(&result);
    return 0;
}

static int call_collect(struct qmp *qmp, struct worker_call *call, struct value *ret_result,
                        struct soar_err *err)
{
    return qmp_collect(&qmp->peer, call, ret_result, err);
}

static int call(void *state, struct worker_call *call, struct value *ret_result, struct soar_err *err)
{
    static const struct {
        const char *function;
        int (*call)(struct qmp *qmp, struct worker_call *call, struct value *ret_result,
                    struct soar_err *err);
    } calls[] = {{"qmp.reach", call_reach}, {"qmp.query", call_query},     {"qmp.execute", call_execute},
                 {"qmp.files", call_files}, {"qmp.collect", call_collect}, {"qmp.remove", call_remove}};
    struct qmp *qmp = state;
    qmp->deadline_ms = call->deadline_ms;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        if (strcmp(calls[i].function, call->function->name) != 0)
            continue;
        if (calls[i].call(qmp, call, ret_result, err) == 0)
            return 0;
        soar_err_wrap(err, "qmp");
        return soar_err_wrap(err, "%s", qmp->peer.name);
    }
    return soar_err_set(err, SOAR_INVALID, "no function %s", call->function->name);
}

static void done(void *state)
{
    struct qmp *qmp = state;
    qmp_close(qmp);
    arena_free(qmp->arena);
}

int main(void)
{
    struct qmp qmp = {.fd = -1};
    struct worker_program program = {
        .connector = &connector_qmp,
        .calls = 1,
        .bind = bind_peer,
        .call = call,
        .done = done,
        .state = &qmp,
    };
    return worker_main(&program);
}
