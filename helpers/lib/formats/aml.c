/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/aml.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = 36, LENGTH_AT = 4, CHECKSUM_AT = 9, EXTENDED = 0x5b00, CODE_MAX = 4096 };

/* Of the opcodes (ACPI 6.4, table 20.1) those that our tables need. */
static const struct opcode {
	const char *word;
	unsigned int code; /* with EXTENDED: behind its prefix */
	bool package;
} opcodes[] = {
	{"none", 0x00, false}, /* a target that is not wanted */
	{"name", 0x08, false},
	{"scope", 0x10, true},
	{"buffer", 0x11, true},
	{"package", 0x12, true},
	{"method", 0x14, true},
	{"external", 0x15, false},
	{"condrefof", EXTENDED | 0x12, false},
	{"createfield", EXTENDED | 0x13, false},
	{"acquire", EXTENDED | 0x23, false},
	{"release", EXTENDED | 0x27, false},
	{"region", EXTENDED | 0x80, false},
	{"field", EXTENDED | 0x81, true},
	{"device", EXTENDED | 0x82, true},
	{"store", 0x70, false},
	{"add", 0x72, false},
	{"concatenate", 0x73, false},
	{"subtract", 0x74, false},
	{"increment", 0x75, false},
	{"decrement", 0x76, false},
	{"divide", 0x78, false},
	{"shiftleft", 0x79, false},
	{"or", 0x7d, false},
	{"derefof", 0x83, false},
	{"index", 0x88, false},
	{"not", 0x92, false},
	{"equal", 0x93, false},
	{"greater", 0x94, false},
	{"less", 0x95, false},
	{"if", 0xa0, true},
	{"else", 0xa1, true},
	{"while", 0xa2, true},
	{"return", 0xa4, false},
};

static void fail(struct aml *aml, int err)
{
	if (!aml->error)
		aml->error = err;
}

void aml_bytes(struct aml *aml, const void *bytes, size_t length)
{
	if (aml->error)
		return;
	if (aml->size - aml->length < length) {
		size_t size = 2 * (aml->length + length) + 1024;
		unsigned char *moved = realloc(aml->bytes, size);

		if (!moved) {
			fail(aml, -ENOMEM);
			return;
		}
		aml->bytes = moved;
		aml->size = size;
	}
	if (length > 0)
		memcpy(aml->bytes + aml->length, bytes, length);
	aml->length += length;
}

static void little(struct aml *aml, uint64_t value, unsigned int bytes)
{
	unsigned char out[8];

	for (unsigned int i = 0; i < bytes; i++)
		out[i] = (unsigned char)(value >> (8 * i));
	aml_bytes(aml, out, bytes);
}

static void integer(struct aml *aml, uint64_t value)
{
	if (value > 1)
		little(aml,
			value <= 0xff	      ? 0x0a
			: value <= 0xffff     ? 0x0b
			: value <= 0xffffffff ? 0x0c
					      : 0x0e,
			1);
	little(aml, value, value <= 0xff ? 1 : value <= 0xffff ? 2 : value <= 0xffffffff ? 4 : 8);
}

/* A segment is four characters; one that is shorter ends in underscores. */
static void segments(struct aml *aml, const char *path)
{
	while (*path && !aml->error) {
		size_t length = strcspn(path, ".");
		char segment[4] = {'_', '_', '_', '_'};

		if (length < 1 || length > sizeof(segment) || path[length - 1] == '.' ||
			strspn(path, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") != length)
			fail(aml, -EINVAL);
		else
			memcpy(segment, path, length);
		aml_bytes(aml, segment, sizeof(segment));
		path += length;
		if (*path == '.' && !*++path)
			fail(aml, -EINVAL);
	}
}

static void name(struct aml *aml, const char *path)
{
	unsigned int dots = 0;

	for (; *path == '\\' || *path == '^'; path++)
		little(aml, (unsigned char)*path, 1);
	for (const char *p = path; *p; p++)
		dots += *p == '.';
	if (!*path)
		little(aml, 0, 1); /* the root or a parent itself */
	else if (dots == 1)
		little(aml, 0x2e, 1);
	else if (dots > 1)
		little(aml, 0x2f | (dots + 1) << 8, 2);
	segments(aml, path);
}

static void open_package(struct aml *aml)
{
	if (aml->depth == AML_DEPTH)
		fail(aml, -EINVAL);
	else
		aml->start[aml->depth++] = aml->length;
}

/*
 * PkgLength counts its own bytes. One byte holds 6 bits; of more, the first holds their number and
 * 4 bits, each other one 8.
 */
static void close_package(struct aml *aml)
{
	size_t start, length, total;
	unsigned int more = 0;
	unsigned char lead[4];

	if (aml->depth == 0)
		fail(aml, -EINVAL);
	if (aml->error)
		return;
	start = aml->start[--aml->depth];
	length = aml->length - start;
	if (length + 1 > 0x3f)
		for (more = 1; more < 3 && length + 1 + more >= (size_t)1 << (4 + 8 * more);)
			more++;
	total = length + 1 + more;
	if (total >= 1 << 28) {
		fail(aml, -EFBIG);
		return;
	}
	lead[0] = more ? (unsigned char)(more << 6 | (total & 0xf)) : (unsigned char)total;
	for (unsigned int i = 1; i <= more; i++)
		lead[i] = (unsigned char)(total >> (8 * i - 4));
	aml_bytes(aml, lead, more + 1);
	if (aml->error)
		return;
	memmove(aml->bytes + start + more + 1, aml->bytes + start, length);
	memcpy(aml->bytes + start, lead, more + 1);
}

static bool opcode(struct aml *aml, const char *word)
{
	static const char *const local = "local", *const arg = "arg";
	const char *digit = word + strcspn(word, "01234567");

	for (size_t i = 0; i < sizeof(opcodes) / sizeof(*opcodes); i++) {
		const struct opcode *o = &opcodes[i];

		if (strcmp(o->word, word) != 0)
			continue;
		if (o->code & EXTENDED)
			little(aml, 0x5b, 1);
		little(aml, o->code, 1);
		if (o->package)
			open_package(aml);
		return true;
	}
	if (!*digit || digit[1])
		return false;
	if (strncmp(word, local, strlen(local)) == 0 && digit == word + strlen(local))
		little(aml, 0x60 + (unsigned int)(*digit - '0'), 1);
	else if (strncmp(word, arg, strlen(arg)) == 0 && digit == word + strlen(arg) &&
		 *digit < '7')
		little(aml, 0x68 + (unsigned int)(*digit - '0'), 1);
	else
		return false;
	return true;
}

static void number(struct aml *aml, const char *word, bool bare)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(word, &end, 0);
	if (errno || end == word || *end || (bare && value > 0xff))
		fail(aml, -EINVAL);
	else if (bare)
		little(aml, value, 1);
	else
		integer(aml, value);
}

static void string(struct aml *aml, const char *word)
{
	size_t length = strlen(word);

	if (length < 2 || word[length - 1] != '\'') {
		fail(aml, -EINVAL);
		return;
	}
	little(aml, 0x0d, 1);
	aml_bytes(aml, word + 1, length - 2);
	little(aml, 0, 1);
}

static void one_word(struct aml *aml, const char *word)
{
	if (strcmp(word, "}") == 0)
		close_package(aml);
	else if (*word == '#')
		number(aml, word + 1, true);
	else if (*word >= '0' && *word <= '9')
		number(aml, word, false);
	else if (*word == '\'')
		string(aml, word);
	else if (!opcode(aml, word))
		name(aml, word);
}

void aml_code(struct aml *aml, const char *format, ...)
{
	char code[CODE_MAX], *rest = code;
	const char *word;
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(code, sizeof(code), format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(code))
		fail(aml, -EINVAL);
	while (!aml->error && (word = strsep(&rest, " ")))
		if (*word)
			one_word(aml, word);
}

void aml_begin(struct aml *aml, const struct aml_header *header)
{
	aml_bytes(aml, header->signature, sizeof(header->signature));
	little(aml, 0, 4); /* the length */
	little(aml, header->revision, 1);
	little(aml, 0, 1); /* the checksum */
	aml_bytes(aml, header->oem, sizeof(header->oem));
	aml_bytes(aml, header->table, sizeof(header->table));
	little(aml, header->oem_revision, 4);
	aml_bytes(aml, header->creator, sizeof(header->creator));
	little(aml, header->creator_revision, 4);
}

int aml_end(struct aml *aml)
{
	unsigned char sum = 0;

	if (aml->depth != 0 || aml->length < HEADER)
		fail(aml, -EINVAL);
	if (aml->length > AML_TABLE_MAX)
		fail(aml, -EFBIG);
	if (aml->error)
		return aml->error;
	for (unsigned int i = 0; i < 4; i++)
		aml->bytes[LENGTH_AT + i] = (unsigned char)(aml->length >> (8 * i));
	for (size_t i = 0; i < aml->length; i++)
		sum = (unsigned char)(sum + aml->bytes[i]);
	aml->bytes[CHECKSUM_AT] = (unsigned char)-sum;
	return 0;
}
