/* The functions of soar-winrm.
 *
 * winrm.read's class is the pack author's promise, as ssh.read's is: a script is a script. */
#include "connectors/table/table_list.h"

static const struct function_param script_params[] = {
    {.name = "script",
     .sink = SINK_SCRIPT,
     .type = "text",
     .required = true,
     .about = "for PowerShell: a constant, it sees its values as $soar"},
    {.name = "values", .sink = SINK_JSON, .type = "map", .about = "name → value: $soar.NAME"},
    {0}};

static const struct function_param no_params[] = {{0}};

static const struct function functions[] = {
    {.name = "winrm.read",
     .class = FUNCTION_READ,
     .params = script_params,
     .expect = "result.exit == 0",
     .answer = "exit, out, err, cut, raw",
     .about = "run a PowerShell script that changes nothing"},
    {.name = "winrm.run",
     .class = FUNCTION_WRITE,
     .params = script_params,
     .expect = "result.exit == 0",
     .answer = "exit, out, err, cut, raw",
     .about = "run a PowerShell script"},
    {.name = "winrm.reach",
     .apart = true,
     .class = FUNCTION_READ,
     .params = no_params,
     .answer = "greeting",
     .about = "a new connection, until its service answers; no log-in"},
    {0}};

const struct connector connector_winrm = {
    .name = "winrm",
    .program = "soar-winrm",
    .about = "PowerShell scripts over WinRM (WS-Management), by HTTPS",
    .functions = functions,
};
