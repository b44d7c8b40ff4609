/* ip() and cidr() and what can be asked of them. An address knows its family; one of IPv4 is never in a
 * network of IPv6. */
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "engine/cel/functions.h"
#include "engine/cel/network.h"

static struct value made(struct eval *eval, enum value_kind kind, const struct value_ip *from)
{
    struct value_ip *ip = arena_alloc(eval->arena, sizeof *ip);
    *ip = *from;
    return (struct value){.kind = kind, .ip = ip};
}

static struct value refused(struct eval *eval, const struct value *text, const char *what)
{
    struct buf shown;
    buf_init(&shown, 256);
    text_visible(&shown, text->text, text->len < 64 ? text->len : 64);
    struct value error =
        eval_error(eval, "'%s' is no %s (no zone, no IPv4 within IPv6)", buf_string(&shown), what);
    buf_done(&shown);
    return error;
}

struct value fn_ip(struct eval *eval, const struct value *args, size_t count)
{
    struct value_ip ip;
    (void)count;
    return network_ip_parse(args[0].text, args[0].len, &ip) ? made(eval, VALUE_IP, &ip)
                                                            : refused(eval, &args[0], "IP address");
}

struct value fn_cidr(struct eval *eval, const struct value *args, size_t count)
{
    struct value_ip cidr;
    (void)count;
    return network_cidr_parse(args[0].text, args[0].len, &cidr)
               ? made(eval, VALUE_CIDR, &cidr)
               : refused(eval, &args[0], "network in CIDR notation");
}

struct value fn_is_ip(struct eval *eval, const struct value *args, size_t count)
{
    struct value_ip ip;
    (void)eval;
    (void)count;
    return value_bool(network_ip_parse(args[0].text, args[0].len, &ip));
}

struct value fn_is_cidr(struct eval *eval, const struct value *args, size_t count)
{
    struct value_ip cidr;
    (void)eval;
    (void)count;
    return value_bool(network_cidr_parse(args[0].text, args[0].len, &cidr));
}

struct value fn_ip_is_canonical(struct eval *eval, const struct value *args, size_t count)
{
    struct value ip = fn_ip(eval, args, count);
    if (ip.kind != VALUE_IP) {
        return ip;
    }
    struct buf text;
    buf_init(&text, 0);
    network_text(&text, &ip);
    bool same = value_is_string(&args[0], buf_string(&text));
    buf_done(&text);
    return value_bool(same);
}

struct value fn_family(struct eval *eval, const struct value *args, size_t count)
{
    (void)eval;
    (void)count;
    return value_int(args[0].ip->family);
}

static size_t size_of(const struct value_ip *ip)
{
    return ip->family == 4 ? 4 : 16;
}

/* Are the first `bits` of both the same? */
static bool same_start(const struct value_ip *a, const struct value_ip *b, unsigned bits)
{
    unsigned rest = bits % 8;
    unsigned mask = 0xFFu << (8 - rest) & 0xFFu;
    return a->family == b->family && memcmp(a->bytes, b->bytes, bits / 8) == 0 &&
           (rest == 0 || ((unsigned)(a->bytes[bits / 8] ^ b->bytes[bits / 8]) & mask) == 0);
}

static bool is_unspecified(const struct value_ip *ip)
{
    static const uint8_t zeros[16];
    return memcmp(ip->bytes, zeros, size_of(ip)) == 0;
}

static bool is_loopback(const struct value_ip *ip)
{
    static const uint8_t one[16] = {[15] = 1};
    return ip->family == 4 ? ip->bytes[0] == 127 : memcmp(ip->bytes, one, sizeof one) == 0;
}

static bool is_multicast(const struct value_ip *ip)
{
    return ip->family == 4 ? (ip->bytes[0] & 0xF0) == 0xE0 : ip->bytes[0] == 0xFF;
}

static bool is_link_local_unicast(const struct value_ip *ip)
{
    return ip->family == 4 ? ip->bytes[0] == 169 && ip->bytes[1] == 254
                           : ip->bytes[0] == 0xFE && (ip->bytes[1] & 0xC0) == 0x80;
}

static bool is_broadcast(const struct value_ip *ip)
{
    return ip->family == 4 && memcmp(ip->bytes, "\xFF\xFF\xFF\xFF", 4) == 0;
}

struct value fn_is_loopback(struct eval *eval, const struct value *args, size_t count)
{
    (void)eval;
    (void)count;
    return value_bool(is_loopback(args[0].ip));
}

struct value fn_is_unspecified(struct eval *eval, const struct value *args, size_t count)
{
    (void)eval;
    (void)count;
    return value_bool(is_unspecified(args[0].ip));
}

struct value fn_is_global_unicast(struct eval *eval, const struct value *args, size_t count)
{
    const struct value_ip *ip = args[0].ip;
    (void)eval;
    (void)count;
    return value_bool(!is_unspecified(ip) && !is_broadcast(ip) && !is_loopback(ip) && !is_multicast(ip) &&
                      !is_link_local_unicast(ip));
}

struct value fn_is_link_local_multicast(struct eval *eval, const struct value *args, size_t count)
{
    const uint8_t *bytes = args[0].ip->bytes;
    (void)eval;
    (void)count;
    return value_bool(args[0].ip->family == 4 ? bytes[0] == 224 && bytes[1] == 0 && bytes[2] == 0
                                              : bytes[0] == 0xFF && (bytes[1] & 0x0F) == 0x02);
}

struct value fn_is_link_local_unicast(struct eval *eval, const struct value *args, size_t count)
{
    (void)eval;
    (void)count;
    return value_bool(is_link_local_unicast(args[0].ip));
}

struct value fn_contains_ip(struct eval *eval, const struct value *args, size_t count)
{
    struct value ip = args[1].kind == VALUE_STRING ? fn_ip(eval, &args[1], 1) : args[1];
    (void)count;
    return ip.kind == VALUE_IP ? value_bool(same_start(args[0].ip, ip.ip, args[0].ip->prefix)) : ip;
}

struct value fn_contains_cidr(struct eval *eval, const struct value *args, size_t count)
{
    struct value inner = args[1].kind == VALUE_STRING ? fn_cidr(eval, &args[1], 1) : args[1];
    (void)count;
    if (inner.kind != VALUE_CIDR) {
        return inner;
    }
    return value_bool(args[0].ip->prefix <= inner.ip->prefix &&
                      same_start(args[0].ip, inner.ip, args[0].ip->prefix));
}

struct value fn_cidr_ip(struct eval *eval, const struct value *args, size_t count)
{
    struct value_ip ip = *args[0].ip;
    (void)count;
    ip.prefix = (uint8_t)(size_of(&ip) * 8);
    return made(eval, VALUE_IP, &ip);
}

static struct value_ip masked(const struct value_ip *cidr)
{
    struct value_ip result = *cidr;
    for (unsigned bit = cidr->prefix; bit < size_of(cidr) * 8; bit++) {
        result.bytes[bit / 8] = (uint8_t)(result.bytes[bit / 8] & ~(0x80u >> bit % 8));
    }
    return result;
}

struct value fn_is_mask(struct eval *eval, const struct value *args, size_t count)
{
    struct value_ip network = masked(args[0].ip);
    (void)eval;
    (void)count;
    return value_bool(memcmp(network.bytes, args[0].ip->bytes, size_of(&network)) == 0);
}

struct value fn_masked(struct eval *eval, const struct value *args, size_t count)
{
    struct value_ip network = masked(args[0].ip);
    (void)count;
    return made(eval, VALUE_CIDR, &network);
}

struct value fn_prefix_length(struct eval *eval, const struct value *args, size_t count)
{
    (void)eval;
    (void)count;
    return value_int(args[0].ip->prefix);
}
