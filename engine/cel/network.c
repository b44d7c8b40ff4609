/* Addresses read and written. inet_pton() reads strictly enough (no leading zeros, four parts); the writing
 * is ours, since inet_ntop() writes some IPv6 addresses with an IPv4 one inside. */
#include "engine/cel/network.h"

#include <arpa/inet.h>
#include <string.h>

enum { GROUPS = 8, MAPPED = 12 /* bytes before the IPv4 address */ };

/* ::ffff:0:0/96, the IPv4 addresses within IPv6. */
static bool is_mapped(const struct value_ip *ip)
{
    static const uint8_t prefix[MAPPED] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    return ip->family == 6 && memcmp(ip->bytes, prefix, sizeof prefix) == 0;
}

/* Written with dots such an address is refused, as the language says. Written in hexadecimal it is the IPv4
 * address that it names: else one machine would have two names, and a network that protects it would not know
 * the second. */
static bool unmap(struct value_ip *ip, const char *text)
{
    if (!is_mapped(ip)) {
        return true;
    }
    if (strchr(text, '.') != NULL) {
        return false;
    }
    struct value_ip unmapped = {.family = 4, .prefix = 32};
    memcpy(unmapped.bytes, ip->bytes + MAPPED, 4);
    *ip = unmapped;
    return true;
}

bool network_ip_parse(const char *text, size_t len, struct value_ip *ret_ip)
{
    struct value_ip ip = {.family = 4, .prefix = 32};
    char copy[INET6_ADDRSTRLEN];
    if (len >= sizeof copy || memchr(text, '\0', len) != NULL) {
        return false;
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    if (inet_pton(AF_INET, copy, ip.bytes) != 1) {
        ip.family = 6;
        ip.prefix = 128;
        if (inet_pton(AF_INET6, copy, ip.bytes) != 1) {
            return false;
        }
    }
    if (!unmap(&ip, copy)) {
        return false;
    }
    *ret_ip = ip;
    return true;
}

bool network_cidr_parse(const char *text, size_t len, struct value_ip *ret_cidr)
{
    const char *slash = memrchr(text, '/', len);
    struct value_ip cidr;
    unsigned prefix = 0;
    if (slash == NULL || !network_ip_parse(text, (size_t)(slash - text), &cidr) ||
        (cidr.family == 4 && memchr(text, ':', len) != NULL)) {
        return false;
    }
    size_t digits = len - (size_t)(slash + 1 - text);
    if (digits == 0 || digits > 3 || (digits > 1 && slash[1] == '0')) {
        return false;
    }
    for (size_t i = 1; i <= digits; i++) {
        if (slash[i] < '0' || slash[i] > '9') {
            return false;
        }
        prefix = prefix * 10 + (unsigned)(slash[i] - '0');
    }
    if (prefix > cidr.prefix) {
        return false;
    }
    cidr.prefix = (uint8_t)prefix;
    *ret_cidr = cidr;
    return true;
}

static unsigned group(const struct value_ip *ip, int index)
{
    return (unsigned)ip->bytes[2 * index] << 8 | ip->bytes[2 * index + 1];
}

/* The first of the longest runs of zeros; shorter than two is none. */
static int longest_zeros(const struct value_ip *ip, int *ret_count)
{
    int best = -1, best_count = 1;
    for (int i = 0; i < GROUPS; i++) {
        int count = 0;
        while (i + count < GROUPS && group(ip, i + count) == 0) {
            count++;
        }
        if (count > best_count) {
            best = i;
            best_count = count;
        }
        i += count;
    }
    *ret_count = best_count;
    return best;
}

static void text_of_6(struct buf *out, const struct value_ip *ip)
{
    int count = 0;
    int zeros = longest_zeros(ip, &count);
    for (int i = 0; i < GROUPS; i++) {
        if (i == zeros) {
            buf_text(out, "::");
            i += count - 1;
        } else {
            bool separate = i > 0 && i != zeros + count;
            buf_printf(out, "%s%x", separate || (i > 0 && zeros < 0) ? ":" : "", group(ip, i));
        }
    }
}

void network_text(struct buf *out, const struct value *value)
{
    const struct value_ip *ip = value->ip;
    if (ip->family == 4) {
        buf_printf(out, "%u.%u.%u.%u", ip->bytes[0], ip->bytes[1], ip->bytes[2], ip->bytes[3]);
    } else {
        text_of_6(out, ip);
    }
    if (value->kind == VALUE_CIDR) {
        buf_printf(out, "/%u", ip->prefix);
    }
}
