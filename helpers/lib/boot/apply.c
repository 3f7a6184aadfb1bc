/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "boot/apply.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* What a run has changed so far, for the way back. */
struct run {
	struct host *host;
	struct work *work;
	int lock;
	struct state before;
	size_t files, grub; /* changes that are done */
};

static void __attribute__((format(printf, 2, 3))) append(struct msg *why, const char *format, ...)
{
	size_t at = strlen(why->text);
	va_list ap;

	va_start(ap, format);
	vsnprintf(why->text + at, sizeof(why->text) - at, format, ap);
	va_end(ap);
}

/* The newest COUNT of CHANGES, newest first. */
static bool put_back(const struct host *host, const struct changes *changes, size_t count)
{
	bool all = true;
	struct msg why;

	while (count-- > 0) {
		struct change inverse = change_inverse(&changes->change[count]);

		if (change_do(&host->tree, &inverse, &why) == 0)
			continue;
		all = false;
		say(LOG_ERR, "%s", why.text);
	}
	return all;
}

/* DONE gets how many of them are done. */
static int do_changes(
	const struct host *host, const struct changes *changes, size_t *done, struct msg *why)
{
	for (*done = 0; *done < changes->count; ++*done) {
		const struct change *change = &changes->change[*done];
		int err = change_do(&host->tree, change, why);

		if (err < 0)
			return err;
		printf("%s%s %s\n", host->tree.root, change->path,
			change->to ? "written" : "removed");
	}
	return 0;
}

/* Remembers the directories that a file needs and that are not there. */
static int note_directories(struct host *host, const struct changes *changes, struct msg *why)
{
	struct state *state = &host->state;

	for (size_t i = 0; i < changes->count; i++) {
		const char *path = changes->change[i].path;

		if (!changes->change[i].to)
			continue;
		for (const char *end = strchr(path + 1, '/'); end; end = strchr(end + 1, '/')) {
			char directory[STATE_PATH];
			bool known = false;

			snprintf(directory, sizeof(directory), "%.*s", (int)(end - path), path);
			for (size_t j = 0; j < state->directories; j++)
				known = known || strcmp(state->directory[j], directory) == 0;
			if (known || tree_exists(&host->tree, directory))
				continue;
			if (state->directories == STATE_DIRECTORIES)
				return msg_fail(why, E2BIG,
					"%s%s: too many directories are missing", host->tree.root,
					path);
			text_copy(state->directory[state->directories++], STATE_PATH, directory);
		}
	}
	return 0;
}

/* After the images could not be made: everything is as before, but images that are new already. */
static void restore(struct run *run, const struct images *images, struct msg *why)
{
	struct host *host = run->host;
	struct msg trouble;
	bool all = put_back(host, &run->work->files, run->files);

	if (all && state_drop_directories(
			   &host->tree, &host->state, run->before.directories, &trouble) < 0)
		say(LOG_ERR, "%s", trouble.text);
	host->state.pending = run->before.pending || !all || images_changed(images, &host->images);
	if (state_save(&host->tree, &host->state, &trouble) < 0)
		say(LOG_ERR, "%s", trouble.text);
	append(why, all ? "; all files are as before"
			: "; not all files could be put back: mend that and run it again");
	if (images_changed(images, &host->images))
		append(why, ", but some images are new already: run it again");
}

static int make_images(struct run *run, struct msg *why)
{
	static struct images before;
	struct host *host = run->host;
	struct msg unread;
	int err;

	if (!host->tree.running || run->work->jobs.count == 0)
		return 0;
	before = host->images;
	err = jobs_run(&host->tree, &run->work->jobs, run->lock, why);
	if (host_load_images(host, &unread) < 0)
		host->images = before;
	if (err == 0 && host->images.count > 0 && !images_changed(&before, &host->images))
		err = msg_fail(why, EIO, "%s succeeded, but made no image: %s is the old one",
			generator_name(host->generator), host->images.image[0].path);
	if (err < 0)
		restore(run, &before, why);
	else if (host->images.count == 0)
		printf("/boot has no image of a known name: look yourself whether they are new\n");
	return err;
}

static int do_grub(struct run *run, struct msg *why)
{
	const struct host *host = run->host;
	const struct command *command = &run->work->grub_command;
	int err = do_changes(host, &run->work->grub, &run->grub, why);

	if (err < 0 || !host->tree.running || !command->word[0])
		return err;
	printf("making GRUB's configuration with %s\n", strrchr(command->word[0], '/') + 1);
	err = command_run(command, NULL, run->lock, why);
	if (err < 0)
		append(why, put_back(host, &run->work->grub, run->grub)
				    ? "; the kernel arguments are as before"
				    : "; " BOOT_GRUB " could not be put back");
	return err;
}

/* Drops from the state what grubby took away. */
static void forget_extra(struct host *host)
{
	struct state *state = &host->state;
	size_t kept = 0;

	for (size_t i = 0; i < state->arguments; i++) {
		bool extra = false;

		for (size_t j = 0; j < host->arguments.extra; j++)
			extra = extra || host->arguments.more[j] == state->argument[i];
		if (!extra && kept++ != i)
			text_copy(state->argument[kept - 1], WANTED_TEXT, state->argument[i]);
	}
	state->arguments = kept;
	host->arguments.extra = 0;
}

/* grubby tells nobody what it changed, so what was to be added is taken away again. */
static void undo_grubby(struct run *run, size_t arguments)
{
	struct host *host = run->host;
	struct command command;
	struct msg why;

	host->state.arguments = arguments;
	if (host->arguments.missing > 0 &&
		arguments_grubby(&host->tree, "--remove-args", host->arguments.miss,
			host->arguments.missing, &command) == 0) {
		if (command_take_back(&command, run->lock, &why) < 0)
			say(LOG_ERR, "%s", why.text);
		command_free(&command);
	}
}

static int do_grubby(struct run *run, struct msg *why)
{
	struct host *host = run->host;
	struct state *state = &host->state;
	size_t before;
	int err = 0;

	if (!host->tree.running)
		return 0;
	if (run->work->take.word[0]) {
		printf("taking back kernel arguments with grubby\n");
		err = command_run(&run->work->take, NULL, run->lock, why);
	}
	if (err < 0)
		return err;
	forget_extra(host);
	if (!run->work->add.word[0])
		return 0;
	before = state->arguments;
	for (size_t i = 0; i < host->arguments.missing && state->arguments < WANTED_MAX; i++)
		text_copy(
			state->argument[state->arguments++], WANTED_TEXT, host->arguments.miss[i]);
	err = state_save(&host->tree, state, why);
	if (err < 0)
		return err;
	printf("adding kernel arguments with grubby\n");
	err = command_run(&run->work->add, NULL, run->lock, why);
	if (err < 0)
		undo_grubby(run, before);
	return err;
}

static int begin(struct run *run, struct msg *why)
{
	struct host *host = run->host;
	int err;

	run->before = host->state;
	err = note_directories(host, &run->work->files, why);
	if (err == 0)
		err = note_directories(host, &run->work->grub, why);
	host->state.pending = true;
	if (err == 0)
		err = state_save(&host->tree, &host->state, why);
	for (size_t i = 0; i < BOOT_FILES && err == 0; i++)
		tree_clean(&host->tree, host->file[i].path);
	return err;
}

/* Saves the state after what ended with ERR. */
static int end_state(struct host *host, int err, struct msg *why)
{
	struct msg trouble;
	int saved = state_save(&host->tree, &host->state, err < 0 ? &trouble : why);

	if (err < 0 && saved < 0)
		say(LOG_ERR, "%s", trouble.text);
	return err < 0 ? err : saved;
}

/* What was begun has ended, well or not; the state says what is left to know. */
static int end(struct run *run, bool pending, int err, struct msg *why)
{
	run->host->state.pending = pending;
	return end_state(run->host, err, why);
}

int apply(struct host *host, struct work *work, int lock, struct msg *why)
{
	static struct run run;
	int err;

	run.host = host;
	run.work = work;
	run.lock = lock;
	err = begin(&run, why);
	if (err < 0)
		return err;
	err = do_changes(host, &work->files, &run.files, why);
	if (err < 0) {
		restore(&run, &host->images, why);
		return err;
	}
	err = make_images(&run, why);
	if (err < 0)
		return err;
	err = do_grub(&run, why);
	if (err == 0)
		err = do_grubby(&run, why);
	if (err < 0)
		return end(&run, run.before.pending, err, why);
	/* another installation's are made by whoever starts it, or by the next run in it */
	return end(&run,
		!host->tree.running &&
			(work->jobs.count > 0 || work->grub_command.word[0] || run.before.pending),
		0, why);
}

int apply_remove(struct host *host, struct work *work, int lock, struct msg *why)
{
	int err = apply(host, work, lock, why);

	if (err < 0)
		return err;
	err = state_drop_directories(&host->tree, &host->state, 0, why);
	return end_state(host, err, why);
}
