/* soarctl: one command, from the words of a person to a verb and back. Whatever goes wrong is printed here,
 * once, and becomes the exit code. */
#include <locale.h>
#include <signal.h>
#include <stdio.h>

#include "engine/base/json.h"
#include "engine/base/log.h"
#include "soarctl/app.h"
#include "soarctl/ask.h"
#include "soarctl/commands.h"
#include "soarctl/output.h"
#include "soarctl/remote.h"

/* One command, wherever it is done. */
struct command {
    const struct args *args;
    struct arena *arena;
    struct report_style style;
    struct remote remote; /* fd and path; path NULL: done here */
    bool said_local;      /* what is missing without soard was said */
    int exit;
};

static int ask_soard(struct command *command, bool preview, bool live, struct value *ret_answer)
{
    struct remote_answer answer;
    struct soar_err err = {0};
    int done = remote_call(&command->remote, command->args, command->arena, preview, live, &command->style,
                           &answer, &err);

    *ret_answer = answer.answer;
    command->exit = done ? output_exit(&err) : answer.exit;
    if (done || *answer.mistakes)
        output_error(command->args, answer.mistakes, &err);
    return done;
}

/* Opens what is needed, calls the function, closes. The answer lives in the arena. */
static int do_here(struct command *command, verb_fn fn, enum verb_needs needs, bool live,
                   struct value *ret_answer)
{
    const struct args *args = command->args;
    struct app app = {.args = args,
                      .arena = command->arena,
                      .needs = needs,
                      .told = live,
                      .said_local = &command->said_local,
                      .style = command->style};
    struct verb_context context;
    struct soar_err err = {0};

    int answer = app_open(&app, &err);
    if (answer == 0) {
        app_context(&app, &context);
        answer = fn(&context, &args->request, ret_answer, &err) ||
                 verb_drive(&context, &args->request, ret_answer, &err);
        command->exit = context.exit;
    }
    report_live_clear(app.live);
    app_close(&app);
    if (answer || app.mistakes.len > 0)
        output_error(args, buf_string(&app.mistakes), &err);
    if (answer)
        command->exit = output_exit(&err);
    buf_done(&app.mistakes);
    return answer;
}

static int call(struct command *command, bool preview, bool live, struct value *ret_answer)
{
    const struct verb *verb = command->args->verb;
    verb_fn fn = preview ? verb->preview : verb->fn;

    *ret_answer = value_null();
    if (command->remote.path)
        return ask_soard(command, preview, live, ret_answer);
    return do_here(command, fn, verb_needed(verb, &command->args->request, preview), live, ret_answer);
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
static int ask_first(struct command *command)
{
    const struct verb *verb = command->args->verb;
    struct value preview;

    if (!verb->preview || command->args->yes)
        return 0;
    if (call(command, true, false, &preview))
        return -1;
    if (!command->remote.path)
        output_local(command->args, &command->said_local);
    output_answer(&(struct args){0}, verb->preview_print, &preview, &command->style);
    if (ask_person(stdin, stderr, verb->question, ask_targets(&preview)))
        return 0;
    fputs("Nothing was done.\n", stderr);
    command->exit = EXIT_FAILED;
    return -1;
}

static int find_soard(struct command *command)
{
    BUF_SCOPED mistakes = {0};
    struct soar_err err = {0};
    int answer = remote_find(command->args, command->arena, &command->remote, &mistakes, &err);

    if (answer || mistakes.len > 0)
        output_error(command->args, buf_string(&mistakes), &err);
    if (answer == 0 && command->remote.fd < 0)
        command->remote.path = NULL;
    return answer ? output_exit(&err) : EXIT_DONE;
}

static int do_verb(struct command *command)
{
    const struct args *args = command->args;
    const struct verb *verb = args->verb;
    bool plan = verb->plan_when && value_get_bool(&args->request, verb->plan_when, false);
    struct value answer;

    if (!plan && !may_ask(args))
        return EXIT_MISTAKE;
    command->exit = find_soard(command);
    if (command->exit || (!plan && ask_first(command)))
        return command->exit;
    if (call(command, false, verb->lives && !plan && !args->json, &answer))
        return command->exit;
    verb_print_fn print = plan && verb->preview_print ? verb->preview_print : verb->print;
    output_answer(args, print, &answer, &command->style);
    return command->exit;
}

static int run_verb(const struct args *args, struct arena *arena)
{
    struct command command = {.args = args, .arena = arena};

    output_style(args, arena, &command.style);
    int exit = do_verb(&command);
    remote_close(&command.remote);
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
    json_wipe_freed();              /* a secret that a vault answers with passes through a document */
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
