/* One field of an alert: is it what it should be? An alert is written by the attacker as much as by the SIEM,
 * so every field that the engine itself reads has its type checked once, here, and errors name the path. */
#include <inttypes.h>

#include "engine/trigger/trigger_parts.h"

static const char *kind_of(const struct value *value)
{
    switch (value->kind) {
    case VALUE_NULL:
        return "null";
    case VALUE_BOOL:
        return "true or false";
    case VALUE_INT:
    case VALUE_UINT:
    case VALUE_DOUBLE:
        return "a number";
    case VALUE_STRING:
        return value->len == 0 ? "an empty text" : "a text";
    case VALUE_LIST:
        return "a list";
    case VALUE_MAP:
        return "an object";
    case VALUE_BYTES:
    case VALUE_TIME:
    case VALUE_SPAN:
    case VALUE_TYPE:
    case VALUE_OPTIONAL:
    case VALUE_IP:
    case VALUE_CIDR:
    case VALUE_UNKNOWN:
    case VALUE_ERROR:
    case VALUE_KIND_COUNT:
        break;
    }
    return value_kind_name(value->kind);
}

int field_tell(const struct field *field, const char *expected)
{
    return soar_err_set(field->err, SOAR_INVALID, "alert.%s: expected %s, found %s", field->path, expected,
                        field->value == NULL ? "nothing" : kind_of(field->value));
}

int field_text(const struct field *field, struct value *ret_text)
{
    const struct value *value = field->value;
    if (value != NULL && value->kind == VALUE_STRING && value->len > 0) {
        *ret_text = *value;
        return 0;
    }
    if (value != NULL && value->kind == VALUE_INT) {
        *ret_text = value_text(field->arena, arena_printf(field->arena, "%" PRId64, value->integer));
        return 0;
    }
    return field_tell(field, "a text");
}

int field_texts(const struct field *field, struct value *ret_list)
{
    struct value_builder list;
    value_build(&list, field->arena);
    size_t count = field->value->kind == VALUE_LIST ? value_count(field->value) : 1;
    for (size_t i = 0; i < count; i++) {
        struct field item = *field;
        if (field->value->kind == VALUE_LIST) {
            item.path = arena_printf(field->arena, "%s[%zu]", field->path, i);
            item.value = value_at(field->value, i);
        }
        struct value text;
        if (field_text(&item, &text) != 0) {
            return -1;
        }
        value_push(&list, text);
    }
    *ret_list = value_end_list(&list);
    return 0;
}

int field_number(const struct field *field, double min, double max)
{
    const struct value *value = field->value;
    double number = min - 1;
    if (value->kind == VALUE_INT) {
        number = (double)value->integer;
    } else if (value->kind == VALUE_DOUBLE) {
        number = value->real;
    }
    if (number >= min && number <= max) {
        return 0;
    }
    return field_tell(field, arena_printf(field->arena, "a number from %g to %g", min, max));
}

int field_map(const struct field *field)
{
    return field->value->kind == VALUE_MAP ? 0 : field_tell(field, "an object");
}
