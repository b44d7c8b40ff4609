/* Alert → normalised alert → which playbooks start, and why not the others. Pure. */
#ifndef TRIGGER_TRIGGER_H
#define TRIGGER_TRIGGER_H

#include "engine/playbook/playbook.h"

/* Checks an alert in soar's own form (language.md) and makes it whole: `host` is the first of `hosts`, lists
 * where lists belong, `raw` keeps the original. Unknown fields are kept. -1 INVALID: it says which field and
 * what was expected. */
int trigger_normalise(const struct value *raw, struct arena *arena, struct value *ret_alert,
                      struct soar_err *err) __attribute__((warn_unused_result));

struct trigger_answer {
    bool starts;
    const char *why; /* "confidence >= 80" holds; or why not */
};

/* Would this alert start this playbook? The trigger's condition is the playbook's own, or the site's of that
 * name, or the built-in one: SIEM_Alert_High_Confidence is `alert.confidence >= 80 && alert.severity in
 * ["high", "critical"]`. A resolved alert starts nothing. */
void trigger_match(const struct playbook *playbook, const struct site *site, const struct value *alert,
                   struct arena *arena, struct trigger_answer *ret_answer);

#endif
