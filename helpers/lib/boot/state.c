/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "boot/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/text.h"

int state_lock(const struct tree *tree, struct msg *why)
{
	int err = tree_make_parents(tree, STATE_FILE), fd;

	if (err < 0)
		return msg_fail(why, -err, "%s" STATE_DIRECTORY " cannot be made: %s", tree->root,
			strerror(-err));
	fd = tree_resolve(tree, STATE_DIRECTORY, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return msg_fail(why, -fd, "%s" STATE_DIRECTORY ": %s", tree->root, strerror(-fd));
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		tree_clean(tree, STATE_FILE);
		return fd;
	}
	err = errno;
	close(fd);
	if (err != EWOULDBLOCK)
		return msg_fail(why, err, "%s" STATE_DIRECTORY " cannot be locked: %s", tree->root,
			strerror(err));
	return msg_fail(why, EBUSY,
		"another gpu-handoff-boot, or what it runs, is still at work; wait for its end "
		"(fuser -v %s" STATE_DIRECTORY ")",
		tree->root);
}

static bool parse_line(struct state *state, const char *line)
{
	if (strcmp(line, "pending") == 0) {
		state->pending = true;
		return true;
	}
	if (strncmp(line, "directory /", 11) == 0)
		return state->directories < STATE_DIRECTORIES &&
		       text_copy(state->directory[state->directories++], STATE_PATH, line + 10) ==
			       0;
	if (strncmp(line, "argument ", 9) == 0)
		return state->arguments < WANTED_MAX &&
		       text_copy(state->argument[state->arguments++], WANTED_TEXT, line + 9) == 0;
	return false;
}

static bool parse(struct state *state, char *text)
{
	char *save, *line = strtok_r(text, "\n", &save);

	*state = (struct state){.pending = false};
	if (!line || strcmp(line, STATE_FIRST_LINE) != 0)
		return false;
	while ((line = strtok_r(NULL, "\n", &save)))
		if (!parse_line(state, line))
			return false;
	return true;
}

int state_load(const struct tree *tree, struct state *out, struct msg *why)
{
	struct state *state;
	char *text;
	int err = tree_read(tree, STATE_FILE, &text, NULL);

	if (err == -ENOENT) {
		*out = (struct state){.pending = false};
		return 0;
	}
	if (err < 0)
		return msg_fail(why, -err, "%s" STATE_FILE " cannot be read: %s", tree->root,
			err == -ELOOP ? "it is no regular file" : strerror(-err));
	state = malloc(sizeof(*state));
	if (!state)
		err = msg_fail(why, ENOMEM, "out of memory");
	else if (!parse(state, text))
		err = msg_fail(why, EPROTO,
			"%s" STATE_FILE " is of another version of gpu-handoff; use that one, or "
			"remove the file if you do not know it",
			tree->root);
	else
		*out = *state;
	free(state);
	free(text);
	return err;
}

int state_save(const struct tree *tree, const struct state *state, struct msg *why)
{
	char *text = NULL;
	size_t length;
	FILE *stream;
	int err;

	if (!state->pending && state->directories == 0 && state->arguments == 0) {
		err = tree_remove(tree, STATE_FILE);
		goto say;
	}
	stream = open_memstream(&text, &length);
	if (!stream)
		return msg_fail(why, ENOMEM, "out of memory");
	fputs(STATE_FIRST_LINE "\n", stream);
	if (state->pending)
		fputs("pending\n", stream);
	for (size_t i = 0; i < state->directories; i++)
		fprintf(stream, "directory %s\n", state->directory[i]);
	for (size_t i = 0; i < state->arguments; i++)
		fprintf(stream, "argument %s\n", state->argument[i]);
	err = fclose(stream) == 0 && text ? tree_publish(tree, STATE_FILE, text, NULL) : -ENOMEM;
	free(text);
say:
	if (err < 0)
		return msg_fail(why, -err, "%s" STATE_FILE " cannot be written: %s", tree->root,
			strerror(-err));
	return 0;
}

int state_drop_directories(
	const struct tree *tree, struct state *state, size_t keep, struct msg *why)
{
	while (state->directories > keep) {
		const char *path = state->directory[state->directories - 1];
		int err = tree_remove_directory(tree, path);

		if (err < 0 && err != -ENOTDIR && err != -ENOTEMPTY && err != -EEXIST &&
			tree_exists(tree, path))
			return msg_fail(why, -err,
				"the directory %s%s cannot be removed: %s; run it again",
				tree->root, path, strerror(-err));
		state->directories--;
	}
	return 0;
}
