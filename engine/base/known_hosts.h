/* Lines of known_hosts (sshd(8)): is this the key we know a host by?
 *
 * A line counts for a name, plain or hashed, as [host]:port unless the port is 22. Patterns and
 * @cert-authority lines are not understood, and so never match. */
#ifndef BASE_KNOWN_HOSTS_H
#define BASE_KNOWN_HOSTS_H

#include <stdbool.h>
#include <stddef.h>

enum known_found { KNOWN_NONE, KNOWN_OTHER, KNOWN_SAME };
enum { KNOWN_FINGERPRINT_BYTES = 64 };

struct known_key { /* as it stands in a line */
    const char *base64;
    size_t len;
};

/* Is a key of this type known for the host, and is it this one? key: base64; NULL: any is another.
 * *ret_other: the last one that was looked at. */
enum known_found known_hosts_look(const char *text, const char *host, const char *port, const char *type,
                                  const char *key, struct known_key *ret_other);
/* A @revoked line with this key, for whatever host: nobody may show it. */
bool known_hosts_revoked(const char *text, const char *key);
/* "SHA256:" and the digest as ssh-keygen -l prints it. */
void known_hosts_fingerprint(struct known_key key, char ret[KNOWN_FINGERPRINT_BYTES]);

#endif
