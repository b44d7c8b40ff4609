/* One canonical form for the many spellings of a machine: so that dc-01, DC-01., 10.0.0.5, 167772165,
 * 0xA000005,
 * ::ffff:10.0.0.5 and ［10.0.0.5］ can't slip past a rule that names it another way (threats.md, T5 and T6).
 *
 * An address becomes its one spelling by inet_ntop (an IPv4-mapped one becomes IPv4, a zone is dropped); a
 * name becomes lower case ASCII (IDNA 2008, by libidn2) without a dot at its end. Leading zeros are octal to
 * some programs and decimal to others: such an address has no canonical form, and means nobody. */
#ifndef SITE_SPELLING_H
#define SITE_SPELLING_H

#include <stdbool.h>
#include "engine/base/arena.h"

enum spelling_kind { SPELLING_NONE, SPELLING_NAME, SPELLING_ADDRESS };

struct spelling {
    enum spelling_kind kind;
    const char *text;    /* canonical; NULL for NONE */
    const char *as_name; /* of an address that could as well be a host's name ("1234"), else NULL */
};

struct spelling spelling_of(struct arena *arena, const char *text);

/* A canonical name as people write it, or NULL if that is the same: xn--bcher-kva is bücher. */
const char *spelling_people_write(struct arena *arena, const char *name);

/* Is the canonical address within "10.0.0.0/8"? A bad prefix matches nothing. */
bool spelling_in_prefix(const char *address, const char *prefix);
/* A CIDR prefix or a single address that can be matched. */
bool spelling_is_prefix(const char *prefix);

/* `*` for any run of characters, `?` for one; both texts as they are (canonical). Linear in time but for the
 * stars. */
bool spelling_glob(const char *pattern, const char *text);

#endif
