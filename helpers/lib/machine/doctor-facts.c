/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "machine/doctor-facts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "guest/host.h"
#include "handoff/config-file.h"
#include "nouns/unit.h"

static int read_file(const char *path, char **out, struct msg *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), err;
	size_t length;

	if (fd < 0)
		return msg_fail(why, errno, "%s cannot be opened: %s", path, strerror(errno));
	fcntl(fd, F_SETFL, 0); /* a pipe's writer may be slower than we are */
	err = file_slurp(fd, DOMAIN_BYTES_MAX, out, &length);
	close(fd);
	if (err == -EFBIG)
		return msg_fail(why, EFBIG, "%s is larger than 16 MiB", path);
	return err < 0 ? msg_fail(why, -err, "%s cannot be read: %s", path, strerror(-err)) : 0;
}

/* The guest's XML, and it as we understand it; or why not. */
static void read_guest(struct doctor *d, const char *domain, const char *file)
{
	int err = 0;

	if (!domain && !file)
		return;
	d->asked = domain ? domain : file;
	if (file)
		err = read_file(file, &d->xml, &d->guest_why);
	else if (d->libvirt.error < 0)
		err = msg_fail(&d->guest_why, EIO,
			"guest %s cannot be looked at without libvirt's daemon; use --xml FILE",
			domain);
	else if (d->libvirt.guest_error < 0)
		err = msg_fail(&d->guest_why, EIO, "%s", d->libvirt.guest_why.text);
	else
		d->xml = strdup(d->libvirt.xml ? d->libvirt.xml : "");
	if (err == 0 && d->xml)
		domain_parse(d->xml, strlen(d->xml), &d->guest, &d->guest_why);
}

/* The traps of the guest's definition, as on this host. */
static void read_lint(struct doctor *d)
{
	const struct libvirt_answer *libvirt = &d->libvirt;
	struct lint_host host;

	if (!d->guest || xml_parse(d->xml, strlen(d->xml), &d->read, &d->guest_why) < 0)
		return;
	host_for_lint(NULL, &libvirt->versions, false, &host);
	if (libvirt->error == 0) {
		host.apparmor = host.apparmor && libvirt->apparmor;
		host.selinux = host.selinux && libvirt->selinux;
	}
	lint_domain(d->read, &host, &d->lint);
}

static bool wants_vgpu(const struct domain *guest)
{
	for (size_t i = 0; guest && i < guest->hostdevs; i++)
		if (guest->hostdev[i].kind == DOMAIN_MDEV)
			return true;
	return false;
}

/* A config that cannot be used is one of defaults for whoever asks about other things. */
static int read_config(struct doctor *d, struct msg *why)
{
	d->config_there = access(CONFIG_FILE, F_OK) == 0;
	d->config_error = config_load(&d->config, &d->config_why);
	if (d->config_error < 0 && config_parse("", 0, &d->config, why) < 0)
		return -ENOMEM;
	config_handoff(d->config, d->guest ? d->guest->name : "", d->guest ? d->guest->uuid : "",
		&d->settings);
	d->wants_vgpus = config_wants_vgpus(d->config) || wants_vgpu(d->guest);
	return 0;
}

static void read_host(struct doctor *d)
{
	static struct host host;

	d->host_error = tree_open("/", &host.tree, &d->host_why);
	if (d->host_error < 0)
		return;
	d->host_error = host_load(&host, false, &d->host_why);
	if (d->host_error == 0)
		d->host = &host;
	else
		tree_close(&host.tree);
}

int doctor_read(struct doctor **out, const char *domain, const char *file, struct msg *why)
{
	struct doctor *d = calloc(1, sizeof(*d));
	struct utsname name;
	int err;

	if (!d)
		return msg_fail(why, ENOMEM, "out of memory");
	d->root = geteuid() == 0;
	if (uname(&name) == 0)
		snprintf(d->kernel, sizeof(d->kernel), "%s", name.release);
	if (file_read(AT_FDCWD, "/proc/cmdline", d->command_line, sizeof(d->command_line)) < 0)
		*d->command_line = '\0';
	ask_libvirt(domain, &d->libvirt);
	hooks_read(&d->hooks);
	read_guest(d, domain, file);
	read_lint(d);
	read_host(d);
	err = read_config(d, why);
	if (err == 0)
		err = machine_read(&d->machine, why);
	if (err < 0)
		doctor_free(d);
	else
		*out = d;
	return err;
}

void doctor_free(struct doctor *doctor)
{
	if (doctor->host) {
		host_free(doctor->host);
		tree_close(&doctor->host->tree);
	}
	machine_free(doctor->machine);
	config_free(doctor->config);
	domain_free(doctor->guest);
	free(doctor->libvirt.xml);
	xml_free(doctor->read);
	free(doctor->xml);
	free(doctor);
}

const struct machine_gpu *doctor_card(const struct doctor *doctor, size_t index)
{
	for (size_t i = 0; i < doctor->machine->gpus; i++) {
		const struct machine_gpu *gpu = &doctor->machine->gpu[i];

		if (gpu->role == MACHINE_DISCRETE && !gpu->pci.is_virtual && index-- == 0)
			return gpu;
	}
	return NULL;
}

bool doctor_argument(const struct doctor *doctor, const char *name, char *out, size_t size)
{
	const char *word = doctor->command_line;
	const size_t length = strlen(name);
	bool found = false;

	while (*(word += strspn(word, " \n"))) {
		const size_t n = strcspn(word, " \n");

		if (n > length && strncmp(word, name, length) == 0 && word[length] == '=') {
			snprintf(out, size, "%.*s", (int)(n - length - 1), word + length + 1);
			found = true;
		}
		word += n;
	}
	return found;
}

/* Once systemd did not answer in time it is not asked again. */
static bool systemd_hangs;

int doctor_unit(const char *name, char state[static STATE_SIZE])
{
	char id[OBJECT_SIZE];
	int err = systemd_hangs ? -ETIMEDOUT : unit_show(name, id, state);

	systemd_hangs = err == -ETIMEDOUT;
	return err;
}

int doctor_reloaded(const char *name, pid_t pid, long long *out)
{
	int err = systemd_hangs ? -ETIMEDOUT : unit_reloaded(name, pid, out);

	systemd_hangs = err == -ETIMEDOUT;
	return err;
}

bool doctor_say(struct doctor_line *line, enum doctor_result result, const char *format, ...)
{
	char text[sizeof(line->text)];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	*line = (struct doctor_line){.result = result};
	text_printable(text, line->text, sizeof(line->text));
	return true;
}

bool doctor_mend(struct doctor_line *line, const char *format, ...)
{
	char text[sizeof(line->remedy)];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	text_printable(text, line->remedy, sizeof(line->remedy));
	return true;
}

bool doctor_repeat(struct doctor_line *line, enum doctor_result result, const char *message)
{
	const char *end = strstr(message, "; ");

	if (!end)
		return doctor_say(line, result, "%s", message);
	doctor_say(line, result, "%.*s", (int)(end - message), message);
	return doctor_mend(line, "%s", end + 2);
}
