/* The table of functions, and how a call finds its row. Rows of one name stand together. docs/expressions.md
 * lists the same; a test compares the two. */
#include "engine/cel/functions.h"

#include <string.h>

static const struct cel_function table[] = {
    {"size", FUNCTION_BOTH, "s", fn_size_text},
    {"size", FUNCTION_BOTH, "y", fn_size_bytes},
    {"size", FUNCTION_BOTH, "l", fn_size_items},
    {"size", FUNCTION_BOTH, "m", fn_size_items},
    {"type", FUNCTION_GLOBAL, ".", fn_type},
    {"dyn", FUNCTION_GLOBAL, ".", fn_same},

    {"bool", FUNCTION_GLOBAL, "b", fn_same},
    {"bool", FUNCTION_GLOBAL, "s", fn_to_bool},
    {"int", FUNCTION_GLOBAL, "i", fn_same},
    {"int", FUNCTION_GLOBAL, "u", fn_to_int},
    {"int", FUNCTION_GLOBAL, "d", fn_to_int},
    {"int", FUNCTION_GLOBAL, "s", fn_to_int},
    {"int", FUNCTION_GLOBAL, "t", fn_to_int},
    {"uint", FUNCTION_GLOBAL, "u", fn_same},
    {"uint", FUNCTION_GLOBAL, "i", fn_to_uint},
    {"uint", FUNCTION_GLOBAL, "d", fn_to_uint},
    {"uint", FUNCTION_GLOBAL, "s", fn_to_uint},
    {"double", FUNCTION_GLOBAL, "d", fn_same},
    {"double", FUNCTION_GLOBAL, "i", fn_to_double},
    {"double", FUNCTION_GLOBAL, "u", fn_to_double},
    {"double", FUNCTION_GLOBAL, "s", fn_to_double},
    {"string", FUNCTION_GLOBAL, "s", fn_same},
    {"string", FUNCTION_GLOBAL, "b", fn_to_string},
    {"string", FUNCTION_GLOBAL, "i", fn_to_string},
    {"string", FUNCTION_GLOBAL, "u", fn_to_string},
    {"string", FUNCTION_GLOBAL, "d", fn_to_string},
    {"string", FUNCTION_GLOBAL, "y", fn_to_string},
    {"string", FUNCTION_GLOBAL, "t", fn_to_string},
    {"string", FUNCTION_GLOBAL, "p", fn_to_string},
    {"string", FUNCTION_GLOBAL, "a", fn_to_string},
    {"string", FUNCTION_GLOBAL, "c", fn_to_string},
    {"bytes", FUNCTION_GLOBAL, "y", fn_same},
    {"bytes", FUNCTION_GLOBAL, "s", fn_to_bytes},
    {"duration", FUNCTION_GLOBAL, "p", fn_same},
    {"duration", FUNCTION_GLOBAL, "s", fn_to_duration},
    {"timestamp", FUNCTION_GLOBAL, "t", fn_same},
    {"timestamp", FUNCTION_GLOBAL, "s", fn_to_timestamp},
    {"timestamp", FUNCTION_GLOBAL, "i", fn_to_timestamp},

    {"contains", FUNCTION_MEMBER, "ss", fn_contains},
    {"startsWith", FUNCTION_MEMBER, "ss", fn_starts_with},
    {"endsWith", FUNCTION_MEMBER, "ss", fn_ends_with},
    {"matches", FUNCTION_BOTH, "ss", fn_matches},
    {"charAt", FUNCTION_MEMBER, "si", fn_char_at},
    {"indexOf", FUNCTION_MEMBER, "ss", fn_index_of},
    {"indexOf", FUNCTION_MEMBER, "ssi", fn_index_of},
    {"lastIndexOf", FUNCTION_MEMBER, "ss", fn_last_index_of},
    {"lastIndexOf", FUNCTION_MEMBER, "ssi", fn_last_index_of},
    {"substring", FUNCTION_MEMBER, "si", fn_substring},
    {"substring", FUNCTION_MEMBER, "sii", fn_substring},
    {"lowerAscii", FUNCTION_MEMBER, "s", fn_lower_ascii},
    {"upperAscii", FUNCTION_MEMBER, "s", fn_upper_ascii},
    {"replace", FUNCTION_MEMBER, "sss", fn_replace},
    {"replace", FUNCTION_MEMBER, "sssi", fn_replace},
    {"split", FUNCTION_MEMBER, "ss", fn_split},
    {"split", FUNCTION_MEMBER, "ssi", fn_split},
    {"join", FUNCTION_MEMBER, "l", fn_join},
    {"join", FUNCTION_MEMBER, "ls", fn_join},
    {"trim", FUNCTION_MEMBER, "s", fn_trim},
    {"reverse", FUNCTION_MEMBER, "s", fn_reverse},
    {"format", FUNCTION_MEMBER, "sl", fn_format},
    {"strings.quote", FUNCTION_GLOBAL, "s", fn_quote},

    {"getFullYear", FUNCTION_MEMBER, "t", fn_get_full_year},
    {"getFullYear", FUNCTION_MEMBER, "ts", fn_get_full_year},
    {"getMonth", FUNCTION_MEMBER, "t", fn_get_month},
    {"getMonth", FUNCTION_MEMBER, "ts", fn_get_month},
    {"getDayOfYear", FUNCTION_MEMBER, "t", fn_get_day_of_year},
    {"getDayOfYear", FUNCTION_MEMBER, "ts", fn_get_day_of_year},
    {"getDayOfMonth", FUNCTION_MEMBER, "t", fn_get_day_of_month},
    {"getDayOfMonth", FUNCTION_MEMBER, "ts", fn_get_day_of_month},
    {"getDate", FUNCTION_MEMBER, "t", fn_get_date},
    {"getDate", FUNCTION_MEMBER, "ts", fn_get_date},
    {"getDayOfWeek", FUNCTION_MEMBER, "t", fn_get_day_of_week},
    {"getDayOfWeek", FUNCTION_MEMBER, "ts", fn_get_day_of_week},
    {"getHours", FUNCTION_MEMBER, "t", fn_get_hours},
    {"getHours", FUNCTION_MEMBER, "ts", fn_get_hours},
    {"getHours", FUNCTION_MEMBER, "p", fn_get_hours},
    {"getMinutes", FUNCTION_MEMBER, "t", fn_get_minutes},
    {"getMinutes", FUNCTION_MEMBER, "ts", fn_get_minutes},
    {"getMinutes", FUNCTION_MEMBER, "p", fn_get_minutes},
    {"getSeconds", FUNCTION_MEMBER, "t", fn_get_seconds},
    {"getSeconds", FUNCTION_MEMBER, "ts", fn_get_seconds},
    {"getSeconds", FUNCTION_MEMBER, "p", fn_get_seconds},
    {"getMilliseconds", FUNCTION_MEMBER, "t", fn_get_milliseconds},
    {"getMilliseconds", FUNCTION_MEMBER, "ts", fn_get_milliseconds},
    {"getMilliseconds", FUNCTION_MEMBER, "p", fn_get_milliseconds},

    {"optional.none", FUNCTION_GLOBAL, "", fn_optional_none},
    {"optional.of", FUNCTION_GLOBAL, ".", fn_optional_of},
    {"optional.ofNonZeroValue", FUNCTION_GLOBAL, ".", fn_optional_of_non_zero},
    {"optional.unwrap", FUNCTION_GLOBAL, "l", fn_unwrap},
    {"unwrapOpt", FUNCTION_MEMBER, "l", fn_unwrap},
    {"hasValue", FUNCTION_MEMBER, "o", fn_has_value},
    {"value", FUNCTION_MEMBER, "o", fn_value},
    {"first", FUNCTION_MEMBER, "l", fn_first},
    {"last", FUNCTION_MEMBER, "l", fn_last},

    {"ip", FUNCTION_GLOBAL, "s", fn_ip},
    {"ip", FUNCTION_MEMBER, "c", fn_cidr_ip},
    {"cidr", FUNCTION_GLOBAL, "s", fn_cidr},
    {"isIP", FUNCTION_GLOBAL, "s", fn_is_ip},
    {"isCIDR", FUNCTION_GLOBAL, "s", fn_is_cidr},
    {"ip.isCanonical", FUNCTION_GLOBAL, "s", fn_ip_is_canonical},
    {"family", FUNCTION_MEMBER, "a", fn_family},
    {"isLoopback", FUNCTION_MEMBER, "a", fn_is_loopback},
    {"isUnspecified", FUNCTION_MEMBER, "a", fn_is_unspecified},
    {"isGlobalUnicast", FUNCTION_MEMBER, "a", fn_is_global_unicast},
    {"isLinkLocalMulticast", FUNCTION_MEMBER, "a", fn_is_link_local_multicast},
    {"isLinkLocalUnicast", FUNCTION_MEMBER, "a", fn_is_link_local_unicast},
    {"containsIP", FUNCTION_MEMBER, "ca", fn_contains_ip},
    {"containsIP", FUNCTION_MEMBER, "cs", fn_contains_ip},
    {"containsCIDR", FUNCTION_MEMBER, "cc", fn_contains_cidr},
    {"containsCIDR", FUNCTION_MEMBER, "cs", fn_contains_cidr},
    {"isMask", FUNCTION_MEMBER, "c", fn_is_mask},
    {"masked", FUNCTION_MEMBER, "c", fn_masked},
    {"prefixLength", FUNCTION_MEMBER, "c", fn_prefix_length},

    {"base64.encode", FUNCTION_GLOBAL, "y", fn_base64_encode},
    {"base64.decode", FUNCTION_GLOBAL, "s", fn_base64_decode},
};

enum { TABLE_COUNT = sizeof table / sizeof table[0] };

const struct cel_function *function_find(const char *name, enum function_style style, size_t *ret_count)
{
    for (size_t first = 0; first < TABLE_COUNT; first++) {
        if ((table[first].style & style) == 0 || strcmp(table[first].name, name) != 0) {
            continue;
        }
        size_t last = first;
        while (last < TABLE_COUNT && (table[last].style & style) != 0 &&
               strcmp(table[last].name, name) == 0) {
            last++;
        }
        *ret_count = last - first;
        return &table[first];
    }
    *ret_count = 0;
    return NULL;
}

static char letter_of(enum value_kind kind)
{
    static const char letters[VALUE_KIND_COUNT] = {
        [VALUE_NULL] = 'n',     [VALUE_BOOL] = 'b',   [VALUE_INT] = 'i',   [VALUE_UINT] = 'u',
        [VALUE_DOUBLE] = 'd',   [VALUE_STRING] = 's', [VALUE_BYTES] = 'y', [VALUE_LIST] = 'l',
        [VALUE_MAP] = 'm',      [VALUE_TIME] = 't',   [VALUE_SPAN] = 'p',  [VALUE_TYPE] = 'T',
        [VALUE_OPTIONAL] = 'o', [VALUE_IP] = 'a',     [VALUE_CIDR] = 'c',  [VALUE_UNKNOWN] = '-',
        [VALUE_ERROR] = '-',
    };
    return letters[kind];
}

static bool fits(const struct cel_function *row, const struct value *args, size_t count)
{
    bool fit = strlen(row->kinds) == count;
    for (size_t i = 0; fit && i < count; i++) {
        fit = row->kinds[i] == '.' || row->kinds[i] == letter_of(args[i].kind);
    }
    return fit;
}

const struct cel_function *function_fit(const struct cel_function *rows, size_t count,
                                        const struct value *args, size_t arg_count)
{
    for (size_t i = 0; i < count; i++) {
        if (fits(&rows[i], args, arg_count)) {
            return &rows[i];
        }
    }
    return NULL;
}

bool function_takes(const struct cel_function *rows, size_t count, size_t arg_count)
{
    for (size_t i = 0; i < count; i++) {
        if (strlen(rows[i].kinds) == arg_count) {
            return true;
        }
    }
    return false;
}

const struct cel_function *function_at(size_t index)
{
    return index < TABLE_COUNT ? &table[index] : NULL;
}
