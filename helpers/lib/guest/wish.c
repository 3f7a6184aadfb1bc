/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/wish.h"

#include <errno.h>
#include <string.h>

/* What the rest builds upon: a PC that QEMU makes. */
static int check_machine(const struct xml *xml, struct msg *why)
{
	xmlNode *root = xml_root(xml), *type = xml_find(xml, NULL, "os/type");
	char content[32];

	if (!xml_is(root, "type", "kvm") && !xml_is(root, "type", "qemu"))
		return msg_fail(why, ENOTSUP,
			"only guests of QEMU can have a GPU: this one is of type '%s'",
			xml_get(root, "type") ? xml_get(root, "type") : "");
	if (!type || strcmp(xml_content(type, content, sizeof(content)), "hvm") != 0)
		return msg_fail(
			why, ENOTSUP, "only fully virtualized guests (os type hvm) can have a GPU");
	if (xml_get(type, "arch") && !xml_is(type, "arch", "x86_64"))
		return msg_fail(why, ENOTSUP, "only x86_64 guests are known: this one is %s",
			xml_get(type, "arch"));
	if (!xml_find(xml, NULL, "devices"))
		return msg_fail(why, EINVAL, "the domain has no <devices>; see virsh dumpxml");
	return 0;
}

static bool is_q35(const struct xml *xml)
{
	const char *machine = xml_get(xml_find(xml, NULL, "os/type"), "machine");

	return machine && (strcmp(machine, "q35") == 0 || strncmp(machine, "pc-q35-", 7) == 0);
}

static bool is_uefi(const struct xml *xml)
{
	return xml_is(xml_find(xml, NULL, "os"), "firmware", "efi") ||
	       xml_find(xml, NULL, "os/loader[@type='pflash']");
}

/* A card has its place behind a root port, and its ROM is for UEFI or in ACPI tables that speak of
 * that place. */
static int check_firmware(const struct xml *xml, const char *what, struct msg *why)
{
	const char *machine = xml_get(xml_find(xml, NULL, "os/type"), "machine");

	if (!is_q35(xml))
		return msg_fail(why, ENOTSUP,
			"%s needs a guest with the machine type q35: this one is %s; make a new "
			"guest with q35 and UEFI and give it the old disk",
			what, machine ? machine : "the default, i440fx");
	if (!is_uefi(xml))
		return msg_fail(why, ENOTSUP,
			"%s needs a guest with UEFI firmware: this one has a BIOS (SeaBIOS); make "
			"a new guest with UEFI, or move its disk to GPT and set "
			"<os firmware='efi'>",
			what);
	return 0;
}

/* Arguments of the recipe's kind name devices by their number, which changes as they get names and
 * which today's QEMU does not know at all. */
static int check_arguments(const struct xml *xml, struct msg *why)
{
	static const char arguments[] = "qemu:commandline/qemu:arg";

	for (size_t i = 0, n = xml_count(xml, NULL, arguments); i < n; i++) {
		const char *value = xml_get(xml_at(xml, NULL, arguments, i), "value");

		if (value && strncmp(value, "device.hostdev", 14) == 0)
			return msg_fail(why, EINVAL,
				"the guest has -set %.64s, which names a device by its number; run "
				"gpu-handoff guest migrate first",
				value);
	}
	return 0;
}

int wish_check(const struct xml *xml, const struct wish *wish, struct msg *why)
{
	int err = check_machine(xml, why);

	if (err == 0 && wish->dgpu)
		err = check_firmware(xml, "a dGPU", why);
	if (err == 0 && wish->vbios)
		err = check_firmware(xml, "--vbios", why);
	if (err == 0 && wish->rom)
		err = check_firmware(xml, "--rom", why);
	return err;
}

int wish_apply(
	struct xml *xml, const struct wish *wish, const struct versions *versions, struct msg *why)
{
	int err = wish_check(xml, wish, why);

	if (err == 0)
		err = check_arguments(xml, why);
	if (err == 0)
		err = wish_dgpu(xml, wish, versions, why);
	if (err == 0)
		err = wish_vgpu(xml, wish, versions, why);
	if (err == 0)
		err = wish_display(xml, wish, versions, why);
	if (err == 0)
		err = wish_tables(xml, wish, versions, why);
	if (err == 0)
		err = wish_hide(xml, wish, why);
	return err;
}
