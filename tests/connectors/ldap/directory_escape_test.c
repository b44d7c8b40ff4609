/* Property: whatever a value holds, in a filter and in a dn it stays one value: the library that the worker
 * sends it by reads back the same bytes, and nothing beside them. Method: the engine's encoders, then the
 * library's own parsers, for the values that break careless ones; each byte and each pair of bytes that
 * matter, too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <ldap.h>
#include <cmocka.h>

#include "engine/action/sink_encode.h"

static const struct {
    const char *bytes;
    size_t len;
} corpus[] = {
#define VALUE(text)                                                                                          \
    {                                                                                                        \
        text, sizeof text - 1                                                                                \
    }
    VALUE("jdoe"),
    VALUE("*"),
    VALUE("*)(uid=*"),
    VALUE("jdoe)(|(objectClass=*"),
    VALUE("x)(&(uid=admin"),
    VALUE("\\2a"),
    VALUE("\\"),
    VALUE("a\0b"),
    VALUE("\0"),
    VALUE("#04024869"),
    VALUE("#"),
    VALUE(" leading"),
    VALUE("trailing "),
    VALUE("  "),
    VALUE("a,dc=evil"),
    VALUE("a+cn=b"),
    VALUE("\"quoted\""),
    VALUE("<a;b>=c"),
    VALUE("J\xc3\xbcrgen"),
    VALUE("\xe6\xbc\xa2\xe5\xad\x97"),
    VALUE("two\nlines\r"),
    VALUE("\x7f"),
};

/* (cn=VALUE) as the library sends it: [3] { attribute, value }. */
static void through_a_filter(const char *bytes, size_t len)
{
    BUF_SCOPED filter;
    buf_init(&filter, 0);
    struct soar_err err = {0};
    LDAP *ld = NULL;
    struct berval sent = {0}, name, value;
    buf_text(&filter, "(cn=");
    assert_int_equal(encode_filter(&filter, bytes, len, &err), 0);
    buf_text(&filter, ")");
    assert_int_equal(ldap_initialize(&ld, "ldap://127.0.0.1:1"), LDAP_SUCCESS);
    assert_int_equal(ldap_create_assertion_control_value(ld, filter.data, &sent), LDAP_SUCCESS);
    BerElement *ber = ber_init(&sent);
    assert_int_equal(ber_peek_tag(ber, &(ber_len_t){0}), LDAP_FILTER_EQUALITY);
    assert_int_not_equal(ber_scanf(ber, "{mm}", &name, &value), LBER_ERROR);
    assert_int_equal(name.bv_len, 2);
    assert_int_equal(value.bv_len, len);
    assert_memory_equal(value.bv_val, bytes, len);
    ber_free(ber, 1);
    ldap_memfree(sent.bv_val);
    ldap_unbind_ext(ld, NULL, NULL);
}

/* cn=VALUE,dc=test: two parts, the first with one attribute. */
static void through_a_dn(const char *bytes, size_t len)
{
    BUF_SCOPED dn;
    buf_init(&dn, 0);
    struct soar_err err = {0};
    LDAPDN parts = NULL;
    buf_text(&dn, "cn=");
    assert_int_equal(encode_dn(&dn, bytes, len, &err), 0);
    buf_text(&dn, ",dc=test");
    assert_int_equal(ldap_str2dn(dn.data, &parts, LDAP_DN_FORMAT_LDAPV3), LDAP_SUCCESS);
    assert_true(parts[0] && parts[1] && !parts[2] && parts[0][0] && !parts[0][1]);
    assert_int_equal(parts[0][0]->la_value.bv_len, len);
    assert_memory_equal(parts[0][0]->la_value.bv_val, bytes, len);
    ldap_dnfree(parts);
}

static void values_stay_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof corpus / sizeof corpus[0]; i++) {
        through_a_filter(corpus[i].bytes, corpus[i].len);
        through_a_dn(corpus[i].bytes, corpus[i].len);
    }
}

static void pairs_of_bytes(void **state)
{
    (void)state;
    for (unsigned a = 0; a < 0x80; a++)
        for (const char *b = " #*()\\,+\"<>;=\na"; *b; b++) {
            const char both[] = {(char)a, *b}, turned[] = {*b, (char)a};
            through_a_filter(both, 2);
            through_a_dn(both, 2);
            through_a_dn(turned, 2);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(values_stay_values),
                                       cmocka_unit_test(pairs_of_bytes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
