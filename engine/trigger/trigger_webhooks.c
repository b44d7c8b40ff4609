/* Are the formats of a configuration's webhooks those of mapping files that are there? This room looks, since
 * the one that reads the configuration knows no mappings. */
#include "engine/trigger/intake.h"
#include "engine/trigger/trigger.h"

void trigger_check_webhooks(const struct site *site, const struct intake_shelf *shelf,
                            struct diag_list *diags)
{
    const char *before = diags->file;
    diags->file = site->config_file == NULL ? before : site->config_file;
    for (size_t i = 0; i < site->webhook_count; i++) {
        const struct site_webhook *webhook = &site->webhooks[i];
        if (intake_find(shelf, webhook->format) == NULL) {
            const char *meant = intake_meant(shelf, webhook->format, diags->arena);
            diag_error(
                diags, webhook->format_line, webhook->format_col,
                "'format': webhook %s: there is no source '%.60s' in the built-in mapping files or those "
                "of 'intake'%s%s%s",
                webhook->name, webhook->format, meant == NULL ? "" : " (did you mean '",
                meant == NULL ? "" : meant, meant == NULL ? "" : "'?)");
        }
    }
    diags->file = before;
}
