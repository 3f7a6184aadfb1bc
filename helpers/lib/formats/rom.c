/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/rom.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* Offsets in an image's header, in its data structure, and in NVIDIA's second one. */
enum {
	HEADER_POINTER = 0x18,
	HEADER_SIZE = 0x1a,
	HEADER_SUBVENDOR = 0x54, /* NVIDIA, x86 */
	HEADER_SUBDEVICE = 0x56,
	DATA_VENDOR = 0x04,
	DATA_DEVICE = 0x06,
	DATA_LENGTH = 0x0a,
	DATA_CLASS = 0x0d,
	DATA_IMAGE_LENGTH = 0x10,
	DATA_CODE = 0x14,
	DATA_INDICATOR = 0x15,
	DATA_SIZE = 0x18,
	NPDE_IMAGE_LENGTH = 0x08,
	NPDE_INDICATOR = 0x0a,
	NPDE_FLAGS = 0x0b,
	NPDE_SIZE = 0x0c,
};

enum { UNIT = 512, INDICATOR_LAST = 0x80, FLAG_NO_CHECKSUM = 0x04, VENDOR_NVIDIA = 0x10de };

static unsigned int read16(const uint8_t *at)
{
	return at[0] | (unsigned int)at[1] << 8;
}

/* What is left of the input from where an image begins; all offsets are from there. */
struct view {
	const uint8_t *at;
	size_t left;
};

static bool fits(const struct view *view, size_t offset, size_t size)
{
	return offset <= view->left && size <= view->left - offset;
}

static bool tag_at(const struct view *view, size_t offset, const char *tag)
{
	return fits(view, offset, 4) && memcmp(view->at + offset, tag, 4) == 0;
}

static bool data_at(const struct view *view, size_t offset)
{
	return fits(view, offset, DATA_SIZE) &&
	       (tag_at(view, offset, "PCIR") || tag_at(view, offset, "NPDS") ||
		       tag_at(view, offset, "RGIS"));
}

/* Read as numbers of 16 bits these are aa55, bb77 and 4e56; the last begins no chain. */
static const char *signature_at(const struct view *view)
{
	static const struct {
		char bytes[2], name[5];
	} signatures[] = {{"\x55\xaa", "55aa"}, {"\x77\xbb", "bb77"}, {"VN", "VN"}};

	for (size_t i = 0; i < sizeof(signatures) / sizeof(*signatures); i++)
		if (fits(view, 0, 2) && memcmp(view->at, signatures[i].bytes, 2) == 0)
			return signatures[i].name;
	return NULL;
}

static int fail(struct rom_chain *chain, const char *what, unsigned long long number)
{
	return msg_fail(&chain->why, EINVAL, "image %zu at 0x%zx %s 0x%llx", chain->images,
		chain->end, what, number);
}

/* Where the data structure is, 0 if there is none and why. */
static size_t find_data(const struct view *view, struct rom_chain *chain)
{
	size_t pointer;

	if (!fits(view, 0, HEADER_SIZE)) {
		fail(chain, "has no whole header: the input ends at", chain->end + view->left);
		return 0;
	}
	pointer = read16(view->at + HEADER_POINTER);
	if (!fits(view, pointer, DATA_SIZE)) {
		fail(chain, "points out of the input: its data structure would be at",
			chain->end + pointer);
		return 0;
	}
	if (pointer < HEADER_SIZE || !data_at(view, pointer)) {
		fail(chain, "has no data structure (PCIR, NPDS, RGIS) at", chain->end + pointer);
		return 0;
	}
	return pointer;
}

/* NVIDIA's second structure, on the next boundary of 16 bytes, or NULL. */
static const uint8_t *find_npde(const struct view *view, size_t data)
{
	size_t at = (data + read16(view->at + data + DATA_LENGTH) + 15) & ~(size_t)15;

	if (!fits(view, at, NPDE_SIZE) || !tag_at(view, at, "NPDE"))
		return NULL;
	return view->at + at;
}

static bool sums_up(const uint8_t *at, size_t length)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < length; i++)
		sum = (uint8_t)(sum + at[i]);
	return sum == 0;
}

static void read_image(const struct view *view, size_t data, struct rom_image *image)
{
	const uint8_t *d = view->at + data, *npde = find_npde(view, data);

	image->vendor = read16(d + DATA_VENDOR);
	image->device = read16(d + DATA_DEVICE);
	image->class = d[DATA_CLASS] | read16(d + DATA_CLASS + 1) << 8;
	image->code = d[DATA_CODE];
	image->length =
		(size_t)UNIT * read16(npde ? npde + NPDE_IMAGE_LENGTH : d + DATA_IMAGE_LENGTH);
	image->last = (npde ? npde[NPDE_INDICATOR] : d[DATA_INDICATOR]) & INDICATOR_LAST;
	if (image->code == 0 && image->length <= view->left &&
		!(npde && npde[NPDE_FLAGS] & FLAG_NO_CHECKSUM))
		image->checksum =
			sums_up(view->at, image->length) ? ROM_CHECKSUM_OK : ROM_CHECKSUM_BAD;
}

/* Firmware of one card may leave the vendor open, and NVIDIA's own images name what they like. */
static bool strange_vendor(const struct rom_chain *chain, const struct rom_image *image, bool pcir)
{
	return pcir && chain->images > 0 && image->vendor != 0 && image->vendor != chain->vendor;
}

static int check_image(const struct view *view, size_t data, const struct rom_image *image,
	struct rom_chain *chain)
{
	if (image->length == 0)
		return fail(chain, "has no length in its data structure at", chain->end + data);
	if (image->length > view->left)
		return fail(chain, "is cut off: it would end at", chain->end + image->length);
	if (data + DATA_SIZE > image->length)
		return fail(chain, "ends before its own data structure at", chain->end + data);
	if (strange_vendor(chain, image, tag_at(view, data, "PCIR"))) {
		fail(chain, "is not of the first one's vendor but of", image->vendor);
		return -EXDEV;
	}
	return 0;
}

static int next_image(const struct view *view, struct rom_chain *chain)
{
	struct rom_image *image = &chain->image[chain->images];
	const char *signature = signature_at(view);
	struct rom_image found = {.offset = chain->end};
	size_t data;
	int err;

	if (view->left == 0)
		return fail(chain, "is missing: none before it is the last, and the input ends at",
			chain->end);
	if (!signature || (chain->images == 0 && strcmp(signature, "VN") == 0))
		return fail(chain, "has no signature (55aa, bb77, VN) but",
			view->left < 2 ? view->at[0] : read16(view->at));
	text_copy(found.signature, sizeof(found.signature), signature);
	data = find_data(view, chain);
	if (data == 0)
		return -EINVAL;
	read_image(view, data, &found);
	if (chain->images == 0) {
		chain->vendor = found.vendor;
		chain->device = found.device;
	}
	err = check_image(view, data, &found, chain);
	if (err < 0)
		return err;
	*image = found;
	chain->images++;
	chain->end += found.length;
	return 0;
}

static bool known(unsigned int id)
{
	return id != 0 && id != 0xffff;
}

static void read_subsystem(const uint8_t *data, struct rom_chain *chain)
{
	const struct rom_image *first = &chain->image[0];
	unsigned int vendor, device;

	if (first->vendor != VENDOR_NVIDIA || first->code != 0)
		return;
	vendor = read16(data + first->offset + HEADER_SUBVENDOR);
	device = read16(data + first->offset + HEADER_SUBDEVICE);
	if (known(vendor) && known(device)) {
		chain->subvendor = vendor;
		chain->subdevice = device;
	}
}

int rom_walk(const uint8_t *data, size_t size, size_t offset, struct rom_chain *out)
{
	memset(out, 0, sizeof(*out));
	out->offset = out->end = offset;
	out->bytes = data + offset;
	do {
		struct view view = {data + out->end, size - out->end};
		int err;

		if (out->images == ROM_IMAGES_MAX)
			return fail(out,
				"is one too many: none before it is the last, and the limit is",
				ROM_IMAGES_MAX);
		err = next_image(&view, out);
		if (err < 0)
			return err;
		if (out->images == 1)
			read_subsystem(data, out);
	} while (!out->image[out->images - 1].last);
	out->whole = true;
	return 0;
}

int rom_begins(const uint8_t *data, size_t size, size_t offset)
{
	struct view view = {data + offset, size - offset};
	const char *signature = signature_at(&view);
	size_t pointer;

	if (!signature || strcmp(signature, "VN") == 0 || !fits(&view, 0, HEADER_SIZE))
		return -ENOENT;
	pointer = read16(view.at + HEADER_POINTER);
	if (pointer < HEADER_SIZE || !data_at(&view, pointer))
		return -ENOENT;
	return view.at[pointer + DATA_CODE];
}

const char *rom_code_name(unsigned int code)
{
	switch (code) {
	case 0x00:
		return "x86";
	case 0x01:
		return "OpenFirmware";
	case 0x02:
		return "PA-RISC";
	case 0x03:
		return "EFI";
	case 0x70:
		return "NBSI";
	case 0xe0:
		return "NVIDIA";
	default:
		return "-";
	}
}

void rom_image_line(const struct rom_image *image, char out[static ROM_LINE_SIZE])
{
	static const char *const checksums[] = {"-", "ok", "bad"};

	snprintf(out, ROM_LINE_SIZE,
		"0x%zx %s %04x:%04x class %06x code %02x %s length %zu checksum %s%s",
		image->offset, image->signature, image->vendor, image->device, image->class,
		image->code, rom_code_name(image->code), image->length, checksums[image->checksum],
		image->last ? " last" : "");
}
