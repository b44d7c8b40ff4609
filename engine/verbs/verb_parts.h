/* What the files of this room share; nobody else includes it. */
#ifndef VERBS_VERB_PARTS_H
#define VERBS_VERB_PARTS_H

#include "engine/trigger/intake.h"
#include "engine/verbs/verb.h"
#include "engine/verbs/verb_files.h"

#define VERB_FN(name)                                                                                        \
    int name(struct verb_context *context, const struct value *request, struct value *ret_answer,            \
             struct soar_err *err)

/* One file each: verb_run.c, verb_plan.c … */
VERB_FN(verb_run);
VERB_FN(verb_plan);
VERB_FN(verb_lint);
VERB_FN(verb_schema);
VERB_FN(verb_runs);
VERB_FN(verb_show);
VERB_FN(verb_resume);
VERB_FN(verb_retry);
VERB_FN(verb_stop);
VERB_FN(verb_contained);
VERB_FN(verb_release);
VERB_FN(verb_release_preview);
VERB_FN(verb_waiting);
VERB_FN(verb_override);
VERB_FN(verb_drop);
VERB_FN(verb_decide);
VERB_FN(verb_journal_verify);
VERB_FN(verb_journal_export);
VERB_FN(verb_action_list);
VERB_FN(verb_action_show);
VERB_FN(verb_action_reference);
VERB_FN(verb_check);
VERB_FN(verb_trigger);
VERB_FN(verb_eval);
VERB_FN(verb_graph);
VERB_FN(verb_pause);
VERB_FN(verb_extend);
VERB_FN(verb_approve);
VERB_FN(verb_deny);
VERB_FN(verb_status);
VERB_FN(verb_reload);
VERB_FN(verb_alert_show);
VERB_FN(verb_playbooks);
VERB_FN(verb_playbooks_fetch);
VERB_FN(verb_playbooks_promote);
VERB_FN(verb_token);
VERB_FN(verb_evidence_list);

/* verb_print.c: answers that are no run and no ledger. */
void verb_print_lint(const struct value *answer, const struct report_style *style, struct buf *out);
void verb_print_text(const struct value *answer, const struct report_style *style, struct buf *out);
void verb_print_answered(const struct value *answer, const struct report_style *style, struct buf *out);
void verb_print_runs(const struct value *answer, const struct report_style *style, struct buf *out);
void verb_print_actions(const struct value *answer, const struct report_style *style, struct buf *out);
void verb_print_action(const struct value *answer, const struct report_style *style, struct buf *out);
void verb_print_trigger(const struct value *answer, const struct report_style *style, struct buf *out);
void verb_print_eval(const struct value *answer, const struct report_style *style, struct buf *out);
void verb_print_check(const struct value *answer, const struct report_style *style, struct buf *out);
void verb_print_release(const struct value *answer, const struct report_style *style, struct buf *out);
void verb_print_token(const struct value *answer, const struct report_style *style, struct buf *out);
void verb_print_verify(const struct value *answer, const struct report_style *style, struct buf *out);

/* verb_print_state.c: of soard itself, and what people changed about it. */
void verb_print_status(const struct value *answer, const struct report_style *style, struct buf *out);
void verb_print_pause(const struct value *answer, const struct report_style *style, struct buf *out);
void verb_print_extend(const struct value *answer, const struct report_style *style, struct buf *out);
void verb_print_ends(const struct value *answer, const struct report_style *style, struct buf *out);
void verb_print_reload(const struct value *answer, const struct report_style *style, struct buf *out);

/* verb_ends.c: whoever asked for this run is not the one who says yes to `id`. -1 DENIED. */
int verb_check_asker(struct verb_context *context, const char *id, const char *holder, struct soar_err *err);

/* verb_evidence.c */
void verb_print_evidence_list(const struct value *answer, const struct report_style *style, struct buf *out);

/* verb_kept.c */
void verb_print_repositories(const struct value *answer, const struct report_style *style, struct buf *out);
void verb_print_playbooks(const struct value *answer, const struct report_style *style, struct buf *out);

/* verb_request.c: what run and plan are asked. Everything lives in context->arena. */
int verb_playbook(struct verb_context *context, const char *wanted, const struct playbook **ret_playbook,
                  struct soar_err *err);
int verb_alert(struct verb_context *context, const struct value *request, struct value *ret_alert,
               const char **ret_body, struct soar_err *err);
int verb_vars(struct verb_context *context, const struct value *request, const struct playbook *playbook,
              struct value *ret_vars, struct soar_err *err);
int verb_request(struct verb_context *context, const struct value *request, struct loop_request *ret_request,
                 struct soar_err *err);

/* verb_intake.c: --alert through the source of --source, or the one that knows it. */
struct verb_alerts {
    struct intake_alerts alerts;
    const char *source;                 /* NULL: nobody knew it, and it is soar's own form */
    const struct site_webhook *webhook; /* that --source names; NULL: it names a mapping, or nothing */
    bool guessed;
};
/* The built-in mapping files, then the directories of the site's `intake:`. */
int verb_intake_shelf(struct arena *arena, const struct site *site, struct intake_shelf **ret_shelf,
                      struct buf *mistakes, struct soar_err *err);
int verb_alerts(struct verb_context *context, const struct value *request, struct verb_alerts *ret_alerts,
                struct soar_err *err);
/* The only one; a batch is refused with its number. */
int verb_one_alert(struct verb_context *context, const struct value *request, struct value *ret_alert,
                   struct soar_err *err);

/* verb_files.c */
/* Each file of the commits in use, of the configuration's repositories; fn's first answer other than 0 ends
 * it. */
struct verb_fetched {
    const char *label, *text;
    size_t len;
    const char *source, *commit;
};
typedef int (*verb_fetched_fn)(void *arg, const struct verb_fetched *file);
int verb_each_fetched(const struct verb_context *context, verb_fetched_fn fn, void *arg);
/* Where playbooks are looked for by name: the configuration's directories, else ./playbooks. */
const char *const *verb_playbook_dirs(const struct verb_context *context);
/* The value of a top-level key of a YAML text, or NULL. */
const char *verb_yaml_key(struct arena *arena, const char *text, size_t len, const char *key);

/* verb_wait.c: what a verb returns when it must wait until this run rests. Always 0; the answer is null until
 * then. */
int verb_wait_for(struct verb_context *context, struct run *run, verb_fn then, struct value *ret_answer);
/* The same, and then the answer is the run's value, with its exit code. */
int verb_wait_run(struct verb_context *context, struct run *run, struct value *ret_answer);
VERB_FN(verb_answer_run);
/* A live run by id or its beginning; no error is set where NULL is returned without one. */
struct run *verb_live_run(struct verb_context *context, const char *id);

const char *verb_text(const struct value *request, const char *name); /* NULL: not given */

/* verb_check_service.c */
const char *check_service_pack(struct arena *arena, const struct site_place *service);
struct value check_service_value(struct verb_context *context, const struct site_place *place,
                                 const struct run_task *task);
void verb_print_check_service(const struct value *answer, struct buf *out);

#endif
