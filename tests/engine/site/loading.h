/* An inventory and a configuration as texts, written to files of a directory of the test's own. */
#ifndef TESTS_SITE_LOADING_H
#define TESTS_SITE_LOADING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/base/buf.h"
#include "engine/base/json.h"
#include "engine/site/site.h"

struct files {
    char dir[32];
    char inventory[64];
    char config[64];
};

static inline void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static inline struct files files_new(const char *inventory, const char *config)
{
    struct files files = {.dir = "/tmp/soar-site-XXXXXX"};
    assert_non_null(mkdtemp(files.dir));
    snprintf(files.inventory, sizeof files.inventory, "%s/inventory.yaml", files.dir);
    snprintf(files.config, sizeof files.config, "%s/soard.yaml", files.dir);
    if (inventory != NULL) {
        write_file(files.inventory, inventory);
    }
    if (config != NULL) {
        write_file(files.config, config);
    }
    return files;
}

static inline void files_done(const struct files *files)
{
    unlink(files->inventory);
    unlink(files->config);
    assert_int_equal(rmdir(files->dir), 0);
}

/* The lines of its mistakes and warnings without the directory, "" for none; *ret_site is NULL after a
 * mistake. */
static inline const char *load(struct arena *arena, const char *inventory, const char *config,
                               struct site **ret_site)
{
    struct files files = files_new(inventory, config);
    struct diag_list diags;
    diag_init(&diags, arena, "site");
    *ret_site = NULL;
    int result = site_load(arena, inventory == NULL ? NULL : files.inventory,
                           config == NULL ? NULL : files.config, ret_site, &diags);
    assert_int_equal(result, diags.errors > 0 ? -1 : 0);
    BUF_SCOPED out;
    BUF_SCOPED lines;
    buf_init(&out, 0);
    buf_init(&lines, 0);
    diag_print(&diags, &out);
    size_t skip = strlen(files.dir) + 1;
    for (const char *line = buf_string(&out); *line != '\0'; line = strchr(line, '\n') + 1) {
        const char *text = strncmp(line, files.dir, skip - 1) == 0 ? line + skip : line;
        buf_add(&lines, text, (size_t)(strchr(line, '\n') + 1 - text));
    }
    files_done(&files);
    return arena_string(arena, buf_string(&lines));
}

#endif
