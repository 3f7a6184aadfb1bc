/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sandbox.h"

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "model.h"

/* What of /etc programs need to start. */
static const char *const etc[] = {"alternatives", "group", "ld.so.cache", "ld.so.conf",
	"ld.so.conf.d", "localtime", "nsswitch.conf", "os-release", "passwd", NULL};

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		err(125, "%s", path);
	close(fd);
}

static void make_directory(const char *path)
{
	if (mkdir(path, 0755) && errno != EEXIST)
		err(125, "%s", path);
}

static void mount_tmpfs(const char *path)
{
	if (mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755"))
		err(125, "tmpfs on %s", path);
}

static int clone_tree(const char *path)
{
	int fd = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);

	if (fd < 0)
		err(125, "%s", path);
	return fd;
}

static void attach(int tree, const char *path)
{
	if (move_mount(tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH))
		err(125, "mount on %s", path);
	close(tree);
}

/* What makes the host's own images and boot menu: scenarios put stand-ins in their place. */
static const char *const hidden[] = {"booster", "dracut", "grub-mkconfig", "grubby", "lsinitrd",
	"mkinitcpio", "mkinitramfs", "update-grub", "update-initramfs"};

static bool wanted(const char *name, const char *const only[])
{
	if (*name == '.')
		return false;
	for (size_t i = 0; i < sizeof(hidden) / sizeof(*hidden); i++)
		if (!strcmp(hidden[i], name))
			return false;
	for (size_t i = 0; only && only[i]; i++)
		if (!strcmp(only[i], name))
			return true;
	return !only;
}

/*
 * Puts a directory of links over DIRECTORY whose entries (or ONLY those) lead to what was there;
 * it can be added to then. Links are copied, for they may be relative.
 */
static void make_writable(const char *directory, const char *const only[])
{
	char *path = realpath(directory, NULL);
	struct dirent *entry;
	int tree, above;
	DIR *dir;

	if (!path)
		err(125, "%s", directory);
	tree = clone_tree(path);
	mount_tmpfs(path);
	above = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (above < 0 || mkdirat(above, ".host", 0755))
		err(125, "%s/.host", path);
	free(path);
	path = text_of("%s/.host", directory);
	attach(tree, path);
	dir = opendir(path);
	free(path);
	while (dir && (entry = readdir(dir))) {
		char to[4096];
		ssize_t length;

		if (!wanted(entry->d_name, only))
			continue;
		length = readlinkat(dirfd(dir), entry->d_name, to, sizeof(to) - 1);
		if (length < 0 || only)
			length = snprintf(to, sizeof(to), ".host/%s", entry->d_name);
		to[length] = '\0';
		if (symlinkat(to, above, entry->d_name))
			err(125, "%s in %s", entry->d_name, directory);
	}
	if (dir)
		closedir(dir);
	close(above);
}

static void install_one(int tree, const char *path)
{
	unlink(path);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755));
	attach(tree, path);
}

/* Where a program of the build directory is installed. */
static char *path_of(const char *program)
{
	const char *name = strrchr(program, '/') + 1;

	return text_of(
		strcmp(name, "gpu-handoff-claim") ? "/usr/sbin/%s" : "/usr/lib/udev/%s", name);
}

/* The programs under test, and the stand-in for systemctl. */
static void install(const struct sandbox *sandbox)
{
	char *pattern = text_of("%s/gpu-handoff*", sandbox->build), *systemctl;
	glob_t found = {0};
	int tree[64];
	size_t count = 0;
	struct stat st;

	if (!glob(pattern, 0, NULL, &found))
		for (size_t i = 0; i < found.gl_pathc && i < 64; i++)
			tree[count++] = clone_tree(found.gl_pathv[i]);
	free(pattern);
	systemctl = text_of("%s/systemctl", sandbox->stand_ins);
	make_writable("/usr/sbin", NULL);
	make_writable("/usr/bin", NULL);
	make_writable("/usr/lib", NULL);
	if (stat("/usr/lib/udev", &st))
		make_directory("/usr/lib/udev");
	else
		make_writable("/usr/lib/udev", NULL);
	for (size_t i = 0; i < count; i++) {
		char *path = path_of(found.gl_pathv[i]);

		install_one(tree[i], path);
		free(path);
	}
	install_one(clone_tree(systemctl), "/usr/bin/systemctl");
	free(systemctl);
	globfree(&found);
}

static void make_etc(void)
{
	static const char *const folders[] = {"/etc/modprobe.d", "/etc/libvirt",
		"/etc/libvirt/hooks", "/etc/libvirt/hooks/qemu.d"};

	make_writable("/etc", etc);
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		make_directory(folders[i]);
	if (symlink("/usr/sbin/gpu-handoff-qemu", "/etc/libvirt/hooks/qemu.d/50-gpu-handoff"))
		err(125, "/etc/libvirt/hooks/qemu.d");
	write_file("/etc/mtab", "");
}

/* The modules of the running kernel. */
static char *modules_path(void)
{
	struct utsname name;

	uname(&name);
	return text_of("/usr/lib/modules/%s", name.release);
}

static void make_modules(void)
{
	struct stat st;
	char *path = modules_path();

	if (stat("/usr/lib/modules", &st))
		make_directory("/usr/lib/modules");
	else
		mount_tmpfs("/usr/lib/modules");
	if (!stat("/usr/lib/modprobe.d", &st))
		mount_tmpfs("/usr/lib/modprobe.d");
	make_directory(path);
	modulefiles_write(path);
	free(path);
}

static void make_run(void)
{
	FILE *units;

	mount_tmpfs("/run");
	make_directory("/run/laptop");
	make_directory("/run/lock");
	make_directory("/run/udev");
	make_directory("/run/udev/data");
	make_directory("/run/laptop-unit");
	units = fopen("/run/laptop-units", "we");
	for (const struct unit *u = machine.units; units && u; u = u->next)
		fprintf(units, "%s %s\n", u->name, u->state);
	if (!units || fclose(units))
		err(125, "/run/laptop-units");
}

/*
 * Starts the machine from ROOT, whose files stay when it ends: the host's own are out of sight
 * from now on. Of its programs only systemctl is a stand-in.
 */
static void enter_root(const struct sandbox *sandbox)
{
	char *systemctl = text_of("%s/systemctl", sandbox->stand_ins), *modules = modules_path();
	int tree = clone_tree(systemctl), proc = clone_tree("/proc"), dev = clone_tree("/dev");
	struct stat st;

	if (mount(sandbox->root, sandbox->root, NULL, MS_BIND | MS_REC, NULL) ||
		chdir(sandbox->root))
		err(125, "%s", sandbox->root);
	attach(proc, "proc");
	attach(dev, "dev");
	if (syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH) || chdir("/"))
		err(125, "cannot make %s the root", sandbox->root);
	if (stat("/usr/bin/systemctl", &st))
		close(open("/usr/bin/systemctl", O_WRONLY | O_CREAT | O_CLOEXEC, 0755));
	attach(tree, "/usr/bin/systemctl");
	make_directory("/usr/lib/modules");
	make_directory(modules);
	mount_tmpfs(modules);
	modulefiles_write(modules);
	free(systemctl);
	free(modules);
}

static void make_root(const struct sandbox *sandbox)
{
	install(sandbox);
	make_etc();
	mount_tmpfs("/var/lib");
	if (!access("/boot", F_OK))
		mount_tmpfs("/boot");
	make_modules();
}

void sandbox_enter(struct sandbox *sandbox)
{
	if (access("/dev/fuse", R_OK | W_OK))
		err(125, "/dev/fuse must be readable and writable (load the module fuse)");
	users_enter(sandbox->root != NULL);
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		err(125, "cannot make the mounts private");
	if (sandbox->root)
		enter_root(sandbox);
	else
		make_root(sandbox);
	make_run();
}

void sandbox_mount(struct sandbox *sandbox)
{
	char options[128];

	sandbox->fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (sandbox->fuse < 0)
		err(125, "/dev/fuse");
	snprintf(options, sizeof(options),
		"fd=%d,rootmode=40000,user_id=0,group_id=0,default_permissions,allow_other",
		sandbox->fuse);
	if (mount("laptop", "/run/laptop", "fuse.laptop", MS_NOSUID | MS_NODEV, options))
		err(125, "cannot mount FUSE in a user namespace (Linux 4.18 or later)");
}
