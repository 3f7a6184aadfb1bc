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
		"is black until the guest's driver is loaded; " SHOW DROPPED_OLD);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_display),
		cmocka_unit_test(test_no_display),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
