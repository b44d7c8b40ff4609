/* Property: no alert makes the engine crash; one that is accepted has hosts and users as lists of objects and
 * its original beside it, is accepted again, and no spelling in it finds two machines as one. Method:
 * libFuzzer over JSON documents. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/site/spelling.h"
#include "engine/trigger/trigger.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const struct site_host hosts[] = {
    {.name = "web-01",
     .key = "host:web-01",
     .address = "10.77.0.11",
     .os = "linux",
     .fqdn = "web-01.corp.example"},
    {.name = "dc-01", .key = "host:dc-01", .address = "10.77.0.5", .os = "windows"},
};
static const struct site site = {.host_count = 2, .hosts = hosts};

/* A canonical form is its own canonical form, and finds what the spelling found. */
static void check_spelling(struct arena *arena, const char *text)
{
    struct spelling spelling = spelling_of(arena, text);
    bool many = false;
    const struct site_host *host = site_find_host(&site, text, &many);
    assert(!many);
    if (spelling.kind == SPELLING_NONE) {
        assert(host == NULL);
        return;
    }
    struct spelling again = spelling_of(arena, spelling.text);
    assert(again.kind == spelling.kind && strcmp(again.text, spelling.text) == 0);
    assert(site_find_host(&site, spelling.text, NULL) == host || spelling.as_name != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    ARENA_SCOPED arena = arena_new();
    struct value raw;
    struct value alert;
    struct value again;
    struct soar_err err = {.text = ""};
    if (json_parse(arena, (const char *)bytes, len, &raw, &err) != 0) {
        return 0;
    }
    if (trigger_normalise(&raw, arena, &alert, &err) != 0) {
        assert(err.class == SOAR_INVALID && err.text[0] != '\0');
        return 0;
    }
    const struct value *list = value_get(&alert, "hosts");
    assert(list->kind == VALUE_LIST && value_get(&alert, "users")->kind == VALUE_LIST);
    for (size_t i = 0; i < value_count(list); i++) {
        assert(value_at(list, i)->kind == VALUE_MAP);
        check_spelling(arena, value_get_string(value_at(list, i), "name", ""));
    }
    assert(trigger_normalise(&alert, arena, &again, &err) == 0);
    struct playbook playbook = {.trigger_name = "SIEM_Alert_High_Confidence"};
    struct trigger_answer answer;
    trigger_match(&playbook, &site, NULL, &alert, arena, &answer);
    assert(answer.why[0] != '\0');
    return 0;
}
