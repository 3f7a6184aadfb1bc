/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/connection.h"

#include <errno.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

struct connection {
	virConnectPtr connect;
	virDomainPtr domain;
	bool writes;
	char uuid[VIR_UUID_STRING_BUFLEN];
};

_Static_assert(VIR_UUID_STRING_BUFLEN == 37, "libvirt's UUIDs have 36 characters");

/* What libvirt says last, in one line. */
struct reason {
	char text[512];
};

static struct reason last_reason(void)
{
	const char *text = virGetLastErrorMessage();
	struct reason reason;
	size_t n = 0;

	for (; *text && n + 2 < sizeof(reason.text); text++) {
		if (*text != '\n')
			reason.text[n++] = *text;
		else if (text[1]) {
			reason.text[n++] = ';';
			reason.text[n++] = ' ';
		}
	}
	reason.text[n] = '\0';
	return reason;
}

/* libvirt prints its errors to stderr where nobody asks for them. */
static void keep_silent(void *data, virErrorPtr error)
{
	(void)data;
	(void)error;
}

static bool is_local(const char *uri)
{
	static const char *const local[] = {"qemu:///system", "qemu+unix:///system"};

	for (size_t i = 0; i < sizeof(local) / sizeof(*local); i++) {
		size_t n = strlen(local[i]);

		if (strncmp(uri, local[i], n) == 0 && (!uri[n] || uri[n] == '?'))
			return true;
	}
	return false;
}

static int no_domain(const char *name, struct msg *why)
{
	struct reason reason = last_reason();

	if (virGetLastErrorCode() == VIR_ERR_NO_DOMAIN)
		return msg_fail(
			why, ENOENT, "there is no domain %s; virsh list --all names them", name);
	return msg_fail(why, EIO, "the domain %s cannot be looked up: %s", name, reason.text);
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

static int find(struct connection *c, const char *name, struct msg *why)
{
	alarm(CONNECTION_SECONDS);
	c->domain = look_up(c->connect, name);
	alarm(0);
	if (!c->domain || virDomainGetUUIDString(c->domain, c->uuid) < 0)
		return no_domain(name, why);
	return 0;
}

int connection_open(
	const char *uri, const char *name, bool writes, struct connection **out, struct msg *why)
{
	struct connection *c;
	int err;

	if (!is_local(uri))
		return msg_fail(why, EINVAL,
			"%s is not the system's libvirt on this host; leave out --connect, or "
			"prepare a file there: --xml FILE",
			uri);
	c = calloc(1, sizeof(*c));
	if (!c)
		return msg_fail(why, ENOMEM, "out of memory");
	c->writes = writes;
	virSetErrorFunc(NULL, keep_silent);
	alarm(CONNECTION_SECONDS);
	c->connect = writes ? virConnectOpen(uri) : virConnectOpenReadOnly(uri);
	alarm(0);
	if (c->connect)
		err = name ? find(c, name, why) : 0;
	else
		err = msg_fail(why, EIO,
			"libvirt cannot be reached at %s: %s; is its daemon running? see systemctl "
			"status libvirtd virtqemud",
			uri, last_reason().text);
	if (err < 0)
		connection_close(c);
	else
		*out = c;
	return err;
}

void connection_close(struct connection *c)
{
	if (!c)
		return;
	alarm(CONNECTION_SECONDS);
	if (c->domain)
		virDomainFree(c->domain);
	if (c->connect)
		virConnectClose(c->connect);
	alarm(0);
	free(c);
}

const char *connection_name(const struct connection *c)
{
	return virDomainGetName(c->domain);
}

const char *connection_uuid(const struct connection *c)
{
	return c->uuid;
}

int connection_versions(struct connection *c, struct versions *out, struct msg *why)
{
	struct versions versions;
	bool known;

	alarm(CONNECTION_SECONDS);
	known = virConnectGetLibVersion(c->connect, &versions.libvirt) == 0 &&
		virConnectGetVersion(c->connect, &versions.qemu) == 0;
	alarm(0);
	if (!known)
		return msg_fail(why, EIO,
			"libvirt does not say which versions of it and of QEMU run here: %s",
			last_reason().text);
	*out = versions;
	return 0;
}

bool connection_confines(struct connection *c, const char *model)
{
	char element[64], *capabilities;
	bool found;

	alarm(CONNECTION_SECONDS);
	capabilities = virConnectGetCapabilities(c->connect);
	alarm(0);
	snprintf(element, sizeof(element), "<model>%s</model>", model);
	/* of a <secmodel>; a CPU's model is not called so */
	found = capabilities && strstr(capabilities, element);
	free(capabilities);
	return found;
}

int connection_check_kept(struct connection *c, struct msg *why)
{
	int persistent;

	alarm(CONNECTION_SECONDS);
	persistent = virDomainIsPersistent(c->domain);
	alarm(0);
	if (persistent < 0)
		return msg_fail(why, EIO, "libvirt does not say whether %s is kept: %s",
			connection_name(c), last_reason().text);
	if (persistent == 0)
		return msg_fail(why, ENOTSUP,
			"%s is transient, it has no definition that is kept; virsh define one "
			"first",
			connection_name(c));
	return 0;
}

int connection_check_idle(struct connection *c, struct msg *why)
{
	int active, saved = 0;

	alarm(CONNECTION_SECONDS);
	active = virDomainIsActive(c->domain);
	if (active == 0)
		saved = virDomainHasManagedSaveImage(c->domain, 0);
	alarm(0);
	if (active < 0 || saved < 0)
		return msg_fail(why, EIO, "libvirt does not say whether %s is running: %s",
			connection_name(c), last_reason().text);
	if (active)
		return msg_fail(
			why, EBUSY, "%s is running; shut it down first", connection_name(c));
	if (saved)
		return msg_fail(why, EBUSY,
			"%s is saved, and would go on as it was saved; start it and shut it down, "
			"or drop what was saved with virsh managedsave-remove",
			connection_name(c));
	return 0;
}

int connection_definition(struct connection *c, char **out, struct msg *why)
{
	unsigned int flags = VIR_DOMAIN_XML_INACTIVE | (c->writes ? VIR_DOMAIN_XML_SECURE : 0);
	char *xml;

	alarm(CONNECTION_SECONDS);
	xml = virDomainGetXMLDesc(c->domain, flags);
	alarm(0);
	if (!xml)
		return msg_fail(why, EIO, "the definition of %s cannot be read: %s",
			connection_name(c), last_reason().text);
	*out = xml;
	return 0;
}

int connection_define(struct connection *c, const char *xml, bool validate, struct msg *why)
{
	struct reason reason;
	virDomainPtr domain;

	alarm(CONNECTION_SECONDS);
	domain =
		virDomainDefineXMLFlags(c->connect, xml, validate ? VIR_DOMAIN_DEFINE_VALIDATE : 0);
	alarm(0);
	if (domain) {
		virDomainFree(domain);
		return 0;
	}
	reason = last_reason();
	if (virConnectIsAlive(c->connect) == 1)
		return msg_fail(why, EIO, "libvirt refuses the new definition of %s: %s",
			connection_name(c), reason.text);
	return msg_fail(why, ECONNRESET,
		"libvirt ended before it said whether %s is changed: %s; start it again, then "
		"gpu-handoff guest undo brings back the old definition",
		connection_name(c), reason.text);
}
