/* Verification in three passes: the manifest as a chain of lines, the objects its records name, and then what
 * stands in the directory or in the journal and in no record. What is wrong is told in one line each; looking
 * goes on behind it. */
#include "state/evidence_verify.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/limits.h"
#include "state/evidence_frame.h"

struct known {
    const char *id;
    const char *object; /* "" without one; NULL: it may not be named so */
    struct value record;
    char sha256[DIGEST_HEX]; /* of its line */
    bool read;               /* its object was */
};

struct look {
    const struct evidence_check *check;
    struct evidence_verdict *verdict;
    struct arena *arena;
    uint8_t public[ED25519_PUBLIC_BYTES];
    char key[DIGEST_HEX];
    struct known *known;
    size_t count, size;
    int64_t lines;
};

static void tell(struct look *look, bool wrong, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void tell(struct look *look, bool wrong, const char *format, ...)
{
    va_list args;
    ARENA_SCOPED arena = arena_new();
    va_start(args, format);
    const char *text = arena_vprintf(arena, format, args);
    va_end(args);
    look->verdict->problems += wrong;
    look->check->tell(look->check->arg, wrong, text);
}

const char *evidence_record_object(const struct value *record)
{
    static const char none[] = "";
    const char *object = value_get_string(record, "object", none);
    const char *sha256 = value_get_string(record, "sha256", none);
    char name[EVIDENCE_OBJECT_MAX];
    if (strlen(sha256) != DIGEST_HEX - 1 || strspn(sha256, "0123456789abcdef") != DIGEST_HEX - 1)
        return NULL;
    for (unsigned n = 1; object[0] && n <= EVIDENCE_OBJECTS_SAME; n++) {
        evidence_object_name(sha256, n, name);
        if (!strcmp(name, object))
            return object;
    }
    return object[0] || value_get_int(record, "bytes", -1) != 0 ? NULL : object;
}

/* ---- the manifest ----------------------------------------------------------------------------------------
 */

static const struct known *known_find(const struct look *look, const char *id)
{
    for (size_t i = 0; i < look->count; i++)
        if (!strcmp(look->known[i].id, id))
            return &look->known[i];
    return NULL;
}

static void know(struct look *look, const struct value *record, const struct evidence_line *line)
{
    const char *id = value_get_string(record, "evidence", "");
    if (!evidence_is_id(id)) {
        tell(look, true, "manifest.jsonl:%" PRId64 ": names no evidence", line->number);
        return;
    }
    if (known_find(look, id))
        tell(look, true, "manifest.jsonl:%" PRId64 ": %s has a record already", line->number, id);
    look->known = arena_grow(look->arena, look->known, look->count, &look->size, sizeof *look->known);
    struct known *known = &look->known[look->count++];
    known->record = value_copy(look->arena, record);
    known->id = value_get_string(&known->record, "evidence", "");
    known->object = evidence_record_object(&known->record);
    known->read = false;
    digest_sha256_hex(line->text, line->len, known->sha256);
    if (known->object == NULL)
        tell(look, true, "%s: its record names an object that can't be its own", id);
}

static void check_signed(struct look *look, const struct evidence_line *line, const struct value *record,
                         size_t signed_len, const uint8_t *signature)
{
    if (!value_is_string(value_get(record, "key"), look->key))
        tell(look, true, "manifest.jsonl:%" PRId64 ": signed with another key than signing.pub",
             line->number);
    else if (!ed25519_verify(look->public, line->text, signed_len, signature))
        tell(look, true, "manifest.jsonl:%" PRId64 ": its signature is wrong: the line was changed",
             line->number);
}

static int check_line(void *arg, const struct evidence_line *line)
{
    struct look *look = arg;
    struct value record;
    size_t signed_len = 0;
    uint8_t signature[ED25519_SIGNATURE_BYTES];
    const char *before = look->verdict->head;
    ARENA_SCOPED arena = arena_new();
    if (line->torn) {
        tell(look, true,
             "manifest.jsonl:%" PRId64
             ": the last line is cut off; when soar keeps or salvages again it is put "
             "aside",
             line->number);
        return 0;
    }
    look->lines++;
    if (!evidence_record_read(arena, line->text, line->len, &record, &signed_len, signature)) {
        tell(look, true, "manifest.jsonl:%" PRId64 ": is no record", line->number);
    } else {
        int64_t n = value_get_int(&record, "n", 0);
        look->verdict->records++;
        if (n != look->lines)
            tell(look, true, "manifest.jsonl:%" PRId64 ": is record %" PRId64 ": lines before it are %s",
                 line->number, n, n > look->lines ? "missing" : "too many");
        look->lines = n > 0 ? n : look->lines;
        if (before[0] ? !value_is_string(value_get(&record, "before"), before)
                      : strspn(value_get_string(&record, "before", ""), "0") != DIGEST_HEX - 1)
            tell(look, true, "manifest.jsonl:%" PRId64 ": doesn't follow on the line before it",
                 line->number);
        check_signed(look, line, &record, signed_len, signature);
        know(look, &record, line);
    }
    digest_sha256_hex(line->text, line->len, look->verdict->head);
    return 0;
}

static int check_manifest(struct look *look, struct soar_err *err)
{
    if (evidence_key_public(look->check->dir, look->public, err))
        return -1;
    evidence_key_name(look->public, look->key);
    return evidence_manifest_each(look->check->dir, check_line, look, err);
}

/* ---- objects ---------------------------------------------------------------------------------------------
 */

static int moved(void *arg, uint64_t bytes, uint64_t stored_bytes)
{
    const struct look *look = arg;
    (void)stored_bytes;
    return look->check->moved ? look->check->moved(look->check->arg, bytes) : 0;
}

static void compare_sums(struct look *look, const struct known *known, const struct evidence_frame *frame)
{
    const struct value *record = &known->record;
    if (!value_is_string(value_get(record, "stored_sha256"), frame->sum.stored_sha256) ||
        frame->cut_bytes > 0)
        tell(look, true, "%s: %s was changed: its SHA-256 as stored is not the record's", known->id,
             known->object);
    if (!value_is_string(value_get(record, "sha256"), frame->sum.sha256))
        tell(look, true, "%s: %s was changed: its contents' SHA-256 is not the record's", known->id,
             known->object);
    else if (value_get_int(record, "bytes", -1) != (int64_t)frame->sum.bytes ||
             value_get_int(record, "stored_bytes", -1) != (int64_t)frame->sum.stored_bytes)
        tell(look, true, "%s: %s has another length than its record says", known->id, known->object);
}

/* The same object may be that of many records: it is read once, unless they differ in what they say of it. */
static bool was_read(const struct look *look, const struct known *known)
{
    for (const struct known *other = look->known; other < known; other++)
        if (other->read && !strcmp(other->object, known->object) &&
            !strcmp(value_get_string(&other->record, "stored_sha256", ""),
                    value_get_string(&known->record, "stored_sha256", "")))
            return true;
    return false;
}

static int check_object(struct look *look, struct known *known, struct soar_err *err)
{
    struct evidence_frame frame;
    struct soar_err why = {0};
    struct evidence_watch watch = {.moved = moved, .arg = look};
    int fd = -1;
    if (known->object == NULL || known->object[0] == '\0' || was_read(look, known))
        return 0;
    if (evidence_object_open(look->check->dir, known->object, &fd, &why)) {
        tell(look, true, "%s: %s", known->id,
             why.class == SOAR_ABSENT ? arena_printf(look->arena, "%s is missing", known->object) : why.text);
        return 0;
    }
    int rc = evidence_frame_read(fd, &watch, &frame, &why);
    close(fd);
    if (rc && why.class == SOAR_TRANSIENT) /* whoever looks gave up */
        return soar_err_set(err, why.class, "%s: %s", known->object, why.text);
    if (rc) {
        tell(look, true, "%s: %s: %s", known->id, known->object, why.text);
        return 0;
    }
    known->read = true;
    look->verdict->objects++;
    look->verdict->bytes += (int64_t)frame.sum.bytes;
    compare_sums(look, known, &frame);
    return 0;
}

static bool is_asked(const struct evidence_check *check, const char *id)
{
    if (value_count(check->ids) == 0)
        return true;
    for (size_t i = 0; i < value_count(check->ids); i++)
        if (value_is_string(value_at(check->ids, i), id))
            return true;
    return false;
}

static int check_objects(struct look *look, struct soar_err *err)
{
    for (size_t i = 0; i < value_count(look->check->ids); i++) {
        const struct value *id = value_at(look->check->ids, i);
        if (id->kind != VALUE_STRING || known_find(look, id->text) == NULL)
            return soar_err_set(err, SOAR_INVALID, "%s has no record in the manifest",
                                id->kind == VALUE_STRING ? id->text : "that");
    }
    for (size_t i = 0; i < look->count; i++)
        if (is_asked(look->check, look->known[i].id) && check_object(look, &look->known[i], err))
            return -1;
    return 0;
}

/* ---- what no record speaks of
 * ------------------------------------------------------------------------------ */

static bool is_named(const struct look *look, const char *object)
{
    for (size_t i = 0; i < look->count; i++)
        if (look->known[i].object && !strcmp(look->known[i].object, object))
            return true;
    return false;
}

/* Names of a directory below `at`, in the order the disk has them. */
static void each_name(int at, const char *path,
                      void (*fn)(struct look *look, int dir, const char *path, const char *name),
                      struct look *look)
{
    int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;
    if (dir == NULL && fd >= 0)
        close(fd);
    while (dir && (entry = readdir(dir)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            fn(look, dirfd(dir), path, entry->d_name);
    if (dir)
        closedir(dir);
}

/* One that has a second name is a part still: its record comes when it is salvaged. */
static void check_name(struct look *look, int dir, const char *path, const char *name)
{
    struct stat st;
    char object[512];
    snprintf(object, sizeof object, "%s/%s", path, name);
    bool linked = fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_nlink > 1;
    if (!is_named(look, object) && !linked)
        tell(look, true, "%s: no record names it", object);
}

static void check_holder(struct look *look, int dir, const char *path, const char *name)
{
    char holder[512];
    (void)dir;
    snprintf(holder, sizeof holder, "%s/%s", path, name);
    if (strlen(name) != 2 || strspn(name, "0123456789abcdef") != 2)
        tell(look, true, "%s: is none of soar's", holder);
    else
        each_name(look->check->dir->fd, holder, check_name, look);
}

static void check_part(struct look *look, int dir, const char *path, const char *name)
{
    (void)dir;
    if (evidence_is_id(name))
        tell(look, false,
             "%s/%s: not sealed: it is just coming in, or soar was killed and salvages it when it starts",
             path, name);
}

static const char *torn_name(const struct value *repaired)
{
    const char *name = value_get_string(repaired, "file", "");
    return strncmp(name, "manifest.torn-", 14) == 0 && strchr(name, '/') == NULL ? name : NULL;
}

/* What a crash cut off, and a record says was put aside. */
static void check_repaired(struct look *look, const struct known *known)
{
    const struct value *repaired = value_get(&known->record, "repaired");
    char bytes[LIMIT_EVIDENCE_RECORD_BYTES + 4096], hex[DIGEST_HEX] = "";
    const char *name = torn_name(repaired);
    if (repaired == NULL)
        return;
    int fd = name ? openat(look->check->dir->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
    ssize_t got = fd < 0 ? -1 : read(fd, bytes, sizeof bytes);
    if (fd >= 0)
        close(fd);
    if (got >= 0)
        digest_sha256_hex(bytes, (size_t)got, hex);
    if (!value_is_string(value_get(repaired, "sha256"), hex))
        tell(look, true, "%s: %s, which its record names, is %s", known->id, name ? name : "a file",
             got < 0 ? "missing" : "changed");
}

/* ---- the journal -----------------------------------------------------------------------------------------
 */

static void compare_row(struct look *look, const struct value *row)
{
    static const char *const keys[] = {"bytes", "sha256", "stored_sha256"};
    const char *id = value_get_string(row, "evidence", ""), *state = value_get_string(row, "state", "");
    const struct known *known = known_find(look, id);
    if (!strcmp(state, "begun")) {
        tell(look, false, "%s: the journal knows that it was begun, and not yet how it ended", id);
        return;
    }
    if (known == NULL) {
        if (value_get_string(row, "file", "")[0] || value_get_int(row, "bytes", 0) > 0)
            tell(look, true, "%s: the journal says that it was kept, the manifest has no record of it", id);
        return;
    }
    if (value_get_bool(&known->record, "whole", false) != !strcmp(state, "whole"))
        tell(look, true, "%s: %s in the journal, %s in the manifest", id, state,
             strcmp(state, "whole") ? "whole" : "partial");
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const struct value *one = value_get(row, keys[i]), *other = value_get(&known->record, keys[i]);
        if (one && one->kind != VALUE_NULL && (other == NULL || !value_equal(one, other)))
            tell(look, true, "%s: its %s in the journal is not the manifest's", id, keys[i]);
    }
    const char *line = value_get_string(row, "record_sha256", "");
    if (line[0] && strcmp(line, known->sha256) != 0)
        tell(look, true, "%s: its record is not the one that the journal saw written", id);
}

static void compare_journal(struct look *look)
{
    const struct value *journal = look->check->journal;
    for (size_t i = 0; i < value_count(journal); i++)
        compare_row(look, value_at(journal, i));
    for (size_t i = 0; i < look->count; i++) {
        bool found = false;
        for (size_t j = 0; j < value_count(journal) && !found; j++)
            found = value_is_string(value_get(value_at(journal, j), "evidence"), look->known[i].id);
        const char *begun = value_get_string(&look->known[i].record, "begun", "");
        bool later = look->check->journal_at && strcmp(begun, look->check->journal_at) >= 0;
        if (!found && !later)
            tell(look, true, "%s: has a record in the manifest, and the journal doesn't know it",
                 look->known[i].id);
    }
}

int evidence_verify(const struct evidence_check *check, struct evidence_verdict *ret_verdict,
                    struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    struct look look = {.check = check, .verdict = ret_verdict, .arena = arena};
    *ret_verdict = (struct evidence_verdict){0};
    if (check_manifest(&look, err) || check_objects(&look, err))
        return -1;
    if (value_count(check->ids) == 0) {
        for (size_t i = 0; i < look.count; i++)
            check_repaired(&look, &look.known[i]);
        each_name(check->dir->fd, "objects", check_holder, &look);
        each_name(check->dir->fd, "parts", check_part, &look);
        if (check->journal)
            compare_journal(&look);
    }
    return 0;
}
