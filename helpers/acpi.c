/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gpu-handoff-acpi: tables for the ACPI of guests. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/program.h"
#include "formats/ssdt.h"

static const char usage[] =
	"usage: gpu-handoff-acpi [--output DIR] (battery | vbios)\n"
	"       gpu-handoff-acpi --output DIR --via tables vbios ROM\n"
	"Prints an ACPI table (SSDT) for QEMU's -acpitable.\n"
	"  battery       a battery that is always full\n"
	"  vbios         _ROM of the GPU at 01:00.0, which QEMU is given in fw_cfg\n"
	"  --via tables  with ROM in tables of their own instead of fw_cfg\n"
	"  --output DIR  write NAME.aml into DIR, and print the names\n"
	"See gpu-handoff-acpi(8).\n";

enum { HEADER = 36, OEM_AT = 10, CREATOR_AT = 28 };

struct file {
	char name[32], temporary[40];
	struct aml table;
};

static struct file files[SSDT_PARTS_MAX + 1];
static unsigned int count;

static struct aml *add_file(const char *name)
{
	struct file *f = &files[count++];

	snprintf(f->name, sizeof(f->name), "%s.aml", name);
	snprintf(f->temporary, sizeof(f->temporary), ".%s.aml.new", name);
	return &f->table;
}

static int made(int err, struct msg *why)
{
	return err < 0 ? msg_fail(why, -err, "the table cannot be made: %s", strerror(-err)) : 0;
}

/* NULL with WHY set. */
static char *read_rom(const char *path, size_t *length, struct msg *why)
{
	struct stat st;
	char *rom = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), err = 0;

	*length = 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		err = -errno;
	else if (!S_ISREG(st.st_mode))
		err = -ENOTSUP;
	else
		err = file_slurp(fd, SSDT_ROM_MAX, &rom, length);
	if (fd >= 0)
		close(fd);
	if (rom && *length >= 2 && memcmp(rom, "\x55\xaa", 2) == 0)
		return rom;
	free(rom);
	if (err == 0)
		msg_fail(why, EINVAL,
			"%s is not the ROM of a card: it does not begin with the bytes 55 aa",
			path);
	else if (err == -EFBIG)
		msg_fail(why, EFBIG,
			"%s is larger than the %d bytes that QEMU has room for in tables; cut off "
			"what follows the last image, or leave out --via tables",
			path, SSDT_ROM_MAX);
	else
		msg_fail(why, -err, "%s cannot be read: %s", path,
			err == -ENOTSUP ? "it is not a regular file" : strerror(-err));
	return NULL;
}

static int rom_tables(const char *path, struct msg *why)
{
	size_t length;
	char *rom = read_rom(path, &length, why), name[16];
	unsigned int parts;
	int err = 0;

	if (!rom)
		return -EINVAL;
	parts = ssdt_rom_parts(length);
	for (unsigned int i = 0; i <= parts && err == 0; i++) {
		struct aml *table;

		snprintf(name, sizeof(name), "vbios-%u", i + 1);
		table = add_file(name);
		err = i < parts ? ssdt_rom_part(rom, length, i, table)
				: ssdt_rom_method(parts, table);
	}
	free(rom);
	return made(err, why);
}

/*
 * Is NAME, if it is there, a table of the same maker? Returns 1, 0 if it is not there, or -EEXIST:
 * it is somebody else's.
 */
static int is_ours(int dir, const char *name, struct msg *why)
{
	const unsigned char *own = files[0].table.bytes;
	char header[AML_TABLE_MAX + 1];
	int n = file_read(dir, name, header, sizeof(header));

	if (n == -ENOENT)
		return 0;
	if (n >= HEADER && memcmp(header, own, 4) == 0 &&
		memcmp(header + OEM_AT, own + OEM_AT, 6) == 0 &&
		memcmp(header + CREATOR_AT, own + CREATOR_AT, 4) == 0)
		return 1;
	return msg_fail(why, EEXIST,
		"%s is there and is not of gpu-handoff acpi; remove it or name another directory",
		name);
}

static int write_temporary(int dir, const struct file *f)
{
	int fd, err;

	if (unlinkat(dir, f->temporary, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(dir, f->temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	err = file_write_all(fd, (const char *)f->table.bytes, f->table.length);
	if (err == 0 && fsync(fd) < 0)
		err = -errno;
	close(fd);
	return err;
}

/* Parts of a ROM that was longer would be taken for parts of this one. */
static int each_left_over(int dir, bool removing, struct msg *why)
{
	char name[32];
	int ours = 0;

	for (unsigned int i = count + 1; i <= SSDT_PARTS_MAX + 1 && ours >= 0; i++) {
		snprintf(name, sizeof(name), "vbios-%u.aml", i);
		ours = is_ours(dir, name, why);
		if (ours > 0 && removing && unlinkat(dir, name, 0) < 0)
			return msg_fail(
				why, errno, "%s cannot be removed: %s", name, strerror(errno));
	}
	return ours < 0 ? ours : 0;
}

/* All that is there is looked at, and all that is new is complete, before a name changes. */
static int put_files(int dir, bool parts, struct msg *why)
{
	int err = parts ? each_left_over(dir, false, why) : 0;
	unsigned int i;

	for (i = 0; i < count && err >= 0; i++)
		err = is_ours(dir, files[i].name, why);
	if (err < 0)
		return err;
	for (i = 0, err = 0; i < count && err == 0; i++)
		err = write_temporary(dir, &files[i]);
	for (i = 0; i < count && err == 0; i++)
		if (renameat(dir, files[i].temporary, dir, files[i].name) < 0)
			err = -errno;
	if (err == 0 && parts)
		return each_left_over(dir, true, why);
	if (err == 0)
		return 0;
	for (i = 0; i < count; i++)
		unlinkat(dir, files[i].temporary, 0);
	return msg_fail(why, -err, "the tables cannot be written: %s", strerror(-err));
}

static int to_directory(const char *path, bool parts, struct msg *why)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err;

	if (dir < 0)
		return msg_fail(
			why, errno, "%s: %s; make that directory first", path, strerror(errno));
	err = put_files(dir, parts, why);
	if (err == 0 && fsync(dir) < 0)
		err = msg_fail(why, errno, "%s: %s", path, strerror(errno));
	close(dir);
	for (unsigned int i = 0; i < count && err == 0; i++)
		printf("%s/%s\n", path, files[i].name);
	return err;
}

static int to_stdout(struct msg *why)
{
	if (isatty(STDOUT_FILENO))
		return msg_fail(why, EINVAL,
			"a table is not for a terminal; redirect it into a file, or use --output "
			"DIR");
	fwrite(files[0].table.bytes, 1, files[0].table.length, stdout);
	return 0;
}

static int run(const char *verb, const char *rom, const char *output, struct msg *why)
{
	int err;

	if (rom)
		err = rom_tables(rom, why);
	else if (strcmp(verb, "battery") == 0)
		err = made(ssdt_battery(add_file(verb)), why);
	else
		err = made(ssdt_vbios(add_file(verb)), why);
	if (err == 0)
		err = output ? to_directory(output, rom != NULL, why) : to_stdout(why);
	for (unsigned int i = 0; i < count; i++)
		free(files[i].table.bytes);
	return err < 0 ? err : program_flush(why);
}

int main(int argc, char *argv[])
{
	static const struct option options[] = {{"output", required_argument, NULL, 'o'},
		{"via", required_argument, NULL, 'v'}, {"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0}};
	const char *output = NULL, *via = NULL, *verb;
	bool right = true;
	struct msg why;
	int option;

	program_start("gpu-handoff-acpi");
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'o') {
			output = optarg;
		} else if (option == 'v') {
			via = optarg;
		} else {
			fputs(usage, option == 'h' ? stdout : stderr);
			return option == 'h' ? EXIT_DONE : EXIT_USAGE;
		}
	}
	verb = optind < argc ? argv[optind] : "";
	if (via)
		right = strcmp(via, "tables") == 0 && strcmp(verb, "vbios") == 0 && output;
	else
		right = strcmp(verb, "vbios") == 0 || strcmp(verb, "battery") == 0;
	if (!right || argc - optind != (via ? 2 : 1)) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	if (run(verb, via ? argv[optind + 1] : NULL, output, &why) == 0)
		return EXIT_DONE;
	say(LOG_ERR, "%s", why.text);
	return EXIT_REFUSED;
}
