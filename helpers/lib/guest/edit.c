/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/edit.h"

#include <errno.h>
#include <fcntl.h>
#include <libvirt/libvirt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "formats/diff.h"
#include "formats/domain.h"
#include "guest/host.h"
#include "guest/kept-rom.h"

enum { QEMU_DEFAULT = 7002000 };

/* A pipe is as good as a file. */
static int read_file(const char *path, char **out, size_t *length, struct msg *why)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), err;

	if (fd < 0)
		return msg_fail(why, errno, "%s cannot be opened: %s", path, strerror(errno));
	err = file_slurp(fd, DOMAIN_BYTES_MAX, out, length);
	if (!is_stdin)
		close(fd);
	if (err == -EFBIG)
		return msg_fail(why, EFBIG, "%s is larger than %d bytes and no domain's XML", path,
			DOMAIN_BYTES_MAX);
	return err < 0 ? msg_fail(why, -err, "%s cannot be read: %s", path, strerror(-err)) : 0;
}

static int open_file(
	const struct edit_source *source, struct edit *edit, size_t *length, struct msg *why)
{
	text_printable(strcmp(source->file, "-") == 0 ? "stdin" : source->file, edit->name,
		sizeof(edit->name));
	edit->versions = source->versions;
	if (edit->versions.libvirt == 0 && virGetVersion(&edit->versions.libvirt, NULL, NULL) < 0)
		return msg_fail(why, EIO,
			"the version of libvirt is not known; give it with --libvirt-version");
	if (edit->versions.qemu == 0)
		edit->versions.qemu = QEMU_DEFAULT;
	return read_file(source->file, &edit->before, length, why);
}

static int open_domain(
	const struct edit_source *source, struct edit *edit, size_t *length, struct msg *why)
{
	const char *uri = source->connect ? source->connect : CONNECTION_SYSTEM;
	int err = connection_open(uri, source->domain, source->writes, &edit->connection, why);

	if (err < 0)
		return err;
	text_printable(connection_name(edit->connection), edit->name, sizeof(edit->name));
	if (!text_uuid(connection_uuid(edit->connection), edit->uuid))
		return msg_fail(why, EIO, "libvirt says a wrong UUID of %s", edit->name);
	err = connection_versions(edit->connection, &edit->versions, why);
	if (err == 0)
		err = connection_definition(edit->connection, &edit->before, why);
	if (err == 0)
		*length = strlen(edit->before);
	return err;
}

int edit_open(const struct edit_source *source, struct edit *edit, struct msg *why)
{
	char uuid[64];
	xmlNode *node;
	struct msg reason;
	size_t length = 0;
	int err;

	*edit = (struct edit){0};
	err = (source->file ? open_file : open_domain)(source, edit, &length, why);
	if (err < 0)
		return err;
	err = xml_parse(edit->before, length, &edit->xml, &reason);
	if (err < 0)
		return msg_fail(why, -err, "%s: %s", edit->name, reason.text);
	node = xml_find(edit->xml, NULL, "uuid");
	if (!*edit->uuid && node)
		text_uuid(xml_content(node, uuid, sizeof(uuid)), edit->uuid);
	return 0;
}

void edit_close(struct edit *edit)
{
	for (size_t i = 0; i < STATE_FILES; i++)
		rom_file_free(&edit->rom[i]);
	if (edit->xml)
		xml_free(edit->xml);
	free(edit->before);
	connection_close(edit->connection);
	*edit = (struct edit){0};
}

static int need_uuid(const struct edit *edit, struct msg *why)
{
	if (*edit->uuid)
		return 0;
	return msg_fail(why, EINVAL,
		"%s has no <uuid>, which the option ROM's place is named after; add one (uuidgen)",
		edit->name);
}

/* The ROM is taken for the card that is wished for, else for the one that the guest has. */
static int add_vbios(struct edit *edit, const struct edit_wish *wish, struct wish *w,
	char path[static STATE_PATH_SIZE], struct msg *why)
{
	struct wish_card card = w->card;
	int err = need_uuid(edit, why);

	if (err == 0 && !w->dgpu)
		err = card_of_guest(edit->xml, &wish->card, &card, why);
	if (err == 0) {
		struct rom_wish rom = {.vendor = card.vendor,
			.device = card.device,
			.subvendor = card.subvendor,
			.subdevice = card.subdevice};

		err = rom_file_read(wish->vbios, &rom, &edit->rom[STATE_VBIOS], why);
	}
	if (err < 0)
		return err;
	guest_path(edit->uuid, STATE_VBIOS, path);
	w->vbios = path;
	return 0;
}

static int add_vgpu_rom(struct edit *edit, const struct edit_wish *wish, struct wish *w,
	char path[static STATE_PATH_SIZE], struct msg *why)
{
	static const struct rom_wish any;
	struct rom_file *rom = &edit->rom[STATE_VGPU_ROM];
	int err = need_uuid(edit, why);

	if (err < 0)
		return err;
	if (!w->vgpu && !wish_find_vgpu(edit->xml))
		return msg_fail(why, ENOENT,
			"the guest has no vGPU that the option ROM could be for; add --vgpu");
	err = rom_file_read(wish->rom, &any, rom, why);
	if (err < 0)
		return err;
	if (rom->vendor != 0x8086)
		snprintf(rom->doubt, sizeof(rom->doubt),
			"it is of vendor %04x, not of Intel (8086)", rom->vendor);
	w->rom = path;
	guest_path(edit->uuid, STATE_VGPU_ROM, path);
	return 0;
}

int edit_apply(struct edit *edit, const struct edit_wish *wish, struct msg *why)
{
	char vbios[STATE_PATH_SIZE], rom[STATE_PATH_SIZE];
	struct wish w = wish->wish;
	struct msg reason;
	int err = 0;

	edit->other_host = wish->card.vendor != 0;
	if (w.dgpu)
		err = card_choose(&wish->card, &w.card, why);
	if (err == 0 && wish->vbios)
		err = add_vbios(edit, wish, &w, vbios, why);
	else if (err == 0 && w.dgpu)
		kept_rom(edit->xml, &w.card, &edit->kept_rom);
	if (err == 0 && wish->rom)
		err = add_vgpu_rom(edit, wish, &w, rom, why);
	if (err < 0)
		return err;
	err = wish_apply(edit->xml, &w, &edit->versions, &reason);
	return err < 0 ? msg_fail(why, -err, "%s: %s", edit->name, reason.text) : 0;
}

/* The file of the guest's variables into PATH, and its size; -1 if it is not there. */
static off_t nvram_size(const struct xml *xml, char *path, size_t size)
{
	xmlNode *node = xml_find(xml, NULL, "os/nvram");
	struct stat st;

	if (!node)
		return -1;
	xml_content(node, path, size);
	return *path == '/' && stat(path, &st) == 0 && S_ISREG(st.st_mode) ? st.st_size : -1;
}

static void loader(const struct xml *xml, char *out, size_t size)
{
	xmlNode *node = xml_find(xml, NULL, "os/loader");

	*out = '\0';
	if (node)
		xml_content(node, out, size);
}

int edit_migrate(struct edit *edit, struct msg *why)
{
	char nvram[PATH_MAX] = "", before[PATH_MAX], after[PATH_MAX];
	off_t size = nvram_size(edit->xml, nvram, sizeof(nvram));
	struct migrate_host host;
	struct msg reason;
	int err;

	host_for_migrate(&edit->versions, size, &host);
	loader(edit->xml, before, sizeof(before));
	err = migrate(edit->xml, &host, &reason);
	if (err < 0)
		return msg_fail(why, -err, "%s: %s", edit->name, reason.text);
	loader(edit->xml, after, sizeof(after));
	if (size >= 0 && strcmp(before, after) != 0 && !host_loader_fits(&host.loader, size))
		return msg_fail(why, ENOTSUP,
			"%s: the firmware's variables in %s have %lld bytes, those of %s have "
			"another size; move that file away to get new ones (boot entries in it "
			"are lost), or install firmware whose variables have that size",
			edit->name, nvram, (long long)size, host.loader.code);
	return 0;
}

bool edit_differs(const struct edit *edit)
{
	return strcmp(edit->before, xml_text(edit->xml)) != 0;
}

/* The same definition without the passwords of its displays. */
static int hide_passwords(const char *text, char **out, struct msg *why)
{
	static const char path[] = "devices/graphics[@passwd]";
	struct xml *xml;
	int err = xml_parse(text, strlen(text), &xml, why);

	if (err < 0)
		return err;
	for (size_t i = 0; i < xml_count(xml, NULL, path) && err == 0; i++)
		err = xml_set(xml, xml_at(xml, NULL, path, i), "passwd", "(hidden)", why);
	if (err == 0) {
		char *copy = strdup(xml_text(xml));

		if (copy)
			*out = copy;
		else
			err = msg_fail(why, ENOMEM, "out of memory");
	}
	xml_free(xml);
	return err;
}

int edit_diff(
	const struct edit *edit, const char *from, const char *to, char **out, struct msg *why)
{
	char *a = NULL, *b = NULL;
	int err = hide_passwords(from, &a, why);

	if (err == 0)
		err = hide_passwords(to, &b, why);
	if (err == 0 && diff_unified(edit->name, a, b, out) < 0)
		err = msg_fail(why, ENOMEM, "out of memory");
	free(a);
	free(b);
	return err;
}
