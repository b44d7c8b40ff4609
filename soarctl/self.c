/* Looks at this machine: addresses of its interfaces, its names, the gateways and resolvers on its way out.
 * All of it becomes `never` in the guard-rails (engine/policy). Changes nothing. */
#include "soarctl/self.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SELF_ITEMS_MAX = 256, SELF_NAME_BYTES = 256, SELF_LINE_BYTES = 512 };

struct list {
    struct arena *arena;
    const char **items;
    size_t count;
};

static void list_init(struct list *list, struct arena *arena)
{
    *list = (struct list){.arena = arena, .items = arena_array(arena, SELF_ITEMS_MAX, sizeof *list->items)};
}

static void add(struct list *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], text) == 0)
            return;
    if (list->count < SELF_ITEMS_MAX && *text)
        list->items[list->count++] = arena_string(list->arena, text);
}

static void add_address(struct list *list, const struct sockaddr *address)
{
    char text[INET6_ADDRSTRLEN] = "";

    if (address->sa_family == AF_INET) {
        struct sockaddr_in in4;
        memcpy(&in4, address, sizeof in4);
        inet_ntop(AF_INET, &in4.sin_addr, text, sizeof text);
    } else if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, address, sizeof in6);
        inet_ntop(AF_INET6, &in6.sin6_addr, text, sizeof text);
    }
    add(list, text);
}

static void look_interfaces(struct list *addresses)
{
    struct ifaddrs *all = NULL;

    if (getifaddrs(&all))
        return;
    for (struct ifaddrs *one = all; one; one = one->ifa_next)
        if (one->ifa_addr)
            add_address(addresses, one->ifa_addr);
    freeifaddrs(all);
}

static void look_names(struct list *names)
{
    char name[SELF_NAME_BYTES] = "";
    char domain[SELF_NAME_BYTES] = "";

    if (gethostname(name, sizeof name - 1))
        return;
    add(names, name);
    char *dot = strchr(name, '.');
    if (dot) {
        *dot = '\0';
        add(names, name);
    } else if (getdomainname(domain, sizeof domain - 1) == 0 && *domain && strcmp(domain, "(none)") != 0) {
        add(names, arena_printf(names->arena, "%s.%s", name, domain));
    }
}

/* /proc/net/route: a gateway is a hex word in the machine's own order. */
static void look_gateways(struct list *ways)
{
    FILE *file = fopen("/proc/net/route", "re");
    char line[SELF_LINE_BYTES];

    while (file && fgets(line, sizeof line, file)) {
        unsigned gateway = 0;
        char text[INET_ADDRSTRLEN] = "";
        if (sscanf(line, "%*63s %*8x %8x", &gateway) != 1 || gateway == 0)
            continue;
        struct in_addr address = {.s_addr = gateway};
        inet_ntop(AF_INET, &address, text, sizeof text);
        add(ways, text);
    }
    if (file)
        fclose(file);
}

static void look_resolvers(struct list *ways)
{
    FILE *file = fopen("/etc/resolv.conf", "re");
    char line[SELF_LINE_BYTES];

    while (file && fgets(line, sizeof line, file)) {
        char address[SELF_NAME_BYTES] = "";
        if (sscanf(line, "nameserver %255s", address) == 1)
            add(ways, address);
    }
    if (file)
        fclose(file);
}

void self_look(struct arena *arena, struct policy_self *ret_self)
{
    struct list addresses, names, ways;

    list_init(&addresses, arena);
    list_init(&names, arena);
    list_init(&ways, arena);
    look_interfaces(&addresses);
    look_names(&names);
    look_gateways(&ways);
    look_resolvers(&ways);
    *ret_self = (struct policy_self){
        .address_count = addresses.count,
        .addresses = addresses.items,
        .name_count = names.count,
        .names = names.items,
        .way_count = ways.count,
        .ways = ways.items,
    };
}

const char *self_person(struct arena *arena)
{
    struct passwd entry;
    struct passwd *found = NULL;
    char *texts = arena_alloc(arena, 4096);

    getpwuid_r(getuid(), &entry, texts, 4096, &found);
    return arena_printf(arena, "%s (uid %u)", found ? found->pw_name : "somebody", (unsigned)getuid());
}
