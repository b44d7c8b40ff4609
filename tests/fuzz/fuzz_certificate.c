/* Property: a line that claims to be a certificate is read within its bounds or refused; what was read says
 * the same of itself each time. Method: the input is the line; with a first byte of 'B' the rest is what
 * stands in base64 in it. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/ssh_certificate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ARENA_SCOPED arena = arena_new();
    struct ssh_certificate_seen one, two;
    BUF_SCOPED line;
    buf_init(&line, 0);
    if (size > 8192)
        return 0;
    if (size > 0 && data[0] == 'B') {
        char *base64 = arena_alloc(arena, size * 2 + 8);
        EVP_EncodeBlock((unsigned char *)base64, data + 1, (int)size - 1);
        buf_text(&line, "ssh-ed25519-cert-v01@openssh.com ");
        buf_text(&line, base64);
    } else {
        buf_add(&line, data, size);
    }
    if (ssh_certificate_read(arena, buf_string(&line), line.len, &one, NULL))
        return 0;
    if (ssh_certificate_read(arena, buf_string(&line), line.len, &two, NULL) || one.serial != two.serial ||
        (one.principal != NULL) != (two.principal != NULL) || (one.principal && one.principal_count != 1))
        abort();
    return 0;
}
