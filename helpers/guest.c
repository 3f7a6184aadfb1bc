/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gpu-handoff-guest: a guest's domain XML, so that it gets a vGPU, the host's dGPU or both. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/program.h"
#include "base/text.h"
#include "guest/verbs.h"

static const char usage[] =
	"usage: gpu-handoff-guest (plan | apply) [OPTION...] ([--] DOMAIN | --xml FILE)\n"
	"       gpu-handoff-guest (migrate | lint) ([--] DOMAIN | --xml FILE)\n"
	"       gpu-handoff-guest undo [--force] [--] DOMAIN\n"
	"Edits a libvirt guest so that it gets a vGPU, the host's dGPU, or both.\n"
	"  plan     show what apply would change, and change nothing\n"
	"  apply    change it so that it has what the options say\n"
	"  migrate  write what was made for an older libvirt as today's wants it\n"
	"  undo     bring back the definition of before the first apply or migrate\n"
	"  lint     print what is known to make trouble\n"
	"  --vgpu[=UUID]               a virtual GPU of the Intel GPU (GVT-g)\n"
	"  --dgpu[=ADDRESS]            the host's dGPU, or the GPU at that PCI address\n"
	"  --subsystem VENDOR:DEVICE   its subsystem IDs where the card shows none\n"
	"  --display on|off            the guest shows on the vGPU, or on what it has\n"
	"  --resolution WxH            of the vGPU's display, for example 1920x1080\n"
	"  --battery                   a battery, which drivers of laptop cards want\n"
	"  --vbios FILE                the dGPU's option ROM is in FILE\n"
	"  --rom FILE                  the vGPU's firmware is in FILE\n"
	"  --hide-hypervisor           as NVIDIA's drivers before 465 want it\n"
	"  --id VENDOR:DEVICE, --functions N,N...  the dGPU is that one, in another host\n"
	"  --force                     undo later edits of others, too\n"
	"  --connect URI               the system's libvirt (qemu:///system)\n"
	"  --xml FILE                  edit FILE (-: stdin); the result is on stdout\n"
	"  --libvirt-version V, --qemu-version V   for those versions, as 9.0.0\n"
	"See gpu-handoff-guest(8).\n";

enum { WIDTH_MIN = 64, WIDTH_MAX = 16384, OPTIONS = 128 };

/* What is chosen with an option, by its letter. */
static bool given[OPTIONS];

static void tell(const char *line)
{
	say(LOG_WARNING, "%s", line);
}

static bool parse_number(const char **text, char after, unsigned int *out)
{
	unsigned int value = 0, digits = 0;

	for (; **text >= '0' && **text <= '9' && digits < 6; digits++)
		value = value * 10 + (unsigned int)(*(*text)++ - '0');
	if (digits == 0 || *(*text)++ != after || value < WIDTH_MIN || value > WIDTH_MAX)
		return false;
	*out = value;
	return true;
}

static bool parse_functions(const char *text, unsigned int *out)
{
	unsigned int mask = 0;

	for (;; text += 2) {
		if (*text < '0' || *text > '7')
			return false;
		mask |= 1u << (*text - '0');
		if (!text[1])
			break;
		if (text[1] != ',')
			return false;
	}
	*out = mask;
	return true;
}

/* The options of a wish; false if the value is none. */
static bool read_wish(int option, const char *value, struct edit_wish *w)
{
	switch (option) {
	case 'v':
		w->wish.vgpu = true;
		return !value || text_uuid(value, w->wish.vgpu_uuid);
	case 'd':
		w->wish.dgpu = true;
		return !value || address_parse(value, w->card.address);
	case 's':
		return address_parse_id(value, &w->card.subvendor, &w->card.subdevice) &&
		       w->card.subvendor != 0;
	case 'p':
		w->wish.display = strcmp(value, "on") == 0 ? WISH_DISPLAY_ON : WISH_DISPLAY_OFF;
		return strcmp(value, "on") == 0 || strcmp(value, "off") == 0;
	case 'r':
		return parse_number(&value, 'x', &w->wish.width) &&
		       parse_number(&value, '\0', &w->wish.height);
	case 'b':
		return w->wish.battery = true;
	case 'o':
		w->vbios = value;
		return *value;
	case 'R':
		w->rom = value;
		return *value;
	case 'H':
		return w->wish.hide = true;
	case 'i':
		return address_parse_id(value, &w->card.vendor, &w->card.device) &&
		       w->card.vendor != 0;
	default:
		return option == 'F' && parse_functions(value, &w->card.functions);
	}
}

static bool read_option(int option, char *value, struct request *r)
{
	struct edit_source *source = &r->source;

	switch (option) {
	case 'x':
		source->file = value;
		return *value;
	case 'c':
		source->connect = value;
		return *value;
	case 'l':
		return versions_parse(value, &source->versions.libvirt, NULL) == 0;
	case 'q':
		return versions_parse(value, &source->versions.qemu, NULL) == 0;
	case 'f':
		return r->force = true;
	default:
		return read_wish(option, value, &r->wish);
	}
}

static bool has_any(const char *letters)
{
	for (; *letters; letters++)
		if (given[(unsigned char)*letters])
			return true;
	return false;
}

/* What is wrong with the options together, or NULL. */
static const char *complaint(const char *verb, const struct request *r)
{
	bool wishes = strcmp(verb, "plan") == 0 || strcmp(verb, "apply") == 0;
	bool undo = strcmp(verb, "undo") == 0;
	const struct card_hint *card = &r->wish.card;

	if (!r->source.file == !r->source.domain)
		return "name one guest: a DOMAIN or --xml FILE";
	if (undo && r->source.file)
		return "nothing is kept of a file that undo could bring back; name a DOMAIN";
	if (!undo && r->force)
		return "--force goes with undo alone";
	if (!wishes && has_any("vdsprboRHiF"))
		return "what the guest shall have goes with plan and apply alone";
	if (wishes && !has_any("vdprboRH"))
		return "say what the guest shall have: --vgpu, --dgpu, --display, --resolution, "
		       "--battery, --vbios, --rom, --hide-hypervisor";
	if (r->source.file ? has_any("c") : has_any("lq"))
		return r->source.file ? "--connect goes with a DOMAIN"
				      : "--libvirt-version and --qemu-version go with --xml";
	if (has_any("s") && !has_any("do"))
		return "--subsystem goes with --dgpu or --vbios";
	if (has_any("i") && (!r->source.file || (has_any("d") ? !*card->address : !has_any("o"))))
		return "--id goes with --xml and --dgpu=ADDRESS, or --vbios";
	if (has_any("F") && !(has_any("i") && has_any("d")))
		return "--functions goes with --id and --dgpu=ADDRESS";
	return NULL;
}

static const struct verb {
	const char *name;
	int (*run)(struct request *r, struct msg *why);
} verbs[] = {{"plan", verb_plan}, {"apply", verb_apply}, {"migrate", verb_migrate},
	{"undo", verb_undo}, {"lint", verb_lint}};

static const struct verb *read_arguments(int count, char *argument[], struct request *r)
{
	if (count == 2)
		r->source.domain = argument[1];
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs) && count > 0 && count < 3; i++)
		if (strcmp(verbs[i].name, argument[0]) == 0)
			return &verbs[i];
	return NULL;
}

/* An optional value stands behind a =, which is easily forgotten: what is wrong then, or NULL. */
static const char *stray_value(int count, char *argument[], const struct request *r)
{
	char address[ADDRESS_SIZE], uuid[37];

	for (int i = 1; i < count && (count > 2 || r->source.file); i++) {
		if (given['d'] && address_parse(argument[i], address))
			return "the address belongs behind a =, as in --dgpu=0000:01:00.0";
		if (given['v'] && text_uuid(argument[i], uuid))
			return "the vGPU's UUID belongs behind a =, as in --vgpu=UUID";
	}
	return NULL;
}

/* libvirt's own waits are shorter. Whatever was begun, undo takes back. */
static void no_answer(int signal)
{
	static const char text[] =
		"gpu-handoff-guest: libvirt has not answered within 60 seconds; see systemctl "
		"status libvirtd virtqemud, and try again\n";

	(void)signal;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(EXIT_REFUSED);
	_exit(EXIT_REFUSED);
}

static int run(const struct verb *verb, struct request *r)
{
	struct msg why;
	int result;

	/* a definition is there for everybody to read, a change is not to be cut short */
	if (r->source.file || verb->run == verb_plan || verb->run == verb_lint)
		program_interruptible(true);
	signal(SIGALRM, no_answer);
	result = verb->run(r, &why);
	if (result >= 0 && program_flush(&why) < 0)
		result = -EIO;
	if (result < 0) {
		fflush(stdout);
		say(LOG_ERR, "%s", why.text);
	}
	return result < 0 ? EXIT_REFUSED : result;
}

int main(int argc, char *argv[])
{
	static const struct option options[] = {{"vgpu", optional_argument, NULL, 'v'},
		{"dgpu", optional_argument, NULL, 'd'}, {"subsystem", required_argument, NULL, 's'},
		{"display", required_argument, NULL, 'p'},
		{"resolution", required_argument, NULL, 'r'}, {"battery", no_argument, NULL, 'b'},
		{"vbios", required_argument, NULL, 'o'}, {"rom", required_argument, NULL, 'R'},
		{"hide-hypervisor", no_argument, NULL, 'H'}, {"id", required_argument, NULL, 'i'},
		{"functions", required_argument, NULL, 'F'}, {"force", no_argument, NULL, 'f'},
		{"connect", required_argument, NULL, 'c'}, {"xml", required_argument, NULL, 'x'},
		{"libvirt-version", required_argument, NULL, 'l'},
		{"qemu-version", required_argument, NULL, 'q'}, {"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0}};
	static struct request r = {.tell = tell};
	const struct verb *verb;
	const char *wrong;
	int option;

	program_start("gpu-handoff-guest");
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			return EXIT_DONE;
		}
		if (option == '?' || !read_option(option, optarg, &r)) {
			fputs(usage, stderr);
			return EXIT_USAGE;
		}
		given[option] = true;
	}
	wrong = stray_value(argc - optind, argv + optind, &r);
	verb = read_arguments(argc - optind, argv + optind, &r);
	if (!verb && !wrong) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	if (!wrong)
		wrong = complaint(verb->name, &r);
	if (!wrong)
		return run(verb, &r);
	say(LOG_ERR, "%s", wrong);
	return EXIT_USAGE;
}
