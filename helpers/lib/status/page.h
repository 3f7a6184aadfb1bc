/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdio.h>

/*
 * A page of labelled rows for a terminal: 80 columns, long texts wrapped at blanks, words that are
 * longer than a line broken between characters. Every character counts as one column. Control
 * characters and bytes that are not UTF-8 are written as \xNN.
 */
enum { PAGE_WIDTH = 80, PAGE_INDENT = 12 };

enum ink { INK_PLAIN, INK_BOLD, INK_WARNING, INK_ALARM };

struct page {
	FILE *out;
	bool colour;
};

/* Shall what goes to OUT have colours? It must be a terminal that has them, and nobody must have
 * asked for none with NO_COLOR (https://no-color.org/). */
bool page_colours(FILE *out);

/* A heading of one line, cut between characters if it is longer. */
void page_title(const struct page *page, enum ink ink, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A text at the left margin, wrapped. */
void page_text(const struct page *page, enum ink ink, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A row: LABEL, which may be "", and the text beside it, wrapped. */
void page_row(const struct page *page, enum ink ink, const char *label, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

void page_gap(const struct page *page);
