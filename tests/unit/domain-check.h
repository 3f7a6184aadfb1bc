/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "formats/domain.h"

#define UUID	     "af5972fb-5530-41a7-0000-fd836204445b"
#define HEAD	     "<domain type='kvm'><name>win10</name><uuid>" UUID "</uuid>"
#define DEVICES(xml) HEAD "<devices>" xml "</devices></domain>"
#define PCI(address) "<hostdev mode='subsystem' type='pci'><source>" address "</source></hostdev>"
#define MDEV(uuid)                                                                                 \
	"<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address uuid='" uuid      \
	"'/></source></hostdev>"

static inline struct domain *good(const char *xml)
{
	struct domain *domain = NULL;
	struct msg why = {""};
	int err = domain_parse(xml, strlen(xml), &domain, &why);

	assert_string_equal(why.text, "");
	assert_int_equal(err, 0);
	assert_non_null(domain);
	return domain;
}

/* Is XML refused with ERR and a message that holds WHAT? */
static inline void bad_bytes(const char *xml, size_t length, int err, const char *what)
{
	struct domain *domain = NULL;
	struct msg why = {""};

	assert_int_equal(domain_parse(xml, length, &domain, &why), -err);
	assert_null(domain);
	if (!strstr(why.text, what))
		assert_string_equal(why.text, what);
	assert_null(strchr(why.text, '\n'));
}

static inline void bad(const char *xml, int err, const char *what)
{
	bad_bytes(xml, strlen(xml), err, what);
}

/* Does XML hold exactly the devices of WANTED ("PCI ADDRESS" or "MDEV UUID", one a line)? */
static inline void holds(const char *xml, const char *wanted)
{
	struct domain *domain = good(xml);
	char text[1024] = "";

	for (size_t i = 0; i < domain->hostdevs; i++) {
		const struct domain_hostdev *device = &domain->hostdev[i];
		size_t n = strlen(text);

		assert_string_equal(
			device->kind == DOMAIN_PCI ? device->uuid : device->address, "");
		snprintf(text + n, sizeof(text) - n, "%s %s\n",
			device->kind == DOMAIN_PCI ? "PCI" : "MDEV",
			device->kind == DOMAIN_PCI ? device->address : device->uuid);
	}
	assert_string_equal(text, wanted);
	domain_free(domain);
}
