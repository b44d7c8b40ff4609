/* The keys of a contract, as tables: what is read, what is told, and the JSON Schema are one thing. */
#include "engine/rehearse/contract_parts.h"

const char *const contract_methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", NULL};
const char *const contract_outcomes[] = {"changed",     "already", "partial", "failed", "refused",
                                         "unsupported", "skipped", "pending", "held",   NULL};
const char *const contract_verdicts[] = {"so", "underway", "clear", "partly", NULL};

#define OBJECT .schema = "{\"type\": \"object\"}"
#define TEXT_OR_LIST                                                                                         \
    .schema = "{\"anyOf\": [{\"type\": \"string\"}, {\"type\": \"array\", \"items\": {\"type\": "            \
              "\"string\"}}]}"

#define PARTS(at)                                                                                            \
    {.name = "query", .kind = BIND_NODE, .offset = at(query), OBJECT, .about = "name → matcher"},            \
        {.name = "headers",                                                                                  \
         .kind = BIND_NODE,                                                                                  \
         .offset = at(headers),                                                                              \
         OBJECT,                                                                                             \
         .about = "name → matcher; those a client sends by itself needn't stand here"},                      \
        {.name = "segments",                                                                                 \
         .kind = BIND_NODE,                                                                                  \
         .offset = at(segments),                                                                             \
         OBJECT,                                                                                             \
         .about = "the {name}s of the path → matcher, of the decoded text"},                                 \
        {.name = "json", .kind = BIND_NODE, .offset = at(json), .about = "matcher of the body"},             \
        {.name = "form", .kind = BIND_NODE, .offset = at(form), OBJECT, .about = "name → matcher"},          \
        {.name = "xml",                                                                                      \
         .kind = BIND_NODE,                                                                                  \
         .offset = at(xml),                                                                                  \
         OBJECT,                                                                                             \
         .about = "{name, attributes, text, children}"},                                                     \
    {                                                                                                        \
        .name = "text", .kind = BIND_NODE, .offset = at(text), .about = "matcher of the body as it is"       \
    }

#define AT(field) (offsetof(struct file_operation, parts) + offsetof(struct file_parts, field))
static const struct bind_key operation_keys[] = {
    {.name = "method",
     .kind = BIND_CHOICE,
     .offset = offsetof(struct file_operation, method),
     .required = true,
     .words = contract_methods},
    {.name = "path",
     .kind = BIND_SCALAR,
     .offset = offsetof(struct file_operation, path),
     .required = true,
     .about = "as it is sent; {name} stands for one segment"},
    PARTS(AT),
    {.name = "documents",
     .kind = BIND_NODE,
     .offset = offsetof(struct file_operation, documents),
     TEXT_OR_LIST,
     .about = "where this one is written"},
    {.name = "about", .kind = BIND_TEXT, .offset = offsetof(struct file_operation, about)},
    {0}};
#undef AT
static const struct bind_table operation_table = {"an operation", sizeof(struct file_operation),
                                                  operation_keys};

#define AT(field) offsetof(struct file_parts, field)
static const struct bind_key where_keys[] = {PARTS(AT), {0}};
#undef AT
static const struct bind_table where_table = {"'where'", sizeof(struct file_parts), where_keys};

#define AT(field) offsetof(struct file_answer, field)
static const struct bind_key answer_keys[] = {
    {.name = "status",
     .kind = BIND_INT,
     .offset = AT(status),
     .min = 200,
     .max = 599,
     .about = "default: 200"},
    {.name = "headers", .kind = BIND_NODE, .offset = AT(headers), OBJECT, .about = "name → text"},
    {.name = "json", .kind = BIND_NODE, .offset = AT(json), .about = "the body"},
    {.name = "xml", .kind = BIND_NODE, .offset = AT(xml), .schema = "{\"type\": \"string\"}"},
    {.name = "text", .kind = BIND_NODE, .offset = AT(text), .schema = "{\"type\": \"string\"}"},
    {.name = "cut",
     .kind = BIND_BOOL,
     .offset = AT(cut),
     .about = "the whole request is read, then the connection is cut"},
    {.name = "hang", .kind = BIND_BOOL, .offset = AT(hang), .about = "no answer ever comes"},
    {.name = "times",
     .kind = BIND_INT,
     .offset = AT(times),
     .min = 1,
     .max = TIMES_MAX,
     .about = "so many of this request in a row get this"},
    {.name = "where",
     .kind = BIND_MAP,
     .offset = AT(where),
     .table = &where_table,
     .about = "what this one request holds besides"},
    {0}};
#undef AT
const struct bind_table contract_answer_table = {"an answer", sizeof(struct file_answer), answer_keys};

#define AT(field) offsetof(struct file_expect, field)
static const struct bind_key expect_keys[] = {
    {.name = "outcome",
     .kind = BIND_CHOICE,
     .offset = AT(outcome),
     .words = contract_outcomes,
     .about = "of the task"},
    {.name = "verdict",
     .kind = BIND_CHOICE,
     .offset = AT(verdict),
     .words = contract_verdicts,
     .about = "of its first look"},
    {.name = "why", .kind = BIND_SCALAR, .offset = AT(why), .about = "a regular expression, found in it"},
    {.name = "kept",
     .kind = BIND_NODE,
     .offset = AT(kept),
     OBJECT,
     .about = "name → matcher; others may be kept, too"},
    {0}};
#undef AT
static const struct bind_table expect_table = {"'expect'", sizeof(struct file_expect), expect_keys};

#define ANSWERS                                                                                              \
    .schema = "{\"type\": \"array\", \"items\": {\"type\": \"object\", \"minProperties\": 1, "               \
              "\"maxProperties\": 2}}"
#define PARTS_DONE                                                                                           \
    .schema = "{\"anyOf\": [{\"enum\": [\"check\", \"apply\", \"revert\"]}, {\"type\": \"array\", "          \
              "\"items\": {\"enum\": [\"check\", \"apply\", \"revert\"]}}]}"

#define AT(field) offsetof(struct file_case, field)
static const struct bind_key case_keys[] = {
    {.name = "name", .kind = BIND_TEXT, .offset = AT(name), .required = true, .about = "what it shows"},
    {.name = "do",
     .kind = BIND_NODE,
     .offset = AT(part),
     PARTS_DONE,
     .about = "check, apply or revert, or a list of them in order; default: apply"},
    {.name = "target", .kind = BIND_NODE, .offset = AT(target), .about = "instead of the file's"},
    {.name = "with", .kind = BIND_NODE, .offset = AT(with), OBJECT, .about = "instead of the file's"},
    {.name = "options",
     .kind = BIND_NODE,
     .offset = AT(options),
     OBJECT,
     .about = "of the service, instead of the file's"},
    {.name = "play",
     .kind = BIND_NODE,
     .offset = AT(play),
     .required = true,
     ANSWERS,
     .table = &contract_answer_table,
     .about =
         "the requests in this order: an operation's name, and the answer it gets; {times: N, play: […]}: "
         "these in this order, so often"},
    {.name = "expect",
     .kind = BIND_MAPS,
     .offset = AT(expect),
     .required = true,
     .table = &expect_table,
     .about = "what comes of it; a list: of each of `do`"},
    {0}};
#undef AT
static const struct bind_table case_table = {"a case", sizeof(struct file_case), case_keys};

#define AT(field) offsetof(struct file_contract, field)
static const struct bind_key file_keys[] = {
    {.name = "contract",
     .kind = BIND_TEXT,
     .offset = AT(title),
     .required = true,
     .about = "the product, and what of it"},
    {.name = "documents",
     .kind = BIND_TEXTS,
     .offset = AT(documents),
     .required = true,
     .about = "where the vendor has written it"},
    {.name = "provider",
     .kind = BIND_SCALAR,
     .offset = AT(provider),
     .required = true,
     .about = "ACTION/PROVIDER"},
    {.name = "service",
     .kind = BIND_NODE,
     .offset = AT(service),
     .required = true,
     OBJECT,
     .about = "an entry of an inventory; {{server}} is the stand-in's URL; secrets are written as text:…"},
    {.name = "target",
     .kind = BIND_NODE,
     .offset = AT(target),
     .about = "of the cases: a host as in an inventory, with its name; else a name or an address"},
    {.name = "with", .kind = BIND_NODE, .offset = AT(with), OBJECT, .about = "parameters of the action"},
    {.name = "operations",
     .kind = BIND_MAP_OF,
     .offset = AT(operations),
     .required = true,
     .table = &operation_table,
     .about = "what the server takes, and nothing else"},
    {.name = "cases",
     .kind = BIND_LIST_OF,
     .offset = AT(cases),
     .required = true,
     .table = &case_table,
     .about = "each is played alone"},
    {0}};
#undef AT
const struct bind_table contract_file_table = {"a contract", sizeof(struct file_contract), file_keys};

const struct bind_table *contract_bind_table(void)
{
    return &contract_file_table;
}
