/* What a worker is bound to: one host, one directory, one monitor; and its secret, apart. Which of them it
 * is, the function's connector says; which one, the task's target and its place. The worker reads no file:
 * what it may know is handed to it here. */
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

int peer_secret(const struct site *site, const char *of, const char *what, const char *reference,
                char **ret_secrets, struct soar_err *err)
{
    struct site_secret secret;
    BUF_SCOPED out = {0};

    if (!reference)
        return 0;
    if (site_secret_read(site, reference, &secret, err)) {
        if (err)
            err->class = SOAR_PERMANENT;
        return soar_err_wrap(err, "%s: %s", of, what);
    }
    buf_reserve(&out, 6 * secret.len + strlen(what) + 8); /* \u00XX at worst: no copy stays where it grew */
    buf_char(&out, '{');
    json_quote(&out, what, strlen(what));
    buf_char(&out, ':');
    json_quote(&out, secret.bytes, secret.len);
    buf_char(&out, '}');
    *ret_secrets = strdup(buf_string(&out));
    explicit_bzero(out.data, out.len);
    site_secret_done(&secret);
    return 0;
}

typedef int (*peer_fn)(const struct site *site, const struct run_task *task, const struct peer_log_in *log_in,
                       struct arena *arena, char **ret_peer, char **ret_secrets, struct soar_err *err);

static const struct {
    const char *connector;
    peer_fn make;
} peers[] = {{"ssh", peer_ssh}, {"ldap", peer_ldap}, {"qmp", peer_qmp}};

int peer_of(const struct site *site, const struct run_task *task, const char *connector,
            const struct peer_log_in *log_in, struct arena *arena, char **ret_peer, char **ret_secrets,
            struct soar_err *err)
{
    *ret_peer = arena_string(arena, "{}");
    for (size_t i = 0; i < sizeof peers / sizeof *peers; i++)
        if (strcmp(connector, peers[i].connector) == 0)
            return peers[i].make(site, task, log_in, arena, ret_peer, ret_secrets, err);
    return soar_err_set(err, SOAR_PERMANENT, "soar knows no way to reach %s by connector %s", task->name,
                        connector);
}
