/* The functions of soar-qmp.
 *
 * The monitor of a virtual machine is root over it, so nothing here is handed through: a query is one of a
 * list that changes nothing, a command one of a list of ours with arguments that the worker makes. The worker
 * reads both lists from the types below. */
#include "connectors/table/table_list.h"

static const struct function_param no_params[] = {{0}};

static const struct function_param query_params[] = {
    {.name = "command",
     .sink = SINK_CONSTANT,
     .type = "enum [query-status, query-dump, query-dump-guest-memory-capability, query-memory-size-summary, "
             "query-name, query-uuid, query-version]",
     .required = true,
     .about = "a question of QEMU's that takes no arguments and changes nothing"},
    {0}};

static const struct function_param execute_params[] = {
    {.name = "command",
     .sink = SINK_CONSTANT,
     .type = "enum [dump-guest-memory]",
     .required = true,
     .about = "the worker makes its arguments: the whole memory, detached, as ELF"},
    {.name = "file",
     .sink = SINK_ARGUMENT,
     .type = "text",
     .required = true,
     .about = "a name that isn't there yet; the worker makes the file and hands it to the machine, open"},
    {0}};

static const struct function_param files_params[] = {{.name = "prefix",
                                                      .sink = SINK_ARGUMENT,
                                                      .type = "text",
                                                      .required = true,
                                                      .about = "their names begin so"},
                                                     {0}};

static const struct function_param collect_params[] = {
    {.name = "file", .sink = SINK_ARGUMENT, .type = "text", .required = true, .about = "a dump, by its name"},
    {.name = "name",
     .sink = SINK_CONSTANT,
     .type = "word",
     .required = true,
     .about = "what it is called among the evidence: memory.elf"},
    {.name = "form", .sink = SINK_CONSTANT, .type = "word", .about = "the format, for the manifest: elf"},
    {.name = "expected", .sink = SINK_ARGUMENT, .type = "text", .about = "bytes, for the progress"},
    {.name = "limit",
     .sink = SINK_ARGUMENT,
     .type = "text",
     .about = "bytes after which it is stopped; what is larger is kept in part"},
    {.name = "told",
     .sink = SINK_ARGUMENT,
     .type = "text",
     .about = "what the monitor said went wrong: goes into the reason if the dump isn't whole"},
    {0}};

static const struct function_param remove_params[] = {
    {.name = "file", .sink = SINK_ARGUMENT, .type = "text", .required = true, .about = "a dump, by its name"},
    {0}};

static const struct function functions[] = {
    {.name = "qmp.reach",
     .class = FUNCTION_READ,
     .params = no_params,
     .answer = "version, takes_files",
     .about = "is the monitor there, and can a file be handed to it: not through a forwarded socket"},
    {.name = "qmp.query",
     .class = FUNCTION_READ,
     .params = query_params,
     .answer = "reply, error",
     .about = "a question; error: why the last dump failed, if the monitor has said so"},
    {.name = "qmp.execute",
     .class = FUNCTION_WRITE,
     .params = execute_params,
     .answer = "reply, file",
     .about = "have the machine's memory written to a file, in the background"},
    {.name = "qmp.files",
     .class = FUNCTION_READ,
     .params = files_params,
     .answer = "files, free",
     .about = "the dumps in the host's qmp_dir: [{name, bytes, whole}], and the room that is left there"},
    {.name = "qmp.collect",
     .class = FUNCTION_WRITE,
     .collects = true,
     .params = collect_params,
     .answer = "bytes, evidence",
     .about = "make a dump evidence; one that isn't whole is kept in part, and the call fails"},
    {.name = "qmp.remove",
     .class = FUNCTION_WRITE,
     .params = remove_params,
     .answer = "removed",
     .about = "remove a dump from the host's qmp_dir"},
    {0}};

const struct connector connector_qmp = {
    .name = "qmp",
    .program = "soar-qmp",
    .about = "the memory of a QEMU machine, by its monitor",
    .functions = functions,
};
