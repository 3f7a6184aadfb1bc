/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tree as a FUSE file system. One thread; nothing cached but the top directories, so that a
 * path costs less: attributes and entries time out at once and reads go past the page cache, so
 * that every look is at the model. As in sysfs a file without a show (store) function cannot be
 * opened for reading (writing) by root either.
 */
#define FUSE_USE_VERSION 34
#include "fs.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <stdlib.h>
#include <string.h>

#include "faults.h"
#include "model.h"
#include "writes.h"

static struct fuse_session *session;
static struct fuse_buf buffer;

enum { LASTING = 3600 };

/* What an open file or directory reads. */
struct open_file {
	struct node *node;
	char *text;
	size_t length;
};

static struct stat stat_of(const struct node *node)
{
	struct stat st = {
		.st_ino = node->ino,
		.st_mode = node->mode,
		.st_nlink = 1,
		.st_rdev = node->rdev,
		.st_size = S_ISREG(node->mode) ? 4096 : 0,
		.st_blksize = 4096,
	};

	return st;
}

static void fs_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct node *node = tree_child(tree_by_ino(parent), name);
	struct fuse_entry_param entry = {0};

	if (!node) {
		fuse_reply_err(req, ENOENT);
		return;
	}
	entry.ino = node->ino;
	entry.attr = stat_of(node);
	if (node->lasts)
		entry.entry_timeout = entry.attr_timeout = LASTING;
	fuse_reply_entry(req, &entry);
}

static void fs_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct stat st = stat_of(tree_by_ino(ino));

	(void)fi;
	fuse_reply_attr(req, &st, tree_by_ino(ino)->lasts ? LASTING : 0);
}

/* Truncation, modes and times are taken and forgotten. */
static void fs_setattr(
	fuse_req_t req, fuse_ino_t ino, struct stat *attr, int set, struct fuse_file_info *fi)
{
	(void)attr;
	(void)set;
	fs_getattr(req, ino, fi);
}

static void fs_readlink(fuse_req_t req, fuse_ino_t ino)
{
	const struct node *node = tree_by_ino(ino);
	char *text = node->target ? tree_link_text(node) : text_of("%s", node->text);

	fuse_reply_readlink(req, text);
	free(text);
}

static void fs_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct node *node = tree_by_ino(ino);
	int access = fi->flags & O_ACCMODE;
	struct open_file *file;

	if ((access != O_WRONLY && !(node->mode & 0444)) ||
		(access != O_RDONLY && (!(node->mode & 0222) || !node->store))) {
		fuse_reply_err(req, EACCES);
		return;
	}
	file = zalloc(sizeof(*file));
	file->node = node;
	fi->fh = (uintptr_t)file;
	fi->direct_io = 1;
	if (fuse_reply_open(req, fi))
		free(file);
}

static void fs_read(
	fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *fi)
{
	struct open_file *file = (struct open_file *)(uintptr_t)fi->fh;
	struct node *node = tree_by_ino(ino);
	char *path = tree_path(node);
	struct fault *fault = faults_take(path, true);
	int error = node->check ? node->check(node) : 0;

	free(path);
	if (fault || node->gone || error < 0) {
		fuse_reply_err(req, fault ? (int)fault->number : node->gone ? ENODEV : -error);
		return;
	}
	if (!offset || !file->text) {
		free(file->text);
		file->text = tree_read(node, &file->length);
	}
	if ((size_t)offset >= file->length)
		size = 0;
	else if (size > file->length - (size_t)offset)
		size = file->length - (size_t)offset;
	fuse_reply_buf(req, file->text + offset, size);
}

static void run_commands(const char *text, size_t length, pid_t pid, fuse_req_t req)
{
	char *copy = text_of("%.*s", (int)length, text), *save;
	int rc = 0;

	for (char *line = strtok_r(copy, "\n", &save); line && !rc;
		line = strtok_r(NULL, "\n", &save))
		rc = control_run(line, pid);
	free(copy);
	if (rc)
		fuse_reply_err(req, -rc);
	else
		fuse_reply_write(req, length);
}

static void fs_write(fuse_req_t req, fuse_ino_t ino, const char *text, size_t size, off_t offset,
	struct fuse_file_info *fi)
{
	struct node *node = tree_by_ino(ino);
	pid_t pid = fuse_req_ctx(req)->pid;

	(void)offset;
	(void)fi;
	if (node->object == &machine && !strcmp(node->name, "laptop"))
		run_commands(text, size, pid, req);
	else
		writes_begin(node, text, size, pid, req);
}

static void fs_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct open_file *file = (struct open_file *)(uintptr_t)fi->fh;

	(void)ino;
	free(file->text);
	free(file);
	fuse_reply_err(req, 0);
}

static void add_entry(fuse_req_t req, struct open_file *file, const char *name, struct stat *st)
{
	size_t size = fuse_add_direntry(req, NULL, 0, name, NULL, 0);

	file->text = realloc(file->text, file->length + size);
	if (!file->text)
		err(125, "realloc");
	fuse_add_direntry(
		req, file->text + file->length, size, name, st, (off_t)(file->length + size));
	file->length += size;
}

static void fs_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct open_file *file = zalloc(sizeof(*file));
	const struct node *node = tree_by_ino(ino);
	struct stat st = stat_of(node);

	add_entry(req, file, ".", &st);
	add_entry(req, file, "..", &st);
	for (const struct node *child = node->first; child; child = child->next) {
		st = stat_of(child);
		add_entry(req, file, child->name, &st);
	}
	fi->fh = (uintptr_t)file;
	if (fuse_reply_open(req, fi)) {
		free(file->text);
		free(file);
	}
}

/* Whole entries from OFFSET on, as many as fit. */
static void fs_readdir(
	fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *fi)
{
	const struct open_file *file = (struct open_file *)(uintptr_t)fi->fh;
	size_t end = (size_t)offset;

	(void)ino;
	while (end < file->length) {
		/* struct fuse_dirent: the offset of the next entry follows the inode */
		uint64_t next;

		memcpy(&next, file->text + end + 8, sizeof(next));
		if (next - (size_t)offset > size)
			break;
		end = (size_t)next;
	}
	fuse_reply_buf(req, file->text + offset, end - (size_t)offset);
}

static void fs_create(
	fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, struct fuse_file_info *fi)
{
	(void)parent;
	(void)name;
	(void)mode;
	(void)fi;
	fuse_reply_err(req, EACCES);
}

static const struct fuse_lowlevel_ops operations = {
	.lookup = fs_lookup,
	.getattr = fs_getattr,
	.setattr = fs_setattr,
	.readlink = fs_readlink,
	.open = fs_open,
	.read = fs_read,
	.write = fs_write,
	.release = fs_release,
	.opendir = fs_opendir,
	.readdir = fs_readdir,
	.releasedir = fs_release,
	.create = fs_create,
};

static void answer(void *reply, long result)
{
	if (result < 0)
		fuse_reply_err(reply, -(int)result);
	else
		fuse_reply_write(reply, (size_t)result);
}

static void mark_lasting(void)
{
	static const char *const paths[] = {"", "bus", "bus/pci", "bus/pci/devices",
		"bus/pci/drivers", "class", "devices", "devices/pci0000:00", "kernel", "module"};

	tree_root()->lasts = tree_dev->lasts = tree_proc->lasts = true;
	for (size_t i = 0; i < DEV_HOST_COUNT; i++)
		if (tree_find(tree_dev, dev_host[i]))
			tree_find(tree_dev, dev_host[i])->lasts = true;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		struct node *node = tree_find(tree_sys, paths[i]);

		if (node)
			node->lasts = true;
	}
}

void fs_start(int fd)
{
	char *argv[] = {(char[]){"laptop"}, NULL};
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	char *mountpoint = text_of("/dev/fd/%d", fd);

	mark_lasting();
	writes_answer = answer;
	session = fuse_session_new(&args, &operations, sizeof(operations), NULL);
	if (!session || fuse_session_mount(session, mountpoint))
		errx(125, "cannot serve the FUSE file system");
	free(mountpoint);
	fuse_opt_free_args(&args);
}

int fs_serve(void)
{
	int rc = fuse_session_receive_buf(session, &buffer);

	if (rc == -EINTR || rc == -EAGAIN)
		return 0;
	if (rc <= 0)
		return -1;
	fuse_session_process_buf(session, &buffer);
	return 0;
}
