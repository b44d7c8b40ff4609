/* A sender of alerts, led by hand: what it asks, and what it is told. */
#ifndef TESTS_LOOP_SENDER_H
#define TESTS_LOOP_SENDER_H

#include "tests/engine/loop/life.h"

struct sender {
    int told;
    bool repeated;
    enum soar_class class;
    struct arena *arena;
    struct value verdicts;
};

static inline void sender_told(void *arg, const struct value *verdicts, bool repeated,
                               const struct soar_err *err)
{
    struct sender *sender = arg;

    sender->told++;
    sender->repeated = repeated;
    sender->class = err->class;
    sender->verdicts = value_copy(sender->arena, verdicts);
}

static const struct site_webhook sender_webhook = {
    .name = "siem", .path = "/webhook/siem", .format = "soar", .confidence_max = 100};

struct asked {
    const char *request;
    size_t count;
    const char *alerts[4]; /* NULL: refused */
    size_t playbook_count;
    const struct playbook *playbooks[2];
};

static inline int sender_ask(struct life *life, const struct asked *asked, struct sender *sender)
{
    struct stage *stage = &life->story->stage;
    struct value *values = arena_array(stage->arena, 4, sizeof *values);
    struct loop_item items[4];

    for (size_t i = 0; i < asked->count; i++) {
        const char *text = asked->alerts[i];

        if (text)
            values[i] = stage_alert(stage, text);
        items[i] = (struct loop_item){.alert = text ? &values[i] : NULL,
                                      .refused = text ? NULL : "rule: expected an object",
                                      .body = text ? text : "{\"rule\":1\xff}",
                                      .len = text ? strlen(text) : 11};
    }
    struct loop_intake intake = {.source = "siem",
                                 .from = "192.0.2.7",
                                 .request = asked->request,
                                 .repeat_ms = 3600000,
                                 .webhook = &sender_webhook,
                                 .item_count = asked->count,
                                 .items = items,
                                 .playbook_count = asked->playbook_count,
                                 .playbooks = asked->playbooks,
                                 .done = sender_told,
                                 .arg = sender};

    sender->arena = stage->arena;
    return loop_receive(life->loop, &intake, &life->story->err);
}

static inline void sender_waits(struct life *life, struct sender *sender)
{
    for (int i = 0; i < 10 && !sender->told; i++)
        loop_turn(life->loop);
    assert_int_equal(sender->told, 1);
}

static inline const struct value *sender_heard(const struct sender *sender, size_t item, const char *what)
{
    return value_get(value_at(&sender->verdicts, item), what);
}

static inline const char *sender_run(const struct sender *sender, size_t item)
{
    return value_get_string(value_at(sender_heard(sender, item, "starts"), 0), "run", "");
}

#endif
