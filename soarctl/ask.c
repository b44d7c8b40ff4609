/* The question before something is done. Anything but a plain yes is a no; above ten targets the number
 * itself is the yes. */
#include "soarctl/ask.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { ANSWER_BYTES = 64 };

bool ask_possible(void)
{
    return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

bool ask_person(FILE *in, FILE *out, const char *question, size_t targets)
{
    char answer[ANSWER_BYTES] = "";
    bool typed = targets > ASK_TYPED_ABOVE;

    if (typed)
        fprintf(out, "%s These are %zu targets: type the number to go on: ", question, targets);
    else
        fprintf(out, "%s [y/N] ", question);
    fflush(out);
    if (!fgets(answer, sizeof answer, in))
        return false;
    answer[strcspn(answer, "\r\n")] = '\0';
    if (typed)
        return *answer && strspn(answer, "0123456789") == strlen(answer) &&
               strtoull(answer, NULL, 10) == targets;
    return strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0;
}

static bool is_known(const struct value *const *seen, size_t count, const struct value *name)
{
    for (size_t i = 0; i < count; i++)
        if (value_equal(seen[i], name))
            return true;
    return false;
}

size_t ask_targets(const struct value *preview)
{
    const struct value *steps = value_get(preview, "steps");
    size_t count = 0;
    size_t size = 0;

    if (!steps)
        return (size_t)value_get_int(preview, "targets", 0);
    for (size_t i = 0; i < value_count(steps); i++)
        size += value_count(value_get(value_at(steps, i), "tasks"));
    ARENA_SCOPED arena = arena_new();
    const struct value **seen = arena_array(arena, size + 1, sizeof(struct value *));
    for (size_t i = 0; i < value_count(steps); i++) {
        const struct value *tasks = value_get(value_at(steps, i), "tasks");
        for (size_t j = 0; j < value_count(tasks); j++) {
            const struct value *name = value_get(value_at(tasks, j), "target");
            if (name && !is_known(seen, count, name))
                seen[count++] = name;
        }
    }
    return count;
}
