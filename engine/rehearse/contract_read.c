/* A contract's text becomes a checked structure: the whole of it, or nothing and the list of its mistakes. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/cel/regex.h"
#include "engine/rehearse/contract_parts.h"

enum { CASES_MAX = 200, PARTS_MAX = 10 };

static const char *const part_names[] = {"check", "apply", "revert", NULL};

const char *contract_part_name(enum contract_part part)
{
    return part_names[part];
}

struct reading {
    struct arena *arena;
    struct diag_list *diags;
    struct contract *contract;
    const struct file_contract *file;
};

static void read_operations(struct reading *reading)
{
    const struct bind_array *array = &reading->file->operations;
    const struct file_operation *files = array->items;
    struct contract *contract = reading->contract;

    contract->operations = arena_array(reading->arena, array->count + 1, sizeof *contract->operations);
    for (size_t i = 0; i < array->count && i < OPERATIONS_MAX; i++) {
        contract_read_operation(reading->arena, array->names[i], &files[i], array->nodes[i],
                                &contract->operations[contract->operation_count], reading->diags);
        contract->operation_count++;
    }
    if (array->count > OPERATIONS_MAX)
        diag_error(reading->diags, array->names[0]->line, array->names[0]->col, "more than %d operations",
                   OPERATIONS_MAX);
}

static int read_part(struct reading *reading, const struct yaml_node *node, enum contract_part *ret_part)
{
    const char *text = node->kind == YAML_SCALAR ? node->text : "";

    for (int part = 0; part < PART_COUNT; part++)
        if (strcmp(part_names[part], text) == 0) {
            *ret_part = (enum contract_part)part;
            return 0;
        }
    diag_error(reading->diags, node->line, node->col, "'do': expected check, apply or revert, found %s%s",
               node->kind == YAML_SCALAR ? node->text : bind_found(node),
               bind_meant(reading->arena, text, part_names));
    return -1;
}

static int read_do(struct reading *reading, const struct yaml_node *node, struct contract_case *one)
{
    enum contract_part *parts = arena_array(reading->arena, PARTS_MAX, sizeof *parts);

    one->parts = parts;
    one->part_count = 1;
    parts[0] = PART_APPLY;
    if (!node)
        return 0;
    if (node->kind != YAML_LIST)
        return read_part(reading, node, &parts[0]);
    if (node->count == 0 || node->count > PARTS_MAX) {
        diag_error(reading->diags, node->line, node->col, "'do': expected 1 to %d of check, apply and revert",
                   PARTS_MAX);
        return -1;
    }
    one->part_count = node->count;
    for (size_t i = 0; i < node->count; i++)
        if (read_part(reading, node->items[i], &parts[i]))
            return -1;
    return 0;
}

static int read_expect(struct reading *reading, const struct file_expect *file, const struct yaml_node *node,
                       struct contract_expect *expect)
{
    const struct match_how how = {.open = true, .names = true};
    struct soar_err err = {0};

    expect->line = node->line;
    expect->col = node->col;
    if (yaml_get(node, "outcome"))
        expect->outcome = contract_outcomes[file->outcome];
    if (yaml_get(node, "verdict"))
        expect->verdict = contract_verdicts[file->verdict];
    if (file->kept)
        expect->kept = match_read(reading->arena, file->kept, how, reading->diags);
    if (file->why) {
        expect->why_text = file->why->text;
        expect->why = regex_new(reading->arena, file->why->text, file->why->len, &err);
        if (!expect->why)
            diag_error(reading->diags, file->why->line, file->why->col, "'why': %s", err.text);
    }
    return 0;
}

/* One alone is the last one's. */
static void read_expects(struct reading *reading, const struct file_case *file, const struct yaml_node *node,
                         struct contract_case *one)
{
    struct contract_expect *expects = arena_array(reading->arena, one->part_count, sizeof *expects);
    const struct file_expect *files = file->expect.items;
    size_t first = one->part_count - 1;

    if (node->kind == YAML_LIST) {
        first = 0;
        if (file->expect.count != one->part_count) {
            diag_error(reading->diags, node->line, node->col,
                       "'expect': expected %zu, one for each of `do`, found %zu", one->part_count,
                       file->expect.count);
            return;
        }
    }
    for (size_t i = 0; i < one->part_count; i++)
        expects[i] = (struct contract_expect){.line = node->line, .col = node->col};
    for (size_t i = 0; i < file->expect.count; i++)
        if (file->expect.nodes[i]->kind == YAML_MAP)
            read_expect(reading, &files[i], file->expect.nodes[i], &expects[first + i]);
    one->expects = expects;
}

/* `{times: N, play: [...]}`: these lines, in this order, N times. NULL: it is an ordinary line. */
static const struct yaml_node *group_of(struct reading *reading, const struct yaml_node *node,
                                        size_t *ret_rounds)
{
    const struct yaml_node *play = node->kind == YAML_MAP ? yaml_get(node, "play") : NULL;
    const struct yaml_node *times = play ? yaml_get(node, "times") : NULL;
    char *end = NULL;
    long rounds = times && times->kind == YAML_SCALAR ? strtol(times->text, &end, 10) : 0;

    *ret_rounds = 1;
    if (!play)
        return NULL;
    if (node->count == 2 && end && !*end && rounds >= 1 && rounds <= TIMES_MAX && play->kind == YAML_LIST &&
        play->count) {
        *ret_rounds = (size_t)rounds;
        return play;
    }
    diag_error(reading->diags, node->line, node->col,
               "expected {times: N, play: [requests]}: these in this order, 1 to %d times", TIMES_MAX);
    return NULL;
}

/* The group's lines are read once; each round is a copy. */
static void read_group(struct reading *reading, const struct yaml_node *list, size_t rounds,
                       struct contract_line *play)
{
    for (size_t i = 0; i < list->count; i++) {
        contract_read_line(reading->arena, reading->contract, list->items[i], &play[i], reading->diags);
        play[i].rounds = (int)rounds;
    }
    for (size_t round = 0; round < rounds; round++)
        for (size_t i = 0; i < list->count; i++) {
            struct contract_line *line = &play[round * list->count + i];

            *line = play[i];
            line->round = (int)round + 1;
        }
}

static void read_play(struct reading *reading, const struct yaml_node *node, struct contract_case *one)
{
    struct contract_line *play;
    size_t rounds = 1;
    size_t count = 0;
    size_t errors = reading->diags->errors;

    if (node->kind != YAML_LIST || node->count > PLAY_MAX) {
        diag_error(reading->diags, node->line, node->col,
                   "'play': expected a list of at most %d requests, found %s", PLAY_MAX, bind_found(node));
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        const struct yaml_node *group = group_of(reading, node->items[i], &rounds);

        count += group ? group->count * rounds : 1;
    }
    if (count > PLAYED_MAX)
        diag_error(reading->diags, node->line, node->col, "'play': %zu requests, more than %d", count,
                   PLAYED_MAX);
    if (reading->diags->errors != errors)
        return;
    play = arena_array(reading->arena, count + 1, sizeof *play);
    one->line_count = count;
    one->play = play;
    for (size_t i = 0; i < node->count; i++) {
        const struct yaml_node *group = group_of(reading, node->items[i], &rounds);

        if (group)
            read_group(reading, group, rounds, play);
        else
            contract_read_line(reading->arena, reading->contract, node->items[i], play, reading->diags);
        play += group ? group->count * rounds : 1;
    }
}

static void read_case(struct reading *reading, const struct file_case *file, const struct yaml_node *node,
                      struct contract_case *one)
{
    const struct yaml_node *expect = yaml_get(node, "expect");

    *one = (struct contract_case){.name = file->name,
                                  .line = node->line,
                                  .col = node->col,
                                  .target = file->target ? file->target : reading->file->target,
                                  .with = file->with ? file->with : reading->file->with,
                                  .options = file->options};
    if (one->with && one->with->kind != YAML_MAP) {
        diag_error(reading->diags, one->with->line, one->with->col, "'with': expected a map, found %s",
                   bind_found(one->with));
        one->with = NULL;
    }
    if (read_do(reading, file->part, one))
        return;
    if (file->play)
        read_play(reading, file->play, one);
    if (expect)
        read_expects(reading, file, expect, one);
}

static void check_names(const struct reading *reading)
{
    const struct contract *contract = reading->contract;

    for (size_t i = 0; i < contract->case_count; i++)
        for (size_t j = 0; j < i && contract->cases[i].name; j++)
            if (contract->cases[j].name && text_same_fold(contract->cases[i].name, contract->cases[j].name)) {
                diag_error(reading->diags, contract->cases[i].line, contract->cases[i].col,
                           "a case '%s' stands on line %d already", contract->cases[i].name,
                           contract->cases[j].line);
                break;
            }
}

static void read_cases(struct reading *reading, const struct yaml_node *root)
{
    const struct bind_array *array = &reading->file->cases;
    const struct file_case *files = array->items;
    const struct yaml_node *list = yaml_get(root, "cases");
    struct contract_case *cases;

    if (array->count == 0 || array->count > CASES_MAX) {
        diag_error(reading->diags, list->line, list->col, "'cases': expected 1 to %d cases, found %zu",
                   CASES_MAX, array->count);
        return;
    }
    cases = arena_array(reading->arena, array->count, sizeof *cases);
    for (size_t i = 0; i < array->count; i++)
        read_case(reading, &files[i], array->nodes[i], &cases[i]);
    reading->contract->cases = cases;
    reading->contract->case_count = array->count;
    check_names(reading);
    for (size_t i = 0; i < reading->contract->operation_count; i++) {
        const struct contract_operation *operation = &reading->contract->operations[i];

        if (!operation->played && reading->diags->errors == 0)
            diag_warning(reading->diags, operation->line, operation->col, "no case plays '%s'",
                         operation->name);
    }
}

/* "Isolate_Endpoint/defender" */
static void read_provider(struct reading *reading)
{
    const struct yaml_node *node = reading->file->provider;
    const char *slash = node ? strchr(node->text, '/') : NULL;

    if (!node)
        return;
    reading->contract->provider_node = node;
    if (slash && slash != node->text && slash[1]) {
        reading->contract->action = arena_copy(reading->arena, node->text, (size_t)(slash - node->text));
        reading->contract->provider = arena_string(reading->arena, slash + 1);
        return;
    }
    diag_error(reading->diags, node->line, node->col, "'provider': expected ACTION/PROVIDER, found '%s'",
               node->text);
}

/* A test speaks to nobody but the stand-in: what is an address begins with its. A `token` is one where it
 * isn't a secret. */
static bool is_local(const char *address)
{
    size_t len = strlen(CONTRACT_SERVER);

    return strncmp(address, CONTRACT_SERVER, len) == 0 && (!address[len] || address[len] == '/');
}

/* A test speaks to nobody but the stand-in: what is an address begins with its. A `token` is one where it
 * isn't a secret. */
static void check_local(struct reading *reading, const struct yaml_node *node)
{
    for (size_t i = 0; node->kind != YAML_SCALAR && i < node->count; i++) {
        const struct yaml_node *item = node->items[i];
        const char *key = node->keys ? node->keys[i]->text : "";
        bool secret = item->kind == YAML_SCALAR && strncmp(item->text, "text:", strlen("text:")) == 0;

        check_local(reading, item);
        if (item->kind == YAML_SCALAR && !secret && (strcmp(key, "url") == 0 || strcmp(key, "token") == 0) &&
            !is_local(item->text))
            diag_error(reading->diags, item->line, item->col,
                       "'%s': expected an address that begins with %s: a test speaks to nobody else", key,
                       CONTRACT_SERVER);
    }
}

static void read_service(struct reading *reading)
{
    const struct yaml_node *node = reading->file->service;

    reading->contract->service = node;
    if (node && node->kind != YAML_MAP)
        diag_error(reading->diags, node->line, node->col,
                   "'service': expected a map, as in an inventory, found %s", bind_found(node));
    else if (node)
        check_local(reading, node);
}

struct contract *contract_load(struct arena *arena, const char *text, size_t len, const char *file,
                               struct diag_list *diags)
{
    size_t before = diags->errors;
    struct contract *contract = arena_alloc(arena, sizeof *contract);
    struct file_contract bound = {0};
    struct reading reading = {.arena = arena, .diags = diags, .contract = contract, .file = &bound};
    const struct yaml_node *root = yaml_parse(arena, text, len, diags);

    if (!root) {
        if (diags->errors == before)
            diag_error(diags, 0, 0, "an empty file: expected a contract");
        return NULL;
    }
    bind_map(arena, root, &contract_file_table, &bound, diags);
    if (root->kind != YAML_MAP)
        return NULL;
    contract->file = arena_string(arena, file);
    contract->title = bound.title;
    read_provider(&reading);
    read_service(&reading);
    read_operations(&reading);
    if (yaml_get(root, "cases"))
        read_cases(&reading, root);
    return diags->errors == before ? contract : NULL;
}
