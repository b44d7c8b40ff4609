/* Reads the operator's files and makes the site of them: the configuration first, since it may name the
 * inventory. A mistake in either is told with its own file's name; both are looked at, so that one look shows
 * all. */
#include "engine/site/site.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/digest.h"
#include "engine/base/file.h"
#include "engine/base/limits.h"
#include "engine/site/site_parts.h"

/* A name from the command line as it stays valid when the directory changes. "-" is standard input. */
static const char *absolute_path(struct arena *arena, const char *path)
{
    if (path[0] == '/' || strcmp(path, "-") == 0) {
        return path;
    }
    char *here = getcwd(NULL, 0);
    const char *whole = here == NULL ? path : arena_printf(arena, "%s/%s", here, path);
    free(here);
    return whole;
}

/* Diagnostics name the file as it was given; the list's own name is put back after. */
static const struct yaml_node *read_tree(struct arena *arena, const char *file, char ret_digest[DIGEST_HEX],
                                         struct diag_list *diags)
{
    char *text = NULL;
    size_t len = 0;
    struct soar_err err;
    if (file_read(arena, file, LIMIT_FILE_BYTES, &text, &len, &err) != 0) {
        diag_error(diags, 0, 0, "%s", err.text);
        return NULL;
    }
    digest_sha256_hex(text, len, ret_digest);
    return yaml_parse(arena, text, len, diags);
}

static void read_config(struct arena *arena, const char *file, struct site *site, const char **inventory_file,
                        struct diag_list *diags)
{
    diags->file = file;
    site->config_file = absolute_path(arena, file);
    const struct yaml_node *root = read_tree(arena, file, site->config_digest, diags);
    if (root == NULL) {
        return;
    }
    config_read(arena, root, site->config_file, site, diags);
    if (*inventory_file == NULL) {
        *inventory_file = config_inventory(arena, root, site->config_file);
    }
}

static void read_inventory(struct arena *arena, const char *file, struct site *site, struct diag_list *diags)
{
    diags->file = file;
    site->inventory_file = absolute_path(arena, file);
    const struct yaml_node *root = read_tree(arena, file, site->inventory_digest, diags);
    if (root != NULL) {
        inventory_read(arena, root, site->inventory_file, site, diags);
    }
}

int site_load(struct arena *arena, const char *inventory_file, const char *config_file,
              struct site **ret_site, struct diag_list *diags)
{
    const char *before = diags->file;
    size_t errors = diags->errors;
    struct site *site = arena_alloc(arena, sizeof *site);
    if (config_file != NULL) {
        read_config(arena, config_file, site, &inventory_file, diags);
    }
    if (inventory_file != NULL) {
        const size_t from_config = site->management_count;
        const char *const *management = site->management;
        read_inventory(arena, inventory_file, site, diags);
        if (from_config > 0) { /* the configuration is nearer to the operator */
            site->management_count = from_config;
            site->management = management;
        }
    }
    diags->file = before;
    if (diags->errors > errors) {
        return -1;
    }
    *ret_site = site;
    return 0;
}

static int read_tree_inventory(struct arena *arena, const struct yaml_node *root, const char *file,
                               bool text_secrets, struct site **ret_site, struct diag_list *diags)
{
    size_t errors = diags->errors;
    struct site *site = arena_alloc(arena, sizeof *site);
    site->text_secrets = text_secrets;
    inventory_read(arena, root, absolute_path(arena, file), site, diags);
    if (diags->errors > errors) {
        return -1;
    }
    *ret_site = site;
    return 0;
}

int site_read_inventory(struct arena *arena, const struct yaml_node *root, const char *file,
                        struct site **ret_site, struct diag_list *diags)
{
    return read_tree_inventory(arena, root, file, false, ret_site, diags);
}

int site_read_stand_in(struct arena *arena, const struct yaml_node *root, const char *file,
                       struct site **ret_site, struct diag_list *diags)
{
    return read_tree_inventory(arena, root, file, true, ret_site, diags);
}
