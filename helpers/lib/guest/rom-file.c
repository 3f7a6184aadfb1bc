/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/rom-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

enum { FILE_MAX = 16 << 20 };

static int slurp(const char *path, char **out, size_t *length, struct msg *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), err;
	struct stat st;

	if (fd < 0)
		return msg_fail(why, errno, "%s cannot be read: %s", path, strerror(errno));
	err = fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ? -EINVAL
							 : file_slurp(fd, FILE_MAX, out, length);
	close(fd);
	if (err == -EINVAL)
		return msg_fail(why, EINVAL, "%s is no regular file", path);
	if (err == -EFBIG)
		return msg_fail(why, EFBIG,
			"%s has more than %d bytes; take the ROM out of it with gpu-handoff vbios "
			"extract",
			path, FILE_MAX);
	return err < 0 ? msg_fail(why, -err, "%s cannot be read: %s", path, strerror(-err)) : 0;
}

static void doubt(
	const struct rom_chain *chain, const struct rom_wish *wish, char *out, size_t size)
{
	*out = '\0';
	if (rom_other_board(chain, wish))
		snprintf(out, size, "it is of the board %04x:%04x, not %04x:%04x", chain->subvendor,
			chain->subdevice, wish->subvendor, wish->subdevice);
	for (size_t i = 0; i < chain->images && !*out; i++)
		if (chain->image[i].checksum == ROM_CHECKSUM_BAD)
			snprintf(out, size, "its image at 0x%zx has a bad checksum",
				chain->image[i].offset);
}

/* The chooser's reason, in words that fit where it is not asked for by itself. */
static int refuse(const char *path, const struct rom_wish *wish, const struct msg *reason, int err,
	struct msg *why)
{
	if (err == -ENOTUNIQ)
		return msg_fail(why, ENOTUNIQ,
			"%s has several option ROMs that could be meant; gpu-handoff vbios list "
			"shows them, gpu-handoff vbios extract takes one out",
			path);
	if (err == -ENOENT && wish->vendor != 0)
		return msg_fail(why, ENOENT,
			"%s has no option ROM of %04x:%04x; gpu-handoff vbios list shows what it "
			"has",
			path, wish->vendor, wish->device);
	return msg_fail(why, -err, "%s: %s", path, reason->text);
}

int rom_file_read(
	const char *path, const struct rom_wish *wish, struct rom_file *out, struct msg *why)
{
	static struct rom rom;
	const struct rom_chain *chain = NULL;
	struct msg reason;
	size_t length = 0;
	char *file = NULL;
	int err = slurp(path, &file, &length, why);

	if (err < 0)
		return err;
	err = rom_find((const uint8_t *)file, length, &rom, &reason);
	if (err == 0)
		err = rom_choose(&rom, wish, &chain, &reason);
	if (!chain) {
		free(file);
		return refuse(path, wish, &reason, err, why);
	}
	*out = (struct rom_file){.file = file,
		.bytes = file + chain->offset,
		.length = chain->end - chain->offset,
		.vendor = chain->vendor,
		.device = chain->device,
		.subvendor = chain->subvendor,
		.subdevice = chain->subdevice};
	doubt(chain, wish, out->doubt, sizeof(out->doubt));
	return 0;
}

void rom_file_free(struct rom_file *rom)
{
	free(rom->file);
	rom->file = NULL;
}
