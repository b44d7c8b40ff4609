/* The types of a pack's parameters: checked and made canonical before anything else sees the value
 * (docs/writing-an-action.md). */
#ifndef ACTION_TYPE_H
#define ACTION_TYPE_H

#include "engine/base/buf.h"
#include "engine/base/value.h"
#include "soar/err.h"

enum type_kind {
    TYPE_IP,
    TYPE_IP4,
    TYPE_IP6,
    TYPE_CIDR,
    TYPE_PORT,
    TYPE_ENDPOINT,
    TYPE_MAC,
    TYPE_HOST,
    TYPE_USER,
    TYPE_DN,
    TYPE_UUID,
    TYPE_SHA256,
    TYPE_INT,
    TYPE_BOOL,
    TYPE_DURATION,
    TYPE_WORD,
    TYPE_TEXT,
    TYPE_PATH,
    TYPE_SECRET,
    TYPE_ENUM,
    TYPE_KIND_COUNT
};

struct type {
    enum type_kind kind;
    bool list; /* list of kind */
    size_t choice_count;
    const char *const *choices; /* of an enum */
};

/* "list of endpoint", "enum [full, selective]". */
int type_parse(struct arena *arena, const char *text, struct type *ret_type, struct soar_err *err)
    __attribute__((warn_unused_result));
const char *type_kind_name(enum type_kind kind); /* "ip" */
void type_print(const struct type *type, struct buf *out);

/* The canonical form of a value: an ip as VALUE_STRING in canonical spelling, an endpoint as a map {ip, port,
 * family}, a duration as VALUE_SPAN, a port and an int as VALUE_INT … In a text an endpoint prints as
 * "ip:port". */
int type_check(const struct type *type, const struct value *given, struct arena *arena,
               struct value *ret_value, struct soar_err *err) __attribute__((warn_unused_result));

#endif
