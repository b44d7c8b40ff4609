/* Can two providers of an action be told apart? The first that fits is taken, so one that fits only where an
 * earlier one does is never reached, unless that one may still say that it isn't the right one. */
#include <string.h>

#include "engine/action/pack_parts.h"

/* Equal but for blanks. */
static bool same_text(const char *a, const char *b)
{
    while (true) {
        a += strspn(a, " \t\n");
        b += strspn(b, " \t\n");
        if (*a != *b) {
            return false;
        }
        if (*a == '\0') {
            return true;
        }
        a++;
        b++;
    }
}

static bool same_place(const struct pack_provider *a, const struct pack_provider *b)
{
    bool same_service = a->service == NULL || b->service == NULL ? a->service == b->service
                                                                 : strcmp(a->service, b->service) == 0;
    return a->over == b->over && same_service;
}

/* Does it look before it acts, and may it then give way to the next? */
static bool may_give_way(const struct pack_provider *provider)
{
    for (int phase = PHASE_FIND; phase <= PHASE_CHECK; phase++) {
        for (size_t i = 0; i < provider->phases[phase].count; i++) {
            const struct pack_statement *statement = &provider->phases[phase].items[i];
            bool gives_way = statement->kind == STATEMENT_ONE;
            for (size_t j = 0; statement->kind == STATEMENT_CALL && j < statement->case_count; j++) {
                enum pack_judgement is = statement->cases[j].is;
                gives_way = gives_way || is == JUDGED_ABSENT || is == JUDGED_UNSUPPORTED;
            }
            if (gives_way) {
                return true;
            }
        }
    }
    return false;
}

static bool hides(const struct pack_provider *first, const struct pack_provider *second)
{
    if (!same_place(first, second) || may_give_way(first)) {
        return false;
    }
    return first->when == NULL ||
           (second->when != NULL && same_text(cel_text(first->when), cel_text(second->when)));
}

void reader_differ(struct pack_reader *reader)
{
    const struct pack *pack = reader->pack;
    for (size_t i = 1; i < pack->provider_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (hides(&pack->providers[j], &pack->providers[i])) {
                reader->diags->file = pack->providers[i].origin;
                diag_warning(reader->diags, pack->providers[i].line, 1,
                             "provider '%s' is never reached: '%s' above fits wherever it does",
                             pack->providers[i].name, pack->providers[j].name);
                break;
            }
        }
    }
}
