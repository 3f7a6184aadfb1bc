/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "machine/ask-libvirt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/spawn.h"
#include "formats/domain.h"
#include "guest/connection.h"

enum { ASK_SECONDS = 10 };

/* The daemon's sockets: where none is, nobody listens, and libvirt's own words about that differ
 * from version to version. */
static const char *const sockets[] = {
	"/run/libvirt/virtqemud-sock-ro", "/run/libvirt/libvirt-sock-ro"};

/* What the child is asked, and the file that it answers in: the answer, and then the XML. */
struct question {
	const char *guest;
	int fd;
};

static void ask_daemon(struct libvirt_answer *answer)
{
	struct connection *c;

	answer->error = connection_open(CONNECTION_SYSTEM, NULL, false, &c, &answer->why);
	if (answer->error < 0)
		return;
	answer->error = connection_versions(c, &answer->versions, &answer->why);
	answer->apparmor = connection_confines(c, "apparmor");
	answer->selinux = connection_confines(c, "selinux");
	connection_close(c);
}

static char *ask_guest(const char *name, struct libvirt_answer *answer)
{
	struct connection *c;
	char *xml = NULL;

	answer->guest_error =
		connection_open(CONNECTION_SYSTEM, name, false, &c, &answer->guest_why);
	if (answer->guest_error < 0)
		return NULL;
	answer->guest_error = connection_definition(c, &xml, &answer->guest_why);
	connection_close(c);
	return xml;
}

static int ask(void *argument)
{
	const struct question *question = argument;
	struct libvirt_answer answer = {0};
	char *xml = NULL;
	int err;

	ask_daemon(&answer);
	if (answer.error == 0 && question->guest)
		xml = ask_guest(question->guest, &answer);
	err = file_fill(question->fd, (const char *)&answer, sizeof(answer));
	if (err == 0 && xml)
		err = file_fill(question->fd, xml, strlen(xml));
	free(xml);
	return err;
}

/* What the child has written. */
static int read_answer(int fd, struct libvirt_answer *out)
{
	struct libvirt_answer answer;
	char *bytes;
	size_t length;
	int err;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	err = file_slurp(fd, sizeof(answer) + DOMAIN_BYTES_MAX, &bytes, &length);
	if (err < 0)
		return err;
	if (length < sizeof(answer)) {
		free(bytes);
		return -EIO;
	}
	memcpy(&answer, bytes, sizeof(answer));
	answer.xml = NULL;
	if (length > sizeof(answer) && !(answer.xml = strdup(bytes + sizeof(answer))))
		err = -ENOMEM;
	else
		*out = answer;
	free(bytes);
	return err;
}

static bool somebody_listens(void)
{
	for (size_t i = 0; i < sizeof(sockets) / sizeof(*sockets); i++)
		if (access(sockets[i], F_OK) == 0)
			return true;
	return false;
}

void ask_libvirt(const char *guest, struct libvirt_answer *out)
{
	struct question question = {.guest = guest};
	int err;

	*out = (struct libvirt_answer){0};
	if (!somebody_listens()) {
		out->error = msg_fail(
			&out->why, ENOENT, "no libvirt daemon listens (no socket in /run/libvirt)");
		return;
	}
	question.fd = memfd_create("libvirt", MFD_CLOEXEC);
	if (question.fd < 0) {
		out->error = msg_fail(&out->why, errno, "no memory for libvirt's answer");
		return;
	}
	err = spawn_call(ask, &question, question.fd, deadline_in(ASK_SECONDS + 1));
	if (err == 0)
		err = read_answer(question.fd, out);
	close(question.fd);
	if (err == -EINTR || err == -ETIMEDOUT)
		out->error = msg_fail(&out->why, ETIMEDOUT,
			"libvirt's daemon does not answer within %d seconds: a hook may hang",
			ASK_SECONDS);
	else if (err < 0)
		out->error = msg_fail(
			&out->why, -err, "libvirt's answer cannot be read: %s", strerror(-err));
}
