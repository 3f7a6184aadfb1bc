/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nouns/kmodules.h"

#include <errno.h>
#include <libkmod.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct kmodules {
	struct kmod_ctx *ctx;
};

/* Where the tree is; false if VERSION is no name of one. */
static bool locate(const char *root, const char *version, char out[static PATH_MAX])
{
	int n;

	if (!*version || strchr(version, '/') || !strcmp(version, ".") || !strcmp(version, ".."))
		return false;
	n = snprintf(out, PATH_MAX, "%s/lib/modules/%s", root, version);
	return n > 0 && n < PATH_MAX;
}

bool kmodules_there(const char *root, const char *version)
{
	char path[PATH_MAX], index[PATH_MAX + sizeof("/modules.dep.bin")];

	if (!locate(root, version, path))
		return false;
	snprintf(index, sizeof(index), "%s/modules.dep.bin", path);
	return access(index, R_OK) == 0;
}

int kmodules_open(const char *root, const char *version, struct kmodules **out, struct msg *why)
{
	static const char *const nothing[] = {NULL};
	char path[PATH_MAX];
	struct kmodules *modules;

	if (!kmodules_there(root, version) || !locate(root, version, path))
		return msg_fail(why, ENOENT,
			"kernel %s has no modules in %s/lib/modules; see uname -r, or run depmod "
			"%s",
			version, root, version);
	modules = calloc(1, sizeof(*modules));
	if (modules)
		modules->ctx = kmod_new(path, nothing);
	if (!modules || !modules->ctx) {
		free(modules);
		return msg_fail(why, ENOMEM, "out of memory");
	}
	kmod_set_log_priority(modules->ctx, -1);
	/* only speed: what is not loaded is read at each lookup */
	(void)kmod_load_resources(modules->ctx);
	*out = modules;
	return 0;
}

void kmodules_close(struct kmodules *modules)
{
	if (!modules)
		return;
	kmod_unref(modules->ctx);
	free(modules);
}

/* A module's state is that of the running kernel, but for what this tree says is built in. */
static enum kmodule_kind kind_of(const struct kmod_module *module)
{
	if (kmod_module_get_path(module))
		return KMODULE_FILE;
	return kmod_module_get_initstate(module) == KMOD_MODULE_BUILTIN ? KMODULE_BUILTIN
									: KMODULE_ABSENT;
}

int kmodules_find(struct kmodules *modules, const char *name)
{
	struct kmod_module *module = NULL;
	int err = kmod_module_new_from_name(modules->ctx, name, &module);

	if (err < 0)
		return err;
	err = (int)kind_of(module);
	kmod_module_unref(module);
	return err;
}

int kmodules_match(struct kmodules *modules, const char *alias,
	int (*found)(const char *name, enum kmodule_kind kind, void *data), void *data)
{
	struct kmod_list *list = NULL, *item;
	int err = kmod_module_new_from_lookup(modules->ctx, alias, &list);

	if (err < 0)
		return err == -ENOENT ? 0 : err;
	err = 0;
	kmod_list_foreach(item, list)
	{
		struct kmod_module *module = kmod_module_get_module(item);
		enum kmodule_kind kind = kind_of(module);

		if (!err && kind != KMODULE_ABSENT)
			err = found(kmod_module_get_name(module), kind, data);
		kmod_module_unref(module);
	}
	kmod_module_unref_list(list);
	return err;
}
