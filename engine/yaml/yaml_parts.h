/* What the sources of the YAML reader share; nobody else includes it. */
#ifndef YAML_YAML_PARTS_H
#define YAML_YAML_PARTS_H

#include <yaml.h>

#include "engine/yaml/yaml.h"

/* Tells what libyaml stopped at, in our words where they say more than its own. */
void yaml_trouble(const yaml_parser_t *parser, const char *text, size_t len, struct diag_list *diags);

/* Before libyaml sees it: every byte must belong to UTF-8 and be a character YAML allows. False: a mistake
 * was told. */
bool yaml_check_bytes(const char *text, size_t len, struct diag_list *diags);

/* Fills text, plain, block and inner of a scalar's node. `written` is the source from the scalar's first byte
 * on. */
void yaml_fill_scalar(struct arena *arena, const yaml_event_t *event, const char *written, size_t written_len,
                      struct yaml_node *node);

#endif
