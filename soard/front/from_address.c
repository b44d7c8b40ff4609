/* Addresses and the prefixes of proxies. X-Forwarded-For is read from its end, where our own proxies wrote:
 * what stands further left is anybody's invention and never reached once an address is found. */
#include "soard/front/from_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "soard/front/http.h"

bool from_parse(const char *text, struct from_address *ret_address)
{
    struct from_address address = {0};
    if (inet_pton(AF_INET, text, address.bytes) == 1)
        address.family = 4;
    else if (inet_pton(AF_INET6, text, address.bytes) == 1)
        address.family = 6;
    else
        return false;
    *ret_address = address;
    return true;
}

bool from_prefix_parse(const char *text, struct from_prefix *ret_prefix)
{
    char copy[FROM_TEXT];
    size_t len = strcspn(text, "/");
    if (len >= sizeof copy)
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    struct from_prefix prefix;
    if (!from_parse(copy, &prefix.address))
        return false;
    unsigned most = prefix.address.family == 4 ? 32 : 128;
    prefix.bits = most;
    if (text[len] == '/') {
        size_t digits = strspn(text + len + 1, "0123456789");
        if (digits == 0 || digits > 3 || text[len + 1 + digits] != '\0')
            return false;
        prefix.bits = (unsigned)strtoul(text + len + 1, NULL, 10);
    }
    *ret_prefix = prefix;
    return prefix.bits <= most;
}

struct from_address from_socket(const struct sockaddr *socket)
{
    struct from_address address = {0};
    if (socket->sa_family == AF_INET) {
        address.family = 4;
        memcpy(address.bytes, &((const struct sockaddr_in *)(const void *)socket)->sin_addr, 4);
    } else if (socket->sa_family == AF_INET6) {
        const struct in6_addr *six = &((const struct sockaddr_in6 *)(const void *)socket)->sin6_addr;
        bool mapped = IN6_IS_ADDR_V4MAPPED(six);
        address.family = mapped ? 4 : 6;
        memcpy(address.bytes, six->s6_addr + (mapped ? 12 : 0), mapped ? 4 : 16);
    }
    return address;
}

void from_text(const struct from_address *address, char ret_text[FROM_TEXT])
{
    int family = address->family == 4 ? AF_INET : AF_INET6;
    if (address->family == 0 || inet_ntop(family, address->bytes, ret_text, FROM_TEXT) == NULL)
        ret_text[0] = '\0';
}

socklen_t from_endpoint_parse(const char *text, struct sockaddr_storage *ret_socket)
{
    const char *colon = strrchr(text, ':');
    char host[FROM_TEXT] = "";
    size_t len = colon != NULL ? (size_t)(colon - text) : 0;
    size_t digits = colon != NULL ? strspn(colon + 1, "0123456789") : 0;
    struct from_address address;
    if (len == 0 || len >= sizeof host || digits == 0 || digits > 5 || colon[1 + digits] != '\0')
        return 0;
    bool bracketed = text[0] == '[' && text[len - 1] == ']' && len > 2;
    memcpy(host, text + bracketed, len - (bracketed ? 2 : 0));
    unsigned long port = strtoul(colon + 1, NULL, 10);
    if (port > UINT16_MAX || !from_parse(host, &address) || bracketed != (address.family == 6))
        return 0;
    memset(ret_socket, 0, sizeof *ret_socket);
    if (address.family == 4) {
        struct sockaddr_in *four = (struct sockaddr_in *)ret_socket;
        *four = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
        memcpy(&four->sin_addr, address.bytes, 4);
        return sizeof *four;
    }
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)ret_socket;
    *six = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    memcpy(&six->sin6_addr, address.bytes, 16);
    return sizeof *six;
}

static bool within(const struct from_address *address, const struct from_prefix *prefix)
{
    if (address->family != prefix->address.family)
        return false;
    unsigned whole = prefix->bits / 8, rest = prefix->bits % 8;
    if (memcmp(address->bytes, prefix->address.bytes, whole) != 0)
        return false;
    return rest == 0 || (address->bytes[whole] ^ prefix->address.bytes[whole]) >> (8 - rest) == 0;
}

bool from_within(const struct from_address *address, const struct from_prefix *prefixes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (within(address, &prefixes[i]))
            return true;
    }
    return false;
}

/* One entry of the list, perhaps with a port: 192.0.2.1, 192.0.2.1:443, 2001:db8::1, [2001:db8::1]:443. */
static bool parse_entry(const char *start, size_t len, struct from_address *ret_address)
{
    char text[FROM_TEXT];
    while (len > 0 && (start[len - 1] == ' ' || start[len - 1] == '\t'))
        len--;
    while (len > 0 && (*start == ' ' || *start == '\t')) {
        start++;
        len--;
    }
    if (len == 0 || len >= sizeof text)
        return false;
    memcpy(text, start, len);
    text[len] = '\0';
    if (text[0] == '[') {
        text[strcspn(text, "]")] = '\0';
        return from_parse(text + 1, ret_address);
    }
    char *colon = strchr(text, ':');
    if (colon != NULL && strchr(colon + 1, ':') == NULL)
        *colon = '\0';
    return from_parse(text, ret_address);
}

/* Walks one field's list from its end; true: found, or to be searched no further. */
static bool search_list(const char *list, const struct from_prefix *proxies, size_t count,
                        struct from_address *address)
{
    size_t end = strlen(list);
    for (;;) {
        size_t start = end;
        while (start > 0 && list[start - 1] != ',')
            start--;
        struct from_address entry;
        if (!parse_entry(list + start, end - start, &entry))
            return true;
        *address = entry;
        if (!from_within(&entry, proxies, count))
            return true;
        if (start == 0)
            return false;
        end = start - 1;
    }
}

struct from_address from_forwarded(const struct http *http, const struct from_address *peer,
                                   const struct from_prefix *proxies, size_t count)
{
    struct from_address address = *peer;
    if (!from_within(peer, proxies, count))
        return address;
    for (size_t i = http->field_count; i-- > 0;) {
        if (strcmp(http->fields[i].name, "x-forwarded-for") == 0 &&
            search_list(http->fields[i].value, proxies, count, &address))
            break;
    }
    return address;
}
