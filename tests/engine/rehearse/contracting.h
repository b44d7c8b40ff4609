/* A small contract, whole and in pieces: read from text, its mistakes compared as lines. */
#ifndef TESTS_REHEARSE_CONTRACTING_H
#define TESTS_REHEARSE_CONTRACTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "engine/base/buf.h"
#include "engine/rehearse/contract.h"

#define CONTRACT_HEAD                                                                                        \
    "contract: a bell\n"                                                                                     \
    "documents: [\"https://bell.example/api\"]\n"                                                            \
    "provider: Ring_Bell/bell\n"                                                                             \
    "service: {kind: bell, url: \"{{server}}\", auth: {bearer: {token: \"text:T\"}}}\n"                      \
    "target: {name: web-01, os: linux}\n"
#define CONTRACT_OPERATIONS                                                                                  \
    "operations:\n"                                                                                          \
    "  list: {method: GET, path: /bells, query: {$filter: {$match: \"name eq '[a-z0-9-]+'\"}}}\n"            \
    "  ring:\n"                                                                                              \
    "    method: POST\n"                                                                                     \
    "    path: \"/bells/{id}/ring\"\n"                                                                       \
    "    segments: {id: {$match: \"[0-9]+\"}}\n"                                                             \
    "    headers: {Authorization: Bearer T}\n"                                                               \
    "    json: {why: {$string: [1, 10]}, kind: {$one_of: [Full, Soft]}}\n"
#define CONTRACT_CASES                                                                                       \
    "cases:\n"                                                                                               \
    "  - name: rings\n"                                                                                      \
    "    play:\n"                                                                                            \
    "      - {list: {json: [], where: {query: {$filter: \"name eq 'web-01'\"}}}}\n"                          \
    "      - {ring: {status: 201, json: {id: 1}, times: 2}}\n"                                               \
    "    expect: {outcome: changed}\n"

/* NULL: `told` (of at least TOLD_BYTES) has the mistakes, without the file's name. */
enum { TOLD_BYTES = 4096 };
static inline struct contract *contracting(struct arena *arena, const char *text, char *told)
{
    struct diag_list diags;
    struct contract *contract;
    BUF_SCOPED out = {0};

    diag_init(&diags, arena, "bell.contract.yaml");
    contract = contract_load(arena, text, strlen(text), "bell.contract.yaml", &diags);
    diag_print(&diags, &out);
    snprintf(told, TOLD_BYTES, "%s", buf_string(&out));
    return contract;
}

#endif
