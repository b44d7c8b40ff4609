/* `evidence:` of the configuration. What it leaves out has a default here, so that a memory image has a place
 * also where nobody thought of one; the defaults are for a machine whose journal lies on the same disk. */
#include <stddef.h>

#include "engine/base/file.h"
#include "engine/base/text.h"
#include "engine/site/site_parts.h"

/* The journal's room: it grows by kilobytes, a dump by gigabytes. An image larger than the default bound is
 * larger than the memory of most machines there are: a stream that doesn't end. */
#define RESERVE_BYTES ((int64_t)2 << 30)
#define AT_MOST_BYTES ((int64_t)1 << 40)

#define AT(field) offsetof(struct evidence_entry, field)
static const struct bind_key keys[] = {
    {.name = "dir",
     .kind = BIND_TEXT,
     .offset = AT(dir),
     .about = "directory of objects and manifest; default: evidence in the state directory"},
    {.name = "key",
     .kind = BIND_TEXT,
     .offset = AT(key),
     .about = "file of the Ed25519 key that signs; default: signing.key in dir, made at the first use"},
    {.name = "reserve",
     .kind = BIND_SCALAR,
     .offset = AT(reserve),
     .about = "bytes of its disk that evidence leaves free: 2GiB"},
    {.name = "at_most",
     .kind = BIND_SCALAR,
     .offset = AT(at_most),
     .about = "bytes of one evidence, uncompressed: 1TiB"},
    {0}};
#undef AT
const struct bind_table evidence_table = {"'evidence'", sizeof(struct evidence_entry), keys};

static void size_read(const struct yaml_node *node, const char *what, int64_t least, int64_t *ret_bytes,
                      struct diag_list *diags)
{
    if (node == NULL)
        return;
    int64_t bytes = text_bytes(node->text, node->len);
    if (bytes < least)
        diag_error(diags, node->line, node->col, "'%s': expected a size like 64GiB or 500MB, found '%.60s'",
                   what, node->text);
    else
        *ret_bytes = bytes;
}

void evidence_read(struct arena *arena, const struct yaml_node *node, const struct evidence_entry *entry,
                   const char *file, struct site *site, struct diag_list *diags)
{
    if (node == NULL)
        return;
    struct site_evidence *evidence = arena_alloc(arena, sizeof *evidence);
    *evidence = (struct site_evidence){.dir = entry->dir ? file_beside(arena, file, entry->dir) : NULL,
                                       .key = entry->key ? file_beside(arena, file, entry->key) : NULL,
                                       .reserve_bytes = RESERVE_BYTES,
                                       .at_most_bytes = AT_MOST_BYTES};
    size_read(entry->reserve, "reserve", 0, &evidence->reserve_bytes, diags);
    size_read(entry->at_most, "at_most", 1, &evidence->at_most_bytes, diags);
    site->evidence = evidence;
}

struct site_evidence site_evidence_of(const struct site *site, const char *state, struct arena *arena)
{
    struct site_evidence evidence = {.reserve_bytes = RESERVE_BYTES, .at_most_bytes = AT_MOST_BYTES};
    if (site && site->evidence)
        evidence = *site->evidence;
    if (evidence.dir == NULL)
        evidence.dir = arena_printf(arena, "%s/evidence", state);
    return evidence;
}
