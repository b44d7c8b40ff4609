/* How a PowerShell script gets to a Windows machine, over WinRM or SSH: one constant command line, and
 * everything else as one JSON document on its standard input.
 *
 * Whatever parses the command line there (cmd.exe, PowerShell itself) sees words and base64, and the same
 * text for every call. The loader in it reads three lines of ASCII:
 *
 *     N                 the length of the next line
 *     {"m": MARK, "t": MS, "s": SCRIPT, "v": VALUES}
 *     .                 the end
 *
 * and runs the script only if all three came; it must see the end of its input for that. The script sees its
 * values as $soar. MARK, a line of its own, stands on standard output and standard error right before the
 * script starts; who was not started says 125, who ran longer than MS is ended with 124. It is PowerShell's
 * own $input that reads: since its host reads standard input whether asked to or not, nobody else may. */
#ifndef CONNECTORS_WORKER_POWERSHELL_H
#define CONNECTORS_WORKER_POWERSHELL_H

#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/base/value.h"
#include "soar/err.h"

enum { POWERSHELL_MARK_LEN = 32, POWERSHELL_NOT_STARTED = 125, POWERSHELL_TOO_LONG = 124 };

const char *powershell_loader(void);  /* as people read it */
const char *powershell_command(void); /* the whole command line */

void powershell_mark(char ret_mark[POWERSHELL_MARK_LEN + 1]); /* new for each call */

struct powershell_script {
    const char *text;
    size_t len;
    const struct value *values; /* a map, or NULL */
};

/* Everything for standard input. INVALID: the script is no UTF-8, or a value is none that JSON has. */
int powershell_payload(struct buf *out, const struct powershell_script *script, const char *mark,
                       int64_t left_ms, struct soar_err *err) __attribute__((warn_unused_result));

#endif
