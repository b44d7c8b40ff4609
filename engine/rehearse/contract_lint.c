/* `lint` of a contract: all that can be told without playing it. What its action is done to is the shelf's to
 * say; of an action that isn't there only the pack's own file could tell. */
#include "engine/base/file.h"
#include "engine/base/limits.h"
#include "engine/rehearse/contract.h"

#define SOME_SERVER "http://127.0.0.1:1"

int contract_lint(struct arena *arena, const char *path, const struct pack_shelf *shelf,
                  struct diag_list *diags)
{
    const struct contract *contract;
    const struct pack *pack;
    struct soar_err err = {0};
    char *text = NULL;
    size_t before = diags->errors;
    size_t len = 0;

    diags->file = path;
    if (file_read(arena, path, LIMIT_FILE_BYTES, &text, &len, &err)) {
        diag_error(diags, 0, 0, "%s", err.text);
        return -1;
    }
    contract = contract_load(arena, text, len, path, diags);
    if (!contract)
        return -1;
    pack = shelf ? pack_shelf_find(shelf, contract->action) : NULL;
    for (size_t i = 0; pack && i < contract->case_count && diags->errors == before; i++) {
        struct contract_site site;

        if (contract_site(arena, contract, &contract->cases[i], pack->per, SOME_SERVER, &site, diags))
            return -1;
    }
    return diags->errors == before ? 0 : -1;
}
