/* What `soarctl test` does with a playbook's test: NAME_test.yaml beside the playbook.
 *
 * As it should go: rehearse_file() reads the test with all it names (playbook, inventory, models), plays each
 * case through the real engine in a world of models, looks at what was expected and at the promises every run
 * must keep, and answers with a report; rehearse_print() and rehearse_junit() say it.
 *
 * As it goes wrong: a mistake in a file is in diags and nothing is played (-1; exit 2). A case that fails is
 * no mistake: the report says where and why (0; exit 1, if report.passed is false).
 *
 * It reads files and nothing else: no network, no secret, no clock of this machine but for `ms`. The same
 * file plays the same way each time: what is left to chance comes from the case's name. */
#ifndef REHEARSE_REHEARSE_H
#define REHEARSE_REHEARSE_H

#include "engine/action/pack.h"
#include "engine/site/site.h"

struct rehearse_options {
    struct pack_shelf *shelf;
    const struct site
        *site;        /* for files that name no machines of their own; or NULL. Its secrets are not read */
    const char *only; /* play the case of this name alone (without regard to case); NULL: all */
};

/* The report is a map:
 *   {file, playbook, passed, count, failed,
 *    cases: [{name, line, passed, failures: [{line, col, text}], ms, world_ms, lives}]}
 * ms is what the case took here, world_ms what passed in its world. A file in which `only` names no case has
 * none, and has passed. Everything lives in the arena. */
int rehearse_file(struct arena *arena, const char *path, const struct rehearse_options *options,
                  struct value *ret_report, struct diag_list *diags) __attribute__((warn_unused_result));

/* Reads and checks the test and all it names, and plays nothing: for lint. A path that ends in .rehearse.yaml
 * is a file of models. */
int rehearse_lint(struct arena *arena, const char *path, const struct rehearse_options *options,
                  struct diag_list *diags) __attribute__((warn_unused_result));

/* "ok   NAME" or "FAIL NAME", each failure as file:line:col: error: text, and a line that counts. */
void rehearse_print(const struct value *report, struct buf *out);
/* A JUnit document of a list of reports, as CI reads it. */
void rehearse_junit(const struct value *reports, struct buf *out);

/* What a test may hold, for `soarctl schema test` (engine/yaml/bind.h). */
struct bind_table;
const struct bind_table *rehearse_table(void);

#endif
