/* Every maximum of the engine, with its reason. Input beyond one of these gets an error that names the limit.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

enum {
    /* Text and trees */
    LIMIT_FILE_BYTES = 4 * 1024 * 1024, /* a playbook, pack, inventory: a person wrote it */
    LIMIT_ALERT_BYTES = 1024 * 1024,    /* one alert; Elastic's largest seen is 60 KiB */
    LIMIT_DEPTH = 64,                   /* nesting of JSON and YAML: recursion stays on the stack */
    LIMIT_ALERT_DEPTH = 48,    /* of one alert: the event that holds it is JSON, too, and is deeper */
    LIMIT_ALERTS = 1000,       /* of one payload; a SIEM's batches have tens */
    LIMIT_INTAKE_NAMES = 48,   /* an expression of a mapping sees at once: lets, loops */
    LIMIT_INTAKE_NOTES = 20,   /* kept of one alert: what a mapping could not tell */
    LIMIT_YAML_NODES = 100000, /* aliases are refused, so nodes are what was written */
    LIMIT_DIAGS = 200,         /* mistakes kept of one file: the first ones are mended first */
    LIMIT_WEBHOOKS = 256,      /* with their secrets in one message to the front */
    LIMIT_NAME_BYTES = 128,    /* a step, a host, a parameter */
    LIMIT_KEY_BYTES = 512,     /* a target's canonical key */

    /* Expressions */
    LIMIT_CEL_BYTES = 64 * 1024,               /* one expression */
    LIMIT_CEL_NODES = 20000,                   /* of one expression, after macros */
    LIMIT_CEL_DEPTH = 250,                     /* of its tree: recursion stays on the stack */
    LIMIT_CEL_STEPS = 1000000,                 /* evaluation steps: a few tens of milliseconds */
    LIMIT_CEL_VALUE_BYTES = 4 * 1024 * 1024,   /* a string or list an expression may build */
    LIMIT_CEL_MEMORY_BYTES = 64 * 1024 * 1024, /* all of one evaluation, with what it throws away */
    LIMIT_REGEX_BYTES = 4096,

    /* A playbook */
    LIMIT_STEPS = 200,
    LIMIT_TARGETS = 4000, /* of one step: its event fits a body */
    LIMIT_PARALLEL = 1000,
    LIMIT_ATTEMPTS = 20,

    /* A pack (packs.md: Limits) */
    LIMIT_STATEMENTS = 32,           /* a phase */
    LIMIT_CALLS = 64,                /* a try */
    LIMIT_ANSWER_BYTES = 256 * 1024, /* of an answer that is read; the rest is counted */
    LIMIT_KEPT_BYTES = 64 * 1024,    /* a task */
    LIMIT_PROVIDERS = 32,
    LIMIT_PARAM_ITEMS = 256, /* of a parameter that is a list: a hole for many is no hole */

    /* Workers */
    LIMIT_LINE_BYTES = 1024 * 1024,       /* one message of the worker protocol */
    LIMIT_COMMIT_TEXTS = 8 * 1024 * 1024, /* a repository's playbooks together: soard checks them at once */
    LIMIT_RETRY_AFTER_MS =
        60 * 60 * 1000,  /* a far side may make us wait so long: it can't stop us for a day */
    LIMIT_RECHECKS = 20, /* looks at once, a worker each: alerts come first */
    LIMIT_EVIDENCE_RECORD_BYTES =
        256 * 1024,          /* one line of the manifest: facts of a call, a quarter of its line */
    LIMIT_COLLECTIONS = 16,  /* evidence taken at once, two workers each: isolation goes before it */
    LIMIT_ANSWER_DEPTH = 48, /* of a far side's JSON: the line that brings it is JSON, too, and is deeper */
    LIMIT_XML_DEPTH = 22,    /* of a far side's XML: an element is two levels of that line */
    LIMIT_XML_NODES = 8000,  /* elements and attributes: an empty one is 60 bytes of that line */
    LIMIT_WORKERS = 256,     /* processes at once: two cores do no more with a thousand */

    /* The journal */
    LIMIT_BODY_BYTES = 2 * 1024 * 1024, /* one event's body */
    LIMIT_BATCH_EVENTS = 4096
};

#endif
