/* The functions of soar-git, the worker that fetches playbooks. It is not in connector_list: no pack can call
 * it, the engine alone does.
 *
 * It changes nothing at the far end, so both read. What it keeps is a bare repository of ours, which nothing
 * but it looks into: a cache, that may be thrown away. */
#include "connectors/table/table_list.h"

static const struct function_param fetch_params[] = {{.name = "live",
                                                      .sink = SINK_JSON,
                                                      .type = "text",
                                                      .about = "the commit in use: what `change` is told of"},
                                                     {0}};

static const struct function_param file_params[] = {
    {.name = "commit", .sink = SINK_JSON, .type = "text", .required = true, .about = "one that was fetched"},
    {.name = "path", .sink = SINK_JSON, .type = "text", .required = true, .about = "as git.fetch listed it"},
    {0}};

static const struct function_param way_params[] = {
    {.name = "commit", .sink = SINK_JSON, .type = "text", .required = true, .about = "where it begins"},
    {.name = "live", .sink = SINK_JSON, .type = "text", .required = true, .about = "where it leads to"},
    {0}};

static const struct function functions[] = {
    {.name = "git.fetch",
     .class = FUNCTION_READ,
     .params = fetch_params,
     .answer = "commit, ref, change (first, same, forward, forced), commits, subject, refused, files [{path, "
               "size}], ignored [text], object (the commit, base64), trees (those of its folders, base64)",
     .about = "bring the commit that the ref names into the store, and tell what it is"},
    {.name = "git.way",
     .class = FUNCTION_READ,
     .params = way_params,
     .answer = "way (commits in base64, each a parent of the one before it)",
     .about = "the commits from one back towards the one in use: as many as fit"},
    {.name = "git.file",
     .class = FUNCTION_READ,
     .params = file_params,
     .answer = "text",
     .about = "one file of a commit that was fetched"},
    {0}};

const struct connector connector_git = {
    .name = "git",
    .program = "soar-git",
    .about = "playbooks in a git repository",
    .functions = functions,
};
