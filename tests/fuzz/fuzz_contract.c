/* Property: no text makes the reader of contracts, its matchers, or the reader of requests do anything but
 * answer; what was read can be played. Method: the input is a contract, a NUL, and the bytes of a connection;
 * each request of it is heard by the first case and held against each operation. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/rehearse/contract.h"
#include "soarctl/stand_in.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hear(struct arena *arena, const struct contract *contract, const char *bytes, size_t len)
{
    struct contract_script *script = contract_script_new(arena, contract, &contract->cases[0]);
    int line, col;

    for (int requests = 0; requests < 16; requests++) {
        struct contract_request request;
        const char *why = NULL;
        size_t used = 0;
        bool waits = false;

        if (stand_in_read(arena, bytes, len, &request, &used, &waits, &why) != 1)
            break;
        for (size_t i = 0; i < contract->operation_count; i++) {
            BUF_SCOPED told = {0};

            if (!contract_fits(&contract->operations[i], NULL, &request, arena, &told) && told.len == 0)
                abort();
        }
        contract_script_hear(script, &request);
        bytes += used;
        len -= used;
    }
    contract_script_end(script, &line, &col);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ARENA_SCOPED arena = arena_new();
    const uint8_t *nul = size ? memchr(data, '\0', size) : NULL;
    size_t len = nul ? (size_t)(nul - data) : size;
    const char *text = arena_copy(arena, data, len);
    struct diag_list diags;
    struct contract_site site;

    diag_init(&diags, arena, "fuzz");
    const struct contract *contract = contract_load(arena, text, len, "fuzz", &diags);

    if (!contract)
        return 0;
    if (nul)
        hear(arena, contract, (const char *)nul + 1, size - len - 1);
    for (int per = 0; per < PER_COUNT; per++)
        if (contract_site(arena, contract, &contract->cases[0], (enum pack_per)per, "http://127.0.0.1:1",
                          &site, &diags))
            continue;
    return 0;
}
