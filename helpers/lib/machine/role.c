/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "machine/machine.h"

enum { VENDOR_AMD_GPU = 0x1002, VENDOR_AMD = 0x1022, VENDOR_INTEL = 0x8086 };
enum { CLASS_VGA = 0x0300, CLASS_3D = 0x0302 };

/* Vendors whose displays are no GPUs (https://pci-ids.ucw.cz/); device 0: all of them. */
static const struct {
	unsigned int vendor, device;
	const char *evidence;
} no_gpus[] = {
	{0x1a03, 0, "ASPEED: a server's management controller"},
	{0x102b, 0, "Matrox: a server's management controller"},
	{0x19e5, 0x1711, "Huawei: a server's management controller"},
	{0x18ca, 0, "XGI: a server's display chip"},
	{0x126f, 0, "Silicon Motion: a server's display chip"},
	{VENDOR_AMD_GPU, 0x515e, "ES1000: a server's display chip"},
	{VENDOR_AMD_GPU, 0x4752, "Rage XL: a server's display chip"},
	{0x1013, 0, "Cirrus: a virtual machine's display"},
	{0x1234, 0x1111, "bochs: a virtual machine's display"},
	{0x1af4, 0, "virtio: a virtual machine's display"},
	{0x1b36, 0, "QXL: a virtual machine's display"},
	{0x15ad, 0, "VMware: a virtual machine's display"},
	{0x80ee, 0, "VirtualBox: a virtual machine's display"},
	{0x1414, 0, "Hyper-V: a virtual machine's display"},
};

/* On bus 00 of the first domain, where the processor's own functions are? */
static bool is_on_bus_0(const struct pci_function *f)
{
	return strncmp(f->address, "0000:00:", strlen("0000:00:")) == 0;
}

/* Where AMD's chipsets before 2012 have it, behind their own bridge; a card's slot is 00. */
static bool is_in_chipset(const struct pci_function *f)
{
	return strncmp(f->address, "0000:01:05.", strlen("0000:01:05.")) == 0;
}

/* Cards of AMD's have only functions of vendor 1002; the security processor, the USB controllers
 * and the audio coprocessor beside an integrated one are of 1022. */
static bool is_beside_amd(
	const struct pci_function *gpu, const struct pci_function *all, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (all[i].vendor == VENDOR_AMD && address_same_slot(all[i].address, gpu->address))
			return true;
	return false;
}

enum machine_role machine_role_of(const struct pci_function *gpu, const struct pci_function *all,
	size_t count, const char **evidence)
{
	for (size_t i = 0; i < sizeof(no_gpus) / sizeof(*no_gpus); i++)
		if (gpu->vendor == no_gpus[i].vendor &&
			(!no_gpus[i].device || gpu->device == no_gpus[i].device)) {
			*evidence = no_gpus[i].evidence;
			return MACHINE_MANAGEMENT;
		}
	if (gpu->vendor == VENDOR_INTEL && is_on_bus_0(gpu)) {
		*evidence = "Intel, on bus 00";
		return MACHINE_INTEGRATED;
	}
	if (gpu->vendor == VENDOR_AMD_GPU && is_on_bus_0(gpu)) {
		*evidence = "AMD, on bus 00";
		return MACHINE_INTEGRATED;
	}
	if (gpu->vendor == VENDOR_AMD_GPU && is_beside_amd(gpu, all, count)) {
		*evidence = "AMD, in one slot with functions of the processor";
		return MACHINE_INTEGRATED;
	}
	if (gpu->vendor == VENDOR_AMD_GPU && is_in_chipset(gpu)) {
		*evidence = "AMD, at the chipset's own address";
		return MACHINE_INTEGRATED;
	}
	*evidence = gpu->vendor == VENDOR_AMD_GPU
			    ? "AMD, in a slot without functions of a processor"
		    : gpu->vendor == VENDOR_INTEL ? "Intel, not on bus 00"
						  : "not of the processor's vendor";
	return MACHINE_DISCRETE;
}

static const struct machine_gpu *find(
	const struct machine_gpu *gpu, size_t count, enum machine_role role)
{
	for (size_t i = 0; i < count; i++)
		if (gpu[i].role == role && !gpu[i].pci.is_virtual)
			return &gpu[i];
	return NULL;
}

static const char *class_name(const struct machine_gpu *gpu)
{
	switch (gpu->pci.class >> 8) {
	case CLASS_VGA:
		return "VGA controller";
	case CLASS_3D:
		return "3D controller";
	default:
		return "display controller";
	}
}

enum machine_wiring machine_wiring_of(
	const struct machine_gpu *gpu, size_t count, char evidence[static 256])
{
	const struct machine_gpu *integrated = find(gpu, count, MACHINE_INTEGRATED),
				 *discrete = find(gpu, count, MACHINE_DISCRETE),
				 *management = find(gpu, count, MACHINE_MANAGEMENT);
	char what[64];

	if (discrete)
		snprintf(what, sizeof(what), "%s is a %s (%04x)", discrete->pci.address,
			class_name(discrete), discrete->pci.class >> 8);
	if (discrete && integrated) {
		snprintf(evidence, 256, "%s beside the integrated %s", what,
			integrated->pci.address);
		return discrete->pci.class >> 8 == CLASS_VGA ? MACHINE_MUXED : MACHINE_MUXLESS;
	}
	if (discrete) {
		snprintf(evidence, 256, "%s, and no GPU is integrated%s%s", what,
			management ? "; a console can be on " : "",
			management ? management->pci.address : "");
		return MACHINE_NO_IGPU;
	}
	if (integrated) {
		snprintf(evidence, 256, "%s is integrated, and there is no other GPU",
			integrated->pci.address);
		return MACHINE_NO_DGPU;
	}
	snprintf(evidence, 256, "no display controller%s%s", management ? " but " : "",
		management ? management->pci.address : "");
	return MACHINE_NO_GPU;
}

const char *machine_role_name(enum machine_role role)
{
	static const char *const names[] = {[MACHINE_INTEGRATED] = "integrated",
		[MACHINE_DISCRETE] = "discrete",
		[MACHINE_MANAGEMENT] = "management"};

	return names[role];
}

const char *machine_wiring_name(enum machine_wiring wiring)
{
	static const char *const names[] = {[MACHINE_MUXLESS] = "MUXless",
		[MACHINE_MUXED] = "MUXed",
		[MACHINE_NO_IGPU] = "no iGPU",
		[MACHINE_NO_DGPU] = "no dGPU",
		[MACHINE_NO_GPU] = "no GPU"};

	return names[wiring];
}

const char *machine_guest_state_name(enum machine_guest_state state)
{
	static const char *const names[] = {[MACHINE_RUNNING] = "running",
		[MACHINE_STARTING] = "starting",
		[MACHINE_BY_HAND] = "by-hand",
		[MACHINE_STALE] = "over",
		[MACHINE_BROKEN] = "broken"};

	return names[state];
}
