/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/lint.h"
#include "xml-check.h"

/* For tests of lint; cmocka.h comes first. */

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

#define VGPU_ROM    "<entry name='opt/org.gpu-handoff/vgpu-rom' file='/srv/vgpu.rom'/>"
#define OVMF	    "/usr/share/OVMF/OVMF_CODE_4M.fd"
#define UUID	    "af5972fb-5530-41a7-0000-fd836204445b"
#define PORTS	    PORT("7", "0") PORT("1", "1")
#define GPU	    HOST("0")
#define AUDIO	    HOST("1") SOUND
#define OVERRIDES   OVERRIDE("ua-vgpu", PROPERTIES)
#define ROM_OFF	    "<rom bar='off'/>"
#define COMMANDLINE ARGS(ARG("-S"))

/* A guest with a vGPU and a dGPU that has none of the traps. */
static const char good[] =
	"<domain type='kvm' xmlns:qemu='" XML_QEMU "'>\n"
	"<sysinfo type='fwcfg'>" VBIOS VGPU_ROM "</sysinfo>\n"
	"<os><type machine='pc-q35-9.2'>hvm</type>\n"
	"<loader readonly='yes' type='pflash'>" OVMF "</loader>\n" TABLES "</os>\n"
	"<features>" HYPERV HIDDEN "</features>\n"
	"<devices>\n" PORTS "<graphics type='spice'>" GL "</graphics>\n"
	"<video><model type='none'/></video>\n"
	"<hostdev mode='subsystem' type='mdev' managed='no' " VGPU ">\n"
	"<source><address uuid='" UUID "'/></source>\n"
	"<alias name='ua-vgpu'/></hostdev>\n"
	"<hostdev mode='subsystem' type='pci' managed='no'>\n" GPU "<rom bar='off'/>" CARD
	"</hostdev>\n"
	"<hostdev mode='subsystem' type='pci' managed='yes'>\n" AUDIO "</hostdev>\n"
	"</devices>\n" OVERRIDES COMMANDLINE "\n"
	"</domain>\n";

static inline bool is_gpu(const char *address)
{
	return strcmp(address, "0000:01:00.0") == 0 || strcmp(address, "0000:02:00.0") == 0;
}

static inline unsigned int nvidia(const char *address)
{
	return strncmp(address, "0000:01:00.", 11) == 0 ? 0x10de : 0;
}

static inline unsigned int amd(const char *address)
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
static inline void list(const struct xml *xml, const struct lint_host *host,
	enum lint_severity least, char *out, size_t size)
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

static inline void check_text(const char *text, const struct lint_host *host, const char *wanted)
{
	struct xml *xml = read_xml(text);
	char listing[16384];

	list(xml, host, LINT_NOTE, listing, sizeof(listing));
	assert_string_equal(listing, wanted);
	xml_free(xml);
}

/* The good guest, with TO in the place of FROM. */
static inline void check_on(
	const struct lint_host *host, const char *from, const char *to, const char *wanted)
{
	const char *at = strstr(good, from);
	char *text;

	assert_non_null(at);
	assert_true(asprintf(&text, "%.*s%s%s", (int)(at - good), good, to, at + strlen(from)) > 0);
	check_text(text, host, wanted);
	free(text);
}

static inline void check(const char *from, const char *to, const char *wanted)
{
	check_on(&now, from, to, wanted);
}

#define MIGRATE "run gpu-handoff guest migrate DOMAIN\n"
#define DGPU	"run gpu-handoff guest apply --dgpu=0000:01:00.0 DOMAIN\n"
#define SHOW	"run gpu-handoff guest apply --display on DOMAIN\n"

/* What is said of the override of the good guest on libvirt before 8.2. */
#define DROPPED(count)                                                                             \
	"20: error: qemu:override: libvirt knows it as of 8.2 and drops it silently before: "      \
	"none of the " count " properties in it is set; "
#define BETWEEN                                                                                    \
	"update libvirt to 8.2 or later; an older one has no other way with QEMU 6.2 or later\n"
#define OLD                                                                                        \
	"write each as -set device.ALIAS.PROPERTY=VALUE into <qemu:commandline>, or update "       \
	"libvirt to 8.2 or later\n"
#define DROPPED_BETWEEN DROPPED("2") BETWEEN
#define DROPPED_OLD	DROPPED("2") OLD
