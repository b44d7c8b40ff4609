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
