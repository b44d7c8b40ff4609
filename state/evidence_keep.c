/* The steps of keeping, in the order that makes each crash harmless: facts, part, verdict, object, record,
 * and only then is the part let go. Each step is durable before the next one begins, and salvage goes through
 * the same ones from where it finds them. */
#include "state/evidence_keep.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "state/evidence_facts.h"
#include "state/evidence_manifest.h"

struct evidence_keeper {
    struct evidence_options options;
    const struct world *world;
    struct evidence_dir dir; /* open when dir.path is set */
    struct ed25519 *key;
    struct arena *arena; /* of what is known of the evidence */
    char id[EVIDENCE_ID_MAX + 1];
    int part;
    struct value told;
    struct evidence_sum sum;
    const char *stopped;
    int64_t begun_ms, ended_ms, took_ms;
};

struct evidence_keeper *evidence_keeper_new(const struct evidence_options *options, const struct world *world)
{
    struct evidence_keeper *keeper = calloc(1, sizeof *keeper);
    if (keeper == NULL)
        abort();
    keeper->options = *options;
    keeper->world = world;
    keeper->part = -1;
    keeper->arena = arena_new();
    return keeper;
}

static void drop_part(struct evidence_keeper *keeper)
{
    if (keeper->part >= 0)
        close(keeper->part);
    keeper->part = -1;
}

void evidence_keeper_free(struct evidence_keeper *keeper)
{
    if (keeper == NULL)
        return;
    drop_part(keeper);
    if (keeper->dir.path)
        evidence_dir_close(&keeper->dir);
    ed25519_free(keeper->key);
    arena_free(keeper->arena);
    free(keeper);
}

/* The key is looked for before anything is read: to hear in the end that there is none would cost a dump. */
static int open_store(struct evidence_keeper *keeper, struct soar_err *err)
{
    struct evidence_dir dir;
    if (keeper->dir.path)
        return 0;
    if (evidence_dir_open(keeper->options.dir, true, &dir, err))
        return -1;
    if (evidence_key_load(&dir, keeper->options.key, true, &keeper->key, err)) {
        evidence_dir_close(&dir);
        return -1;
    }
    keeper->dir = dir;
    return 0;
}

static int take_id(const struct value *args, const char **ret_id, struct soar_err *err)
{
    *ret_id = value_get_string(args, "id", "");
    return evidence_is_id(*ret_id) ? 0 : soar_err_set(err, SOAR_INVALID, "id is none of an evidence");
}

static int64_t wall_ms(const struct evidence_keeper *keeper)
{
    return keeper->world->wall_ms(keeper->world->arg);
}

static int note_facts(struct evidence_keeper *keeper, const struct value *facts, struct soar_err *err)
{
    BUF_SCOPED text;
    buf_init(&text, LIMIT_EVIDENCE_RECORD_BYTES / 2);
    buf_printf(&text, "{\"begun_ms\":%" PRId64 ",\"facts\":", keeper->begun_ms);
    json_print(&text, facts);
    buf_char(&text, '}');
    if (text.failed)
        return soar_err_set(err, SOAR_INVALID, "the facts of an evidence are more than %d bytes",
                            LIMIT_EVIDENCE_RECORD_BYTES / 2);
    return evidence_part_note(&keeper->dir, keeper->id, "json", text.data, text.len, err);
}

static int begin_part(struct evidence_keeper *keeper, const struct value *facts, struct soar_err *err)
{
    const char *id = "";
    struct value record;
    char sha256[DIGEST_HEX];
    ARENA_SCOPED arena = arena_new();
    if (take_id(facts, &id, err) || open_store(keeper, err))
        return -1;
    if (keeper->part >= 0)
        return soar_err_set(err, SOAR_INVALID, "this writer has %s still", keeper->id);
    if (evidence_manifest_find(&keeper->dir, id, arena, &record, sha256, NULL) == 0)
        return soar_err_set(err, SOAR_INVALID, "%s is in the manifest already", id);
    if (evidence_part_new(&keeper->dir, id, &keeper->part, err))
        return -1;
    memcpy(keeper->id, id, strlen(id) + 1);
    keeper->told = value_copy(keeper->arena, facts);
    keeper->begun_ms = wall_ms(keeper);
    if (note_facts(keeper, facts, err) == 0)
        return 0;
    drop_part(keeper);
    (void)evidence_part_drop(&keeper->dir, keeper->id, NULL);
    return -1;
}

static uint64_t limit_of(const struct evidence_keeper *keeper, const struct value *facts)
{
    int64_t limit = value_get_int(facts, "limit_bytes", 0);
    bool given = limit > 0 && (uint64_t)limit < keeper->options.at_most;
    return given ? (uint64_t)limit : keeper->options.at_most;
}

static struct value kept_answer(const struct evidence_keeper *keeper, enum evidence_end end,
                                struct arena *arena)
{
    struct value_builder map;
    value_build(&map, arena);
    value_put_text(&map, "id", value_text(arena, keeper->id));
    value_put_text(&map, "ended", value_static(evidence_end_name(end)));
    value_put_text(&map, "why", value_text(arena, keeper->stopped));
    value_put_text(&map, "bytes", value_int((int64_t)keeper->sum.bytes));
    value_put_text(&map, "sha256", value_text(arena, keeper->sum.sha256));
    value_put_text(&map, "stored_bytes", value_int((int64_t)keeper->sum.stored_bytes));
    value_put_text(&map, "stored_sha256", value_text(arena, keeper->sum.stored_sha256));
    value_put_text(&map, "took_ms", value_int(keeper->took_ms));
    return value_end_map(&map);
}

static int64_t boot_ms(void)
{
    const struct world *world = world_system();
    return world->boot_ms(world->arg);
}

int evidence_keep(struct evidence_keeper *keeper, const struct value *facts, int in, int64_t deadline_ms,
                  const struct evidence_watch *watch, struct arena *arena, struct value *ret,
                  struct soar_err *err)
{
    struct soar_err why = {0};
    enum evidence_end end = EVIDENCE_FAILED;
    if (begin_part(keeper, facts, err)) {
        close(in);
        return -1;
    }
    struct evidence_flow flow = {.dir = &keeper->dir,
                                 .in = in,
                                 .part = keeper->part,
                                 .limit = limit_of(keeper, facts),
                                 .reserve = keeper->options.reserve,
                                 .deadline_ms = deadline_ms,
                                 .now_ms = boot_ms,
                                 .watch = watch};
    int64_t begun = boot_ms();
    int rc = evidence_stream(&flow, &keeper->sum, &end, &why, err);
    keeper->took_ms = boot_ms() - begun;
    keeper->ended_ms = wall_ms(keeper);
    if (rc) {
        drop_part(keeper);
        return soar_err_wrap(err, "%s", keeper->id);
    }
    keeper->stopped = arena_string(keeper->arena, why.text);
    *ret = kept_answer(keeper, end, arena);
    return 0;
}

/* One of the same contents that is there already is looked at before it is trusted. */
static int same_object(const struct evidence_dir *dir, const char *object, const struct evidence_watch *watch,
                       struct evidence_sum *sum, bool *ret_same, struct soar_err *err)
{
    struct evidence_frame frame;
    int fd = -1;
    if (evidence_object_open(dir, object, &fd, err))
        return -1;
    int rc = evidence_frame_read(fd, watch, &frame, err);
    close(fd);
    if (rc)
        return soar_err_wrap(err, "%s", object);
    *ret_same = frame.whole && frame.sum.bytes == sum->bytes && !strcmp(frame.sum.sha256, sum->sha256);
    if (*ret_same)
        *sum = frame.sum;
    return 0;
}

static void put_all(struct value_builder *map, const struct value *from)
{
    for (size_t i = 0; i < from->map->count; i++)
        value_put(map, from->map->keys[i], from->map->values[i]);
}

/* The part becomes an object, or finds that it is one. No bytes are no object. */
static int place(struct evidence_keeper *keeper, const struct evidence_watch *watch, struct evidence_sum *sum,
                 struct value_builder *map, struct soar_err *err)
{
    char object[EVIDENCE_OBJECT_MAX] = "";
    bool again = false;
    for (unsigned n = 1; sum->bytes > 0 && n <= EVIDENCE_OBJECTS_SAME; n++) {
        evidence_object_name(sum->sha256, n, object);
        int there = evidence_object_link(&keeper->dir, keeper->id, keeper->part, object, err);
        if (there < 0 || (there && same_object(&keeper->dir, object, watch, sum, &again, err)))
            return -1;
        if (!there || again)
            break;
        if (n == EVIDENCE_OBJECTS_SAME)
            return soar_err_set(err, SOAR_PERMANENT, "%s and all others of its name are damaged", object);
    }
    value_put_text(map, "stored_bytes", value_int((int64_t)sum->stored_bytes));
    value_put_text(map, "stored_sha256", value_text(map->arena, sum->stored_sha256));
    value_put_text(map, "object", value_text(map->arena, object));
    if (again)
        value_put_text(map, "again", value_bool(true));
    return 0;
}

/* From here on it is evidence: the object first, then its record. */
static int record(struct evidence_keeper *keeper, struct value_builder *map, struct evidence_sum *sum,
                  const struct evidence_watch *watch, struct arena *arena, struct value *ret,
                  struct soar_err *err)
{
    int64_t n = 0;
    char sha256[DIGEST_HEX];
    if (place(keeper, watch, sum, map, err))
        return -1;
    struct value body = value_end_map(map);
    char *text = json_text(arena, &body);
    if (evidence_manifest_add(&keeper->dir, keeper->key, text, strlen(text), &n, sha256, err))
        return -1;
    put_all(map, &body);
    value_put_text(map, "n", value_int(n));
    body = value_end_map(map);
    *ret = evidence_facts_answer(arena, &body, sha256);
    drop_part(keeper);
    (void)evidence_part_drop(&keeper->dir, keeper->id, NULL); /* what stays is found to be recorded */
    return 0;
}

int evidence_seal(struct evidence_keeper *keeper, const struct value *verdict, struct arena *arena,
                  struct value *ret, struct soar_err *err)
{
    const char *id = "";
    struct value_builder map;
    if (take_id(verdict, &id, err))
        return -1;
    if (keeper->part < 0 || strcmp(id, keeper->id) != 0)
        return soar_err_set(err, SOAR_INVALID, "%s was not kept by this writer: it is to be salvaged", id);
    struct evidence_facts facts = {.id = keeper->id,
                                   .told = &keeper->told,
                                   .verdict = verdict,
                                   .begun_ms = keeper->begun_ms,
                                   .ended_ms = keeper->ended_ms,
                                   .took_ms = keeper->took_ms,
                                   .sum = keeper->sum};
    facts.whole = evidence_is_whole(verdict, &keeper->sum, keeper->stopped, arena, &facts.why);
    value_build(&map, arena);
    evidence_facts_build(&facts, &map);
    struct value note = value_end_map(&map);
    char *text = json_text(arena, &note);
    /* A disk that is full may have no room for it: then a crash now would cost the verdict, and no more. */
    (void)evidence_part_note(&keeper->dir, keeper->id, "seal", text, strlen(text), NULL);
    put_all(&map, &note);
    if (record(keeper, &map, &keeper->sum, NULL, arena, ret, err))
        return soar_err_wrap(err, "%s", keeper->id);
    return 0;
}

/* A note beside the part, as a map; false: there is none that can be read. */
static bool read_note(const struct evidence_keeper *keeper, const char *what, struct arena *arena,
                      struct value *ret)
{
    char *text = NULL;
    size_t len = 0;
    if (evidence_part_noted(&keeper->dir, keeper->id, what, &text, &len, NULL))
        return false;
    bool good = json_parse(arena, text, len, ret, NULL) == 0 && ret->kind == VALUE_MAP;
    free(text);
    return good;
}

/* The verdict was given, and is of these bytes. */
static bool was_judged(const struct evidence_keeper *keeper, const struct evidence_frame *frame,
                       struct arena *arena, struct value_builder *map)
{
    struct value note;
    if (frame->cut_bytes > 0 || !read_note(keeper, "seal", arena, &note) ||
        !value_is_string(value_get(&note, "sha256"), frame->sum.sha256) ||
        !value_is_string(value_get(&note, "evidence"), keeper->id))
        return false;
    put_all(map, &note);
    return true;
}

static void judge_left(struct evidence_keeper *keeper, const struct value *facts,
                       const struct evidence_frame *frame, struct value_builder *map)
{
    struct stat st = {0};
    struct value note;
    const struct value *told = facts;
    struct evidence_facts left = {.id = keeper->id,
                                  .took_ms = -1,
                                  .why = "soar ended before it was sealed",
                                  .salvaged_ms = wall_ms(keeper),
                                  .sum = frame->sum};
    if (read_note(keeper, "json", map->arena, &note)) {
        told = value_get(&note, "facts");
        left.begun_ms = value_get_int(&note, "begun_ms", 0);
    }
    if (frame->sum.bytes == 0)
        left.why = "soar ended before anything of it had arrived";
    if (keeper->part >= 0 && fstat(keeper->part, &st) == 0)
        left.ended_ms = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
    left.told = told && told->kind == VALUE_MAP ? told : facts;
    evidence_facts_build(&left, map);
}

/* A part may be an object already, by its other name: then it is read only, and whole. */
static int read_left(struct evidence_keeper *keeper, const struct evidence_watch *watch,
                     struct evidence_frame *ret_frame, struct soar_err *err)
{
    struct stat st;
    struct soar_err why = {0};
    if (evidence_part_open(&keeper->dir, keeper->id, &keeper->part, &why)) {
        if (why.class != SOAR_ABSENT)
            return soar_err_set(err, why.class, "%s", why.text);
        memset(ret_frame, 0, sizeof *ret_frame);
        digest_sha256_hex("", 0, ret_frame->sum.sha256);
        digest_sha256_hex("", 0, ret_frame->sum.stored_sha256);
        return 0;
    }
    bool object = fstat(keeper->part, &st) == 0 && (st.st_nlink > 1 || !(st.st_mode & S_IWUSR));
    return object ? evidence_frame_read(keeper->part, watch, ret_frame, err)
                  : evidence_frame_mend(keeper->part, watch, ret_frame, err);
}

int evidence_salvage(struct evidence_keeper *keeper, const struct value *facts,
                     const struct evidence_watch *watch, struct arena *arena, struct value *ret,
                     struct soar_err *err)
{
    const char *id = "";
    struct value there;
    struct soar_err why = {0};
    char sha256[DIGEST_HEX];
    struct evidence_frame frame;
    struct value_builder map;
    if (take_id(facts, &id, err) || open_store(keeper, err))
        return -1;
    if (keeper->part >= 0)
        return soar_err_set(err, SOAR_INVALID, "this writer has %s still", keeper->id);
    memcpy(keeper->id, id, strlen(id) + 1);
    if (evidence_manifest_find(&keeper->dir, id, arena, &there, sha256, &why) == 0) {
        *ret = evidence_facts_answer(arena, &there, sha256);
        return evidence_part_drop(&keeper->dir, id, err);
    }
    if (why.class != SOAR_ABSENT)
        return soar_err_set(err, why.class, "%s", why.text);
    value_build(&map, arena);
    if (read_left(keeper, watch, &frame, err) == 0) {
        if (!was_judged(keeper, &frame, arena, &map))
            judge_left(keeper, facts, &frame, &map);
        if (record(keeper, &map, &frame.sum, watch, arena, ret, err) == 0)
            return 0;
    }
    drop_part(keeper);
    return soar_err_wrap(err, "%s", id);
}
