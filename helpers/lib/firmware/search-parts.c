/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "firmware/search-parts.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void copy_tail(char *out, size_t size, const char *text)
{
	size_t length = strlen(text);

	if (length >= size) {
		text += length - size + 1;
		length = size - 1;
	}
	memcpy(out, text, length + 1);
}

/* "PLACE/NAME", or whichever of the two there is. */
static void join(const struct search *s, const char *name, char out[static ROM_PLACE_SIZE])
{
	char text[sizeof(s->found->place) + ROM_PLACE_SIZE];

	snprintf(text, sizeof(text), "%s%s%s", s->found->place, *s->found->place && name ? "/" : "",
		name ? name : "");
	copy_tail(out, ROM_PLACE_SIZE, *text ? text : "the file");
}

void search_note(struct search *s, const char *name, const char *reason)
{
	struct firmware *found = s->found;
	struct firmware_note *note = found->note;

	for (; note < found->note + found->notes; note++)
		if (strcmp(note->text, reason) == 0) {
			note->count++;
			return;
		}
	if (found->notes == FIRMWARE_NOTES_MAX)
		return;
	found->notes++;
	note->count = 1;
	join(s, name, note->place);
	snprintf(note->text, sizeof(note->text), "%s", reason);
}

int search_refuse(struct search *s, int err, const char *name)
{
	struct msg *why = &s->found->why;
	char place[ROM_PLACE_SIZE];

	join(s, name, place);
	if (err == -ETIMEDOUT)
		return msg_fail(
			why, ETIMEDOUT, "the time is over at %s; --timeout gives more", place);
	if (err == -ENOMEM)
		return msg_fail(why, ENOMEM, "there is no memory to unpack %s", place);
	if (err == -ENOSPC || s->left < FIRMWARE_BYTES_MAX)
		return msg_fail(why, -err,
			"more than %d MiB come out of it with %s; unpack it otherwise and give the "
			"part",
			FIRMWARE_UNPACKED_MAX >> 20, place);
	return msg_fail(why, -err,
		"more than %d MiB come out of %s; unpack it otherwise and give the part",
		FIRMWARE_BYTES_MAX >> 20, place);
}

int search_enter(struct search *s, struct span part, size_t *before, const char *format, ...)
{
	char name[ROM_PLACE_SIZE];
	va_list arguments;
	int n;

	va_start(arguments, format);
	vsnprintf(name, sizeof(name), format, arguments);
	va_end(arguments);
	if (deadline_left(s->options->deadline) == 0)
		return search_refuse(s, -ETIMEDOUT, name);
	if (s->depth == FIRMWARE_DEPTH_MAX)
		return msg_fail(&s->found->why, E2BIG,
			"%s is more than %d parts deep; unpack it otherwise and give the part",
			s->found->place, FIRMWARE_DEPTH_MAX);
	if (s->found->parts == FIRMWARE_PARTS_MAX)
		return msg_fail(&s->found->why, E2BIG,
			"it has more than %d parts with %s; unpack it otherwise and give the part",
			FIRMWARE_PARTS_MAX, s->found->place);
	*before = s->place_length;
	n = snprintf(s->found->place + s->place_length, sizeof(s->found->place) - s->place_length,
		"%s%s", s->place_length ? "/" : "", name);
	if (n < 0 || (size_t)n >= sizeof(s->found->place) - s->place_length) {
		s->found->place[s->place_length] = '\0';
		return msg_fail(&s->found->why, E2BIG,
			"the names in it are too long; unpack it otherwise and give the part");
	}
	s->place_length += (size_t)n;
	s->depth++;
	s->found->parts++;
	if (s->options->contents)
		printf("%zu %s\n", part.size, s->found->place);
	return 0;
}

void search_leave(struct search *s, size_t before)
{
	s->place_length = before;
	s->found->place[before] = '\0';
	s->depth--;
}

size_t search_room(const struct search *s)
{
	return s->left < FIRMWARE_BYTES_MAX ? s->left : FIRMWARE_BYTES_MAX;
}

void search_unpacked(struct search *s, size_t size)
{
	s->left -= size;
	s->found->unpacked += size;
}
