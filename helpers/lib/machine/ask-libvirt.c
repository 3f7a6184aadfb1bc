/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "machine/ask-libvirt.h"

#include <errno.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/spawn.h"
#include "base/text.h"
#include "formats/domain.h"

#define SYSTEM "qemu:///system"

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

/* libvirt prints its errors to stderr where nobody asks for them. */
static void keep_silent(void *data, virErrorPtr error)
{
	(void)data;
	(void)error;
}

/* An error of libvirt may have several lines. */
static void one_line(char *text)
{
	text[strcspn(text, "\n")] = '\0';
}

static int fail(struct msg *why, int err, const char *what)
{
	msg_fail(why, err, "%s: %s", what, virGetLastErrorMessage());
	one_line(why->text);
	return -err;
}

static void read_capabilities(virConnectPtr connect, struct libvirt_answer *answer)
{
	char *text = virConnectGetCapabilities(connect);

	/* of a <secmodel>; a CPU's model is not called so */
	answer->apparmor = text && strstr(text, "<model>apparmor</model>");
	answer->selinux = text && strstr(text, "<model>selinux</model>");
	free(text);
}

/* A name may look like a UUID. */
static virDomainPtr look_up(virConnectPtr connect, const char *name)
{
	virDomainPtr domain = NULL;
	char uuid[37];

	if (text_uuid(name, uuid))
		domain = virDomainLookupByUUIDString(connect, uuid);
	return domain ? domain : virDomainLookupByName(connect, name);
}

static char *read_guest(virConnectPtr connect, const char *name, struct libvirt_answer *answer)
{
	virDomainPtr domain = look_up(connect, name);
	char *xml = NULL;

	if (domain)
		xml = virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE);
	if (!domain && virGetLastErrorCode() == VIR_ERR_NO_DOMAIN)
		answer->guest_error = msg_fail(&answer->guest_why, ENOENT,
			"libvirt has no guest %s; see virsh --connect " SYSTEM " list --all", name);
	else if (!xml)
		answer->guest_error =
			fail(&answer->guest_why, EIO, "libvirt does not show the guest");
	if (domain)
		virDomainFree(domain);
	return xml;
}

static int ask(void *argument)
{
	const struct question *question = argument;
	struct libvirt_answer answer = {0};
	virConnectPtr connect;
	char *xml = NULL;
	int err;

	alarm(ASK_SECONDS); /* the child, too, has an end */
	virSetErrorFunc(NULL, keep_silent);
	connect = virConnectOpenReadOnly(SYSTEM);
	if (!connect) {
		answer.error = fail(&answer.why, EIO, "libvirt's daemon does not answer");
	} else {
		virConnectGetLibVersion(connect, &answer.libvirt);
		virConnectGetVersion(connect, &answer.qemu);
		read_capabilities(connect, &answer);
		if (question->guest)
			xml = read_guest(connect, question->guest, &answer);
	}
	err = file_fill(question->fd, (const char *)&answer, sizeof(answer));
	if (err == 0 && xml)
		err = file_fill(question->fd, xml, strlen(xml));
	return err;
}

/* What the child has written. */
static int read_answer(int fd, struct libvirt_answer *out)
{
	struct libvirt_answer answer;
	char *bytes, *xml = NULL;
	size_t length;
	int err;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	err = file_slurp(fd, sizeof(answer) + DOMAIN_BYTES_MAX, &bytes, &length);
	if (err < 0)
		return err;
	if (length < sizeof(answer))
		err = -EIO;
	else if (length > sizeof(answer) && !(xml = strdup(bytes + sizeof(answer))))
		err = -ENOMEM;
	if (err == 0) {
		memcpy(&answer, bytes, sizeof(answer));
		*out = answer;
		out->xml = xml;
	}
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
