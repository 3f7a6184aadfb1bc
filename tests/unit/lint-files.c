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

static void test_files(void **state)
{
	(void)state;
	check("/usr/share/OVMF/OVMF_CODE_4M.fd", "/home/me/OVMF_CODE.fd",
		"4: warning: os/loader: /home/me/OVMF_CODE.fd is firmware of somebody's own, which "
		"nobody updates and which must never move; " MIGRATE);
	check("/usr/share/OVMF/OVMF_CODE_4M.fd", "/srv/edk2/Build/OvmfX64/OVMF_CODE.fd",
		"4: warning: os/loader: /srv/edk2/Build/OvmfX64/OVMF_CODE.fd is firmware of "
		"somebody's "
		"own, which nobody updates and which must never move; " MIGRATE);
	check("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/edk2/x64/OVMF_CODE.4m.fd", "");
	check("<table type='raw'>" TABLEDIR "/battery.aml",
		"<table type='slic'>" TABLEDIR "/battery.aml",
		"5: warning: os/acpi: " TABLEDIR "/battery.aml comes as SLIC: whatever it is, the "
		"guest gets it with that signature, so "
		"that a battery in it is lost; run gpu-handoff guest migrate DOMAIN, or leave it "
		"if it "
		"is a licence\n");
}

#define NOT_READ(path)                                                                             \
	path ": AppArmor lets QEMU read it only below /usr/share/qemu/, or where libvirt knows "   \
	     "of "                                                                                 \
	     "it; "
#define NO_LABEL(path)                                                                             \
	path ": libvirt does not label it, so that SELinux lets QEMU read it only if its own "     \
	     "label "                                                                              \
	     "allows that; "
#define MOVE "move it below /usr/share/qemu/, for everybody to read\n"

static void test_confined(void **state)
{
	static const char entry[] =
		"<entry name='opt/org.gpu-handoff/vgpu-rom' file='/srv/vgpu.rom'/>";
	static const char rom[] = "run gpu-handoff guest apply --rom FILE DOMAIN\n";
	char wanted[512];

	(void)state;
	snprintf(wanted, sizeof(wanted), "20: error: qemu:override: %s%s",
		NOT_READ("/srv/vgpu.rom"), rom);
	check(entry, "", wanted);
	snprintf(wanted, sizeof(wanted), "20: warning: qemu:override: %s%s",
		NO_LABEL("/srv/vgpu.rom"), rom);
	check_on(&fedora, entry, "", wanted);
	check_on(&bare, entry, "", "");
	check(ROM_OFF, "<rom bar='off' file='/var/lib/x.rom'/>",
		"16: error: hostdev 0000:01:00.0: " NOT_READ("/var/lib/x.rom") MOVE);
	check(ROM_OFF, "<rom bar='off' file='/usr/share/vgabios/x.rom'/>", "");
	check(ROM_OFF, "<rom bar='off' file='/usr/share/qemu/../x.rom'/>",
		"16: error: hostdev 0000:01:00.0: " NOT_READ("/usr/share/qemu/../x.rom") MOVE);
	check(ROM_OFF, "<rom bar='off' file='/srv/vgpu.rom'/>", "");
	check(ARG("-S"), ARG("-acpitable") ARG("file=/srv/a"),
		"21: error: qemu:commandline: " NOT_READ("/srv/a") MIGRATE);
	check_on(&bookworm, ARG("-S"), ARG("-acpitable") ARG("sig=SSDT,file=/srv/a,rev=1"),
		"21: error: qemu:commandline: " NOT_READ("/srv/a") MOVE);
	check(ARG("-S"), ARG("--fw_cfg") ARG("name=opt/a,file=/srv/a"),
		"21: error: qemu:commandline: " NOT_READ(
			"/srv/a") "write it as an <entry> of <sysinfo type='fwcfg'>\n");
	check_on(&old, ARG("-S"), ARG("-set") ARG("device.ua-vgpu.romfile=/srv/a"), DROPPED_OLD);
	check(ARG("-S"), ARG("-acpitable") ARG("file=/usr/share/qemu/a"), "");
	check(ARG("-S"), ARG("-acpitable") ARG("file=/srv/vgpu.rom"), "");
	check(entry, "<!-- --></sysinfo><seclabel type='none'/><sysinfo>", "");
	check(entry, "<!-- --></sysinfo><seclabel type='none' model='apparmor'/><sysinfo>", "");
	snprintf(wanted, sizeof(wanted), "20: error: qemu:override: %s%s",
		NOT_READ("/srv/vgpu.rom"), rom);
	check(entry, "</sysinfo><seclabel type='none' model='dac'/><sysinfo>", wanted);
}

static void test_separators(void **state)
{
	(void)state;
#define ESCAPED(path)                                                                              \
	"2: error: sysinfo: " path                                                                 \
	": QEMU gets another name, for libvirt does not escape , & < > ' \"; rename the file\n"
	check("file='/srv/vbios.rom'", "file='/srv/a,b.rom'", ESCAPED("/srv/a,b.rom"));
	check("file='/srv/vbios.rom'", "file='/srv/a&amp;b.rom'", ESCAPED("/srv/a&b.rom"));
	check("file='/srv/vbios.rom'", "file='/srv/a:b.rom'", "");
	check("</acpi>", "<table type='raw'>/srv/a:b</table></acpi>",
		"5: error: os/acpi: /srv/a:b: QEMU takes it for several files, parted by colons; "
		"rename the file\n");
	check("</acpi>", "<table type='raw'>/srv/a,b</table></acpi>", "");
	check(ARG("-S"), ARG("-acpitable") ARG("file=/usr/share/qemu/a:/usr/share/qemu/b"),
		"21: note: qemu:commandline: /usr/share/qemu/a:/usr/share/qemu/b: QEMU takes it "
		"for "
		"several files, parted by colons; rename the file if it is one\n");
}

static void test_tables(void **state)
{
	static const char table[] = "<table type='raw'>" TABLEDIR "/vbios.aml</table>";

	(void)state;
#define APPLY "run gpu-handoff guest apply --vbios FILE DOMAIN\n"
	check(VBIOS, "",
		"5: warning: os/acpi: the table that answers for the card's ROM reads the fw_cfg "
		"item "
		"opt/org.gpu-handoff/vbios, and there is none; " APPLY);
	check(table, "",
		"2: warning: sysinfo: no ACPI table reads the card's ROM in "
		"opt/org.gpu-handoff/vbios; " APPLY);
	check(table, "<table type='raw'>/srv/own.aml</table>", "");
	check(table, "</acpi><!-- --><acpi>",
		"2: warning: sysinfo: no ACPI table reads the card's ROM in "
		"opt/org.gpu-handoff/vbios; " APPLY);
	check("<table type='raw'>" TABLEDIR "/battery.aml</table>", "",
		"5: note: os/acpi: the guest has the ROM of a laptop's card, whose driver refuses "
		"a "
		"laptop without a battery; run gpu-handoff guest apply --battery DOMAIN\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_confined),
		cmocka_unit_test(test_separators),
		cmocka_unit_test(test_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
