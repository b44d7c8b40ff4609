/* Finds the pack and its contract, and plays the cases. What a pack of a site may be, one of ours is, too: a
 * file that is an action, or one that extends an action of the shelf. */
#include "soarctl/action_test.h"

#include <event2/event.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/text.h"
#include "engine/rehearse/rehearse.h"
#include "engine/verbs/verb_files.h"
#include "engine/yaml/bind.h"
#include "soarctl/contract_play.h"

#define CONTRACT_END ".contract.yaml"

struct testing {
    struct verb_context *context;
    struct event_base *base;
    struct stand_in *stand_in;
    const char *pack;  /* as it was named; NULL: beside each contract */
    const char *only;  /* this case, or NULL */
    const char *meant; /* a case that is called almost so: " (did you mean …?)" */
    bool verbose;
    struct value_builder reports;
    int64_t count;
    int64_t failed;
    size_t mistakes;
};

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text);

    return len > strlen(end) && strcmp(text + len - strlen(end), end) == 0;
}

/* "x/defender.contract.yaml" ↔ "x/defender.yaml" */
static const char *other_end(struct arena *arena, const char *path, const char *end, const char *other)
{
    return arena_printf(arena, "%.*s%s", (int)(strlen(path) - strlen(end)), path, other);
}

/* --- the pack ------------------------------------------------------------------------------------------ */

struct found {
    const struct pack *pack;
    const struct pack_shelf *shelf;
};

static int pack_of_file(struct testing *testing, const char *path, struct diag_list *diags,
                        struct found *ret_found)
{
    struct arena *arena = testing->context->arena;
    struct pack_shelf *shelf = testing->context->shelf;
    struct soar_err err = {0};
    const char *action = NULL;
    char *text = NULL;
    size_t len = 0;

    diags->file = path;
    if (verb_read(arena, path, &text, &len, &err)) {
        diag_error(diags, 0, 0, "%s", err.text);
        return -1;
    }
    if (pack_text_extends(arena, text, len, &action) && !action) {
        ret_found->pack = pack_load_beside(shelf, text, len, path, diags);
    } else { /* it may be in the place of another of this name: on a shelf of its own */
        shelf = pack_shelf_new(arena);
        if (pack_shelf_add_text(shelf, text, len, path, diags) == 0)
            ret_found->pack = pack_shelf_at(shelf, 0);
    }
    ret_found->shelf = shelf;
    return ret_found->pack ? 0 : -1;
}

static int pack_of(struct testing *testing, const char *name, struct diag_list *diags,
                   struct found *ret_found)
{
    struct arena *arena = testing->context->arena;
    const char *slash = strchr(name, '/');
    const char *action = slash ? arena_copy(arena, name, (size_t)(slash - name)) : name;

    if (!ends_with(name, ".yaml") && !ends_with(name, ".yml")) {
        ret_found->shelf = testing->context->shelf;
        ret_found->pack = pack_shelf_find(ret_found->shelf, action);
        if (ret_found->pack)
            return 0;
        diag_error(diags, 0, 0, "there is no action %s, nor a file of this name", action);
        return -1;
    }
    return pack_of_file(testing, name, diags, ret_found);
}

/* Else each case would say that there is no way to do it. */
static bool fits_service(const struct pack_provider *provider, const struct contract *contract,
                         struct diag_list *diags)
{
    const struct yaml_node *kind = yaml_get(contract->service, "kind");

    if (!kind || kind->kind != YAML_SCALAR || !provider->service ||
        strcmp(kind->text, provider->service) == 0)
        return true;
    diag_error(diags, kind->line, kind->col,
               "the service is of kind '%s', the pack speaks to one of kind '%s'", kind->text,
               provider->service);
    return false;
}

/* The pack with the contract's provider alone: what no longer fits is not tried elsewhere. */
static const struct pack *narrowed(struct arena *arena, const struct pack *pack,
                                   const struct contract *contract, struct diag_list *diags)
{
    const struct yaml_node *at = contract->provider_node;
    const char **names = arena_array(arena, pack->provider_count + 1, sizeof *names);
    struct pack *narrow = arena_alloc(arena, sizeof *narrow);

    diags->file = contract->file;
    if (!text_same_fold(pack->name, contract->action)) {
        diag_error(diags, at->line, at->col, "the contract is of %s, the pack is %s", contract->action,
                   pack->name);
        return NULL;
    }
    *narrow = *pack;
    for (size_t i = 0; i < pack->provider_count; i++) {
        names[i] = pack->providers[i].name;
        if (strcmp(names[i], contract->provider) == 0) {
            narrow->providers = &pack->providers[i];
            narrow->provider_count = 1;
            return fits_service(&pack->providers[i], contract, diags) ? narrow : NULL;
        }
    }
    diag_error(diags, at->line, at->col, "%s has no provider '%s' in %s%s", pack->name, contract->provider,
               pack->origin, bind_meant(arena, contract->provider, names));
    return NULL;
}

/* --- playing ------------------------------------------------------------------------------------------- */

static struct value play_cases(struct testing *testing, const struct contract_stage *stage,
                               struct diag_list *diags)
{
    struct arena *arena = testing->context->arena;
    const struct contract *contract = stage->contract;
    struct value_builder report, cases;
    const char **names = arena_array(arena, contract->case_count + 1, sizeof *names);
    int64_t failed = 0;

    for (size_t i = 0; i < contract->case_count; i++)
        names[i] = contract->cases[i].name;
    testing->meant = testing->only ? bind_meant(arena, testing->only, names) : "";
    value_build(&cases, arena);
    for (size_t i = 0; i < contract->case_count && !*testing->context->stop; i++) {
        if (testing->only && !text_same_fold(testing->only, contract->cases[i].name))
            continue;
        struct value played = contract_play(stage, &contract->cases[i], arena, diags);

        failed += !value_get_bool(&played, "passed", false);
        value_push(&cases, played);
    }
    struct value list = value_end_list(&cases);

    testing->count += (int64_t)value_count(&list);
    testing->failed += failed;
    value_build(&report, arena);
    value_put_text(&report, "file", value_text(arena, contract->file));
    value_put_text(&report, "contract", value_text(arena, contract->title));
    value_put_text(&report, "pack", value_text(arena, stage->pack->providers[0].origin));
    value_put_text(&report, "passed", value_bool(failed == 0));
    value_put_text(&report, "count", value_int((int64_t)value_count(&list)));
    value_put_text(&report, "failed", value_int(failed));
    value_put_text(&report, "cases", list);
    return value_end_map(&report);
}

static int play_text(struct testing *testing, const char *path, const char *text, size_t len,
                     struct diag_list *diags)
{
    struct arena *arena = testing->context->arena;
    const struct contract *contract = contract_load(arena, text, len, path, diags);
    const char *pack = testing->pack ? testing->pack : other_end(arena, path, CONTRACT_END, ".yaml");
    struct found found = {0};
    struct contract_stage stage = {.base = testing->base,
                                   .stand_in = testing->stand_in,
                                   .contract = contract,
                                   .stop = testing->context->stop,
                                   .verbose = testing->verbose};

    if (!contract || pack_of(testing, pack, diags, &found))
        return -1;
    stage.shelf = found.shelf;
    stage.pack = narrowed(arena, found.pack, contract, diags);
    if (!stage.pack)
        return -1;
    value_push(&testing->reports, play_cases(testing, &stage, diags));
    return diags->errors ? -1 : 0;
}

/* Warnings are lint's. */
static void print_errors(const struct diag_list *diags, struct verb_context *context)
{
    struct diag_list errors;

    diag_init(&errors, context->arena, diags->file);
    for (const struct diag *diag = diags->first; diag; diag = diag->next) {
        errors.file = diag->file;
        if (diag->level == DIAG_ERROR)
            diag_error(&errors, diag->line, diag->col, "%s", diag->text);
    }
    diag_print(&errors, context->mistakes);
}

static int play_contract(void *arg, const char *path, const char *text, size_t len)
{
    struct testing *testing = arg;
    struct diag_list diags;

    diag_init(&diags, testing->context->arena, path);
    if (play_text(testing, path, text, len, &diags))
        testing->mistakes += diags.errors ? diags.errors : 1;
    print_errors(&diags, testing->context);
    return 0;
}

static int play_of_directory(void *arg, const char *path, const char *text, size_t len)
{
    return ends_with(path, CONTRACT_END) ? play_contract(arg, path, text, len) : 0;
}

static int play_one(struct testing *testing, const char *path, struct soar_err *err)
{
    char *text = NULL;
    size_t len = 0;

    if (verb_read(testing->context->arena, path, &text, &len, err))
        return -1;
    return play_contract(testing, path, text, len);
}

/* What the two words of the command line mean. */
static int play_named(struct testing *testing, const char *pack, const char *contract, struct soar_err *err)
{
    struct arena *arena = testing->context->arena;
    struct stat info;

    if (contract) {
        testing->pack = pack;
        return play_one(testing, contract, err);
    }
    if (ends_with(pack, CONTRACT_END))
        return play_one(testing, pack, err);
    if (stat(pack, &info) == 0 && S_ISDIR(info.st_mode))
        return verb_each_file(arena, pack, play_of_directory, testing, err);
    if (ends_with(pack, ".yaml") && access(pack, F_OK))
        return soar_err_set(err, SOAR_INVALID, "%s: there is no such file", pack);
    if (!ends_with(pack, ".yaml"))
        return soar_err_set(
            err, SOAR_INVALID,
            "%s: a pack's file is asked for (NAME.yaml), or a directory. The contracts of "
            "built-in packs are not compiled in: they are installed in share/doc/soar/actions "
            "and are given as a second word",
            pack);
    testing->pack = pack;
    contract = other_end(arena, pack, ".yaml", CONTRACT_END);
    if (access(contract, F_OK))
        return soar_err_set(err, SOAR_INVALID, "%s: its contract is looked for in %s, and it isn't there",
                            pack, contract);
    return play_one(testing, contract, err);
}

static int test(struct verb_context *context, const struct value *request, struct value *ret_answer,
                struct soar_err *err)
{
    struct testing testing = {.context = context,
                              .only = value_get_string(request, "case", NULL),
                              .verbose = value_get_bool(request, "verbose", false)};
    struct value_builder map;
    int result = -1;

    testing.base = event_base_new();
    value_build(&testing.reports, context->arena);
    if (!testing.base)
        return soar_err_set(err, SOAR_PERMANENT, "no event loop");
    testing.stand_in = stand_in_new(testing.base, err);
    if (testing.stand_in)
        result = play_named(&testing, value_get_string(request, "pack", ""),
                            value_get_string(request, "contract", NULL), err);
    stand_in_free(testing.stand_in);
    event_base_free(testing.base);
    if (result)
        return -1;
    if (testing.count == 0 && testing.mistakes == 0 && testing.only)
        return soar_err_set(err, SOAR_INVALID, "no case is called '%s'%s", testing.only,
                            testing.meant ? testing.meant : "");
    if (testing.count == 0 && testing.mistakes == 0)
        return soar_err_set(err, SOAR_INVALID,
                            "no case to play: expected NAME" CONTRACT_END " with `cases:`");
    value_build(&map, context->arena);
    value_put_text(&map, "reports", value_end_list(&testing.reports));
    value_put_text(&map, "count", value_int(testing.count));
    value_put_text(&map, "failed", value_int(testing.failed));
    value_put_text(&map, "mistakes", value_int((int64_t)testing.mistakes));
    *ret_answer = value_end_map(&map);
    context->exit = testing.mistakes > 0 ? EXIT_MISTAKE : testing.failed > 0 ? EXIT_FAILED : EXIT_DONE;
    return 0;
}

static void print_exchanges(const struct value *report, struct buf *out)
{
    const struct value *cases = value_get(report, "cases");

    for (size_t i = 0; i < value_count(cases); i++) {
        const struct value *exchanges = value_get(value_at(cases, i), "exchanges");

        if (value_count(exchanges))
            buf_printf(out, "--- %s\n", value_get_string(value_at(cases, i), "name", ""));
        for (size_t e = 0; e < value_count(exchanges); e++)
            buf_printf(out, "%s\n", value_at(exchanges, e)->text);
    }
}

static void print(const struct value *answer, const struct report_style *style, struct buf *out)
{
    const struct value *reports = value_get(answer, "reports");

    (void)style;
    for (size_t i = 0; i < value_count(reports); i++) {
        print_exchanges(value_at(reports, i), out);
        rehearse_print(value_at(reports, i), out);
    }
    if (value_count(reports) > 1)
        buf_printf(out, "%lld cases of %zu contracts, %lld failed\n",
                   (long long)value_get_int(answer, "count", 0), value_count(reports),
                   (long long)value_get_int(answer, "failed", 0));
}

static const struct verb_param params[] = {
    {"pack", PARAM_PLACE, "PACK", true, "its file; or a directory: all contracts in it"},
    {"contract", PARAM_PLACE, "CONTRACT", false, "left out: NAME.contract.yaml beside it"},
    {"case", PARAM_TEXT, "NAME", false, "only this case"},
    {"verbose", PARAM_FLAG, NULL, false, "each request and its answer, too"},
    {NULL, PARAM_KIND_COUNT, NULL, false, NULL},
};

const struct verb action_test_verb = {
    .name = "action test",
    .about = "a pack against its contract: a strict stand-in of the vendor's API on this machine",
    .params = params,
    .needs = NEEDS_PACKS,
    .fn = test,
    .print = print,
};
