/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handoff/step.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/spawn.h"
#include "base/text.h"

/* In the order of a plan: what a later noun moves must not be held by what an earlier one is. */
static const struct noun *const nouns[] = {
	&noun_unit,
	&noun_seat,
	&noun_console,
	&noun_module,
	&noun_power,
	&noun_driver,
	&noun_mdev,
};

int step_make(struct step *out, const struct noun *noun, const char *object, const char *from,
	const char *to)
{
	struct step step = {.noun = noun};

	if (text_copy(step.object, sizeof(step.object), object) < 0 ||
		text_copy(step.from, sizeof(step.from), from) < 0 ||
		text_copy(step.to, sizeof(step.to), to) < 0 || !noun->valid(object, from) ||
		!noun->valid(object, to))
		return -EINVAL;
	*out = step;
	return 0;
}

int step_parse(const char *line, struct step *out)
{
	char text[STEP_TEXT_SIZE], *rest = text, *word[4];

	if (text_copy(text, sizeof(text), line) < 0)
		return -EINVAL;
	for (size_t i = 0; i < 4; i++)
		word[i] = strsep(&rest, " ");
	if (rest || !word[3])
		return -EINVAL;
	for (size_t i = 0; i < sizeof(nouns) / sizeof(*nouns); i++)
		if (strcmp(nouns[i]->name, word[0]) == 0)
			return step_make(out, nouns[i], word[1], word[2], word[3]);
	return -EINVAL;
}

void step_format(const struct step *step, char out[static STEP_TEXT_SIZE])
{
	snprintf(out, STEP_TEXT_SIZE, "%s %s %s %s", step->noun->name, step->object, step->from,
		step->to);
}

struct step step_inverse(const struct step *step)
{
	struct step inverse = {.noun = step->noun};

	memcpy(inverse.object, step->object, sizeof(inverse.object));
	memcpy(inverse.from, step->to, sizeof(inverse.from));
	memcpy(inverse.to, step->from, sizeof(inverse.to));
	return inverse;
}

bool step_same_object(const struct step *a, const struct step *b)
{
	return a->noun == b->noun && strcmp(a->object, b->object) == 0;
}

/*
 * The byte of an undo file that stands for an object, far behind the file's end: FNV-1a
 * (http://www.isthe.com/chongo/tech/comp/fnv/) of its name, so that all nouns of one device share
 * it. Two objects with one byte would only wait for each other.
 */
long long step_lock_byte(const struct step *step)
{
	unsigned int hash = 2166136261u;

	for (const char *object = step->object; *object; object++)
		hash = (hash ^ (unsigned char)*object) * 16777619u;
	return (1ll << 40) + hash;
}

struct moving {
	const struct step *step;
	struct deadline deadline;
};

/* What the child found or did, besides the errno of a move: beyond all errnos. */
enum { WAS_THERE = 240, ELSEWHERE, UNREADABLE, UNMOVED };

/*
 * Reads, moves and reads again, all in a child: of a device that somebody else's unbind hangs in
 * not even the driver override can be read.
 */
static int run_in_child(void *argument)
{
	const struct moving *m = argument;
	const struct step *s = m->step;
	char state[STATE_SIZE];
	int moved;

	if (s->noun->certain)
		return s->noun->move(s->object, s->from, s->to, m->deadline);
	if (s->noun->read(s->object, state) < 0)
		return -UNREADABLE;
	if (strcmp(state, s->to) == 0)
		return -WAS_THERE;
	if (strcmp(state, s->from) != 0 &&
		!(s->noun->between && s->noun->between(state, s->from, s->to)))
		return -ELSEWHERE;
	moved = s->noun->move(s->object, s->from, s->to, m->deadline);
	if (s->noun->read(s->object, state) == 0 && strcmp(state, s->to) == 0)
		return moved == -EEXIST ? -WAS_THERE : 0;
	return moved ? moved : -UNMOVED;
}

static enum step_result stuck(const struct step *s, struct msg *why)
{
	msg_fail(why, 0,
		"%s is stuck: the kernel has not returned from moving its %s to %s; nothing more "
		"of it is touched until it does (close what uses it, else reboot)",
		s->object, s->noun->name, s->to);
	return STEP_STUCK;
}

static enum step_result not_there(const struct step *s, int err, const char *state, struct msg *why)
{
	if (err == -ENODEV) {
		msg_fail(why, 0, "%s is gone (its %s was to become %s); see dmesg", s->object,
			s->noun->name, s->to);
		return STEP_GONE;
	}
	if (err < 0) {
		msg_fail(why, 0, "%s %s cannot be read: %s; see dmesg", s->noun->name, s->object,
			strerror(-err));
		return STEP_FAILED;
	}
	msg_fail(why, 0,
		"%s %s is %s, neither %s nor %s: somebody else changed it, so it is left alone",
		s->noun->name, s->object, state, s->from, s->to);
	return STEP_FOREIGN;
}

static enum step_result failed(const struct step *s, int err, const char *state, struct msg *why)
{
	if (s->noun->explain)
		s->noun->explain(s->object, s->to, err, why);
	else
		msg_fail(why, 0, "%s %s is still %s, not %s: %s; see dmesg", s->noun->name,
			s->object, state, s->to,
			err ? strerror(-err) : "the kernel reported success");
	return STEP_FAILED;
}

enum { GRACE_MS = 200 };

static enum step_result run_locked(
	const struct step *s, int lock, unsigned int timeout, struct msg *why)
{
	struct moving moving = {.step = s, .deadline = deadline_in(timeout)};
	/* a child that can still act ends itself at the deadline */
	struct deadline last = {.at = moving.deadline.at + GRACE_MS};
	int moved = spawn_call(run_in_child, &moving, lock, last), err;
	char state[STATE_SIZE];

	if (moved == -ETIMEDOUT && deadline_left(last) == 0)
		return stuck(s, why);
	if (moved == 0)
		return STEP_DONE;
	if (moved == -WAS_THERE)
		return STEP_NOTHING;
	/* it went wrong, or the child was killed: see what came of it */
	err = s->noun->read(s->object, state);
	if (err < 0 || moved == -ELSEWHERE)
		return not_there(s, err, state, why);
	if (strcmp(state, s->to) == 0)
		return STEP_DONE;
	return failed(s, moved <= -WAS_THERE ? 0 : moved, state, why);
}

enum step_result step_run(const struct step *step, int lock, struct deadline patience,
	unsigned int timeout, struct msg *why)
{
	int err = file_lock_byte(lock, step_lock_byte(step), patience);
	enum step_result result;

	if (err == -ETIMEDOUT) {
		result = stuck(step, why);
	} else if (err < 0) {
		msg_fail(why, 0, "the undo file cannot be locked: %s; see df /run", strerror(-err));
		result = STEP_FAILED;
	} else {
		result = run_locked(step, lock, timeout, why);
	}
	close(lock);
	return result;
}

bool step_is_stuck(const struct step *step, int lock)
{
	int err = file_lock_byte(lock, step_lock_byte(step), deadline_in(0));

	close(lock);
	return err == -ETIMEDOUT;
}

bool step_is_moving(const struct step *step, int file)
{
	return file_is_locked(file, step_lock_byte(step));
}
