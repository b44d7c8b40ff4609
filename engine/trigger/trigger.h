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
    const char *why; /* "`alert.confidence >= 80` holds"; or why not */

    /* Dedup, once it starts: the digest of the list of values, "" where there is no key, or it could not be
     * computed and dedup_why says why: then the alert is new. The playbook's own `dedup` comes before its
     * source's. */
    const char *dedup;
    struct value dedup_values; /* the list that the digest is of; null without one */
    int64_t dedup_ms;
    const char *dedup_why;
    int severity; /* rank, 0 (none said) to 5 (critical): a higher one passes its duplicate */
};

/* Are the formats of the site's webhooks on the shelf? Mistakes go to diags, in the configuration's name. */
struct intake_shelf;
void trigger_check_webhooks(const struct site *site, const struct intake_shelf *shelf,
                            struct diag_list *diags);

/* Would this alert start this playbook? The trigger's condition is the playbook's own, or the site's of that
 * name, or the built-in one: SIEM_Alert_High_Confidence is `alert.confidence >= 80 && alert.severity in
 * ["high", "critical"]`. A resolved alert starts nothing; nor does one that names neither a host nor a user,
 * if the playbook contains something. source: who sent it, with what it may start; NULL: a person gave it. */
void trigger_match(const struct playbook *playbook, const struct site *site,
                   const struct site_webhook *source, const struct value *alert, struct arena *arena,
                   struct trigger_answer *ret_answer);

#endif
