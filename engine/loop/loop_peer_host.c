/* A host as its worker must know it: address, user, the host keys we accept; a virtual machine's monitor; and
 * our own addresses as the host sees them. */
#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/loop/loop_peer.h"

static int known_hosts(const struct site_host *host, struct arena *arena, const char **ret_text,
                       struct soar_err *err)
{
    char *text;
    size_t len;

    *ret_text = "";
    if (!host->known_hosts)
        return 0;
    if (file_read(arena, host->known_hosts, LIMIT_FILE_BYTES, &text, &len, err)) {
        if (err)
            err->class = SOAR_PERMANENT;
        return soar_err_wrap(err, "%s: known_hosts", host->name);
    }
    *ret_text = text;
    return 0;
}

int peer_ssh(const struct site *site, const struct run_task *task, const struct peer_log_in *log_in,
             struct arena *arena, struct peer *ret_peer, struct soar_err *err)
{
    const struct site_host *host = peer_host(site, task, err);
    struct value_builder peer;
    const char *known;
    struct value map;

    if (!host || known_hosts(host, arena, &known, err))
        return -1;
    value_build(&peer, arena);
    value_put_text(&peer, "name", value_static(host->name));
    value_put_text(&peer, "address", value_static(host->address ? host->address : host->name));
    value_put_text(&peer, "port", value_int(host->port ? host->port : 22));
    value_put_text(&peer, "user", value_static(host->user ? host->user : "root"));
    value_put_text(&peer, "os", value_static(host->os));
    value_put_text(&peer, "sudo", value_bool(host->sudo));
    value_put_text(&peer, "known_hosts", value_static(known));
    map = value_end_map(&peer);
    ret_peer->name = host->name;
    ret_peer->json = json_text(arena, &map);
    if (log_in && site_in_vault(host->secret_ca)) {
        struct peer_signing *signing = arena_alloc(arena, sizeof *signing);

        *signing = (struct peer_signing){host->secret_ca, peer_principal(host, arena)};
        ret_peer->signing = signing;
        return 0;
    }
    if (log_in && host->secret_ca)
        return peer_certificate(site, host, log_in, arena, &ret_peer->made, err);
    if (log_in)
        peer_needs(ret_peer, "key", host->secret_key, arena);
    return 0;
}

/* A dump there takes the journal's room. */
static bool are_one_disk(const char *path, const char *other)
{
    struct stat one, two;

    return stat(path, &one) == 0 && stat(other, &two) == 0 && one.st_dev == two.st_dev;
}

/* The monitor of the virtual machine it is: a socket of the hypervisor, and where that may write. */
int peer_qmp(const struct site *site, const struct run_task *task, const struct peer_log_in *log_in,
             struct arena *arena, struct peer *ret_peer, struct soar_err *err)
{
    static const char unix_socket[] = "unix:";
    const struct site_host *host = peer_host(site, task, err);
    struct value_builder peer;

    if (!host)
        return -1;
    if (!host->qmp || strncmp(host->qmp, unix_socket, strlen(unix_socket)) != 0)
        return soar_err_set(err, SOAR_PERMANENT, "%s: its `qmp` in the inventory is no unix:PATH",
                            host->name);
    value_build(&peer, arena);
    value_put_text(&peer, "name", value_static(host->name));
    value_put_text(&peer, "socket", value_static(host->qmp + strlen(unix_socket)));
    if (host->qmp_dir)
        value_put_text(&peer, "dir", value_static(host->qmp_dir));
    if (host->qmp_dir && log_in && log_in->state && are_one_disk(host->qmp_dir, log_in->state))
        value_put_text(&peer, "reserve", value_int(site_evidence_of(site, "", arena).reserve_bytes));
    struct value map = value_end_map(&peer);

    ret_peer->name = host->name;
    ret_peer->json = json_text(arena, &map);
    return 0;
}

static struct value address_value(struct arena *arena, const char *text)
{
    struct value_builder builder;

    value_build(&builder, arena);
    value_put_text(&builder, "ip", value_text(arena, text));
    value_put_text(&builder, "family", value_int(strchr(text, ':') ? 6 : 4));
    return value_end_map(&builder);
}

/* Which address this machine would use to reach it: asked of our own routing table, by a socket that sends
 * nothing. */
static const char *route_source(const char *address, struct arena *arena)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_DGRAM};
    struct addrinfo *found = NULL;
    struct sockaddr_storage own = {0};
    socklen_t len = sizeof own;
    char text[NI_MAXHOST] = "";

    if (getaddrinfo(address, "22", &hints, &found))
        return NULL;
    int fd = socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd >= 0) {
        if (connect(fd, found->ai_addr, found->ai_addrlen) == 0 &&
            getsockname(fd, (struct sockaddr *)&own, &len) == 0)
            getnameinfo((struct sockaddr *)&own, len, text, sizeof text, NULL, 0, NI_NUMERICHOST);
        close(fd);
    }
    freeaddrinfo(found);
    return *text ? arena_string(arena, text) : NULL;
}

struct value peer_management(void *arg, const struct site_host *host, struct arena *arena)
{
    const struct site *site = arg;
    size_t count = host->management_count ? host->management_count : site->management_count;
    const char *const *given = host->management_count ? host->management : site->management;
    struct value_builder list;

    value_build(&list, arena);
    for (size_t i = 0; i < count; i++)
        value_push(&list, address_value(arena, given[i]));
    if (count == 0) {
        const char *source = host->address ? route_source(host->address, arena) : NULL;

        if (source)
            value_push(&list, address_value(arena, source));
    }
    return value_end_list(&list);
}
