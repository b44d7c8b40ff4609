/* Addresses of all kinds: parsed to bytes and printed by us, so that no spelling from outside reaches a
 * firewall's text.
 *
 * The address that means "any" and the ones that mean many are never an endpoint: a hole for everybody is no
 * hole. */
#include "engine/action/type_parts.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

enum { HOST_BYTES_MAX = 253, LABEL_BYTES_MAX = 63 };

struct address {
    uint8_t bytes[16];
    int family;
};

/* An IPv4 address in IPv6's clothes is that IPv4 address. */
static bool parse_address(const char *text, size_t len, struct address *ret_address)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    char copy[INET6_ADDRSTRLEN];
    if (len == 0 || len >= sizeof copy || memchr(text, '\0', len) != NULL) {
        return false;
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    struct address address = {.family = 4};
    if (inet_pton(AF_INET, copy, address.bytes) != 1) {
        address.family = 6;
        if (inet_pton(AF_INET6, copy, address.bytes) != 1) {
            return false;
        }
        if (memcmp(address.bytes, mapped, sizeof mapped) == 0) {
            memmove(address.bytes, address.bytes + 12, 4);
            address.family = 4;
        }
    }
    *ret_address = address;
    return true;
}

static struct value print_address(const struct address *address, struct arena *arena)
{
    char text[INET6_ADDRSTRLEN];
    inet_ntop(address->family == 4 ? AF_INET : AF_INET6, address->bytes, text, sizeof text);
    return value_text(arena, text);
}

static bool is_any(const struct address *address)
{
    static const uint8_t zero[16];
    return memcmp(address->bytes, zero, address->family == 4 ? 4 : 16) == 0;
}

static bool is_many(const struct address *address)
{
    return address->family == 4
               ? address->bytes[0] >= 224 && (address->bytes[0] < 240 || address->bytes[0] == 255)
               : address->bytes[0] == 0xff;
}

int type_address(enum type_kind kind, const char *text, size_t len, struct arena *arena,
                 struct value *ret_value, struct soar_err *err)
{
    struct address address;
    bool found = parse_address(text, len, &address);
    if (!found || (kind == TYPE_IP4 && address.family != 4) || (kind == TYPE_IP6 && address.family != 6)) {
        return type_refuse(err,
                           kind == TYPE_IP4   ? "an IPv4 address"
                           : kind == TYPE_IP6 ? "an IPv6 address"
                                              : "an IP address",
                           text, len);
    }
    if (is_any(&address)) {
        return type_refuse(err, "the address of one machine", text, len);
    }
    *ret_value = print_address(&address, arena);
    return 0;
}

/* The bits behind the prefix must be zero: a typing error there would name another network than was meant. */
static bool host_bits_clear(const struct address *address, int prefix)
{
    for (int bit = prefix; bit < (address->family == 4 ? 32 : 128); bit++) {
        if (address->bytes[bit / 8] & (0x80 >> bit % 8)) {
            return false;
        }
    }
    return true;
}

int type_cidr(const char *text, size_t len, struct arena *arena, struct value *ret_value,
              struct soar_err *err)
{
    const char *slash = memchr(text, '/', len);
    struct address address;
    if (slash == NULL || !parse_address(text, (size_t)(slash - text), &address)) {
        return type_refuse(err, "a network such as 10.0.0.0/8", text, len);
    }
    size_t digits = len - (size_t)(slash - text) - 1;
    int prefix = digits == 0 || digits > 3 ? -1 : 0;
    for (size_t i = 1; i <= digits && prefix >= 0; i++) {
        prefix = isdigit((unsigned char)slash[i]) ? prefix * 10 + (slash[i] - '0') : -1;
    }
    if (prefix < 1 || prefix > (address.family == 4 ? 32 : 128) || (digits > 1 && slash[1] == '0')) {
        return type_refuse(err, address.family == 4 ? "a prefix of 1 to 32" : "a prefix of 1 to 128", text,
                           len);
    }
    if (!host_bits_clear(&address, prefix)) {
        return type_refuse(err, "a network without bits behind its prefix", text, len);
    }
    struct value network = print_address(&address, arena);
    *ret_value = value_text(arena, arena_printf(arena, "%s/%d", network.text, prefix));
    return 0;
}

int type_port(const struct value *given, struct value *ret_value, struct soar_err *err)
{
    int64_t port = 0;
    if (given->kind == VALUE_INT) {
        port = given->integer;
    } else if (given->kind == VALUE_UINT && given->natural <= 65535) {
        port = (int64_t)given->natural;
    } else if (given->kind == VALUE_STRING && given->len <= 5 && given->len > 0 && given->text[0] != '0') {
        for (size_t i = 0; i < given->len && port >= 0; i++) {
            port = isdigit((unsigned char)given->text[i]) ? port * 10 + (given->text[i] - '0') : -1;
        }
    }
    if (port < 1 || port > 65535) {
        return soar_err_set(err, SOAR_INVALID, "expected a port from 1 to 65535");
    }
    *ret_value = value_int(port);
    return 0;
}

static struct value build_endpoint(const struct address *address, struct value port, struct arena *arena)
{
    struct value_builder builder;
    value_build(&builder, arena);
    value_put_text(&builder, "ip", print_address(address, arena));
    value_put_text(&builder, "port", port);
    value_put_text(&builder, "family", value_int(address->family));
    return value_end_map(&builder);
}

/* Finds the two halves of "10.0.0.5:22" or "[2001:db8::5]:22". */
static bool split_endpoint(const char *text, size_t len, struct address *ret_address, struct value *ret_port)
{
    const char *colon = memrchr(text, ':', len);
    if (colon == NULL) {
        return false;
    }
    size_t host_len = (size_t)(colon - text);
    bool bracket = host_len > 2 && text[0] == '[' && colon[-1] == ']';
    if (!parse_address(bracket ? text + 1 : text, bracket ? host_len - 2 : host_len, ret_address)) {
        return false;
    }
    ret_port->kind = VALUE_STRING;
    ret_port->text = colon + 1;
    ret_port->len = len - host_len - 1;
    return bracket || memchr(text, ':', host_len) == NULL;
}

int type_endpoint(const struct value *given, struct arena *arena, struct value *ret_value,
                  struct soar_err *err)
{
    struct address address;
    struct value spelled = {0};
    struct value port;
    const struct value *ip = value_get(given, "ip");
    if (ip != NULL && ip->kind == VALUE_STRING && value_get(given, "port") != NULL) { /* canonical already */
        spelled = *value_get(given, "port");
        if (!parse_address(ip->text, ip->len, &address)) {
            return type_refuse(err, "an IP address", ip->text, ip->len);
        }
    } else if (given->kind != VALUE_STRING) {
        return soar_err_set(err, SOAR_INVALID,
                            "expected an address and a port such as 10.0.0.5:22, found a %s",
                            value_kind_name(given->kind));
    } else if (!split_endpoint(given->text, given->len, &address, &spelled)) {
        return type_refuse(err, "an address and a port such as 10.0.0.5:22 or [2001:db8::5]:22", given->text,
                           given->len);
    }
    if (is_any(&address) || is_many(&address)) {
        struct value shown = print_address(&address, arena);
        return type_refuse(err, "the address of one machine", shown.text, shown.len);
    }
    if (type_port(&spelled, &port, err) < 0) {
        return -1;
    }
    *ret_value = build_endpoint(&address, port, arena);
    return 0;
}

static bool has_form(const char *text, size_t len, const char *form)
{
    bool sound = strlen(form) == len;
    for (size_t i = 0; i < len && sound; i++) {
        sound = form[i] == 'x' ? isxdigit((unsigned char)text[i]) != 0 : text[i] == form[i];
    }
    return sound;
}

/* aa:bb:cc:dd:ee:ff, with - or Cisco's dots instead, becomes the first form in lower case. */
int type_mac(const char *text, size_t len, struct arena *arena, struct value *ret_value, struct soar_err *err)
{
    if (!has_form(text, len, "xx:xx:xx:xx:xx:xx") && !has_form(text, len, "xx-xx-xx-xx-xx-xx") &&
        !has_form(text, len, "xxxx.xxxx.xxxx")) {
        return type_refuse(err, "a hardware address such as 00:16:3e:5a:01:02", text, len);
    }
    char mac[] = "xx:xx:xx:xx:xx:xx";
    size_t at = 0;
    for (size_t i = 0; i < len; i++) {
        if (isxdigit((unsigned char)text[i])) {
            mac[at++] = (char)tolower((unsigned char)text[i]);
            at += at % 3 == 2 ? 1 : 0;
        }
    }
    *ret_value = value_text(arena, mac);
    return 0;
}

static bool label_is_sound(const char *label, size_t len)
{
    if (len == 0 || len > LABEL_BYTES_MAX || label[0] == '-' || label[len - 1] == '-') {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char)label[i]) && label[i] != '-' && label[i] != '_') {
            return false;
        }
    }
    return true;
}

/* A name ends in a label that isn't a number: 3232235777 and 10.1 are addresses in disguise. */
static bool name_is_sound(const char *name, size_t len)
{
    size_t start = 0;
    bool numeric = true;
    for (size_t i = 0; i <= len; i++) {
        if (i < len && name[i] != '.') {
            continue;
        }
        if (!label_is_sound(name + start, i - start)) {
            return false;
        }
        numeric = true;
        for (size_t j = start; j < i; j++) {
            numeric = numeric && isdigit((unsigned char)name[j]);
        }
        bool hexadecimal =
            i - start > 2 && name[start] == '0' && tolower((unsigned char)name[start + 1]) == 'x';
        numeric = numeric || hexadecimal;
        start = i + 1;
    }
    return !numeric;
}

int type_host(const char *text, size_t len, struct arena *arena, struct value *ret_value,
              struct soar_err *err)
{
    struct address address;
    if (parse_address(text, len, &address) && !is_any(&address)) {
        *ret_value = print_address(&address, arena);
        return 0;
    }
    size_t name_len = len > 1 && text[len - 1] == '.' ? len - 1 : len;
    if (name_len == 0 || name_len > HOST_BYTES_MAX || !name_is_sound(text, name_len)) {
        return type_refuse(err, "a host's name or address", text, len);
    }
    char *name = arena_copy(arena, text, name_len);
    for (size_t i = 0; i < name_len; i++) {
        name[i] = (char)tolower((unsigned char)name[i]);
    }
    *ret_value = value_text(arena, name);
    return 0;
}
