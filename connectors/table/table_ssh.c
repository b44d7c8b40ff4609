/* The functions of soar-ssh.
 *
 * ssh.read's class is the pack author's promise: a script is a script
 * (packs.md, Functions). */
#include "connectors/table/table_list.h"

static const struct function_param script_params[] = {
    {.name = "script",
     .sink = SINK_SCRIPT,
     .type = "text",
     .required = true,
     .about = "for /bin/sh: a constant, it sees its values as \"$1\" or on "
              "standard input"},
    {.name = "args",
     .sink = SINK_ARGUMENT,
     .type = "list of text",
     .about = "\"$1\", \"$2\", …: any text without NUL"},
    {.name = "stdin", .sink = SINK_LINES, .type = "text", .about = "what the script reads; default: nothing"},
    {.name = "values",
     .sink = SINK_JSON,
     .type = "map",
     .about = "on a Windows host, whose script is PowerShell, instead of args and stdin: $soar.NAME"},
    {0}};

static const struct function_param collect_params[] = {
    {.name = "script",
     .sink = SINK_SCRIPT,
     .type = "text",
     .required = true,
     .about = "for /bin/sh, as of ssh.run: what it writes on standard output is the evidence"},
    {.name = "args",
     .sink = SINK_ARGUMENT,
     .type = "list of text",
     .about = "as of ssh.run; behind a helper's length"},
    {.name = "stdin",
     .sink = SINK_LINES,
     .type = "text",
     .about = "what the script reads, behind a helper's bytes"},
    {.name = "values", .sink = SINK_JSON, .type = "map", .about = "as of ssh.run"},
    {.name = "name",
     .sink = SINK_CONSTANT,
     .type = "word",
     .required = true,
     .about = "what it is called among the evidence: memory.lime"},
    {.name = "form",
     .sink = SINK_CONSTANT,
     .type = "word",
     .about = "the format, for the manifest: lime, tar"},
    {.name = "helper",
     .sink = SINK_CONSTANT,
     .type = "word",
     .about = "a program of soar's own, sent in front of stdin; \"$1\" is its length in bytes"},
    {.name = "expected",
     .sink = SINK_ARGUMENT,
     .type = "text",
     .about = "bytes that must come for it to be whole; for the progress, too"},
    {.name = "limit", .sink = SINK_ARGUMENT, .type = "text", .about = "bytes after which it is stopped"},
    {0}};

static const struct function_param upload_params[] = {
    {.name = "path", .sink = SINK_ARGUMENT, .type = "text", .required = true, .about = "absolute"},
    {.name = "content", .sink = SINK_LINES, .type = "text", .required = true, .about = "the whole file"},
    {.name = "mode", .sink = SINK_CONSTANT, .type = "word", .about = "octal, in quotes; default \"0600\""},
    {0}};

static const struct function_param no_params[] = {{0}};

static const struct function functions[] = {
    {.name = "ssh.read",
     .class = FUNCTION_READ,
     .params = script_params,
     .expect = "result.exit == 0",
     .answer = "exit, out, err, cut, raw",
     .about = "run a script that changes nothing"},
    {.name = "ssh.run",
     .class = FUNCTION_WRITE,
     .params = script_params,
     .expect = "result.exit == 0",
     .answer = "exit, out, err, cut, raw",
     .about = "run a script"},
    {.name = "ssh.upload",
     .class = FUNCTION_WRITE,
     .params = upload_params,
     .expect = "result.exit == 0",
     .answer = "exit, out, err, cut, raw",
     .about = "replace a file in one step"},
    {.name = "ssh.collect",
     .class = FUNCTION_WRITE,
     .collects = true,
     .params = collect_params,
     .expect = "result.exit == 0",
     .answer = "exit, err, bytes, cut, script_sha256, helper_sha256, evidence",
     .about = "run a script and keep its output as evidence"},
    {.name = "ssh.reach",
     .apart = true,
     .class = FUNCTION_READ,
     .params = no_params,
     .answer = "greeting",
     .about = "a new TCP connection, until the server's greeting; no log-in"},
    {0}};

const struct connector connector_ssh = {
    .name = "ssh",
    .program = "soar-ssh",
    .about = "scripts and files over SSH",
    .functions = functions,
};
