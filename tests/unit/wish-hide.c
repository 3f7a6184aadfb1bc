/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "wish-check.h"

#define DOMAIN(within)	 "<domain type='kvm'>\n" within "</domain>\n"
#define FEATURES(within) DOMAIN("  <features>\n" within "  </features>\n  <devices/>\n")

static const struct wish hide = {.hide = true};

static int part(
	struct xml *xml, const struct wish *wish, const struct versions *versions, struct msg *why)
{
	(void)versions;
	return wish_hide(xml, wish, why);
}

static void check(const char *before, const char *after)
{
	wish_check_edit(part, &hide, &bookworm, before, after);
}

static void test_of_virt_manager(void **state)
{
	(void)state;
	check(FEATURES("    <acpi/>\n"
		       "    <apic/>\n"
		       "    <hyperv mode='custom'>\n"
		       "      <relaxed state='on'/>\n"
		       "      <vapic state='on'/>\n"
		       "      <spinlocks state='on' retries='8191'/>\n"
		       "      <tlbflush state='on'/>\n"
		       "    </hyperv>\n"
		       "    <vmport state='off'/>\n"
		       "    <smm state='on'/>\n"),
		FEATURES("    <acpi/>\n"
			 "    <apic/>\n"
			 "    <hyperv mode='custom'>\n"
			 "      <relaxed state='on'/>\n"
			 "      <vapic state='on'/>\n"
			 "      <spinlocks state='on' retries='8191'/>\n"
			 "      <vendor_id state='on' value='GenuineIntel'/>\n"
			 "      <tlbflush state='on'/>\n"
			 "    </hyperv>\n"
			 "    <kvm>\n"
			 "      <hidden state='on'/>\n"
			 "    </kvm>\n"
			 "    <vmport state='off'/>\n"
			 "    <smm state='on'/>\n"));
}

static void test_without_features(void **state)
{
	(void)state;
	check(DOMAIN("  <name>a</name>\n"
		     "  <os/>\n"
		     "  <devices/>\n"),
		DOMAIN("  <name>a</name>\n"
		       "  <os/>\n"
		       "  <features>\n"
		       "    <hyperv>\n"
		       "      <relaxed state='on'/>\n"
		       "      <vapic state='on'/>\n"
		       "      <spinlocks state='on' retries='8191'/>\n"
		       "      <vendor_id state='on' value='GenuineIntel'/>\n"
		       "    </hyperv>\n"
		       "    <kvm>\n"
		       "      <hidden state='on'/>\n"
		       "    </kvm>\n"
		       "    <vmport state='off'/>\n"
		       "  </features>\n"
		       "  <devices/>\n"));
}

/* What was chosen stays, what contradicts does not. */
static void test_chosen(void **state)
{
	(void)state;
	check(FEATURES("    <hyperv>\n"
		       "      <vendor_id value=\"123456789ab\" state=\"off\"/><!-- mine -->\n"
		       "      <spinlocks retries='4096' state='off'/>\n"
		       "      <relaxed state='off'/>\n"
		       "    </hyperv>\n"
		       "    <vmport state='on'/>\n"
		       "    <kvm>\n"
		       "      <hidden state='off'/>\n"
		       "      <poll-control state='on'/>\n"
		       "    </kvm>\n"),
		FEATURES("    <hyperv>\n"
			 "      <vendor_id value=\"123456789ab\" state=\"on\"/><!-- mine -->\n"
			 "      <spinlocks retries='4096' state='on'/>\n"
			 "      <relaxed state='on'/>\n"
			 "      <vapic state='on'/>\n"
			 "    </hyperv>\n"
			 "    <vmport state='off'/>\n"
			 "    <kvm>\n"
			 "      <hidden state='on'/>\n"
			 "      <poll-control state='on'/>\n"
			 "    </kvm>\n"));
	check(FEATURES("    <hyperv>\n"
		       "      <relaxed state='on'/><vapic state='on'/>\n"
		       "      <spinlocks state='on' retries='8191'/>\n"
		       "      <vendor_id state='on' value=''/>\n"
		       "    </hyperv>\n"
		       "    <kvm/><vmport state='off'/>\n"),
		FEATURES("    <hyperv>\n"
			 "      <relaxed state='on'/><vapic state='on'/>\n"
			 "      <spinlocks state='on' retries='8191'/>\n"
			 "      <vendor_id state='on' value='GenuineIntel'/>\n"
			 "    </hyperv>\n"
			 "    <kvm>\n"
			 "      <hidden state='on'/>\n"
			 "    </kvm><vmport state='off'/>\n"));
}

static void test_not_wished(void **state)
{
	const struct wish wish = {.battery = true};

	(void)state;
	wish_check_edit(part, &wish, &bookworm, FEATURES("    <hyperv mode='passthrough'/>\n"),
		FEATURES("    <hyperv mode='passthrough'/>\n"));
}

static void test_refused(void **state)
{
	(void)state;
	wish_check_refused(part, &hide, &bookworm, FEATURES("    <hyperv mode='passthrough'/>\n"),
		-EINVAL,
		"<hyperv mode='passthrough'> has no room for a vendor_id; take that mode out "
		"(virsh edit), or leave --hide-hypervisor: NVIDIA's drivers since 465 do not need "
		"it");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_of_virt_manager),
		cmocka_unit_test(test_without_features),
		cmocka_unit_test(test_chosen),
		cmocka_unit_test(test_not_wished),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
