/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lint-check.h"

static void test_address(void **state)
{
	(void)state;
#define PLACED(is)                                                                                 \
	"15: warning: hostdev 0000:01:00.0: " is ": NVIDIA's laptop drivers want the card at "     \
	"01:00.0 behind a root port at 00:01.0; " DGPU
	/* index 1 is not what counts */
	check(CARD "</hostdev>\n<hostdev mode='subsystem' type='pci' managed='yes'>\n" HOST("1")
			SOUND,
		AT("0x01", "0x00", "0x0",
			" multifunction='on'") "</hostdev>\n<hostdev mode='subsystem' type='pci' "
					       "managed='yes'>\n" HOST("1")
						       AT("0x01", "0x00", "0x1", ""),
		PLACED("is at slot 0, function 0 of bus 1"));
	check(PORT("7", "0"),
		"<controller type='pci' index='7' model='pcie-root-port'><address type='pci' "
		"bus='0' "
		"slot='2' function='0'/></controller>\n",
		PLACED("is at slot 0, function 0 of bus 7"));
	check(PORT("7", "0"),
		"<controller type='pci' index='7' model='pcie-to-pci-bridge'><address type='pci' "
		"bus='0' slot='1' function='0'/></controller>\n",
		PLACED("is at slot 0, function 0 of bus 7"));
	check_on(&with_amd, PORT("7", "0"), "\n", "");
	/* of two cards, one can be there */
	check("</devices>",
		"<hostdev type='pci'><source><address bus='2'/></source><rom bar='off'/>" AT(
			"0x01", "0x00", "0x0", "") "</hostdev></devices>",
		"");
}

static void test_no_address(void **state)
{
	(void)state;
	check_text("<domain><os firmware='efi'><type machine='q35'/></os><features>" HIDDEN
		   "</features><devices>\n<hostdev type='pci'><source><address bus='1'/></source>"
		   "<rom file='/usr/share/qemu/a.rom'/></hostdev></devices></domain>",
		&now,
		"2: warning: hostdev 0000:01:00.0: has no address yet: NVIDIA's laptop drivers "
		"want "
		"the card at 01:00.0 behind a root port at 00:01.0; " DGPU);
}

static void test_functions(void **state)
{
	(void)state;
	check(SOUND, AT("0x01", "0x00", "0x0", ""),
		"17: warning: hostdev 0000:01:00.1: is not in the slot of hostdev 0000:01:00.0, "
		"though both are one card: their drivers look for each other there; " DGPU);
	check(CARD, AT("0x07", "0x00", "0x0", " multifunction='off'"),
		"17: error: hostdev 0000:01:00.1: is function 1 of a slot whose function 0 lacks "
		"multifunction='on', which QEMU refuses; " DGPU);
	check(CARD, AT("0x07", "0x00", "0x0", ""),
		"17: note: hostdev 0000:01:00.1: is function 1 of a slot whose function 0 lacks "
		"multifunction='on', which QEMU refuses; " DGPU);
	check(SOUND, AT("0x01", "0x00", "0x1", ""),
		"17: warning: hostdev 0000:01:00.1: is not in the slot of hostdev 0000:01:00.0, "
		"though both are one card: their drivers look for each other there; " DGPU
		"17: warning: hostdev 0000:01:00.1: is function 1 of a slot that has no function "
		"0: "
		"guests do not look for it; " DGPU);
	/* another card's */
	check(HOST("1") SOUND,
		"<source><address bus='3' function='1'/></source>" AT("0x01", "0x00", "0x1", ""),
		"");
}

static void test_managed(void **state)
{
	(void)state;
#define UNBINDS(severity)                                                                          \
	"15: " severity                                                                            \
	": hostdev 0000:01:00.0: has managed='yes': where the hook did not take it, libvirt "      \
	"unbinds it itself, which hangs while somebody uses it; write managed='no' (virsh edit "   \
	"DOMAIN)\n"
	check("type='pci' managed='no'", "type='pci' managed='yes'", UNBINDS("warning"));
	check_on(&with_amd, "type='pci' managed='no'", "type='pci' managed='yes'", UNBINDS("note"));
}

#define WITHOUT_GPU "<domain><os><type machine='pc-i440fx-7.2'/></os><devices/></domain>"

static void test_machine(void **state)
{
	(void)state;
	check("pc-q35-9.2", "pc-i440fx-9.2",
		"3: warning: os: pc-i440fx-9.2 has no PCI Express: the card cannot be behind a "
		"root "
		"port, where its driver wants it; make the guest anew with q35 and UEFI\n");
	check("<type machine='pc-q35-9.2'>", "<type>",
		"3: warning: os: the default machine, i440fx, has no PCI Express: the card cannot "
		"be "
		"behind a root port, where its driver wants it; make the guest anew with q35 and "
		"UEFI\n");
	check("machine='pc-q35-9.2'", "machine='q35'", "");
	check("type='pflash'", "type='rom'",
		"3: warning: os: the guest's firmware is SeaBIOS, which cannot use the UEFI ROM of "
		"a "
		"GPU; make the guest anew with q35 and UEFI\n");
	check("<os><type machine='pc-q35-9.2'>hvm</type>\n<loader readonly='yes' type='pflash'>"
	      "/usr/share/OVMF/OVMF_CODE_4M.fd</loader>",
		"<os firmware='efi'><type machine='pc-q35-9.2'>hvm</type>\n", "");
	check_text(WITHOUT_GPU, &now, "");
}

static void test_rom(void **state)
{
	static const char without[] =
		"<domain>\n<os firmware='efi'><type machine='q35'/></os><features>" HIDDEN
		"</features><devices>" PORT("1", "0") "<hostdev type='pci'>" HOST("0") "%s" AT(
			"1", "0", "0", "") "</hostdev></devices>%s</domain>";
	static const struct {
		const char *rom, *more, *wanted;
	} rows[] = {
		{"", "",
			"3: note: hostdev 0000:01:00.0: shows its ROM BAR, behind which a laptop's "
			"card "
			"has no ROM; run gpu-handoff guest apply --dgpu=0000:01:00.0 --vbios FILE "
			"DOMAIN\n"},
		{"<rom bar='off'/>", "",
			"3: note: hostdev 0000:01:00.0: has no ROM in the guest: NVIDIA's laptop "
			"drivers "
			"ask ACPI for it; run gpu-handoff guest apply --dgpu=0000:01:00.0 --vbios "
			"FILE "
			"DOMAIN\n"},
		{"<rom file='/usr/share/qemu/a.rom'/>", "", ""},
		{"<rom bar='off' file='/usr/share/qemu/a.rom'/>", "", ""},
		{"<rom enabled='no'/>",
			"<qemu:commandline xmlns:qemu='" XML_QEMU "'>" ARG("-acpitable")
				ARG("file=/usr/share/qemu/rom.aml") "</qemu:commandline>",
			""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[4096];

		snprintf(text, sizeof(text), without, rows[i].rom, rows[i].more);
		check_text(text, &now, rows[i].wanted);
	}
}

static void test_hidden(void **state)
{
	(void)state;
#define IF "run gpu-handoff guest apply --hide-hypervisor DOMAIN if it is\n"
#define VISIBLE                                                                                    \
	"6: note: features: KVM is not hidden, which NVIDIA's driver refuses if it is older than " \
	"465; " IF
	check(HIDDEN, "", VISIBLE);
	check(HIDDEN, "<kvm><hidden state='off'/></kvm>", VISIBLE);
	check_on(&with_amd, HIDDEN, "", "");
#define ID                                                                                         \
	"6: note: features: <hyperv> has no vendor_id, and NVIDIA's driver refuses Microsoft's "   \
	"if "                                                                                      \
	"it is older than 465; " IF
	check(HYPERV, "<hyperv><relaxed state='on'/></hyperv>", ID);
	check(HYPERV, "<hyperv mode='passthrough'/>", ID);
	check_on(&with_amd, HYPERV, "<hyperv mode='passthrough'/>", "");
	check(HYPERV, "", "");
	check(HYPERV, "<hyperv><relaxed state='off'/></hyperv>", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_no_address),
		cmocka_unit_test(test_functions),
		cmocka_unit_test(test_managed),
		cmocka_unit_test(test_machine),
		cmocka_unit_test(test_rom),
		cmocka_unit_test(test_hidden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
