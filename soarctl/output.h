/* What soarctl prints: answers as lines or as JSON, and errors once, on standard error. */
#ifndef SOARCTL_OUTPUT_H
#define SOARCTL_OUTPUT_H

#include "engine/report/report_style.h"
#include "engine/verbs/verb.h"
#include "soarctl/args.h"

/* The screen as it is: local time, colours if it is a terminal that wants them, the options that lead back to
 * this state. */
void output_style(const struct args *args, struct arena *arena, struct report_style *ret_style);
bool output_terminal(void);

void output_answer(const struct args *args, verb_print_fn print, const struct value *answer,
                   const struct report_style *style);
/* What is missing without soard: said once, before anything moves. */
void output_local(const struct args *args, bool *said);
/* `mistakes`: lines of files, or empty. */
void output_error(const struct args *args, const char *mistakes, const struct soar_err *err);

/* A soar_err's exit code. */
int output_exit(const struct soar_err *err);

void output_write(void *unused, const char *text, size_t len); /* to standard output, at once */

#endif
