/* A value as expressions, events and packs see it: immutable, in an arena, cheap to pass by value.
 *
 * A string knows its length and may hold NUL. A map keeps the order in which it was built and finds keys
 * without regard to the kind of a number (1, 1u and 1.0 are one key, as in CEL). *unknown* is a value: it
 * says on what it depends. An error is one, too, but only inside an evaluation; it is never stored.
 *
 * Ownership: what a value points to belongs to the arena it was built in (or is static); a value is valid as
 * long as that. */
#ifndef BASE_VALUE_H
#define BASE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "engine/base/arena.h"

enum value_kind {
    VALUE_NULL,
    VALUE_BOOL,
    VALUE_INT,
    VALUE_UINT,
    VALUE_DOUBLE,
    VALUE_STRING,
    VALUE_BYTES,
    VALUE_LIST,
    VALUE_MAP,
    VALUE_TIME,     /* a timestamp: seconds since 1970 and nanoseconds */
    VALUE_SPAN,     /* a duration */
    VALUE_TYPE,     /* a type as a value: its name */
    VALUE_OPTIONAL, /* one value or none */
    VALUE_IP,
    VALUE_CIDR,
    VALUE_UNKNOWN, /* only the real thing could tell; text: what it depends on */
    VALUE_ERROR,   /* text: why */
    VALUE_KIND_COUNT
};

struct value;
struct value_list;
struct value_map;

struct value_ip {
    uint8_t bytes[16]; /* IPv4 in the first four */
    uint8_t family;    /* 4 or 6 */
    uint8_t prefix;    /* of a CIDR */
};

struct value_instant {
    int64_t seconds;
    int32_t nanos; /* 0 to 999,999,999 for a time; of the sign of seconds for a span */
};

struct value {
    enum value_kind kind;
    union {
        bool boolean;
        int64_t integer;
        uint64_t natural;
        double real;
        struct {
            const char *text; /* string, bytes, type's name, unknown's and error's text; a NUL follows */
            size_t len;
        };
        const struct value_list *list;
        const struct value_map *map;
        struct value_instant instant;
        const struct value *inner; /* of an optional; NULL: none */
        const struct value_ip *ip;
    };
};

struct value_list {
    size_t count;
    const struct value *items;
};

struct value_map {
    size_t count;
    const struct value *keys; /* in the order they were added */
    const struct value *values;
    const uint32_t *sorted; /* indexes in key order; NULL for a small map, which is searched */
};

/* Building. Strings are copied into the arena; value_static borrows a text that outlives the value. */
struct value value_null(void);
struct value value_bool(bool boolean);
struct value value_int(int64_t integer);
struct value value_uint(uint64_t natural);
struct value value_double(double real);
struct value value_static(const char *text);
struct value value_text(struct arena *arena, const char *text);
struct value value_string(struct arena *arena, const char *text, size_t len);
struct value value_bytes(struct arena *arena, const void *bytes, size_t len);
struct value value_time(int64_t seconds, int32_t nanos);
struct value value_span(int64_t seconds, int32_t nanos);
struct value value_type(const char *static_name);
struct value value_some(struct arena *arena, struct value inner);
struct value value_none(void);
struct value value_unknown(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
struct value value_error(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct value value_list(struct arena *arena, const struct value *items, size_t count); /* copies the items */

/* A list or map that grows; the items live in the builder's arena. */
struct value_builder {
    struct arena *arena;
    struct value *keys;
    struct value *values;
    size_t count;
    size_t size;
};

void value_build(struct value_builder *builder, struct arena *arena);
void value_push(struct value_builder *builder, struct value item);
void value_put(struct value_builder *builder, struct value key,
               struct value item); /* a key twice: the later one stands */
void value_put_text(struct value_builder *builder, const char *key, struct value item);
struct value value_end_list(struct value_builder *builder);
struct value value_end_map(struct value_builder *builder);

/* Reading. A name that isn't there gives NULL, and so does a value of another kind: chains of value_get need
 * no checks. */
const struct value *value_find(const struct value *map, const struct value *key);
const struct value *value_get(const struct value *map, const char *key);
const char *value_get_string(const struct value *map, const char *key, const char *otherwise);
int64_t value_get_int(const struct value *map, const char *key, int64_t otherwise);
bool value_get_bool(const struct value *map, const char *key, bool otherwise);
size_t value_count(const struct value *value);                        /* of a list or map, else 0 */
const struct value *value_at(const struct value *list, size_t index); /* NULL beyond the end */

/* Equality as CEL has it: numbers across kinds, NaN unequal to itself, lists and maps deep. */
bool value_equal(const struct value *a, const struct value *b);
/* A total order of keys and of comparable kinds; numbers across kinds. -2 if the kinds can't be compared. NaN
 * stands below every number and beside itself, so that sorting has an order: who compares as CEL does looks
 * for NaN first. */
int value_compare(const struct value *a, const struct value *b);
/* The same, and different kinds in the order of the enum: what the index of a map is sorted by. */
int value_order(const struct value *a, const struct value *b);

bool value_is_string(const struct value *value, const char *text);
const char *value_kind_name(enum value_kind kind); /* as CEL's type() names it */

/* A deep copy into another arena. */
struct value value_copy(struct arena *arena, const struct value *value);

#endif
