/* What soard logs: a line for each thing that an operator would ask about. */
#ifndef SOARD_TELL_H
#define SOARD_TELL_H

#include "engine/base/buf.h"
#include "engine/base/log.h"
#include "engine/loop/loop.h"

struct daemon;

void tell_lines(enum log_level level, const struct buf *lines);
void tell_broken(const struct daemon *daemon); /* playbooks that are not used; the record has them, too */
void tell_ready(const struct daemon *daemon);  /* once all is open */
void tell_event(const struct daemon *daemon, const struct run *run, const struct event *event);

#endif
