/* Secrets that lie in a vault (HashiCorp's, OpenBao): what a reference means there, and which service it is.
 *
 * "vault:MOUNT/PATH#FIELD" is a field of a secret in a KV store (version 2), "vault:MOUNT/sign/ROLE" a signer
 * of SSH certificates. A mount's name has no '/'. Nothing is read here: the loop does that, with a call. */
#include <string.h>

#include "engine/site/site_parts.h"

enum { VAULT_BYTES = 512 };

static const char scheme[] = "vault:";

bool site_in_vault(const char *reference)
{
    return reference != NULL && strncmp(reference, scheme, strlen(scheme)) == 0;
}

static void add_percent(struct buf *out, const char *text, size_t len)
{
    static const char plain[] = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for (size_t i = 0; i < len; i++) {
        if (strchr(plain, text[i]) != NULL) {
            buf_char(out, text[i]);
        } else {
            buf_printf(out, "%%%02X", (unsigned)(unsigned char)text[i]);
        }
    }
}

/* "/v1/MOUNT/data/PATH", each segment encoded; NULL: one is empty, or stands for a way up. */
static const char *api_path(struct arena *arena, const char *text, size_t len, bool signer)
{
    BUF_SCOPED path;
    size_t segments = 0;
    buf_init(&path, 0);
    buf_text(&path, "/v1");
    for (size_t start = 0; start <= len; segments++) {
        const char *slash = memchr(text + start, '/', len - start);
        size_t part = slash != NULL ? (size_t)(slash - text) - start : len - start;
        bool dots = part <= 2 && strspn(text + start, ".") >= part;
        if (part == 0 || dots) {
            return NULL;
        }
        buf_char(&path, '/');
        add_percent(&path, text + start, part);
        if (segments == 0 && !signer) {
            buf_text(&path, "/data");
        } else if (segments == 1 && signer && (part != 4 || memcmp(text + start, "sign", 4) != 0)) {
            return NULL;
        }
        start += part + 1;
    }
    bool whole = signer ? segments == 3 : segments >= 2;
    return whole ? arena_string(arena, buf_string(&path)) : NULL;
}

int site_vault_ref(struct arena *arena, const char *reference, bool signer, struct site_vault_ref *ret_ref,
                   struct soar_err *err)
{
    const char *text = reference + strlen(scheme);
    const char *mark = strchr(text, '#');
    size_t len = mark != NULL ? (size_t)(mark - text) : strlen(text);
    bool good = site_in_vault(reference) && strlen(reference) <= VAULT_BYTES && signer == (mark == NULL) &&
                (mark == NULL || mark[1] != '\0');
    *ret_ref = (struct site_vault_ref){0};
    if (good) {
        ret_ref->path = api_path(arena, text, len, signer);
        ret_ref->field = mark != NULL ? arena_string(arena, mark + 1) : NULL;
    }
    if (ret_ref->path == NULL) {
        return soar_err_set(err, SOAR_INVALID, "expected %s, found '%.80s'",
                            signer ? "vault:MOUNT/sign/ROLE, a signer of SSH certificates"
                                   : "vault:MOUNT/PATH#FIELD",
                            reference);
    }
    return 0;
}

static bool is_vault(const struct site_place *service)
{
    return service->kind != NULL && strcmp(service->kind, "vault") == 0;
}

const struct site_place *site_vault(const struct site *site)
{
    const struct site_place *found = NULL;
    for (size_t i = 0; i < site->service_count; i++) {
        if (is_vault(&site->services[i])) {
            if (found != NULL) {
                return NULL;
            }
            found = &site->services[i];
        }
    }
    return found;
}

/* The first scalar below a node that is a reference to a vault. */
static const struct yaml_node *first_use(const struct yaml_node *node)
{
    if (node == NULL || node->kind == YAML_SCALAR) {
        return node != NULL && site_in_vault(node->text) ? node : NULL;
    }
    for (size_t i = 0; i < node->count; i++) {
        const struct yaml_node *found = first_use(node->items[i]);
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

void vault_check(const struct yaml_node *root, const struct site *site, struct diag_list *diags)
{
    static const char *const parts[] = {"hosts", "directories", "services"};
    size_t vaults = 0;
    for (size_t i = 0; i < site->service_count; i++) {
        vaults += is_vault(&site->services[i]);
    }
    for (size_t i = 0; vaults != 1 && i < sizeof parts / sizeof parts[0]; i++) {
        const struct yaml_node *use = first_use(yaml_get(root, parts[i]));
        if (use != NULL) {
            diag_error(diags, use->line, use->col,
                       vaults == 0 ? "'%.80s': there is no service of `kind: vault` to ask for it"
                                   : "'%.80s': there is more than one service of `kind: vault` to ask for it",
                       use->text);
            return;
        }
    }
}
