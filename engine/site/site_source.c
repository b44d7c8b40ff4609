/* `playbooks:` of the configuration: directories of this machine, and repositories. A repository brings
 * playbooks and nothing else, so what guards it stands here: who may sign, whether a person promotes, by
 * which keys its server is known. */
#include "engine/site/site_source.h"

#include <string.h>

#include "engine/base/file.h"
#include "engine/base/limits.h"
#include "engine/base/signers.h"
#include "engine/site/site_parts.h"

#define SECOND INT64_C(1000)
enum { EVERY_S = 300, EVERY_S_MIN = 5, EVERY_S_MAX = 7 * 24 * 3600 };
enum { DEADLINE_S = 30, DEADLINE_S_MAX = 3600 };

static const char *const promotes[] = {"auto", "person", NULL};
enum { PROMOTE_AUTO, PROMOTE_PERSON };

#define AT(field) offsetof(struct playbooks_entry, field)
static const struct bind_key keys[] = {
    {.name = "dir", .kind = BIND_TEXT, .offset = AT(dir), .about = "a directory"},
    {.name = "git",
     .kind = BIND_SCALAR,
     .offset = AT(git),
     .about = "a repository instead: https://… or ssh://…"},
    {.name = "name",
     .kind = BIND_SCALAR,
     .offset = AT(name),
     .about = "of the repository, for people; default: the last word of its URL"},
    {.name = "ref", .kind = BIND_SCALAR, .offset = AT(ref), .about = "branch, tag or commit; default main"},
    {.name = "path", .kind = BIND_TEXT, .offset = AT(path), .about = "a folder of it; default the whole"},
    {.name = "every",
     .kind = BIND_DURATION,
     .offset = AT(every_ms),
     .min = EVERY_S_MIN * SECOND,
     .max = EVERY_S_MAX * SECOND,
     .about = "how often it is asked; default 5m"},
    {.name = "deadline",
     .kind = BIND_DURATION,
     .offset = AT(deadline_ms),
     .min = SECOND,
     .max = DEADLINE_S_MAX * SECOND,
     .about = "for one fetch; default 30s"},
    {.name = "signers",
     .kind = BIND_SCALAR,
     .offset = AT(signers),
     .about = "file of those whose signed commits are used (ssh-keygen(1), ALLOWED SIGNERS)"},
    {.name = "promote",
     .kind = BIND_CHOICE,
     .offset = AT(promote),
     .words = promotes,
     .about = "auto: a good commit is used at once; person: after `soarctl playbooks promote`. Default: auto "
              "with signers, else person"},
    {.name = "user", .kind = BIND_TEXT, .offset = AT(user), .about = "who logs in; default git"},
    {.name = "key", .kind = BIND_SCALAR, .offset = AT(key), .about = "reference to an SSH key"},
    {.name = "known_hosts", .kind = BIND_TEXT, .offset = AT(known_hosts), .about = "file of host keys"},
    {.name = "password", .kind = BIND_SCALAR, .offset = AT(password), .about = "reference"},
    {.name = "token", .kind = BIND_SCALAR, .offset = AT(token), .about = "reference"},
    {.name = "ca", .kind = BIND_TEXT, .offset = AT(ca), .about = "file of the authority of https"},
    {0}};
#undef AT
const struct bind_table playbooks_table = {"a place of playbooks", sizeof(struct playbooks_entry), keys};

struct reading {
    struct arena *arena;
    const char *file;
    struct diag_list *diags;
    const struct yaml_node *node; /* the entry's map */
};

static void tell(const struct reading *reading, const struct yaml_node *node, const char *what)
{
    diag_error(reading->diags, node->line, node->col, "%s", what);
}

static bool begins(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* What the worker would refuse is told here, at its place; the whole of its rules is its own. */
static void check_url(const struct reading *reading, const struct yaml_node *git,
                      const struct site_source *source)
{
    static const char *const local[] = {"http://127.", "http://localhost/",
                                        "http://localhost:", "http://[::1]"};
    const char *at = strchr(git->text, '@'), *slashes = strstr(git->text, "://");
    const char *path = slashes ? strchr(slashes + 3, '/') : NULL;
    bool ssh = begins(git->text, "ssh://"), loopback = false;
    for (size_t i = 0; i < sizeof local / sizeof *local; i++)
        loopback = loopback || begins(git->text, local[i]);
    if (!ssh && !loopback && !begins(git->text, "https://"))
        tell(reading, git,
             "'git': expected https://HOST/PATH or ssh://[USER@]HOST/PATH (http:// only on this machine)");
    else if (!path || path[1] == '\0')
        tell(reading, git, "'git': the URL has no path");
    else if (at && at < path && (!ssh || memchr(slashes + 3, ':', (size_t)(at - slashes) - 3)))
        tell(reading, git, "'git': who logs in doesn't stand in the URL: see 'user', 'password' and 'token'");
    else if (ssh && (!source->known_hosts || !source->secret_key))
        tell(reading, git, "'git': over ssh it needs 'key' and 'known_hosts'");
}

static const char *reference(const struct reading *reading, const struct yaml_node *node, const char *what)
{
    if (node == NULL || !secret_check(node, what, reading->diags))
        return NULL;
    if (site_in_vault(node->text)) {
        diag_error(reading->diags, node->line, node->col,
                   "'%s': a repository's secret can't lie in a vault yet: env:, file: or credential:", what);
        return NULL;
    }
    return secret_beside(reading->arena, reading->file, node->text);
}

static const char *beside(const struct reading *reading, const char *path)
{
    return path == NULL ? NULL : file_beside(reading->arena, reading->file, path);
}

static void read_signers(const struct reading *reading, const struct yaml_node *node,
                         struct site_source *source)
{
    struct signers signers;
    struct soar_err err;
    char *text = NULL;
    size_t len = 0;
    if (node == NULL)
        return;
    source->signers_file = beside(reading, node->text);
    if (file_read(reading->arena, source->signers_file, LIMIT_FILE_BYTES, &text, &len, &err))
        diag_error(reading->diags, node->line, node->col, "'signers': %s", err.text);
    else if (signers_parse(reading->arena, text, len, &signers, &err))
        diag_error(reading->diags, node->line, node->col, "'signers': %s: %s", source->signers_file,
                   err.text);
    source->signers = text ? text : "";
}

/* "playbooks" of https://git.example/soc/playbooks.git */
static const char *name_of(struct arena *arena, const char *url)
{
    size_t len = strlen(url);
    while (len > 0 && url[len - 1] == '/')
        len--;
    if (len > 4 && strncmp(url + len - 4, ".git", 4) == 0)
        len -= 4;
    size_t start = len;
    while (start > 0 && url[start - 1] != '/')
        start--;
    return arena_copy(arena, url + start, len - start);
}

static void read_name(const struct reading *reading, const struct playbooks_entry *entry,
                      const struct site *site, struct site_source *source)
{
    const struct yaml_node *node = entry->name ? entry->name : entry->git;
    struct yaml_node named = *node;
    source->name = entry->name ? entry->name->text : name_of(reading->arena, entry->git->text);
    named.text = source->name;
    named.len = strlen(source->name);
    config_name(&named, "name", "-_.", reading->diags);
    for (size_t i = 0; i < site->source_count; i++)
        if (strcmp(site->sources[i].name, source->name) == 0)
            diag_error(reading->diags, node->line, node->col,
                       "two repositories are called '%s': give one of them another 'name'", source->name);
}

static void read_source(const struct reading *reading, const struct playbooks_entry *entry,
                        const struct site *site, struct site_source *source)
{
    bool promote_given = yaml_get(reading->node, "promote") != NULL;
    *source = (struct site_source){
        .url = entry->git->text,
        .ref = entry->ref ? entry->ref->text : "main",
        .path = entry->path ? entry->path : "",
        .user = entry->user,
        .ca = beside(reading, entry->ca),
        .known_hosts = beside(reading, entry->known_hosts),
        .secret_key = reference(reading, entry->key, "key"),
        .secret_password = reference(reading, entry->password, "password"),
        .secret_token = reference(reading, entry->token, "token"),
        .every_ms = entry->every_ms ? entry->every_ms : EVERY_S * SECOND,
        .deadline_ms = entry->deadline_ms ? entry->deadline_ms : DEADLINE_S * SECOND,
        .by_person = promote_given ? entry->promote == PROMOTE_PERSON : entry->signers == NULL,
        .line = reading->node->line};
    read_name(reading, entry, site, source);
    read_signers(reading, entry->signers, source);
    check_url(reading, entry->git, source);
    if (promote_given && !source->by_person && entry->signers == NULL)
        diag_warning(reading->diags, reading->node->line, reading->node->col,
                     "'promote: auto' without 'signers': whoever can push there decides what runs here");
}

/* Of a directory nothing but its name is said. */
static void check_dir(const struct reading *reading)
{
    for (size_t i = 0; i < reading->node->count; i++) {
        const struct yaml_node *key = reading->node->keys[i];
        if (strcmp(key->text, "dir") != 0)
            diag_error(reading->diags, key->line, key->col, "'%s' goes with 'git', not with 'dir'",
                       key->text);
    }
}

void playbooks_read(struct arena *arena, const struct bind_array *array, const char *file, struct site *site,
                    struct diag_list *diags)
{
    const char **dirs = arena_array(arena, array->count + 1, sizeof(const char *));
    struct site_source *sources = arena_array(arena, array->count + 1, sizeof *sources);
    const struct playbooks_entry *entries = array->items;
    site->sources = sources;
    site->playbook_dirs = dirs;
    for (size_t i = 0; i < array->count; i++) {
        const struct reading reading = {arena, file, diags, array->nodes[i]};
        if ((entries[i].dir == NULL) == (entries[i].git == NULL)) {
            tell(&reading, reading.node, "a place of playbooks needs either 'dir' or 'git'");
        } else if (entries[i].dir) {
            check_dir(&reading);
            dirs[site->playbook_dir_count++] = file_beside(arena, file, entries[i].dir);
        } else {
            read_source(&reading, &entries[i], site, &sources[site->source_count]);
            site->source_count++;
        }
    }
}

const struct site_source *site_find_source(const struct site *site, const char *name)
{
    for (size_t i = 0; i < site->source_count; i++)
        if (strcmp(site->sources[i].name, name) == 0)
            return &site->sources[i];
    return NULL;
}
