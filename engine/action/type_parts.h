/* What the sources of the types share; nobody else includes it. */
#ifndef ACTION_TYPE_PARTS_H
#define ACTION_TYPE_PARTS_H

#include "engine/action/type.h"

/* Each takes a text and writes its canonical form, or says what was expected. */
int type_address(enum type_kind kind, const char *text, size_t len, struct arena *arena,
                 struct value *ret_value, struct soar_err *err); /* ip, ip4, ip6 */
int type_cidr(const char *text, size_t len, struct arena *arena, struct value *ret_value,
              struct soar_err *err);
int type_port(const struct value *given, struct value *ret_value, struct soar_err *err);
int type_endpoint(const struct value *given, struct arena *arena, struct value *ret_value,
                  struct soar_err *err);
int type_mac(const char *text, size_t len, struct arena *arena, struct value *ret_value,
             struct soar_err *err);
int type_host(const char *text, size_t len, struct arena *arena, struct value *ret_value,
              struct soar_err *err);

/* "expected EXPECTED, found 'TEXT'", with the text cut and made visible. */
int type_refuse(struct soar_err *err, const char *expected, const char *text, size_t len);

#endif
