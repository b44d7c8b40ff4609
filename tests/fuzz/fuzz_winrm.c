/* Property: whatever a machine answers as WinRM, the worker reads it or refuses it, and nothing worse; what
 * it keeps stays within its maximum. Method: the bytes are an answer to Create, Command and Receive. */
#include <stdint.h>
#include <stdlib.h>

#include "connectors/winrm/winrm.h"
#include "engine/base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct winrm_shell shell = {.id = "S", .command = "C", .message = "uuid:A"}, made = shell;
    struct winrm_output out, errors;
    struct winrm_end end;
    struct soar_err err = {0};
    BUF_SCOPED text;
    buf_init(&text, 0);
    buf_add(&text, data, size);
    winrm_output_init(&out, "0123456789abcdef0123456789abcdef");
    winrm_output_init(&errors, "0123456789abcdef0123456789abcdef");
    for (long status = 200; status <= 500; status += 300) {
        int rc = winrm_answer_created(&text, status, &made, &err);
        made = shell;
        rc |= winrm_answer_command(&text, status, &made, &err);
        rc |= winrm_answer_received(&text, status, &shell, &out, &errors, &end, &err);
        if (out.text.len > LIMIT_ANSWER_BYTES || (rc && err.text[0] == '\0' && err.class != SOAR_DONE))
            abort();
    }
    winrm_output_done(&out);
    winrm_output_done(&errors);
    return 0;
}
