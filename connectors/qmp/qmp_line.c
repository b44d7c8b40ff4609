/* Greeting, event, return, error: a line has exactly one of these keys, of the right type, or it is none.
 *
 * Whatever else it holds is ignored. No word of the monitor leaves here that could move a terminal's cursor.
 */
#include "connectors/qmp/qmp_line.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/json.h"
#include "engine/base/text.h"

enum { SHOWN_BYTES = 200 };

const char *qmp_shown(struct arena *arena, const char *text, size_t len)
{
    BUF_SCOPED shown;
    buf_init(&shown, 0);
    text_visible(&shown, text, len < SHOWN_BYTES ? len : SHOWN_BYTES);
    return arena_printf(arena, "%s%s", buf_string(&shown), len > SHOWN_BYTES ? "…" : "");
}

static const char *shown_of(struct arena *arena, const struct value *map, const char *key)
{
    const struct value *text = value_get(map, key);
    return text && text->kind == VALUE_STRING ? qmp_shown(arena, text->text, text->len) : NULL;
}

static int parse_error(struct arena *arena, const struct value *body, struct qmp_line *line,
                       struct soar_err *err)
{
    line->name = shown_of(arena, body, "class");
    line->text = shown_of(arena, body, "desc");
    if (line->name == NULL || line->text == NULL)
        return soar_err_set(err, SOAR_INVALID, "an error without class or desc");
    return 0;
}

int qmp_line_parse(struct arena *arena, const char *text, size_t len, struct qmp_line *ret_line,
                   struct soar_err *err)
{
    static const char *const keys[] = {
        [QMP_GREETING] = "QMP", [QMP_EVENT] = "event", [QMP_RETURN] = "return", [QMP_ERROR] = "error"};
    struct value map;
    const struct value *body = NULL, *id;
    size_t found = 0;
    *ret_line = (struct qmp_line){.value = value_null(), .name = "", .text = "", .id = ""};
    if (json_parse(arena, text, len, &map, err)) {
        if (err)
            err->class = SOAR_INVALID;
        return -1;
    }
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const struct value *value = value_get(&map, keys[i]);
        if (value == NULL)
            continue;
        found++;
        body = value;
        ret_line->kind = (enum qmp_line_kind)i;
    }
    if (found != 1)
        return soar_err_set(err, SOAR_INVALID, "neither greeting, event, return nor error");
    id = value_get(&map, "id");
    if (id && id->kind != VALUE_STRING)
        return soar_err_set(err, SOAR_INVALID, "an id that is no text");
    if (id)
        ret_line->id = arena_copy(arena, id->text, id->len);
    ret_line->value = *body;
    if (ret_line->kind == QMP_ERROR)
        return parse_error(arena, body, ret_line, err);
    if (ret_line->kind == QMP_GREETING && body->kind != VALUE_MAP)
        return soar_err_set(err, SOAR_INVALID, "a greeting that is no map");
    if (ret_line->kind == QMP_EVENT) {
        const struct value *data = value_get(&map, "data");
        ret_line->name = shown_of(arena, &map, "event");
        ret_line->value = data ? *data : value_null();
        if (ret_line->name == NULL)
            return soar_err_set(err, SOAR_INVALID, "an event without a name");
    }
    return 0;
}
