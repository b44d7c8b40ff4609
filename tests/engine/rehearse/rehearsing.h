/* A playbook, a test of it and what else they name, written to a directory of the test's own, read and played
 * as soarctl does. What is told is compared as lines, without the directory. */
#ifndef TESTS_REHEARSE_REHEARSING_H
#define TESTS_REHEARSE_REHEARSING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/base/buf.h"
#include "engine/rehearse/rehearse.h"
#include "engine/yaml/bind.h"

/* Isolates, then rings a bell that no look can tell: a call in doubt asks people. */
static const char two_steps[] = "playbook_name: Two_Steps\n"
                                "trigger: SIEM_Alert_High_Confidence\n"
                                "vars: {quiet: 4h}\n"
                                "actions:\n"
                                "  - {step: isolate, action: Isolate_Endpoint}\n"
                                "  - {step: ring, action: Ring_Bell, needs: [isolate]}\n";

static const char bell_pack[] = "action: Ring_Bell\n"
                                "summary: Rings a bell that nobody can see.\n"
                                "per: host\n"
                                "lock: bell\n"
                                "done: rung\n"
                                "providers:\n"
                                "  bell:\n"
                                "    via: ssh\n"
                                "    proved: \"no\"\n"
                                "    in_doubt: ask\n"
                                "    apply:\n"
                                "      - ssh.run: {script: \"ring\"}\n";

static const char bell_model[] = "action: Ring_Bell\n"
                                 "providers:\n"
                                 "  bell:\n"
                                 "    start: {rung: 0}\n"
                                 "    effects: [{in: apply, set: {rung: 1}}]\n"
                                 "    contained: \"true\"\n";

#define HEAD   "playbook: p.yaml\nhosts: {web-01: {os: linux}, web-02: {os: linux}, ws-07: {os: windows}}\n"
#define CASES  HEAD "cases:\n" /* lines 1 to 3 */
#define ALERT  "    alert: {severity: high, confidence: 90, hosts: [web-01, web-02], user_id: jdoe}\n"
#define CASE_1 CASES "  - name: one\n" ALERT /* lines 4 and 5 */
#define DONE   "    expect: {status: completed}\n"

struct rehearsing {
    char dir[40];
    struct arena *arena;
    struct pack_shelf *shelf;
    struct site *site;
    const char *only;
    struct value report; /* of the last play */
};

static inline void rehearsing_file(const struct rehearsing *stage, const char *name, const char *text)
{
    char path[128];

    snprintf(path, sizeof path, "%s/%s", stage->dir, name);
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* The built-in actions, and a directory of packs with the bell and its model. */
static inline void rehearsing_open(struct rehearsing *stage)
{
    struct soar_err err = {0};
    struct diag_list diags;

    *stage = (struct rehearsing){.dir = "/tmp/soar-rehearse-XXXXXX", .arena = arena_new()};
    assert_non_null(mkdtemp(stage->dir));
    rehearsing_file(stage, "bell.yaml", bell_pack);
    rehearsing_file(stage, "bell.rehearse.yaml", bell_model);
    stage->shelf = pack_shelf_new(stage->arena);
    assert_int_equal(pack_shelf_add_builtin(stage->shelf, &err), 0);
    diag_init(&diags, stage->arena, "packs");
    assert_int_equal(pack_shelf_add_dir(stage->shelf, stage->dir, &diags), 0);
    rehearsing_file(stage, "p.yaml", two_steps);
}

static inline void rehearsing_close(struct rehearsing *stage)
{
    static const char *const names[] = {"bell.yaml",   "bell.rehearse.yaml", "p.yaml",
                                        "p_test.yaml", "inventory.yaml",     "more.yaml"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[128];

        snprintf(path, sizeof path, "%s/%s", stage->dir, names[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(stage->dir), 0);
    arena_free(stage->arena);
}

/* Lines with the directory and its slash taken out. */
static inline const char *rehearsing_lines(const struct rehearsing *stage, const struct buf *told)
{
    char *text = arena_string(stage->arena, buf_string(told));
    char with_slash[64];

    snprintf(with_slash, sizeof with_slash, "%s/", stage->dir);
    for (char *at; (at = strstr(text, with_slash));)
        memmove(at, at + strlen(with_slash), strlen(at + strlen(with_slash)) + 1);
    return text;
}

/* The mistakes, or "" and the report is in the stage. */
static inline const char *rehearsing_read(struct rehearsing *stage, const char *test)
{
    struct rehearse_options options = {.shelf = stage->shelf, .site = stage->site, .only = stage->only};
    struct diag_list diags;
    BUF_SCOPED told = {0};

    rehearsing_file(stage, "p_test.yaml", test);
    const char *path = arena_printf(stage->arena, "%s/p_test.yaml", stage->dir);

    diag_init(&diags, stage->arena, path);
    int result = rehearse_file(stage->arena, path, &options, &stage->report, &diags);

    diag_print(&diags, &told);
    assert_int_equal(result, diags.errors ? -1 : 0);
    return rehearsing_lines(stage, &told);
}

/* The failures of all cases as lines, "" if all passed. */
static inline const char *rehearsing_play(struct rehearsing *stage, const char *test)
{
    BUF_SCOPED told = {0};

    assert_string_equal(rehearsing_read(stage, test), "");
    const struct value *cases = value_get(&stage->report, "cases");

    for (size_t i = 0; i < value_count(cases); i++) {
        const struct value *failures = value_get(value_at(cases, i), "failures");

        assert_int_equal(value_get_bool(value_at(cases, i), "passed", false), value_count(failures) == 0);
        for (size_t f = 0; f < value_count(failures); f++)
            buf_printf(&told, "%lld:%lld: %s\n", (long long)value_get_int(value_at(failures, f), "line", 0),
                       (long long)value_get_int(value_at(failures, f), "col", 0),
                       value_get_string(value_at(failures, f), "text", ""));
    }
    assert_int_equal(value_get_bool(&stage->report, "passed", false), told.len == 0);
    return arena_string(stage->arena, buf_string(&told));
}

#endif
