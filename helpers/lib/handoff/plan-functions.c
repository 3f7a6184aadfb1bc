/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which PCI functions go to the guest, and whether they can. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "handoff/plan.h"
#include "nouns/sysfs.h"

/* Reads function NUMBER of the slot that ADDRESS is in. */
static int read_sibling(const char *address, int number, struct pci_function *out)
{
	char sibling[ADDRESS_SIZE];

	memcpy(sibling, address, sizeof(sibling));
	sibling[strlen(sibling) - 1] = (char)('0' + number);
	return pci_read(sibling, out);
}

/* Is a hostdev ours: is it a display, or in one slot with one? A virtual function stands alone. */
static bool is_ours(const char *address)
{
	struct pci_function f;

	if (pci_read(address, &f) == 0 && (f.is_virtual || pci_is_display(&f)))
		return pci_is_display(&f);
	for (int number = 0; number < 8; number++)
		if (read_sibling(address, number, &f) == 0 && !f.is_virtual && pci_is_display(&f))
			return true;
	return false;
}

bool plan_concerns(const struct domain *guest)
{
	for (size_t i = 0; i < guest->hostdevs; i++)
		if (guest->hostdev[i].kind == DOMAIN_MDEV || is_ours(guest->hostdev[i].address))
			return true;
	return false;
}

static int add_function(struct plan *plan, const struct pci_function *f, struct msg *why)
{
	if (plan_find(plan, f->address))
		return 0;
	if (plan->functions >= PLAN_FUNCTIONS_MAX)
		return msg_fail(why, E2BIG, "the guest would get more than %d functions of GPUs",
			PLAN_FUNCTIONS_MAX);
	plan->function[plan->functions++] =
		(struct plan_function){.pci = *f, .moves = !pci_is_vfio(f->driver)};
	return 0;
}

static int add_slot(struct plan *plan, const char *address, struct msg *why)
{
	struct pci_function named, f;
	int err = pci_read(address, &named);

	if (err < 0)
		return msg_fail(why, -err,
			"the guest wants %s, which this host does not have; see lspci -D and "
			"correct its <hostdev>",
			address);
	if (plan->settings.slot_named || named.is_virtual)
		return add_function(plan, &named, why);
	for (int number = 0; number < 8 && err == 0; number++)
		if (read_sibling(address, number, &f) == 0 && !f.is_virtual)
			err = add_function(plan, &f, why);
	return err;
}

bool plan_names(const struct plan *plan, const char *address)
{
	for (size_t i = 0; i < plan->guest->hostdevs; i++)
		if (plan->guest->hostdev[i].kind == DOMAIN_PCI &&
			strcmp(plan->guest->hostdev[i].address, address) == 0)
			return true;
	return false;
}

static bool is_allowed(const struct plan *plan, const struct pci_function *f)
{
	const struct config_list *allow = &plan->settings.group_allow;
	unsigned int vendor, device;
	char address[ADDRESS_SIZE];

	for (size_t i = 0; i < allow->count; i++) {
		if (address_parse_id(allow->word[i], &vendor, &device)) {
			if (vendor == f->vendor && device == f->device)
				return true;
		} else if (address_parse(allow->word[i], address) &&
			   strcmp(address, f->address) == 0) {
			return true;
		}
	}
	return false;
}

/* Appends " ADDRESS [vvvv:dddd] (driver)," to LIST as far as there is room. */
static void list_member(char *list, size_t size, const struct pci_function *f)
{
	size_t at = strlen(list);

	snprintf(list + at, size - at, "%s%s [%04x:%04x]%s%s", at ? ", " : "", f->address,
		f->vendor, f->device, strcmp(f->driver, "-") == 0 ? "" : " on ",
		strcmp(f->driver, "-") == 0 ? "" : f->driver);
}

/* Is ADDRESS a function of a slot that the plan has functions of? */
static bool in_slot(const struct plan *plan, const char *address)
{
	for (size_t i = 0; i < plan->functions; i++)
		if (address_same_slot(plan->function[i].pci.address, address))
			return true;
	return false;
}

/* Everybody of F's IOMMU group goes to one guest or to none: the IOMMU cannot tell them apart. */
static int add_group(struct plan *plan, long group, struct msg *why)
{
	char **members, strangers[1024] = "";
	bool sibling = false;
	struct pci_function f;
	int n = sysfs_list(
		&members, GROUP_MEMBERS_MAX, "/sys/kernel/iommu_groups/%ld/devices", group);
	int err = 0;

	if (n < 0)
		return msg_fail(why, -n, "IOMMU group %ld cannot be read: %s", group, strerror(-n));
	for (int i = 0; i < n && err == 0; i++) {
		if (plan_find(plan, members[i]))
			continue;
		if (pci_read(members[i], &f) < 0) {
			f = (struct pci_function){.driver = "-"}; /* not a PCI device */
			snprintf(f.address, sizeof(f.address), "%.*s", (int)sizeof(f.address) - 1,
				members[i]);
		} else if (pci_is_bridge(&f) || plan_names(plan, f.address)) {
			continue;
		} else if (is_allowed(plan, &f)) {
			err = add_function(plan, &f, why);
			continue;
		}
		list_member(strangers, sizeof(strangers), &f);
		sibling |= plan->settings.slot_named && !f.is_virtual && in_slot(plan, f.address);
	}
	free(members);
	if (err == 0 && *strangers)
		err = msg_fail(why, EPERM,
			"IOMMU group %ld also holds %s, which the host would lose to the guest; %s",
			group, strangers,
			sibling ? "set slot=whole in gpu-handoff.conf(5), or add it to "
				  "group-allow= there, if it may"
				: "add it to group-allow= in gpu-handoff.conf(5) if it may, or "
				  "move the card to another slot");
	return err;
}

static int check_id(const struct plan *plan, const struct pci_function *f, struct msg *why)
{
	struct config_gpu gpu;

	config_gpu(plan->config, f->address, f->vendor, f->device, &gpu);
	if (!gpu.has_id || (gpu.id_vendor == f->vendor && gpu.id_device == f->device))
		return 0;
	return msg_fail(why, ENODEV,
		"%s is %04x:%04x, not %04x:%04x as [gpu %s] says: addresses have moved; correct "
		"gpu-handoff.conf(5) and the guest's <hostdev>",
		f->address, f->vendor, f->device, gpu.id_vendor, gpu.id_device, f->address);
}

/* vfio-pci does not take a function whose virtual functions are on, and they would go with it. */
static int check_virtual(const struct pci_function *f, struct msg *why)
{
	unsigned long long n;

	if (pci_is_vfio(f->driver) ||
		sysfs_number(&n, "/sys/bus/pci/devices/%s/sriov_numvfs", f->address) < 0 || n == 0)
		return 0;
	return msg_fail(why, EBUSY,
		"%s has virtual functions (%llu); give the guest one of them, or switch them off "
		"(echo 0 >/sys/bus/pci/devices/%s/sriov_numvfs)",
		f->address, n, f->address);
}

static int check_function(const struct plan *plan, const struct pci_function *f, struct msg *why)
{
	int err = plan_unclaimed(plan, f->address, why);

	if (err == 0)
		err = check_id(plan, f, why);
	if (err == 0)
		err = check_virtual(f, why);
	if (err < 0)
		return err;
	if (f->group < 0)
		return msg_fail(why, ENOTSUP,
			"%s has no IOMMU group: the IOMMU is off; switch VT-d or AMD-Vi on in the "
			"firmware and boot with intel_iommu=on (Intel)",
			f->address);
	if (f->noiommu)
		return msg_fail(why, ENOTSUP,
			"%s has no IOMMU: vfio runs without isolation; unset "
			"vfio.enable_unsafe_noiommu_mode and boot with intel_iommu=on (Intel)",
			f->address);
	if (!pci_responds(f->address))
		return msg_fail(why, EIO,
			"%s does not answer (it reads as ffffffff): it is off the bus or cannot "
			"leave D3cold; see dmesg, a reboot brings it back",
			f->address);
	return 0;
}

/* Is the group of function INDEX that of an earlier one? */
static bool group_seen(const struct plan *plan, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (plan->function[i].pci.group == plan->function[index].pci.group)
			return true;
	return false;
}

int plan_functions(struct plan *plan, struct msg *why)
{
	int err = 0;

	for (size_t i = 0; i < plan->guest->hostdevs && err == 0; i++)
		if (plan->guest->hostdev[i].kind == DOMAIN_PCI &&
			is_ours(plan->guest->hostdev[i].address))
			err = add_slot(plan, plan->guest->hostdev[i].address, why);
	/* add_group appends functions of the same group: each is looked at once more, in vain */
	for (size_t i = 0; i < plan->functions && err == 0; i++) {
		err = check_function(plan, &plan->function[i].pci, why);
		if (err == 0 && !group_seen(plan, i))
			err = add_group(plan, plan->function[i].pci.group, why);
	}
	return err;
}
