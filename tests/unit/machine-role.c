/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Roles and wiring of real laptops and desktops, from what `lspci -nn` says of them in public. */
#include "tree.h"

#include "machine/machine.h"

enum { FUNCTIONS_MAX = 10 };

struct listing {
	const char *source; /* where the listing is */
	struct fact {
		const char *address;
		unsigned int class, vendor, device;
		const char
			*role; /* that it has to be found as, with the reason; NULL: no display */
	} fact[FUNCTIONS_MAX];
	const char *wiring, *evidence;
};

static const struct listing listings[] = {
	{"T-vK/MobilePassThrough mock-data/1-lsiommu.log, a laptop with a GTX 1060 Mobile",
		{{"0000:00:00.0", 0x0600, 0x8086, 0x3ec4, NULL},
			{"0000:00:01.0", 0x0604, 0x8086, 0x1901, NULL},
			{"0000:00:02.0", 0x0300, 0x8086, 0x3e9b, "integrated: Intel, on bus 00"},
			{"0000:01:00.0", 0x0300, 0x10de, 0x1c20,
				"discrete: not of the processor's vendor"}},
		"MUXed",
		"0000:01:00.0 is a VGA controller (0300) beside the integrated 0000:00:02.0"},
	{"T-vK/MobilePassThrough mock-data/6-lsiommu, a laptop with an MX150",
		{{"0000:00:02.0", 0x0300, 0x8086, 0x5917, "integrated: Intel, on bus 00"},
			{"0000:00:1c.0", 0x0604, 0x8086, 0x9d10, NULL},
			{"0000:01:00.0", 0x0302, 0x10de, 0x1d10,
				"discrete: not of the processor's vendor"}},
		"MUXless",
		"0000:01:00.0 is a 3D controller (0302) beside the integrated 0000:00:02.0"},
	{"T-vK/MobilePassThrough mock-data/3-lsiommu, a desktop with two HD 7970",
		{{"0000:00:01.0", 0x0604, 0x8086, 0x0c01, NULL},
			{"0000:01:00.0", 0x0300, 0x1002, 0x6798,
				"discrete: AMD, in a slot without functions of a processor"},
			{"0000:01:00.1", 0x0403, 0x1002, 0xaaa0, NULL},
			{"0000:02:00.0", 0x0300, 0x1002, 0x6798,
				"discrete: AMD, in a slot without functions of a processor"},
			{"0000:02:00.1", 0x0403, 0x1002, 0xaaa0, NULL}},
		"no iGPU", "0000:01:00.0 is a VGA controller (0300), and no GPU is integrated"},
	{"T-vK/MobilePassThrough mock-data/2-lsiommu, a Ryzen desktop with an R7 240",
		{{"0000:00:01.0", 0x0600, 0x1022, 0x1452, NULL},
			{"0000:00:03.1", 0x0604, 0x1022, 0x1453, NULL},
			{"0000:23:00.0", 0x0300, 0x1002, 0x6613,
				"discrete: AMD, in a slot without functions of a processor"},
			{"0000:23:00.1", 0x0403, 0x1002, 0xaab0, NULL},
			{"0000:24:00.0", 0x1300, 0x1022, 0x145a, NULL},
			{"0000:24:00.2", 0x1080, 0x1022, 0x1456, NULL}},
		"no iGPU", "0000:23:00.0 is a VGA controller (0300), and no GPU is integrated"},
	{"T-vK/MobilePassThrough mock-data/7-lsiommu, a Ryzen desktop with GTX 1060 and GTX 580",
		{{"0000:00:03.1", 0x0604, 0x1022, 0x1453, NULL},
			{"0000:23:00.0", 0x0300, 0x10de, 0x1c03,
				"discrete: not of the processor's vendor"},
			{"0000:23:00.1", 0x0403, 0x10de, 0x10f1, NULL},
			{"0000:24:00.0", 0x0300, 0x10de, 0x1080,
				"discrete: not of the processor's vendor"},
			{"0000:24:00.1", 0x0403, 0x10de, 0x0e09, NULL},
			{"0000:25:00.2", 0x1080, 0x1022, 0x1456, NULL}},
		"no iGPU", "0000:23:00.0 is a VGA controller (0300), and no GPU is integrated"},
	{"linuxhw/LsPCI AD76A5FB72, ASUS ROG Flow X13 GV301QH, Cezanne and GTX 1650 Mobile",
		{{"0000:00:08.1", 0x0604, 0x1022, 0x1635, NULL},
			{"0000:01:00.0", 0x0302, 0x10de, 0x1f9d,
				"discrete: not of the processor's vendor"},
			{"0000:08:00.0", 0x0300, 0x1002, 0x1638,
				"integrated: AMD, in one slot with functions of the processor"},
			{"0000:08:00.1", 0x0403, 0x1002, 0x1637, NULL},
			{"0000:08:00.2", 0x1080, 0x1022, 0x15df, NULL},
			{"0000:08:00.3", 0x0c03, 0x1022, 0x1639, NULL},
			{"0000:08:00.5", 0x0480, 0x1022, 0x15e2, NULL}},
		"MUXless",
		"0000:01:00.0 is a 3D controller (0302) beside the integrated 0000:08:00.0"},
	{"github.com/ryanprescott/realtek-verb-tools issue 8, a Lenovo 14ACN6 with Cezanne alone",
		{{"0000:00:08.0", 0x0600, 0x1022, 0x1632, NULL},
			{"0000:00:08.1", 0x0604, 0x1022, 0x1635, NULL},
			{"0000:04:00.0", 0x0300, 0x1002, 0x1638,
				"integrated: AMD, in one slot with functions of the processor"},
			{"0000:04:00.1", 0x0403, 0x1002, 0x1637, NULL},
			{"0000:04:00.2", 0x1080, 0x1022, 0x15df, NULL},
			{"0000:04:00.3", 0x0c03, 0x1022, 0x1639, NULL}},
		"no dGPU", "0000:04:00.0 is integrated, and there is no other GPU"},
	{"github.com/Coopydood/ultimate-macOS-KVM issue 213, a desktop with GTX 1660: the firmware "
	 "made the Intel GPU a display controller",
		{{"0000:00:00.0", 0x0600, 0x8086, 0x191f, NULL},
			{"0000:00:02.0", 0x0380, 0x8086, 0x1912, "integrated: Intel, on bus 00"},
			{"0000:01:00.0", 0x0300, 0x10de, 0x2184,
				"discrete: not of the processor's vendor"},
			{"0000:01:00.1", 0x0403, 0x10de, 0x1aeb, NULL},
			{"0000:01:00.2", 0x0c03, 0x10de, 0x1aec, NULL},
			{"0000:01:00.3", 0x0c80, 0x10de, 0x1aed, NULL}},
		"MUXed",
		"0000:01:00.0 is a VGA controller (0300) beside the integrated 0000:00:02.0"},
	{"github.com/hertg/egpu-switcher issue 22, a laptop with MX130 and a GTX 970 beside it: "
	 "the "
	 "one inside comes first",
		{{"0000:00:02.0", 0x0300, 0x8086, 0x3e9b, "integrated: Intel, on bus 00"},
			{"0000:00:1c.5", 0x0604, 0x8086, 0xa33d, NULL},
			{"0000:02:00.0", 0x0302, 0x10de, 0x174d,
				"discrete: not of the processor's vendor"},
			{"0000:08:00.0", 0x0300, 0x10de, 0x13c2,
				"discrete: not of the processor's vendor"}},
		"MUXless",
		"0000:02:00.0 is a 3D controller (0302) beside the integrated 0000:00:02.0"},
	{"github.com/mkottman/acpi_call pull request 40, a laptop with RS880M and a HD 5650",
		{{"0000:01:05.0", 0x0300, 0x1002, 0x9712,
			 "integrated: AMD, at the chipset's own address"},
			{"0000:02:00.0", 0x0300, 0x1002, 0x68c1,
				"discrete: AMD, in a slot without functions of a processor"}},
		"MUXed",
		"0000:02:00.0 is a VGA controller (0300) beside the integrated 0000:01:05.0"},
	{"github.com/lexi-src/sGPUpt issue 28, a desktop with RTX 3070 Ti and a processor without "
	 "GPU",
		{{"0000:00:00.0", 0x0600, 0x8086, 0x9b33, NULL},
			{"0000:00:01.0", 0x0604, 0x8086, 0x1901, NULL},
			{"0000:01:00.0", 0x0300, 0x10de, 0x2482,
				"discrete: not of the processor's vendor"},
			{"0000:01:00.1", 0x0403, 0x10de, 0x228b, NULL}},
		"no iGPU", "0000:01:00.0 is a VGA controller (0300), and no GPU is integrated"},
};

static size_t count_facts(const struct listing *listing)
{
	size_t n = 0;

	while (n < FUNCTIONS_MAX && listing->fact[n].address)
		n++;
	return n;
}

static void fill(const struct fact *fact, struct pci_function *out)
{
	*out = (struct pci_function){
		.vendor = fact->vendor, .device = fact->device, .class = fact->class << 8};
	assert_true(address_parse(fact->address, out->address));
}

static void check(const struct listing *listing)
{
	struct pci_function all[FUNCTIONS_MAX];
	struct machine_gpu gpu[FUNCTIONS_MAX] = {0};
	size_t count = count_facts(listing), gpus = 0;
	char evidence[256], found[256];

	for (size_t i = 0; i < count; i++)
		fill(&listing->fact[i], &all[i]);
	for (size_t i = 0; i < count; i++) {
		const char *why = NULL;

		assert_int_equal(pci_is_display(&all[i]), listing->fact[i].role != NULL);
		if (!listing->fact[i].role)
			continue;
		gpu[gpus].pci = all[i];
		gpu[gpus].role = machine_role_of(&all[i], all, count, &why);
		snprintf(found, sizeof(found), "%s: %s", machine_role_name(gpu[gpus].role), why);
		assert_string_equal(found, listing->fact[i].role);
		gpus++;
	}
	snprintf(found, sizeof(found), "%s",
		machine_wiring_name(machine_wiring_of(gpu, gpus, evidence)));
	assert_string_equal(found, listing->wiring);
	assert_string_equal(evidence, listing->evidence);
}

static void test_real_machines(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(listings) / sizeof(*listings); i++) {
		print_message("%s\n", listings[i].source);
		check(&listings[i]);
	}
}

static enum machine_role role(
	const char *address, unsigned int vendor, unsigned int device, const char *neighbour)
{
	const struct fact facts[] = {{address, 0x0300, vendor, device, NULL},
		{neighbour ? neighbour : "0000:00:00.0", 0x1080, 0x1022, 0x15df, NULL}};
	struct pci_function all[2];
	const char *why;

	fill(&facts[0], &all[0]);
	fill(&facts[1], &all[1]);
	return machine_role_of(&all[0], all, 2, &why);
}

static void test_places(void **state)
{
	(void)state;
	/* Intel's cards, and Intel's bus 00 of another domain */
	assert_int_equal(role("0000:03:00.0", 0x8086, 0x56a0, NULL), MACHINE_DISCRETE);
	assert_int_equal(role("10000:00:02.0", 0x8086, 0x56a0, NULL), MACHINE_DISCRETE);
	/* AMD's before Ryzen is on bus 00; the slot beside is another slot */
	assert_int_equal(role("0000:00:01.0", 0x1002, 0x9900, NULL), MACHINE_INTEGRATED);
	assert_int_equal(role("0000:04:00.0", 0x1002, 0x1638, "0000:04:00.2"), MACHINE_INTEGRATED);
	assert_int_equal(role("0000:04:00.0", 0x1002, 0x73bf, "0000:04:01.0"), MACHINE_DISCRETE);
	/* NVIDIA's on bus 00, as in a virtual machine that got one */
	assert_int_equal(role("0000:00:05.0", 0x10de, 0x2482, NULL), MACHINE_DISCRETE);
}

static void test_management(void **state)
{
	static const unsigned int ids[][2] = {{0x1a03, 0x2000}, {0x102b, 0x0534}, {0x19e5, 0x1711},
		{0x1013, 0x00b8}, {0x1234, 0x1111}, {0x1af4, 0x1050}, {0x1b36, 0x0100},
		{0x15ad, 0x0405}, {0x80ee, 0xbeef}, {0x1414, 0x5353}, {0x1002, 0x515e}};

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++)
		assert_int_equal(
			role("0000:03:00.0", ids[i][0], ids[i][1], NULL), MACHINE_MANAGEMENT);
}

/* Virtual functions and management displays make no wiring. */
static void test_what_counts(void **state)
{
	struct machine_gpu gpu[] = {{.role = MACHINE_MANAGEMENT},
		{.role = MACHINE_DISCRETE, .pci.is_virtual = true}, {.role = MACHINE_DISCRETE}};
	char evidence[256];

	(void)state;
	snprintf(gpu[0].pci.address, sizeof(gpu[0].pci.address), "0000:01:00.0");
	snprintf(gpu[2].pci.address, sizeof(gpu[2].pci.address), "0000:4d:00.0");
	gpu[2].pci.class = 0x038000;
	assert_int_equal(machine_wiring_of(gpu, 0, evidence), MACHINE_NO_GPU);
	assert_string_equal(evidence, "no display controller");
	assert_int_equal(machine_wiring_of(gpu, 2, evidence), MACHINE_NO_GPU);
	assert_string_equal(evidence, "no display controller but 0000:01:00.0");
	assert_int_equal(machine_wiring_of(gpu, 3, evidence), MACHINE_NO_IGPU);
	assert_string_equal(evidence, "0000:4d:00.0 is a display controller (0380), and no GPU is "
				      "integrated; a console can be on 0000:01:00.0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real_machines),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_management),
		cmocka_unit_test(test_what_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
