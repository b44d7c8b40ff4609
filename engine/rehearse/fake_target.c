/* The targets of a fake world: models with a state, what a call does to it, and what a target answers.
 * A writing call is answered by what the target was when it acted; a reading one by what it is. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/text.h"
#include "engine/action/pack.h"
#include "engine/rehearse/fake_parts.h"

/* --- targets
 * ----------------------------------------------------------------------------------------------------------
 */

/* "Isolate_Endpoint/linux-nftables/apply/1" in its pieces. */
struct place {
    char action[128], provider[128], phase[16];
    int position;
};

static struct place place_of(const char *text)
{
    struct place place = {.position = 0};
    char *parts[3] = {place.action, place.provider, place.phase};
    const size_t sizes[3] = {sizeof place.action, sizeof place.provider, sizeof place.phase};

    for (int i = 0; i < 3; i++) {
        size_t len = strcspn(text, "/");

        if (len < sizes[i])
            memcpy(parts[i], text, len);
        text += len + (text[len] == '/');
    }
    place.position = (int)strtol(text, NULL, 10);
    return place;
}

static const struct model *model_of(const struct fake_world *world, const char *action, const char *provider)
{
    for (size_t s = 0; s < world->model_sets; s++)
        for (size_t i = 0; i < world->model_counts[s]; i++)
            if (text_same_fold(world->models[s][i].action, action) &&
                (!provider || pack_provider_called(provider, world->models[s][i].provider)))
                return &world->models[s][i];
    return NULL;
}

bool fake_world_has_model(const struct fake_world *world, const char *place)
{
    struct place parts = place_of(place);

    return model_of(world, parts.action, parts.provider) != NULL;
}

static bool is_text(const char *start, size_t len, const char *wanted)
{
    return strlen(wanted) == len && memcmp(start, wanted, len) == 0;
}

static const char *strip_host(const char *wanted)
{
    static const char host[] = "host:";

    return strncmp(wanted, host, strlen(host)) == 0 ? wanted + strlen(host) : wanted;
}

/* "user:corp-ad/jdoe" is jdoe, and jdoe@corp-ad; and who speaks to him there speaks to corp-ad. An address at
 * a firewall likewise. */
static bool is_placed(const char *key, const char *wanted, bool by_place)
{
    const char *colon = strchr(key, ':');
    bool some = strncmp(key, "user:", 5) == 0 || strncmp(key, "address:", 8) == 0;
    const char *place = some ? colon + 1 : key;
    const char *slash = some ? strchr(place, '/') : NULL;
    const char *at = strrchr(wanted, '@');

    if (!slash)
        return false;
    if (at)
        return is_text(wanted, (size_t)(at - wanted), slash + 1) &&
               is_text(place, (size_t)(slash - place), at + 1);
    return strcmp(slash + 1, wanted) == 0 ||
           (by_place && is_text(place, (size_t)(slash - place), strip_host(wanted)));
}

bool fake_is_called(const char *key, const char *wanted)
{
    const char *colon = strchr(key, ':');

    return strcmp(wanted, key) == 0 || (colon && strcmp(wanted, colon + 1) == 0) ||
           is_placed(key, wanted, false);
}

bool fake_is(const char *key, const char *wanted)
{
    return fake_is_called(key, wanted) || is_placed(key, wanted, true);
}

static struct value overlaid(struct arena *arena, const struct value *under, const struct value *over)
{
    struct value_builder builder;

    value_build(&builder, arena);
    for (size_t i = 0; i < value_count(under); i++)
        value_put(&builder, under->map->keys[i], under->map->values[i]);
    for (size_t i = 0; i < value_count(over); i++)
        value_put(&builder, over->map->keys[i], over->map->values[i]);
    return value_end_map(&builder);
}

static struct fake_target *target_of(struct fake_world *world, const char *key, const struct model *model)
{
    struct fake_target *target = world->targets;

    key = fake_world_resolve(world, key);
    while (target && (target->model != model || strcmp(target->target, key) != 0))
        target = target->next;
    if (target || !model)
        return target;
    target = calloc(1, sizeof *target);
    if (!target)
        abort();
    target->target = strdup(key);
    target->model = model;
    target->arena = arena_new();
    target->state = value_copy(target->arena, &model->start);
    for (size_t i = 0; i < world->start_count; i++)
        if (fake_is_called(key, world->starts[i].target)) {
            target->state = overlaid(target->arena, &target->state, &world->starts[i].state);
            world->starts[i].met = true;
        }
    target->next = world->targets;
    world->targets = target;
    return target;
}

static void set_state(struct fake_world *world, struct fake_target *target, const struct value *set)
{
    struct arena *arena = arena_new();
    struct value next = overlaid(arena, &target->state, set);

    next = value_copy(arena, &next);
    arena_free(target->arena);
    target->arena = arena;
    target->state = next;
    target->changed_ms = world->now_ms;
    target->stays = false;
}

/* What the target does to itself when it was left alone for too long. */
static void lapse(struct fake_world *world, struct fake_target *target)
{
    const struct model *model = target->model;
    if (target->stays || !model->lapse_when || world->now_ms - target->changed_ms < model->lapse_after_ms)
        return;
    ARENA_SCOPED arena = arena_new();
    struct value names = model_names(arena, &target->state, target->target);

    if (model_holds(model->lapse_when, &names, arena)) {
        set_state(world, target, &model->lapse_set);
        target->lapses++;
    } else {
        target->stays = true;
    }
}

void fake_world_lapse(struct fake_world *world)
{
    for (struct fake_target *target = world->targets; target; target = target->next)
        lapse(world, target);
}

static bool answers_in(const struct model_answer *rule, const struct place *place)
{
    bool verify = strcmp(place->phase, "verify") == 0 && strcmp(rule->phase, "check") == 0;

    return (verify || strcmp(rule->phase, place->phase) == 0) &&
           (!rule->position || rule->position == place->position);
}

/* What stands in an answer where the model says nothing of it. */
static struct value usual_answer(struct arena *arena, const char *function)
{
    static const struct {
        const char *connector;
        const char *answer;
    } usual[] = {{"ldap.", "{\"code\":0,\"text\":\"\",\"entries\":[]}"},
                 {"http.", "{\"status\":200,\"headers\":{},\"text\":\"\",\"body\":null,\"cut\":0}"},
                 {"", "{\"exit\":0,\"out\":\"\",\"err\":\"\",\"cut\":0}"}};
    struct value answer = value_null();
    struct soar_err err;
    size_t i = 0;

    while (strncmp(function, usual[i].connector, strlen(usual[i].connector)) != 0)
        i++;
    return json_parse(arena, usual[i].answer, strlen(usual[i].answer), &answer, &err) < 0 ? value_null()
                                                                                          : answer;
}

const char *fake_call_result(struct fake_world *world, const struct fake_call *call, struct arena *arena)
{
    struct place place = place_of(call->place);
    struct fake_target *target =
        target_of(world, call->target, model_of(world, place.action, place.provider));
    struct value answer = usual_answer(arena, call->function);
    struct value names = target ? model_names(arena, &target->state, target->target) : value_null();
    struct cel_scope scope = cel_scope_map(&names, NULL);

    for (size_t i = 0; target && i < target->model->answer_count; i++) {
        const struct model_answer *rule = &target->model->answers[i];

        if (!answers_in(rule, &place) || (rule->when && !model_holds(rule->when, &names, arena)))
            continue;
        struct value said = tree_eval(rule->answer, &scope, arena);

        answer = said.kind == VALUE_MAP ? overlaid(arena, &answer, &said) : said;
        break;
    }
    return json_text(arena, &answer);
}

void fake_call_acts(struct fake_world *world, struct fake_call *call)
{
    ARENA_SCOPED said = arena_new();
    struct place place = place_of(call->place);
    struct fake_target *target =
        target_of(world, call->target, model_of(world, place.action, place.provider));
    struct fake_effect effect = {.target = call->target, .place = call->place, .session = call->session};

    call->acts_ms = INT64_MAX;
    fake_evidence_acts(world, call);
    if (!call->write || fake_is_writer(call) || call->fate == FATE_CUT)
        return;
    if (target && target->model->fenced && call->sequence < target->fence) {
        call->result = strdup("{\"exit\":13,\"out\":\"\",\"err\":\"\",\"cut\":0}");
        return;
    }
    if (target)
        target->fence = call->sequence;
    call->result = strdup(fake_call_result(world, call, said));
    for (size_t i = 0; target && i < target->model->effect_count; i++) {
        const struct model_effect *rule = &target->model->effects[i];
        ARENA_SCOPED arena = arena_new();

        if (strcmp(rule->phase, place.phase) != 0 || (rule->position && rule->position != place.position))
            continue;
        struct value names = model_names(arena, &target->state, target->target);
        bool counts = !rule->counts || model_holds(rule->counts, &names, arena);

        set_state(world, target, &rule->set);
        effect.counts = effect.counts || counts;
        target->changes += counts;
    }
    if (world->effect)
        world->effect(world->effect_arg, &effect);
}

/* --- what is true
 * ----------------------------------------------------------------------------------------------------- */

void fake_world_break(struct fake_world *world, const char *target, const char *action)
{
    for (struct fake_target *one = world->targets; one; one = one->next)
        if (fake_is(one->target, target) && strcmp(one->model->action, action) == 0) {
            set_state(world, one, &one->model->start);
            one->lapses++;
        }
}

void fake_world_set(struct fake_world *world, const char *target, struct value state)
{
    for (struct fake_target *one = world->targets; one; one = one->next)
        if (fake_is(one->target, target))
            set_state(world, one, &state);
}

bool fake_world_contained(struct fake_world *world, const char *target, const char *action)
{
    target = fake_world_resolve(world, target);
    fake_world_lapse(world);
    for (struct fake_target *one = world->targets; one; one = one->next) {
        ARENA_SCOPED arena = arena_new();
        struct value names = model_names(arena, &one->state, one->target);

        if (strcmp(one->target, target) == 0 && strcmp(one->model->action, action) == 0 &&
            model_holds(one->model->contained, &names, arena))
            return true;
    }
    return false;
}

int fake_world_changes(const struct fake_world *world, const char *target, const char *action)
{
    int changes = 0;

    target = fake_world_resolve(world, target);
    for (const struct fake_target *one = world->targets; one; one = one->next)
        if (strcmp(one->target, target) == 0 && strcmp(one->model->action, action) == 0)
            changes += one->changes;
    return changes;
}

int fake_world_lapses(const struct fake_world *world, const char *target, const char *action)
{
    int lapses = 0;

    target = fake_world_resolve(world, target);
    for (const struct fake_target *one = world->targets; one; one = one->next)
        if (strcmp(one->target, target) == 0 && strcmp(one->model->action, action) == 0)
            lapses += one->lapses;
    return lapses;
}

size_t fake_world_calls(const struct fake_world *world, const char *target, const char *function)
{
    size_t calls = 0;

    for (const struct fake_count *one = world->counts; one; one = one->next)
        if ((!target || fake_is(one->target, target)) && (!function || strcmp(one->function, function) == 0))
            calls += one->calls;
    return calls;
}
