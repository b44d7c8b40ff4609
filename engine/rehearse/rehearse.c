/* One test file: read it whole, then play its cases in their order. It must not print: rehearse_print.c does.
 */
#include "engine/rehearse/rehearse.h"

#include <string.h>

#include "engine/base/text.h"
#include "engine/rehearse/rehearse_parts.h"

static struct value report_of(const struct rehearse_test *test, struct arena *arena)
{
    const char *only = test->options->only;
    struct value_builder report;
    struct value_builder cases;
    int64_t failed = 0;

    value_build(&cases, arena);
    for (size_t i = 0; i < test->case_count; i++) {
        if (only && !text_same_fold(only, test->cases[i].name))
            continue;
        struct value played = rehearse_play(test, &test->cases[i], arena);

        failed += !value_get_bool(&played, "passed", false);
        value_push(&cases, played);
    }
    struct value list = value_end_list(&cases);

    value_build(&report, arena);
    value_put_text(&report, "file", value_text(arena, test->file));
    value_put_text(&report, "playbook", value_text(arena, test->playbook->name));
    value_put_text(&report, "passed", value_bool(failed == 0));
    value_put_text(&report, "count", value_int((int64_t)value_count(&list)));
    value_put_text(&report, "failed", value_int(failed));
    value_put_text(&report, "cases", list);
    return value_end_map(&report);
}

int rehearse_file(struct arena *arena, const char *path, const struct rehearse_options *options,
                  struct value *ret_report, struct diag_list *diags)
{
    const struct rehearse_test *test = rehearse_read(arena, path, options, diags);

    if (!test)
        return -1;
    *ret_report = report_of(test, arena);
    return 0;
}

int rehearse_lint(struct arena *arena, const char *path, const struct rehearse_options *options,
                  struct diag_list *diags)
{
    static const char end[] = ".rehearse.yaml";
    size_t len = strlen(path);

    if (len >= sizeof end && strcmp(path + len - (sizeof end - 1), end) == 0)
        return rehearse_lint_models(arena, path, diags);
    return rehearse_read(arena, path, options, diags) ? 0 : -1;
}
