/* The keys of a mapping file, as a table: what the reader binds by and what `soarctl schema intake` prints.
 * The tree of `alert:` is read by intake_tree.c; here is only the schema an editor gets for it. */
#include "engine/trigger/intake_table.h"

#define AT(field) offsetof(struct intake_file, field)
#define TREE                                                                                                 \
    "{\"$comment\": \"an expression, a list, a map of trees, {each, in, give}, {of, table}, "                \
    "{of, at_least}\", \"type\": [\"string\", \"object\", \"array\"]}"

static const struct bind_key keys[] = {
    {.name = "source",
     .kind = BIND_SCALAR,
     .offset = AT(source),
     .required = true,
     .about = "the name: --source NAME"},
    {.name = "about",
     .kind = BIND_TEXT,
     .offset = AT(about),
     .required = true,
     .about = "what sends it, in one line"},
    {.name = "documented",
     .kind = BIND_TEXTS,
     .offset = AT(documented),
     .required = true,
     .about = "the vendor's pages that the names come from"},
    {.name = "lacks",
     .kind = BIND_TEXT,
     .offset = AT(lacks),
     .about = "why it may name neither host nor user: noted in such an alert"},
    {.name = "unfold_keys",
     .kind = BIND_BOOL,
     .offset = AT(unfold),
     .about = "true: a key `a.b` is b in a, for expressions"},
    {.name = "unpack",
     .kind = BIND_TEXTS,
     .offset = AT(unpack),
     .about = "paths of texts that hold JSON: expressions see what they hold"},
    {.name = "split",
     .kind = BIND_SCALAR,
     .offset = AT(split),
     .about = "the list of alerts in `document`; default: it is one"},
    {.name = "when",
     .kind = BIND_SCALAR,
     .offset = AT(when),
     .required = true,
     .about = "is `document` of this source?"},
    {.name = "let",
     .kind = BIND_NODE,
     .offset = AT(let),
     .schema = "{\"type\": \"object\", \"additionalProperties\": {\"type\": \"string\"}}",
     .about = "names for expressions over `event` and `document`"},
    {.name = "alert",
     .kind = BIND_NODE,
     .offset = AT(alert),
     .required = true,
     .schema = TREE,
     .about = "the alert in soar's own form, as a tree of expressions"},
    {0}};

static const struct bind_table table = {"a mapping file", sizeof(struct intake_file), keys};

const struct bind_table *intake_table(void)
{
    return &table;
}
