/* Operations, what narrows a request, and what is answered: from the bound text to what a request is held
 * against. */
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/text.h"
#include "engine/rehearse/contract_parts.h"

/* Headers are found without regard to case. */
static const struct yaml_node *lower_names(struct arena *arena, const struct yaml_node *map)
{
    struct yaml_node *copy = arena_alloc(arena, sizeof *copy);
    const struct yaml_node **keys = arena_array(arena, map->count + 1, sizeof *keys);

    for (size_t i = 0; i < map->count; i++) {
        struct yaml_node *key = arena_alloc(arena, sizeof *key);
        char *text = arena_string(arena, map->keys[i]->text);

        for (char *c = text; *c; c++)
            *c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
        *key = *map->keys[i];
        key->text = text;
        keys[i] = key;
    }
    *copy = *map;
    copy->keys = keys;
    return copy;
}

static int read_names(struct arena *arena, const struct yaml_node *node, const char *what, bool open,
                      const struct match **ret_match, struct diag_list *diags)
{
    if (!node)
        return 0;
    if (node->kind != YAML_MAP) {
        diag_error(diags, node->line, node->col, "'%s': expected a map of names, found %s", what,
                   bind_found(node));
        return -1;
    }
    if (strcmp(what, "headers") == 0)
        node = lower_names(arena, node);
    *ret_match =
        match_read(arena, node, (struct match_how){.texts = true, .open = open, .names = true}, diags);
    return *ret_match ? 0 : -1;
}

/* A tree of a request has all four; what a contract doesn't say of an element it hasn't. */
static const struct yaml_node *whole_element(struct arena *arena, const struct yaml_node *node)
{
    static const struct yaml_node nothing = {.kind = YAML_SCALAR, .text = "", .len = 0};
    static const struct yaml_node no_map = {.kind = YAML_MAP};
    static const struct yaml_node no_list = {.kind = YAML_LIST};
    static const struct yaml_node names[] = {{.kind = YAML_SCALAR, .text = "attributes", .len = 10},
                                             {.kind = YAML_SCALAR, .text = "text", .len = 4},
                                             {.kind = YAML_SCALAR, .text = "children", .len = 8}};
    const struct yaml_node *const empty[] = {&no_map, &nothing, &no_list};
    struct yaml_node *whole = arena_alloc(arena, sizeof *whole);
    const struct yaml_node **keys = arena_array(arena, node->count + 4, sizeof *keys);
    const struct yaml_node **items = arena_array(arena, node->count + 4, sizeof *items);

    if (node->kind != YAML_MAP || !yaml_get(node, "name"))
        return node; /* a matcher, or a mistake that a request will show */
    *whole = *node;
    for (size_t i = 0; i < node->count; i++) {
        keys[i] = node->keys[i];
        items[i] = node->items[i];
    }
    for (size_t i = 0; i < 3; i++)
        if (!yaml_get(node, names[i].text)) {
            keys[whole->count] = &names[i];
            items[whole->count++] = empty[i];
        }
    whole->keys = keys;
    whole->items = items;
    for (size_t i = 0; i < whole->count; i++)
        if (strcmp(keys[i]->text, "children") == 0 && items[i]->kind == YAML_LIST && items[i]->count) {
            struct yaml_node *list = arena_alloc(arena, sizeof *list);
            const struct yaml_node **children = arena_array(arena, items[i]->count, sizeof *children);

            *list = *items[i];
            for (size_t c = 0; c < list->count; c++)
                children[c] = whole_element(arena, list->items[c]);
            list->items = children;
            items[i] = list;
        }
    return whole;
}

static int read_body(struct arena *arena, const struct file_parts *file, bool open,
                     struct contract_parts *parts, struct diag_list *diags)
{
    const struct yaml_node *const bodies[BODY_COUNT] = {
        [BODY_JSON] = file->json, [BODY_FORM] = file->form, [BODY_XML] = file->xml, [BODY_TEXT] = file->text};
    const struct yaml_node *node = NULL;

    for (int kind = BODY_JSON; kind < BODY_COUNT; kind++) {
        if (!bodies[kind])
            continue;
        if (node) {
            diag_error(diags, bodies[kind]->line, bodies[kind]->col,
                       "a request has one body: json, form, xml or text");
            return -1;
        }
        node = bodies[kind];
        parts->kind = (enum contract_body)kind;
    }
    if (parts->kind == BODY_FORM)
        return read_names(arena, node, "form", open, &parts->body, diags);
    if (!node)
        return 0;
    if (parts->kind == BODY_XML && !open)
        node = whole_element(arena, node);
    parts->body =
        match_read(arena, node, (struct match_how){.texts = parts->kind != BODY_JSON, .open = open}, diags);
    return parts->body ? 0 : -1;
}

static int read_parts(struct arena *arena, const struct file_parts *file, bool open,
                      struct contract_parts *parts, struct diag_list *diags)
{
    int query = read_names(arena, file->query, "query", open, &parts->query, diags);
    int headers = read_names(arena, file->headers, "headers", open, &parts->headers, diags);
    int segments = read_names(arena, file->segments, "segments", true, &parts->segments, diags);
    int body = read_body(arena, file, open, parts, diags);

    return query || headers || segments || body ? -1 : 0;
}

/* "/api/machines/{id}" */
static int read_path(struct arena *arena, const struct yaml_node *node, struct contract_operation *operation,
                     struct diag_list *diags)
{
    const char *at = node->text;
    const char **segments = arena_array(arena, node->len + 1, sizeof *segments);
    const char **names = arena_array(arena, node->len + 1, sizeof *names);

    if (*at != '/' || strpbrk(at, "?# ")) {
        diag_error(diags, node->line, node->col,
                   "'path': expected one that begins with / and has no ?, # or "
                   "blank; what stands behind ? goes into `query`");
        return -1;
    }
    operation->path = node->text;
    operation->segments = segments;
    operation->names = names;
    while (*at == '/') {
        size_t len = strcspn(++at, "/");
        bool named = len > 2 && at[0] == '{' && at[len - 1] == '}';

        if (!named && (memchr(at, '{', len) || memchr(at, '}', len))) {
            diag_error(diags, node->line, node->col, "'path': {name} stands for a whole segment");
            return -1;
        }
        segments[operation->segment_count] = named ? NULL : arena_copy(arena, at, len);
        names[operation->segment_count++] = named ? arena_copy(arena, at + 1, len - 2) : NULL;
        at += len;
    }
    return 0;
}

static int check_segments(const struct contract_operation *operation, const struct match *segments,
                          const struct yaml_node *node, struct diag_list *diags)
{
    for (size_t i = 0; i < match_count(segments); i++) {
        bool known = false;

        for (size_t s = 0; s < operation->segment_count; s++)
            known =
                known || (operation->names[s] && strcmp(operation->names[s], match_name(segments, i)) == 0);
        if (!known) {
            diag_error(diags, node->line, node->col, "'segments': the path has no {%s}",
                       match_name(segments, i));
            return -1;
        }
    }
    return 0;
}

int contract_read_operation(struct arena *arena, const struct yaml_node *name,
                            const struct file_operation *file, const struct yaml_node *node,
                            struct contract_operation *ret_operation, struct diag_list *diags)
{
    *ret_operation = (struct contract_operation){.name = name->text, .line = name->line, .col = name->col};
    if (node->kind != YAML_MAP || !file->path)
        return -1;
    ret_operation->method = contract_methods[file->method];
    if (read_path(arena, file->path, ret_operation, diags) ||
        read_parts(arena, &file->parts, false, &ret_operation->parts, diags))
        return -1;
    return check_segments(ret_operation, ret_operation->parts.segments, file->parts.segments, diags);
}

static int read_headers(struct arena *arena, const struct yaml_node *node, struct contract_answer *answer,
                        struct diag_list *diags)
{
    const char **names;
    const char **texts;

    if (!node)
        return 0;
    if (node->kind != YAML_MAP) {
        diag_error(diags, node->line, node->col, "'headers': expected a map of names, found %s",
                   bind_found(node));
        return -1;
    }
    names = arena_array(arena, node->count + 1, sizeof *names);
    texts = arena_array(arena, node->count + 1, sizeof *texts);
    for (size_t i = 0; i < node->count; i++) {
        const struct yaml_node *item = node->items[i];

        names[i] = node->keys[i]->text;
        texts[i] = item->text;
        if (item->kind == YAML_SCALAR && !strpbrk(item->text, "\r\n") && !strpbrk(names[i], "\r\n: "))
            continue;
        diag_error(diags, item->line, item->col, "'headers': expected one line of text");
        return -1;
    }
    answer->header_count = node->count;
    answer->header_names = names;
    answer->header_texts = texts;
    return 0;
}

static int read_text(const struct yaml_node *node, const char *what, const char *type,
                     struct contract_answer *answer, struct diag_list *diags)
{
    if (node->kind != YAML_SCALAR) {
        diag_error(diags, node->line, node->col, "'%s': expected a text, found %s", what, bind_found(node));
        return -1;
    }
    answer->type = type;
    answer->body = node->text;
    answer->len = node->len;
    return 0;
}

static int read_answer(struct arena *arena, const struct file_answer *file, const struct yaml_node *node,
                       struct contract_answer *answer, struct diag_list *diags)
{
    int bodies = (file->json != NULL) + (file->xml != NULL) + (file->text != NULL);
    bool gone = file->cut || file->hang;

    *answer = (struct contract_answer){
        .status = (int)file->status, .cut = file->cut, .hang = file->hang, .body = ""};
    if (bodies + gone > 1 || (file->cut && file->hang) ||
        (gone && (yaml_get(node, "status") || file->headers))) {
        diag_error(diags, node->line, node->col,
                   "an answer has one of json, xml, text, or it is cut or hangs");
        return -1;
    }
    if (read_headers(arena, file->headers, answer, diags))
        return -1;
    if (file->xml)
        return read_text(file->xml, "xml", "application/xml", answer, diags);
    if (file->text)
        return read_text(file->text, "text", "text/plain; charset=utf-8", answer, diags);
    if (file->json) {
        struct value body = yaml_value(arena, file->json);

        answer->type = "application/json";
        answer->body = json_text(arena, &body);
        answer->len = strlen(answer->body);
    }
    return 0;
}

static struct contract_operation *find(const struct contract *contract, const char *name)
{
    for (size_t i = 0; i < contract->operation_count; i++)
        if (strcmp(contract->operations[i].name, name) == 0)
            return &contract->operations[i];
    return NULL;
}

static struct contract_operation *operation_of(struct arena *arena, const struct contract *contract,
                                               const struct yaml_node *key, struct diag_list *diags)
{
    struct contract_operation *operation = find(contract, key->text);
    const char **names = arena_array(arena, contract->operation_count + 1, sizeof *names);

    if (operation) {
        operation->played = true;
        return operation;
    }
    for (size_t i = 0; i < contract->operation_count; i++)
        names[i] = contract->operations[i].name;
    diag_error(diags, key->line, key->col, "there is no operation '%s'%s", key->text,
               bind_meant(arena, key->text, names));
    return NULL;
}

int contract_read_line(struct arena *arena, const struct contract *contract, const struct yaml_node *node,
                       struct contract_line *ret_line, struct diag_list *diags)
{
    struct file_answer file = {.status = 200, .times = 1};
    const struct yaml_node *answer;

    if (node->kind != YAML_MAP || node->count != 1) {
        diag_error(diags, node->line, node->col,
                   "expected one operation and its answer: {NAME: {json: …}}, found %s%s", bind_found(node),
                   node->kind == YAML_MAP ? " of several" : "");
        return -1;
    }
    answer = node->items[0];
    ret_line->line = node->keys[0]->line;
    ret_line->col = node->keys[0]->col;
    ret_line->operation = operation_of(arena, contract, node->keys[0], diags);
    if (!ret_line->operation || bind_map(arena, answer, &contract_answer_table, &file, diags))
        return -1;
    ret_line->times = file.times;
    if (read_answer(arena, &file, answer, &ret_line->answer, diags) ||
        read_parts(arena, &file.where, true, &ret_line->where, diags))
        return -1;
    return check_segments(ret_line->operation, ret_line->where.segments, file.where.segments, diags);
}
