/* Every function an expression may call, in one table (functions.c): name, how it is called, the kinds of its
 * arguments, and the C function. An overload is a row of its own. */
#ifndef CEL_FUNCTIONS_H
#define CEL_FUNCTIONS_H

#include "engine/cel/eval.h"

enum function_style { FUNCTION_GLOBAL = 1, FUNCTION_MEMBER = 2, FUNCTION_BOTH = 3 };

typedef struct value (*cel_function_fn)(struct eval *eval, const struct value *args, size_t count);

struct cel_function {
    const char *name;
    enum function_style style;
    /* A letter for each argument, a member's target first: b bool, i int, u uint, d double, s string, y
     * bytes, l list, m map, t timestamp, p duration, T type, o optional, a ip, c cidr; . any. */
    const char *kinds;
    cel_function_fn call;
};

/* The rows of this name and style, which stand together; NULL if there are none. */
const struct cel_function *function_find(const char *name, enum function_style style, size_t *ret_count);

/* The row that fits these arguments, or NULL. */
const struct cel_function *function_fit(const struct cel_function *rows, size_t count,
                                        const struct value *args, size_t arg_count);

/* Does any of the rows take so many arguments (with the target)? */
bool function_takes(const struct cel_function *rows, size_t count, size_t arg_count);

/* The table, row by row; NULL behind its end. */
const struct cel_function *function_at(size_t index);

/* fn_collect.c */
struct value fn_size_text(struct eval *eval, const struct value *args, size_t count);
struct value fn_size_bytes(struct eval *eval, const struct value *args, size_t count);
struct value fn_size_items(struct eval *eval, const struct value *args, size_t count);
struct value fn_type(struct eval *eval, const struct value *args, size_t count);
struct value fn_same(struct eval *eval, const struct value *args, size_t count);

/* fn_strings.c */
struct value fn_contains(struct eval *eval, const struct value *args, size_t count);
struct value fn_starts_with(struct eval *eval, const struct value *args, size_t count);
struct value fn_ends_with(struct eval *eval, const struct value *args, size_t count);
struct value fn_matches(struct eval *eval, const struct value *args, size_t count);
struct value fn_char_at(struct eval *eval, const struct value *args, size_t count);
struct value fn_index_of(struct eval *eval, const struct value *args, size_t count);
struct value fn_last_index_of(struct eval *eval, const struct value *args, size_t count);
struct value fn_substring(struct eval *eval, const struct value *args, size_t count);

/* fn_rewrite.c */
struct value fn_lower_ascii(struct eval *eval, const struct value *args, size_t count);
struct value fn_upper_ascii(struct eval *eval, const struct value *args, size_t count);
struct value fn_replace(struct eval *eval, const struct value *args, size_t count);
struct value fn_split(struct eval *eval, const struct value *args, size_t count);
struct value fn_join(struct eval *eval, const struct value *args, size_t count);
struct value fn_trim(struct eval *eval, const struct value *args, size_t count);
struct value fn_reverse(struct eval *eval, const struct value *args, size_t count);
struct value fn_quote(struct eval *eval, const struct value *args, size_t count);

/* fn_format.c */
struct value fn_format(struct eval *eval, const struct value *args, size_t count);

/* fn_convert.c */
struct value fn_to_bool(struct eval *eval, const struct value *args, size_t count);
struct value fn_to_int(struct eval *eval, const struct value *args, size_t count);
struct value fn_to_uint(struct eval *eval, const struct value *args, size_t count);
struct value fn_to_double(struct eval *eval, const struct value *args, size_t count);
struct value fn_to_string(struct eval *eval, const struct value *args, size_t count);
struct value fn_to_bytes(struct eval *eval, const struct value *args, size_t count);
struct value fn_to_duration(struct eval *eval, const struct value *args, size_t count);
struct value fn_to_timestamp(struct eval *eval, const struct value *args, size_t count);

/* fn_time.c */
struct value fn_get_full_year(struct eval *eval, const struct value *args, size_t count);
struct value fn_get_month(struct eval *eval, const struct value *args, size_t count);
struct value fn_get_day_of_year(struct eval *eval, const struct value *args, size_t count);
struct value fn_get_day_of_month(struct eval *eval, const struct value *args, size_t count);
struct value fn_get_date(struct eval *eval, const struct value *args, size_t count);
struct value fn_get_day_of_week(struct eval *eval, const struct value *args, size_t count);
struct value fn_get_hours(struct eval *eval, const struct value *args, size_t count);
struct value fn_get_minutes(struct eval *eval, const struct value *args, size_t count);
struct value fn_get_seconds(struct eval *eval, const struct value *args, size_t count);
struct value fn_get_milliseconds(struct eval *eval, const struct value *args, size_t count);

/* fn_optional.c */
struct value fn_optional_none(struct eval *eval, const struct value *args, size_t count);
struct value fn_optional_of(struct eval *eval, const struct value *args, size_t count);
struct value fn_optional_of_non_zero(struct eval *eval, const struct value *args, size_t count);
struct value fn_has_value(struct eval *eval, const struct value *args, size_t count);
struct value fn_value(struct eval *eval, const struct value *args, size_t count);
struct value fn_first(struct eval *eval, const struct value *args, size_t count);
struct value fn_last(struct eval *eval, const struct value *args, size_t count);
struct value fn_unwrap(struct eval *eval, const struct value *args, size_t count);

/* fn_network.c */
struct value fn_ip(struct eval *eval, const struct value *args, size_t count);
struct value fn_cidr(struct eval *eval, const struct value *args, size_t count);
struct value fn_is_ip(struct eval *eval, const struct value *args, size_t count);
struct value fn_is_cidr(struct eval *eval, const struct value *args, size_t count);
struct value fn_ip_is_canonical(struct eval *eval, const struct value *args, size_t count);
struct value fn_family(struct eval *eval, const struct value *args, size_t count);
struct value fn_is_loopback(struct eval *eval, const struct value *args, size_t count);
struct value fn_is_unspecified(struct eval *eval, const struct value *args, size_t count);
struct value fn_is_global_unicast(struct eval *eval, const struct value *args, size_t count);
struct value fn_is_link_local_multicast(struct eval *eval, const struct value *args, size_t count);
struct value fn_is_link_local_unicast(struct eval *eval, const struct value *args, size_t count);
struct value fn_contains_ip(struct eval *eval, const struct value *args, size_t count);
struct value fn_contains_cidr(struct eval *eval, const struct value *args, size_t count);
struct value fn_cidr_ip(struct eval *eval, const struct value *args, size_t count);
struct value fn_is_mask(struct eval *eval, const struct value *args, size_t count);
struct value fn_masked(struct eval *eval, const struct value *args, size_t count);
struct value fn_prefix_length(struct eval *eval, const struct value *args, size_t count);

/* fn_encoders.c */
struct value fn_base64_encode(struct eval *eval, const struct value *args, size_t count);
struct value fn_base64_decode(struct eval *eval, const struct value *args, size_t count);

#endif
