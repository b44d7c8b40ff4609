/* Events for the ledger as a run writes them, their bodies given as JSON. */
#ifndef TESTS_LEDGER_FOLDING_H
#define TESTS_LEDGER_FOLDING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/ledger/ledger.h"

#define ROW "\"action\":\"Isolate\",\"provider\":\"nft\",\"place\":\"\",\"name\":\"web-01\""
#define INTENT                                                                                               \
    "{\"containment\":{" ROW ",\"pack\":\"d1\",\"args\":{\"allow\":[]},\"host\":{\"os\":\"linux\"}}"
#define HELD  "{\"outcome\":\"changed\",\"holder\":{" ROW ",\"ours\":true,\"until\":0}"
#define FREED "{\"outcome\":\"changed\",\"way\":\"undo\",\"freed\":{" ROW "}}"

struct folding {
    struct arena *arena;
    struct ledger *ledger;
    int64_t at_ms;
};

static inline void folding_init(struct folding *folding)
{
    *folding = (struct folding){.arena = arena_new(), .ledger = ledger_new(), .at_ms = 1000};
}

static inline void folding_done(struct folding *folding)
{
    ledger_free(folding->ledger);
    arena_free(folding->arena);
}

static inline void fold_to(struct folding *folding, enum event_kind kind, const char *run, const char *target,
                           const char *body)
{
    struct event event = {.n = 1,
                          .at_ms = folding->at_ms++,
                          .kind = kind,
                          .run = run,
                          .step = "isolate",
                          .item = "",
                          .target = target};

    assert_int_equal(json_parse(folding->arena, body, strlen(body), &event.body, NULL), 0);
    ledger_apply(folding->ledger, &event);
}

static inline void fold(struct folding *folding, enum event_kind kind, const char *run, const char *body)
{
    fold_to(folding, kind, run, "host:web-01", body);
}

static inline const struct ledger_row *row_now(const struct folding *folding)
{
    return ledger_find(folding->ledger, "host:web-01", "Isolate", "nft", "");
}

/* The views look: what was freed is gone. */
static inline size_t look(struct folding *folding, struct soar_row **ret_rows)
{
    size_t count = 0;

    ledger_rows(folding->ledger, folding->arena, ret_rows, &count);
    return count;
}

#endif
