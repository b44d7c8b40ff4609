/* What a worker is bound to: one host, one directory, one service, one monitor; and its secrets, apart. Which
 * of them it is, the function's connector says; which one, the task's target and its place. The worker reads
 * no file: what it may know is handed to it here. */
#include <string.h>

#include "engine/base/json.h"
#include "engine/loop/loop_peer.h"

const struct site_host *peer_host(const struct site *site, const struct run_task *task, struct soar_err *err)
{
    bool at_host = strcmp(value_get_string(&task->target, "at", ""), "host") == 0;
    const char *name = at_host ? run_task_place(task) : task->name;
    const struct site_host *host = site_find_host(site, name, NULL);

    if (!host)
        soar_err_set(err, SOAR_PERMANENT, "%s is no longer in the inventory", name);
    return host;
}

void peer_needs(struct peer *peer, const char *what, const char *reference, struct arena *arena)
{
    struct site_service_secret *secrets;

    if (!reference)
        return;
    secrets = arena_array(arena, peer->secret_count + 1, sizeof *secrets);
    for (size_t i = 0; i < peer->secret_count; i++)
        secrets[i] = peer->secrets[i];
    secrets[peer->secret_count++] = (struct site_service_secret){.name = what, .reference = reference};
    peer->secrets = secrets;
}

static int add_secret(const struct site *site, const struct peer *peer, size_t index, struct buf *out,
                      struct soar_err *err)
{
    const struct site_service_secret *need = &peer->secrets[index];
    const struct site_secret *given = peer->given ? &peer->given[index] : NULL;
    struct site_secret own = {0};

    if (!given || !given->bytes) {
        given = &own;
        if (site_secret_read(site, need->reference, &own, err)) {
            if (err)
                err->class = SOAR_PERMANENT;
            return soar_err_wrap(err, "%s: %s", peer->name, need->name);
        }
    }
    buf_char(out, out->len ? ',' : '{');
    json_quote(out, need->name, strlen(need->name));
    buf_char(out, ':');
    json_quote(out, given->bytes, given->len);
    site_secret_done(&own);
    return 0;
}

int peer_secrets(const struct site *site, struct peer *peer, char **ret_secrets, struct soar_err *err)
{
    BUF_SCOPED out = {.secret = true};
    int failed = 0;

    *ret_secrets = peer->made;
    peer->made = NULL;
    for (size_t i = 0; !failed && i < peer->secret_count; i++)
        failed = add_secret(site, peer, i, &out, err);
    if (!failed && out.len > 0) {
        buf_char(&out, '}');
        *ret_secrets = strdup(buf_string(&out));
    }
    return failed;
}

typedef int (*peer_fn)(const struct site *site, const struct run_task *task, const struct peer_log_in *log_in,
                       struct arena *arena, struct peer *ret_peer, struct soar_err *err);

static const struct {
    const char *connector;
    peer_fn make;
} peers[] = {
    {"ssh", peer_ssh}, {"ldap", peer_ldap}, {"qmp", peer_qmp}, {"http", peer_http}, {"winrm", peer_winrm}};

int peer_of(const struct site *site, const struct run_task *task, const char *connector,
            const struct peer_log_in *log_in, struct arena *arena, struct peer *ret_peer,
            struct soar_err *err)
{
    *ret_peer = (struct peer){.name = task->name, .json = "{}"};
    for (size_t i = 0; i < sizeof peers / sizeof *peers; i++)
        if (strcmp(connector, peers[i].connector) == 0)
            return peers[i].make(site, task, log_in, arena, ret_peer, err);
    return soar_err_set(err, SOAR_PERMANENT, "soar knows no way to reach %s by connector %s", task->name,
                        connector);
}
