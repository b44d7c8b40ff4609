/* Plays the stories of the corpus of journals and writes each as text into a directory: run once for a
 * version, what it wrote is kept for ever (journals_test.c folds it). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/engine/loop/journal_text.h"
#include "tests/engine/loop/sender.h"

#define ISOLATE "  - {step: isolate, action: Isolate_Endpoint, target_os: [Linux]}\n"

static void contain_and_release(struct story *story)
{
    story_open(story, NULL);
    story_play(story, STEPS ISOLATE "  - {step: mark, action: Mark_Host, needs: [isolate]}\n",
               ALERT("\"web-01\",\"web-02\",\"ws-07\",\"nobody\""));
    story_play(story, STEPS ISOLATE, WEB);
    story_release(story);
}

static void held_and_in_doubt(struct story *story)
{
    story_open(story, "blast_radius: {isolate: {at_most: 1/1h, over: hold}}\n");
    story_fault(
        story, &(struct fake_fault){.target = "ws-07", .function = "ssh.run", .fate = FATE_LOSE, .times = 1});
    story_play(story, STEPS ISOLATE "  - {step: ring, action: Ring_Bell, targets: [ws-07]}\n",
               ALERT("\"web-01\",\"web-02\""));
    story_answer(story, "D-1", "again");
    story_answer(story, "H-1", "yes");
}

static void rolled_back(struct story *story)
{
    story_open(story, NULL);
    story_fault(story,
                &(struct fake_fault){
                    .target = "web-02", .function = "ssh.run", .fate = FATE_FAIL, .times = 1, .after = 3});
    story_play(story,
               STEPS ISOLATE
               "  - {step: mark, action: Mark_Host, enough: all, on_failure: rollback, target_os: "
               "[Linux]}\n",
               BOTH);
}

static void off_cut_off_and_stopped(struct story *story)
{
    static struct rehearsal_crash crash = {.point = "apply", .away_ms = 90000};

    story_open_with(story, &(struct stage_options){.seed = 1, .crashes = &crash, .crash_count = 1}, NULL);
    story_fault(story, &(struct fake_fault){.target = "web-02", .fate = FATE_REFUSE, .times = 1000});
    story_begin(story, STEPS ISOLATE, BOTH);
    story_pass(story, 900000);
    if (loop_cancel(story_loop(story), story_run(story, 0)->id, "ana", "enough", &story->err))
        abort();
    story_go_on(story);
    story_begin(story, STEPS ISOLATE, ALERT("\"web-02\"")); /* goes on when the journal ends */
    story_pass(story, 900000);
}

/* ---- what soard brought: alerts and their repetitions, pauses, reloads, ends and rechecks
 * --------------------------------------------------- */

enum { MINUTE_MS = 60000, HOUR_MS = 60 * MINUTE_MS };

static struct sender ask(struct life *life, const struct asked *asked)
{
    struct sender sender = {0};

    if (sender_ask(life, asked, &sender))
        abort();
    sender_waits(life, &sender);
    return sender;
}

static void pause_and_end(struct life *life, const char *what, const char *name)
{
    int64_t until_ms = loop_now(life->loop) + HOUR_MS;

    if (loop_pause(life->loop, what, name, until_ms, "ana", "a drill", &life->story->err))
        abort();
    life_pass(life, MINUTE_MS);
    if (loop_unpause(life->loop, what, name, "ana", &life->story->err))
        abort();
}

static void reload(struct life *life)
{
    const struct stage *stage = &life->story->stage;

    loop_reload(life->loop, &(struct loop_site){.site = &stage->site,
                                                .policy = stage->policy,
                                                .shelf = stage->shelf,
                                                .by = "SIGHUP",
                                                .playbook_count = 1});
    loop_reload_failed(life->loop, "ana (uid 1004)", "soard.yaml:3:1: unknown key 'webhoks'");
}

static void begin_daemon(struct life *life)
{
    life->recheck = life->forget = true;
    life_begin(life);
}

/* The last life of it ends with a hold whose end is asked about, a pause, keys and requests in force. */
static void a_daemons_day(struct story *story, struct life *life)
{
    story_open(story, "recheck: {every: 5m, broken: put_back}\n");
    life_init(life, story);
    begin_daemon(life);
    const struct playbook *once =
        stage_playbook(&story->stage, "playbook_name: Once\n"
                                      "trigger: {when: alert.confidence >= 80, dedup: {key: [alert.host], "
                                      "window: 12h}}\nactions:\n" ISOLATE);
    const struct playbook *timed =
        stage_playbook(&story->stage, "playbook_name: Timed\n"
                                      "trigger: {when: alert.confidence >= 80}\nactions:\n"
                                      "  - {step: isolate, action: Isolate_Endpoint, target_os: [Linux], "
                                      "expires: 2h}\n");

    ask(life, &(struct asked){"a1", 3, {WEB, WEB, NULL}, 1, {once}});
    life_pass(life, MINUTE_MS);
    ask(life, &(struct asked){"a1", 3, {WEB, WEB, NULL}, 1, {once}}); /* the same again */
    pause_and_end(life, "all", "");
    reload(life);
    struct sender sender = ask(life, &(struct asked){"a2", 1, {ALERT("\"web-02\"")}, 1, {timed}});
    const char *run = sender_run(&sender, 0);

    life_pass(life, 10 * MINUTE_MS);
    fake_world_break(story->stage.world, "host:web-02", "Isolate_Endpoint"); /* found open, and put back */
    life_pass(life, HOUR_MS);
    if (loop_extend(life->loop, run, "web-02", loop_now(life->loop) + HOUR_MS / 2, "ana", &story->err))
        abort();
    life_pass(life, MINUTE_MS);
    life_end(life);
    begin_daemon(life);
    if (loop_pause(life->loop, "source", "siem", loop_now(life->loop) + 12 * HOUR_MS, "ana", "", &story->err))
        abort();
    ask(life, &(struct asked){"a3", 1, {ALERT("\"ws-07\"")}, 1, {once}});
    life_pass(life, 45 * MINUTE_MS);
}

struct writing {
    FILE *out;
    struct arena *arena;
};

static void put(const struct writing *writing, const char *what, struct value value)
{
    fprintf(writing->out, "{\"%s\":%s}\n", what, json_text(writing->arena, &value));
}

static int put_text(void *arg, const struct soar_text *text)
{
    const struct writing *writing = arg;

    put(writing, "text", journal_text(writing->arena, text));
    return 0;
}

static int put_row(void *arg, const struct soar_row *row)
{
    const struct writing *writing = arg;

    put(writing, "row", journal_row(writing->arena, row));
    return 0;
}

static void write_journal(struct story *story, const struct memory_disk *disk, const char *file)
{
    static const enum soar_view views[] = {SOAR_VIEW_RUN,   SOAR_VIEW_TASK,        SOAR_VIEW_ASK,
                                           SOAR_VIEW_SPEND, SOAR_VIEW_CONTAINMENT, SOAR_VIEW_HOLDER,
                                           SOAR_VIEW_DEDUP, SOAR_VIEW_TIMER};
    struct soar_store *store = memory_store_open((struct memory_disk *)(uintptr_t)disk);
    struct writing writing = {.out = fopen(file, "w"), .arena = story->stage.arena};

    if (!writing.out)
        abort();
    if (store->ops->text(store, NULL, put_text, &writing, &story->err))
        abort();
    for (size_t i = 0; i < memory_disk_event_count(disk); i++)
        put(&writing, "event", journal_event(story->stage.arena, memory_disk_event(disk, i)));
    for (size_t i = 0; i < sizeof views / sizeof *views; i++)
        if (store->ops->rows(store, &(struct soar_query){.view = views[i]}, put_row, &writing, &story->err))
            abort();
    store->ops->close(store);
    fclose(writing.out);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*play)(struct story *story);
    } stories[] = {{"release", contain_and_release},
                   {"held", held_and_in_doubt},
                   {"rollback", rolled_back},
                   {"stopped", off_cut_off_and_stopped}};

    if (argc != 3) {
        fprintf(stderr, "usage: make_journals DIRECTORY VERSION\n");
        return 2;
    }
    for (size_t i = 0; i < sizeof stories / sizeof *stories; i++) {
        struct story story;

        stories[i].play(&story);
        write_journal(&story, rehearsal_disk(story.stage.rehearsal),
                      arena_printf(story.stage.arena, "%s/v%s-%s.ndjson", argv[1], argv[2], stories[i].name));
        story_close(&story);
    }
    struct story story;
    struct life life;

    a_daemons_day(&story, &life);
    life_end(&life);
    write_journal(&story, life.disk,
                  arena_printf(story.stage.arena, "%s/v%s-daemon.ndjson", argv[1], argv[2]));
    life_done(&life);
    story_close(&story);
    return 0;
}
