/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

enum { AML_DEPTH = 16, AML_TABLE_MAX = 65535 };

/*
 * An ACPI table while it is written (ACPI 6.4, 20.2). Start with {0}. An error stays: what follows
 * it does nothing, so that only the end has to be looked at.
 */
struct aml {
	unsigned char *bytes; /* free(3) it */
	size_t length, size;
	int error; /* 0 or -errno */
	unsigned int depth; /* of packages that are not closed */
	size_t start[AML_DEPTH];
};

/*
 * Adds code: words of FORMAT, as printf(3) makes them, between blanks and in the order of AML, an
 * operator before its operands:
 *   store, while ...  an opcode; after one that has a PkgLength a package is open
 *   }                 closes it
 *   12, 0x1f          an integer, in as few bytes as it needs
 *   #7                a bare byte, such as a method's flags
 *   'text'            a string without blanks
 *   _SB.PCI0, \_GL    a name
 * What is no such word is -EINVAL.
 */
void aml_code(struct aml *aml, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds bytes as they are. */
void aml_bytes(struct aml *aml, const void *bytes, size_t length);

struct aml_header {
	char signature[4], oem[6], table[8], creator[4];
	unsigned char revision;
	unsigned int oem_revision, creator_revision;
};

/* The table's header, to be completed by aml_end: call it first. */
void aml_begin(struct aml *aml, const struct aml_header *header);

/*
 * Sets length and checksum. Returns 0, or -errno: what went wrong meanwhile, -EINVAL if a package
 * is open, -EFBIG if the table has more than AML_TABLE_MAX bytes, which QEMU refuses.
 */
int aml_end(struct aml *aml);
