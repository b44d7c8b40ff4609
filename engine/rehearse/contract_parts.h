/* What the files behind contract.h share; nobody else includes it.
 *
 * contract_table.c binds a contract's text to these structs, contract_operation.c makes operations,
 * narrowings and answers of them, contract_read.c the cases. */
#ifndef REHEARSE_CONTRACT_PARTS_H
#define REHEARSE_CONTRACT_PARTS_H

#include "engine/rehearse/contract.h"
#include "engine/rehearse/contract_match.h"
#include "engine/yaml/bind.h"

enum {
    OPERATIONS_MAX = 100, /* of a contract: a pack has a dozen calls */
    PLAY_MAX = 500,       /* lines of a case: more than a person reads */
    PLAYED_MAX = 20000,   /* with each round of its groups: two polls a minute of a day, and a few more */
    TIMES_MAX = 10000     /* of one line: polls of a day, each minute */
};

struct file_parts { /* of an operation and of `where` */
    const struct yaml_node *query, *headers, *segments;
    const struct yaml_node *json, *form, *xml, *text;
};

struct file_operation {
    int method;
    const struct yaml_node *path;
    struct file_parts parts;
    const struct yaml_node *documents;
    const char *about;
};

struct file_answer {
    int64_t status;
    const struct yaml_node *headers;
    const struct yaml_node *json, *xml, *text;
    bool cut, hang;
    int64_t times;
    struct file_parts where;
};

struct file_expect {
    int outcome, verdict; /* -1: not given */
    const struct yaml_node *why;
    const struct yaml_node *kept;
};

struct file_case {
    const char *name;
    const struct yaml_node *part;
    const struct yaml_node *target, *with, *options;
    const struct yaml_node *play;
    struct bind_array expect;
};

struct file_contract {
    const char *title;
    struct bind_texts documents;
    const struct yaml_node *provider;
    const struct yaml_node *service;
    const struct yaml_node *target, *with;
    struct bind_array operations;
    struct bind_array cases;
};

extern const struct bind_table contract_file_table;
extern const struct bind_table contract_answer_table;
extern const char *const contract_methods[];
extern const char *const contract_outcomes[];
extern const char *const contract_verdicts[];

/* contract_operation.c: -1: a mistake was told. */
int contract_read_operation(struct arena *arena, const struct yaml_node *name,
                            const struct file_operation *file, const struct yaml_node *node,
                            struct contract_operation *ret_operation, struct diag_list *diags);
int contract_read_line(struct arena *arena, const struct contract *contract, const struct yaml_node *node,
                       struct contract_line *ret_line, struct diag_list *diags);

#endif
