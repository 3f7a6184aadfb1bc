/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Roles and wiring of real laptops and desktops, from what `lspci -nn` says of them in public. */
#include "tree.h"

#include "machine-listings.h"
#include "machine/machine.h"

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

/* The same from trees that look as their /sys does: what is read is what is decided on. */
struct mounted {
	const struct listing *listing;
	const char *tree;
};

static void write_number(
	const char *tree, const char *address, const char *name, int digits, unsigned int value)
{
	char path[256], text[32];

	snprintf(path, sizeof(path), "bus/pci/devices/%s/%s", address, name);
	snprintf(text, sizeof(text), "0x%0*x\n", digits, value);
	tree_write(tree, path, text);
}

static void read_mounted(void *argument)
{
	const struct mounted *mounted = argument;
	const struct listing *listing = mounted->listing;
	struct machine *machine;
	struct msg why;
	size_t gpus = 0;
	char found[256];

	must(mount(mounted->tree, "/sys", NULL, MS_BIND, NULL) == 0);
	must(machine_read(&machine, &why) == 0);
	must(machine->functions == count_facts(listing));
	for (size_t i = 0; i < machine->functions; i++) {
		const struct machine_gpu *gpu = &machine->gpu[gpus];

		if (!listing->fact[i].role)
			continue;
		must(gpus++ < machine->gpus);
		snprintf(found, sizeof(found), "%s: %s", machine_role_name(gpu->role),
			gpu->role_evidence);
		must(strcmp(gpu->pci.address, listing->fact[i].address) == 0);
		must(strcmp(found, listing->fact[i].role) == 0);
	}
	must(gpus == machine->gpus);
	must(strcmp(machine_wiring_name(machine->wiring), listing->wiring) == 0);
	must(strcmp(machine->wiring_evidence, listing->evidence) == 0);
	machine_free(machine);
}

static void test_trees(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(listings) / sizeof(*listings); i++) {
		char *tree = tree_new();
		struct mounted mounted = {.listing = &listings[i], .tree = tree};

		for (size_t j = 0; j < count_facts(&listings[i]); j++) {
			const struct fact *fact = &listings[i].fact[j];

			write_number(tree, fact->address, "vendor", 4, fact->vendor);
			write_number(tree, fact->address, "device", 4, fact->device);
			write_number(tree, fact->address, "class", 6, fact->class << 8);
		}
		in_own_mounts(read_mounted, &mounted);
		tree_remove(tree);
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
		cmocka_unit_test(test_trees),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_management),
		cmocka_unit_test(test_what_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
