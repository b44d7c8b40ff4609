/* `soarctl test`: a verb of this program, since what plays it (engine/rehearse) stands beside the verbs and
 * not below them. Reads files, reaches nobody. */
#include "soarctl/test.h"

#include <errno.h>
#include <string.h>

#include "engine/rehearse/contract.h"
#include "engine/rehearse/rehearse.h"
#include "engine/verbs/verb_files.h"

struct testing {
    struct verb_context *context;
    struct rehearse_options options;
    struct value_builder reports;
    int64_t count;
    int64_t failed;
    size_t mistakes;
};

static bool is_test(const char *path)
{
    const char *dot = strrchr(path, '.');
    static const char ending[] = "_test";
    size_t stem = dot ? (size_t)(dot - path) : 0;

    return stem >= sizeof ending - 1 &&
           strncmp(path + stem - (sizeof ending - 1), ending, sizeof ending - 1) == 0;
}

/* In a directory only what calls itself a test is one. */
static int play(void *arg, const char *path, const char *text, size_t len)
{
    struct testing *testing = arg;
    struct verb_context *context = testing->context;
    struct diag_list diags;
    struct value report;

    (void)text;
    (void)len;
    if (!is_test(path))
        return 0;
    diag_init(&diags, context->arena, path);
    if (rehearse_file(context->arena, path, &testing->options, &report, &diags)) {
        diag_print(&diags, context->mistakes);
        testing->mistakes += diags.errors > 0 ? diags.errors : 1;
        return 0;
    }
    testing->count += value_get_int(&report, "count", 0);
    testing->failed += value_get_int(&report, "failed", 0);
    value_push(&testing->reports, report);
    return 0;
}

static int write_junit(const char *path, const struct value *reports, struct soar_err *err)
{
    BUF_SCOPED out = {0};
    FILE *file = fopen(path, "we");

    if (!file)
        return soar_err_set(err, SOAR_INVALID, "--junit %s: %s", path, strerror(errno));
    rehearse_junit(reports, &out);
    size_t written = fwrite(buf_string(&out), 1, out.len, file);
    if (fclose(file) || written != out.len)
        return soar_err_set(err, SOAR_PERMANENT, "--junit %s: it can't be written", path);
    return 0;
}

static int test(struct verb_context *context, const struct value *request, struct value *ret_answer,
                struct soar_err *err)
{
    const struct value *paths = value_get(request, "paths");
    const char *junit = value_get_string(request, "junit", NULL);
    struct testing testing = {
        .context = context,
        .options = {.shelf = context->shelf,
                    .site = context->site,
                    .only = value_get_string(request, "case", NULL)},
    };
    struct value_builder map;

    value_build(&testing.reports, context->arena);
    for (size_t i = 0; i < value_count(paths); i++)
        if (verb_each_file(context->arena, value_at(paths, i)->text, play, &testing, err))
            return -1;
    if (testing.count == 0 && testing.mistakes == 0)
        return soar_err_set(err, SOAR_INVALID, "no case to play: expected NAME_test.yaml with `cases:`");
    struct value reports = value_end_list(&testing.reports);
    if (junit && write_junit(junit, &reports, err))
        return -1;
    value_build(&map, context->arena);
    value_put_text(&map, "reports", reports);
    value_put_text(&map, "count", value_int(testing.count));
    value_put_text(&map, "failed", value_int(testing.failed));
    value_put_text(&map, "mistakes", value_int((int64_t)testing.mistakes));
    *ret_answer = value_end_map(&map);
    context->exit = testing.mistakes > 0 ? EXIT_MISTAKE : testing.failed > 0 ? EXIT_FAILED : EXIT_DONE;
    return 0;
}

static void print(const struct value *answer, const struct report_style *style, struct buf *out)
{
    const struct value *reports = value_get(answer, "reports");

    (void)style;
    for (size_t i = 0; i < value_count(reports); i++)
        rehearse_print(value_at(reports, i), out);
    if (value_count(reports) != 1)
        buf_printf(out, "%lld cases of %zu files, %lld failed\n",
                   (long long)value_get_int(answer, "count", 0), value_count(reports),
                   (long long)value_get_int(answer, "failed", 0));
}

static const struct verb_param params[] = {
    {"paths", PARAM_PLACES, "PATH…", true, "NAME_test.yaml, or directories of them"},
    {"case", PARAM_TEXT, "NAME", false, "only this case"},
    {"junit", PARAM_TEXT, "FILE", false, "writes the result as JUnit's XML, too"},
    {NULL, PARAM_KIND_COUNT, NULL, false, NULL},
};

const struct verb test_verb = {
    .name = "test",
    .about = "play the cases of playbooks' tests in a world that is made up",
    .params = params,
    .needs = NEEDS_PACKS,
    .fn = test,
    .print = print,
};

static int lint(struct arena *arena, const char *path, struct pack_shelf *shelf, const struct site *site,
                struct diag_list *diags)
{
    struct rehearse_options options = {.shelf = shelf, .site = site};

    return rehearse_lint(arena, path, &options, diags);
}

const struct verb_tests test_kind = {.lint = lint,
                                     .table = rehearse_table,
                                     .lint_contract = contract_lint,
                                     .contract_table = contract_bind_table};
