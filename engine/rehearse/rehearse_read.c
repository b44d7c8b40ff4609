/* Reads a playbook's test and all it names, and checks what a table can't: that names mean something. Nothing
 * is played here, so lint asks the same. */
#include <string.h>

#include "engine/base/file.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/rehearse/rehearse_parts.h"
#include "engine/trigger/trigger.h"

/* Warnings of a playbook are lint's: a test says what comes of them. */
static int read_playbook(struct rehearse_test *test, const struct yaml_node *node, struct diag_list *diags)
{
    const char *path = file_beside(test->arena, test->file, test->playbook_path);
    struct diag_list own;
    struct soar_err err = {0};
    char *text = NULL;
    size_t len = 0;

    if (file_read(test->arena, path, LIMIT_FILE_BYTES, &text, &len, &err)) {
        diag_error(diags, node->line, node->col, "playbook: %s", err.text);
        return -1;
    }
    diag_init(&own, test->arena, path);
    test->playbook = playbook_load(test->arena, path, text, len, test->options->shelf, test->site, &own);
    return test->playbook ? 0 : rehearse_diags(diags, &own);
}

static int read_alert(struct rehearse_test *test, struct rehearse_case *one, struct diag_list *diags)
{
    struct soar_err err = {0};

    one->alert_value = value_null();
    if (!one->alert)
        return 0;
    struct value raw = yaml_value(test->arena, one->alert);

    if (trigger_normalise(&raw, test->arena, &one->alert_value, &err) == 0)
        return 0;
    diag_error(diags, one->alert->line, one->alert->col, "%s", err.text);
    return -1;
}

static int read_vars(struct rehearse_test *test, struct rehearse_case *one, struct diag_list *diags)
{
    const struct value *alert = one->alert ? &one->alert_value : NULL;
    struct value given = value_null();
    struct soar_err err = {0};
    const struct yaml_node *where = one->vars ? one->vars : one->node;

    if (one->vars && one->vars->kind != YAML_MAP) {
        diag_error(diags, where->line, where->col, "'vars': expected a map, found %s", bind_found(where));
        return -1;
    }
    if (one->vars)
        given = yaml_value(test->arena, one->vars);
    one->vars_value = given;
    struct value all;

    if (playbook_vars(test->playbook, alert, one->vars ? &given : NULL, test->arena, &all, &err) == 0)
        return 0;
    diag_error(diags, where->line, where->col, "%s", err.text);
    return -1;
}

static void check_then(const struct rehearse_test *test, const struct rehearse_case *one,
                       struct diag_list *diags)
{
    const struct rehearse_then *list = one->then.items;

    for (size_t i = 0; i < one->then.count; i++) {
        const struct yaml_node *node = one->then.nodes[i];
        const struct yaml_node *release = yaml_get(node, "release");

        if (node->kind != YAML_MAP)
            continue;
        if (node->count != 1)
            diag_error(diags, node->line, node->col,
                       "expected one of wait, release, stop, again in a line of 'then'");
        if (release && list[i].release && strcmp(list[i].release, "all") != 0)
            rehearse_check_target(test, one, release, diags);
        if ((yaml_get(node, "stop") && !list[i].stop) || (yaml_get(node, "again") && !list[i].again))
            diag_error(diags, node->line, node->col, "only true means anything here");
    }
}

static void read_case(struct rehearse_test *test, struct rehearse_case *one, struct diag_list *diags)
{
    one->expect_node = yaml_get(one->node, "expect");
    if (one->node->kind != YAML_MAP || !one->expect_node || one->expect_node->kind != YAML_MAP ||
        !one->name || read_alert(test, one, diags) || read_vars(test, one, diags))
        return;
    rehearse_case_site(test, one);
    rehearse_check_given(test, one, diags);
    check_then(test, one, diags);
    rehearse_check_expect(test, one, diags);
}

static void check_names(const struct rehearse_test *test, struct diag_list *diags)
{
    for (size_t i = 0; i < test->case_count; i++)
        for (size_t j = 0; j < i && test->cases[i].name; j++)
            if (test->cases[j].name && text_same_fold(test->cases[i].name, test->cases[j].name)) {
                diag_error(diags, test->cases[i].node->line, test->cases[i].node->col,
                           "a case '%s' stands on line %d already", test->cases[i].name,
                           test->cases[j].node->line);
                break;
            }
}

static void read_cases(struct rehearse_test *test, const struct yaml_node *root, struct diag_list *diags)
{
    const struct yaml_node *list = yaml_get(root, "cases");

    if (test->case_list.count == 0 || test->case_list.count > CASES_MAX) {
        diag_error(diags, list->line, list->col, "'cases': expected 1 to %d cases, found %zu", CASES_MAX,
                   test->case_list.count);
        return;
    }
    test->cases = test->case_list.items;
    test->case_count = test->case_list.count;
    for (size_t i = 0; i < test->case_count; i++) {
        test->cases[i].node = test->case_list.nodes[i];
        read_case(test, &test->cases[i], diags);
    }
    check_names(test, diags);
}

struct rehearse_test *rehearse_read(struct arena *arena, const char *path,
                                    const struct rehearse_options *options, struct diag_list *diags)
{
    size_t errors = diags->errors;
    const char *before = diags->file;
    struct rehearse_test *test = arena_alloc(arena, sizeof *test);
    struct soar_err err = {0};
    char *text = NULL;
    size_t len = 0;

    *test = (struct rehearse_test){.file = path, .arena = arena, .options = options};
    diags->file = path;
    if (file_read(arena, path, LIMIT_FILE_BYTES, &text, &len, &err)) {
        diag_error(diags, 0, 0, "%s", err.text);
    } else {
        const struct yaml_node *root = yaml_parse(arena, text, len, diags);

        if (root && bind_map(arena, root, &rehearse_file_table, test, diags) == 0 &&
            rehearse_site(test, diags) == 0 && read_playbook(test, yaml_get(root, "playbook"), diags) == 0) {
            rehearse_models(test, diags);
            read_cases(test, root, diags);
        }
    }
    diags->file = before;
    return diags->errors > errors ? NULL : test;
}
