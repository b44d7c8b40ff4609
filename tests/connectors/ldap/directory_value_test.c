/* Property: SIDs and GUIDs are the text that Windows shows, plain text stands as it is, any other bytes come
 * back whole from base64 and can't be taken for a text. Method: values known from [MS-DTYP] and from a real
 * domain, then each way in which they can be malformed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "connectors/ldap/directory_value.h"

static void shows(const char *attribute, const void *bytes, size_t len, const char *text)
{
    BUF_SCOPED out;
    buf_init(&out, 0);
    directory_value(&out, attribute, bytes, len);
    assert_string_equal(buf_string(&out), text);
}

#define SHOWS(attribute, bytes, text) shows(attribute, bytes, sizeof bytes - 1, text)

static void sids(void **state)
{
    (void)state;
    SHOWS("objectSid", "\1\5\0\0\0\0\0\5\25\0\0\0\xc7\xd9\xc8\xd9\x94\x42\x2d\xc7\x1f\xef\xc4\x3a\xf4\1\0\0",
          "S-1-5-21-3653818823-3341632148-985984799-500");
    SHOWS("objectSid",
          "\1\5\0\0\0\0\0\5\25\0\0\0\xc7\xd9\xc8\xd9\x94\x42\x2d\xc7\x1f\xef\xc4\x3a\xf4\1\0\0\0",
          "base64:AQUAAAAAAAUVAAAAx9nI2ZRCLccf78Q69AEAAAA="); /* a byte too many */
    SHOWS("OBJECTSID", "\1\1\0\0\0\0\0\5\22\0\0\0", "S-1-5-18");
    SHOWS("tokenGroups", "\1\2\0\0\0\0\0\5\40\0\0\0\40\2\0\0", "S-1-5-32-544");
    SHOWS("objectSid", "\1\0\1\0\0\0\0\0", "S-1-0x010000000000");
    SHOWS("objectSid", "\1\0\0\0\0\0\0\5", "S-1-5");
    SHOWS("objectSid", "\2\1\0\0\0\0\0\5\22\0\0\0", "base64:AgEAAAAAAAUSAAAA");
    SHOWS("objectSid", "\1\20\0\0\0\0\0\5", "base64:ARAAAAAAAAU=");
    SHOWS("objectSid", "\1\1\0\0\0\0\0\5", "base64:AQEAAAAAAAU=");
    shows("objectSid", "", 0, "");
    SHOWS("cn", "\1\1\0\0\0\0\0\5\22\0\0\0", "base64:AQEAAAAAAAUSAAAA"); /* by its name, not by its looks */
}

static void guids(void **state)
{
    (void)state;
    static const char bytes[] = "\x33\x22\x11\x00\x55\x44\x77\x66\x88\x99\xaa\xbb\xcc\xdd\xee\xff";
    shows("objectGUID", bytes, 16, "00112233-4455-6677-8899-aabbccddeeff");
    shows("objectguid", bytes, 16, "00112233-4455-6677-8899-aabbccddeeff");
    shows("objectGUID", bytes, 15, "base64:MyIRAFVEd2aImaq7zN3u");
    SHOWS("entryUUID", "00112233-4455-6677-8899-aabbccddeeff", "00112233-4455-6677-8899-aabbccddeeff");
}

static void texts(void **state)
{
    (void)state;
    SHOWS("cn", "J\xc3\xbcrgen \xe6\xb1\x89", "J\xc3\xbcrgen \xe6\xb1\x89");
    SHOWS("cn", "two\nlines\t", "two\nlines\t");
    SHOWS("cn", "a\0b", "base64:YQBi");
    SHOWS("cn", "\x1b[31m", "base64:G1szMW0=");
    SHOWS("cn", "\xc2\x9b", "base64:wps=");
    SHOWS("cn", "\xff", "base64:/w==");
    SHOWS("cn", "base64:YQ==", "base64:YmFzZTY0OllRPT0=");
    SHOWS("cn", "base64", "base64");
    shows("cn", "", 0, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sids),
        cmocka_unit_test(guids),
        cmocka_unit_test(texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
