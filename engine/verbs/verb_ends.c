/* `approve`, `deny`: whether a containment whose time has come ends. What is approved is what was shown, so
 * its digest is given back; and whoever asked for it is not the one who approves. */
#include <string.h>

#include "engine/verbs/verb_parts.h"

static const struct ledger_ask *find(struct verb_context *context, const struct value *request,
                                     struct soar_err *err)
{
    const char *id = verb_text(request, "ask");
    const struct ledger_ask *ask = ledger_ask_find(loop_ledger(context->loop), id);
    const char *kind = ask ? ask->kind : "";

    if (!ask || !ask->open)
        soar_err_set(err, SOAR_INVALID, "no open question '%s'%s (soarctl waiting)", id,
                     ask ? ": it is closed" : "");
    else if (strcmp(kind, "ends") != 0)
        soar_err_set(err, SOAR_INVALID, "%s is a %s: answer it with soarctl %s", id, kind,
                     strcmp(kind, "hold") == 0 ? "override or drop" : "decide D-n done|again|not");
    else
        return ask;
    return NULL;
}

/* "ana" of "ana (uid 1004)": who it is, however they came. */
static bool same_person(const char *one, const char *other)
{
    size_t len = strcspn(one, "(");

    return len > 0 && len == strcspn(other, "(") && strncmp(one, other, len) == 0;
}

/* Alone on the record a person is whoever has the account: two can't be told apart there. */
int verb_check_asker(struct verb_context *context, const char *id, const char *holder, struct soar_err *err)
{
    const struct run *run = context->remote && holder ? loop_run_any(context->loop, holder) : NULL;

    if (!run || !same_person(value_get_string(&run->started, "by", ""), context->by))
        return 0;
    return soar_err_set(err, SOAR_DENIED, "%s: you asked for %s yourself; another approver answers", id,
                        holder);
}

static int answer(struct verb_context *context, const struct value *request, const char *said,
                  struct value *ret_answer, struct soar_err *err)
{
    const struct ledger_ask *ask = find(context, request, err);
    const char *note = verb_text(request, "reason");
    struct value_builder map;

    if (!ask || verb_check_asker(context, ask->id, ask->holder, err))
        return -1;
    const char *id = arena_string(context->arena, ask->id);
    const char *digest = arena_string(context->arena, ledger_ask_digest(ask, context->arena));
    bool changed = strcasecmp(digest, verb_text(request, "digest")) != 0;

    value_build(&map, context->arena);
    value_put_text(&map, "ask", value_static(id));
    value_put_text(&map, "changed", value_bool(changed));
    value_put_text(&map, "digest", value_static(digest));
    value_put_text(&map, "text", value_text(context->arena, ask->text));
    if (!changed) {
        if (loop_answer(context->loop, id, said, context->by, note ? note : "", err))
            return -1;
        value_put_text(&map, "answer", value_static(said));
    }
    *ret_answer = value_end_map(&map);
    context->exit = changed ? EXIT_WAITS : EXIT_DONE;
    return 0;
}

VERB_FN(verb_approve)
{
    return answer(context, request, "yes", ret_answer, err);
}

VERB_FN(verb_deny)
{
    return answer(context, request, "no", ret_answer, err);
}
