/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

struct node;

/* Writes what a read of NODE gives. */
typedef void show_fn(const struct node *node, FILE *out);

/* What a write of TEXT (terminated; LENGTH does not count the NUL) does: 0, -errno or STORE_WAITS.
 */
typedef int store_fn(struct node *node, const char *text, size_t length);

/* The write cannot end now: it is asked again after each change of the model. */
enum { STORE_WAITS = 1 };

/* A directory, link, file or device node of the model. Never freed: the kernel may still ask. */
struct node {
	struct node *parent, *first, *next;
	char *name;
	mode_t mode; /* with the type */
	dev_t rdev;
	const struct node *target; /* of a link */
	char *text; /* a file without SHOW */
	size_t length;
	show_fn *show;
	store_fn *store;
	int (*check)(const struct node *node); /* may it be read now? 0 or -errno; NULL: yes */
	void *object; /* for SHOW and STORE */
	ino_t ino;
	bool gone;
	bool lasts; /* it is there from the start to the end: may be cached */
	bool blocks_inside; /* a blocked write begins before it blocks: STORE sees to it */
	bool removes_itself; /* a write that fails late has already deleted the file */
};

extern struct node *tree_sys, *tree_dev, *tree_proc;

void tree_start(void);
struct node *tree_root(void);
struct node *tree_by_ino(ino_t ino);

struct node *tree_child(const struct node *directory, const char *name);

/* The node at PATH below DIRECTORY, links not followed; NULL if there is none. */
struct node *tree_find(struct node *directory, const char *path);

/* Makes directories as in mkdir -p and returns the last. */
struct node *tree_mkdirs(struct node *directory, const char *path);

/* Make an entry; of a file that exists already the text changes. */
struct node *tree_file(struct node *directory, const char *name, mode_t mode, const char *format,
	...) __attribute__((format(printf, 4, 5)));
struct node *tree_attribute(
	struct node *directory, const char *name, show_fn *show, store_fn *store, void *object);
struct node *tree_link(struct node *directory, const char *name, const struct node *target);
struct node *tree_device(struct node *directory, const char *path, mode_t type, dev_t rdev);

void tree_bytes(struct node *file, const char *bytes, size_t length);

/* Takes NODE and what is below it out of the tree; NULL is no error. */
void tree_drop(struct node *node);
/* The same by name. */
void tree_drop_name(const struct node *directory, const char *name);
/* Drops DIRECTORY and its parents below TOP as long as they are empty. */
void tree_prune(struct node *directory, const struct node *top);

/* "/sys/devices/..." into memory of the caller. */
char *tree_path(const struct node *node);
/* What readlink gives, into memory of the caller. */
char *tree_link_text(const struct node *link);
/* What read gives, into memory of the caller. */
char *tree_read(const struct node *file, size_t *length);

/* printf into memory of the caller; the program ends if there is none. */
char *text_of(const char *format, ...) __attribute__((format(printf, 1, 2)));
void *zalloc(size_t size);
