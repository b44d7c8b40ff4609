/* A mapping file as it is bound, before its expressions are looked at. */
#ifndef TRIGGER_INTAKE_TABLE_H
#define TRIGGER_INTAKE_TABLE_H

#include "engine/trigger/intake_parts.h"

struct intake_file {
    const struct yaml_node *source;
    const char *about;
    struct bind_texts documented;
    const char *lacks;
    bool unfold;
    struct bind_texts unpack;
    const struct yaml_node *split;
    const struct yaml_node *when;
    const struct yaml_node *let;
    const struct yaml_node *alert;
};

#endif
