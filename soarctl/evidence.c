/* Reading the evidence directory. Gigabytes are read here and not by soard, which would stand still
 * meanwhile; what the journal says of them is asked of whoever has it: a soard that runs, or else the journal
 * itself. */
#include "soarctl/evidence.h"

#include <string.h>
#include <unistd.h>

#include "engine/base/text.h"
#include "engine/report/report_style.h"
#include "soarctl/app.h"
#include "soarctl/remote.h"
#include "state/evidence_export.h"
#include "state/evidence_verify.h"

enum { TOLD_MS = 500 };

struct reading {
    struct arena *arena;
    struct value_builder problems, notes;
    bool shown; /* progress, on a terminal */
    int64_t told_ms;
};

static const struct verb *list_verb(void)
{
    return verb_find("evidence list");
}

/* On the journal itself, as `evidence list` without a soard. */
static int list_here(const struct app *app, const struct args *args, struct value *ret_answer,
                     struct soar_err *err)
{
    struct app own = {.args = args, .arena = app->arena, .needs = NEEDS_READ, .said_local = app->said_local};
    struct verb_context context;

    if (access(arena_printf(app->arena, "%s/journal.db", app_state_dir(app)), F_OK))
        return soar_err_set(err, SOAR_ABSENT, "there is no journal in %s", app_state_dir(app));
    int answer = app_open(&own, err);
    if (answer == 0) {
        app_context(&own, &context);
        answer = list_verb()->fn(&context, &args->request, ret_answer, err);
    }
    app_close(&own);
    buf_done(&own.mistakes);
    return answer;
}

/* What the journal says was begun and kept; *ret NULL and a reason if nobody can tell. */
static const struct value *journal_list(const struct app *app, struct soar_err *err)
{
    struct args args = *app->args;
    struct remote remote;
    struct value *answer = arena_alloc(app->arena, sizeof *answer);
    struct remote_answer told;
    struct report_style style = {.tool = "soarctl"};
    BUF_SCOPED mistakes = {0};

    args.verb = list_verb();
    args.inventory = NULL;
    args.request = value_end_map(&(struct value_builder){.arena = app->arena});
    if (remote_find(&args, app->arena, &remote, &mistakes, err))
        return NULL;
    if (remote.fd < 0) {
        args.inventory = app->args->inventory;
        return list_here(app, &args, answer, err) ? NULL : value_get(answer, "evidence");
    }
    int rc = remote_call(&remote, &args, app->arena, false, false, &style, &told, err);
    remote_close(&remote);
    *answer = told.answer;
    return rc ? NULL : value_get(answer, "evidence");
}

static int open_dir(const struct verb_context *context, struct evidence_dir *ret_dir, struct soar_err *err)
{
    const struct app *app = context->program;
    struct site_evidence place = site_evidence_of(app->site, app_state_dir(app), context->arena);

    if (evidence_dir_open(place.dir, false, ret_dir, err) == 0)
        return 0;
    if (err->class == SOAR_ABSENT)
        soar_err_set(err, SOAR_INVALID,
                     "there is no evidence in %s (--state DIR or --config FILE names another place)",
                     place.dir);
    return -1;
}

static int moved(void *arg, uint64_t bytes)
{
    struct reading *reading = arg;
    const struct world *world = world_system();
    int64_t now = world->boot_ms(world->arg);
    BUF_SCOPED size = {0};

    if (!reading->shown || now - reading->told_ms < TOLD_MS)
        return 0;
    reading->told_ms = now;
    text_size(&size, (int64_t)bytes);
    fprintf(stderr, "\r  %s read of this one  \r", buf_string(&size));
    return 0;
}

static void tell(void *arg, bool wrong, const char *text)
{
    struct reading *reading = arg;

    value_push(wrong ? &reading->problems : &reading->notes, value_text(reading->arena, text));
}

static void begin(struct reading *reading, struct arena *arena)
{
    *reading = (struct reading){.arena = arena, .shown = isatty(STDERR_FILENO)};
    value_build(&reading->problems, arena);
    value_build(&reading->notes, arena);
}

static const char *now_text(struct arena *arena)
{
    const struct world *world = world_system();
    BUF_SCOPED text = {0};

    text_time_utc(&text, world->wall_ms(world->arg));
    return arena_string(arena, buf_string(&text));
}

static int verify(struct verb_context *context, const struct value *request, struct value *ret_answer,
                  struct soar_err *err)
{
    struct reading reading;
    struct evidence_dir dir;
    struct evidence_verdict verdict;
    struct soar_err unheard = {0};
    struct value_builder map;

    begin(&reading, context->arena);
    if (open_dir(context, &dir, err))
        return -1;
    const struct value *ids = value_get(request, "ids");
    struct evidence_check check = {.dir = &dir, .ids = ids, .tell = tell, .moved = moved, .arg = &reading};
    if (value_count(ids) == 0) {
        check.journal_at = now_text(context->arena);
        check.journal = journal_list(context->program, &unheard);
        if (check.journal == NULL)
            tell(&reading, false,
                 arena_printf(context->arena, "not compared with the journal: %s", unheard.text));
    }
    int answer = evidence_verify(&check, &verdict, err);
    evidence_dir_close(&dir);
    if (answer)
        return -1;
    value_build(&map, context->arena);
    value_put_text(&map, "records", value_int(verdict.records));
    value_put_text(&map, "objects", value_int(verdict.objects));
    value_put_text(&map, "bytes", value_int(verdict.bytes));
    value_put_text(&map, "head", value_text(context->arena, verdict.head));
    value_put_text(&map, "journal", value_bool(check.journal != NULL));
    value_put_text(&map, "problems", value_end_list(&reading.problems));
    value_put_text(&map, "notes", value_end_list(&reading.notes));
    *ret_answer = value_end_map(&map);
    context->exit = verdict.problems > 0 ? EXIT_FAILED : EXIT_DONE;
    return 0;
}

static void print_verify(const struct value *answer, const struct report_style *style, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();
    const struct value *problems = value_get(answer, "problems"), *notes = value_get(answer, "notes");
    BUF_SCOPED size = {0};

    for (size_t i = 0; i < value_count(problems); i++) {
        report_alarm(out, style, "BROKEN  ", true);
        buf_printf(out, "%s\n", report_outside(arena, value_at(problems, i)->text));
    }
    for (size_t i = 0; i < value_count(notes); i++)
        buf_printf(out, "note    %s\n", report_outside(arena, value_at(notes, i)->text));
    text_size(&size, value_get_int(answer, "bytes", 0));
    buf_printf(out, "%lld records, %lld objects read (%s as collected)%s: ",
               (long long)value_get_int(answer, "records", 0), (long long)value_get_int(answer, "objects", 0),
               buf_string(&size),
               value_get_bool(answer, "journal", false) ? ", compared with the journal" : "");
    if (value_count(problems) == 0)
        buf_text(out, "whole and unchanged\n");
    else
        buf_printf(out, "%zu problems\n", value_count(problems));
    if (*value_get_string(answer, "head", ""))
        buf_printf(out, "head %s (note it elsewhere)\n", value_get_string(answer, "head", ""));
}

/* `export ID… DIR`: the last word is where to. */
static int export(struct verb_context *context, const struct value *request, struct value *ret_answer,
                  struct soar_err *err)
{
    const struct value *words = value_get(request, "what");
    size_t count = value_count(words);
    struct reading reading;
    struct evidence_dir dir;
    struct value files;
    struct value_builder map;

    begin(&reading, context->arena);
    if (count < 2)
        return soar_err_set(err, SOAR_INVALID,
                            "evidence export: expected ID… and a directory that isn't there yet");
    if (open_dir(context, &dir, err))
        return -1;
    struct value ids = value_list(context->arena, words->list->items, count - 1);
    struct evidence_export options = {.dir = &dir,
                                      .to = value_at(words, count - 1)->text,
                                      .ids = &ids,
                                      .raw = value_get_bool(request, "raw", false),
                                      .moved = moved,
                                      .arg = &reading};
    int answer = evidence_export(&options, context->arena, &files, err);
    evidence_dir_close(&dir);
    if (answer)
        return -1;
    value_build(&map, context->arena);
    value_put_text(&map, "to", value_text(context->arena, options.to));
    value_put_text(&map, "files", files);
    *ret_answer = value_end_map(&map);
    return 0;
}

static void print_export(const struct value *answer, const struct report_style *style, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();
    const struct value *files = value_get(answer, "files");

    (void)style;
    for (size_t i = 0; i < value_count(files); i++) {
        const struct value *one = value_at(files, i);
        BUF_SCOPED size = {0};

        text_size(&size, value_get_int(one, "bytes", 0));
        buf_printf(out, "%s/%s  %s  SHA-256 %s%s\n",
                   report_outside(arena, value_get_string(answer, "to", "")),
                   value_get_string(one, "file", ""), buf_string(&size), value_get_string(one, "sha256", ""),
                   value_get_bool(one, "whole", false) ? "" : "  PARTIAL");
    }
    buf_printf(out, "%s/README.txt says how to check them\n",
               report_outside(arena, value_get_string(answer, "to", "")));
}

static const struct verb_param verify_params[] = {
    {"ids", PARAM_PLACES, "ID…", false,
     "the objects of these alone; left out: everything, and the journal's word"},
    {NULL, PARAM_KIND_COUNT, NULL, false, NULL},
};

static const struct verb_param export_params[] = {
    {"what", PARAM_PLACES, "ID… DIR", true, "evidence, and the new directory it is copied to"},
    {"raw", PARAM_FLAG, NULL, false, "as collected; else as stored (zstd)"},
    {NULL, PARAM_KIND_COUNT, NULL, false, NULL},
};

const struct verb evidence_verbs[] = {
    {.name = "evidence verify",
     .about = "manifest, signatures, every object's hashes, the journal's word",
     .params = verify_params,
     .needs = NEEDS_PACKS,
     .fn = verify,
     .print = print_verify},
    {.name = "evidence export",
     .about = "evidence with its records and the public key, into a new directory",
     .params = export_params,
     .needs = NEEDS_PACKS,
     .fn = export,
     .print = print_export},
    {.name = NULL},
};
