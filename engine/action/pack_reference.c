/* The reference of the packs' language, as Markdown, made of the tables that read, check and render it: so it
 * can't say anything else than they do. Only what a table has no word for is written here. */
#include <ctype.h>
#include <string.h>

#include "engine/action/attempt_parts.h"
#include "engine/action/pack_parts.h"
#include "engine/action/sink_rules.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"

static void heading(struct buf *out, const char *title, const char *text)
{
    buf_printf(out, "\n## %s\n\n", title);
    if (text)
        buf_printf(out, "%s\n\n", text);
}

static void put_cell(struct buf *out, const char *text)
{
    for (; text && *text; text++)
        buf_printf(out, *text == '|' ? "\\%c" : "%c", *text);
}

/* --- statements ---------------------------------------------------------------------------------------- */

static void put_file(struct buf *out)
{
    heading(out, "A file that is an action", NULL);
    bind_markdown(&pack_table, 3, out);
    buf_text(out, "\n### `verify`, where it is no list of statements\n\n");
    bind_markdown(&pack_verify_table, 4, out);
    heading(out, "A file that extends one", "Its providers stand before the action's own.");
    buf_text(out, "| key | value | means |\n|---|---|---|\n");
    for (const struct bind_key *key = pack_extension_table.keys; key->name; key++)
        buf_printf(out, "| `%s`%s | %s | %s |\n", key->name, key->required ? ", needed" : "",
                   key->kind == BIND_MAP_OF ? "a map of names, each a provider" : "a text", key->about);
}

static void put_statements(struct buf *out)
{
    heading(
        out, "Statements",
        "A phase is a list of statements. Each is a call (one key with a dot, its arguments below it), or "
        "one of these.");
    for (int kind = STATEMENT_CALL + 1; kind <= STATEMENT_KEEP; kind++) {
        buf_printf(out, "### `%s`\n\n", pack_statement_keys[kind]);
        bind_markdown(pack_statement_tables[kind], 4, out);
        buf_char(out, '\n');
    }
    buf_text(out, "### Beside a call\n\n");
    bind_markdown(&pack_call_table, 4, out);
    buf_text(out,
             "\n### A text of many lines\n\n"
             "`lines:` stands where a text for another program may stand: a list of texts and of these.\n\n");
    bind_markdown(&pack_line_table, 4, out);
}

/* --- where values stand -------------------------------------------------------------------------------- */

static const char *form_of(sink_encode_fn encode)
{
    static const struct {
        sink_encode_fn encode;
        const char *form;
    } forms[] = {{encode_plain, "any text without NUL"},
                 {encode_word, "words: 1 to 255 letters, digits and `. _ : / @ + -`, not first `-`"},
                 {encode_segment, "one segment, percent-encoded; `.`, `..` and nothing are refused"},
                 {encode_percent, "any text, percent-encoded"},
                 {encode_header, "visible ASCII on one line"},
                 {encode_xml, "any text, escaped"},
                 {encode_filter, "any text, escaped (RFC 4515)"},
                 {encode_dn, "any text, escaped (RFC 4514)"}};

    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (forms[i].encode == encode)
            return forms[i].form;
    return "–";
}

static const char *shape_of(enum sink_shape shape)
{
    static const char *const shapes[] = {[SHAPE_CONSTANT] = "a constant: no `{{ }}` at all",
                                         [SHAPE_TEXT] = "a text",
                                         [SHAPE_ARGUMENTS] = "a list of texts",
                                         [SHAPE_ANY] = "any value, with its type",
                                         [SHAPE_NAMED] = "a map of names to texts",
                                         [SHAPE_NAMED_LISTS] = "a map of names to lists of texts"};

    return shapes[shape];
}

static void put_sinks(struct buf *out)
{
    heading(
        out, "Where a value may stand",
        "A scalar that is one `{{ e }}` stands whole; with text around it, it is spliced. A value that "
        "breaks the rule of its\nplace stops the call, with the parameter's name. Where secrets may stand, "
        "so may `{secret: NAME}` and `{generated: {length: 40, form: ad}}`.");
    buf_text(out,
             "| place | takes | a hole alone | a hole with text around | secrets |\n|---|---|---|---|---|\n");
    for (int sink = 0; sink < SINK_COUNT; sink++) {
        const struct sink_rule *rule = sink_rule((enum function_sink)sink);
        sink_encode_fn whole =
            rule->finish != NULL && rule->whole == encode_plain ? rule->finish : rule->whole;

        buf_printf(out, "| %s | %s | %s | %s | %s |\n", function_sink_name((enum function_sink)sink),
                   shape_of(rule->shape),
                   rule->shape == SHAPE_ANY ? "any value, with its type" : form_of(whole),
                   form_of(rule->spliced), rule->secrets ? "yes" : "–");
    }
}

/* --- functions ----------------------------------------------------------------------------------------- */

static void put_function(struct buf *out, const struct function *function)
{
    buf_printf(out, "\n### `%s`\n\n", function->name);
    buf_printf(out, "%s: %s.", function->class == FUNCTION_READ ? "Reads" : "Writes", function->about);
    if (function->answer)
        buf_printf(out, " Answer: %s.", function->answer);
    buf_text(out, "\n");
    if (function->expect)
        buf_printf(out, "Expected, where the pack says nothing: `%s`.\n", function->expect);
    if (function->apart)
        buf_text(out, "A worker of its own carries it, and no secret.\n");
    if (function->collects)
        buf_text(out, "What it reads is evidence: the answer has `evidence: {id, whole, bytes, sha256}`.\n");
    if (function->params && function->params->name)
        buf_text(out, "\n| argument | place | type | means |\n|---|---|---|---|\n");
    for (const struct function_param *param = function->params; param && param->name; param++) {
        buf_printf(out, "| `%s`%s | %s | ", param->name, param->required ? ", needed" : "",
                   function_sink_name(param->sink));
        put_cell(out, param->type);
        buf_text(out, " | ");
        put_cell(out, param->about);
        buf_text(out, " |\n");
    }
}

static void put_functions(struct buf *out)
{
    for (size_t i = 0; connector_list[i]; i++) {
        const struct connector *connector = connector_list[i];
        const char *about = connector->about ? connector->about : "";

        buf_printf(out, "\n## `via: %s`\n\n%c%s.\n", connector->name, toupper((unsigned char)*about),
                   *about ? about + 1 : "");
        for (const struct function *function = connector->functions; function->name; function++)
            put_function(out, function);
    }
}

/* --- types, answers, names, limits --------------------------------------------------------------------- */

const struct pack_type_note pack_type_notes[TYPE_KIND_COUNT] = {
    [TYPE_IP] = {"one machine's address, never `0.0.0.0` or a network", "192.0.2.7"},
    [TYPE_IP4] = {"the same, IPv4 alone", "192.0.2.7"},
    [TYPE_IP6] = {"the same, IPv6 alone", "2001:db8::7"},
    [TYPE_CIDR] = {"a network", "192.0.2.0/24"},
    [TYPE_PORT] = {"1 to 65535", "443"},
    [TYPE_ENDPOINT] = {"`.ip`, `.port`, `.family`", "192.0.2.7:443"},
    [TYPE_MAC] = {"a hardware address", "00:00:5e:00:53:01"},
    [TYPE_HOST] = {"a host's name", "web-01.corp.example"},
    [TYPE_USER] = {"an account's name", "jdoe"},
    [TYPE_DN] = {"a distinguished name", "cn=jdoe,dc=corp,dc=example"},
    [TYPE_UUID] = {"", "6acde85a-0b9c-4b1e-9d55-3f1c3f0c0a11"},
    [TYPE_SHA256] = {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    [TYPE_INT] = {"a whole number", "5"},
    [TYPE_BOOL] = {"", "true"},
    [TYPE_DURATION] = {"", "90s"},
    [TYPE_WORD] = {"1 to 255 letters, digits and `. _ : / @ + -`, not first `-`", "web-01"},
    [TYPE_TEXT] = {"any text", "some words"},
    [TYPE_PATH] = {"an absolute path", "/tmp/file"},
    [TYPE_SECRET] = {"a reference, which only a worker resolves", "env:NAME"},
    [TYPE_ENUM] = {"one of the words: `enum [a, b]`", "a"},
};

static void put_types(struct buf *out)
{
    heading(out, "Types of parameters", "`list of T` is a list of any of these.");
    buf_text(out, "| type | is | such as |\n|---|---|---|\n");
    for (int kind = 0; kind < TYPE_KIND_COUNT; kind++)
        buf_printf(out, "| `%s` | %s | `%s` |\n", type_kind_name((enum type_kind)kind),
                   pack_type_notes[kind].about, pack_type_notes[kind].sample);
}

static void put_answers(struct buf *out)
{
    static const int statuses[] = {200, 201, 301, 400, 401, 403, 404, 408, 409, 422, 429, 500, 502, 503, 504};
    static const int codes[] = {0, 19, 32, 49, 50, 51, 52, 53};

    heading(out, "What an answer means",
            "Where no `outcomes` speak of it. `transient` is tried again; `unknown` makes the engine look "
            "before it does anything else.");
    buf_text(out, "| status of http | of a read | of a write |\n|---|---|---|\n");
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        buf_printf(out, "| %d | %s | %s |\n", statuses[i],
                   pack_judgement_name(attempt_by_status(statuses[i], false)),
                   pack_judgement_name(attempt_by_status(statuses[i], true)));
    buf_text(out, "\n| code of ldap | means |\n|---|---|\n");
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        buf_printf(out, "| %d | %s |\n", codes[i], pack_judgement_name(attempt_by_code(codes[i])));
    buf_text(out, "\nA script's `exit` is done at 0 and permanent at any other number. Nothing sent at all "
                  "is transient; cut "
                  "off after it was\nsent is unknown for a write, transient for a read.\n");
}

static void put_names(struct buf *out)
{
    static const char *const others[][2] = {
        {"`with`", "the parameters, in their one spelling"},
        {"`directory`", "the place, without its secrets; with `over: directories`"},
        {"`host`", "the host of the alert where the account is; with `over: hosts`"},
        {"`service`",
         "the service: `name`, `kind`, `url`, `domain`, `domains`, `options`, `tags`; with `service: KIND`"},
        {"`run.id`, `task.id`", "the run; this try (after a crash it is another)"},
        {"`prior`", "what was there before us, as the `prior` statement named it"},
        {"`kept`", "what was kept, by this task or for the row in the ledger: always `kept.?name`"},
        {"`result`", "the answer, in its call's own lines"},
        {"what `as`, `one`, `let` named",
         "from there to the end of the try; named under a `when`, only as `?`"}};

    heading(out, "Names in expressions", NULL);
    buf_text(out, "| name | is |\n|---|---|\n| `target` |");
    for (size_t i = 0; pack_target_names[i]; i++)
        buf_printf(out, " `%s`", pack_target_names[i]);
    buf_text(out, " |\n");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        buf_printf(out, "| %s | %s |\n", others[i][0], others[i][1]);
    buf_text(out, "\n`alert` is no name here: what an action needs of it is a parameter, and has a type.\n");
}

static void put_limits(struct buf *out)
{
    const struct {
        const char *what;
        long long limit;
    } limits[] = {{"statements of a phase", LIMIT_STATEMENTS},
                  {"calls of a try", LIMIT_CALLS},
                  {"bytes of an answer that are read", LIMIT_ANSWER_BYTES},
                  {"bytes kept of a task", LIMIT_KEPT_BYTES},
                  {"providers of an action", LIMIT_PROVIDERS},
                  {"items of a parameter that is a list", LIMIT_PARAM_ITEMS},
                  {"bytes of a message to or from a worker", LIMIT_LINE_BYTES},
                  {"bytes of an expression", LIMIT_CEL_BYTES}};

    heading(out, "Limits", NULL);
    buf_text(out, "| at most | of |\n|---|---|\n");
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        buf_printf(out, "| %lld | %s |\n", limits[i].limit, limits[i].what);
}

void pack_reference(struct buf *out)
{
    put_file(out);
    put_statements(out);
    put_sinks(out);
    put_functions(out);
    put_types(out);
    put_answers(out);
    put_names(out);
    put_limits(out);
}
