/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>

#include "wish-check.h"

#define XMLNS " xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'"
#define DOMAIN(xmlns, devices, rest)                                                               \
	"<domain type='kvm'" xmlns ">\n"                                                           \
	"  <devices>\n" devices "  </devices>\n" rest "</domain>\n"
#define UUID "af5972fb-5530-41a7-0000-fd836204445b"
#define VGPU_WITH(display, alias)                                                                  \
	"    <hostdev mode='subsystem' type='mdev' managed='no' model='vfio-pci'" display ">\n"    \
	"      <source>\n"                                                                         \
	"        <address uuid='" UUID "'/>\n"                                                     \
	"      </source>\n" alias "    </hostdev>\n"
#define OTHER_UUID "af5972fb-5530-41a7-0000-fd836204445c"
#define OTHER                                                                                      \
	"    <hostdev mode='subsystem' type='mdev' model='vfio-pci'>\n"                            \
	"      <source>\n"                                                                         \
	"        <address uuid='" OTHER_UUID "'/>\n"                                               \
	"      </source>\n"                                                                        \
	"    </hostdev>\n"
#define ALIAS	      "      <alias name='ua-vgpu'/>\n"
#define VGPU	      VGPU_WITH(" display='off'", "")
#define VGPU_OFF      VGPU_WITH(" display='off'", ALIAS)
#define VGPU_ON	      VGPU_WITH(" display='on' ramfb='on'", ALIAS)
#define VIDEO(within) "    <video>\n" within "    </video>\n"
#define NO_VIDEO      VIDEO("      <model type='none'/>\n")
#define QXL                                                                                        \
	VIDEO("      <model type='qxl' ram='65536' heads='1'/>\n"                                  \
	      "      <address type='pci' bus='0x00' slot='0x01' function='0x0'/>\n")
#define SPICE                                                                                      \
	"    <graphics type='spice'>\n"                                                            \
	"      <listen type='none'/>\n"                                                            \
	"      <image compression='off'/>\n"                                                       \
	"      <gl enable='yes'/>\n"                                                               \
	"    </graphics>\n"
#define PROPERTY(name, type, value)                                                                \
	"        <qemu:property name='" name "' type='" type "' value='" value "'/>\n"
#define OVERRIDE(properties)                                                                       \
	"  <qemu:override>\n"                                                                      \
	"    <qemu:device alias='ua-vgpu'>\n"                                                      \
	"      <qemu:frontend>\n" properties "      </qemu:frontend>\n"                            \
	"    </qemu:device>\n"                                                                     \
	"  </qemu:override>\n"
#define OPREGION	 PROPERTY("x-igd-opregion", "bool", "true")
#define RESOLUTION(x, y) PROPERTY("xres", "unsigned", x) PROPERTY("yres", "unsigned", y)
#define SET(property)                                                                              \
	"    <qemu:arg value='-set'/>\n"                                                           \
	"    <qemu:arg value='device.ua-vgpu." property "'/>\n"
#define COMMANDLINE(within) "  <qemu:commandline>\n" within "  </qemu:commandline>\n"

static const struct wish on = {.display = WISH_DISPLAY_ON};
static const struct wish off = {.display = WISH_DISPLAY_OFF};
static const struct wish full = {.display = WISH_DISPLAY_ON, .width = 1920, .height = 1080};
static const struct wish size = {.width = 1280, .height = 720};

static void check(const struct wish *wish, const char *before, const char *after)
{
	wish_check_edit(wish_display, wish, &bookworm, before, after);
}

/* Only what is around the vGPU differs. */
static void check_on(const char *before, const char *after)
{
	struct msg text[2];

	snprintf(text[0].text, sizeof(text[0].text), DOMAIN("", "%s" VGPU, ""), before);
	snprintf(text[1].text, sizeof(text[1].text),
		DOMAIN(XMLNS, "%s" VGPU_ON, OVERRIDE(OPREGION)), after);
	check(&on, text[0].text, text[1].text);
}

static void test_of_virt_manager(void **state)
{
	(void)state;
	check(&full,
		DOMAIN("",
			"    <graphics type='spice' autoport='yes'>\n"
			"      <listen type='address'/>\n"
			"      <image compression='off'/>\n"
			"    </graphics>\n"
			"    <sound model='ich9'/>\n" QXL VGPU "    <redirdev/>\n",
			""),
		DOMAIN(XMLNS,
			SPICE "    <sound model='ich9'/>\n" NO_VIDEO VGPU_ON "    <redirdev/>\n",
			OVERRIDE(OPREGION RESOLUTION("1920", "1080"))));
}

/* QEMU 6.2 and later with libvirt before 8.2 have neither form. */
static void test_versions(void **state)
{
	static const struct versions without_ramfb = {5009000, 4001000},
				     between = {8000000, 6002000};
	static const char before[] = DOMAIN("", SPICE NO_VIDEO VGPU, "");
	struct xml *xml = wish_parse(before);
	struct msg why = {""};

	(void)state;
	wish_check_edit(wish_display, &full, &focal, before,
		DOMAIN(XMLNS, SPICE NO_VIDEO VGPU_ON,
			COMMANDLINE(SET("x-igd-opregion=on") SET("xres=1920") SET("yres=1080"))));
	wish_check_edit(wish_display, &on, &without_ramfb, before,
		DOMAIN(XMLNS, SPICE NO_VIDEO VGPU_WITH(" display='on'", ALIAS),
			COMMANDLINE(SET("ramfb=on") SET("driver=vfio-pci-nohotplug")
					SET("x-igd-opregion=on"))));
	/* after the update of libvirt */
	check(&on,
		DOMAIN(XMLNS, SPICE NO_VIDEO VGPU_WITH(" display='on'", ALIAS),
			COMMANDLINE(SET("ramfb=on") SET("driver=vfio-pci-nohotplug")
					SET("x-igd-opregion=on"))),
		DOMAIN(XMLNS, SPICE NO_VIDEO VGPU_ON, OVERRIDE(OPREGION)));
	assert_int_equal(wish_display(xml, &on, &between, &why), -ENOTSUP);
	xml_free(xml);
}

static void test_spice(void **state)
{
	(void)state;
	check_on("    <graphics type='spice' port='5900' tlsPort='5901' autoport='no' "
		 "listen='::' keymap='de'>\n"
		 "      <listen type='address' address='::'/>\n"
		 "      <listen type='network' network='default'/>\n"
		 "      <channel name='main' mode='secure'/>\n"
		 "      <mouse mode='client'/>\n"
		 "    </graphics>\n" NO_VIDEO,
		"    <graphics type='spice' keymap='de'>\n"
		"      <listen type='none'/>\n"
		"      <channel name='main' mode='secure'/>\n"
		"      <image compression='off'/>\n"
		"      <mouse mode='client'/>\n"
		"      <gl enable='yes'/>\n"
		"    </graphics>\n" NO_VIDEO);
	check_on("    <graphics type='spice' port='5900'/>\n" NO_VIDEO, SPICE NO_VIDEO);
	/* what was chosen stays */
	check_on("    <graphics type='spice'>\n"
		 "      <gl enable='no' rendernode='/dev/dri/renderD128'/>\n"
		 "      <image compression='auto_glz'/>\n"
		 "      <listen type='socket' socket='/run/win10.sock'/>\n"
		 "      <listen/>\n"
		 "    </graphics>\n" NO_VIDEO,
		"    <graphics type='spice'>\n"
		"      <gl enable='yes' rendernode='/dev/dri/renderD128'/>\n"
		"      <image compression='auto_glz'/>\n"
		"      <listen type='socket' socket='/run/win10.sock'/>\n"
		"    </graphics>\n" NO_VIDEO);
	check_on("    <graphics type='spice'>\n"
		 "      <image compression='off'/>\n"
		 "      <gl enable='yes'/>\n"
		 "    </graphics>\n" NO_VIDEO,
		SPICE NO_VIDEO);
}

/* Others are seen from afar, or have OpenGL of their own. */
static void test_other_graphics(void **state)
{
#define VNC                                                                                        \
	"    <graphics type='vnc' port='-1' autoport='yes'>\n"                                     \
	"      <listen type='address' address='0.0.0.0'/>\n"                                       \
	"    </graphics>\n"
#define EGL "    <graphics type='egl-headless'/>\n"
	(void)state;
	check_on(VNC NO_VIDEO, VNC EGL NO_VIDEO);
	check_on(EGL VNC NO_VIDEO, EGL VNC NO_VIDEO);
	check_on(VNC SPICE NO_VIDEO, VNC SPICE NO_VIDEO);
	check_on("    <graphics type='sdl'><gl enable='yes'/></graphics>\n" NO_VIDEO,
		"    <graphics type='sdl'><gl enable='yes'/></graphics>\n" NO_VIDEO);
	check_on("    <input/>\n    <sound/>\n" NO_VIDEO,
		"    <input/>\n" SPICE "    <sound/>\n" NO_VIDEO);
}

static void test_video(void **state)
{
	(void)state;
	check_on(SPICE "    <audio/>\n" QXL VIDEO("      <model type='virtio'/>\n"),
		SPICE "    <audio/>\n" NO_VIDEO);
	check_on(SPICE "    <sound/>\n", SPICE "    <sound/>\n" NO_VIDEO);
	check_on(SPICE "    <video/>\n", SPICE NO_VIDEO);
	check_on(SPICE VIDEO("      <!-- two heads -->\n"
			     "      <driver iommu='on'/>\n"
			     "      <model type='virtio' heads='2'>\n"
			     "        <acceleration accel3d='yes'/>\n"
			     "      </model>\n"
			     "      <alias name='ua-video'/>\n"),
		SPICE VIDEO("      <!-- two heads -->\n"
			    "      <model type='none'/>\n"));
}

static void test_off(void **state)
{
	static const char seen[] = DOMAIN("", SPICE QXL VGPU, "");

	(void)state;
	check(&off, seen, seen);
	check(&off, DOMAIN(XMLNS, SPICE NO_VIDEO VGPU_ON, OVERRIDE(OPREGION RESOLUTION("1", "2"))),
		DOMAIN(XMLNS, SPICE VIDEO("      <model type='vga'/>\n") VGPU_OFF, ""));
	/* what is not ours stays */
	check(&off,
		DOMAIN(XMLNS, SPICE NO_VIDEO VGPU_ON,
			OVERRIDE(OPREGION PROPERTY("romfile", "string", "/r"))),
		DOMAIN(XMLNS, SPICE VIDEO("      <model type='vga'/>\n") VGPU_OFF,
			OVERRIDE(PROPERTY("romfile", "string", "/r"))));
	wish_check_edit(wish_display, &off, &focal,
		DOMAIN(XMLNS, SPICE NO_VIDEO VGPU_WITH(" display='on'", ALIAS),
			COMMANDLINE(SET("ramfb=on") SET("driver=vfio-pci-nohotplug")
					SET("x-igd-opregion=on") SET("xres=1") SET("yres=2"))),
		DOMAIN(XMLNS, SPICE VIDEO("      <model type='vga'/>\n") VGPU_OFF, ""));
}

static void test_resolution(void **state)
{
	(void)state;
	check(&size,
		DOMAIN(XMLNS, SPICE NO_VIDEO VGPU_ON,
			OVERRIDE(OPREGION RESOLUTION("1920", "1080"))),
		DOMAIN(XMLNS, SPICE NO_VIDEO VGPU_ON,
			OVERRIDE(OPREGION RESOLUTION("1280", "720"))));
	check(&size, DOMAIN("", QXL VGPU_WITH(" display='on'", ""), ""),
		DOMAIN(XMLNS, QXL VGPU_WITH(" display='on'", ALIAS),
			OVERRIDE(RESOLUTION("1280", "720"))));
}

static void test_refused(void **state)
{
	static const struct wish both = {.display = WISH_DISPLAY_OFF, .width = 1, .height = 1};
	static const struct wish second = {.display = WISH_DISPLAY_ON, .vgpu_uuid = OTHER_UUID};
	static const char without[] = "--display and --resolution need a vGPU; add --vgpu";
	static const char none[] = DOMAIN("", SPICE NO_VIDEO, "");

	(void)state;
	wish_check_refused(wish_display, &on, &bookworm, none, -EINVAL, without);
	wish_check_refused(wish_display, &off, &bookworm, none, -EINVAL, without);
	wish_check_refused(wish_display, &size, &bookworm, none, -EINVAL, without);
	wish_check_refused(wish_display, &size, &bookworm, DOMAIN("", SPICE NO_VIDEO VGPU, ""),
		-EINVAL, "--resolution needs --display on");
	wish_check_refused(wish_display, &both, &bookworm, DOMAIN("", SPICE NO_VIDEO VGPU_ON, ""),
		-EINVAL, "--resolution needs --display on");
	wish_check_refused(wish_display, &on, &bookworm, DOMAIN("", VGPU VGPU, ""), -EINVAL,
		"the guest has 2 vGPUs: " UUID ", " UUID "; name one with --vgpu=UUID");
	wish_check_refused(wish_display, &second, &bookworm, DOMAIN("", VGPU_ON OTHER, ""), -EINVAL,
		"the guest shows on another vGPU, " UUID "; turn that one's display off first: "
		"--vgpu=" UUID " --display off");
}

static void test_not_wished(void **state)
{
	const struct wish other = {.hide = true};

	(void)state;
	check(&other, DOMAIN("", QXL VGPU, ""), DOMAIN("", QXL VGPU, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_of_virt_manager),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_spice),
		cmocka_unit_test(test_other_graphics),
		cmocka_unit_test(test_video),
		cmocka_unit_test(test_off),
		cmocka_unit_test(test_resolution),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_not_wished),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
