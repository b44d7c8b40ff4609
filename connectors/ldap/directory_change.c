/* Changing: one entry, in one operation.
 *
 * From worker_sending() on it may have happened; before it, everything that could be wrong with the arguments
 * has been looked at. A password that was made here is wiped when the server has it, and the server's words
 * are not passed on if they hold it. */
#include <string.h>

#include "connectors/ldap/directory.h"
#include "connectors/ldap/directory_answer.h"
#include "connectors/worker/generate.h"
#include "engine/base/text.h"

enum { CHANGES_MAX = 32, VALUES_MAX = 256, SECRETS_MAX = 4, PASSWORD_LENGTH = 40 };

struct change {
    struct arena *arena;
    const struct value *secrets;
    size_t count;
    LDAPMod *list[CHANGES_MAX + 1]; /* ends with NULL */
    size_t generated_count;
    struct generated generated[SECRETS_MAX];
};

static void change_done(struct change *change)
{
    for (size_t i = 0; i < change->generated_count; i++)
        worker_generate_wipe(&change->generated[i]);
}

#define CHANGE_SCOPED __attribute__((cleanup(change_done))) struct change

static int generate(struct change *change, const struct value *how, struct berval *ret, struct soar_err *err)
{
    int64_t length = value_get_int(how, "length", PASSWORD_LENGTH);
    const char *form = value_get_string(how, "form", "plain");
    if (length < GENERATED_LENGTH_MIN || length > GENERATED_LENGTH_MAX ||
        (strcmp(form, "ad") != 0 && strcmp(form, "plain") != 0))
        return soar_err_set(err, SOAR_INVALID, "generated: expected length: 16 to 128, form: plain or ad");
    if (change->generated_count == SECRETS_MAX)
        return soar_err_set(err, SOAR_INVALID, "generated: at most %d in a call", SECRETS_MAX);
    struct generated *password = &change->generated[change->generated_count++];
    if (worker_generate((size_t)length, !strcmp(form, "ad"), password, err))
        return -1;
    *ret = (struct berval){.bv_len = password->len, .bv_val = password->bytes};
    return 0;
}

/* A text, a secret of the place's entry, or a password to be made. */
static int read_value(struct change *change, const struct value *given, struct berval *ret,
                      struct soar_err *err)
{
    const struct value *name = value_get(given, "secret"), *how = value_get(given, "generated");
    if (how)
        return generate(change, how, ret, err);
    if (name) {
        given = change->secrets && name->kind == VALUE_STRING ? value_get(change->secrets, name->text) : NULL;
        if (given == NULL)
            return soar_err_set(err, SOAR_INVALID, "the directory's entry has no such secret");
    }
    if (given->kind != VALUE_STRING)
        return soar_err_set(err, SOAR_INVALID, "a value is not a text");
    *ret = (struct berval){.bv_len = given->len, .bv_val = (char *)(uintptr_t)given->text};
    return 0;
}

static int add_change(struct change *change, int operation, const struct value *name,
                      const struct value *values, struct soar_err *err)
{
    if (name->kind != VALUE_STRING || !text_is_word(name->text, name->len) || values->kind != VALUE_LIST)
        return soar_err_set(err, SOAR_INVALID, "expected attributes with lists of values");
    if (change->count == CHANGES_MAX || values->list->count > VALUES_MAX)
        return soar_err_set(err, SOAR_INVALID, "at most %d attributes of %d values", CHANGES_MAX, VALUES_MAX);
    if (values->list->count == 0 && operation == LDAP_MOD_ADD)
        return soar_err_set(err, SOAR_INVALID, "%s: nothing to add", name->text);
    LDAPMod *one = arena_alloc(change->arena, sizeof *one);
    size_t count = values->list->count;
    struct berval *bytes = arena_array(change->arena, count + 1, sizeof *bytes);
    struct berval **list = arena_array(change->arena, count + 1, sizeof(struct berval *));
    for (size_t i = 0; i < count; i++) {
        list[i] = &bytes[i];
        if (read_value(change, &values->list->items[i], &bytes[i], err))
            return soar_err_wrap(err, "%s", name->text);
    }
    list[count] = NULL;
    one->mod_op = operation | LDAP_MOD_BVALUES;
    one->mod_type = (char *)(uintptr_t)name->text;
    one->mod_bvalues = count ? list : NULL;
    change->list[change->count++] = one;
    return 0;
}

static int read_changes(struct change *change, const struct value *args, struct soar_err *err)
{
    static const struct {
        const char *name;
        int operation;
    } order[] = {{"delete", LDAP_MOD_DELETE}, {"add", LDAP_MOD_ADD}, {"replace", LDAP_MOD_REPLACE}};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        const struct value *map = value_get(args, order[i].name);
        if (map && map->kind != VALUE_MAP)
            return soar_err_set(err, SOAR_INVALID, "%s is not a map", order[i].name);
        for (size_t k = 0; map && k < map->map->count; k++)
            if (add_change(change, order[i].operation, &map->map->keys[k], &map->map->values[k], err))
                return soar_err_wrap(err, "%s", order[i].name);
    }
    change->list[change->count] = NULL;
    return change->count ? 0 : soar_err_set(err, SOAR_INVALID, "nothing to change");
}

/* A server that quotes what it refuses would put the password into the record. */
static void conceal(const struct change *change, struct directory_said *said)
{
    for (size_t i = 0; i < change->generated_count; i++) {
        const struct generated *g = &change->generated[i];
        char plain[GENERATED_LENGTH_MAX + 1];
        size_t len = 0;
        for (size_t k = 0; k < g->len && len < GENERATED_LENGTH_MAX; k++)
            if (g->bytes[k] != '\0' && g->bytes[k] != '"')
                plain[len++] = g->bytes[k];
        plain[len] = '\0';
        if (strstr(said->text, plain))
            said->text = "(the server's words are withheld: they hold the password)";
        explicit_bzero(plain, sizeof plain);
    }
}

static int assertion(struct directory *directory, const char *filter, LDAPControl **ret, struct soar_err *err)
{
    *ret = NULL;
    if (filter == NULL)
        return 0;
    int rc = ldap_create_assertion_control(directory->ld, (char *)(uintptr_t)filter, 1, ret);
    return rc == LDAP_SUCCESS ? 0 : soar_err_set(err, SOAR_INVALID, "assert: %s", ldap_err2string(rc));
}

static int answered(struct directory *directory, int number, const struct change *change, const char *doing,
                    struct value *ret_result, struct soar_err *err)
{
    struct directory_said said = {0};
    if (directory_end(directory, number, doing, change->arena, &said, err))
        return -1;
    conceal(change, &said);
    *ret_result = directory_answer(change->arena, &said, value_list(change->arena, NULL, 0));
    return 0;
}

int directory_modify(struct directory *directory, struct worker_call *call, struct value *ret_result,
                     struct soar_err *err)
{
    CHANGE_SCOPED change = {.arena = call->arena, .secrets = call->secrets};
    LDAPControl *control = NULL;
    int number = 0;
    const char *dn = value_get_string(call->args, "dn", "");
    if (*dn == '\0')
        return soar_err_set(err, SOAR_INVALID, "modify: dn is empty");
    if (read_changes(&change, call->args, err) ||
        assertion(directory, value_get_string(call->args, "assert", NULL), &control, err))
        return soar_err_wrap(err, "modify");
    LDAPControl *controls[] = {control, NULL};
    worker_sending(call);
    int rc = ldap_modify_ext(directory->ld, dn, change.list, control ? controls : NULL, NULL, &number);
    ldap_control_free(control);
    if (rc != LDAP_SUCCESS)
        return directory_fail(directory, rc, "modify", err);
    return answered(directory, number, &change, "modify", ret_result, err);
}

int directory_password(struct directory *directory, struct worker_call *call, struct value *ret_result,
                       struct soar_err *err)
{
    CHANGE_SCOPED change = {.arena = call->arena, .secrets = call->secrets};
    const struct value *dn = value_get(call->args, "dn");
    struct berval new;
    int number = 0;
    if (dn == NULL || dn->kind != VALUE_STRING || dn->len == 0)
        return soar_err_set(err, SOAR_INVALID, "password: dn is empty");
    struct value how = value_null();
    if (generate(&change, &how, &new, err))
        return soar_err_wrap(err, "password");
    struct berval who = {.bv_len = dn->len, .bv_val = (char *)(uintptr_t)dn->text};
    worker_sending(call);
    int rc = ldap_passwd(directory->ld, &who, NULL, &new, NULL, NULL, &number);
    if (rc != LDAP_SUCCESS)
        return directory_fail(directory, rc, "password", err);
    return answered(directory, number, &change, "password", ret_result, err);
}
