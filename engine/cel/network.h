/* IP addresses and networks as text. */
#ifndef CEL_NETWORK_H
#define CEL_NETWORK_H

#include "engine/base/buf.h"
#include "engine/base/value.h"

/* An IPv4 or IPv6 address; no zone, no IPv4 within IPv6. The prefix is that of a single address. */
bool network_ip_parse(const char *text, size_t len, struct value_ip *ret_ip);
bool network_cidr_parse(const char *text, size_t len, struct value_ip *ret_cidr);

/* As RFC 5952 writes it; of a CIDR with its prefix. */
void network_text(struct buf *out, const struct value *value);

#endif
