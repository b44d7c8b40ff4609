/* Spellings of machines. What is no ASCII goes through IDNA first, since that also maps full-width digits and
 * dots; the result is an address if it can be read as one in any of inet_aton's forms. It must never guess:
 * what two programs would read in two ways has no canonical form. */
#include "engine/site/spelling.h"

#include <arpa/inet.h>
#include <idn2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/limits.h"

enum { PARTS_MAX = 4 };

/* One part of an IPv4 address: decimal without leading zeros, or hexadecimal after 0x. */
static bool read_part(const char *text, size_t len, uint64_t *ret_part)
{
    bool hex = len > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    if (len == 0 || len > 18 || (!hex && len > 1 && text[0] == '0')) {
        return false;
    }
    const char *digits = hex ? "0123456789abcdefABCDEF" : "0123456789";
    const char *start = text + (hex ? 2 : 0);
    if (strspn(start, digits) < (size_t)(text + len - start)) {
        return false;
    }
    *ret_part = strtoull(start, NULL, hex ? 16 : 10);
    return *ret_part <= UINT32_MAX;
}

/* As inet_aton has it: up to four parts, the last one fills the bytes that are left. */
static bool read_ip4(const char *text, uint8_t ret_bytes[4])
{
    uint64_t parts[PARTS_MAX];
    size_t count = 0;
    for (const char *at = text;;) {
        size_t len = strcspn(at, ".");
        if (count == PARTS_MAX || !read_part(at, len, &parts[count])) {
            return false;
        }
        count++;
        if (at[len] == '\0') {
            break;
        }
        at += len + 1;
    }
    uint64_t whole = parts[count - 1];
    if (whole >> (8 * (PARTS_MAX - count + 1)) != 0) {
        return false;
    }
    for (size_t i = 0; i + 1 < count; i++) {
        if (parts[i] > UINT8_MAX) {
            return false;
        }
        whole |= parts[i] << (8 * (3 - i));
    }
    for (size_t i = 0; i < 4; i++) {
        ret_bytes[i] = (uint8_t)(whole >> (8 * (3 - i)));
    }
    return true;
}

/* Brackets and a zone around it are dropped. */
static bool read_ip6(const char *text, uint8_t ret_bytes[16])
{
    char plain[INET6_ADDRSTRLEN + 2];
    size_t len = strlen(text);
    bool bracket = len > 1 && text[0] == '[' && text[len - 1] == ']';
    text += bracket ? 1 : 0;
    len -= bracket ? 2 : 0;
    const char *zone = memchr(text, '%', len);
    len = zone == NULL ? len : (size_t)(zone - text);
    if (len >= sizeof plain) {
        return false;
    }
    memcpy(plain, text, len);
    plain[len] = '\0';
    return strchr(plain, ':') != NULL && inet_pton(AF_INET6, plain, ret_bytes) == 1;
}

/* An address in any form as family and bytes; IPv4-mapped is IPv4. 0: it is none. */
static int read_address(const char *text, uint8_t ret_bytes[16])
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    if (read_ip4(text, ret_bytes)) {
        return AF_INET;
    }
    if (!read_ip6(text, ret_bytes)) {
        return 0;
    }
    if (memcmp(ret_bytes, mapped, sizeof mapped) == 0) {
        memmove(ret_bytes, ret_bytes + sizeof mapped, 4);
        return AF_INET;
    }
    return AF_INET6;
}

static const char *print_address(struct arena *arena, int family, const uint8_t bytes[16])
{
    char text[INET6_ADDRSTRLEN];
    return inet_ntop(family, bytes, text, sizeof text) == NULL ? NULL : arena_string(arena, text);
}

/* Lower case, without blanks around it and dots behind it. */
static char *trim(struct arena *arena, const char *text)
{
    static const char blanks[] = " \t\r\n";
    text += strspn(text, blanks);
    size_t len = strlen(text);
    while (len > 0 && (strchr(blanks, text[len - 1]) != NULL || text[len - 1] == '.')) {
        len--;
    }
    char *copy = arena_copy(arena, text, len);
    for (char *c = copy; *c != '\0'; c++) {
        if (*c >= 'A' && *c <= 'Z') {
            *c = (char)(*c - 'A' + 'a');
        }
    }
    return copy;
}

static bool is_ascii(const char *text)
{
    while (*text != '\0' && (unsigned char)*text < 0x80) {
        text++;
    }
    return *text == '\0';
}

/* NULL: no name that IDNA allows. Names that are plain ASCII without punycode are taken as they are. */
static const char *to_ascii(struct arena *arena, const char *text)
{
    if (is_ascii(text) && strstr(text, "xn--") == NULL) {
        return text;
    }
    uint8_t *found = NULL;
    int result = idn2_lookup_u8((const uint8_t *)text, &found, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    const char *ascii = result == IDN2_OK ? trim(arena, (const char *)found) : NULL;
    idn2_free(found);
    return ascii;
}

static bool is_name(const char *text)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
    size_t len = strlen(text);
    return len > 0 && len <= LIMIT_NAME_BYTES * 2 && strspn(text, allowed) == len &&
           strstr(text, "..") == NULL && text[0] != '.' && text[0] != '-';
}

/* Digits and dots alone, or 0x: somebody will read it as an address, perhaps not the same one as we. */
static bool looks_like_address(const char *text)
{
    return strspn(text, "0123456789.") == strlen(text) && strchr(text, '.') != NULL;
}

struct spelling spelling_of(struct arena *arena, const char *text)
{
    struct spelling none = {.kind = SPELLING_NONE};
    if (strlen(text) > LIMIT_KEY_BYTES) {
        return none;
    }
    const char *ascii = to_ascii(arena, trim(arena, text));
    if (ascii == NULL) {
        return none;
    }
    uint8_t bytes[16];
    int family = read_address(ascii, bytes);
    bool could_be_name = is_name(ascii) && !looks_like_address(ascii);
    if (family != 0) {
        return (struct spelling){.kind = SPELLING_ADDRESS,
                                 .text = print_address(arena, family, bytes),
                                 .as_name = could_be_name ? ascii : NULL};
    }
    return could_be_name ? (struct spelling){.kind = SPELLING_NAME, .text = ascii} : none;
}

const char *spelling_people_write(struct arena *arena, const char *name)
{
    char *found = NULL;
    if (strstr(name, "xn--") == NULL || idn2_to_unicode_8z8z(name, &found, 0) != IDN2_OK) {
        return NULL;
    }
    const char *written = strcmp(found, name) == 0 ? NULL : arena_string(arena, found);
    idn2_free(found);
    return written;
}

static bool read_prefix(const char *prefix, uint8_t ret_bytes[16], int *ret_family, unsigned *ret_bits)
{
    char address[INET6_ADDRSTRLEN];
    size_t len = strcspn(prefix, "/");
    if (len >= sizeof address) {
        return false;
    }
    memcpy(address, prefix, len);
    address[len] = '\0';
    *ret_family = inet_pton(AF_INET, address, ret_bytes) == 1    ? AF_INET
                  : inet_pton(AF_INET6, address, ret_bytes) == 1 ? AF_INET6
                                                                 : 0;
    unsigned most = *ret_family == AF_INET ? 32 : 128;
    *ret_bits = most;
    if (*ret_family != 0 && prefix[len] == '/') {
        const char *bits = prefix + len + 1;
        size_t digits = strspn(bits, "0123456789");
        if (digits == 0 || digits > 3 || bits[digits] != '\0') {
            return false;
        }
        *ret_bits = (unsigned)strtoul(bits, NULL, 10);
    }
    return *ret_family != 0 && *ret_bits <= most;
}

bool spelling_is_prefix(const char *prefix)
{
    uint8_t bytes[16];
    int family = 0;
    unsigned bits = 0;
    return read_prefix(prefix, bytes, &family, &bits);
}

bool spelling_in_prefix(const char *address, const char *prefix)
{
    uint8_t ours[16];
    uint8_t theirs[16];
    int family = 0;
    unsigned bits = 0;
    if (!read_prefix(prefix, theirs, &family, &bits) || read_address(address, ours) != family) {
        return false;
    }
    size_t bytes = bits / 8;
    unsigned rest = bits % 8;
    unsigned mask = (0xFF00U >> rest) & 0xFFU;
    return memcmp(ours, theirs, bytes) == 0 && (rest == 0 || ((ours[bytes] ^ theirs[bytes]) & mask) == 0);
}

bool spelling_glob(const char *pattern, const char *text)
{
    const char *star = NULL; /* the last one seen: the only place to go back to */
    const char *again = NULL;
    while (*text != '\0') {
        if (*pattern == '*') {
            star = pattern++;
            again = text;
        } else if (*pattern == '?' || *pattern == *text) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star + 1;
            text = ++again;
        } else {
            return false;
        }
    }
    while (*pattern == '*') {
        pattern++;
    }
    return *pattern == '\0';
}
