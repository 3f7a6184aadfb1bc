/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "writes.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "faults.h"
#include "model.h"

void (*writes_answer)(void *reply, long result);
struct request *writes_current;

static struct request *waiting;
static char *log_text;
static size_t log_length;

void log_add(const char *format, ...)
{
	va_list arguments;
	char *line;

	va_start(arguments, format);
	if (vasprintf(&line, format, arguments) < 0)
		abort();
	va_end(arguments);
	log_text = realloc(log_text, log_length + strlen(line) + 1);
	if (!log_text)
		abort();
	strcpy(log_text + log_length, line);
	log_length += strlen(line);
	free(line);
}

void log_print(FILE *out)
{
	fwrite(log_text, 1, log_length, out);
}

void log_clear(void)
{
	log_length = 0;
}

static void log_write(const struct request *request, const char *result)
{
	char *path = tree_path(request->node), shown[4 * 80 + 1] = "", *end = shown;

	for (size_t i = 0; i < request->length && i < 80; i++) {
		unsigned char c = (unsigned char)request->text[i];

		if (c == '\n')
			end = stpcpy(end, "\\n");
		else if (c < ' ' || c > '~')
			end += sprintf(end, "\\x%02x", c);
		else
			*end++ = (char)c;
		*end = '\0';
	}
	log_add("write %s \"%s\" -> %s\n", path, shown, result);
	free(path);
}

bool writes_blocked(void)
{
	return writes_current && writes_current->fault && writes_current->fault->active;
}

static void end(struct request *request, long result)
{
	char *path = tree_path(request->node);
	char *shown = result < 0 ? text_of("-%s", strerrorname_np((int)-result)) : text_of("0");

	log_write(request, shown);
	free(shown);
	writes_answer(request->reply, result < 0 ? result : (long)request->length);
	faults_after("%s", path);
	free(path);
	free(request->text);
	free(request);
}

/* Asks the store function; true if the write has ended. */
static bool attempt(struct request *request)
{
	struct request *before = writes_current;
	int rc;

	writes_current = request;
	if (writes_blocked() && !request->node->blocks_inside)
		rc = STORE_WAITS;
	else if (request->node->gone)
		rc = -ENODEV;
	else
		rc = request->node->store(request->node, request->text, request->length);
	writes_current = before;
	if (rc == STORE_WAITS)
		return false;
	end(request, rc);
	return true;
}

void writes_begin(struct node *node, const char *text, size_t length, pid_t pid, void *reply)
{
	struct request *request = zalloc(sizeof(*request));
	char *path = tree_path(node);
	struct fault *fault = faults_take(path, false);

	free(path);
	request->node = node;
	request->text = zalloc(length + 1);
	memcpy(request->text, text, length);
	request->length = length;
	request->pid = pid;
	request->reply = reply;
	if (fault && fault->kind == FAULT_BLOCK) {
		request->fault = fault;
	} else if (fault) {
		if (fault->kind == FAULT_FAIL && node->removes_itself &&
			(fault->number == EAGAIN || fault->number == ENODEV))
			tree_drop(node);
		if (fault->kind == FAULT_SHORT && fault->number < (long)length)
			request->length = (size_t)fault->number;
		end(request, fault->kind == FAULT_FAIL ? -fault->number : 0);
		return;
	}
	if (attempt(request))
		return;
	log_write(request, "waits");
	request->next = waiting;
	waiting = request;
}

void writes_retry(void)
{
	for (bool moved = true; moved;) {
		moved = false;
		for (struct request **at = &waiting; *at; at = &(*at)->next) {
			struct request *request = *at, *next = request->next;

			if (!attempt(request))
				continue;
			*at = next;
			moved = true;
			break;
		}
	}
}

void writes_abort(void)
{
	faults_clear();
	while (waiting) {
		struct request *request = waiting;

		waiting = request->next;
		end(request, -EIO);
	}
}
