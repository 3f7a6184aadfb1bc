/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "firmware/read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/progress.h"
#include "firmware/confine.h"
#include "firmware/scratch.h"

/* For what is unpacked (each part within another), and libraries' own. */
enum { MEMORY = 2000u << 20 };

struct job {
	const char *path;
	struct span input;
	struct firmware_options options;
	struct firmware *out;
};

static int search(void *argument)
{
	struct job *job = argument;

	return firmware_search(job->input, &job->options, job->out) < 0;
}

static void terminate(char *text, size_t size)
{
	text[size - 1] = '\0';
}

/* What the other process wrote is of any value: it read what a stranger made. */
static int check(struct firmware *f, struct msg *why)
{
	if (f->rom.chains > ROM_CHAINS_MAX || f->notes > FIRMWARE_NOTES_MAX)
		return msg_fail(why, EBADMSG, "what was found in it is not to be trusted");
	for (size_t i = 0; i < f->rom.chains; i++) {
		struct rom_chain *chain = &f->rom.chain[i];
		size_t size = chain->end - chain->offset;

		if (chain->images > ROM_IMAGES_MAX || chain->end < chain->offset ||
			(chain->whole && (f->kept[i] > FIRMWARE_KEPT_MAX ||
						 size > FIRMWARE_KEPT_MAX - f->kept[i])))
			return msg_fail(why, EBADMSG, "what was found in it is not to be trusted");
		chain->bytes = chain->whole ? f->keep + f->kept[i] : NULL;
		terminate(chain->place, sizeof(chain->place));
		terminate(chain->why.text, sizeof(chain->why.text));
		for (size_t j = 0; j < chain->images; j++) {
			terminate(chain->image[j].signature, sizeof(chain->image[j].signature));
			if (chain->image[j].checksum > ROM_CHECKSUM_BAD)
				chain->image[j].checksum = ROM_CHECKSUM_BAD;
		}
	}
	for (size_t i = 0; i < f->notes; i++) {
		terminate(f->note[i].place, sizeof(f->note[i].place));
		terminate(f->note[i].text, sizeof(f->note[i].text));
	}
	return 0;
}

/* What a person sees of it. */
struct watched {
	struct spawn_watch watch; /* the first, so that it is found by it */
	struct progress progress;
	const struct firmware *found;
	const char *name;
};

static const char *s(size_t count)
{
	return count == 1 ? "" : "s";
}

/* The other process counts on meanwhile. */
static void look(struct spawn_watch *watch, bool ending)
{
	struct watched *w = (struct watched *)watch;
	size_t parts = __atomic_load_n(&w->found->parts, __ATOMIC_RELAXED);
	size_t unpacked = __atomic_load_n(&w->found->unpacked, __ATOMIC_RELAXED) +
			  __atomic_load_n(&w->found->coming, __ATOMIC_RELAXED);
	size_t roms = __atomic_load_n(&w->found->rom.chains, __ATOMIC_RELAXED);

	if (ending)
		progress_show(&w->progress, "unpacking is being ended");
	else
		progress_show(&w->progress, "%zu ROM%s in %zu part%s, %zu MiB unpacked from %s",
			roms, s(roms), parts, s(parts), unpacked >> 20, w->name);
}

/* A list of the parts shows itself how far the work has come. */
static int call(struct job *job)
{
	const char *slash = strrchr(job->path, '/');
	struct watched w = {.watch = {.fd = -1, .every = PROGRESS_EVERY, .look = look},
		.found = job->out,
		.name = slash ? slash + 1 : job->path};
	int result;

	progress_begin(&w.progress);
	result = confine_call(search, job, MEMORY, FIRMWARE_BYTES_MAX, true,
		w.progress.on && !job->options.contents ? &w.watch : NULL, job->options.deadline);
	progress_wipe(&w.progress);
	return result;
}

static int run(struct job *job, struct msg *why)
{
	int result = call(job);

	terminate(job->out->why.text, sizeof(job->out->why.text));
	terminate(job->out->place, sizeof(job->out->place));
	if (result == 0)
		return check(job->out, why);
	if (result == 1)
		return msg_fail(why, E2BIG, "%s", job->out->why.text);
	if (result == -ETIMEDOUT)
		return msg_fail(why, ETIMEDOUT, "the time is over%s%s; --timeout gives more",
			*job->out->place ? " at " : "", job->out->place);
	if (result == -ECANCELED)
		return msg_fail(why, ECANCELED, "unpacking was interrupted; nothing is left of it");
	return msg_fail(why, EINTR, "the process that unpacks has failed%s%s",
		*job->out->place ? " at " : "", job->out->place);
}

static int read_bytes(const char *path, struct span input, unsigned int seconds, bool contents,
	struct firmware **out, struct msg *why)
{
	struct job job = {.path = path,
		.input = input,
		.options = {.deadline = deadline_in(seconds), .contents = contents}};
	char scratch[SCRATCH_SIZE];
	int err;

	job.out = mmap(NULL, sizeof(*job.out), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (job.out == MAP_FAILED)
		return msg_fail(why, ENOMEM, "there is no memory to unpack it");
	if (access("/usr/bin/innoextract", X_OK) == 0 && scratch_make(scratch) == 0)
		job.options.scratch = scratch;
	err = run(&job, why);
	if (job.options.scratch)
		scratch_remove(scratch);
	if (err < 0)
		firmware_free(job.out);
	else
		*out = job.out;
	return err;
}

static int slurp(const char *path, char **data, size_t *size, struct msg *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), err;
	struct stat st;

	if (fd < 0)
		return msg_fail(why, errno, "%s cannot be read: %s", path, strerror(errno));
	err = fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)
		      ? -EINVAL
		      : file_slurp(fd, FIRMWARE_BYTES_MAX, data, size);
	close(fd);
	if (err == -EINVAL)
		return msg_fail(why, EINVAL, "%s is no regular file", path);
	if (err == -EFBIG)
		return msg_fail(why, EFBIG, "%s has more than %d MiB: it is no firmware", path,
			FIRMWARE_BYTES_MAX >> 20);
	if (err < 0)
		return msg_fail(why, -err, "%s cannot be read: %s", path, strerror(-err));
	return 0;
}

int firmware_read_file(const char *path, unsigned int seconds, bool contents, struct firmware **out,
	struct msg *why)
{
	struct msg reason;
	size_t size = 0;
	char *data = NULL;
	int err = slurp(path, &data, &size, why);

	if (err < 0)
		return err;
	err = read_bytes(
		path, (struct span){(const uint8_t *)data, size}, seconds, contents, out, &reason);
	free(data);
	return err < 0 ? msg_fail(why, -err, "%s: %s", path, reason.text) : 0;
}

void firmware_free(struct firmware *firmware)
{
	munmap(firmware, sizeof(*firmware));
}
