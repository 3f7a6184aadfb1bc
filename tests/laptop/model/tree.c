/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree.h"

#include <err.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct node *tree_sys, *tree_dev, *tree_proc;

static struct node **all;
static size_t count;

void *zalloc(size_t size)
{
	void *memory = calloc(1, size);

	if (!memory)
		err(125, "calloc");
	return memory;
}

char *text_of(const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		err(125, "vasprintf");
	va_end(arguments);
	return text;
}

static struct node *add(struct node *directory, const char *name, mode_t mode)
{
	struct node *node = zalloc(sizeof(*node)), **end;

	if (!(count & (count + 1))) {
		all = reallocarray(all, 2 * (count + 1), sizeof(*all));
		if (!all)
			err(125, "reallocarray");
	}
	all[count] = node;
	node->ino = ++count;
	node->name = text_of("%s", name);
	node->mode = mode;
	node->parent = directory;
	if (!directory)
		return node;
	for (end = &directory->first; *end; end = &(*end)->next)
		;
	*end = node;
	return node;
}

void tree_start(void)
{
	struct node *root = add(NULL, "", S_IFDIR | 0755);

	tree_sys = add(root, "sys", S_IFDIR | 0755);
	tree_dev = add(root, "dev", S_IFDIR | 0755);
	tree_proc = add(root, "proc", S_IFDIR | 0755);
}

struct node *tree_root(void)
{
	return all[0];
}

struct node *tree_by_ino(ino_t ino)
{
	return ino >= 1 && ino <= count ? all[ino - 1] : NULL;
}

struct node *tree_child(const struct node *directory, const char *name)
{
	for (struct node *node = directory->first; node; node = node->next)
		if (!strcmp(node->name, name))
			return node;
	return NULL;
}

static struct node *walk(struct node *directory, const char *path, bool make)
{
	char *copy = text_of("%s", path), *save;

	for (char *name = strtok_r(copy, "/", &save); name && directory;
		name = strtok_r(NULL, "/", &save)) {
		struct node *next = tree_child(directory, name);

		if (!next && make)
			next = add(directory, name, S_IFDIR | 0755);
		directory = next;
	}
	free(copy);
	return directory;
}

struct node *tree_find(struct node *directory, const char *path)
{
	return walk(directory, path, false);
}

struct node *tree_mkdirs(struct node *directory, const char *path)
{
	return walk(directory, path, true);
}

struct node *tree_file(
	struct node *directory, const char *name, mode_t mode, const char *format, ...)
{
	struct node *node = tree_child(directory, name);
	va_list arguments;

	if (!node)
		node = add(directory, name, S_IFREG | mode);
	free(node->text);
	va_start(arguments, format);
	if (vasprintf(&node->text, format, arguments) < 0)
		err(125, "vasprintf");
	va_end(arguments);
	node->length = strlen(node->text);
	return node;
}

void tree_bytes(struct node *file, const char *bytes, size_t length)
{
	free(file->text);
	file->text = zalloc(length + 1);
	memcpy(file->text, bytes, length);
	file->length = length;
}

struct node *tree_attribute(
	struct node *directory, const char *name, show_fn *show, store_fn *store, void *object)
{
	struct node *node = add(directory, name, S_IFREG | (show ? 0444 : 0) | (store ? 0200 : 0));

	node->show = show;
	node->store = store;
	node->object = object;
	return node;
}

struct node *tree_link(struct node *directory, const char *name, const struct node *target)
{
	struct node *node = add(directory, name, S_IFLNK | 0777);

	node->target = target;
	return node;
}

struct node *tree_device(struct node *directory, const char *path, mode_t type, dev_t rdev)
{
	char *copy = text_of("%s", path), *slash = strrchr(copy, '/');
	struct node *node;

	if (slash) {
		*slash = '\0';
		directory = tree_mkdirs(directory, copy);
	}
	node = add(directory, slash ? slash + 1 : copy, type | 0600);
	node->rdev = rdev;
	free(copy);
	return node;
}

static void mark_gone(struct node *node)
{
	node->gone = true;
	for (struct node *child = node->first; child; child = child->next)
		mark_gone(child);
}

void tree_drop(struct node *node)
{
	struct node **at;

	if (!node || node->gone)
		return;
	for (at = &node->parent->first; *at != node; at = &(*at)->next)
		;
	*at = node->next;
	node->next = NULL;
	mark_gone(node);
}

void tree_drop_name(const struct node *directory, const char *name)
{
	tree_drop(tree_child(directory, name));
}

void tree_prune(struct node *directory, const struct node *top)
{
	while (directory && directory != top && !directory->first) {
		struct node *parent = directory->parent;

		tree_drop(directory);
		directory = parent;
	}
}

char *tree_path(const struct node *node)
{
	char *above, *path;

	if (!node->parent)
		return text_of("%s", "");
	above = tree_path(node->parent);
	path = text_of("%s/%s", above, node->name);
	free(above);
	return path;
}

char *tree_link_text(const struct node *link)
{
	char *from = tree_path(link->parent), *to = tree_path(link->target), *text;
	size_t common = 0, up = 0;

	for (size_t i = 0; from[i] == to[i] || !from[i] || !to[i]; i++) {
		if ((from[i] == '/' || !from[i]) && (to[i] == '/' || !to[i]))
			common = i;
		if (!from[i] || !to[i])
			break;
	}
	for (const char *p = from + common; *p; p++)
		up += *p == '/';
	text = zalloc(3 * up + strlen(to + common) + 1);
	for (size_t i = 0; i < up; i++)
		strcat(text, "../");
	strcat(text, to[common] ? to + common + 1 : "");
	free(from);
	free(to);
	return text;
}

char *tree_read(const struct node *file, size_t *length)
{
	char *text = NULL;
	FILE *out;

	if (!file->show) {
		text = zalloc(file->length + 1);
		if (file->text)
			memcpy(text, file->text, file->length);
		*length = file->length;
		return text;
	}
	out = open_memstream(&text, length);
	if (!out)
		err(125, "open_memstream");
	file->show(file, out);
	fclose(out);
	return text;
}
