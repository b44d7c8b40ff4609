/* The kernel's randomness, six bits a character: 40 of them are 240 bits, beyond any guessing.
 *
 * A password without one of the four kinds is thrown away and made anew; so all that hold them stay equally
 * likely. No copy outlives the call. */
#include "connectors/worker/generate.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

static const char characters[64] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "abcdefghijklmnopqrstuvwxyz"
                                   "0123456789"
                                   "-!";

static int random_bytes(uint8_t *bytes, size_t len)
{
    while (len > 0) {
        ssize_t got = getrandom(bytes, len, 0);
        if (got < 0 && errno != EINTR)
            return -1;
        if (got > 0) {
            bytes += got;
            len -= (size_t)got;
        }
    }
    return 0;
}

static unsigned kind_of(unsigned index)
{
    return index < 26 ? 1 : index < 52 ? 2 : index < 62 ? 4 : 8;
}

int worker_generate(size_t length, bool ad, struct generated *ret_password, struct soar_err *err)
{
    uint8_t random[GENERATED_LENGTH_MAX];
    unsigned kinds = 0;
    assert(length >= GENERATED_LENGTH_MIN && length <= GENERATED_LENGTH_MAX);
    for (; kinds != 15;) {
        if (random_bytes(random, length))
            return soar_err_set(err, SOAR_TRANSIENT, "no random numbers: %s", strerror(errno));
        kinds = 0;
        for (size_t i = 0; i < length; i++)
            kinds |= kind_of(random[i] & 63);
    }
    struct generated *made = ret_password;
    made->len = 0;
    for (size_t i = 0; i < length + (ad ? 2 : 0); i++) {
        bool quote = ad && (i == 0 || i == length + 1);
        made->bytes[made->len++] = quote ? '"' : characters[random[i - ad] & 63];
        if (ad)
            made->bytes[made->len++] = '\0';
    }
    explicit_bzero(random, sizeof random);
    return 0;
}

void worker_generate_wipe(struct generated *password)
{
    explicit_bzero(password, sizeof *password);
}
