/* Equality, order, and the search for a key. The one thing to know: an int64 and a double are compared as the
 * numbers they are; rounding the int to a double first would make 2^53 and 2^53 + 1 equal. */
#include "engine/base/value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NOT_COMPARABLE = -2 };

static int order_int(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int order_natural(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* NaN stands below every number, so that sorting has an order; as CEL has it, a NaN is equal to nothing. */
static int order_real(double a, double b)
{
    if (isnan(a) || isnan(b)) {
        return !!isnan(b) - !!isnan(a);
    }
    return (a > b) - (a < b);
}

static int order_int_real(int64_t a, double b)
{
    if (isnan(b) || b < -0x1p63) {
        return 1;
    }
    if (b >= 0x1p63) {
        return -1;
    }
    int64_t whole = (int64_t)b;
    return a != whole ? order_int(a, whole)
                      : order_real(0, b - (double)whole); /* exact: a fraction means b < 2^53 */
}

static int order_natural_real(uint64_t a, double b)
{
    if (isnan(b) || b < 0) {
        return 1;
    }
    if (b >= 0x1p64) {
        return -1;
    }
    uint64_t whole = (uint64_t)b;
    return a != whole ? order_natural(a, whole) : order_real(0, b - (double)whole);
}

static int order_int_natural(int64_t a, uint64_t b)
{
    return a < 0 ? -1 : order_natural((uint64_t)a, b);
}

static bool is_number(const struct value *value)
{
    return value->kind == VALUE_INT || value->kind == VALUE_UINT || value->kind == VALUE_DOUBLE;
}

static int order_numbers(const struct value *a, const struct value *b)
{
    if (a->kind == b->kind) {
        return a->kind == VALUE_INT    ? order_int(a->integer, b->integer)
               : a->kind == VALUE_UINT ? order_natural(a->natural, b->natural)
                                       : order_real(a->real, b->real);
    }
    if (a->kind > b->kind) {
        return -order_numbers(b, a);
    }
    /* int < uint < double in the enum */
    if (b->kind == VALUE_UINT) {
        return order_int_natural(a->integer, b->natural);
    }
    return a->kind == VALUE_INT ? order_int_real(a->integer, b->real)
                                : order_natural_real(a->natural, b->real);
}

static int order_bytes(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t common = a_len < b_len ? a_len : b_len;
    int order = common > 0 ? memcmp(a, b, common) : 0;
    return order != 0 ? (order > 0) - (order < 0) : order_natural(a_len, b_len);
}

static int order_instants(const struct value_instant *a, const struct value_instant *b)
{
    return a->seconds != b->seconds ? order_int(a->seconds, b->seconds) : order_int(a->nanos, b->nanos);
}

/* Compares CIDRs, too; the prefix of a lone address means nothing. */
static int order_ips(const struct value_ip *a, const struct value_ip *b, bool with_prefix)
{
    if (a->family != b->family) {
        return order_int(a->family, b->family);
    }
    int order = memcmp(a->bytes, b->bytes, a->family == 4 ? 4 : 16);
    if (order != 0 || !with_prefix) {
        return (order > 0) - (order < 0);
    }
    return order_int(a->prefix, b->prefix);
}

int value_compare(const struct value *a, const struct value *b)
{
    if (is_number(a) && is_number(b)) {
        return order_numbers(a, b);
    }
    if (a->kind != b->kind) {
        return NOT_COMPARABLE;
    }
    switch (a->kind) {
    case VALUE_NULL:
        return 0;
    case VALUE_BOOL:
        return order_int(a->boolean, b->boolean);
    case VALUE_STRING:
    case VALUE_BYTES:
    case VALUE_TYPE:
        return order_bytes(a->text, a->len, b->text, b->len);
    case VALUE_TIME:
    case VALUE_SPAN:
        return order_instants(&a->instant, &b->instant);
    case VALUE_IP:
    case VALUE_CIDR:
        return order_ips(a->ip, b->ip, a->kind == VALUE_CIDR);
    case VALUE_INT:
    case VALUE_UINT:
    case VALUE_DOUBLE:
    case VALUE_LIST:
    case VALUE_MAP:
    case VALUE_OPTIONAL:
    case VALUE_UNKNOWN:
    case VALUE_ERROR:
    case VALUE_KIND_COUNT:
        break;
    }
    return NOT_COMPARABLE;
}

int value_order(const struct value *a, const struct value *b)
{
    int order = value_compare(a, b);
    return order != NOT_COMPARABLE ? order : order_int((int64_t)a->kind, (int64_t)b->kind);
}

static bool equal_lists(const struct value_list *a, const struct value_list *b)
{
    bool equal = a->count == b->count;
    for (size_t i = 0; equal && i < a->count; i++) {
        equal = value_equal(&a->items[i], &b->items[i]);
    }
    return equal;
}

static bool equal_maps(const struct value *a, const struct value *b)
{
    bool equal = a->map->count == b->map->count;
    for (size_t i = 0; equal && i < a->map->count; i++) {
        const struct value *other = value_find(b, &a->map->keys[i]);
        equal = other != NULL && value_equal(&a->map->values[i], other);
    }
    return equal;
}

bool value_equal(const struct value *a, const struct value *b)
{
    if (is_number(a) && is_number(b)) {
        bool nan = (a->kind == VALUE_DOUBLE && isnan(a->real)) || (b->kind == VALUE_DOUBLE && isnan(b->real));
        return !nan && order_numbers(a, b) == 0;
    }
    if (a->kind != b->kind) {
        return false;
    }
    switch (a->kind) {
    case VALUE_LIST:
        return equal_lists(a->list, b->list);
    case VALUE_MAP:
        return equal_maps(a, b);
    case VALUE_OPTIONAL:
        return a->inner == NULL || b->inner == NULL ? a->inner == b->inner : value_equal(a->inner, b->inner);
    case VALUE_UNKNOWN:
    case VALUE_ERROR:
        return order_bytes(a->text, a->len, b->text, b->len) == 0;
    case VALUE_NULL:
    case VALUE_BOOL:
    case VALUE_INT:
    case VALUE_UINT:
    case VALUE_DOUBLE:
    case VALUE_STRING:
    case VALUE_BYTES:
    case VALUE_TIME:
    case VALUE_SPAN:
    case VALUE_TYPE:
    case VALUE_IP:
    case VALUE_CIDR:
    case VALUE_KIND_COUNT:
        break;
    }
    return value_compare(a, b) == 0;
}

static const struct value *find_sorted(const struct value_map *map, const struct value *key)
{
    size_t low = 0, high = map->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        uint32_t index = map->sorted[middle];
        int order = value_order(key, &map->keys[index]);
        if (order == 0) {
            return &map->values[index];
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

const struct value *value_find(const struct value *map, const struct value *key)
{
    if (map == NULL || map->kind != VALUE_MAP || value_compare(key, key) != 0) {
        return NULL;
    }
    if (map->map->sorted != NULL) {
        return find_sorted(map->map, key);
    }
    for (size_t i = 0; i < map->map->count; i++) {
        if (value_compare(&map->map->keys[i], key) == 0) {
            return &map->map->values[i];
        }
    }
    return NULL;
}
