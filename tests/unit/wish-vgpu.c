/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "wish-check.h"

#define OWN		      "  <uuid>3F2C9A1E-7B44-4C0D-9D5E-52B1A6C0E8F7</uuid>\n"
#define XMLNS		      " xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'"
#define DOMAIN(xmlns, within) "<domain type='kvm'" xmlns ">\n" within "</domain>\n"
#define DEVICES(within)	      "  <devices>\n" within "  </devices>\n"
#define VGPU_WITH(uuid, alias)                                                                     \
	"    <hostdev mode='subsystem' type='mdev' managed='no' model='vfio-pci' "                 \
	"display='off'>\n"                                                                         \
	"      <source>\n"                                                                         \
	"        <address uuid='" uuid "'/>\n"                                                     \
	"      </source>\n" alias "    </hostdev>\n"
#define VGPU(uuid) VGPU_WITH(uuid, "      <alias name='ua-vgpu'/>\n")
/* the domain's own, but for the version */
#define DERIVED	     "3f2c9a1e-7b44-8c0d-9d5e-52b1a6c0e8f7"
#define OTHER	     "af5972fb-5530-41a7-0000-fd836204445b"
#define THIRD	     "00000000-0000-0000-0000-000000000001"
#define ROM	     "/usr/share/qemu/vgpu.rom"
#define BROKEN(uuid) "    <hostdev type='mdev' model='vfio-pci'>" uuid "</hostdev>\n"

static const struct wish vgpu = {.vgpu = true};
static const struct wish other = {.vgpu = true, .vgpu_uuid = OTHER};
static const struct wish rom = {.rom = ROM};

static void check(const struct wish *wish, const char *before, const char *after)
{
	wish_check_edit(wish_vgpu, wish, &bookworm, before, after);
}

static void refused(const struct wish *wish, const char *before, const char *reason)
{
	wish_check_refused(wish_vgpu, wish, &bookworm, before, -EINVAL, reason);
}

/* Behind what libvirt writes before it. */
static void test_added(void **state)
{
	(void)state;
	check(&vgpu, DOMAIN("", OWN DEVICES("")), DOMAIN("", OWN DEVICES(VGPU(DERIVED))));
	check(&vgpu, DOMAIN("", OWN DEVICES("    <disk/>\n")),
		DOMAIN("", OWN DEVICES("    <disk/>\n" VGPU(DERIVED))));
	check(&vgpu, DOMAIN("", OWN DEVICES("    <sound/>\n    <audio/>\n    <memballoon/>\n")),
		DOMAIN("", OWN DEVICES("    <sound/>\n    <audio/>\n" VGPU(
				   DERIVED) "    <memballoon/>\n")));
	check(&other,
		DOMAIN("", DEVICES("    <video/>\n    <hostdev type='pci'/> <!-- network -->\n"
				   "    <redirdev/>\n")),
		DOMAIN("",
			DEVICES("    <video/>\n    <hostdev type='pci'/> <!-- network -->\n" VGPU(
				OTHER) "    <redirdev/>\n")));
}

/* Mediated devices of other kinds are no vGPUs; an alias is one device's. */
static void test_beside(void **state)
{
	(void)state;
	check(&vgpu,
		DOMAIN("", OWN DEVICES("    <hostdev type='mdev' model='vfio-ap'>\n"
				       "      <alias name='ua-vgpu'/>\n"
				       "    </hostdev>\n")),
		DOMAIN("", OWN DEVICES("    <hostdev type='mdev' model='vfio-ap'>\n"
				       "      <alias name='ua-vgpu'/>\n"
				       "    </hostdev>\n" VGPU_WITH(
					       DERIVED, "      <alias name='ua-vgpu2'/>\n"))));
}

static void test_there(void **state)
{
	static const char one[] = DOMAIN("", OWN DEVICES(VGPU_WITH(OTHER, "")));
	static const char two[] = DOMAIN("", DEVICES(VGPU_WITH(THIRD, "") VGPU_WITH(OTHER, "")));

	(void)state;
	check(&vgpu, one, one);
	check(&other, one, one);
	check(&other, two, two);
	check(&(struct wish){.hide = true}, two, two);
	/* as a person may write it */
	check(&other, DOMAIN("", DEVICES(VGPU_WITH("AF5972FB-5530-41A7-0000-FD836204445B", ""))),
		DOMAIN("", DEVICES(VGPU_WITH("AF5972FB-5530-41A7-0000-FD836204445B", ""))));
}

static void test_other_uuid(void **state)
{
	static const struct wish upper = {
		.vgpu = true, .vgpu_uuid = "AF5972FB-5530-41A7-0000-FD836204445B"};

	(void)state;
	check(&other, DOMAIN("", DEVICES("    <video/>\n" VGPU_WITH(DERIVED, ""))),
		DOMAIN("", DEVICES("    <video/>\n" VGPU_WITH(OTHER, ""))));
	check(&upper, DOMAIN("", DEVICES(VGPU_WITH(DERIVED, ""))),
		DOMAIN("", DEVICES(VGPU_WITH(OTHER, ""))));
	check(&upper, DOMAIN("", DEVICES("")), DOMAIN("", DEVICES(VGPU(OTHER))));
}

static void test_refused(void **state)
{
	(void)state;
	refused(&vgpu, DOMAIN("", DEVICES("")),
		"the domain has no <uuid> to make the vGPU's of; give one with --vgpu=UUID");
	refused(&vgpu, DOMAIN("", "  <uuid>x</uuid>\n" DEVICES("")),
		"the domain has no <uuid> to make the vGPU's of; give one with --vgpu=UUID");
	refused(&vgpu, DOMAIN("", OWN), "the domain has no <devices>");
	refused(&(struct wish){.vgpu = true, .vgpu_uuid = "new"}, DOMAIN("", DEVICES("")),
		"'new' is not a UUID");
	refused(&(struct wish){.vgpu = true, .vgpu_uuid = "new"},
		DOMAIN("", DEVICES(VGPU_WITH(OTHER, ""))), "'new' is not a UUID");
	refused(&vgpu, DOMAIN("", DEVICES(VGPU_WITH(OTHER, "") VGPU_WITH(THIRD, ""))),
		"the guest has 2 vGPUs: " OTHER ", " THIRD "; name one with --vgpu=UUID");
	refused(&other, DOMAIN("", DEVICES(VGPU_WITH(DERIVED, "") VGPU_WITH(THIRD, ""))),
		"the guest has 2 vGPUs and none of them is " OTHER ": " DERIVED ", " THIRD
		"; name one of them");
	refused(&other, DOMAIN("", DEVICES(BROKEN("<source/>"))),
		"the guest's vGPU (line 3) has no <source><address>");
}

/* As a property, and as an item that makes the security drivers permit the file. */
static void test_rom(void **state)
{
	static const char before[] = DOMAIN("", OWN DEVICES(VGPU_WITH(OTHER, "")));
	static const char as_set[] = DOMAIN(XMLNS,
		OWN DEVICES(VGPU(OTHER)) "  <qemu:commandline>\n"
					 "    <qemu:arg value='-set'/>\n"
					 "    <qemu:arg value='device.ua-vgpu.romfile=" ROM "'/>\n"
					 "  </qemu:commandline>\n");

	(void)state;
	check(&rom, before,
		DOMAIN(XMLNS, OWN "  <sysinfo type='fwcfg'>\n    <entry "
				  "name='opt/org.gpu-handoff/vgpu-rom' file='" ROM
				  "'/>\n  </sysinfo>\n" DEVICES(
					  VGPU(OTHER)) "  <qemu:override>\n"
						       "    <qemu:device alias='ua-vgpu'>\n"
						       "      <qemu:frontend>\n"
						       "        <qemu:property name='romfile' "
						       "type='string' value='" ROM "'/>\n"
						       "      </qemu:frontend>\n"
						       "    </qemu:device>\n"
						       "  </qemu:override>\n"));
	wish_check_edit(wish_vgpu, &rom, &focal, before, as_set);
}

static void test_rom_refused(void **state)
{
	static const struct wish comma = {.rom = "/a,b"};
	/* neither form works */
	static const struct versions between = {8000000, 6002000};
	struct msg why = {""};
	struct xml *xml = wish_parse(DOMAIN("", DEVICES(VGPU_WITH(OTHER, ""))));

	(void)state;
	assert_int_equal(wish_vgpu(xml, &rom, &between, &why), -ENOTSUP);
	xml_free(xml);
	refused(&rom, DOMAIN("", DEVICES("")), "--rom needs a vGPU; add --vgpu");
	refused(&comma, DOMAIN("", DEVICES(VGPU_WITH(OTHER, ""))),
		"'/a,b' cannot be given to a guest; use an absolute path without , & < > ' \" and "
		"control characters");
	refused(&rom, DOMAIN("", DEVICES(VGPU_WITH(OTHER, "") VGPU_WITH(THIRD, ""))),
		"the guest has 2 vGPUs: " OTHER ", " THIRD "; name one with --vgpu=UUID");
}

static void test_find(void **state)
{
	struct xml *xml = wish_parse(DOMAIN(
		"", "<hostdev type='mdev' model='vfio-pci'/>\n" DEVICES(
			    "<hostdev type='mdev' model='vfio-ccw'/>\n" VGPU_WITH(OTHER, ""))));

	(void)state;
	assert_ptr_equal(wish_find_vgpu(xml), xml_find(xml, NULL, "devices/hostdev[2]"));
	assert_non_null(wish_find_vgpu(xml));
	xml_free(xml);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_added),
		cmocka_unit_test(test_beside),
		cmocka_unit_test(test_there),
		cmocka_unit_test(test_other_uuid),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_rom),
		cmocka_unit_test(test_rom_refused),
		cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
