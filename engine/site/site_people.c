/* `people:`: who may ask soard for what. A person is known by the uid at the socket or by a token whose
 * digest stands here; uid 0 is nobody, since whoever is root could be anyone. */
#include "engine/site/site_parts.h"

#include <string.h>

#include "engine/base/digest.h"
#include "engine/base/text.h"

#define UID_MAX (INT64_C(0xffffffff) - 1) /* the last one means "no uid" to the kernel */

#define AT(field) offsetof(struct person_entry, field)
static const struct bind_key person_keys[] = {
    {.name = "uid",
     .kind = BIND_INT,
     .offset = AT(uid),
     .min = 1,
     .max = UID_MAX,
     .about = "uid 0 is nobody"},
    {.name = "roles",
     .kind = BIND_TEXTS,
     .offset = AT(roles),
     .required = true,
     .about = "viewer, operator, approver, admin"},
    {.name = "token",
     .kind = BIND_SCALAR,
     .offset = AT(token),
     .about = "sha256: and the digest of the API's bearer token in hex"},
    {.name = "key", .kind = BIND_TEXT, .offset = AT(key), .about = "file of a public key; not used yet"},
    {0}};
#undef AT
const struct bind_table person_table = {"a person", sizeof(struct person_entry), person_keys};

static const char *const role_names[] = {"viewer", "operator", "approver", "admin", NULL};
static const unsigned role_bits[] = {ROLE_VIEWER, ROLE_VIEWER | ROLE_OPERATOR, ROLE_VIEWER | ROLE_APPROVER,
                                     ROLE_VIEWER | ROLE_ADMIN};

static unsigned read_roles(struct arena *arena, const struct bind_texts *roles, struct diag_list *diags)
{
    unsigned bits = 0;
    for (size_t i = 0; i < roles->count; i++) {
        size_t found = 0;
        while (role_names[found] != NULL && !text_same_fold(role_names[found], roles->items[i])) {
            found++;
        }
        if (role_names[found] == NULL) {
            const struct yaml_node *node = roles->node->items[i];
            diag_error(diags, node->line, node->col,
                       "'roles': expected viewer, operator, approver or admin, found '%.60s'%s", node->text,
                       bind_meant(arena, node->text, role_names));
        } else {
            bits |= role_bits[found];
        }
    }
    return bits;
}

/* The digest in lower case. The token itself in this place is told without showing it. */
static const char *read_token(struct arena *arena, const struct yaml_node *node, struct diag_list *diags)
{
    static const char scheme[] = "sha256:";
    const char *hex = node->text + sizeof scheme - 1;
    if (strncmp(node->text, scheme, sizeof scheme - 1) != 0 || strlen(hex) != DIGEST_HEX - 1 ||
        strspn(hex, "0123456789abcdefABCDEF") != DIGEST_HEX - 1) {
        diag_error(diags, node->line, node->col,
                   "'token': expected sha256: and the 64 hex digits of the token's digest, never the token "
                   "itself (printf %%s TOKEN | sha256sum)");
        return NULL;
    }
    return config_lower(arena, hex);
}

static void refuse_twins(const struct site *site, const struct site_person *person,
                         const struct yaml_node *name, struct diag_list *diags)
{
    for (size_t i = 0; i < site->person_count; i++) {
        const struct site_person *other = &site->people[i];
        const char *what = NULL;
        if (text_same_fold(other->name, person->name)) {
            what = "name (case doesn't count)";
        } else if (person->uid >= 0 && other->uid == person->uid) {
            what = "uid";
        } else if (person->token_sha256 != NULL && other->token_sha256 != NULL &&
                   strcmp(other->token_sha256, person->token_sha256) == 0) {
            what = "token";
        }
        if (what != NULL) {
            diag_error(diags, name->line, name->col,
                       "'%s' has the %s of '%s', line %d: nobody could tell them apart", person->name, what,
                       other->name, other->line);
            return;
        }
    }
}

void people_read(struct arena *arena, const struct bind_array *array, struct site *site,
                 struct diag_list *diags)
{
    const struct person_entry *entries = array->items;
    struct site_person *people = arena_array(arena, array->count, sizeof *people);
    site->people = people;
    for (size_t i = 0; i < array->count; i++) {
        const struct yaml_node *name = array->names[i];
        struct site_person *person = &people[site->person_count];
        config_name(name, "a person's name", "._-@", diags);
        *person = (struct site_person){.name = name->text,
                                       .uid = entries[i].uid > 0 ? entries[i].uid : -1,
                                       .roles = read_roles(arena, &entries[i].roles, diags),
                                       .line = name->line};
        if (entries[i].token != NULL) {
            person->token_sha256 = read_token(arena, entries[i].token, diags);
        }
        refuse_twins(site, person, name, diags);
        site->person_count++;
    }
}

const struct site_person *site_person_of_uid(const struct site *site, int64_t uid)
{
    for (size_t i = 0; uid > 0 && i < site->person_count; i++) {
        if (site->people[i].uid == uid) {
            return &site->people[i];
        }
    }
    return NULL;
}

/* Every digit of every digest is looked at, so that the time tells nothing of where they differ. */
const struct site_person *site_person_of_token(const struct site *site, const char *token)
{
    const struct site_person *found = NULL;
    char hex[DIGEST_HEX];
    if (token == NULL || *token == '\0') {
        return NULL;
    }
    digest_sha256_hex(token, strlen(token), hex);
    for (size_t i = 0; i < site->person_count; i++) {
        const char *known = site->people[i].token_sha256;
        unsigned char differs = known == NULL;
        for (size_t j = 0; known != NULL && j < DIGEST_HEX - 1; j++) {
            differs |= (unsigned char)(known[j] ^ hex[j]);
        }
        found = differs == 0 ? &site->people[i] : found;
    }
    return found;
}
