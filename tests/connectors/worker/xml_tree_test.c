/* Property: a document of XML becomes one uniform tree, and nothing in it can have a name looked up, a text
 * expanded, or a bound broken. Method: documents and the JSON of their trees side by side; then hostile ones,
 * each of which must be refused with words of ours. */
#include "connectors/worker/xml_tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"

static void test_trees(void **state)
{
    static const struct {
        const char *xml, *json;
    } cases[] = {
        {"<a/>", "{\"name\":\"a\",\"attributes\":{},\"text\":\"\",\"children\":[]}"},
        {"<?xml version=\"1.0\"?><!-- x --><s:a xmlns:s=\"urn:x\" s:b=\"1 &lt; 2\" c=\"\"> t &amp; u </s:a>",
         "{\"name\":\"a\",\"attributes\":{\"b\":\"1 < 2\",\"c\":\"\"},\"text\":\" t & u \",\"children\":[]}"},
        {"<a>\n  one <b>two</b> three\n</a>",
         "{\"name\":\"a\",\"attributes\":{},\"text\":\"one  three\",\"children\":[{\"name\":\"b\","
         "\"attributes\":{},\"text\":\"two\",\"children\":[]}]}"},
        {"<a><![CDATA[<b>]]>&#x41;</a>",
         "{\"name\":\"a\",\"attributes\":{},\"text\":\"<b>A\",\"children\":[]}"},
        {"<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><a>\xe4</a>",
         "{\"name\":\"a\",\"attributes\":{},\"text\":\"\xc3\xa4\",\"children\":[]}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA_SCOPED arena = arena_new();
        struct value tree;
        struct soar_err err = {0};
        assert_int_equal(xml_parse(arena, cases[i].xml, strlen(cases[i].xml), &tree, &err), 0);
        assert_string_equal(json_text(arena, &tree), cases[i].json);
    }
}

static void refused(const char *xml, size_t len, const char *why)
{
    ARENA_SCOPED arena = arena_new();
    struct value tree;
    struct soar_err err = {0};
    assert_int_equal(xml_parse(arena, xml, len, &tree, &err), -1);
    assert_int_equal(err.class, SOAR_INVALID);
    if (strstr(err.text, why) == NULL)
        fail_msg("'%s' is not in '%s'", why, err.text);
}

static void test_refused(void **state)
{
    static const struct {
        const char *xml, *why;
    } cases[] = {
        {"", "no element"},
        {"<a>", "no element"},
        {"<a></b>", "mismatched"},
        {"<a/><b/>", "junk"},
        {"<a>&nosuch;</a>", "undefined entity"},
        {"<!DOCTYPE a><a/>", "DTD"},
        {"<!DOCTYPE a [<!ENTITY x \"y\"><!ENTITY z \"&x;&x;&x;\">]><a>&z;</a>", "DTD"},
        {"<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>", "DTD"},
        {"<!DOCTYPE a SYSTEM \"http://127.0.0.1:1/x.dtd\"><a/>", "DTD"},
        {"<a>\xff</a>", "not well-formed"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refused(cases[i].xml, strlen(cases[i].xml), cases[i].why);
    refused("<a>\0</a>", 8, "not well-formed");
}

static void repeat(struct buf *out, const char *text, size_t times)
{
    while (times--)
        buf_text(out, text);
}

/* One more level, one more element than allowed; with one less each is taken. */
static void test_bounds(void **state)
{
    (void)state;
    for (size_t over = 0; over < 2; over++) {
        ARENA_SCOPED arena = arena_new();
        BUF_SCOPED deep, wide;
        struct value tree;
        buf_init(&deep, 0);
        repeat(&deep, "<a>", LIMIT_XML_DEPTH + over);
        repeat(&deep, "</a>", LIMIT_XML_DEPTH + over);
        buf_init(&wide, 0);
        buf_text(&wide, "<a>");
        repeat(&wide, "<b/>", LIMIT_XML_NODES - 1 + over);
        buf_text(&wide, "</a>");
        if (over) {
            refused(deep.data, deep.len, "too deeply");
            refused(wide.data, wide.len, "too many");
        } else {
            assert_int_equal(xml_parse(arena, deep.data, deep.len, &tree, NULL), 0);
            assert_int_equal(xml_parse(arena, wide.data, wide.len, &tree, NULL), 0);
            assert_true(strlen(json_text(arena, &tree)) < LIMIT_LINE_BYTES * 5 / 8);
        }
    }
}

static void test_child(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct value tree;
    const char *xml = "<a><b>1</b><c>2</c><b>3</b></a>";
    assert_int_equal(xml_parse(arena, xml, strlen(xml), &tree, NULL), 0);
    assert_string_equal(xml_text(xml_child(&tree, "b")), "1");
    assert_string_equal(xml_text(xml_child(&tree, "c")), "2");
    assert_null(xml_child(xml_child(&tree, "d"), "e"));
    assert_string_equal(xml_text(NULL), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trees),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_child),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
