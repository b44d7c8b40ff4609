/* The state of the system and of its networks, as files of /proc. Those of process 1 stand for the machine's
 * own: we may be in a mount namespace of ours. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helpers/memory/memory_io.h"
#include "helpers/memory/memory_states_own.h"

static const char *const system_files[] = {
    "version",
    "cmdline",
    "uptime",
    "loadavg",
    "stat",
    "meminfo",
    "cpuinfo",
    "modules",
    "iomem",
    "1/mountinfo",
    "swaps",
    "partitions",
    "devices",
    "misc",
    "interrupts",
    "locks",
    "keys",
    "timer_list",
    "sys/kernel/hostname",
    "sys/kernel/osrelease",
    "sys/kernel/tainted",
    "sys/kernel/random/boot_id",
    "sys/kernel/core_pattern",
    "sys/kernel/modprobe",
};

static const char *const network_files[] = {
    "tcp",      "tcp6", "udp",    "udp6",    "udplite",     "raw",          "raw6",
    "icmp",     "unix", "packet", "netlink", "arp",         "route",        "ipv6_route",
    "if_inet6", "dev",  "igmp",   "igmp6",   "sctp/assocs", "nf_conntrack",
};

/* "sys/kernel/tainted" is called "sys.kernel.tainted": one folder, no tree. */
static void member_name(char *ret_name, size_t size, const char *folder, const char *file)
{
    int at = snprintf(ret_name, size, "%s/", folder);
    if (strncmp(file, "1/", 2) == 0)
        file += 2;
    snprintf(ret_name + at, size - (size_t)at, "%s", file);
    for (char *c = ret_name + at; *c; c++)
        *c = *c == '/' ? '.' : *c;
}

void states_system(struct states *states)
{
    char name[96];
    for (size_t i = 0; i < sizeof system_files / sizeof system_files[0]; i++) {
        member_name(name, sizeof name, "system", system_files[i]);
        states_take(states, system_files[i], name);
    }
    if (states->wish->input == NULL)
        return;
    size_t len = 0;
    for (ssize_t n; len < MEMORY_TEXT_BYTES &&
                    (n = read(STDIN_FILENO, states->room + len, MEMORY_TEXT_BYTES - len)) > 0;)
        len += (size_t)n;
    member_name(name, sizeof name, "system", states->wish->input);
    memory_tar_file(&states->tar, name, states->room, len);
}

void states_network(struct states *states, const char *pid)
{
    char path[64], link[64] = "", folder[48], name[96];
    snprintf(path, sizeof path, "%s/ns/net", pid);
    if (readlinkat(states->proc, path, link, sizeof link - 1) < 0 || strncmp(link, "net:[", 5) != 0)
        return;
    unsigned long long id = strtoull(link + 5, NULL, 10);
    for (size_t i = 0; i < states->network_count; i++)
        if (states->networks[i] == id)
            return;
    if (states->network_count == MEMORY_NETWORKS_MAX) {
        text_add(&states->unread, "network/%llu: one network namespace too many\n", id);
        return;
    }
    states->networks[states->network_count++] = id;
    snprintf(folder, sizeof folder, "network/%llu", id);
    for (size_t i = 0; i < sizeof network_files / sizeof network_files[0]; i++) {
        snprintf(path, sizeof path, "%s/net/%s", pid, network_files[i]);
        member_name(name, sizeof name, folder, network_files[i]);
        states_take(states, path, name);
    }
}
