/* Packs for stories about one try, and the models that answer them. */
#ifndef TESTS_RUN_PACKS_H
#define TESTS_RUN_PACKS_H

/* Says "not here" by its first provider; its second one believes only what it kept. */
static const char guard_pack[] =
    "action: Guard_Host\n"
    "summary: Guards a host, by the second way.\n"
    "per: host\n"
    "lock: network\n"
    "done: guarded\n"
    "undone: unguarded\n"
    "providers:\n"
    "  first:\n"
    "    via: ssh\n"
    "    proved: \"no\"\n"
    "    find:\n"
    "      - ssh.read: {script: \"can\"}\n"
    "        outcomes: [{when: result.exit == 20, is: unsupported, why: \"not here\"}]\n"
    "    check:\n"
    "      - ssh.read: {script: \"look\"}\n"
    "        as: seen\n"
    "      - so: seen.out == \"on\"\n"
    "        clear: seen.out == \"off\"\n"
    "    apply:\n"
    "      - ssh.run: {script: \"on\"}\n"
    "    revert:\n"
    "      - ssh.run: {script: \"off\"}\n"
    "  second:\n"
    "    via: ssh\n"
    "    proved: \"no\"\n"
    "    check:\n"
    "      - ssh.read: {script: \"look again\"}\n"
    "        as: seen\n"
    "      - prior: {was: seen.err}\n"
    "      - so: seen.out == \"on\" && kept.?mark.orValue(\"\") == \"m\"\n"
    "        clear: seen.out == \"off\"\n"
    "    apply:\n"
    "      - ssh.run: {script: \"on\"}\n"
    "        keep: {mark: \"'m'\"}\n"
    "    revert:\n"
    "      - ssh.run: {script: \"off\"}\n";

static const char guard_model[] = "action: Guard_Host\n"
                                  "providers:\n"
                                  "  first:\n"
                                  "    start: {on: false}\n"
                                  "    answers: [{in: find, answer: {exit: 20}}]\n"
                                  "    contained: \"false\"\n"
                                  "  second:\n"
                                  "    start: {on: false}\n"
                                  "    answers:\n"
                                  "      - {in: check, when: state.on, answer: {out: \"on\", err: ours}}\n"
                                  "      - {in: check, answer: {out: \"off\", err: open}}\n"
                                  "    effects:\n"
                                  "      - {in: apply, set: {on: true}, counts: \"!state.on\"}\n"
                                  "      - {in: revert, set: {on: false}, counts: \"false\"}\n"
                                  "    contained: state.on\n";

/* Accepted and done later, as an EDR does it: asked for, it is underway; START is what it was before. */
#define SLOW_PACK(within)                                                                                    \
    "action: Slow_Host\n"                                                                                    \
    "summary: Is accepted now and done later.\n"                                                             \
    "per: host\n"                                                                                            \
    "lock: network\n"                                                                                        \
    "done: slowed\n"                                                                                         \
    "undone: unslowed\n"                                                                                     \
    "providers:\n"                                                                                           \
    "  slow:\n"                                                                                              \
    "    via: ssh\n"                                                                                         \
    "    proved: \"no\"\n"                                                                                   \
    "    check:\n"                                                                                           \
    "      - ssh.read: {script: \"look\"}\n"                                                                 \
    "        as: seen\n"                                                                                     \
    "      - so: seen.out == \"done\"\n"                                                                     \
    "        underway: seen.out == \"asked\"\n"                                                              \
    "        clear: seen.out == \"open\"\n"                                                                  \
    "    apply:\n"                                                                                           \
    "      - ssh.run: {script: \"ask\"}\n"                                                                   \
    "    verify: {every: 10s, within: " within ", lag: 5s}\n"                                                \
    "    revert:\n"                                                                                          \
    "      - ssh.run: {script: \"open\"}\n"

#define SLOW_MODEL(start, lapse)                                                                             \
    "action: Slow_Host\n"                                                                                    \
    "providers:\n"                                                                                           \
    "  slow:\n"                                                                                              \
    "    start: {is: " start "}\n"                                                                           \
    "    answers:\n"                                                                                         \
    "      - {in: check, when: state.is == \"done\", answer: {out: done}}\n"                                 \
    "      - {in: check, when: state.is == \"asked\", answer: {out: asked}}\n"                               \
    "      - {in: check, when: state.is == \"open\", answer: {out: open}}\n"                                 \
    "      - {in: check, answer: {out: other}}\n"                                                            \
    "    effects:\n"                                                                                         \
    "      - {in: apply, set: {is: asked}}\n"                                                                \
    "      - {in: revert, set: {is: open}, counts: \"false\"}\n" lapse                                       \
    "    contained: state.is == \"done\"\n"
#define DONE_AFTER(time) "    lapse: {when: state.is == \"asked\", after: " time ", set: {is: done}}\n"

#endif
