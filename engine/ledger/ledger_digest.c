/* What a hold is about, as a few characters a person gives back: a yes is to exactly those who were shown.
 *
 * It says nothing of when they came or how often. Runs are named by us and not by an alert, so nobody outside
 * can look beforehand for a host that leaves it as it was. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/digest.h"
#include "engine/ledger/ledger_parts.h"

struct member {
    const char *texts[3]; /* run, task, name */
};

static int compare(const void *a, const void *b)
{
    const struct member *left = a;
    const struct member *right = b;
    int order = 0;

    for (int i = 0; i < 3 && order == 0; i++)
        order = strcmp(left->texts[i], right->texts[i]);
    return order;
}

static void add(struct digest *digest, const char *text)
{
    digest_piece(digest, text, strlen(text));
}

const char *ledger_ask_digest(const struct ledger_ask *ask, struct arena *arena)
{
    struct member *members = arena_array(arena, ask->member_count + 1, sizeof *members);
    uint8_t bytes[DIGEST_BYTES];
    char hex[DIGEST_HEX];

    if (strcmp(ask->kind, "hold") != 0)
        return ask->digest;
    for (size_t i = 0; i < ask->member_count; i++)
        members[i] = (struct member){{ask->runs[i], ask->tasks[i], ask->names[i]}};
    qsort(members, ask->member_count, sizeof *members, compare);
    struct digest *digest = digest_new();

    add(digest, ask->rule);
    for (size_t i = 0; i < ask->member_count; i++) {
        if (i && compare(&members[i - 1], &members[i]) == 0)
            continue; /* asked again after a crash */
        for (int t = 0; t < 3; t++)
            add(digest, members[i].texts[t]);
    }
    digest_end(digest, bytes);
    digest_hex(bytes, hex);
    return arena_printf(arena, "%.4s-%.4s", hex, hex + 4);
}
