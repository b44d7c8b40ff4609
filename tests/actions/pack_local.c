/* Runs one phase of a pack's provider on this machine: what the engine and its ssh worker do together,
 * without either.
 *
 *     pack_local PACK STATE PHASE…
 *
 * STATE is a JSON file: {"with", "target", "host", "prior", "kept", "task"}; what the phases keep and find
 * ("facts"), and what was so before us when they came to a writing call, is written back to it.
 * $PACK_PROVIDER names the provider (default: the first). Each script is given to $PACK_SHELL (default
 * /bin/sh) with its arguments and its standard input, as the worker would; where the provider goes by another
 * connector, its real worker
 * ($PACK_WORKER) is spoken to, with "peer", "secrets" and "directory" of the state. What is collected goes to
 * the file $PACK_EVIDENCE; the program that a script is handed is the file $PACK_HELPER. Prints the verdict,
 * or what went wrong; the exit code is 0 if the phase ended well. PACK_CUT=N ends it after N writing calls,
 * as a crash would. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/action/attempt.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "tests/actions/pack_worker.h"

enum { CUT = 100 };

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "pack_local: %s\n", what);
    exit(2);
}

static struct value read_state(struct arena *arena, const char *path)
{
    char *text = NULL;
    size_t len = 0;
    struct value state;
    struct soar_err err;
    if (file_read(arena, path, LIMIT_FILE_BYTES, &text, &len, &err) < 0 ||
        json_parse(arena, text, len, &state, &err) < 0) {
        die(err.text);
    }
    return state;
}

static struct pack *read_pack(struct arena *arena, const char *path)
{
    char *text = NULL;
    size_t len = 0;
    struct soar_err err;
    struct diag_list diags;
    diag_init(&diags, arena, path);
    if (file_read(arena, path, LIMIT_FILE_BYTES, &text, &len, &err) < 0) {
        die(err.text);
    }
    struct pack *pack = pack_load(arena, text, len, path, &diags);
    BUF_SCOPED shown;
    buf_init(&shown, 0);
    diag_print(&diags, &shown);
    fputs(buf_string(&shown), stderr);
    if (pack == NULL) {
        exit(2);
    }
    return pack;
}

static const char *temporary(struct arena *arena, const char *text, size_t len)
{
    char *path = arena_string(arena, "/tmp/pack_local.XXXXXX");
    int fd = mkstemp(path);
    if (fd < 0 || write(fd, text, len) != (ssize_t)len || close(fd) < 0) {
        die(strerror(errno));
    }
    return path;
}

static _Noreturn void become_shell(struct arena *arena, const struct value *args, const char *in,
                                   const char *out, const char *err)
{
    const struct value *list = value_get(args, "args");
    char **argv = arena_array(arena, value_count(list) + 5, sizeof(char *));
    size_t count = 0;
    char *shell = getenv("PACK_SHELL");
    char *rest = NULL;
    for (char *word = strtok_r(arena_string(arena, shell ? shell : "/bin/sh"), " ", &rest); word && count < 2;
         word = strtok_r(NULL, " ", &rest)) {
        argv[count++] = word;
    }
    argv[count++] = arena_string(arena, "-c");
    argv[count++] = arena_string(arena, value_get_string(args, "script", ""));
    argv = memcpy(arena_array(arena, count + value_count(list) + 2, sizeof(char *)), argv,
                  count * sizeof(char *));
    argv[count++] = arena_string(arena, "soar");
    for (size_t i = 0; i < value_count(list); i++) {
        argv[count++] = arena_string(arena, value_at(list, i)->text);
    }
    if (!freopen(in, "r", stdin) || !freopen(out, "w", stdout) || !freopen(err, "w", stderr)) {
        _exit(126);
    }
    execvp(argv[0], argv);
    _exit(127);
}

static const char *take(struct arena *arena, const char *path)
{
    char *text = NULL;
    size_t len = 0;
    struct soar_err err;
    if (file_read(arena, path, LIMIT_FILE_BYTES, &text, &len, &err) < 0) {
        die(err.text);
    }
    unlink(path);
    return text;
}

/* As ssh.collect hands a helper over: its bytes in front of the input, its length as the first argument. */
static const char *with_helper(struct arena *arena, struct value *args, const char *input)
{
    char *bytes = NULL;
    size_t len = 0, size = strlen(input);
    struct soar_err err;
    struct value_builder map, list;
    if (file_read(arena, getenv("PACK_HELPER"), LIMIT_FILE_BYTES, &bytes, &len, &err) < 0) {
        die(err.text);
    }
    value_build(&list, arena);
    value_push(&list, value_text(arena, arena_printf(arena, "%zu", len)));
    for (size_t i = 0; i < value_count(value_get(args, "args")); i++) {
        value_push(&list, *value_at(value_get(args, "args"), i));
    }
    value_build(&map, arena);
    value_put_text(&map, "script", *value_get(args, "script"));
    value_put_text(&map, "args", value_end_list(&list));
    *args = value_end_map(&map);
    char *both = arena_alloc(arena, len + size + 1);
    memcpy(both, bytes, len);
    memcpy(both + len, input, size);
    return temporary(arena, both, len + size);
}

static const char *run_script(struct arena *arena, struct value args_given, bool collects)
{
    struct value *args = &args_given;
    const char *stdin_text = value_get_string(args, "stdin", "");
    const char *in = value_get(args, "helper") ? with_helper(arena, args, stdin_text)
                                               : temporary(arena, stdin_text, strlen(stdin_text));
    const char *out = collects ? getenv("PACK_EVIDENCE") : temporary(arena, "", 0);
    const char *err = temporary(arena, "", 0);
    int status = 0;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        become_shell(arena, args, in, out, err);
    }
    if (pid < 0 || waitpid(pid, &status, 0) < 0) {
        die(strerror(errno));
    }
    unlink(in);
    struct value_builder builder;
    value_build(&builder, arena);
    value_put_text(&builder, "exit",
                   value_int(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)));
    if (!collects) {
        value_put_text(&builder, "out", value_text(arena, take(arena, out)));
    }
    value_put_text(&builder, "err", value_text(arena, take(arena, err)));
    if (collects) {
        struct value_builder evidence;
        value_build(&evidence, arena);
        value_put_text(&evidence, "id", value_static("E-1"));
        value_put_text(&evidence, "whole", value_bool(WIFEXITED(status) && WEXITSTATUS(status) == 0));
        value_put_text(&builder, "evidence", value_end_map(&evidence));
    }
    struct value result = value_end_map(&builder);
    return json_text(arena, &result);
}

/* ssh.reach is whatever $PACK_REACH does. */
static enum soar_class reach(void)
{
    const char *command = getenv("PACK_REACH");
    return command == NULL || system(command) == 0 ? SOAR_DONE : SOAR_TRANSIENT;
}

static struct soar_answer make(struct arena *arena, const struct value *state,
                               const struct attempt_call *call)
{
    if (strncmp(call->function->name, "ssh.", 4) != 0)
        return pack_worker_call(arena, state, call);
    bool script = value_get(&call->args, "script") != NULL;
    return (struct soar_answer){.class = script ? SOAR_DONE : reach(),
                                .result = script ? run_script(arena, call->args, call->function->collects)
                                                 : "{\"greeting\": \"SSH-2.0-here\"}",
                                .why = ""};
}

/* Walks one phase; CUT when the crash came. */
static int run_phase(struct arena *arena, const struct value *state, struct attempt *attempt,
                     enum pack_phase phase, int *cut)
{
    struct attempt_call call;
    int64_t at_ms = 0;
    attempt_begin(attempt, phase, 0);
    enum attempt_ask ask;
    while ((ask = attempt_next(attempt, at_ms, &call, &at_ms)) != ATTEMPT_ENDED) {
        struct value kept;
        const char *why = "";
        if (ask == ATTEMPT_WAIT) {
            continue;
        }
        const struct soar_answer answer = make(arena, state, &call);
        if (call.function->class == FUNCTION_WRITE && --*cut == 0) {
            return CUT;
        }
        attempt_answer(attempt, &answer, at_ms, &kept, &why);
    }
    const struct attempt_result *outcome = attempt_result(attempt);
    printf("%s %s%s%s\n", pack_judgement_name(outcome->judgement), attempt_verdict_name(outcome->verdict),
           *outcome->why ? ": " : "", outcome->why);
    return outcome->judgement == JUDGED_DONE ? 0 : 1;
}

static void write_state(const struct value *state, const char *path)
{
    BUF_SCOPED text;
    buf_init(&text, 0);
    json_pretty(&text, state);
    FILE *file = fopen(path, "w");
    if (file == NULL || fputs(buf_string(&text), file) < 0 || fclose(file) != 0) {
        die(strerror(errno));
    }
}

/* What is kept, over what was; and what was there before us, once: from the first writing call on. */
static struct value with_kept(struct arena *arena, const struct value *state,
                              const struct attempt_result *result)
{
    const struct value *kept = &result->kept;
    struct value_builder builder;
    struct value_builder both;
    value_build(&builder, arena);
    value_build(&both, arena);
    const struct value *maps[] = {value_get(state, "kept"), kept};
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < value_count(maps[i]); j++) {
            value_put(&both, maps[i]->map->keys[j], maps[i]->map->values[j]);
        }
    }
    for (size_t i = 0; i < state->map->count; i++) {
        value_put(&builder, state->map->keys[i], state->map->values[i]);
    }
    value_put_text(&builder, "kept", value_end_map(&both));
    if (value_count(&result->facts) > 0) {
        value_put_text(&builder, "facts", value_copy(arena, &result->facts));
    }
    if (result->wrote && result->prior.kind == VALUE_MAP && value_get(state, "prior") == NULL) {
        value_put_text(&builder, "prior", result->prior);
    }
    return value_end_map(&builder);
}

static const struct pack_provider *choose(const struct pack *pack)
{
    const char *name = getenv("PACK_PROVIDER");
    for (size_t i = 0; i < pack->provider_count; i++) {
        if (name == NULL || strcmp(pack->providers[i].name, name) == 0) {
            return &pack->providers[i];
        }
    }
    die("the pack has no such provider");
}

static enum pack_phase phase_of(const char *name)
{
    for (int phase = 0; phase < PHASE_COUNT; phase++) {
        if (strcmp(pack_phase_name((enum pack_phase)phase), name) == 0) {
            return (enum pack_phase)phase;
        }
    }
    die("unknown phase");
}

int main(int argc, char **argv)
{
    ARENA_SCOPED arena = arena_new();
    if (argc < 4) {
        die("usage: pack_local PACK STATE PHASE…");
    }
    const struct pack *pack = read_pack(arena, argv[1]);
    struct value state = read_state(arena, argv[2]);
    struct soar_err err;
    struct value none = value_null();
    const struct value *given = value_get(&state, "with");
    const struct value *target = value_get(&state, "target");
    const struct value *kept = value_get(&state, "kept");
    const struct value *host = value_get(&state, "host");
    const struct value *directory = value_get(&state, "directory");
    const struct value *prior = value_get(&state, "prior");
    struct attempt_input input = {.pack = pack, .provider = choose(pack), .run_id = "R-1"};
    input.task_id = value_get_string(&state, "task", "T-1");
    input.target = target == NULL ? none : *target;
    input.kept = kept == NULL ? none : *kept;
    input.host = host == NULL ? none : *host;
    input.directory = directory == NULL ? none : *directory;
    input.prior = prior == NULL ? none : *prior;
    if (pack_arguments(pack, given == NULL ? &none : given, arena, &input.with, &err) < 0) {
        die(err.text);
    }
    struct attempt *attempt = attempt_new(arena, &input);
    int cut = getenv("PACK_CUT") != NULL ? atoi(getenv("PACK_CUT")) : 0;
    int result = 0;
    for (int i = 3; i < argc && result == 0; i++) {
        result = run_phase(arena, &state, attempt, phase_of(argv[i]), &cut);
        state = with_kept(arena, &state, attempt_result(attempt));
    }
    write_state(&state, argv[2]);
    pack_worker_end();
    return result;
}
