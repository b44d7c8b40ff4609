/* A shelf of four small packs, one for each thing an action may fan out over that playbooks speak of. */
#ifndef TESTS_PLAYBOOK_SHELF_H
#define TESTS_PLAYBOOK_SHELF_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "engine/base/buf.h"
#include "engine/playbook/playbook.h"

#define PACK_END                                                                                             \
    "providers:\n  plain:\n    via: ssh\n    in_doubt: retry\n    apply: [{ssh.run: {script: \"true\"}}]\n"

static const char *const shelf_texts[] = {
    "action: Isolate_Endpoint\nsummary: Cut a host off.\nper: host\nlock: network\nparams:\n"
    "  allow: {type: list of endpoint, default: [], about: \"pairs that stay reachable\"}\n"
    "  dead_man: {type: duration, default: 60s, about: \"frees itself\"}\n" PACK_END,
    "action: Revoke_Credentials\nsummary: Lock an account.\nper: user\nlock: account\nparams:\n"
    "  reset: {type: bool, default: true, about: \"also the password\"}\n" PACK_END,
    "action: Snapshot_Memory\nsummary: Image a host's memory.\nper: host\nlock: memory\n" PACK_END,
    "action: Open_Ticket\nsummary: Tell people.\nper: once\nparams:\n"
    "  text: {type: text, about: \"what it says\"}\n"
    "  level: {type: \"enum [low, high]\", default: low, about: \"how loud\"}\n" PACK_END,
};

static inline struct pack_shelf *shelf_new(struct arena *arena)
{
    struct pack_shelf *shelf = pack_shelf_new(arena);
    for (size_t i = 0; i < sizeof shelf_texts / sizeof shelf_texts[0]; i++) {
        struct diag_list diags;
        diag_init(&diags, arena, "pack");
        if (pack_shelf_add_text(shelf, shelf_texts[i], strlen(shelf_texts[i]), "test", &diags) != 0) {
            fail_msg("pack %zu: %s", i, diags.first->text);
        }
    }
    return shelf;
}

/* The playbook; its mistakes and warnings as lines in *ret_lines. */
static inline struct playbook *load_playbook(struct arena *arena, const char *text, size_t len,
                                             const struct site *site, const char **ret_lines)
{
    struct diag_list diags;
    diag_init(&diags, arena, "f");
    struct playbook *playbook = playbook_load(arena, "f", text, len, shelf_new(arena), site, &diags);
    assert_int_equal(playbook == NULL, diags.errors > 0);
    BUF_SCOPED out;
    buf_init(&out, 0);
    diag_print(&diags, &out);
    *ret_lines = arena_string(arena, buf_string(&out));
    return playbook;
}

#define STEP(rest) "playbook_name: P\nactions:\n  - {step: 1, action: Isolate_Endpoint" rest "}\n"

/* A playbook that must be without a mistake or a warning. */
static inline struct playbook *load_well(struct arena *arena, const char *text)
{
    const char *lines = NULL;
    struct playbook *playbook = load_playbook(arena, text, strlen(text), NULL, &lines);
    assert_string_equal(lines, "");
    return playbook;
}

#endif
