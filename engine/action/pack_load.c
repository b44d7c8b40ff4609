/* A pack's text becomes a checked structure: the whole of it, or nothing and the list of its mistakes.
 *
 * Nothing is run and nobody is asked; what a pack may do is decided here once, so that running it needs no
 * second look. */
#include <string.h>

#include "engine/action/pack_parts.h"
#include "engine/base/digest.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"

static void read_default(struct pack_reader *reader, const struct yaml_node *node, struct pack_param *param)
{
    struct soar_err err;
    if (!reader_constant(reader, node, "default")) {
        return;
    }
    struct value given = yaml_value(reader->arena, node);
    param->required = false;
    if (type_check(&param->type, &given, reader->arena, &param->default_value, &err) < 0) {
        diag_error(reader->diags, node->line, node->col, "the default of '%s': %s", param->name, err.text);
    }
}

static void read_param(struct pack_reader *reader, const struct yaml_node *key, const struct yaml_node *node,
                       const struct file_param *file, struct pack_param *param)
{
    struct soar_err err;
    param->name = key->text;
    param->line = key->line;
    param->col = key->col;
    param->about = file->about != NULL ? file->about : "";
    param->required = true;
    reader_name(reader, key, key->text);
    if (file->about != NULL) {
        reader_constant(reader, yaml_get(node, "about"), "about");
    }
    if (file->type == NULL) {
        return;
    }
    if (type_parse(reader->arena, file->type, &param->type, &err) < 0) {
        const struct yaml_node *type = yaml_get(node, "type");
        diag_error(reader->diags, type->line, type->col, "%s", err.text);
    } else if (file->default_value != NULL) {
        read_default(reader, file->default_value, param);
    }
}

static void read_params(struct pack_reader *reader, const struct bind_array *array)
{
    const struct file_param *files = array->items;
    struct pack_param *params = arena_array(reader->arena, array->count, sizeof *params);
    for (size_t i = 0; i < array->count; i++) {
        read_param(reader, array->names[i], array->nodes[i], &files[i], &params[i]);
    }
    reader->pack->param_count = array->count;
    reader->pack->params = params;
}

static void read_providers(struct pack_reader *reader, const struct bind_array *array,
                           const struct yaml_node *node)
{
    const struct file_provider *files = array->items;
    if (array->count == 0 || array->count > LIMIT_PROVIDERS) {
        diag_error(reader->diags, node->line, node->col, "an action has 1 to %d providers, found %zu",
                   LIMIT_PROVIDERS, array->count);
        return;
    }
    struct pack_provider *providers = arena_array(reader->arena, array->count, sizeof *providers);
    for (size_t i = 0; i < array->count; i++) {
        const struct yaml_node *name = array->names[i];
        providers[i].name = name->text;
        if (!text_is_word(name->text, name->len)) {
            diag_error(reader->diags, name->line, name->col,
                       "a provider's name is a word, such as linux-nftables");
        }
        if (array->nodes[i]->kind == YAML_MAP) {
            reader_provider(reader, &files[i], array->nodes[i], &providers[i]);
        }
        reader->pack->containment = reader->pack->containment || providers[i].phases[PHASE_REVERT].given;
    }
    reader->pack->provider_count = array->count;
    reader->pack->providers = providers;
}

/* The texts of the head: constants, and the ones that become names are words. */
static void check_head(struct pack_reader *reader, const struct yaml_node *root)
{
    static const char *const constants[] = {"action", "summary", "per", "lock", "done", "undone"};
    static const char *const words[] = {"action", "lock"};
    for (size_t i = 0; i < sizeof constants / sizeof constants[0]; i++) {
        const struct yaml_node *node = yaml_get(root, constants[i]);
        if (node != NULL) {
            reader_constant(reader, node, constants[i]);
        }
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const struct yaml_node *node = yaml_get(root, words[i]);
        if (node != NULL && node->kind == YAML_SCALAR &&
            (!text_is_word(node->text, node->len) || node->len > LIMIT_NAME_BYTES ||
             strpbrk(node->text, "/:@") != NULL)) {
            diag_error(reader->diags, node->line, node->col,
                       "'%s': expected a word of letters, digits and . _ -, found '%.60s'", words[i],
                       node->text);
        }
    }
}

static void warn_of_halves(struct pack_reader *reader)
{
    const struct pack *pack = reader->pack;
    for (size_t i = 0; i < pack->provider_count; i++) {
        const struct pack_provider *provider = &pack->providers[i];
        if (pack->containment && !provider->phases[PHASE_REVERT].given) {
            diag_warning(reader->diags, provider->line, 1,
                         "provider '%s' has no `revert`, though others of this action have: what it does "
                         "can't be released",
                         provider->name);
        }
    }
}

struct pack *pack_load(struct arena *arena, const char *text, size_t len, const char *origin,
                       struct diag_list *diags)
{
    size_t before = diags->errors;
    const struct yaml_node *root = yaml_parse(arena, text, len, diags);
    if (root == NULL) {
        if (diags->errors == before) {
            diag_error(diags, 0, 0, "an empty file: expected an action");
        }
        return NULL;
    }
    struct pack *pack = arena_alloc(arena, sizeof *pack);
    struct pack_reader reader = {.arena = arena, .diags = diags, .pack = pack};
    struct file_pack file = {0};
    bind_map(arena, root, &pack_table, &file, diags);
    if (root->kind != YAML_MAP) {
        return NULL;
    }
    check_head(&reader, root);
    pack->name = file.action;
    pack->summary = file.summary;
    pack->per = (enum pack_per)file.per;
    pack->lock = file.lock != NULL ? file.lock : "whole";
    pack->verb = file.done != NULL ? file.done : "done";
    pack->undone = file.undone != NULL ? file.undone : "released";
    pack->text = arena_copy(arena, text, len);
    pack->origin = arena_string(arena, origin);
    char digest[DIGEST_HEX];
    digest_sha256_hex(text, len, digest);
    pack->digest = arena_string(arena, digest);
    read_params(&reader, &file.params);
    if (yaml_get(root, "providers") != NULL) {
        read_providers(&reader, &file.providers, yaml_get(root, "providers"));
    }
    reader_names(&reader);
    reader_differ(&reader);
    warn_of_halves(&reader);
    return diags->errors == before ? pack : NULL;
}
