/* `schema`: what editors check is what the engine checks, printed from the same tables. */
#include <string.h>

#include "engine/verbs/verb_parts.h"
#include "engine/yaml/bind.h"

static const struct {
    const char *kind;
    const struct bind_table *(*table)(void); /* NULL: the pack's own, which knows each function's arguments */
    const char *title;
} schemas[] = {
    {"playbook", playbook_table, "A soar playbook"},
    {"action", NULL, "A soar action pack"},
    {"inventory", site_inventory_table, "A soar inventory"},
    {"config", site_config_table, "A soar configuration"},
};

VERB_FN(verb_schema)
{
    const char *kind = verb_text(request, "kind");

    for (size_t i = 0; i < sizeof schemas / sizeof schemas[0]; i++)
        if (strcmp(schemas[i].kind, kind) == 0) {
            *ret_answer = schemas[i].table ? bind_schema(context->arena, schemas[i].table(), schemas[i].title)
                                           : pack_schema(context->arena);
            return 0;
        }
    return soar_err_set(err, SOAR_INVALID, "schema: '%s': expected playbook, action, inventory or config",
                        kind);
}
