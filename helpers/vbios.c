/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gpu-handoff-vbios: option ROMs of cards, from the cards themselves and from files. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/program.h"
#include "base/publish.h"
#include "firmware/read.h"
#include "firmware/rom-report.h"
#include "formats/address.h"
#include "formats/rom-choice.h"
#include "nouns/card-rom.h"
#include "nouns/pci.h"
#include "nouns/sysfs.h"

static const char usage[] =
	"usage: gpu-handoff-vbios list ([--contents] FILE | --card ADDRESS)\n"
	"               [--timeout SECONDS]\n"
	"       gpu-handoff-vbios check (--card ADDRESS | --id VENDOR:DEVICE) [FILE]\n"
	"       gpu-handoff-vbios extract --output ROM [--force]\n"
	"               [--card ADDRESS | --id VENDOR:DEVICE]\n"
	"               [--subsystem VENDOR:DEVICE] [--candidate NUMBER] [FILE]\n"
	"Reads option ROMs (video BIOSes) in FILE, a firmware update for example, or in\n"
	"the card itself if there is no FILE.\n"
	"  list     print each image of each ROM, and where the ROM ends\n"
	"  check    say whether the ROM of a card is there and whole\n"
	"  extract  write the ROM of a card without what lies around it\n"
	"  --contents                 print also what FILE is made of\n"
	"  --card ADDRESS             the card is that PCI function\n"
	"  --id VENDOR:DEVICE         the card has these IDs\n"
	"  --subsystem VENDOR:DEVICE  of several ROMs, the one of that board\n"
	"  --candidate NUMBER         of several ROMs that match, that one, from 1 on\n"
	"  --output ROM               the file to write\n"
	"  --force                    replace that file\n"
	"  --timeout SECONDS          how long the card, or unpacking FILE, may take (30)\n"
	"See gpu-handoff-vbios(8).\n";

enum { SECONDS = 30, SECONDS_MAX = 3600, CARD_BYTES_MAX = 16 << 20 };

struct request {
	int (*use)(const struct request *r, const struct rom *rom, struct msg *why);
	const char *file, *output;
	char card[ADDRESS_SIZE];
	struct rom_wish wish;
	bool has_id, has_subsystem, force, contents;
	unsigned int seconds, candidate;
};

/* Returns EXIT_REFUSED if a ROM is broken; its reason is told where it comes. */
static int list(const struct request *r, const struct rom *rom, struct msg *why)
{
	(void)r;
	(void)why;
	return rom_report_list(rom) ? EXIT_DONE : EXIT_REFUSED;
}

/* That one chain is whole is enough here: several are a matter of extract. */
static int check(const struct request *r, const struct rom *rom, struct msg *why)
{
	const struct rom_chain *chain;
	int err = rom_choose(rom, &r->wish, &chain, why);

	if (err < 0 && err != -ENOTUNIQ)
		return err;
	rom_report_candidates(rom, &r->wish);
	if (err == 0)
		rom_report_doubts(chain, &r->wish);
	return EXIT_DONE;
}

static int extract(const struct request *r, const struct rom *rom, struct msg *why)
{
	const struct rom_chain *chain;
	char place[ROM_PLACE_SIZE + 4];
	int err = r->candidate ? rom_choose_candidate(rom, &r->wish, r->candidate, &chain, why)
			       : rom_choose(rom, &r->wish, &chain, why);

	if (err == 0 || err == -ENOTUNIQ)
		rom_report_candidates(rom, &r->wish);
	if (err < 0)
		return err;
	rom_report_doubts(chain, &r->wish);
	err = publish(r->output, chain->bytes, chain->end - chain->offset, 0644, r->force);
	if (err == -EEXIST)
		say(LOG_ERR, "%s exists; --force replaces it", r->output);
	else if (err < 0)
		say(LOG_ERR, "%s cannot be written: %s", r->output, strerror(-err));
	else
		printf("%s: %zu bytes from 0x%zx%s\n", r->output, chain->end - chain->offset,
			chain->offset, rom_in_place(chain, place));
	return err < 0 ? EXIT_REFUSED : EXIT_DONE;
}

static int use_firmware(const struct request *r, const struct firmware *firmware, struct msg *why)
{
	rom_report_notes(firmware);
	if (firmware->rom.chains > 0)
		return r->use(r, &firmware->rom, why);
	if (firmware->unpacked > 0)
		return msg_fail(why, ENOENT,
			"there is no option ROM in %zu bytes, nor in the %zu that come out of them",
			firmware->size, firmware->unpacked);
	return msg_fail(why, ENOENT, "there is no option ROM in %zu bytes", firmware->size);
}

static int use_file(const struct request *r, struct msg *why)
{
	struct firmware *firmware;
	struct msg reason;
	int err = firmware_read_file(r->file, r->seconds, r->contents, &firmware, why);

	if (err < 0)
		return err;
	err = use_firmware(r, firmware, &reason);
	firmware_free(firmware);
	return err < 0 ? msg_fail(why, -err, "%s: %s", r->file, reason.text) : err;
}

static int use_bytes(const struct request *r, const uint8_t *data, size_t size, struct msg *why)
{
	static struct rom rom;
	int err = rom_find(data, size, &rom, why);

	return err < 0 ? err : r->use(r, &rom, why);
}

/* The first source that gives what is wanted; if none does, the first one's reason counts. Where it
 * is not the ROM that is at fault, the next one is not asked. */
static int use_card(const struct request *r, struct msg *why)
{
	int first = 0;

	for (enum card_rom_source source = 0; source < CARD_ROM_SOURCES; source++) {
		struct msg reason;
		uint8_t *data;
		size_t size;
		int err = card_rom_read(
			source, r->card, r->seconds, CARD_BYTES_MAX, &data, &size, &reason);

		if (err == 0) {
			err = use_bytes(r, data, size, &reason);
			free(data);
		}
		if (err >= 0)
			return err;
		if (first == 0) {
			first = err;
			*why = reason;
		}
		if (err != -ENOENT && err != -EINVAL && err != -EIO)
			break;
	}
	return first;
}

static int read_card(struct request *r, struct msg *why)
{
	struct pci_function f;
	unsigned long long vendor = 0, device = 0;
	int err = pci_read(r->card, &f);

	if (err < 0)
		return msg_fail(why, -err, "there is no PCI function %s", r->card);
	r->wish.vendor = f.vendor;
	r->wish.device = f.device;
	if (r->has_subsystem)
		return 0;
	if (sysfs_number(&vendor, "/sys/bus/pci/devices/%s/subsystem_vendor", r->card) == 0 &&
		sysfs_number(&device, "/sys/bus/pci/devices/%s/subsystem_device", r->card) == 0) {
		r->wish.subvendor = (unsigned int)vendor;
		r->wish.subdevice = (unsigned int)device;
	}
	return 0;
}

static int run(struct request *r, struct msg *why)
{
	struct stat st;
	int err = *r->card ? read_card(r, why) : 0;

	if (err < 0)
		return err;
	if (r->output && !r->force && lstat(r->output, &st) == 0)
		return msg_fail(why, EEXIST, "%s exists; --force replaces it", r->output);
	return r->file ? use_file(r, why) : use_card(r, why);
}

/* Do the options go with the verb? */
static bool complete(const struct request *r)
{
	if (!r->use || (!r->file && !*r->card) || (r->has_id && *r->card))
		return false;
	if ((r->use == extract) != (r->output != NULL) ||
		((r->force || r->candidate > 0) && !r->output))
		return false;
	if (r->contents && (r->use != list || !r->file))
		return false;
	if (r->use == list)
		return !(r->file && *r->card) && !r->has_id && !r->has_subsystem;
	if (r->use == check)
		return (*r->card || r->has_id) && !r->has_subsystem;
	return !r->has_subsystem || *r->card || r->has_id;
}

static bool read_number(const char *text, unsigned long max, unsigned int *out)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || value < 1 || value > max)
		return false;
	*out = (unsigned int)value;
	return true;
}

static bool read_option(int option, struct request *r)
{
	switch (option) {
	case 'c':
		return address_parse(optarg, r->card);
	case 'i':
		r->has_id = true;
		return address_parse_id(optarg, &r->wish.vendor, &r->wish.device) &&
		       r->wish.vendor != 0;
	case 's':
		r->has_subsystem = true;
		return address_parse_id(optarg, &r->wish.subvendor, &r->wish.subdevice);
	case 'a':
		r->contents = true;
		return true;
	case 'o':
		r->output = optarg;
		return *optarg;
	case 'f':
		r->force = true;
		return true;
	case 't':
		return read_number(optarg, SECONDS_MAX, &r->seconds);
	case 'n':
		return read_number(optarg, ROM_CHAINS_MAX, &r->candidate);
	default:
		return false;
	}
}

static bool read_arguments(int count, char *const argument[], struct request *r)
{
	static const struct {
		const char *name;
		int (*use)(const struct request *r, const struct rom *rom, struct msg *why);
	} verbs[] = {{"list", list}, {"check", check}, {"extract", extract}};

	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs) && count > 0; i++)
		if (strcmp(verbs[i].name, argument[0]) == 0)
			r->use = verbs[i].use;
	if (count == 2)
		r->file = argument[1];
	return count <= 2 && complete(r);
}

int main(int argc, char *argv[])
{
	static const struct option options[] = {{"card", required_argument, NULL, 'c'},
		{"id", required_argument, NULL, 'i'}, {"subsystem", required_argument, NULL, 's'},
		{"output", required_argument, NULL, 'o'}, {"force", no_argument, NULL, 'f'},
		{"contents", no_argument, NULL, 'a'}, {"candidate", required_argument, NULL, 'n'},
		{"timeout", required_argument, NULL, 't'}, {"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0}};
	struct request r = {.seconds = SECONDS};
	struct msg why;
	int option, result;

	program_start("gpu-handoff-vbios");
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			return EXIT_DONE;
		}
		if (!read_option(option, &r)) {
			fputs(usage, stderr);
			return EXIT_USAGE;
		}
	}
	if (!read_arguments(argc - optind, argv + optind, &r)) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	result = run(&r, &why);
	if (result >= 0 && program_flush(&why) < 0)
		result = -EIO;
	if (result < 0)
		say(LOG_ERR, "%s", why.text);
	return result < 0 ? EXIT_REFUSED : result;
}
