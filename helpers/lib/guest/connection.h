/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/log.h"
#include "guest/versions.h"

/*
 * libvirt's daemon on this host and one of its domains. Nothing in libvirt's protocol ends a wait
 * for a daemon that hangs: around each call alarm(2) is set to CONNECTION_SECONDS, and the program
 * has to end on SIGALRM.
 */
enum { CONNECTION_SECONDS = 60 };
#define CONNECTION_SYSTEM "qemu:///system"
struct connection;

/*
 * Connects to URI and finds the domain NAME, a name or a UUID; NULL: none, what is said of a domain
 * below is not to be called then. Without WRITES the connection is one that any user may have, and
 * that shows no passwords. Returns 0 and *OUT (free with
 * connection_close), or a negative errno with WHY set (OUT untouched): -EINVAL for a URI that is
 * not the system's daemon on this host, -ENOENT for no such domain, -EIO.
 */
int connection_open(
	const char *uri, const char *name, bool writes, struct connection **out, struct msg *why);
void connection_close(struct connection *c);

/* The domain's own name, and its UUID in lower case. */
const char *connection_name(const struct connection *c);
const char *connection_uuid(const struct connection *c);

/* Of the daemon and of the QEMU that it runs. Returns 0, or -EIO with WHY set. */
int connection_versions(struct connection *c, struct versions *out, struct msg *why);

/* Does the daemon confine QEMU with the security module MODEL ("apparmor", "selinux")? */
bool connection_confines(struct connection *c, const char *model);

/* Has the domain a definition that is kept? Returns 0, or -ENOTSUP with WHY set. */
int connection_check_kept(struct connection *c, struct msg *why);

/* Does nothing hold on to the definition as it is: a running guest, or a saved one? Returns 0, or
 * -EBUSY with WHY set. */
int connection_check_idle(struct connection *c, struct msg *why);

/* The definition that the next start takes, as virsh dumpxml --inactive (with --security-info if
 * the connection WRITES) prints it. Returns 0 and *OUT, which the caller frees, or -EIO. */
int connection_definition(struct connection *c, char **out, struct msg *why);

/* Defines the domain anew. Returns 0, or with WHY set -EIO if libvirt refuses, -ECONNRESET if it
 * ended meanwhile and may have done it. */
int connection_define(struct connection *c, const char *xml, bool validate, struct msg *why);
