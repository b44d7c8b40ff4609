/* Services of the inventory: who speaks HTTP, as whom we log in there, and what packs may know of it.
 *
 * An entry is read strictly. What is public of its log-in is one value, as the worker is told it; what is
 * secret is a list of names and references, which are resolved when they are used and never before. */
#ifndef SITE_SITE_SERVICE_H
#define SITE_SITE_SERVICE_H

#include "engine/base/value.h"

struct site_service_secret {
    const char *name;      /* as the worker finds it among a call's secrets: "secret", "secrets.password" */
    const char *reference; /* "env:OKTA" */
};

struct site_service {
    const char *auth; /* "basic", "oauth2", ...; NULL: none, or a client's certificate alone */
    struct value
        auth_public; /* {oauth2: {token, client}}: the map `auth` of a worker's peer without secrets */
    const char *certificate; /* mtls: the file with ours, or NULL */
    const char *log_in;      /* whose account that is there, as far as the entry says it; or NULL */
    size_t secret_count;
    const struct site_service_secret *secrets;
    const char *ca; /* the file of the authority that signed its certificate, or NULL */
    int64_t calls;  /* at most so many in per_ms; 0: as many as it takes */
    int64_t per_ms;
    struct value headers; /* name → text, of every call */
    struct value options; /* name → constant: service.options of packs */
};

#endif
