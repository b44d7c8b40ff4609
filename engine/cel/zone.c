/* Reads zone files (TZif, RFC 8536), versions 2 and later: 64-bit times, and a rule for what comes after the
 * last of them. The file is trusted no more than any other input: every count is checked against its length.
 * A name can't leave the directory of zones. */
#include "engine/cel/zone.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/file.h"
#include "engine/base/text.h"

#define ZONES "/usr/share/zoneinfo/"

enum { HEADER = 44, NAME_MAX_BYTES = 64, FILE_MAX_BYTES = 64 * 1024, TYPE_BYTES = 6, TIME_BYTES = 8 };

struct zone {
    size_t count;
    const unsigned char *times; /* as they stand in the file, 8 bytes each */
    const unsigned char *kinds; /* one byte for each time: which type begins then */
    const unsigned char *types; /* 6 bytes each: offset, summer, name */
    size_t type_count;
    bool has_rule;
    struct zone_rule rule;
};

static uint32_t big32(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static int64_t time_at(const struct zone *zone, size_t index)
{
    const unsigned char *bytes = zone->times + index * TIME_BYTES;
    return (int64_t)((uint64_t)big32(bytes) << 32 | big32(bytes + 4));
}

static int32_t type_offset(const struct zone *zone, size_t type)
{
    return (int32_t)big32(zone->types + type * TYPE_BYTES);
}

int32_t zone_offset(const struct zone *zone, int64_t seconds)
{
    size_t low = 0, high = zone->count; /* the first change later than `seconds` */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (time_at(zone, middle) <= seconds) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == zone->count && zone->has_rule) {
        return zone_rule_offset(&zone->rule, seconds);
    }
    return type_offset(zone, low > 0 ? zone->kinds[low - 1] : 0);
}

/* How long the block behind a header is; its times take `time_bytes` each. */
static size_t block_size(const unsigned char *header, size_t time_bytes)
{
    size_t ut = big32(header + 20), standard = big32(header + 24), leap = big32(header + 28);
    size_t times = big32(header + 32), types = big32(header + 36), chars = big32(header + 40);
    return times * time_bytes + times + types * TYPE_BYTES + chars + leap * (time_bytes + 4) + standard + ut;
}

static bool is_header(const unsigned char *bytes, size_t len)
{
    return len >= HEADER && memcmp(bytes, "TZif", 4) == 0 && bytes[4] >= '2';
}

static bool kinds_exist(const struct zone *zone)
{
    for (size_t i = 0; i < zone->count; i++) {
        if (zone->kinds[i] >= zone->type_count) {
            return false;
        }
    }
    return zone->type_count > 0;
}

/* Behind the second block: "\nRULE\n", or "\n\n" for none. */
static bool read_rule(struct zone *zone, const unsigned char *bytes, size_t len)
{
    const unsigned char *end = len > 1 && bytes[0] == '\n' ? memchr(bytes + 1, '\n', len - 1) : NULL;
    if (end == NULL) {
        return false;
    }
    zone->has_rule = end > bytes + 1;
    return !zone->has_rule ||
           zone_rule_parse((const char *)bytes + 1, (size_t)(end - bytes - 1), &zone->rule);
}

static bool read_zone(struct zone *zone, const unsigned char *bytes, size_t len)
{
    if (!is_header(bytes, len) || block_size(bytes, 4) > len - HEADER) {
        return false;
    }
    size_t first = HEADER + block_size(bytes, 4);
    bytes += first;
    len -= first;
    if (!is_header(bytes, len) || block_size(bytes, TIME_BYTES) > len - HEADER) {
        return false;
    }
    size_t size = block_size(bytes, TIME_BYTES);
    zone->count = big32(bytes + 32);
    zone->type_count = big32(bytes + 36);
    zone->times = bytes + HEADER;
    zone->kinds = zone->times + zone->count * TIME_BYTES;
    zone->types = zone->kinds + zone->count;
    return kinds_exist(zone) && read_rule(zone, bytes + HEADER + size, len - HEADER - size);
}

/* "+05:30", "-08:00", "02:00": hours and minutes east. */
static bool fixed(const char *name, size_t len, struct zone_rule *ret_rule)
{
    int sign = name[0] == '-' ? -1 : 1;
    size_t skip = name[0] == '-' || name[0] == '+';
    const char *at = name + skip;
    bool form =
        len - skip == 5 && strspn(at, "0123456789") == 2 && at[2] == ':' && strspn(at + 3, "0123456789") == 2;
    if (!form || at[0] > '2' || (at[0] == '2' && at[1] > '3') || at[3] > '5') {
        return false;
    }
    int hours = (at[0] - '0') * 10 + at[1] - '0', minutes = (at[3] - '0') * 10 + at[4] - '0';
    *ret_rule = (struct zone_rule){.standard = sign * (hours * 3600 + minutes * 60)};
    return true;
}

static bool is_name(const char *name, size_t len)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
    return len > 0 && len <= NAME_MAX_BYTES && strspn(name, allowed) == len && name[0] != '/';
}

static const struct zone *no_zone(const char *name, size_t len, struct soar_err *err)
{
    BUF_SCOPED shown;
    buf_init(&shown, 0);
    text_visible(&shown, name, len < NAME_MAX_BYTES ? len : NAME_MAX_BYTES);
    soar_err_set(err, SOAR_INVALID, "there is no time zone '%s'", buf_string(&shown));
    return NULL;
}

const struct zone *zone_new(struct arena *arena, const char *name, size_t len, struct soar_err *err)
{
    struct zone *zone = arena_alloc(arena, sizeof *zone);
    char path[sizeof ZONES + NAME_MAX_BYTES];
    char *bytes = NULL;
    size_t size = 0;
    zone->has_rule = true;
    if ((len == 3 && memcmp(name, "UTC", 3) == 0) || (len > 0 && fixed(name, len, &zone->rule))) {
        return zone;
    }
    if (!is_name(name, len)) {
        return no_zone(name, len, err);
    }
    snprintf(path, sizeof path, ZONES "%s", name);
    if (file_read(arena, path, FILE_MAX_BYTES, &bytes, &size, NULL) < 0 ||
        !read_zone(zone, (const unsigned char *)bytes, size)) {
        return no_zone(name, len, err);
    }
    return zone;
}
