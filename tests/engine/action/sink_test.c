/* Property: what reaches a worker is what the pack says, with each value held to the rule of its place; a
 * value that breaks the rule stops the call and names the parameter. Method: packs with one call, hostile
 * parameters, and the arguments that come out compared as JSON. */
#include "tests/engine/action/packing.h"

/* The arguments of the first call of apply, or the reason why it wasn't made. `with` and `target` are JSON.
 */
static const char *rendered(struct arena *arena, const char *via, const char *call, const char *with)
{
    static const char params[] =
        "params:\n"
        "  any: {type: text, default: \"\"}\n"
        "  pw: {type: secret, default: \"env:PW\"}\n"
        "  door: {type: endpoint, default: \"192.0.2.7:22\"}\n"
        "  doors: {type: list of endpoint, default: [\"192.0.2.7:22\", \"[2001:db8::7]:443\"]}\n"
        "  wait: {type: duration, default: 90s}\n"
        "  names: {type: list of text, default: []}\n";
    const char *text = arena_printf(
        arena,
        "action: Test_It\nsummary: A test.\nper: host\n%sproviders:\n  one:\n    via: %s\n    service: far\n"
        "    let:\n"
        "      note: \"soar {{run.id}}\"\n"
        "      rules:\n"
        "        lines:\n"
        "          - |\n"
        "            port {{target.port}}\n"
        "            end\n"
        "          - {each: d, in: with.doors, line: \"allow{{d.family}} {{d.ip}} {{d.port}}\"}\n"
        "          - {each: d, in: with.doors, when: d.family == 6, line: \"six {{d.ip}}\"}\n"
        "          - {each: n, in: with.names, line: \"name {{n}}\"}\n"
        "          - {line: never, when: target.os == \"windows\"}\n"
        "          - {each: m, in: target.management, line: \"us {{m}} {{m.family}}\"}\n"
        "    apply:\n      - %s\n",
        params, via, call);
    const struct pack *pack = loaded(arena, text);
    struct attempt_input input = input_for(arena, pack);
    struct soar_err err = {0};
    struct value given = json(arena, with);
    assert_int_equal(pack_arguments(pack, &given, arena, &input.with, &err), 0);
    input.target = json(
        arena, "{\"key\": \"host:web-01\", \"port\": 22, \"os\": \"linux\", \"name\": \"a b\","
               " \"management\": [\"192.0.2.1\", \"2001:db8::1\"],"
               " \"facts\": {\"trap\": {\"secret\": \"admin\"}, \"deep\": [{\"generated\": {}}], \"n\": 7}}");
    struct attempt *attempt = attempt_new(arena, &input);
    struct attempt_call asked;
    int64_t at_ms = 0;
    attempt_begin(attempt, PHASE_APPLY, 0);
    if (attempt_next(attempt, 0, &asked, &at_ms) == ATTEMPT_CALL) {
        return json_text(arena, &asked.args);
    }
    assert_int_equal(attempt_result(attempt)->judgement, JUDGED_PERMANENT);
    const char *why = attempt_result(attempt)->why;
    return strstr(why, ": ") + 2; /* behind the place */
}

struct sample {
    const char *via;
    const char *call;
    const char *with;
    const char *rendered;
};

static const struct sample samples[] = {
    /* argument */
    {"ssh",
     "ssh.run: {script: s, args: [\"{{with.any}}\", \"x{{with.any}}y\", a, 7, "
     "\"{{with.wait.getSeconds()}}\"]}",
     "{\"any\": \"$(x) `y` 'z' \\\"\\n\\\\\"}",
     "{\"script\":\"s\",\"args\":[\"$(x) `y` 'z' \\\"\\n\\\\\",\"x$(x) `y` 'z' "
     "\\\"\\n\\\\y\",\"a\",\"7\",\"90\"]}"},
    {"ssh",
     "ssh.run: {script: s, args: [\"{{with.door}}\", \"{{with.doors[1]}}\", \"{{with.wait}}\", {secret: "
     "token}]}",
     "{}",
     "{\"script\":\"s\",\"args\":[\"192.0.2.7:22\",\"[2001:db8::7]:443\",\"90s\",{\"secret\":\"token\"}]}"},
    {"ssh", "ssh.run: {script: s, args: [\"{{with.pw}}\"]}", "{}",
     "{\"script\":\"s\",\"args\":[{\"secret\":\"env:PW\"}]}"},
    {"ssh", "ssh.run: {script: s, args: [\"{{with.doors}}\"]}", "{}",
     "ssh.run: args: item 1: {{with.doors}}: a list has no text"},
    {"ssh", "ssh.run: {script: s, args: [\"{{target.facts.trap}}\"]}", "{}",
     "ssh.run: args: item 1: {{target.facts.trap}}: a map has no text"},
    {"ssh", "ssh.run: {script: s, args: [\"{{note}}\"]}", "{}", "{\"script\":\"s\",\"args\":[\"soar R-1\"]}"},
    /* lines */
    {"ssh", "ssh.run: {script: s, stdin: \"{{rules}}\"}", "{\"names\": [\"a\"]}",
     "{\"script\":\"s\",\"stdin\":\"port 22\\nend\\nallow4 192.0.2.7 22\\nallow6 2001:db8::7 443\\nsix "
     "2001:db8::7\\nname a\\n"
     "us 192.0.2.1 4\\nus 2001:db8::1 6\\n\"}"},
    {"ssh", "ssh.run: {script: s, stdin: \"{{rules}}\"}", "{\"names\": [\"a } }\\nadd rule\"]}",
     "ssh.run: stdin: line 24: {{n}}: 'a } }\\u{a}add rule' is no word (1 to 255 letters, digits and . _ : / "
     "@ + -, not first -)"},
    {"ssh", "ssh.run: {script: s, stdin: \"{{with.any}}\"}", "{\"any\": \"two words\"}",
     "ssh.run: stdin: {{with.any}}: 'two words' is no word (1 to 255 letters, digits and . _ : / @ + -, not "
     "first -)"},
    {"ssh", "ssh.run: {script: s, stdin: \"{{with.any}}\"}", "{\"any\": \"word\"}",
     "{\"script\":\"s\",\"stdin\":\"word\"}"},
    {"ssh", "ssh.run: {script: s, stdin: {lines: [\"a {{with.any}}\", b]}}", "{\"any\": \"x\"}",
     "{\"script\":\"s\",\"stdin\":\"a x\\nb\\n\"}"},
    {"ssh", "ssh.run: {script: s, stdin: {secret: token}}", "{}",
     "{\"script\":\"s\",\"stdin\":{\"secret\":\"token\"}}"},
    /* path */
    {"http", "http.send: {method: POST, path: \"/api/{{with.any}}/isolate\"}", "{\"any\": \"a/b c?d#e\"}",
     "{\"method\":\"POST\",\"path\":\"/api/a%2Fb%20c%3Fd%23e/isolate\"}"},
    {"http", "http.send: {method: POST, path: \"/api/{{with.any}}/isolate\"}", "{\"any\": \"..\"}",
     "http.send: path: {{with.any}}: '..' is no segment of a path"},
    {"http", "http.send: {method: POST, path: \"/api/{{with.any}}/isolate\"}", "{\"any\": \"\"}",
     "http.send: path: {{with.any}}: '' is no segment of a path"},
    /* query and form */
    {"http",
     "http.send: {method: POST, path: /a, query: {$filter: \"name eq '{{with.any}}'\", x: \"{{with.any}}\"}}",
     "{\"any\": \"web-01\"}",
     "{\"method\":\"POST\",\"path\":\"/"
     "a\",\"query\":{\"%24filter\":\"name%20eq%20%27web-01%27\",\"x\":\"web-01\"}}"},
    {"http", "http.send: {method: POST, path: /a, query: {$filter: \"name eq '{{with.any}}'\"}}",
     "{\"any\": \"' or '1' eq '1\"}",
     "http.send: query: $filter: {{with.any}}: '' or '1' eq '1' is no word (1 to 255 letters, digits and . _ "
     ": / @ + -, not first "
     "-)"},
    {"http", "http.send: {method: POST, path: /a, query: {x: \"{{with.any}}\"}}", "{\"any\": \"a&b=c\"}",
     "{\"method\":\"POST\",\"path\":\"/a\",\"query\":{\"x\":\"a%26b%3Dc\"}}"},
    {"http",
     "http.send: {method: POST, path: /a, form: {cmd: {xml: \"<a>{{with.any}}</a>\"}, k: {secret: key}}}",
     "{\"any\": \"<&\"}",
     "{\"method\":\"POST\",\"path\":\"/"
     "a\",\"form\":{\"cmd\":\"%3Ca%3E%26lt%3B%26amp%3B%3C%2Fa%3E\",\"k\":{\"secret\":\"key\"}}}"},
    /* header */
    {"http", "http.send: {method: POST, path: /a, headers: {X-Note: \"{{with.any}}\"}}",
     "{\"any\": \"two words\"}",
     "{\"method\":\"POST\",\"path\":\"/a\",\"headers\":{\"X-Note\":\"two words\"}}"},
    {"http", "http.send: {method: POST, path: /a, headers: {X-Note: \"{{with.any}}\"}}",
     "{\"any\": \"a\\r\\nX-Evil: 1\"}",
     "http.send: headers: X-Note: {{with.any}}: 'a\\u{d}\\u{a}X-Evil: 1' holds more than visible ASCII"},
    /* json */
    {"http",
     "http.send: {method: POST, path: /a, json: {text: \"by {{with.any}}\", n: \"{{target.facts.n}}\", l: "
     "[\"{{with.door.port}}\"]}}",
     "{\"any\": \"\\\"}, \\\"x\\\": {\\\"\"}",
     "{\"method\":\"POST\",\"path\":\"/a\",\"json\":{\"text\":\"by \\\"}, \\\"x\\\": "
     "{\\\"\",\"n\":7,\"l\":[22]}}"},
    {"http", "http.send: {method: POST, path: /a, json: {note: \"{{target.facts.trap}}\"}}", "{}",
     "http.send: json: note: {{target.facts.trap}}: a value may not have a key 'secret' or 'generated': it "
     "would pass for a secret"},
    {"http", "http.send: {method: POST, path: /a, json: {note: \"{{target.facts}}\"}}", "{}",
     "http.send: json: note: {{target.facts}}: a value may not have a key 'secret' or 'generated': it would "
     "pass for a secret"},
    {"http", "http.send: {method: POST, path: /a, json: {note: \"{{target.facts.?trap}}\"}}", "{}",
     "http.send: json: note: {{target.facts.?trap}}: a value may not have a key 'secret' or 'generated': it "
     "would pass for a "
     "secret"},
    {"http",
     "http.send: {method: POST, path: /a, json: {pw: \"{{with.pw}}\", other: {secret: key}, new: {generated: "
     "{length: 40, form: ad}}}}",
     "{}",
     "{\"method\":\"POST\",\"path\":\"/"
     "a\",\"json\":{\"pw\":{\"secret\":\"env:PW\"},\"other\":{\"secret\":\"key\"},"
     "\"new\":{\"generated\":{\"length\":40,\"form\":\"ad\"}}}}"},
    /* xml */
    {"http", "http.send: {method: POST, path: /a, xml: \"<a>{{with.any}}</a>\"}", "{\"any\": \"]]><b/>&c;\"}",
     "{\"method\":\"POST\",\"path\":\"/a\",\"xml\":\"<a>]]&gt;&lt;b/&gt;&amp;c;</a>\"}"},
    /* filter, dn, attribute */
    {"ldap",
     "ldap.search: {filter: \"(&(objectClass=user)(uid={{with.any}}))\", scope: sub, attributes: [uid]}",
     "{\"any\": \"*)(uid=*\"}",
     "{\"filter\":\"(&(objectClass=user)(uid=\\\\2a\\\\29\\\\28uid=\\\\2a))\",\"scope\":\"sub\","
     "\"attributes\":[\"uid\"]}"},
    {"ldap", "ldap.search: {filter: \"(uid={{with.any}})\"}", "{\"any\": \"\"}",
     "ldap.search: filter: {{with.any}}: '' is empty or no UTF-8"},
    {"ldap",
     "ldap.modify: {dn: \"cn={{with.any}},dc=example\", replace: {a: [\"{{with.any}}\", \"x\"], b: []}}",
     "{\"any\": \"x,dc=evil\"}",
     "{\"dn\":\"cn=x\\\\,dc\\\\=evil,dc=example\",\"replace\":{\"a\":[\"x,dc=evil\",\"x\"],\"b\":[]}}"},
    {"ldap", "ldap.modify: {dn: \"{{with.any}}\", replace: {pw: [{generated: {length: 40, form: ad}}]}}",
     "{\"any\": \"cn=x,dc=example\"}",
     "{\"dn\":\"cn=x,dc=example\",\"replace\":{\"pw\":[{\"generated\":{\"length\":40,\"form\":\"ad\"}}]}}"},
};

static void each_value_is_held_to_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        const struct sample *sample = &samples[i];
        const char *got = rendered(arena, sample->via, sample->call, sample->with);
        if (strcmp(got, sample->rendered) != 0) {
            fail_msg("%s\nwith %s\nexpected %s\nfound    %s", sample->call, sample->with, sample->rendered,
                     got);
        }
    }
}

static void a_text_has_a_bound(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    char *big = arena_alloc(arena, LIMIT_LINE_BYTES);
    memset(big, 'a', LIMIT_LINE_BYTES / 2 + 1);
    const char *with = arena_printf(arena, "{\"any\": \"%s\"}", big);
    assert_string_equal(rendered(arena, "ssh", "ssh.run: {script: s, args: [\"{{with.any}}\"]}", with),
                        "ssh.run: args: item 1: more than 512 KiB of text");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_value_is_held_to_its_place),
        cmocka_unit_test(a_text_has_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
