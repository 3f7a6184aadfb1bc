/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/card.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nouns/pci.h"
#include "nouns/sysfs.h"

#define DEVICES "/sys/bus/pci/devices"

enum { CARDS_MAX = 32, FUNCTIONS = 8 };

static const char *class_name(unsigned int class)
{
	/* PCI Code and ID Assignment 1.4, the upper two bytes of a class */
	static const struct {
		unsigned int class;
		const char *name;
	} names[] = {{0x0106, "a SATA controller"}, {0x0108, "an NVMe disk"},
		{0x0200, "a network controller"}, {0x0280, "a network controller"},
		{0x0403, "a sound device"}, {0x0604, "a PCI bridge"}, {0x0c03, "a USB controller"},
		{0x0c80, "a serial bus controller"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].class == class >> 8)
			return names[i].name;
	return "another device";
}

/* Reads function NUMBER of the slot that ADDRESS is in. */
static int read_function(const char *address, unsigned int number, struct pci_function *out)
{
	char sibling[ADDRESS_SIZE];

	memcpy(sibling, address, sizeof(sibling));
	sibling[strlen(sibling) - 1] = (char)('0' + number);
	return pci_read(sibling, out);
}

static void read_address(const char *address, struct wish_card *out, unsigned int *function)
{
	sscanf(address, "%x:%x:%x.%x", &out->domain, &out->bus, &out->slot, function);
}

static unsigned int read_id(const char *address, const char *name)
{
	unsigned long long id;

	return sysfs_number(&id, DEVICES "/%s/%s", address, name) < 0 ? 0 : (unsigned int)id;
}

/* Zeros, as firmware leaves them in some laptops, are what a person may fill. */
static int set_subsystem(
	const char *address, const struct card_hint *hint, struct wish_card *card, struct msg *why)
{
	card->subvendor = read_id(address, "subsystem_vendor");
	card->subdevice = read_id(address, "subsystem_device");
	if (hint->subvendor == 0 && hint->subdevice == 0)
		return 0;
	if (card->subvendor == hint->subvendor && card->subdevice == hint->subdevice)
		return 0;
	if (card->subvendor != 0 || card->subdevice != 0)
		return msg_fail(why, EINVAL,
			"%s says itself that its subsystem is %04x:%04x; leave out --subsystem",
			address, card->subvendor, card->subdevice);
	card->subvendor = hint->subvendor;
	card->subdevice = hint->subdevice;
	card->subsystem_given = true;
	return 0;
}

/* A function of this host as a card with all functions of its slot; a virtual one is alone. */
static int fill(const struct pci_function *gpu, const struct card_hint *hint, struct wish_card *out,
	struct msg *why)
{
	struct wish_card card = {.vendor = gpu->vendor, .device = gpu->device};
	struct pci_function f;
	unsigned int own = 0;
	int err;

	read_address(gpu->address, &card, &own);
	for (unsigned int i = 0; i < FUNCTIONS; i++) {
		if (i != own && (gpu->is_virtual || read_function(gpu->address, i, &f) < 0 ||
					f.is_virtual || pci_is_bridge(&f)))
			continue;
		if (i < own)
			return msg_fail(why, EINVAL,
				"%s is not the first function of its card, that is %s (%s); this "
				"order cannot be kept in a guest",
				gpu->address, f.address, class_name(f.class));
		card.function[card.functions++] = i;
	}
	err = set_subsystem(gpu->address, hint, &card, why);
	if (err == 0)
		*out = card;
	return err;
}

/* A card of another machine is what the hint says. */
static void fill_foreign(const struct card_hint *hint, struct wish_card *out)
{
	struct wish_card card = {.vendor = hint->vendor,
		.device = hint->device,
		.subvendor = hint->subvendor,
		.subdevice = hint->subdevice,
		.subsystem_given = hint->subvendor != 0 || hint->subdevice != 0};
	unsigned int own = 0;

	read_address(hint->address, &card, &own);
	for (unsigned int i = 0; i < FUNCTIONS; i++)
		if (i == own || (hint->functions >> i & 1))
			card.function[card.functions++] = i;
	*out = card;
}

static int choose_named(const struct card_hint *hint, struct wish_card *out, struct msg *why)
{
	struct pci_function named, f;
	int err = pci_read(hint->address, &named);

	if (err == -ENODEV)
		return msg_fail(why, ENODEV,
			"there is no PCI function %s in this host (see lspci -D); --xml FILE with "
			"--id VENDOR:DEVICE prepares for another host",
			hint->address);
	if (err < 0)
		return msg_fail(why, -err, "%s cannot be read: %s", hint->address, strerror(-err));
	if (pci_is_display(&named))
		return fill(&named, hint, out, why);
	for (unsigned int i = 0; i < FUNCTIONS; i++)
		if (read_function(hint->address, i, &f) == 0 && pci_is_display(&f))
			return msg_fail(why, EINVAL,
				"%s is %s (class %06x) and no GPU; the GPU beside it is %s",
				hint->address, class_name(named.class), named.class, f.address);
	return msg_fail(why, EINVAL, "%s is %s (class %06x) and no GPU; see lspci -D",
		hint->address, class_name(named.class), named.class);
}

/* GPUs that may be meant, one a slot. */
struct found {
	size_t all, cards, quiet; /* QUIET: not the firmware's */
	struct pci_function card[CARDS_MAX], last_quiet;
};

static void add(const struct pci_function *f, struct found *found)
{
	found->all++;
	if ((f->vendor == 0x8086 && strncmp(f->address, "0000:00:", 8) == 0) ||
		found->cards >= CARDS_MAX)
		return;
	found->card[found->cards++] = *f;
	if (!f->boot_vga) {
		found->quiet++;
		found->last_quiet = *f;
	}
}

static int find(struct found *found, struct msg *why)
{
	char last[ADDRESS_SIZE] = "", **names;
	int count = sysfs_list(&names, PCI_FUNCTIONS_MAX, DEVICES);

	if (count == -ENOENT)
		return 0;
	if (count < 0)
		return msg_fail(why, -count, DEVICES " cannot be read: %s", strerror(-count));
	for (int i = 0; i < count; i++) {
		struct pci_function f;

		if (pci_read(names[i], &f) < 0 || !pci_is_display(&f) || f.is_virtual ||
			address_same_slot(f.address, last))
			continue;
		memcpy(last, f.address, sizeof(last));
		add(&f, found);
	}
	free(names);
	return 0;
}

static int list(const struct found *found, struct msg *why)
{
	char text[CARDS_MAX * 64] = "";

	for (size_t i = 0, n = 0; i < found->cards && n < sizeof(text); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s (%04x:%04x)", i ? ", " : "",
			found->card[i].address, found->card[i].vendor, found->card[i].device);
	return msg_fail(why, ENOTUNIQ, "this host has several GPUs, %s; say which with --dgpu=%s",
		text, found->card[0].address);
}

static int choose_found(const struct card_hint *hint, struct wish_card *out, struct msg *why)
{
	static struct found found;
	int err;

	found = (struct found){0};
	err = find(&found, why);
	if (err < 0)
		return err;
	if (found.cards == 0)
		return msg_fail(why, ENODEV,
			found.all ? "this host has no GPU besides that of the processor; name it "
				    "with --dgpu=ADDRESS if that one is meant"
				  : "this host has no GPU");
	if (found.all == 1)
		return msg_fail(why, ENOTUNIQ,
			"%s is the only GPU of this host, which has no picture while the guest "
			"runs; if that is meant, say --dgpu=%s",
			found.card[0].address, found.card[0].address);
	if (found.cards == 1)
		return fill(&found.card[0], hint, out, why);
	if (found.quiet != 1)
		return list(&found, why);
	return fill(&found.last_quiet, hint, out, why);
}

int card_choose(const struct card_hint *hint, struct wish_card *out, struct msg *why)
{
	if (hint->vendor != 0 && *hint->address) {
		fill_foreign(hint, out);
		return 0;
	}
	return *hint->address ? choose_named(hint, out, why) : choose_found(hint, out, why);
}

int card_of_guest(
	const struct xml *xml, const struct card_hint *hint, struct wish_card *out, struct msg *why)
{
	static const char path[] = "devices/hostdev[@mode='subsystem' and @type='pci']";
	size_t count = xml_count(xml, NULL, path);
	struct pci_function gpu = {.address = ""}, f;

	for (size_t i = 0; i < count; i++) {
		xmlNode *at = xml_find(xml, xml_at(xml, NULL, path, i), "source/address");
		char address[64];
		struct card_hint one = *hint;

		if (!at)
			continue;
		snprintf(address, sizeof(address), "%04lx:%02lx:%02lx.%lx",
			xml_number(at, "domain", 0), xml_number(at, "bus", 0),
			xml_number(at, "slot", 0), xml_number(at, "function", 0));
		if (!address_parse(address, one.address))
			continue;
		if (hint->vendor != 0 && one.address[strlen(one.address) - 1] == '0') {
			fill_foreign(&one, out);
			return 0;
		}
		if (hint->vendor != 0 || pci_read(one.address, &f) < 0 || !pci_is_display(&f))
			continue;
		if (*gpu.address && !address_same_slot(gpu.address, f.address))
			return msg_fail(why, ENOTUNIQ,
				"the guest has several GPUs of this host, %s and %s; say which the "
				"option ROM is for with --dgpu=ADDRESS",
				gpu.address, f.address);
		if (!*gpu.address)
			gpu = f;
	}
	if (*gpu.address)
		return fill(&gpu, hint, out, why);
	return msg_fail(why, ENOENT,
		"the guest has no GPU of this host that the option ROM could be for; add --dgpu");
}
