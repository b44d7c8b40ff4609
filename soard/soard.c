/* soard: reads its arguments, opens everything, runs, closes everything. Whatever ends it is logged here,
 * once, and becomes the exit code: 2 for somebody's mistake, 1 for the machine's. */
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/json.h"
#include "engine/base/log.h"
#include "engine/verbs/verb.h"
#include "soard/daemon.h"
#include "soard/notify.h"
#include "soard/tell.h"

struct options {
    const char *config;
    bool check;
    bool version;
    bool help;
};

static const char usage[] =
    "usage: soard --config FILE [--check]\n"
    "       soard --version\n"
    "Takes alerts by webhooks, runs playbooks, keeps the record: soard(8).\n"
    "  --config FILE   the configuration\n"
    "  --check         reads it and all that it names, tells the mistakes, and ends\n";

static int read_options(int argc, char **argv, struct options *ret_options)
{
    static const struct option known[] = {{"config", required_argument, NULL, 'c'},
                                          {"check", no_argument, NULL, 'k'},
                                          {"version", no_argument, NULL, 'v'},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};

    for (int letter; (letter = getopt_long(argc, argv, "c:h", known, NULL)) != -1;) {
        ret_options->config = letter == 'c' ? optarg : ret_options->config;
        ret_options->check = ret_options->check || letter == 'k';
        ret_options->version = ret_options->version || letter == 'v';
        ret_options->help = ret_options->help || letter == 'h';
        if (letter == '?')
            return -1;
    }
    if (optind < argc)
        fprintf(stderr, "soard: %s: one word too many\n", argv[optind]);
    else if (!ret_options->config && !ret_options->version && !ret_options->help)
        fputs("soard: --config FILE is missing\n", stderr);
    else
        return 0;
    return -1;
}

static int exit_of(const struct soar_err *err)
{
    return err->class == SOAR_INVALID ? EXIT_MISTAKE : EXIT_FAILED;
}

static int check(const char *config)
{
    BUF_SCOPED mistakes = {0};
    struct soar_err err = {0};
    struct wiring *wiring = NULL;
    int answer = wiring_load(config, &wiring, &mistakes, &err);

    fputs(buf_string(&mistakes), stderr);
    if (answer) {
        fprintf(stderr, "soard: %s\n", err.text);
        return EXIT_MISTAKE;
    }
    size_t broken = wiring->broken_count;
    printf("%s: %zu %s, %zu %s\n", config, wiring->playbook_count,
           wiring->playbook_count == 1 ? "playbook" : "playbooks", wiring->site->webhook_count,
           wiring->site->webhook_count == 1 ? "webhook" : "webhooks");
    wiring_free(wiring);
    return broken > 0 ? EXIT_MISTAKE : EXIT_DONE;
}

static int run(struct daemon *daemon)
{
    struct soar_err err = {0};

    log_info("soard %s starts: %s", SOAR_VERSION, daemon->config_file);
    int answer = daemon_open(daemon, &err);
    if (answer == 0) {
        tell_ready(daemon);
        notify_say(daemon->notify, "READY=1\nSTATUS=%zu playbooks, %zu runs went on",
                   daemon->now->playbook_count, loop_run_count(daemon->loop));
        answer = daemon_run(daemon, &err);
    }
    daemon_close(daemon);
    if (answer == 0) {
        log_info("stopped");
        return EXIT_DONE;
    }
    log_error("%s", err.text);
    notify_say(daemon->notify, "STATUS=%s", err.text);
    return exit_of(&err);
}

int main(int argc, char **argv)
{
    ARENA_SCOPED arena = arena_new();
    struct options options = {0};

    json_wipe_freed(); /* a secret that a vault answers with passes through a document */
    setlocale(LC_CTYPE, "C.UTF-8");
    umask(077);
    signal(SIGPIPE, SIG_IGN);
    log_set_format(
        LOG_TEXT); /* with priorities, if the journal reads it; the configuration may say otherwise */
    if (read_options(argc, argv, &options)) {
        fputs(usage, stderr);
        return EXIT_MISTAKE;
    }
    if (options.version || options.help) {
        fputs(options.version ? "soard " SOAR_VERSION "\n" : usage, stdout);
        return EXIT_DONE;
    }
    if (options.check)
        return check(options.config);
    struct daemon daemon = {.arena = arena, .config_file = options.config, .notify = notify_new()};
    int exit = run(&daemon);
    notify_free(daemon.notify);
    return exit;
}
