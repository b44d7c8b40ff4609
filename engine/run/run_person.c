/* One person: a name that several directories know (or services, such as a cloud's) is several people until
 * an attribute joins them: mail, employee number, SID or principal name, as their looks found them. Whom the
 * alert means is the account in the directory of the domain that it names; what is joined to it follows, the
 * rest is held for people. Where it names none, all that know the name must be joined. An account at a host
 * is the one of that name on the alert's own machine. Made of the fold alone, so that it comes out the same
 * after a crash; nobody waits for a directory that is down. */
#include <assert.h>
#include <string.h>
#include <strings.h>

#include "engine/base/text.h"
#include "engine/run/run_parts.h"

const char person_rule[] = "one_person";

struct group { /* the tasks of one name: neighbours, as their step opened them */
    struct run_task *const *tasks;
    size_t count;
    size_t own; /* the one that asks */
};

static bool is_sibling(const struct run_task *task, const struct run_task *other)
{
    return other->step == task->step && !other->undo && strcmp(other->item, task->item) == 0 &&
           text_same_fold(other->name, task->name);
}

void task_siblings(const struct run_task *task, size_t *ret_first, size_t *ret_end)
{
    const struct run *run = task->run;
    size_t first = task->index;
    size_t end = task->index + 1;

    while (first > 0 && is_sibling(task, run->tasks[first - 1]))
        first--;
    while (end < run->task_count && is_sibling(task, run->tasks[end]))
        end++;
    *ret_first = first;
    *ret_end = end;
}

/* A directory, or a service that knows people. */
static const struct value *place_that_knows(const struct run_task *task)
{
    const struct value *directory = place_map(&task->target, "directory");

    return directory ? directory : place_map(&task->target, "service");
}

static bool is_in_directory(const struct run_task *task)
{
    return place_that_knows(task) != NULL;
}

/* It was looked for there, and found. */
static bool is_known(const struct run_task *task)
{
    return is_in_directory(task) && task->verdict != VERDICT_NONE;
}

/* Has it had its chance to say whether it knows him? One that was tried and rests has. */
static bool has_looked(const struct run_task *task)
{
    return !is_in_directory(task) || task->verdict != VERDICT_NONE || task->state == TASK_ENDED ||
           task->state == TASK_RESTING || task->state == TASK_PENDING || task->state == TASK_HELD;
}

static bool same_text(const struct value *a, const struct value *b)
{
    return a->kind == VALUE_STRING && b->kind == VALUE_STRING && a->len > 0 &&
           text_same_fold(a->text, b->text);
}

/* Each a text, or a list of them. */
static bool have_in_common(const struct value *a, const struct value *b)
{
    size_t a_count = !a ? 0 : a->kind == VALUE_LIST ? value_count(a) : 1;
    size_t b_count = !b ? 0 : b->kind == VALUE_LIST ? value_count(b) : 1;

    for (size_t i = 0; i < a_count; i++)
        for (size_t j = 0; j < b_count; j++)
            if (same_text(a->kind == VALUE_LIST ? value_at(a, i) : a,
                          b->kind == VALUE_LIST ? value_at(b, j) : b))
                return true;
    return false;
}

static bool are_joined(const struct run_task *a, const struct run_task *b)
{
    static const char *const keys[] = {"mail", "employee_id", "sid", "upn"};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (have_in_common(value_get(&a->facts, keys[i]), value_get(&b->facts, keys[i])))
            return true;
    return false;
}

enum likeness { DOMAIN_OTHER, DOMAIN_GUESSED, DOMAIN_NAMED };

/* CORP, corp.example; and CORP for corp.example, as a domain's short name mostly is: that is a guess. */
static enum likeness likeness_of(const char *said, const char *domain)
{
    size_t label = strcspn(domain, ".");

    if (text_same_fold(said, domain))
        return DOMAIN_NAMED;
    return domain[label] && strlen(said) == label && strncasecmp(said, domain, label) == 0 ? DOMAIN_GUESSED
                                                                                           : DOMAIN_OTHER;
}

static enum likeness is_of_domain(const struct run_task *task, const char *said, const char **ret_domain)
{
    const struct value *domains = value_get(place_that_knows(task), "domains");
    enum likeness best = DOMAIN_OTHER;

    for (size_t i = 0; i < value_count(domains); i++) {
        enum likeness one = likeness_of(said, value_at(domains, i)->text);

        if (one > best)
            *ret_domain = value_at(domains, i)->text;
        best = one > best ? one : best;
    }
    return best;
}

/* The alert spelled his mail address or principal name. */
static bool is_spelled(const struct run_task *task)
{
    const struct value *named = value_get(&task->target, "named");

    return named && strchr(named->text, '@') &&
           (have_in_common(named, value_get(&task->facts, "mail")) ||
            have_in_common(named, value_get(&task->facts, "upn")));
}

/* A service of many domains has this name in another one than the alert spelled: whoever that is, it isn't
 * him. */
static bool is_namesake(const struct run_task *task, const char *said)
{
    const char *at = strrchr(value_get_string(&task->facts, "upn", ""), '@');

    return place_map(&task->target, "service") && is_known(task) && at && !text_same_fold(at + 1, said) &&
           strchr(value_get_string(&task->target, "named", ""), '@') && !is_spelled(task);
}

static bool is_anchor(const struct run_task *task, const char *said)
{
    const char *domain;

    if (is_namesake(task, said))
        return false;
    return is_of_domain(task, said, &domain) != DOMAIN_OTHER || (is_known(task) && is_spelled(task));
}

/* A short name that two domains of the inventory could have says nothing, unless one is called so. */
static bool is_ambiguous(const struct group *group, const char *said, const char *ret_domains[2])
{
    size_t count = 0;

    for (size_t i = 0; i < group->count; i++) {
        const char *domain = NULL;
        enum likeness likeness = is_of_domain(group->tasks[i], said, &domain);

        if (likeness == DOMAIN_NAMED || (is_known(group->tasks[i]) && is_spelled(group->tasks[i])))
            return false;
        if (likeness == DOMAIN_GUESSED &&
            (count == 0 || (count == 1 && !text_same_fold(domain, ret_domains[0]))))
            ret_domains[count++] = domain;
    }
    return count > 1;
}

/* Marks all that are joined to the marked ones, however far. */
static void spread(const struct group *group, bool *marked)
{
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < group->count; i++)
            for (size_t j = 0; j < group->count && !marked[i]; j++)
                if (marked[j] && is_known(group->tasks[i]) && is_known(group->tasks[j]) &&
                    are_joined(group->tasks[i], group->tasks[j]))
                    marked[i] = more = true;
    }
}

static bool has_mail(const struct run_task *task)
{
    return value_count(value_get(&task->facts, "mail")) || *value_get_string(&task->facts, "mail", "");
}

static const char *not_joined(const struct run_task *task, const struct run_task *other, struct arena *arena)
{
    return arena_printf(arena, "same name as in %s, %s: is it one person?", run_task_place(other),
                        has_mail(task) && has_mail(other) ? "other mail" : "and nothing that joins the two");
}

/* Directories that this run is not for: a retry of one place alone. */
static const char *left_out(const struct run_task *task)
{
    return value_get_string(&task->target, "left_out", "");
}

/* No domain was named: all that know him must be one. */
static enum person_verdict judge_unnamed(const struct group *group, struct arena *arena, const char **ret_why)
{
    const struct run_task *task = group->tasks[group->own];
    bool *marked = arena_array(arena, group->count, sizeof *marked);

    marked[group->own] = true;
    spread(group, marked);
    for (size_t i = 0; i < group->count; i++)
        if (is_known(group->tasks[i]) && !marked[i]) {
            *ret_why = not_joined(task, group->tasks[i], arena);
            return PERSON_UNSURE;
        }
    if (*left_out(task)) {
        *ret_why = arena_printf(
            arena, "this run leaves out %s, where the name may be another's: is it the one?", left_out(task));
        return PERSON_UNSURE;
    }
    return PERSON_SURE;
}

/* All whom the domain could mean, and who know him, must be one; and he one of them. */
static enum person_verdict judge_guessed(const struct group *group, const char *said,
                                         const char *const domains[2], struct arena *arena,
                                         const char **ret_why)
{
    bool *marked = arena_array(arena, group->count, sizeof *marked);
    bool one = false, others = false;
    const char *domain;

    marked[group->own] = true;
    spread(group, marked);
    for (size_t i = 0; i < group->count; i++) {
        if (is_of_domain(group->tasks[i], said, &domain) == DOMAIN_OTHER)
            continue;
        one = one || marked[i];
        others =
            others || (!marked[i] && (is_known(group->tasks[i]) || group->tasks[i]->state != TASK_ENDED));
    }
    if (one && !others)
        return PERSON_SURE;
    *ret_why = arena_printf(arena, "%s could be %s or %s: `domain: %s` at one directory says which", said,
                            domains[0], domains[1], said);
    return PERSON_UNSURE;
}

static enum person_verdict judge_named(const struct group *group, const char *said, struct arena *arena,
                                       const char **ret_why)
{
    const struct run_task *task = group->tasks[group->own];
    const struct run_task *anchor = NULL;
    const char *domains[2];
    bool *marked = arena_array(arena, group->count, sizeof *marked);

    assert(task && "who is asked about is of the group");
    if (is_ambiguous(group, said, domains))
        return judge_guessed(group, said, domains, arena, ret_why);
    for (size_t i = 0; i < group->count; i++) {
        if (!is_in_directory(group->tasks[i]) || !is_anchor(group->tasks[i], said))
            continue;
        marked[i] = is_known(group->tasks[i]);
        if (!anchor || marked[i])
            anchor = group->tasks[i];
    }
    spread(group, marked);
    if (marked[group->own])
        return PERSON_SURE;
    if (!anchor && is_namesake(task, said))
        *ret_why = arena_printf(arena, "it was said to be %s, and there is only %s: is it one person?",
                                value_get_string(&task->target, "named", ""),
                                value_get_string(&task->facts, "upn", ""));
    else if (!anchor && *left_out(task))
        *ret_why = arena_printf(arena, "it is said to be %s's, and this run leaves out %s: is it the one?",
                                said, left_out(task));
    else if (!anchor)
        *ret_why =
            arena_printf(arena,
                         "it is said to be %s's, and no directory or service of the inventory is: `domain:` "
                         "there says which",
                         said);
    else if (is_known(anchor))
        *ret_why = not_joined(task, anchor, arena);
    else if (anchor->state == TASK_RESTING)
        return PERSON_WAIT;
    else
        *ret_why = arena_printf(arena, "it is said to be %s's, and %s %s", said, run_task_place(anchor),
                                anchor->state == TASK_ENDED ? "does not know it" : "has not answered yet");
    return PERSON_UNSURE;
}

enum person_verdict person_judge(const struct run_task *task, struct arena *arena, const char **ret_why)
{
    const char *said = value_get_string(&task->target, "domain", "");
    size_t first;
    size_t end;

    *ret_why = "";
    if (!is_in_directory(task) || (task->pack && task->pack->per != PER_USER) || task->undo || task->about ||
        task->intended || run_task_freed(task, person_rule))
        return PERSON_SURE;
    task_siblings(task, &first, &end);
    struct group group = {
        .tasks = task->run->tasks + first, .count = end - first, .own = task->index - first};

    for (size_t i = 0; i < group.count; i++)
        if (i != group.own && !has_looked(group.tasks[i]))
            return PERSON_WAIT;
    return *said ? judge_named(&group, said, arena, ret_why) : judge_unnamed(&group, arena, ret_why);
}
