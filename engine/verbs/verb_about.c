/* From rows of the ledger to the list a release is for. A row that isn't ours is never released by us; of a
 * target all holders end, of a run only its own. */
#include <string.h>

#include "engine/base/text.h"
#include "engine/verbs/verb_about.h"

const struct pack *verb_pack(void *arg, const char *digest, const char *action)
{
    struct verb_context *context = arg;
    const struct pack *pack = digest && *digest ? loop_pack(context->loop, digest, NULL) : NULL;

    return pack ? pack : pack_shelf_find(context->shelf, action);
}

struct report_packs verb_packs(struct verb_context *context)
{
    struct report_packs packs = {.pack = verb_pack, .arg = context, .then = "by hand"};

    if (!context->remote || !context->policy)
        return packs;
    int64_t every_ms = policy_recheck_every_ms(context->policy);

    packs.then = policy_expires_frees(context->policy) ? "frees" : "asks";
    packs.stale_ms = every_ms > 0 ? loop_now(context->loop) - 2 * every_ms : 0;
    return packs;
}

/* A run is named by its id, a beginning of it, or its last letters. */
static bool is_meant(const char *id, const char *said)
{
    size_t len = strlen(id);
    size_t said_len = strlen(said);

    return said_len > 0 && said_len <= len &&
           (strncmp(id, said, said_len) == 0 || strcmp(id + len - said_len, said) == 0);
}

static bool holds(const struct ledger_row *row, const char *run)
{
    for (size_t i = 0; i < row->holder_count; i++)
        if (is_meant(row->holders[i].run, run))
            return true;
    return false;
}

bool verb_is_holder(const struct verb_context *context, const char *run)
{
    const struct ledger *ledger = loop_ledger(context->loop);

    for (size_t i = 0; i < ledger_row_count(ledger); i++)
        if (holds(ledger_row_at(ledger, i), run))
            return true;
    return false;
}

static bool is_target(const struct verb_context *context, const struct ledger_row *row, const char *target)
{
    bool many = false;
    const struct site_host *host = context->site ? site_find_host(context->site, target, &many) : NULL;

    const char *placed = arena_printf(context->arena, "%s@%s", row->name, row->place);

    return text_same_fold(row->name, target) || (*row->place && text_same_fold(placed, target)) ||
           text_same_fold(value_get_string(&row->host, "named", ""), target) ||
           text_same_fold(row->target, target) || (host && strcmp(host->key, row->target) == 0);
}

static void fill(struct verb_context *context, const struct ledger_row *row, const char *run,
                 struct run_about *about)
{
    const char **free_runs = arena_array(context->arena, row->holder_count + 1, sizeof *free_runs);
    size_t count = 0;

    for (size_t i = 0; i < row->holder_count; i++)
        if (!run || is_meant(row->holders[i].run, run))
            free_runs[count++] = arena_string(context->arena, row->holders[i].run);
    *about = (struct run_about){
        .target = arena_string(context->arena, row->target),
        .name = arena_string(context->arena, row->name),
        .action = arena_string(context->arena, row->action),
        .provider = arena_string(context->arena, row->provider),
        .place = arena_string(context->arena, row->place),
        .pack = verb_pack(context, row->pack, row->action),
        .args = value_copy(context->arena, &row->args),
        .host = value_copy(context->arena, &row->host),
        .free_count = count,
        .free_runs = free_runs,
    };
}

int verb_about(struct verb_context *context, const char *target, const char *run, struct loop_request *asked,
               struct soar_err *err)
{
    const struct ledger *ledger = loop_ledger(context->loop);
    size_t rows = ledger_row_count(ledger);
    struct run_about *about = arena_array(context->arena, rows + 1, sizeof *about);
    size_t others = 0;

    for (size_t i = 0; i < rows; i++) {
        const struct ledger_row *row = ledger_row_at(ledger, i);
        bool wanted = target ? is_target(context, row, target) : run ? holds(row, run) : true;
        bool ours = row->ours || !(target || run);
        others += wanted && !ours;
        if (!wanted || !ours)
            continue;
        fill(context, row, run, &about[asked->about_count]);
        if (!about[asked->about_count].pack)
            return soar_err_set(err, SOAR_PERMANENT, "%s: the pack that did %s is not here any more",
                                row->name, row->action);
        asked->about_count++;
    }
    asked->about = about;
    if (asked->about_count > 0)
        return 0;
    if (others > 0)
        return soar_err_set(err, SOAR_INVALID,
                            "%s was contained by somebody else, not by soar: it is theirs to release",
                            target ? target : run);
    return soar_err_set(err, SOAR_INVALID,
                        "nothing that soar contained is called '%s', and no such run holds anything "
                        "(soarctl contained)",
                        target ? target
                        : run  ? run
                               : "");
}
