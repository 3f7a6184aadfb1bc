/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "guest/order.h"
#include "guest/wish.h"

/* NVIDIA's drivers before 465 refuse a guest that shows them KVM or Microsoft's hypervisor. */

/* What libvirt writes before it within <features>, then within <hyperv>. */
#define BEFORE_HYPERV	 "acpi|apic|pae|hap|viridian|privnet"
#define BEFORE_KVM	 BEFORE_HYPERV "|hyperv"
#define BEFORE_VMPORT	 BEFORE_KVM "|kvm|xen|pvspinlock|capabilities|pmu"
#define BEFORE_VENDOR_ID "relaxed|vapic|spinlocks|vpindex|runtime|synic|stimer|reset"

/* One attribute of an element. */
struct setting {
	const char *parent, *name, *leading;
	const char *attribute, *value;
	bool keep; /* what somebody else wrote there */
};

static const struct setting settings[] = {
	{"features/hyperv", "relaxed", NULL, "state", "on", false},
	{"features/hyperv", "vapic", "relaxed", "state", "on", false},
	{"features/hyperv", "spinlocks", "relaxed|vapic", "state", "on", false},
	{"features/hyperv", "spinlocks", "relaxed|vapic", "retries", "8191", true},
	{"features/hyperv", "vendor_id", BEFORE_VENDOR_ID, "state", "on", false},
	{"features/hyperv", "vendor_id", BEFORE_VENDOR_ID, "value", "GenuineIntel", true},
	{"features/kvm", "hidden", NULL, "state", "on", false},
	{"features", "vmport", BEFORE_VMPORT, "state", "off", false},
};

static int apply(struct xml *xml, const struct setting *setting, struct msg *why)
{
	const char *value;
	xmlNode *node;
	int r = order_child(xml, setting->parent, setting->name, setting->leading, &node, why);

	if (r)
		return r;
	value = xml_get(node, setting->attribute);
	if (value && (setting->keep ? *value != '\0' : strcmp(value, setting->value) == 0))
		return 0;
	return xml_set(xml, node, setting->attribute, setting->value, why);
}

int wish_hide(struct xml *xml, const struct wish *wish, struct msg *why)
{
	xmlNode *node;
	int r;

	if (!wish->hide)
		return 0;
	if (xml_is(xml_find(xml, NULL, "features/hyperv"), "mode", "passthrough"))
		return msg_fail(why, EINVAL,
			"<hyperv mode='passthrough'> has no room for a vendor_id; take that mode "
			"out (virsh edit), or leave --hide-hypervisor: NVIDIA's drivers since 465 "
			"do not need it");
	r = order_child(xml, ".", "features", ORDER_BEFORE_FEATURES, &node, why);
	if (!r)
		r = order_child(xml, "features", "hyperv", BEFORE_HYPERV, &node, why);
	if (!r)
		r = order_child(xml, "features", "kvm", BEFORE_KVM, &node, why);
	for (size_t i = 0; !r && i < sizeof(settings) / sizeof(*settings); i++)
		r = apply(xml, &settings[i], why);
	return r;
}
