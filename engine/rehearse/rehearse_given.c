/* What goes wrong in a case, and what people say in it: each line of `given:` is of one kind, told by the key
 * that only this kind has. What was given and never happened fails the case, since it would prove nothing. */
#include <string.h>

#include "engine/base/text.h"
#include "connectors/table/table_list.h"
#include "engine/rehearse/rehearse_parts.h"

struct kind {
    const char *key;
    enum fake_fate fate;
    const char *with[4]; /* the keys that may stand beside it */
};

static const struct kind kinds[] = {{"crash_after", FATE_COUNT, {"step", "target", "away", NULL}},
                                    {"offline", FATE_REFUSE, {"for", NULL}},
                                    {"answer", FATE_COUNT, {"say", NULL}},
                                    {"is", FATE_COUNT, {"on", NULL}},
                                    {"fails", FATE_FAIL, {NULL}},
                                    {"refuses", FATE_REFUSE, {NULL}},
                                    {"cut", FATE_CUT, {NULL}},
                                    {"hangs", FATE_HANG, {NULL}},
                                    {"loses", FATE_LOSE, {NULL}},
                                    {"late", FATE_LATE, {NULL}},
                                    {"twice", FATE_TWICE, {NULL}}};

enum {
    KIND_COUNT = sizeof kinds / sizeof *kinds,
    KIND_CRASH = 0,
    KIND_OFFLINE,
    KIND_ANSWER,
    KIND_IS,
    KIND_FAULT,
    KIND_CUT = KIND_FAULT + 2
};

static bool is_one_of(const char *word, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(word, *words) == 0)
            return true;
    return false;
}

/* The kind of a line that has one, else -1. */
static int kind_of(const struct yaml_node *node)
{
    for (int k = 0; k < KIND_COUNT; k++)
        if (yaml_get(node, kinds[k].key))
            return k;
    return -1;
}

static void check_keys(const struct yaml_node *node, int kind, struct diag_list *diags)
{
    static const char *const of_fault[] = {"on", "call", "times", "after", NULL};
    const char *const *with = kind >= KIND_FAULT ? of_fault : kinds[kind].with;

    for (size_t i = 0; i < node->count; i++) {
        const struct yaml_node *key = node->keys[i];

        if (strcmp(key->text, kinds[kind].key) != 0 && !is_one_of(key->text, with))
            diag_error(diags, key->line, key->col, "'%s' can't stand beside '%s'", key->text,
                       kinds[kind].key);
    }
}

void rehearse_check_step(const struct rehearse_test *test, const struct yaml_node *name,
                         struct diag_list *diags)
{
    const struct playbook *playbook = test->playbook;
    const char **names = arena_array(test->arena, playbook->step_count + 1, sizeof *names);

    if (playbook_step_find(playbook, name->text))
        return;
    for (size_t i = 0; i < playbook->step_count; i++)
        names[i] = playbook->steps[i].name;
    diag_error(diags, name->line, name->col, "%s has no step '%s'%s", playbook->name, name->text,
               bind_meant(test->arena, name->text, names));
}

void rehearse_check_call(const struct rehearse_test *test, const struct yaml_node *name,
                         struct diag_list *diags)
{
    const char *names[256] = {0};
    size_t count = 0;

    if (connector_function(name->text) || connector_has(&connector_evidence, name->text))
        return;
    for (const struct connector *const *one = connector_list; *one; one++)
        for (const struct function *function = (*one)->functions; function->name && count < 255; function++)
            names[count++] = function->name;
    diag_error(diags, name->line, name->col, "there is no function '%s'%s", name->text,
               bind_meant(test->arena, name->text, names));
}

static void check_crash(const struct rehearse_test *test, const struct rehearse_case *one,
                        const struct yaml_node *node, struct diag_list *diags)
{
    static const char *const later[] = {"verify", "expire", "child", "dump", "lease", NULL};
    const struct yaml_node *point = yaml_get(node, "crash_after");
    const struct yaml_node *step = yaml_get(node, "step");
    const struct yaml_node *target = yaml_get(node, "target");

    if (is_one_of(point->text, later))
        diag_error(diags, point->line, point->col, "crash_after: '%s' is not supported yet by this version",
                   point->text);
    else if (!is_one_of(point->text, rehearsal_points))
        diag_error(diags, point->line, point->col, "there is no point '%s' to crash after%s", point->text,
                   bind_meant(test->arena, point->text, rehearsal_points));
    if (step)
        rehearse_check_step(test, step, diags);
    if (target)
        rehearse_check_target(test, one, target, diags);
}

static void check_answer(const struct yaml_node *node, struct diag_list *diags)
{
    static const char *const of_hold[] = {"yes", "no", NULL};
    static const char *const of_doubt[] = {"done", "again", "not", NULL};
    const struct yaml_node *ask = yaml_get(node, "answer");
    const struct yaml_node *say = yaml_get(node, "say");
    bool hold = strcmp(ask->text, "hold") == 0 || strncmp(ask->text, "H-", 2) == 0;
    bool doubt = strcmp(ask->text, "doubt") == 0 || strncmp(ask->text, "D-", 2) == 0;

    if (!hold && !doubt)
        diag_error(diags, ask->line, ask->col,
                   "'answer': expected hold, doubt or a question like H-1, found '%s'", ask->text);
    else if (!say || !is_one_of(say->text, hold ? of_hold : of_doubt))
        diag_error(diags, say ? say->line : node->line, say ? say->col : node->col, "'say': expected %s",
                   hold ? "yes or no, for a hold" : "done, again or not, for a doubt");
}

static void check_one(const struct rehearse_test *test, const struct rehearse_case *one,
                      const struct yaml_node *node, const struct rehearse_given *given,
                      struct diag_list *diags)
{
    int kind = kind_of(node);
    const struct yaml_node *on = yaml_get(node, "on");
    const struct yaml_node *call = yaml_get(node, "call");
    const struct yaml_node *offline = yaml_get(node, "offline");

    if (kind < 0) {
        diag_error(diags, node->line, node->col,
                   "expected one of fails, refuses, cut, hangs, loses, late, twice, crash_after, offline, "
                   "answer, is");
        return;
    }
    check_keys(node, kind, diags);
    if (kind == KIND_CUT &&
        !(call && connector_function(call->text) && connector_function(call->text)->collects))
        diag_error(diags, node->line, node->col, "'cut': only of a `call:` that collects, like ssh.collect");
    if (kind == KIND_CRASH)
        check_crash(test, one, node, diags);
    if (kind == KIND_ANSWER)
        check_answer(node, diags);
    if (kind == KIND_IS && (!on || given->is->kind != YAML_MAP))
        diag_error(diags, node->line, node->col,
                   "'is': expected a map of what the target's model starts with, and 'on'");
    if (kind > KIND_CUT && !given->hangs && !given->loses && !given->late && !given->twice)
        diag_error(diags, node->line, node->col, "'%s': only true means anything here", kinds[kind].key);
    if (on)
        rehearse_check_target(test, one, on, diags);
    if (call)
        rehearse_check_call(test, call, diags);
    if (offline)
        rehearse_check_target(test, one, offline, diags);
}

void rehearse_check_given(const struct rehearse_test *test, const struct rehearse_case *one,
                          struct diag_list *diags)
{
    const struct rehearse_given *given = one->given.items;

    if (one->given.count > GIVEN_MAX) {
        diag_error(diags, one->node->line, one->node->col, "'given': %zu lines, at most %d are allowed",
                   one->given.count, GIVEN_MAX);
        return;
    }
    for (size_t i = 0; i < one->given.count; i++)
        check_one(test, one, one->given.nodes[i], &given[i], diags);
}

/* --- in a case that is played --- */

static void put_offline(struct rehearse_play *play, size_t index, const struct rehearse_given *given)
{
    int64_t now_ms = fake_world_now(play->world);

    play->faults[index] = fake_world_fault(
        play->world,
        &(struct fake_fault){.target = rehearse_key(play->one, play->arena, given->offline),
                             .fate = FATE_REFUSE,
                             .why = arena_printf(play->arena, "%s does not answer", given->offline),
                             .until_ms = given->for_ms ? now_ms + given->for_ms : INT64_MAX});
}

static void put_fault(struct rehearse_play *play, size_t index, const struct rehearse_given *given, int kind)
{
    play->faults[index] = fake_world_fault(
        play->world,
        &(struct fake_fault){.target = given->on ? rehearse_key(play->one, play->arena, given->on) : NULL,
                             .function = given->call,
                             .fate = kinds[kind].fate,
                             .why = given->fails     ? given->fails
                                    : given->refuses ? given->refuses
                                                     : given->cut,
                             .times = given->times ? (int)given->times : 1,
                             .after = (int)given->after});
}

static void put_crash(struct rehearse_play *play, size_t index, const struct rehearse_given *given)
{
    struct rehearsal_crash *crash = &play->crashes[play->crash_count++];

    *crash = (struct rehearsal_crash){
        .point = given->crash_after,
        .step = given->step,
        .target = given->target ? rehearse_key(play->one, play->arena, given->target) : NULL,
        .away_ms = given->away_ms};
    play->crash_of[index] = crash;
}

/* A host that is off is off, whatever else its calls would meet. */
void rehearse_apply_given(struct rehearse_play *play)
{
    const struct rehearse_given *given = play->one->given.items;

    for (size_t i = 0; i < play->one->given.count; i++)
        if (given[i].offline)
            put_offline(play, i, &given[i]);
    for (size_t i = 0; i < play->one->given.count; i++) {
        int kind = kind_of(play->one->given.nodes[i]);

        if (kind >= KIND_FAULT)
            put_fault(play, i, &given[i], kind);
        else if (kind == KIND_CRASH)
            put_crash(play, i, &given[i]);
        else if (kind == KIND_IS)
            play->starts[i] = fake_world_start(play->world, rehearse_key(play->one, play->arena, given[i].on),
                                               yaml_value(play->arena, given[i].is));
    }
}

void rehearse_check_met(struct rehearse_play *play)
{
    for (size_t i = 0; i < play->one->given.count; i++) {
        const struct yaml_node *node = play->one->given.nodes[i];
        int kind = kind_of(node);

        if (kind == KIND_CRASH && !play->crash_of[i]->used)
            rehearse_fail(play, node, "expected the engine to come to this crash, it never did");
        else if (kind == KIND_ANSWER && !play->answered[i])
            rehearse_fail(play, node, "expected people to be asked this, they were not");
        else if (kind == KIND_IS && !fake_world_started(play->world, play->starts[i]))
            rehearse_fail(play, node, "expected somebody to speak to this target, nobody did");
        else if ((kind == KIND_OFFLINE || kind >= KIND_FAULT) &&
                 fake_world_met(play->world, play->faults[i]) == 0)
            rehearse_fail(play, node, "expected a call to meet this, none did");
    }
}

/* The line that answers this question: by its id, else by its kind. -1: none does. */
static int answer_to(const struct rehearse_case *one, const struct ledger_ask *ask)
{
    const struct rehearse_given *given = one->given.items;
    const char *const names[] = {ask->id, ask->kind};

    for (size_t n = 0; n < 2; n++)
        for (size_t i = 0; i < one->given.count; i++)
            if (given[i].answer && strcmp(given[i].answer, names[n]) == 0)
                return (int)i;
    return -1;
}

int rehearse_answer(struct rehearse_play *play, struct soar_err *err)
{
    struct loop *loop = rehearsal_loop(play->rehearsal);
    const struct rehearse_given *given = play->one->given.items;
    int answers = 0;

    for (size_t i = 0; i < ledger_ask_count(loop_ledger(loop)); i++) {
        const struct ledger_ask *ask = ledger_ask_at(loop_ledger(loop), i);
        int line = ask->open ? answer_to(play->one, ask) : -1;

        if (line < 0)
            continue;
        if (loop_answer(loop, ask->id, given[line].say, "the test", "", err))
            return -1;
        play->answered[line] = true;
        answers++;
    }
    return answers;
}
