/* The evidence writer of a fake world: its store outlives the engine, as the real one does.
 *
 * A writer hears the end of its stream when the collector at the other end is through, has failed, or was
 * given up. What it was told to seal stays sealed; a part that nobody sealed is there for who salvages. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/digest.h"
#include "engine/base/json.h"
#include "engine/rehearse/fake_parts.h"

enum { STREAM_BYTES = 1 << 20, AFTER_MS = 10 };

bool fake_is_writer(const struct fake_call *call)
{
    return strncmp(call->function, "evidence.", 9) == 0;
}

static bool is_keep(const struct fake_call *call)
{
    return strcmp(call->function, "evidence.keep") == 0;
}

static struct fake_kept *kept_of(struct fake_world *world, const char *id)
{
    struct fake_kept *kept = world->kept;

    while (kept && strcmp(kept->id, id) != 0)
        kept = kept->next;
    if (kept)
        return kept;
    kept = calloc(1, sizeof *kept);
    if (!kept)
        abort();
    kept->id = strdup(id);
    kept->next = world->kept;
    world->kept = kept;
    return kept;
}

bool fake_world_has_whole(const struct fake_world *world, const char *evidence)
{
    for (const struct fake_kept *kept = world->kept; kept; kept = kept->next)
        if (strcmp(kept->id, evidence) == 0)
            return kept->sealed && kept->whole;
    return false;
}

void fake_kept_free(struct fake_world *world)
{
    while (world->kept) {
        struct fake_kept *next = world->kept->next;

        free(world->kept->id);
        free(world->kept);
        world->kept = next;
    }
}

/* Which evidence it is about: its writer's arguments say; a collector's, the latest writer's of its target.
 */
void fake_evidence_call(struct fake_world *world, struct fake_call *call, const struct soar_call *from)
{
    ARENA_SCOPED arena = arena_new();
    struct value args;

    if (fake_is_writer(call)) {
        if (json_parse(arena, from->args, strlen(from->args), &args, NULL) == 0)
            call->evidence = strdup(value_get_string(&args, "id", ""));
        call->whole = value_get_bool(&args, "whole", false);
        call->waits = is_keep(call) && (call->fate == FATE_WELL || call->fate == FATE_TWICE);
        if (call->waits)
            call->answers_ms = INT64_MAX;
        return;
    }
    for (const struct fake_call *writer = world->calls; from->descriptor && writer && !call->evidence;
         writer = writer->next)
        if (fake_is_writer(writer) && is_keep(writer) && strcmp(writer->target, call->target) == 0)
            call->evidence = strdup(writer->evidence);
}

/* Nothing more comes from this collector. */
void fake_evidence_over(struct fake_world *world, const struct fake_call *call)
{
    for (struct fake_call *writer = world->calls; call->evidence && writer; writer = writer->next)
        if (writer->waits && !fake_is_writer(call) && strcmp(writer->evidence, call->evidence) == 0) {
            writer->waits = false;
            writer->answers_ms = world->now_ms + AFTER_MS;
        }
}

/* A collector's stream is there, or half of it; what a writer does to the store is done. */
void fake_evidence_acts(struct fake_world *world, const struct fake_call *call)
{
    struct fake_kept *kept = call->evidence ? kept_of(world, call->evidence) : NULL;

    if (!kept || kept->sealed)
        return;
    if (!fake_is_writer(call)) {
        kept->bytes = call->fate == FATE_CUT ? STREAM_BYTES / 2 : STREAM_BYTES;
    } else if (is_keep(call)) {
        kept->begun = true;
    } else {
        kept->sealed = true;
        kept->whole = call->whole; /* salvaging says nothing of it: it isn't */
    }
}

const char *fake_evidence_result(struct fake_world *world, const struct fake_call *call, struct arena *arena)
{
    const struct fake_kept *kept = kept_of(world, call->evidence);
    int64_t bytes = kept->begun ? kept->bytes : 0;
    char hex[DIGEST_HEX];
    struct value_builder map;

    digest_sha256_hex(kept->id, bytes ? strlen(kept->id) : 0, hex);
    value_build(&map, arena);
    value_put_text(&map, "id", value_static(kept->id));
    if (is_keep(call)) {
        value_put_text(&map, "ended", value_static("end"));
    } else {
        value_put_text(&map, "whole", value_bool(kept->whole));
        value_put_text(&map, "why",
                       value_static(kept->whole ? "" : "soar ended before it was sealed, or it was cut"));
        value_put_text(&map, "file", value_text(arena, arena_printf(arena, "objects/%s", hex)));
        value_put_text(&map, "record_sha256", value_text(arena, hex));
    }
    value_put_text(&map, "bytes", value_int(bytes));
    value_put_text(&map, "sha256", value_text(arena, hex));
    value_put_text(&map, "stored_bytes", value_int(bytes / 2));
    value_put_text(&map, "stored_sha256", value_text(arena, hex));
    struct value result = value_end_map(&map);

    return json_text(arena, &result);
}
