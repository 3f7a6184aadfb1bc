/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nouns/card-rom.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/spawn.h"
#include "nouns/holders.h"
#include "nouns/pci.h"
#include "nouns/sysfs.h"

#define DEVICE "/sys/bus/pci/devices/%s"

/* What the child is told, and what it leaves in shared memory. */
struct job {
	char path[128];
	const char *address;
	bool mapped; /* the card itself is read, not what a driver keeps */
	bool unbound;
	size_t max;
	struct result {
		size_t size;
		bool not_put_back;
		uint8_t bytes[];
	} * result;
};

static int read_bytes(const struct job *job)
{
	int fd = open(job->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), err;
	char *bytes;
	size_t size;

	if (fd < 0)
		return -errno;
	err = file_slurp(fd, job->max, &bytes, &size);
	close(fd);
	if (err < 0)
		return err;
	memcpy(job->result->bytes, bytes, size);
	job->result->size = size;
	free(bytes);
	return 0;
}

/* The kernel takes "0" for 1: only "0\n" switches it off (pci_write_rom of drivers/pci). */
static int read_mapped(const struct job *job)
{
	int err = sysfs_write("1\n", "%s", job->path);

	if (err < 0)
		return err;
	err = read_bytes(job);
	if (sysfs_write("0\n", "%s", job->path) < 0)
		job->result->not_put_back = true;
	return err;
}

/* Without a driver the function may not answer to its addresses; with one, this is the driver's. */
static int read_enabled(const struct job *job)
{
	unsigned long long enabled = 1;
	int err;

	if (job->unbound && sysfs_number(&enabled, DEVICE "/enable", job->address) == 0 &&
		enabled == 0) {
		err = sysfs_write("1", DEVICE "/enable", job->address);
		if (err < 0)
			return err;
	}
	err = read_mapped(job);
	if (enabled == 0 && sysfs_write("0", DEVICE "/enable", job->address) < 0)
		job->result->not_put_back = true;
	return err;
}

static int read_awake(const struct job *job)
{
	char before[16];
	int err = sysfs_read(before, sizeof(before), DEVICE "/power/control", job->address);
	bool sleeps = err == 0 && strcmp(before, "on") != 0;

	if (sleeps)
		err = sysfs_write("on", DEVICE "/power/control", job->address);
	if (err < 0)
		return err;
	err = read_enabled(job);
	if (sleeps && sysfs_write(before, DEVICE "/power/control", job->address) < 0)
		job->result->not_put_back = true;
	return err;
}

static int child(void *argument)
{
	const struct job *job = argument;

	return job->mapped ? read_awake(job) : read_bytes(job);
}

/* A guest's QEMU maps the ROM when it likes, and a card with one decoder for all answers wrongly to
 * one of the two then. */
static int refuse_guest(const struct pci_function *f, struct msg *why)
{
	static struct holders holders;
	struct nodes nodes = {0};
	int err;

	if (!pci_is_vfio(f->driver))
		return 0;
	err = nodes_vfio(f->group, &nodes);
	if (err == 0) {
		char path[96];

		snprintf(path, sizeof(path), DEVICE "/vfio-dev", f->address);
		err = nodes_below(path, &nodes);
		if (err == -ENOENT)
			err = 0;
	}
	if (err == 0)
		err = holders_scan(&nodes, &holders);
	if (err < 0)
		return msg_fail(
			why, -err, "who has %s cannot be told: %s", f->address, strerror(-err));
	if (holders.count > 0)
		return msg_fail(why, EBUSY, "%s is in use by %s (pid %d, %s); shut the guest down",
			f->address, holders.holder[0].command, (int)holders.holder[0].pid,
			holders.holder[0].path);
	return 0;
}

/* nouveau's, by the number of the card's node. */
static int find_debugfs(const struct pci_function *f, struct job *job)
{
	char **names;
	int count = sysfs_list(&names, 16, DEVICE "/drm", f->address), err = -ENOENT;

	for (int i = 0; i < count && err < 0; i++) {
		unsigned int minor;

		if (sscanf(names[i], "card%u", &minor) != 1)
			continue;
		snprintf(job->path, sizeof(job->path), "/sys/kernel/debug/dri/%u/vbios.rom", minor);
		if (access(job->path, F_OK) == 0)
			err = 0;
		else if (errno == EACCES)
			err = -EACCES;
	}
	if (count >= 0)
		free(names);
	return err;
}

static int find(enum card_rom_source source, const struct pci_function *f, struct job *job)
{
	if (source == CARD_ROM_DEBUGFS)
		return find_debugfs(f, job);
	snprintf(job->path, sizeof(job->path), DEVICE "/rom", f->address);
	job->mapped = true;
	job->unbound = strcmp(f->driver, "-") == 0;
	return access(job->path, F_OK) == 0 ? 0 : -errno;
}

static int explain(int err, const struct job *job, unsigned int seconds, struct msg *why)
{
	switch (err) {
	case -ENOENT:
		return msg_fail(why, ENOENT,
			"%s shows no option ROM; give the file of a dump instead", job->address);
	case -EACCES:
		return msg_fail(
			why, EACCES, "only root can read the ROM of a card; run it with sudo");
	case -EFBIG:
		return msg_fail(why, EFBIG, "%s has more than %zu bytes", job->path, job->max);
	case -EIO:
		return msg_fail(why, EIO,
			"the kernel finds no option ROM in %s (%s); unbind its driver, or give the "
			"file of a dump",
			job->address, job->path);
	case -ETIMEDOUT:
		return msg_fail(why, ETIMEDOUT,
			"%s is stuck: the kernel has not read its ROM within %u seconds; it is put "
			"back as it was once it does",
			job->address, seconds);
	default:
		return msg_fail(why, -err, "%s cannot be read: %s", job->path, strerror(-err));
	}
}

static int run(struct job *job, unsigned int seconds, uint8_t **out, size_t *size, struct msg *why)
{
	const struct result *result = job->result;
	uint8_t *bytes;
	int err = spawn_call(child, job, -1, deadline_in(seconds));

	if (err < 0)
		return explain(err, job, seconds, why);
	if (result->not_put_back)
		return msg_fail(why, ENOTRECOVERABLE,
			"%s was read, but its power/control, enable or rom could not be put back",
			job->address);
	bytes = malloc(result->size + 1);
	if (!bytes)
		return msg_fail(why, ENOMEM, "not enough memory");
	memcpy(bytes, result->bytes, result->size);
	*out = bytes;
	*size = result->size;
	return 0;
}

int card_rom_read(enum card_rom_source source, const char *address, unsigned int seconds,
	size_t max, uint8_t **out, size_t *size, struct msg *why)
{
	struct job job = {.address = address, .max = max};
	struct pci_function f;
	size_t shared = sizeof(struct result) + max;
	int err = pci_read(address, &f);

	if (err < 0)
		return msg_fail(why, -err, "there is no PCI function %s", address);
	err = find(source, &f, &job);
	if (err < 0)
		return explain(err, &job, seconds, why);
	err = job.mapped ? refuse_guest(&f, why) : 0;
	if (err < 0)
		return err;
	job.result = mmap(NULL, shared, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (job.result == MAP_FAILED)
		return msg_fail(why, errno, "not enough memory");
	err = run(&job, seconds, out, size, why);
	munmap(job.result, shared);
	return err;
}
