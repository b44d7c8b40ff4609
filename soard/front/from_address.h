/* Whose request it is: the peer's address, or the one its proxy vouches for. */
#ifndef FRONT_FROM_ADDRESS_H
#define FRONT_FROM_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/socket.h>

struct http;

struct from_address {
    uint8_t bytes[16]; /* IPv4 in the first four */
    uint8_t family;    /* 4, 6; 0: none */
};

struct from_prefix {
    struct from_address address;
    unsigned bits;
};

enum { FROM_TEXT = 64 };

bool from_parse(const char *text, struct from_address *ret_address);
bool from_prefix_parse(const char *text, struct from_prefix *ret_prefix);
struct from_address from_socket(const struct sockaddr *socket); /* IPv4 in IPv6 is IPv4 */
void from_text(const struct from_address *address, char ret_text[FROM_TEXT]);
/* "192.0.2.1:443", "[::1]:0"; returns the length, 0 if it is none. */
socklen_t from_endpoint_parse(const char *text, struct sockaddr_storage *ret_socket);
bool from_within(const struct from_address *address, const struct from_prefix *prefixes, size_t count);

/* The last address of X-Forwarded-For that is no proxy of ours, if the peer is one; else the peer. What can't
 * be read ends the search: the last proxy stands for all behind it. */
struct from_address from_forwarded(const struct http *http, const struct from_address *peer,
                                   const struct from_prefix *proxies, size_t count);

#endif
