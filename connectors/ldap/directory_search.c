/* Looking: entries as a value, each attribute spelled as it was asked for.
 *
 * A reference to another server is dropped: what isn't in this directory isn't there. Entries beyond the
 * limit end the search with the code that the server should have given, and an answer too large is an error,
 * never a part of itself. */
#include <string.h>
#include <sys/time.h>

#include "connectors/ldap/directory.h"
#include "connectors/ldap/directory_answer.h"
#include "connectors/ldap/directory_value.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"

enum { ENTRIES_DEFAULT = 100, ENTRIES_MAX = 1000, ATTRIBUTES_MAX = 64 };

struct search {
    const char *base;
    const char *filter;
    int scope;
    int64_t limit;
    size_t name_count;
    char *names[ATTRIBUTES_MAX + 1]; /* as asked; ends with NULL */
};

static int read_scope(const char *scope)
{
    return !strcmp(scope, "base")  ? LDAP_SCOPE_BASE
           : !strcmp(scope, "one") ? LDAP_SCOPE_ONELEVEL
                                   : LDAP_SCOPE_SUBTREE;
}

static int read_args(const struct directory *directory, const struct worker_call *call, struct search *search,
                     struct soar_err *err)
{
    const struct value *names = value_get(call->args, "attributes");
    const struct value *base = value_get(call->args, "base");
    search->base = value_get_string(call->args, "base", directory->peer.base);
    search->filter = value_get_string(call->args, "filter", "(objectClass=*)");
    search->scope = read_scope(value_get_string(call->args, "scope", "sub"));
    search->limit = value_get_int(call->args, "limit", ENTRIES_DEFAULT);
    if (search->limit < 1 || search->limit > ENTRIES_MAX)
        return soar_err_set(err, SOAR_INVALID, "limit: expected 1 to %d", ENTRIES_MAX);
    if ((base && base->kind != VALUE_STRING) || (names && names->kind != VALUE_LIST))
        return soar_err_set(err, SOAR_INVALID, "base is not a text, or attributes no list");
    size_t count = names ? names->list->count : 0;
    if (count > ATTRIBUTES_MAX)
        return soar_err_set(err, SOAR_INVALID, "attributes: at most %d", ATTRIBUTES_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct value *name = &names->list->items[i];
        if (name->kind != VALUE_STRING || !text_is_word(name->text, name->len))
            return soar_err_set(err, SOAR_INVALID, "attributes: one is not a name");
        search->names[i] = (char *)(uintptr_t)name->text;
    }
    search->name_count = count;
    if (count == 0)
        search->names[count++] = (char *)(uintptr_t)LDAP_NO_ATTRS;
    search->names[count] = NULL;
    return 0;
}

/* The place of an attribute among those asked for, or -1. Active Directory gives a long list in pieces, as
 * "member;range=0-1499": its first piece counts for the whole. */
static int place_of(const struct search *search, const char *name)
{
    size_t len = strcspn(name, ";");
    if (name[len] == ';' && strncmp(name + len, ";range=0-", 9) != 0)
        return -1;
    for (size_t i = 0; i < search->name_count; i++)
        if (strlen(search->names[i]) == len && !strncasecmp(search->names[i], name, len))
            return (int)i;
    return -1;
}

struct gathering {
    struct worker_call *call;
    const struct search *search;
    struct value_builder entries;
    size_t bytes; /* of text in all of it */
};

static struct value keep_text(struct gathering *all, const struct buf *text)
{
    all->bytes += text->len;
    return value_string(all->call->arena, buf_string(text), text->len);
}

static struct value read_values(struct gathering *all, const char *name, struct berval **values)
{
    struct value_builder list;
    value_build(&list, all->call->arena);
    for (size_t i = 0; values && values[i] && all->bytes <= LIMIT_ANSWER_BYTES; i++) {
        BUF_SCOPED text;
        buf_init(&text, 0);
        directory_value(&text, name, values[i]->bv_val, values[i]->bv_len);
        value_push(&list, keep_text(all, &text));
    }
    return value_end_list(&list);
}

static void read_attributes(struct gathering *all, LDAP *ld, LDAPMessage *entry, struct value *lists)
{
    BerElement *at = NULL;
    for (char *name = ldap_first_attribute(ld, entry, &at); name; name = ldap_next_attribute(ld, entry, at)) {
        int place = place_of(all->search, name);
        struct berval **values = place < 0 ? NULL : ldap_get_values_len(ld, entry, name);
        if (values) {
            struct value list = read_values(all, all->search->names[place], values);
            if (value_count(&list) > 0)
                lists[place] = list;
        }
        ldap_value_free_len(values);
        ldap_memfree(name);
    }
    ber_free(at, 0);
}

static int read_entry(struct gathering *all, LDAP *ld, LDAPMessage *entry, struct soar_err *err)
{
    struct arena *arena = all->call->arena;
    size_t count = all->search->name_count;
    struct value *lists = arena_array(arena, count + 1, sizeof *lists);
    char *dn = ldap_get_dn(ld, entry);
    if (dn == NULL || !text_is_utf8(dn, strlen(dn))) {
        ldap_memfree(dn);
        return soar_err_set(err, SOAR_PERMANENT, "an entry of the answer has no readable dn");
    }
    struct value_builder one, first, whole;
    value_build(&one, arena);
    value_build(&first, arena);
    value_build(&whole, arena);
    all->bytes += strlen(dn);
    value_put_text(&one, "dn", value_text(arena, dn));
    ldap_memfree(dn);
    for (size_t i = 0; i < count; i++)
        lists[i] = value_list(arena, NULL, 0);
    read_attributes(all, ld, entry, lists);
    for (size_t i = 0; i < count; i++) {
        if (value_count(&lists[i]) > 0)
            value_put_text(&first, all->search->names[i], *value_at(&lists[i], 0));
        value_put_text(&whole, all->search->names[i], lists[i]);
    }
    value_put_text(&one, "first", value_end_map(&first));
    value_put_text(&one, "all", value_end_map(&whole));
    value_push(&all->entries, value_end_map(&one));
    if (all->bytes > LIMIT_ANSWER_BYTES)
        return soar_err_set(err, SOAR_PERMANENT, "the answer is larger than %d KiB: ask for less",
                            LIMIT_ANSWER_BYTES / 1024);
    return 0;
}

/* Takes messages until the search has ended. */
static int gather(struct directory *directory, int number, struct gathering *all, struct directory_said *said,
                  struct soar_err *err)
{
    for (;;) {
        LDAPMessage *message = directory_next(directory, number, "search", err);
        if (message == NULL)
            return -1;
        int type = ldap_msgtype(message);
        if (type == LDAP_RES_SEARCH_RESULT)
            return directory_result(directory, message, "search", all->call->arena, said, err);
        bool over = type == LDAP_RES_SEARCH_ENTRY && (int64_t)all->entries.count >= all->search->limit;
        int rc = 0;
        if (type == LDAP_RES_SEARCH_ENTRY && !over)
            rc = read_entry(all, directory->ld, message, err);
        ldap_msgfree(message);
        if (rc == 0 && !over)
            continue;
        ldap_abandon_ext(directory->ld, number, NULL, NULL);
        *said =
            (struct directory_said){LDAP_SIZELIMIT_EXCEEDED, "more entries than the server was asked for"};
        return rc;
    }
}

static int run(struct directory *directory, struct worker_call *call, const struct search *search,
               struct value *ret_result, struct soar_err *err)
{
    struct gathering all = {.call = call, .search = search};
    struct directory_said said = {0};
    int number = 0;
    value_build(&all.entries, call->arena);
    int64_t left = directory->deadline_ms - worker_now_ms();
    struct timeval wait = {.tv_sec = left > 1000 ? (time_t)(left / 1000) : 1};
    int rc =
        ldap_search_ext(directory->ld, search->base, search->scope, search->filter,
                        (char **)(uintptr_t)search->names, 0, NULL, NULL, &wait, (int)search->limit, &number);
    if (rc != LDAP_SUCCESS)
        return directory_fail(directory, rc, "search", err);
    if (gather(directory, number, &all, &said, err))
        return -1;
    *ret_result = directory_answer(call->arena, &said, value_end_list(&all.entries));
    return 0;
}

int directory_search(struct directory *directory, struct worker_call *call, struct value *ret_result,
                     struct soar_err *err)
{
    struct search search;
    if (read_args(directory, call, &search, err))
        return -1;
    return run(directory, call, &search, ret_result, err);
}

/* Who am I (RFC 4532) isn't everybody's; the server's own entry is (RFC 4512, 5.1). */
int directory_look(struct directory *directory, struct worker_call *call, struct value *ret_result,
                   struct soar_err *err)
{
    struct search search = {.base = "", .filter = "(objectClass=*)", .scope = LDAP_SCOPE_BASE, .limit = 1};
    search.names[0] = (char *)(uintptr_t)LDAP_NO_ATTRS;
    return run(directory, call, &search, ret_result, err);
}
