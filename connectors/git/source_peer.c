/* What the engine says of a repository, held against what this worker may do. The URL is taken apart here,
 * strictly: the library's own reading of it is another one, and who is asked for a key must be who gets it.
 */
#include <string.h>

#include "connectors/git/source.h"

static const struct scheme {
    const char *start;
    const char *port;
    bool ssh;
    bool loopback; /* only there */
} schemes[] = {
    {"https://", "443", false, false}, {"ssh://", "22", true, false}, {"http://", "80", false, true}};

bool source_is_id(const char *text)
{
    return strlen(text) == GIT_OID_HEXSZ && strspn(text, "0123456789abcdef") == GIT_OID_HEXSZ;
}

static bool is_plain(const char *text, size_t len, const char *also)
{
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!word && (c == '\0' || !strchr(also, c)))
            return false;
    }
    return len > 0;
}

static bool is_loopback(const char *host)
{
    return strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
           (strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == strlen(host));
}

static int bad_url(const char *why, struct soar_err *err)
{
    return soar_err_set(err, SOAR_INVALID, "the url %s", why);
}

/* HOST[:PORT], [ADDRESS][:PORT] */
static int read_authority(struct arena *arena, const char *text, size_t len, const char *port,
                          struct source_peer *to, struct soar_err *err)
{
    bool bracket = len > 0 && text[0] == '[';
    const char *close = bracket ? memchr(text, ']', len) : NULL;
    const char *rest = bracket ? (close ? close + 1 : NULL) : memchr(text, ':', len);
    const char *end = text + len;
    if (bracket && !close)
        return bad_url("has no ']' behind its address", err);
    const char *host_end = bracket ? close : rest ? rest : end;
    to->host = arena_copy(arena, text + bracket, (size_t)(host_end - text) - bracket);
    if (!is_plain(to->host, strlen(to->host), bracket ? ":." : "-._"))
        return bad_url("has a host that is none", err);
    to->port = port;
    if (!rest || rest == end)
        return 0;
    to->port = arena_copy(arena, rest + 1, (size_t)(end - rest) - 1);
    if (*rest != ':' || strlen(to->port) > 5 || strspn(to->port, "0123456789") != strlen(to->port) ||
        to->port[0] == '\0')
        return bad_url("has a port that is none", err);
    return 0;
}

static int read_url(struct arena *arena, struct source_peer *to, struct soar_err *err)
{
    const struct scheme *scheme = NULL;
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (strncmp(to->url, schemes[i].start, strlen(schemes[i].start)) == 0)
            scheme = &schemes[i];
    if (!scheme)
        return bad_url("begins neither with https:// nor with ssh://", err);
    const char *at = to->url + strlen(scheme->start), *path = strchr(at, '/');
    if (!path || !is_plain(path, strlen(path), "/-._~%+"))
        return bad_url("needs a path of letters, digits and / - . _ ~ % +", err);
    const char *user_end = memchr(at, '@', (size_t)(path - at));
    if (user_end) {
        if (!scheme->ssh || *at == '-' || !is_plain(at, (size_t)(user_end - at), "-._"))
            return bad_url("must not hold who logs in", err);
        to->user = to->user ? to->user : arena_copy(arena, at, (size_t)(user_end - at));
        at = user_end + 1;
    }
    if (read_authority(arena, at, (size_t)(path - at), scheme->port, to, err))
        return -1;
    if (scheme->loopback && !is_loopback(to->host))
        return bad_url("is http://, and that is only for this machine's own addresses", err);
    to->ssh = scheme->ssh;
    to->user = to->user ? to->user : "git";
    /* The library gets the URL without the user: it comes with the log-in. */
    to->url = arena_printf(arena, "%s%s", scheme->start, at);
    return 0;
}

static int read_path(struct arena *arena, struct source_peer *to, struct soar_err *err)
{
    size_t len = strlen(to->path);
    while (len > 0 && to->path[len - 1] == '/')
        len--;
    to->path = arena_copy(arena, to->path, len);
    for (const char *at = to->path; *at; at += strcspn(at, "/"), at += *at == '/') {
        const char *name = arena_copy(arena, at, strcspn(at, "/"));
        if (source_name_refused(name)[0])
            return soar_err_set(err, SOAR_INVALID, "path: %s", source_name_refused(name));
    }
    return 0;
}

static const char *text_of(struct arena *arena, const struct value *peer, const char *key)
{
    const char *text = value_get_string(peer, key, NULL);
    return text ? arena_string(arena, text) : NULL;
}

int source_peer_parse(struct arena *arena, const struct value *peer, struct source_peer *ret_peer,
                      struct soar_err *err)
{
    struct source_peer *to = ret_peer;
    *to = (struct source_peer){.name = text_of(arena, peer, "name"),
                               .url = text_of(arena, peer, "url"),
                               .ref = text_of(arena, peer, "ref"),
                               .path = text_of(arena, peer, "path"),
                               .store = text_of(arena, peer, "store"),
                               .ca = text_of(arena, peer, "ca"),
                               .known_hosts = text_of(arena, peer, "known_hosts"),
                               .user = text_of(arena, peer, "user")};
    if (!to->name || !to->url || !to->ref || !to->store || to->store[0] != '/')
        return soar_err_set(err, SOAR_INVALID, "a peer of git needs name, url, ref and store (absolute)");
    if (!is_plain(to->ref, strlen(to->ref), "/-._") || to->ref[0] == '-' || strstr(to->ref, ".."))
        return soar_err_set(err, SOAR_INVALID, "ref: expected a branch, a tag or a commit's id");
    to->path = to->path ? to->path : "";
    if (read_url(arena, to, err) || read_path(arena, to, err))
        return -1;
    if (to->ssh && !to->known_hosts)
        return soar_err_set(err, SOAR_INVALID, "a repository over ssh needs known_hosts");
    return 0;
}
