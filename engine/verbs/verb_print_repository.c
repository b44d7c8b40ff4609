/* Repositories of playbooks for people: which commit is in use, what waits, what is wrong and since when. The
 * words of commits are a stranger's: made visible. */
#include <string.h>

#include "engine/base/text.h"
#include "engine/verbs/verb_parts.h"

static const char *shown(struct arena *arena, const struct value *map, const char *key)
{
    return report_outside(arena, value_get_string(map, key, ""));
}

/* "6257e5d1a9a8 signed by ana "first one"" */
static void print_commit(struct arena *arena, const struct value *of, struct buf *out)
{
    buf_printf(out, "%.12s", shown(arena, of, "commit"));
    if (value_get(of, "signed_by"))
        buf_printf(out, ", signed by %s", shown(arena, of, "signed_by"));
    if (*value_get_string(of, "subject", ""))
        buf_printf(out, ": %s", shown(arena, of, "subject"));
}

static void print_state(struct arena *arena, const struct value *one, const struct report_style *style,
                        struct buf *out)
{
    const char *state = value_get_string(one, "state", "");
    bool bad = strcmp(state, "refused") == 0 || strcmp(state, "unreachable") == 0;

    if (!bad)
        return;
    buf_text(out, "  ");
    report_alarm(out, style, strcmp(state, "refused") == 0 ? "NOT USED" : "UNREACHABLE", true);
    buf_printf(out, " since %s: %s\n", report_when_text(arena, style, value_get_int(one, "since", 0)),
               shown(arena, one, "why"));
}

static void print_one(const struct value *one, const struct report_style *style, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();
    const struct value *next = value_get(one, "next");

    buf_printf(out, "%s  %s %s\n  ", shown(arena, one, "repository"), shown(arena, one, "url"),
               shown(arena, one, "ref"));
    if (value_get(one, "commit")) {
        buf_text(out, "in use ");
        print_commit(arena, one, out);
    } else {
        buf_text(out, "nothing is in use yet");
    }
    if (!value_get_bool(one, "used", true))
        buf_text(out, " (of what the configuration named before)");
    buf_char(out, '\n');
    print_state(arena, one, style, out);
    if (!next)
        return;
    buf_text(out, "  waits  ");
    print_commit(arena, next, out);
    buf_printf(out, "\n         soarctl playbooks promote %s %.12s\n", shown(arena, one, "repository"),
               shown(arena, next, "commit"));
}

void verb_print_repositories(const struct value *answer, const struct report_style *style, struct buf *out)
{
    const struct value *list = value_get(answer, "repositories");

    for (size_t i = 0; i < value_count(list); i++)
        print_one(value_at(list, i), style, out);
}
