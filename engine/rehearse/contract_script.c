/* A case as its requests come: which line of `play` is next, what it answers, and the first breach. */
#include <string.h>

#include "engine/base/text.h"
#include "engine/rehearse/contract.h"

struct contract_script {
    struct arena *arena;
    const struct contract *contract;
    const struct contract_case *one;
    size_t next;      /* line of `play` */
    int64_t answered; /* times of it */
    const char *breach;
    int line, col;
};

struct contract_script *contract_script_new(struct arena *arena, const struct contract *contract,
                                            const struct contract_case *one)
{
    struct contract_script *script = arena_alloc(arena, sizeof *script);

    *script = (struct contract_script){.arena = arena, .contract = contract, .one = one};
    return script;
}

static const struct contract_answer *breach(struct contract_script *script, int line, int col,
                                            const struct buf *text)
{
    if (!script->breach) {
        script->breach = arena_copy(script->arena, buf_string(text), text->len);
        script->line = line;
        script->col = col;
    }
    return NULL;
}

/* No line is left for it. */
static const struct contract_answer *too_many(struct contract_script *script,
                                              const struct contract_request *request)
{
    const struct contract_operation *meant = contract_meant(script->contract, request);
    BUF_SCOPED text = {0};

    buf_text(&text, "a request too many: ");
    contract_request_print(request, &text);
    if (meant)
        buf_printf(&text, ", which is '%s'", meant->name);
    return breach(script, script->one->line, script->one->col, &text);
}

/* It has another method or path than the line's operation. */
static const struct contract_answer *another(struct contract_script *script, const struct contract_line *line,
                                             const struct contract_request *request)
{
    const struct contract_operation *meant = contract_meant(script->contract, request);
    BUF_SCOPED text = {0};

    buf_printf(&text, "expected '%s' (%s %s)", line->operation->name, line->operation->method,
               line->operation->path);
    if (line->rounds)
        buf_printf(&text, " in round %d of %d", line->round, line->rounds);
    buf_text(&text, ", found ");
    contract_request_print(request, &text);
    if (meant)
        buf_printf(&text, ", which is '%s'", meant->name);
    else
        buf_text(&text, ", which is no operation of this contract");
    return breach(script, line->line, line->col, &text);
}

const struct contract_answer *contract_script_hear(struct contract_script *script,
                                                   const struct contract_request *request)
{
    const struct contract_case *one = script->one;
    BUF_SCOPED why = {0};
    BUF_SCOPED text = {0};

    if (script->breach)
        return NULL;
    if (script->next == one->line_count)
        return too_many(script, request);
    const struct contract_line *line = &one->play[script->next];

    if (!contract_asked(line->operation, request))
        return another(script, line, request);
    if (!contract_fits(line->operation, &line->where, request, script->arena, &why)) {
        buf_printf(&text, "%s: %s", line->operation->name, buf_string(&why));
        return breach(script, line->line, line->col, &text);
    }
    if (++script->answered == line->times) {
        script->next++;
        script->answered = 0;
    }
    return &line->answer;
}

const char *contract_script_breach(const struct contract_script *script, int *ret_line, int *ret_col)
{
    if (script->breach) {
        *ret_line = script->line;
        *ret_col = script->col;
    }
    return script->breach;
}

const char *contract_script_end(struct contract_script *script, int *ret_line, int *ret_col)
{
    BUF_SCOPED text = {0};

    if (!script->breach && script->next < script->one->line_count) {
        const struct contract_line *line = &script->one->play[script->next];

        buf_printf(&text, "'%s' never came", line->operation->name);
        if (line->times > 1)
            buf_printf(&text, " so often: %lld of %lld times", (long long)script->answered,
                       (long long)line->times);
        if (line->rounds)
            buf_printf(&text, " in round %d of %d", line->round, line->rounds);
        breach(script, line->line, line->col, &text);
    }
    return contract_script_breach(script, ret_line, ret_col);
}
