/* What the API answers, by name: JSON Schemas, by hand, held against real answers by tests/soard/api_test.py.
 * Members beyond these may come with later versions. Times are milliseconds since 1970, UTC. */
#include "soard/api_routes.h"

#define TEXT      "{\"type\":\"string\"}"
#define COUNT     "{\"type\":\"integer\",\"minimum\":0}"
#define TIME      COUNT
#define FLAG      "{\"type\":\"boolean\"}"
#define ARRAY(of) "{\"type\":\"array\",\"items\":" of "}"
#define OBJECT(required, properties)                                                                         \
    "{\"type\":\"object\",\"required\":[" required "],\"properties\":{" properties "}}"
#define MEMBER(name, schema) "\"" name "\":" schema

#define RUN_LINE                                                                                             \
    OBJECT("\"run\",\"state\",\"started\"", MEMBER("run", TEXT) "," MEMBER("state", TEXT) "," MEMBER(        \
                                                "started", TIME) "," MEMBER("says", TEXT))
#define STEP OBJECT("\"step\"", MEMBER("step", TEXT) "," MEMBER("tasks", ARRAY("{\"type\":\"object\"}")))
#define RUN                                                                                                                                        \
    OBJECT(                                                                                                                                        \
        "\"run\",\"playbook\",\"state\",\"says\",\"steps\",\"counts\"",                                                                            \
        MEMBER("run", TEXT) "," MEMBER("playbook", TEXT) "," MEMBER("state", TEXT) "," MEMBER("result", TEXT) "," MEMBER("says", TEXT) "," MEMBER( \
            "started",                                                                                                                             \
            TIME) "," MEMBER("ended",                                                                                                              \
                             TIME) "," MEMBER("by",                                                                                                \
                                              TEXT) "," MEMBER("reason",                                                                           \
                                                               TEXT) "," MEMBER("case",                                                            \
                                                                                TEXT) "," MEMBER("steps",                                          \
                                                                                                 ARRAY(                                            \
                                                                                                     STEP)) "," MEMBER("counts",                   \
                                                                                                                       "{\"type\":\"object\"}"))
#define HOLDER OBJECT("\"run\"", MEMBER("run", TEXT) "," MEMBER("since", TIME) "," MEMBER("until", TIME))
#define CONTAINMENT                                                                                          \
    OBJECT("\"target\",\"action\",\"state\",\"ours\",\"holders\"",                                           \
           MEMBER("target", TEXT) "," MEMBER("action", TEXT) "," MEMBER("state", TEXT) "," MEMBER(           \
               "ours", FLAG) "," MEMBER("since", TIME) "," MEMBER("seen", TIME) "," MEMBER("holders",        \
                                                                                           ARRAY(HOLDER)))
#define MEMBERS OBJECT("\"run\",\"target\"", MEMBER("run", TEXT) "," MEMBER("target", TEXT))
#define ASK                                                                                                  \
    OBJECT("\"ask\",\"kind\",\"opened\"",                                                                    \
           MEMBER("ask", TEXT) "," MEMBER("kind", "{\"enum\":[\"hold\",\"doubt\",\"ends\"]}") "," MEMBER(    \
               "rule", TEXT) "," MEMBER("text",                                                              \
                                        TEXT) "," MEMBER("digest",                                           \
                                                         TEXT) "," MEMBER("opened",                          \
                                                                          TIME) "," MEMBER("members",        \
                                                                                           ARRAY(MEMBERS)))
#define PAUSE_LINE                                                                                           \
    OBJECT("\"what\",\"name\",\"until\",\"by\"",                                                             \
           MEMBER("what", TEXT) "," MEMBER("name", TEXT) "," MEMBER("since", TIME) "," MEMBER(               \
               "until", TIME) "," MEMBER("by", TEXT) "," MEMBER("reason", TEXT))
#define STATUS                                                                                               \
    OBJECT("\"soard\",\"front\",\"playbooks\",\"alerts\",\"runs\",\"sources\",\"people\",\"containment\","   \
           "\"pauses\",\"record\"",                                                                          \
           MEMBER("soard",                                                                                   \
                  OBJECT("\"version\",\"since\",\"ready\"",                                                  \
                         MEMBER("version", TEXT) "," MEMBER("since", TIME) "," MEMBER(                       \
                             "ready",                                                                        \
                             FLAG))) "," MEMBER("pauses",                                                    \
                                                ARRAY(PAUSE_LINE)) "," MEMBER("record",                      \
                                                                              OBJECT("\"writable\"",         \
                                                                                     MEMBER("writable",      \
                                                                                            FLAG))))
#define PLAYBOOK                                                                                             \
    OBJECT("\"playbook\",\"file\",\"digest\",\"steps\"",                                                     \
           MEMBER("playbook", TEXT) "," MEMBER("file", TEXT) "," MEMBER("repository", TEXT) "," MEMBER(      \
               "commit", TEXT) "," MEMBER("digest",                                                          \
                                          TEXT) "," MEMBER("trigger",                                        \
                                                           TEXT) "," MEMBER("severity",                      \
                                                                            TEXT) "," MEMBER("steps",        \
                                                                                             ARRAY(TEXT)))

const char api_schemas[] =
    "{" MEMBER("Status", STATUS) "," MEMBER("Runs", OBJECT("\"runs\",\"more\"", MEMBER("runs", ARRAY(RUN_LINE)) "," MEMBER("more", "{\"type\":\"boolean\"}"))) "," MEMBER(
        "Run",
        RUN) "," MEMBER("Contained",
                        OBJECT("\"containments\",\"counts\"",
                               MEMBER("containments",
                                      ARRAY(CONTAINMENT)))) "," MEMBER("Waiting", OBJECT("\"asks\"",
                                                                                         MEMBER("asks", ARRAY(ASK)))) "," MEMBER("Answered",
                                                                                                                                 OBJECT("", MEMBER("ask", TEXT) "," MEMBER("answer", TEXT) "," MEMBER("run", TEXT))) "," MEMBER("Pause", OBJECT("\"what\",\"name\",\"paused\"", MEMBER("what", "{\"enum\":[\"all\",\"playbook\",\"source\"]}") "," MEMBER("name", TEXT) "," MEMBER("paused", FLAG) "," MEMBER("until", "{\"type\":[\"integer\",\"null\"]}"))) "," MEMBER("Playbooks", OBJECT("\"playbooks\"", MEMBER("playbooks",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                     ARRAY(PLAYBOOK)) "," MEMBER("repositories",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                 ARRAY(
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                     "{}")))) "," MEMBER("Alert",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                         OBJECT(
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                             "\"alert\",\"source\",\"received\",\"digest\",\"body\"",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                             MEMBER("alert", TEXT) "," MEMBER(
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                 "source", TEXT) "," MEMBER("received",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                            TIME) "," MEMBER("digest", TEXT))) "," MEMBER("Document",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                          OBJECT("\"openapi\",\"paths\"",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                 MEMBER("openapi", TEXT))) "," MEMBER("Problem", OBJECT("\"type\",\"title\",\"status\",\"detail\"",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        MEMBER("type", TEXT) "," MEMBER("title", TEXT) "," MEMBER(
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                            "status",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                            COUNT) "," MEMBER("detail",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                              TEXT))) "}";
