/* The one hand-written list of connectors, and the look-ups in it.
 *
 * A connector of ours has its functions in a file of its own here
 * (table_NAME.c), so that lint and the worker program read the same text. This
 * room starts nothing and links nothing. */
#include "connectors/table/table.h"

#include <string.h>

#include "connectors/table/table_list.h"

const struct connector *const connector_list[] = {&connector_http, &connector_ldap,  &connector_qmp,
                                                  &connector_ssh,  &connector_winrm, NULL};

const struct connector *connector_find(const char *name)
{
    for (size_t i = 0; connector_list[i]; i++)
        if (!strcmp(connector_list[i]->name, name))
            return connector_list[i];
    return NULL;
}

const struct function *connector_has(const struct connector *connector, const char *function)
{
    for (const struct function *f = connector->functions; f->name; f++)
        if (!strcmp(f->name, function))
            return f;
    return NULL;
}

const struct function *connector_function(const char *function)
{
    for (size_t i = 0; connector_list[i]; i++) {
        const struct function *found = connector_has(connector_list[i], function);
        if (found)
            return found;
    }
    return NULL;
}

const char *function_sink_name(enum function_sink sink)
{
    static const char *const names[SINK_COUNT] = {
        [SINK_SCRIPT] = "script",
        [SINK_ARGUMENT] = "argument",
        [SINK_LINES] = "lines",
        [SINK_JSON] = "json",
        [SINK_PATH] = "path",
        [SINK_QUERY] = "query",
        [SINK_FORM] = "form",
        [SINK_HEADER] = "header",
        [SINK_XML] = "xml",
        [SINK_FILTER] = "filter",
        [SINK_DN] = "dn",
        [SINK_ATTRIBUTE] = "attribute",
        [SINK_CONSTANT] = "constant",
    };
    return (unsigned)sink < SINK_COUNT ? names[sink] : "?";
}
