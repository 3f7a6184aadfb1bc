/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "faults.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "model.h"

static struct fault *all;
struct fault *faults_waiting;

void faults_add(enum fault_kind kind, const char *glob, long number, long count, long skip,
	const char *command)
{
	struct fault *fault = zalloc(sizeof(*fault)), **end;

	fault->kind = kind;
	fault->glob = text_of("%s", glob);
	fault->command = command ? text_of("%s", command) : NULL;
	fault->number = number;
	fault->count = count;
	fault->skip = skip;
	fault->active = true;
	for (end = &all; *end; end = &(*end)->next)
		;
	*end = fault;
}

void faults_clear(void)
{
	for (struct fault *fault = all; fault; fault = fault->next)
		fault->active = false;
	all = NULL;
}

void faults_unblock(const char *glob)
{
	for (struct fault *fault = all; fault; fault = fault->next)
		if (fault->kind == FAULT_BLOCK && !fnmatch(glob, fault->glob, 0))
			fault->active = false;
}

static bool hits(struct fault *fault, const char *event)
{
	if (!fault->active || !fault->count || fnmatch(fault->glob, event, 0))
		return false;
	if (fault->skip) {
		fault->skip--;
		return false;
	}
	if (fault->count > 0)
		fault->count--;
	return true;
}

struct fault *faults_take(const char *event, bool reading)
{
	for (struct fault *fault = all; fault; fault = fault->next)
		if (fault->kind != FAULT_ON && (fault->kind == FAULT_READ) == reading &&
			hits(fault, event))
			return fault;
	return NULL;
}

int faults_error(const char *format, ...)
{
	struct fault *fault;
	va_list arguments;
	char event[512];

	va_start(arguments, format);
	vsnprintf(event, sizeof(event), format, arguments);
	va_end(arguments);
	fault = faults_take(event, false);
	if (fault && fault->kind == FAULT_BLOCK) {
		faults_waiting = fault;
		return -EINPROGRESS;
	}
	return fault && fault->kind == FAULT_FAIL ? -(int)fault->number : 0;
}

void faults_after(const char *format, ...)
{
	va_list arguments;
	char event[512];

	va_start(arguments, format);
	vsnprintf(event, sizeof(event), format, arguments);
	va_end(arguments);
	for (struct fault *fault = all; fault; fault = fault->next) {
		char *command;

		if (fault->kind != FAULT_ON || !hits(fault, event))
			continue;
		command = text_of("%s", fault->command);
		control_run(command, 0);
		free(command);
	}
}
