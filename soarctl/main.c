/* soarctl: one command, from the words of a person to a verb and back. Whatever goes wrong is printed here,
 * once, and becomes the exit code. */
#include <locale.h>
#include <signal.h>
#include <stdio.h>

#include "engine/base/log.h"
#include "soarctl/app.h"
#include "soarctl/ask.h"
#include "soarctl/commands.h"
#include "soarctl/output.h"

/* Opens what is needed, calls the function, closes. said: NULL, or live lines are wanted. ret_answer lives in
 * the arena. */
static int call(const struct args *args, struct arena *arena, verb_fn fn, enum verb_needs needs, bool *said,
                const struct report_style *style, struct value *ret_answer, int *ret_exit)
{
    struct app app = {.args = args,
                      .arena = arena,
                      .needs = needs,
                      .told = said != NULL,
                      .said_local = said,
                      .style = *style};
    struct verb_context context;
    struct soar_err err = {0};

    int answer = app_open(&app, &err);
    if (answer == 0) {
        app_context(&app, &context);
        answer = fn(&context, &args->request, ret_answer, &err) ||
                 verb_drive(&context, &args->request, ret_answer, &err);
        *ret_exit = context.exit;
    }
    report_live_clear(app.live);
    app_close(&app);
    if (answer || app.mistakes.len > 0)
        output_error(args, buf_string(&app.mistakes), &err);
    if (answer)
        *ret_exit = output_exit(&err);
    buf_done(&app.mistakes);
    return answer;
}

/* A script says yes beforehand, or nothing happens. */
static bool may_ask(const struct args *args)
{
    struct soar_err err = {0};

    if (!args->verb->preview || args->yes || ask_possible())
        return true;
    soar_err_set(&err, SOAR_INVALID,
                 "nobody can be asked here (no terminal): give --yes if it is to be done");
    output_error(args, "", &err);
    return false;
}

/* Shows what would be done and asks. 0: go on; else the exit code is set. */
static int ask_first(const struct args *args, struct arena *arena, const struct report_style *style,
                     bool *said, int *ret_exit)
{
    const struct verb *verb = args->verb;
    struct value preview = value_null();

    if (!verb->preview || args->yes)
        return 0;
    if (call(args, arena, verb->preview, verb->preview_needs, NULL, style, &preview, ret_exit))
        return -1;
    output_local(args, said);
    output_answer(&(struct args){0}, verb->preview_print, &preview, style);
    if (ask_person(stdin, stderr, verb->question, ask_targets(&preview)))
        return 0;
    fputs("Nothing was done.\n", stderr);
    *ret_exit = EXIT_FAILED;
    return -1;
}

static int run_verb(const struct args *args, struct arena *arena)
{
    const struct verb *verb = args->verb;
    struct report_style style;
    struct value answer = value_null();
    enum verb_needs needs = verb_needed(verb, &args->request, false);
    bool plan = verb->plan_when && needs == NEEDS_PLAN;
    bool live = verb->lives && !plan && !args->json;
    bool said = false;
    int exit = EXIT_DONE;

    output_style(args, arena, &style);
    if (!plan && !may_ask(args))
        return EXIT_MISTAKE;
    if (!plan && ask_first(args, arena, &style, &said, &exit))
        return exit;
    if (call(args, arena, verb->fn, needs, live ? &said : NULL, &style, &answer, &exit))
        return exit;
    verb_print_fn print = plan && verb->preview_print ? verb->preview_print : verb->print;
    output_answer(args, print, &answer, &style);
    return exit;
}

static int help(const struct args *args)
{
    BUF_SCOPED out = {0};

    if (args->version)
        buf_text(&out, "soarctl " SOAR_VERSION "\n");
    else if (args->verb)
        command_help(args->verb, &out);
    else
        commands_help(&out);
    output_write(NULL, buf_string(&out), out.len);
    return EXIT_DONE;
}

int main(int argc, char **argv)
{
    ARENA_SCOPED arena = arena_new();
    struct args args;
    struct soar_err err = {0};

    log_set_level(LOG_ERROR_LEVEL); /* what a person must know stands in the answer */
    setlocale(LC_CTYPE, "C.UTF-8");
    signal(SIGPIPE, SIG_IGN); /* a reader that went away stops no run */
    if (args_read(argc, argv, arena, &args, &err)) {
        output_error(&args, "", &err);
        return EXIT_MISTAKE;
    }
    if (args.help || args.version || !args.verb)
        return help(&args);
    return run_verb(&args, arena);
}
