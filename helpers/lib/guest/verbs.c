/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/verbs.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/program.h"
#include "base/terminal.h"
#include "guest/change.h"
#include "guest/findings.h"

enum { LOCK_SECONDS = 120 };

static void __attribute__((format(printf, 2, 3)))
tell(const struct request *r, const char *format, ...)
{
	struct msg line;
	va_list ap;

	fflush(stdout);
	va_start(ap, format);
	vsnprintf(line.text, sizeof(line.text), format, ap);
	va_end(ap);
	r->tell(line.text);
}

/* What the user would trip over next in what was just made. */
static void warn_of_rest(struct edit *edit)
{
	fflush(stdout);
	findings_print(edit, LINT_WARNING, stderr);
}

static int print_diff(const struct edit *edit, const char *from, const char *to, struct msg *why)
{
	char *text;
	int err = edit_diff(edit, from, to, &text, why);

	if (err < 0)
		return err;
	terminal_put(text);
	free(text);
	return 0;
}

static void tell_doubts(const struct request *r, const struct edit *edit)
{
	const char *const files[STATE_FILES] = {
		[STATE_VBIOS] = r->wish.vbios, [STATE_VGPU_ROM] = r->wish.rom};

	for (size_t i = 0; i < STATE_FILES; i++)
		if (*edit->rom[i].doubt)
			tell(r, "the option ROM in %s may be the wrong one: %s", files[i],
				edit->rom[i].doubt);
	if (*edit->kept_rom.text)
		tell(r, "%s", edit->kept_rom.text);
}

/* PATH as a shell reads it, in OUT if it needs quotes. */
static const char *quote(const char *path, char out[static PATH_MAX])
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789/._-+,:@%=";
	size_t n = 0;

	if (!path[strspn(path, plain)])
		return path;
	out[n++] = '\'';
	for (; *path && n + 6 < PATH_MAX; out[n++] = *path++)
		if (*path == '\'') {
			memcpy(out + n, "'\\'", 3);
			n += 3;
		}
	out[n++] = '\'';
	out[n] = '\0';
	return out;
}

/* Nothing is installed for a file: its guest may be another host's. */
static void tell_installation(const struct request *r, const struct edit *edit)
{
	const char *const files[STATE_FILES] = {
		[STATE_VBIOS] = r->wish.vbios, [STATE_VGPU_ROM] = r->wish.rom};

	for (size_t i = 0; i < STATE_FILES; i++) {
		const struct rom_file *rom = &edit->rom[i];
		char path[STATE_PATH_SIZE], directory[STATE_PATH_SIZE], board[32] = "";
		char quoted[PATH_MAX];

		if (!rom->file || !files[i])
			continue;
		guest_path(edit->uuid, (enum state_file)i, path);
		memcpy(directory, path, sizeof(directory));
		if (rom->subvendor != 0)
			snprintf(board, sizeof(board), " --subsystem %04x:%04x", rom->subvendor,
				rom->subdevice);
		tell(r,
			"%s is not installed; on the guest's host: install -d -m 711 " STATE_DIR
			" %s && gpu-handoff vbios extract --id %04x:%04x%s --output %s %s",
			path, dirname(directory), rom->vendor, rom->device, board, path,
			quote(files[i], quoted));
	}
}

int verb_plan(struct request *r, struct msg *why)
{
	struct edit edit;
	int err = edit_open(&r->source, &edit, why);

	if (err == 0 && edit.connection)
		err = connection_check_kept(edit.connection, why);
	if (err == 0)
		err = edit_apply(&edit, &r->wish, why);
	if (err == 0)
		tell_doubts(r, &edit);
	if (err == 0)
		err = print_diff(&edit, edit.before, xml_text(edit.xml), why);
	edit_close(&edit);
	return err < 0 ? err : EXIT_DONE;
}

typedef int (*edit_function)(struct edit *edit, const struct request *r, struct msg *why);

static int wish(struct edit *edit, const struct request *r, struct msg *why)
{
	return edit_apply(edit, &r->wish, why);
}

static int modernise(struct edit *edit, const struct request *r, struct msg *why)
{
	(void)r;
	return edit_migrate(edit, why);
}

static int change_file(
	const struct request *r, struct edit *edit, edit_function function, struct msg *why)
{
	int err = function(edit, r, why);

	if (err < 0)
		return err;
	tell_doubts(r, edit);
	tell_installation(r, edit);
	fputs(xml_text(edit->xml), stdout);
	warn_of_rest(edit);
	return EXIT_DONE;
}

static int check(struct edit *edit, struct msg *why)
{
	int err = connection_check_kept(edit->connection, why);

	return err < 0 ? err : connection_check_idle(edit->connection, why);
}

/* What libvirt made of it has other lines. */
static int read_again(struct edit *edit, struct msg *why)
{
	struct xml *xml;
	int err = xml_parse(edit->before, strlen(edit->before), &xml, why);

	if (err < 0)
		return err;
	xml_free(edit->xml);
	edit->xml = xml;
	return 0;
}

static int change_domain(
	const struct request *r, struct edit *edit, edit_function function, struct msg *why)
{
	int err = check(edit, why);

	if (err == 0)
		err = function(edit, r, why);
	if (err == 0)
		err = change_needed(edit, why);
	if (err < 0)
		return err;
	tell_doubts(r, edit);
	if (err == 0) {
		printf("%s: nothing to do\n", edit->name);
	} else {
		err = print_diff(edit, edit->before, xml_text(edit->xml), why);
		if (err == 0)
			err = program_flush(why);
		if (err == 0)
			err = change_make(edit, why);
		if (err < 0)
			return err;
		printf("%s: done; gpu-handoff guest undo takes it back\n", edit->name);
	}
	err = read_again(edit, why);
	if (err == 0)
		warn_of_rest(edit);
	return err;
}

static int lock(struct msg *why)
{
	if (geteuid() != 0)
		return msg_fail(why, EPERM, "only root can change a guest; run it with sudo");
	return guest_lock(deadline_in(LOCK_SECONDS), why);
}

static int change(struct request *r, edit_function function, struct msg *why)
{
	struct edit edit;
	int held = -1, err;

	r->source.writes = true;
	if (!r->source.file) {
		held = lock(why);
		if (held < 0)
			return held;
	}
	err = edit_open(&r->source, &edit, why);
	if (err == 0)
		err = (r->source.file ? change_file : change_domain)(r, &edit, function, why);
	edit_close(&edit);
	if (held >= 0)
		close(held);
	return err < 0 ? err : EXIT_DONE;
}

int verb_apply(struct request *r, struct msg *why)
{
	return change(r, wish, why);
}

int verb_migrate(struct request *r, struct msg *why)
{
	return change(r, modernise, why);
}

static int undo(const struct request *r, struct edit *edit, struct msg *why)
{
	struct change_undo undo = {0};
	int err = check(edit, why);

	if (err == 0)
		err = change_undo_read(edit, &undo, why);
	if (err < 0)
		return err;
	if (undo.defined && !r->force) {
		err = print_diff(edit, undo.defined, edit->before, why);
		if (err == 0)
			err = msg_fail(why, EBUSY,
				"%s was edited since gpu-handoff changed it, as shown above; "
				"--force "
				"brings back what it was before all of that",
				edit->name);
	} else {
		if (undo.previous)
			err = print_diff(edit, edit->before, undo.previous, why);
		if (err == 0)
			err = program_flush(why);
		if (err == 0)
			err = change_undo(edit, &undo, why);
		if (err == 0)
			printf("%s: %s\n", edit->name,
				undo.previous ? "is as it was before gpu-handoff changed it"
					      : "nothing to undo");
	}
	change_undo_free(&undo);
	return err;
}

int verb_undo(struct request *r, struct msg *why)
{
	struct edit edit;
	int held = lock(why), err;

	if (held < 0)
		return held;
	r->source.writes = true;
	err = edit_open(&r->source, &edit, why);
	if (err == 0)
		err = undo(r, &edit, why);
	edit_close(&edit);
	close(held);
	return err < 0 ? err : EXIT_DONE;
}

int verb_lint(struct request *r, struct msg *why)
{
	struct edit edit;
	int err = edit_open(&r->source, &edit, why), errors = 0;

	if (err == 0)
		errors = findings_print(&edit, LINT_NOTE, stdout);
	edit_close(&edit);
	return err < 0 ? err : errors ? EXIT_REFUSED : EXIT_DONE;
}
