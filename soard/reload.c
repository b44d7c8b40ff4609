/* A reload: everything the operator wrote is read anew into a generation of its own. With a mistake in it the
 * old one stays in force, whole; without, the next turn of the loop uses the new one, and no run notices. A
 * replaced generation is kept until no run was started from it and nobody holds it. */
#include <string.h>

#include "engine/base/log.h"
#include "soard/daemon.h"
#include "soard/front_link.h"
#include "soard/notify.h"
#include "soard/repositories.h"
#include "soard/tell.h"

enum {
    KEEP_MS = 60 * 1000,   /* what was handed out in a turn is long done with */
    FORGET_MS = 10 * 1000, /* between two looks at who uses what: each walks over all live runs */
};

static int64_t now_ms(void)
{
    const struct world *world = world_system();

    return world->boot_ms(world->arg);
}

static bool is_used(const struct daemon *daemon, const struct wiring *wiring)
{
    bool used = wiring->held > 0 || now_ms() - wiring->replaced_ms < KEEP_MS;

    for (size_t i = 0; !used && i < wiring->playbook_count; i++)
        used = loop_uses(daemon->loop, wiring->playbooks[i]);
    return used;
}

void daemon_forget_old(struct daemon *daemon)
{
    if (now_ms() < daemon->forget_ms)
        return;
    daemon->forget_ms = now_ms() + FORGET_MS;
    for (struct wiring **at = &daemon->old; *at;) {
        struct wiring *wiring = *at;

        if (is_used(daemon, wiring)) {
            at = &wiring->next;
            continue;
        }
        *at = wiring->next;
        wiring_free(wiring);
    }
}

static bool differs(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") != 0;
}

/* What is open stays as it was opened. */
static void tell_what_waits(const struct site *before, const struct site *after)
{
    if (differs(before->state, after->state) || differs(before->socket, after->socket) ||
        differs(before->plugins, after->plugins))
        log_warning("state, socket and plugins are taken from the configuration when soard starts, not by a "
                    "reload");
}

void daemon_replace(struct daemon *daemon, struct wiring *fresh)
{
    struct wiring *before = daemon->now;

    daemon->now = fresh;
    before->replaced_ms = now_ms();
    before->next = daemon->old;
    daemon->old = before;
}

static void replace(struct daemon *daemon, struct wiring *fresh, const char *by)
{
    const struct loop_site site = {.site = fresh->site,
                                   .policy = fresh->policy,
                                   .shelf = fresh->shelf,
                                   .by = by,
                                   .playbook_count = fresh->playbook_count};
    const struct site *before = daemon->now->site;

    loop_reload(daemon->loop, &site);
    daemon_replace(daemon, fresh);
    repositories_use(daemon, by);
    tell_what_waits(before, fresh->site);
    tell_broken(daemon);
}

static int fail(struct daemon *daemon, struct wiring *fresh, const char *by, const struct soar_err *err)
{
    daemon->reload_failed = true;
    wiring_free(fresh);
    log_error("reload by %s: %s; the old configuration stays in force", by, err->text);
    loop_reload_failed(daemon->loop, by, err->text);
    notify_say(daemon->notify, "READY=1\nSTATUS=a reload failed, the old configuration stays in force");
    return -1;
}

int daemon_reload(struct daemon *daemon, const char *by, struct soar_err *err)
{
    BUF_SCOPED mistakes = {0};
    struct wiring *fresh = NULL;
    struct soar_err why = {0};

    notify_reloading(daemon->notify);
    int answer = wiring_load(daemon->config_file, &fresh, &mistakes, &why);
    tell_lines(answer ? LOG_ERROR_LEVEL : LOG_WARNING_LEVEL, &mistakes);
    if (answer || front_reload(daemon, fresh->site, &why)) {
        *err = why;
        return fail(daemon, fresh, by, &why);
    }
    daemon->reload_failed = false;
    replace(daemon, fresh, by);
    log_info("reloaded by %s: %zu playbooks, %zu webhooks, %zu hosts", by, fresh->playbook_count,
             fresh->site->webhook_count, fresh->site->host_count);
    notify_say(daemon->notify, "READY=1\nSTATUS=%zu playbooks, reloaded", fresh->playbook_count);
    return 0;
}
