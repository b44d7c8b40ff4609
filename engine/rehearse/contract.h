/* A contract: which requests a vendor's server takes of a pack, and the cases it is tried with.
 *
 * NAME.contract.yaml, written from the vendor's documentation apart from the pack. As it should go:
 * contract_load() reads and checks it; contract_site() makes the inventory of one case, with the stand-in's
 * address in it; contract_script_new() begins a case, and each request that comes is given to
 * contract_script_hear(), which says what to answer. At the end contract_script_end() tells requests that
 * never came.
 *
 * As it goes wrong: the first request that is not what the next line of `play` says is a breach: its text
 * says what came and what was to come, it is answered by 500, and whatever comes after it is a breach of
 * the same kind.
 *
 * No network here: `soarctl action test` listens and drives the real engine and worker against it. */
#ifndef REHEARSE_CONTRACT_H
#define REHEARSE_CONTRACT_H

#include "engine/action/pack.h"
#include "engine/site/site.h"

struct match; /* contract_match.h */
struct bind_table;

enum contract_part { PART_CHECK, PART_APPLY, PART_REVERT, PART_COUNT };
enum contract_body { BODY_NONE, BODY_JSON, BODY_FORM, BODY_XML, BODY_TEXT, BODY_COUNT };

/* What one request holds; of a line's `where`, what it holds besides. NULL: not said. */
struct contract_parts {
    const struct match *query;
    const struct match *headers;
    enum contract_body kind;
    const struct match *body;
    const struct match *segments; /* of those of the path that have names */
};

struct contract_operation {
    const char *name;
    int line, col;
    const char *method;
    const char *path; /* as it was written, for people */
    size_t segment_count;
    const char *const *segments; /* as they are sent; NULL: one that has a name */
    const char *const *names;    /* NULL: a constant one */
    struct contract_parts parts;
    bool played; /* a case speaks of it */
};

struct contract_answer {
    int status;
    size_t header_count;
    const char *const *header_names;
    const char *const *header_texts;
    const char *type; /* of the body; NULL: there is none */
    const char *body;
    size_t len;
    bool cut;  /* the connection ends without an answer */
    bool hang; /* nothing comes at all */
};

struct contract_line { /* of `play` */
    const struct contract_operation *operation;
    struct contract_parts where;
    struct contract_answer answer;
    int64_t times;
    int round, rounds; /* of a group that comes several times; 0: it stands alone */
    int line, col;
};

struct contract_expect {
    const char *outcome; /* as tasks end, or held, pending; NULL: not asked */
    const char *verdict; /* of the first look; NULL: not asked */
    const struct regex *why;
    const char *why_text;
    const struct match *kept;
    int line, col;
};

struct contract_case {
    const char *name;
    int line, col;
    size_t part_count;
    const enum contract_part *parts;
    const struct contract_expect *expects; /* one for each part */
    const struct yaml_node *target;        /* the case's or the file's; NULL: the action has none */
    const struct yaml_node *with;          /* or NULL */
    const struct yaml_node *options;       /* of the service; NULL: as it has them */
    size_t line_count;
    const struct contract_line *play;
};

struct contract {
    const char *file;
    const char *title;
    const char *action; /* of `provider` */
    const char *provider;
    const struct yaml_node *provider_node;
    const struct yaml_node *service;
    size_t operation_count;
    struct contract_operation *operations;
    size_t case_count;
    const struct contract_case *cases;
};

/* NULL with errors in diags. Everything lives in the arena. */
struct contract *contract_load(struct arena *arena, const char *text, size_t len, const char *file,
                               struct diag_list *diags);

/* For `lint`: reads and checks it, and the inventories of its cases where the shelf knows its action. */
int contract_lint(struct arena *arena, const char *path, const struct pack_shelf *shelf,
                  struct diag_list *diags);

const char *contract_part_name(enum contract_part part);
const struct bind_table *contract_bind_table(void); /* for `soarctl schema contract` */

/* --- what comes ---------------------------------------------------------------------------------------- */

struct contract_header {
    const char *name; /* in lower case */
    const char *text;
};

struct contract_request {
    const char *method;
    const char *target; /* "/path?query", as it was sent */
    size_t header_count;
    const struct contract_header *headers;
    const char *body;
    size_t len;
    const struct value
        *xml; /* the body as a tree {name, attributes, text, children}, if it is XML, or NULL */
};

/* Has it the operation's method and path? */
bool contract_asked(const struct contract_operation *operation, const struct contract_request *request);
/* Is it what the operation takes, and what `where` (or NULL) narrows it to? If not, `why` says what differs.
 */
bool contract_fits(const struct contract_operation *operation, const struct contract_parts *where,
                   const struct contract_request *request, struct arena *arena, struct buf *why);
/* The first operation of its method and path, or NULL: for messages. */
const struct contract_operation *contract_meant(const struct contract *contract,
                                                const struct contract_request *request);
/* "POST /api/machines/7/isolate" */
void contract_request_print(const struct contract_request *request, struct buf *out);

struct contract_script;
struct contract_script *contract_script_new(struct arena *arena, const struct contract *contract,
                                            const struct contract_case *one);
/* What to answer; NULL: a breach, now told by contract_script_breach(). */
const struct contract_answer *contract_script_hear(struct contract_script *script,
                                                   const struct contract_request *request);
/* The first breach: its text and the line of the file it is about; NULL: none so far. */
const char *contract_script_breach(const struct contract_script *script, int *ret_line, int *ret_col);
/* No more comes: what did not come is a breach, too. */
const char *contract_script_end(struct contract_script *script, int *ret_line, int *ret_col);

/* --- where it is played -------------------------------------------------------------------------------- */

/* The stand-in's place in texts of `service`. */
#define CONTRACT_SERVER "{{server}}"

struct contract_site {
    struct site *site;
    const char *target; /* as a playbook calls it; NULL: the action has none */
};

/* The inventory of a case: its service at `server` ("http://127.0.0.1:41234"), and its host, if it has one.
 * -1 with errors in diags. */
int contract_site(struct arena *arena, const struct contract *contract, const struct contract_case *one,
                  enum pack_per per, const char *server, struct contract_site *ret_site,
                  struct diag_list *diags) __attribute__((warn_unused_result));

#endif
