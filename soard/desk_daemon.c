/* soard about itself: since when, with which files, how its front is. What the record says is the verb's own
 * to find. */
#include "soard/desk_daemon.h"

#include <unistd.h>

#include "engine/verbs/sources.h"
#include "engine/verbs/verb.h"
#include "soard/daemon.h"
#include "soard/front_link.h"

enum { HOST_BYTES = 256 };

static struct value about(const struct daemon *daemon, struct arena *arena)
{
    const struct world *world = world_system();
    const char *not_ready = daemon_not_ready(daemon);
    char host[HOST_BYTES] = "";
    struct value_builder map;

    gethostname(host, sizeof host - 1);
    value_build(&map, arena);
    value_put_text(&map, "version", value_static(SOAR_VERSION));
    value_put_text(&map, "host", value_text(arena, host));
    value_put_text(&map, "pid", value_int(getpid()));
    value_put_text(&map, "config", value_text(arena, daemon->config_file));
    value_put_text(&map, "state", value_text(arena, daemon->state_dir));
    value_put_text(&map, "since", value_int(daemon->started_wall_ms));
    value_put_text(&map, "up_ms", value_int(world->boot_ms(world->arg) - daemon->started_boot_ms));
    value_put_text(&map, "ready", value_bool(!not_ready));
    value_put_text(&map, "why_not", value_text(arena, not_ready ? not_ready : ""));
    return value_end_map(&map);
}

static struct value front(const struct daemon *daemon, struct arena *arena)
{
    struct front_status status = {0};
    struct value_builder map;

    front_status(daemon->front, &status);
    value_build(&map, arena);
    value_put_text(&map, "wanted", value_bool(status.wanted));
    value_put_text(&map, "ready", value_bool(status.ready));
    value_put_text(&map, "address", value_text(arena, status.address ? status.address : ""));
    value_put_text(&map, "failure", value_text(arena, status.failure ? status.failure : ""));
    value_put_text(&map, "restarts", value_int(status.restarts));
    value_put_text(&map, "unanswered", value_int((int64_t)status.unanswered));
    return value_end_map(&map);
}

static struct value playbooks(const struct wiring *wiring, struct arena *arena)
{
    struct value_builder map, list;

    value_build(&list, arena);
    for (size_t i = 0; i < wiring->broken_count; i++)
        value_push(&list, value_text(arena, wiring->broken[i]));
    value_build(&map, arena);
    value_put_text(&map, "count", value_int((int64_t)wiring->playbook_count));
    value_put_text(&map, "broken", value_end_list(&list));
    return value_end_map(&map);
}

static void status(void *arg, struct arena *arena, struct value_builder *map)
{
    const struct daemon *daemon = arg;

    value_put_text(map, "soard", about(daemon, arena));
    value_put_text(map, "front", front(daemon, arena));
    value_put_text(map, "playbooks", playbooks(daemon->now, arena));
    value_put_text(map, "repositories", sources_value(daemon->sources, NULL, arena));
}

static int reload(void *arg, const char *by, struct soar_err *err)
{
    return daemon_reload(arg, by, err);
}

void desk_daemon(struct daemon *daemon, struct verb_daemon *ret_of)
{
    *ret_of =
        (struct verb_daemon){.status = status, .reload = reload, .sources = daemon->sources, .arg = daemon};
}
