/* One of the two output streams of PowerShell. Whatever comes, it holds no more than the answer's maximum and
 * a few kilobytes of chatter. */
#include "connectors/winrm/winrm_output.h"

#include <string.h>

#include "connectors/worker/powershell.h"
#include "engine/base/limits.h"

enum { CHATTER_BYTES = 4096 };

void winrm_output_init(struct winrm_output *output, const char *mark)
{
    *output = (struct winrm_output){.mark = mark};
    buf_init(&output->hold, 0);
    buf_init(&output->text, LIMIT_ANSWER_BYTES);
}

void winrm_output_done(struct winrm_output *output)
{
    buf_done(&output->hold);
    buf_done(&output->text);
}

static void keep(struct winrm_output *output, const char *bytes, size_t len)
{
    size_t room = output->text.max - output->text.len, fits = len < room ? len : room;
    buf_add(&output->text, bytes, fits);
    output->cut += len - fits;
}

void winrm_output_add(struct winrm_output *output, const char *bytes, size_t len)
{
    if (output->begun) {
        keep(output, bytes, len);
        return;
    }
    struct buf *hold = &output->hold;
    buf_add(hold, bytes, len);
    const char *mark = hold->len ? memmem(hold->data, hold->len, output->mark, POWERSHELL_MARK_LEN) : NULL;
    if (mark && mark + POWERSHELL_MARK_LEN < hold->data + hold->len) {
        const char *from = mark + POWERSHELL_MARK_LEN + 1;
        output->begun = true;
        keep(output, from, (size_t)(hold->data + hold->len - from));
        hold->len = (size_t)(mark - hold->data);
        hold->data[hold->len] = '\0';
    } else if (hold->len > CHATTER_BYTES) {
        buf_drop_front(hold, hold->len - CHATTER_BYTES);
    }
}
