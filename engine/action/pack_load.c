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

static bool stands_already(const struct pack *pack, const char *name, const struct yaml_node *at,
                           struct diag_list *diags)
{
    for (size_t i = 0; i < pack->provider_count; i++) {
        if (strcmp(pack->providers[i].name, name) == 0) {
            diag_error(diags, at->line, at->col, "provider '%s' stands in %s already", name,
                       pack->providers[i].origin);
            return true;
        }
    }
    return false;
}

static void add_provider(struct pack_reader *reader, const struct file_provider *file, const char *name,
                         const struct yaml_node *at, const struct yaml_node *node, const char *via)
{
    struct pack *pack = reader->pack;
    if (stands_already(pack, name, at, reader->diags)) {
        return;
    }
    if (pack->provider_count == LIMIT_PROVIDERS) {
        diag_error(reader->diags, at->line, at->col, "an action has at most %d providers", LIMIT_PROVIDERS);
        return;
    }
    struct pack_provider *provider = &reader->providers[pack->provider_count++];
    provider->name = name;
    provider->origin = reader->diags->file;
    if (node->kind == YAML_MAP) {
        reader_provider(reader, file, node, via, provider);
    }
    pack->containment = pack->containment || provider->phases[PHASE_REVERT].given;
}

/* `via: [winrm, ssh]` is one provider for each. */
static void read_provider(struct pack_reader *reader, const struct file_provider *file,
                          const struct yaml_node *name, const struct yaml_node *node)
{
    const struct yaml_node *via = file->via;
    if (!text_is_word(name->text, name->len)) {
        diag_error(reader->diags, name->line, name->col,
                   "a provider's name is a word, such as linux-nftables");
    }
    if (via == NULL || via->kind == YAML_SCALAR) {
        add_provider(reader, file, name->text, name, node, via == NULL ? NULL : via->text);
        return;
    }
    for (size_t i = 0; via->kind == YAML_LIST && i < via->count; i++) {
        const struct yaml_node *item = via->items[i];
        if (item->kind != YAML_SCALAR ||
            (strcmp(item->text, "winrm") != 0 && strcmp(item->text, "ssh") != 0)) {
            diag_error(reader->diags, item->line, item->col, "a list of `via` holds winrm and ssh");
            return;
        }
        add_provider(reader, file, arena_printf(reader->arena, "%s-%s", name->text, item->text), name, node,
                     item->text);
    }
    if (via->kind != YAML_LIST || via->count == 0) {
        diag_error(reader->diags, via->line, via->col, "'via': expected a connector, or [winrm, ssh]");
    }
}

bool pack_provider_called(const char *provider, const char *name)
{
    size_t len = strlen(name);
    if (strncmp(provider, name, len) != 0) {
        return false;
    }
    return provider[len] == '\0' || strcmp(provider + len, "-winrm") == 0 ||
           strcmp(provider + len, "-ssh") == 0;
}

static void read_providers(struct pack_reader *reader, const struct bind_array *array,
                           const struct yaml_node *node)
{
    const struct file_provider *files = array->items;
    if (node != NULL &&
        (array->count == 0 || array->count + reader->pack->provider_count > LIMIT_PROVIDERS)) {
        diag_error(reader->diags, node->line, node->col, "an action has 1 to %d providers, found %zu",
                   LIMIT_PROVIDERS, array->count + reader->pack->provider_count);
        return;
    }
    for (size_t i = 0; i < array->count; i++) {
        read_provider(reader, &files[i], array->names[i], array->nodes[i]);
    }
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
        if (pack->containment && !provider->phases[PHASE_REVERT].given && provider->unsupported == NULL) {
            reader->diags->file = provider->origin;
            diag_warning(reader->diags, provider->line, 1,
                         "provider '%s' has no `revert`, though others of this action have: what it does "
                         "can't be released",
                         provider->name);
        }
    }
}

/* The mistakes of each part carry its own file's name. */
static const struct yaml_node *parse_part(struct pack_reader *reader, const struct pack_part *part)
{
    size_t before = reader->diags->errors;
    reader->diags->file = part->origin;
    const struct yaml_node *root = yaml_parse(reader->arena, part->text, part->len, reader->diags);
    if (root == NULL && reader->diags->errors == before) {
        diag_error(reader->diags, 0, 0, "an empty file: expected an action");
    }
    return root;
}

static void read_head(struct pack_reader *reader, const struct yaml_node *root, const struct file_pack *file)
{
    struct pack *pack = reader->pack;
    check_head(reader, root);
    pack->name = file->action;
    pack->summary = file->summary;
    pack->per = (enum pack_per)file->per;
    pack->lock = file->lock != NULL ? file->lock : "whole";
    pack->verb = file->done != NULL ? file->done : "done";
    pack->undone = file->undone != NULL ? file->undone : "released";
    read_params(reader, &file->params);
}

static void read_extension(struct pack_reader *reader, const struct pack_part *part)
{
    const struct yaml_node *root = parse_part(reader, part);
    struct file_extension file = {0};
    if (root == NULL || bind_map(reader->arena, root, &pack_extension_table, &file, reader->diags) < 0) {
        return;
    }
    if (reader->pack->name != NULL && !text_same_fold(reader->pack->name, file.extends)) {
        const struct yaml_node *node = yaml_get(root, "extends");
        diag_error(reader->diags, node->line, node->col, "this file extends %s and not %s", file.extends,
                   reader->pack->name);
    }
    read_providers(reader, &file.providers, yaml_get(root, "providers"));
}

/* The files that extend the action come first: their providers stand before its own. */
static bool read_parts(struct pack_reader *reader, const struct pack_part *parts, size_t count)
{
    const struct yaml_node *root = parse_part(reader, &parts[0]);
    struct file_pack file = {0};
    if (root == NULL) {
        return false;
    }
    if (yaml_get(root, "extends") != NULL && yaml_get(root, "action") == NULL) {
        const struct yaml_node *extends = yaml_get(root, "extends");
        diag_error(reader->diags, extends->line, extends->col,
                   "it extends %s, and there is no such action here: if it is one of the site's, name its "
                   "directory under `packs:` and give --config",
                   extends->kind == YAML_SCALAR ? extends->text : "an action");
        return false;
    }
    bind_map(reader->arena, root, &pack_table, &file, reader->diags);
    if (root->kind != YAML_MAP) {
        return false;
    }
    read_head(reader, root, &file);
    for (size_t i = 1; i < count; i++) {
        read_extension(reader, &parts[i]);
    }
    reader->diags->file = parts[0].origin;
    read_providers(reader, &file.providers, yaml_get(root, "providers"));
    if (reader->pack->provider_count == 0 && yaml_get(root, "providers") == NULL) {
        diag_error(reader->diags, root->line, root->col, "it has no `providers`, and no file extends it");
    }
    return true;
}

static struct pack *pack_of(struct arena *arena, const char *text, size_t len, const struct pack_part *parts,
                            size_t count)
{
    struct pack *pack = arena_alloc(arena, sizeof *pack);
    const char **origins = arena_array(arena, count, sizeof *origins);
    char digest[DIGEST_HEX];
    for (size_t i = 0; i < count; i++) {
        origins[i] = parts[i].origin;
    }
    digest_sha256_hex(text, len, digest);
    pack->text = arena_copy(arena, text, len);
    pack->digest = arena_string(arena, digest);
    pack->origin = parts[0].origin;
    pack->origins = origins;
    pack->part_count = count;
    return pack;
}

struct pack *pack_load(struct arena *arena, const char *text, size_t len, const char *origin,
                       struct diag_list *diags)
{
    size_t before = diags->errors;
    const char *file = diags->file;
    const struct pack_part *parts;
    size_t count = pack_text_parts(arena, text, len, arena_string(arena, origin), &parts);
    struct pack *pack = pack_of(arena, text, len, parts, count);
    struct pack_provider *providers = arena_array(arena, LIMIT_PROVIDERS, sizeof *providers);
    struct pack_reader reader = {.arena = arena, .diags = diags, .pack = pack, .providers = providers};
    pack->providers = providers;
    if (read_parts(&reader, parts, count)) {
        reader_names(&reader);
        reader_differ(&reader);
        warn_of_halves(&reader);
    }
    diags->file = file;
    return diags->errors == before ? pack : NULL;
}
