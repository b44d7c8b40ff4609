/* Who may ask soard for what. Reading is a viewer's; what makes soard log in somewhere, if only to look, is
 * an operator's; a playbook that soard has not loaded comes from an admin or not at all. */
#include <string.h>

#include "engine/verbs/verb_parts.h"

static const struct {
    enum site_role role;
    const char *name;
} roles[] = {
    {ROLE_VIEWER, "viewer"},
    {ROLE_OPERATOR, "operator"},
    {ROLE_APPROVER, "approver"},
    {ROLE_ADMIN, "admin"},
};

enum { ROLES = sizeof roles / sizeof roles[0] };

static void names_of(unsigned wanted, const char *between, struct buf *out)
{
    for (size_t i = 0; i < ROLES; i++)
        if (wanted & roles[i].role)
            buf_printf(out, "%s%s", out->len ? between : "", roles[i].name);
}

/* Operators, approvers and admins may look, too. */
static unsigned with_viewer(unsigned of)
{
    return of ? of | ROLE_VIEWER : 0;
}

static int lacks(const char *what, unsigned wanted, unsigned has, struct soar_err *err)
{
    BUF_SCOPED need = {0};
    BUF_SCOPED have = {0};

    names_of(wanted, " or ", &need);
    names_of(has, ", ", &have);
    return soar_err_set(err, SOAR_DENIED, "%s needs the role %s; you are %s", what, buf_string(&need),
                        have.len ? buf_string(&have) : "nobody here");
}

int verb_allowed(const struct verb *verb, const struct value *request, unsigned of, struct soar_err *err)
{
    unsigned has = with_viewer(of);
    bool looks = value_get_bool(request, "check", false) || value_get_bool(request, "dry_run", false);

    if (!verb->role)
        return soar_err_set(err, SOAR_INVALID, "%s works on files of your own: soard isn't asked for it",
                            verb->name);
    if (!(verb->role & has))
        return lacks(verb->name, verb->role, has, err);
    if (looks && !(has & ROLE_OPERATOR))
        return lacks("asking the targets", ROLE_OPERATOR, has, err);
    if (value_get(request, "playbook_text") && !(has & ROLE_ADMIN))
        return lacks("a playbook that soard has not loaded", ROLE_ADMIN, has, err);
    return 0;
}

enum verb_needs verb_needed(const struct verb *verb, const struct value *request, bool preview)
{
    if (preview)
        return verb->preview_needs;
    bool plan = verb->plan_when && value_get_bool(request, verb->plan_when, false);

    return plan ? NEEDS_PLAN : verb->needs;
}
