/* The functions of soar-evidence, the worker that keeps what a collector sends. It is not in connector_list:
 * no pack can call it, the engine alone does.
 *
 * One worker keeps one evidence: keep, then seal. keep reads descriptor 3 to its end and answers when all of
 * it is durable, as a part; the end of a pipe doesn't say that it was whole, so seal brings the verdict and
 * makes it a record of the manifest. What was kept and never sealed is salvaged by a worker of its own. */
#include "connectors/table/table_list.h"

static const struct function_param keep_params[] = {
    {.name = "id",
     .sink = SINK_JSON,
     .type = "word",
     .required = true,
     .about = "\"E-77\": never used twice"},
    {.name = "name", .sink = SINK_JSON, .type = "text", .about = "what it is: \"memory\""},
    {.name = "run", .sink = SINK_JSON, .type = "text", .about = "for which run"},
    {.name = "step", .sink = SINK_JSON, .type = "text", .about = "for which step of it"},
    {.name = "target", .sink = SINK_JSON, .type = "text", .about = "the target's canonical key"},
    {.name = "host", .sink = SINK_JSON, .type = "map", .about = "the machine it is of: name, address, id"},
    {.name = "by", .sink = SINK_JSON, .type = "text", .about = "who or what had it collected"},
    {.name = "action", .sink = SINK_JSON, .type = "text", .about = "the action"},
    {.name = "provider", .sink = SINK_JSON, .type = "text", .about = "and its provider"},
    {.name = "function", .sink = SINK_JSON, .type = "text", .about = "the function that collects"},
    {.name = "tool", .sink = SINK_JSON, .type = "map", .about = "what runs there: name, sha256"},
    {.name = "argv", .sink = SINK_JSON, .type = "list of text", .about = "with which arguments"},
    {.name = "form", .sink = SINK_JSON, .type = "text", .about = "of the bytes: \"lime\", \"tar\""},
    {.name = "expected_bytes", .sink = SINK_JSON, .type = "number", .about = "for the record and progress"},
    {.name = "limit_bytes", .sink = SINK_JSON, .type = "number", .about = "more than these are not taken"},
    {0}};

static const struct function_param seal_params[] = {
    {.name = "id",
     .sink = SINK_JSON,
     .type = "word",
     .required = true,
     .about = "the one that was kept here"},
    {.name = "whole",
     .sink = SINK_JSON,
     .type = "boolean",
     .required = true,
     .about = "the collector says so"},
    {.name = "why", .sink = SINK_JSON, .type = "text", .about = "why it isn't"},
    {.name = "exit", .sink = SINK_JSON, .type = "number", .about = "of what ran there"},
    {.name = "their_time", .sink = SINK_JSON, .type = "text", .about = "by the machine's own clock"},
    {.name = "their_bytes",
     .sink = SINK_JSON,
     .type = "number",
     .about = "sent, as the collector counted them"},
    {.name = "their_sha256",
     .sink = SINK_JSON,
     .type = "text",
     .about = "of what it sent, as it computed it"},
    {.name = "tool", .sink = SINK_JSON, .type = "map", .about = "instead of keep's, where it is known late"},
    {.name = "argv", .sink = SINK_JSON, .type = "list of text", .about = "the same"},
    {0}};

static const struct function functions[] = {
    {.name = "evidence.keep",
     .class = FUNCTION_WRITE,
     .params = keep_params,
     .answer = "id, ended (end, limit, reserve, full, late, failed), why, bytes, sha256, stored_bytes, "
               "stored_sha256, took_ms",
     .about = "read descriptor 3 to its end into a part; progress: bytes, stored_bytes"},
    {.name = "evidence.seal",
     .class = FUNCTION_WRITE,
     .params = seal_params,
     .answer = "id, whole, why, bytes, sha256, stored_bytes, stored_sha256, file, record, record_sha256",
     .about = "make what was kept here an object and a record, both durable"},
    {.name = "evidence.salvage",
     .class = FUNCTION_WRITE,
     .params = keep_params,
     .answer = "as evidence.seal",
     .about = "what is there of an evidence that nobody sealed becomes a partial record; one that is sealed "
              "already answers as it was"},
    {0}};

const struct connector connector_evidence = {
    .name = "evidence",
    .program = "soar-evidence",
    .about = "the evidence store",
    .functions = functions,
};
