/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "formats/lint.h"
#include "guest/wish.h"
#include "xml-check.h"

#define PORT(index, function)                                                                      \
	"<controller type='pci' index='" index "' model='pcie-root-port'>"                         \
	"<address type='pci' domain='0x0000' bus='0x00' slot='0x01' function='0x" function         \
	"'/></controller>\n"
#define HOST(function)                                                                             \
	"<source><address domain='0x0000' bus='0x01' slot='0x00' function='0x" function            \
	"'/></source>"
#define AT(bus, slot, function, more)                                                              \
	"<address type='pci' domain='0x0000' bus='" bus "' slot='" slot "' function='" function    \
	"'" more "/>"
#define SOUND	   AT("0x07", "0x00", "0x1", "")
#define CARD	   AT("0x07", "0x00", "0x0", " multifunction='on'")
#define VGPU	   "model='vfio-pci' display='on' ramfb='on'"
#define GL	   "<gl enable='yes'/>"
#define HYPERV	   "<hyperv><relaxed state='on'/><vendor_id state='on' value='GenuineIntel'/></hyperv>"
#define HIDDEN	   "<kvm><hidden state='on'/></kvm>"
#define ARGS(args) "<qemu:commandline>" args "</qemu:commandline>"
#define ARG(value) "<qemu:arg value='" value "'/>"
#define PROPERTIES                                                                                 \
	"<qemu:property name='xres' type='unsigned' value='1920'/>"                                \
	"<qemu:property name='romfile' type='string' value='/srv/vgpu.rom'/>"
#define OVERRIDE(alias, properties)                                                                \
	"<qemu:override><qemu:device alias='" alias "'><qemu:frontend>" properties                 \
	"</qemu:frontend></qemu:device></qemu:override>\n"
#define TABLES                                                                                     \
	"<acpi><table type='raw'>" TABLEDIR "/vbios.aml</table><table type='raw'>" TABLEDIR        \
	"/battery.aml</table></acpi>"
#define VBIOS "<entry name='opt/org.gpu-handoff/vbios' file='/srv/vbios.rom'/>"

/* A guest with a vGPU and a dGPU that has none of the traps. */
static const char good[] =
	/* 1 */ "<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n"
		/* 2 */ "<sysinfo type='fwcfg'>" VBIOS
		"<entry name='opt/org.gpu-handoff/vgpu-rom' file='/srv/vgpu.rom'/></sysinfo>\n"
		/* 3 */ "<os><type machine='pc-q35-9.2'>hvm</type>\n"
		/* 4 */ "<loader readonly='yes' "
			"type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader>\n"
	/* 5 */ TABLES "</os>\n"
		/* 6 */ "<features>" HYPERV HIDDEN "</features>\n"
		/* 7 */ "<devices>\n"
	/* 8 */ PORT("7", "0")
	/* 9 */ PORT("1", "1")
	/* 10 */ "<graphics type='spice'>" GL "</graphics>\n"
		 /* 11 */ "<video><model type='none'/></video>\n"
		 /* 12 */ "<hostdev mode='subsystem' type='mdev' managed='no' " VGPU ">\n"
		 /* 13 */ "<source><address "
			  "uuid='af5972fb-5530-41a7-0000-fd836204445b'/></source>\n"
		 /* 14 */ "<alias name='ua-vgpu'/></hostdev>\n"
		 /* 15 */ "<hostdev mode='subsystem' type='pci' managed='no'>\n"
	/* 16 */ HOST("0") "<rom bar='off'/>" CARD "</hostdev>\n"
			   /* 17 */ "<hostdev mode='subsystem' type='pci' managed='yes'>\n"
	/* 18 */ HOST("1") SOUND "</hostdev>\n"
				 /* 19 */ "</devices>\n"
	/* 20 */ OVERRIDE("ua-vgpu", PROPERTIES)
	/* 21 */ ARGS(ARG("-S")) "\n"
				 /* 22 */ "</domain>\n";

static bool is_gpu(const char *address)
{
	return strcmp(address, "0000:01:00.0") == 0 || strcmp(address, "0000:02:00.0") == 0;
}

static unsigned int nvidia(const char *address)
{
	return strncmp(address, "0000:01:00.", 11) == 0 ? 0x10de : 0;
}

static unsigned int amd(const char *address)
{
	(void)address;
	return 0x1002;
}

#define GPUS .is_gpu = is_gpu, .vendor = nvidia

static const struct lint_host now = {11003000, 10000000, .apparmor = true, GPUS},
			      bookworm = {9000000, 7002000, .apparmor = true, GPUS},
			      old = {5000000, 4002000, GPUS}, between = {8001000, 6002000, GPUS},
			      fedora = {11003000, 10000000, .selinux = true, GPUS},
			      bare = {11003000, 10000000, GPUS},
			      with_amd = {11003000, 10000000, .is_gpu = is_gpu, .vendor = amd},
			      unknown;

/* As "LINE: SEVERITY: PLACE: TEXT; REMEDY\n" each. */
static void list(const struct xml *xml, const struct lint_host *host, enum lint_severity least,
	char *out, size_t size)
{
	static struct lint lint;
	size_t length = 0;

	lint_domain(xml, host, &lint);
	*out = '\0';
	for (size_t i = 0; i < lint.findings; i++) {
		const struct lint_finding *f = &lint.finding[i];

		if (f->severity >= least)
			length += (size_t)snprintf(out + length, size - length,
				"%d: %s: %s: %s; %s\n", f->line, lint_severity_name(f->severity),
				f->place, f->text, f->remedy);
		assert_true(length < size);
	}
	assert_false(lint.cut);
}

static void check_text(const char *text, const struct lint_host *host, const char *wanted)
{
	struct xml *xml = read_xml(text);
	char listing[16384];

	list(xml, host, LINT_NOTE, listing, sizeof(listing));
	assert_string_equal(listing, wanted);
	xml_free(xml);
}

/* The good guest, with TO in the place of FROM. */
static void check_on(
	const struct lint_host *host, const char *from, const char *to, const char *wanted)
{
	const char *at = strstr(good, from);
	char *text;

	assert_non_null(at);
	assert_true(asprintf(&text, "%.*s%s%s", (int)(at - good), good, to, at + strlen(from)) > 0);
	check_text(text, host, wanted);
	free(text);
}

static void check(const char *from, const char *to, const char *wanted)
{
	check_on(&now, from, to, wanted);
}

#define MIGRATE "run gpu-handoff guest migrate DOMAIN\n"
#define DGPU	"run gpu-handoff guest apply --dgpu=0000:01:00.0 DOMAIN\n"
#define SHOW	"run gpu-handoff guest apply --display on DOMAIN\n"

static void test_none(void **state)
{
	(void)state;
	check_text(good, &now, "");
	check_text(good, &fedora, "");
	check_text(good, &unknown, "");
	check_text("<domain/>", &unknown, "");
	check_text("<domain><devices/></domain>", &now, "");
}

#define SETS                                                                                       \
	ARG("-set")                                                                                \
	ARG("device.hostdev0.a=1")                                                                 \
	ARG("-set") ARG("device.ua-vgpu.b=2") ARG("-set") ARG("drive.c.d=1")

static void test_set(void **state)
{
	(void)state;
	check(ARG("-S"), SETS,
		"21: error: qemu:commandline: 2 -set of host devices (hostdev0.a): libvirt hands "
		"devices over as JSON, where -set does not find them: 'there is no device "
		"\"hostdev0\" defined'; " MIGRATE);
	check_on(&between, ARG("-S"), ARG("-set") ARG("device.hostdev1.a=1"),
		"21: error: qemu:commandline: 1 -set of host devices (hostdev1.a): libvirt hands "
		"devices over as JSON, where -set does not find them: 'there is no device "
		"\"hostdev1\" defined'; update libvirt to 8.2 or later, then " MIGRATE);
	check_on(&old, ARG("-S"), SETS, "");
	check(ARG("-S"), ARG("device.hostdev0.a=1"), "");
	check(ARG("-S"), ARG("-set") ARG("device.hostdev0"), "");

	check(ARG("-S"), ARG("-set") ARG("device.hostdev2.a=1"),
		"21: error: qemu:commandline: -set device.hostdev2.a: libvirt hands devices over "
		"as "
		"JSON, where -set does not find them: 'there is no device \"hostdev2\" defined'; "
		"give the device an <alias name='ua-...'/> and write a <qemu:override> for that\n");
	check(ARG("-S"), ARG("-set") ARG("device.video0.vgamem_mb=64"),
		"21: error: qemu:commandline: -set device.video0.vgamem_mb: libvirt hands devices "
		"over "
		"as JSON, where -set does not find them: 'there is no device \"video0\" defined'; "
		"give the device an <alias name='ua-...'/> and write a <qemu:override> for that\n");
	check_on(&old, ARG("-S"), ARG("-set") ARG("device.video0.vgamem_mb=64"), "");
	check(ARG("-S"),
		ARG("-device") ARG("vga,id=mine") ARG("-set") ARG("device.mine.vgamem_mb=64"), "");
}

static void test_namespace(void **state)
{
	(void)state;
	check_text("<domain>\n<qemu:commandline/></domain>", &now,
		"2: error: qemu:commandline: is not in the namespace " XML_QEMU
		", so that libvirt drops it silently; " MIGRATE);
#define WRITE                                                                                      \
	"so that libvirt drops it silently; write it with the prefix qemu:, and "                  \
	"xmlns:qemu='" XML_QEMU "' in <domain>\n"
	check_text("<domain>\n\n<override/></domain>", &now,
		"3: error: override: is not in the namespace " XML_QEMU ", " WRITE);
	check_text("<domain xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.1'>"
		   "<qemu:commandline/></domain>",
		&now, "1: error: commandline: is not in the namespace " XML_QEMU ", " WRITE);
	check_text("<domain xmlns:b='http://libvirt.org/schemas/domain/bhyve/1.0'>"
		   "<b:commandline/><metadata><commandline/></metadata></domain>",
		&now, "");
	check_text("<domain xmlns:q='" XML_QEMU "'><q:commandline/></domain>", &now, "");
}

static void test_override(void **state)
{
	(void)state;
#define VALUE(type, value) "<qemu:property name='x' type='" type "' value='" value "'/>"
#define REFUSED(count, value)                                                                      \
	"20: error: qemu:override: " count " values that libvirt refuses (x='" value               \
	"'): numbers are in decimal there, and booleans true or false; " MIGRATE
	check(PROPERTIES, VALUE("unsigned", "0x10de") VALUE("bool", "on"), REFUSED("2", "0x10de"));
	check(PROPERTIES, VALUE("signed", "-0x1"), REFUSED("1", "-0x1"));
	check(PROPERTIES, VALUE("unsigned", "-1"), REFUSED("1", "-1"));
	check(PROPERTIES, VALUE("unsigned", ""), REFUSED("1", ""));
	check(PROPERTIES, VALUE("bool", "yes"), REFUSED("1", "yes"));
	check(PROPERTIES,
		VALUE("signed", "-10") VALUE("bool", "false")
			VALUE("string", "0x1") "<qemu:property name='y' type='remove'/>",
		"");

	check_text("<domain xmlns:qemu='" XML_QEMU "'><qemu:override/></domain>", &now,
		"1: note: qemu:override: is empty, which crashes libvirt 8.4; " MIGRATE);
	check_text("<domain xmlns:qemu='" XML_QEMU "'><qemu:override> </qemu:override></domain>",
		&unknown, "1: error: qemu:override: is empty, which crashes libvirt 8.4; " MIGRATE);

#define NOBODY(alias)                                                                              \
	"20: warning: qemu:override: is for '" alias                                               \
	"', and no device is called so: libvirt ignores it; write the alias that the device has\n"
	check("alias='ua-vgpu'><qemu:frontend>" PROPERTIES,
		"alias='ua-gone'><qemu:frontend>" VALUE("unsigned", "1"), NOBODY("ua-gone"));
	check("alias='ua-vgpu'><qemu:frontend>" PROPERTIES,
		"alias='hostdev2'><qemu:frontend>" VALUE("unsigned", "1"), NOBODY("hostdev2"));
	check("alias='ua-vgpu'><qemu:frontend>" PROPERTIES,
		"alias='hostdev1'><qemu:frontend>" VALUE("unsigned", "1"), "");
	check("alias='ua-vgpu'><qemu:frontend>" PROPERTIES,
		"alias='net0'><qemu:frontend>" VALUE("unsigned", "1"), "");
}

static void test_environment(void **state)
{
	(void)state;
#define ENV(value) "<qemu:env name='MESA_LOADER_DRIVER_OVERRIDE' value='" value "'/>"
	check(ARG("-S"), ENV("i965"),
		"21: warning: qemu:commandline: MESA_LOADER_DRIVER_OVERRIDE=i965: Mesa has no such "
		"driver since 22.0, and QEMU no OpenGL without it; " MIGRATE);
	check(ARG("-S"), ENV("iris"), "");
}

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

#define FROM_ROM "<rom bar='off'/>"

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

static void test_display(void **state)
{
	(void)state;
	check("<model type='none'/>", "<model type='qxl'/>",
		"11: warning: video: a model 'qxl' beside a vGPU with display='on': the guest has "
		"two "
		"screens, and shows its desktop on the wrong one; " SHOW);
	check("<video><model type='none'/></video>", "",
		"12: warning: video: there is no <video>, so that libvirt adds one beside the vGPU "
		"with display='on'; " SHOW);
#define NO_GL                                                                                      \
	"12: error: hostdev af5972fb-5530-41a7-0000-fd836204445b: has display='on' and no "        \
	"display "                                                                                 \
	"with OpenGL shows it (spice with gl, egl-headless): QEMU ends with \"opengl not "         \
	"available\"; " SHOW
	check(GL, "", NO_GL);
	check(GL, "<gl enable='no'/>", NO_GL);
	check(GL, "</graphics><graphics type='egl-headless'>", "");
	check("<graphics type='spice'>" GL "</graphics>", "", NO_GL);
	check_text("<domain xmlns:qemu='" XML_QEMU "'><devices><hostdev type='mdev' " VGPU
		   "/></devices>" ARGS(ARG("-display") ARG("gtk,gl=on")) "</domain>",
		&now, "");
	check("ramfb='on'", "",
		"12: warning: hostdev af5972fb-5530-41a7-0000-fd836204445b: has no ramfb: the "
		"screen "
		"is black until the guest's driver is loaded; " SHOW);
	check_on(&old, "ramfb='on'", "ramfb='off'",
		"12: warning: hostdev af5972fb-5530-41a7-0000-fd836204445b: has no ramfb: the "
		"screen "
		"is black until the guest's driver is loaded; " SHOW);
	check("ramfb='on'>\n<source><address uuid='af5972fb-5530-41a7-0000-fd836204445b'/></source>"
	      "\n<alias name='ua-vgpu'/></hostdev>",
		"/>",
		"12: warning: hostdev : has no ramfb: the screen is black until the guest's "
		"driver is loaded; " SHOW
		"18: warning: qemu:override: is for 'ua-vgpu', and no device is called so: "
		"libvirt ignores it; write the alias that the device has\n");
}

static void test_no_display(void **state)
{
	(void)state;
#define RES                                                                                        \
	"20: error: qemu:override: xres of a vGPU without display='on', which QEMU refuses; run "  \
	"gpu-handoff guest apply --display on DOMAIN, or --display off\n"
	check(VGPU, "model='vfio-pci' display='off'", RES);
	check(VGPU, "model='vfio-pci'", RES);
	check(VGPU, "model='vfio-pci' ramfb='on'",
		"12: error: hostdev af5972fb-5530-41a7-0000-fd836204445b: has ramfb='on' without "
		"display='on', which QEMU refuses; " SHOW RES);
	check_text("<domain xmlns:qemu='" XML_QEMU "'><devices><hostdev type='mdev' "
		   "model='vfio-pci'/></devices>\n" ARGS(
			   ARG("-set") ARG("device.hostdev0.yres=9")) "</domain>",
		&old,
		"2: error: qemu:commandline: yres of a vGPU without display='on', which QEMU "
		"refuses; run gpu-handoff guest apply --display on DOMAIN, or --display off\n");
	check_text("<domain><devices><video><model type='qxl'/></video><hostdev type='mdev' "
		   "model='vfio-pci' display='off'/><hostdev type='mdev' model='vfio-ccw' "
		   "display='on'/></devices></domain>",
		&now, "");
}

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
	check(FROM_ROM, "<rom bar='off' file='/var/lib/x.rom'/>",
		"16: error: hostdev 0000:01:00.0: " NOT_READ("/var/lib/x.rom") MOVE);
	check(FROM_ROM, "<rom bar='off' file='/usr/share/vgabios/x.rom'/>", "");
	check(FROM_ROM, "<rom bar='off' file='/usr/share/qemu/../x.rom'/>",
		"16: error: hostdev 0000:01:00.0: " NOT_READ("/usr/share/qemu/../x.rom") MOVE);
	check(FROM_ROM, "<rom bar='off' file='/srv/vgpu.rom'/>", "");
	check(ARG("-S"), ARG("-acpitable") ARG("file=/srv/a"),
		"21: error: qemu:commandline: " NOT_READ("/srv/a") MIGRATE);
	check_on(&bookworm, ARG("-S"), ARG("-acpitable") ARG("sig=SSDT,file=/srv/a,rev=1"),
		"21: error: qemu:commandline: " NOT_READ("/srv/a") MOVE);
	check(ARG("-S"), ARG("--fw_cfg") ARG("name=opt/a,file=/srv/a"),
		"21: error: qemu:commandline: " NOT_READ(
			"/srv/a") "write it as an <entry> of <sysinfo type='fwcfg'>\n");
	check_on(&old, ARG("-S"), ARG("-set") ARG("device.ua-vgpu.romfile=/srv/a"), "");
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

static void test_many(void **state)
{
	static struct lint lint;
	struct xml *xml;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	assert_non_null(f);
	fputs("<domain>", f);
	for (int i = 0; i < LINT_FINDINGS_MAX; i++)
		fputs("\n<qemu:override/>", f);
	fputs("</domain>", f);
	assert_int_equal(fclose(f), 0);
	xml = read_xml(text);
	lint_domain(xml, &now, &lint);
	assert_int_equal(lint.findings, LINT_FINDINGS_MAX);
	assert_false(lint.cut);
	assert_int_equal(lint.finding[LINT_FINDINGS_MAX - 1].line, LINT_FINDINGS_MAX + 1);
	assert_int_equal(xml_append(xml, xml_root(xml), "<qemu:override/>", NULL), 0);
	lint_domain(xml, &now, &lint);
	assert_int_equal(lint.findings, LINT_FINDINGS_MAX);
	assert_true(lint.cut);
	xml_free(xml);
	free(text);
}

static char *read_data(const char *name)
{
	enum { SIZE = 65536 };
	char path[128], *text = malloc(SIZE);

	assert_non_null(text);
	snprintf(path, sizeof(path), "tests/data/%s", name);
	assert_true(file_read(AT_FDCWD, path, text, SIZE) > 0);
	return text;
}

static void test_recipe(void **state)
{
	static const struct {
		const struct lint_host *host;
		const char *expected;
	} rows[] = {
		{&bookworm, "expected/recipe-9.0.0-7.2.0.lint"},
		{&now, "expected/recipe-11.3.0-10.0.0.lint"},
		{&old, "expected/recipe-5.0.0-4.2.0.lint"},
	};
	char *text = read_data("recipe.xml");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *wanted = read_data(rows[i].expected);

		check_text(text, rows[i].host, wanted);
		free(wanted);
	}
	free(text);
}

/* What we make has none of the traps. */
static void test_applied(void **state)
{
	static const char *const names[] = {"virt-manager-win10.xml", "virt-manager-win10-old.xml",
		"tabs-and-comments.xml", "firmware-efi.xml", "with-commandline.xml", "vnc-only.xml",
		"virsh-minimal.xml"};
	static const struct lint_host *const hosts[] = {&bookworm, &now, &old, &fedora};
	struct wish wish = {.vgpu = true,
		.dgpu = true,
		.card = {0, 1, 0, 2, {0, 1}, 0x10de, 0x1c8d, 0x17aa, 0x39d1},
		.display = WISH_DISPLAY_ON,
		.width = 1920,
		.height = 1080,
		.rom = "/var/lib/gpu-handoff/a/vgpu.rom",
		.vbios = "/var/lib/gpu-handoff/a/vbios.rom",
		.battery = true,
		.hide = true};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		for (size_t j = 0; j < sizeof(hosts) / sizeof(*hosts); j++) {
			struct versions versions = {hosts[j]->libvirt, hosts[j]->qemu};
			char *text = read_data(names[i]), listing[16384];
			struct xml *xml = read_xml(text);
			struct msg why = {""};

			assert_int_equal(wish_apply(xml, &wish, &versions, &why), 0);
			list(xml, hosts[j], LINT_NOTE, listing, sizeof(listing));
			assert_string_equal(listing, "");
			xml_free(xml);
			free(text);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_namespace),
		cmocka_unit_test(test_override),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_no_address),
		cmocka_unit_test(test_functions),
		cmocka_unit_test(test_managed),
		cmocka_unit_test(test_machine),
		cmocka_unit_test(test_rom),
		cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_display),
		cmocka_unit_test(test_no_display),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_confined),
		cmocka_unit_test(test_separators),
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_recipe),
		cmocka_unit_test(test_applied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
