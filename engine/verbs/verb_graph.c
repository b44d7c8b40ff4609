/* `graph`: steps and what waits for what, in dot's language. A drawn line is a condition (`needs`), a dotted
 * one only order. */
#include "engine/base/json.h"
#include "engine/verbs/verb_parts.h"

#include <string.h>

static void quote(struct buf *out, const char *text)
{
    json_quote(out, text, strlen(text));
}

static void edge(struct buf *out, const struct playbook_step *from, const struct playbook_step *to,
                 bool order)
{
    buf_text(out, "  ");
    quote(out, from->name);
    buf_text(out, " -> ");
    quote(out, to->name);
    buf_text(out, order ? " [style=dotted];\n" : ";\n");
}

static void node(struct arena *arena, struct buf *out, const struct playbook_step *step)
{
    buf_text(out, "  ");
    quote(out, step->name);
    buf_text(out, " [label=");
    quote(out, arena_printf(arena, "%s\n%s", step->name, step->action));
    buf_text(out, step->pack ? "];\n" : ", style=dashed];\n");
}

VERB_FN(verb_graph)
{
    const struct playbook *playbook = NULL;
    struct value_builder map;
    BUF_SCOPED out = {0};

    if (verb_playbook(context, verb_text(request, "playbook"), &playbook, err))
        return -1;
    buf_text(&out, "digraph ");
    quote(&out, playbook->name);
    buf_text(&out, " {\n  node [shape=box];\n");
    for (size_t i = 0; i < playbook->step_count; i++) {
        const struct playbook_step *step = &playbook->steps[i];
        node(context->arena, &out, step);
        for (size_t j = 0; j < step->wait_count; j++)
            edge(&out, &playbook->steps[step->waits[j].step], step, !step->waits[j].must_succeed);
    }
    buf_text(&out, "}\n");
    value_build(&map, context->arena);
    value_put_text(&map, "text", value_text(context->arena, buf_string(&out)));
    *ret_answer = value_end_map(&map);
    return 0;
}
