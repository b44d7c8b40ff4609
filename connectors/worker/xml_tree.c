/* XML to a tree, by expat: events in, one builder for each open element.
 *
 * What is bounded: depth, number of elements and attributes; the caller bounds the bytes. A document type
 * ends the parsing before its first declaration is read, so there are no entities but XML's own five. */
#include "connectors/worker/xml_tree.h"

#include <expat.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/limits.h"

#define SPACE_MARK '\n' /* between a namespace and a name: neither can hold it */

struct element {
    struct value name, attributes;
    struct value_builder children;
    struct buf text;
};

struct reader {
    XML_Parser parser;
    struct arena *arena;
    struct element open[LIMIT_XML_DEPTH];
    size_t depth, nodes;
    struct value root;
    const char *stopped; /* why we stopped it, or NULL */
};

static void stop(struct reader *reader, const char *why)
{
    if (reader->stopped == NULL) {
        reader->stopped = why;
        XML_StopParser(reader->parser, XML_FALSE);
    }
}

static const char *local(const char *name)
{
    const char *mark = strrchr(name, SPACE_MARK);
    return mark ? mark + 1 : name;
}

static void on_start(void *state, const char *name, const char **attributes)
{
    struct reader *reader = state;
    struct value_builder map;
    if (reader->depth == LIMIT_XML_DEPTH) {
        stop(reader, "is nested too deeply");
        return;
    }
    value_build(&map, reader->arena);
    for (size_t i = 0; attributes[i]; i += 2, reader->nodes++)
        value_put_text(&map, local(attributes[i]), value_text(reader->arena, attributes[i + 1]));
    if (++reader->nodes > LIMIT_XML_NODES) {
        stop(reader, "has too many elements");
        return;
    }
    struct element *element = &reader->open[reader->depth++];
    *element =
        (struct element){.name = value_text(reader->arena, local(name)), .attributes = value_end_map(&map)};
    value_build(&element->children, reader->arena);
    buf_init(&element->text, 0);
}

static void on_text(void *state, const char *text, int len)
{
    struct reader *reader = state;
    if (reader->depth > 0 && reader->stopped == NULL)
        buf_add(&reader->open[reader->depth - 1].text, text, (size_t)len);
}

static struct value own_text(struct arena *arena, const struct element *element)
{
    static const char blanks[] = " \t\r\n";
    const char *text = buf_string(&element->text);
    size_t len = element->text.len;
    if (element->children.count > 0) {
        size_t lead = strspn(text, blanks);
        for (text += lead, len -= lead; len > 0 && strchr(blanks, text[len - 1]);)
            len--;
    }
    return value_string(arena, text, len);
}

static void on_end(void *state, const char *name)
{
    struct reader *reader = state;
    struct value_builder map;
    (void)name;
    if (reader->depth == 0 || reader->stopped)
        return;
    struct element *element = &reader->open[--reader->depth];
    value_build(&map, reader->arena);
    value_put_text(&map, "name", element->name);
    value_put_text(&map, "attributes", element->attributes);
    value_put_text(&map, "text", own_text(reader->arena, element));
    value_put_text(&map, "children", value_end_list(&element->children));
    struct value made = value_end_map(&map);
    buf_done(&element->text);
    if (reader->depth == 0)
        reader->root = made;
    else
        value_push(&reader->open[reader->depth - 1].children, made);
}

static void on_doctype(void *state, const char *name, const char *system_id, const char *public_id,
                       int internal)
{
    (void)name, (void)system_id, (void)public_id, (void)internal;
    stop(state, "has a document type (DTD)");
}

static int fail(const struct reader *reader, struct soar_err *err)
{
    unsigned long line = XML_GetCurrentLineNumber(reader->parser);
    return soar_err_set(err, SOAR_INVALID, "the XML %s: line %lu",
                        reader->stopped ? reader->stopped : XML_ErrorString(XML_GetErrorCode(reader->parser)),
                        line);
}

int xml_parse(struct arena *arena, const char *text, size_t len, struct value *ret_tree, struct soar_err *err)
{
    if (len > INT_MAX)
        return soar_err_set(err, SOAR_INVALID, "the XML is too long");
    struct reader reader = {.parser = XML_ParserCreateNS(NULL, SPACE_MARK), .arena = arena};
    if (reader.parser == NULL)
        abort();
    XML_SetUserData(reader.parser, &reader);
    XML_SetElementHandler(reader.parser, on_start, on_end);
    XML_SetCharacterDataHandler(reader.parser, on_text);
    XML_SetStartDoctypeDeclHandler(reader.parser, on_doctype);
    bool good = XML_Parse(reader.parser, text, (int)len, XML_TRUE) == XML_STATUS_OK && !reader.stopped;
    int rc = good ? 0 : fail(&reader, err);
    if (good)
        *ret_tree = reader.root;
    for (size_t i = 0; i < reader.depth; i++)
        buf_done(&reader.open[i].text);
    XML_ParserFree(reader.parser);
    return rc;
}

const struct value *xml_child(const struct value *element, const char *name)
{
    const struct value *children = element ? value_get(element, "children") : NULL;
    for (size_t i = 0; children && i < value_count(children); i++)
        if (value_is_string(value_get(value_at(children, i), "name"), name))
            return value_at(children, i);
    return NULL;
}

const char *xml_text(const struct value *element)
{
    return element ? value_get_string(element, "text", "") : "";
}
