/* soar-winrm: the worker that speaks WS-Management to one Windows host. This file joins the functions of
 * table_winrm.c to what does them.
 *
 * Authorities and password come from the engine. With --command it prints the one command line that it has
 * hosts run, for rules that let nothing else run, and ends. */
#include <stdio.h>
#include <string.h>

#include "connectors/table/table_list.h"
#include "connectors/winrm/winrm.h"
#include "connectors/worker/worker_text.h"

static int bind_peer(void *state, const struct value *peer, struct soar_err *err)
{
    struct winrm *winrm = state;
    static struct arena *arena; /* lives as long as the peer: to the end */
    arena = arena_new();
    return winrm_peer_parse(arena, peer, &winrm->peer, err);
}

static struct value answer(struct arena *arena, const struct winrm_output *out,
                           const struct winrm_output *errors, int64_t exit)
{
    uint64_t cut = out->cut + errors->cut;
    bool raw = false;
    struct value_builder map;
    value_build(&map, arena);
    value_put_text(&map, "exit", value_int(exit));
    value_put_text(&map, "out",
                   worker_text(arena, buf_string(&out->text), out->text.len, WORKER_OUT_BYTES, &cut, &raw));
    value_put_text(
        &map, "err",
        worker_text(arena, buf_string(&errors->text), errors->text.len, WORKER_ERR_BYTES, &cut, &raw));
    value_put_text(&map, "cut", value_int((int64_t)cut));
    value_put_text(&map, "raw", value_bool(raw));
    return value_end_map(&map);
}

static int call_script(struct winrm *winrm, struct worker_call *call, struct value *ret_result,
                       struct soar_err *err)
{
    const struct value *text = value_get(call->args, "script");
    char mark[POWERSHELL_MARK_LEN + 1];
    struct winrm_output out, errors;
    int64_t exit = 0;
    if (text->kind != VALUE_STRING)
        return soar_err_set(err, SOAR_INVALID, "script is not a text");
    struct powershell_script script = {
        .text = text->text, .len = text->len, .values = value_get(call->args, "values")};
    powershell_mark(mark);
    winrm_output_init(&out, mark);
    winrm_output_init(&errors, mark);
    int rc = winrm_run(winrm, &script, call, &out, &errors, &exit, err);
    if (rc == 0)
        *ret_result = answer(call->arena, &out, &errors, exit);
    winrm_output_done(&out);
    winrm_output_done(&errors);
    return rc;
}

static int call_reach(struct winrm *winrm, struct worker_call *call, struct value *ret_result,
                      struct soar_err *err)
{
    BUF_SCOPED greeting;
    buf_init(&greeting, 0);
    if (winrm_reach(&winrm->peer, call->deadline_ms, &greeting, err))
        return -1;
    struct value_builder result;
    value_build(&result, call->arena);
    value_put_text(&result, "greeting", value_text(call->arena, buf_string(&greeting)));
    *ret_result = value_end_map(&result);
    return 0;
}

static int call(void *state, struct worker_call *call, struct value *ret_result, struct soar_err *err)
{
    struct winrm *winrm = state;
    winrm->deadline_ms = call->deadline_ms;
    int rc = strcmp(call->function->name, "winrm.reach") == 0 ? call_reach(winrm, call, ret_result, err)
                                                              : call_script(winrm, call, ret_result, err);
    if (rc == 0)
        return 0;
    if (call->sent && err->class == SOAR_TRANSIENT && call->function->class == FUNCTION_WRITE)
        err->class = SOAR_UNKNOWN;
    soar_err_wrap(err, "winrm");
    return soar_err_wrap(err, "%s", winrm->peer.name);
}

static void done(void *state)
{
    winrm_close(state);
}

int main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], "--command"))
        return puts(powershell_command()) < 0;
    struct winrm winrm = {0};
    if (curl_global_init(CURL_GLOBAL_DEFAULT))
        return 1;
    struct worker_program program = {
        .connector = &connector_winrm,
        .calls = 1,
        .bind = bind_peer,
        .call = call,
        .done = done,
        .state = &winrm,
    };
    return worker_main(&program);
}
