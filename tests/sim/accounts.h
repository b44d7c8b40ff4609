/* Actions on people's accounts, at hosts and in directories, and how those answer. An account is of its name
 * (its id is made of it, or `id` of its state), known or not, open or not. */
#ifndef SIM_ACCOUNTS_H
#define SIM_ACCOUNTS_H

#include "engine/site/site.h"

static const char lock_pack[] =
    "action: Lock_User\n"
    "summary: Locks an account of a host.\n"
    "per: user\n"
    "lock: account\n"
    "done: locked\n"
    "undone: unlocked\n"
    "providers:\n"
    "  local:\n"
    "    over: hosts\n"
    "    when: host.os == \"linux\"\n"
    "    via: ssh\n"
    "    proved: \"no\"\n"
    "    find:\n"
    "      - ssh.read: {script: \"who\", args: [\"{{target.name}}\", \"{{host.name}}\"]}\n"
    "        outcomes: [{when: result.exit == 4, is: absent, why: \"no such account\"}]\n"
    "    check:\n"
    "      - ssh.read: {script: \"look\"}\n"
    "        as: seen\n"
    "      - so: seen.out == \"locked\"\n"
    "    apply:\n"
    "      - ssh.run: {script: \"lock\"}\n"
    "    revert:\n"
    "      - ssh.run: {script: \"unlock\"}\n";

static const char lock_model[] = "action: Lock_User\n"
                                 "providers:\n"
                                 "  local:\n"
                                 "    start: {known: true, locked: false}\n"
                                 "    answers:\n"
                                 "      - {in: find, when: \"!state.known\", answer: {exit: 4}}\n"
                                 "      - {in: check, when: state.locked, answer: {out: locked}}\n"
                                 "    effects:\n"
                                 "      - {in: apply, set: {locked: true}, counts: \"!state.locked\"}\n"
                                 "      - {in: revert, set: {locked: false}, counts: \"false\"}\n"
                                 "    contained: state.locked\n";

static const char disable_pack[] =
    "action: Disable_User\n"
    "summary: Disables an account in a directory.\n"
    "per: user\n"
    "lock: account\n"
    "done: disabled\n"
    "undone: enabled\n"
    "providers:\n"
    "  plain:\n"
    "    over: directories\n"
    "    when: directory.kind == \"openldap\"\n"
    "    via: ldap\n"
    "    proved: \"no\"\n"
    "    find:\n"
    "      - ldap.search: {filter: \"(uid={{target.name}})\", attributes: [entryUUID]}\n"
    "        as: found\n"
    "      - one: user\n"
    "        of: found.entries\n"
    "        id: user.first.entryUUID\n"
    "        facts: {mail: 'user.first.?mail.orValue(\"\")'}\n"
    "    check:\n"
    "      - ldap.search: {base: \"{{user.dn}}\", scope: base, attributes: [locked]}\n"
    "        as: now\n"
    "      - so: now.entries[0].first.locked == \"yes\"\n"
    "    apply:\n"
    "      - ldap.modify: {dn: \"{{user.dn}}\", replace: {locked: [\"yes\"]}}\n"
    "    revert:\n"
    "      - ldap.modify: {dn: \"{{user.dn}}\", replace: {locked: [\"no\"]}}\n";

static const char disable_model[] =
    "action: Disable_User\n"
    "providers:\n"
    "  plain:\n"
    "    start: {known: true, locked: \"no\", id: \"\", mail: \"\"}\n"
    "    answers:\n"
    "      - {in: find, when: \"!state.known\", answer: {entries: []}}\n"
    "      - in: find\n"
    "        answer:\n"
    "          entries:\n"
    "            - dn: \"uid={{target.name}},dc={{target.place}}\"\n"
    "              all: {}\n"
    "              first:\n"
    "                entryUUID: \"{{state.id == '' ? 'ID-' + target.name : state.id}}\"\n"
    "                mail: \"{{state.mail == '' ? target.name + '@corp.example' : state.mail}}\"\n"
    "      - {in: check, answer: {entries: [{dn: x, all: {}, first: {locked: \"{{state.locked}}\"}}]}}\n"
    "    effects:\n"
    "      - {in: apply, set: {locked: \"yes\"}, counts: state.locked == \"no\"}\n"
    "      - {in: revert, set: {locked: \"no\"}, counts: \"false\"}\n"
    "    contained: state.locked == \"yes\"\n";

static const struct value account_keys[] = {{.kind = VALUE_STRING, .text = "base", .len = 4}};
static const struct value account_bases[] = {
    {.kind = VALUE_STRING, .text = "ou=people,dc=corp,dc=example", .len = 28}};
static const struct value_map account_entry = {.count = 1, .keys = account_keys, .values = account_bases};

/* corp-a is CORP; corp-b says nothing of that. */
static const struct site_place account_directories[] = {
    {.name = "corp-a",
     .kind = "openldap",
     .url = "ldaps://a",
     .entry = {.kind = VALUE_MAP, .map = &account_entry}},
    {.name = "corp-b", .kind = "openldap", .url = "ldaps://b"},
    {.name = "tapes", .kind = "other", .url = "ldaps://c"}};

#endif
