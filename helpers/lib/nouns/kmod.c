/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nouns/kmod.h"

#include <errno.h>
#include <libkmod.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/spawn.h"
#include "nouns/kmodules.h"

enum { INSTALL_COMMAND_SECONDS = 60 };

/* CONFIG: NULL for what modprobe.d says, or an empty list for nothing of it. */
static struct kmod_ctx *context(const char *const *config)
{
	struct kmod_ctx *ctx = kmod_new(NULL, config);

	if (ctx)
		kmod_set_log_priority(ctx, -1);
	return ctx;
}

bool kmodule_tree(void)
{
	struct utsname name;

	return uname(&name) == 0 && kmodules_there("", name.release);
}

static bool does_nothing(const char *command)
{
	return command && (strncmp(command, "/bin/false", 10) == 0 ||
				  strncmp(command, "/usr/bin/false", 14) == 0 ||
				  strncmp(command, "/bin/true", 9) == 0 ||
				  strncmp(command, "/usr/bin/true", 13) == 0);
}

int kmodule_available(const char *name)
{
	struct kmod_ctx *ctx = context(NULL);
	struct kmod_list *list = NULL, *allowed = NULL, *item;
	int err;

	if (!ctx)
		return -ENOMEM;
	err = kmod_module_new_from_lookup(ctx, name, &list);
	if (err >= 0 && !list)
		err = -ENOENT;
	if (err >= 0)
		err = kmod_module_apply_filter(ctx, KMOD_FILTER_BLACKLIST, list, &allowed);
	if (err >= 0 && !allowed)
		err = -EPERM;
	kmod_list_foreach(item, allowed)
	{
		struct kmod_module *module = kmod_module_get_module(item);

		if (does_nothing(kmod_module_get_install_commands(module)))
			err = -EPERM;
		kmod_module_unref(module);
	}
	kmod_module_unref_list(allowed);
	kmod_module_unref_list(list);
	kmod_unref(ctx);
	return err < 0 ? err : 0;
}

/* libkmod would hand the command to a shell of ours; modprobe(8) is what it is written for. */
static int run_install(struct kmod_module *module, const char *command, void *data)
{
	const char *const argv[] = {
		"/sbin/modprobe", "-q", "--", kmod_module_get_name(module), NULL};

	(void)command;
	(void)data;
	return spawn_run(argv, NULL, 0, deadline_in(INSTALL_COMMAND_SECONDS)) == 0 ? 0 : -EIO;
}

int kmodule_load(const char *name)
{
	struct kmod_ctx *ctx = context(NULL);
	struct kmod_list *list = NULL, *item;
	int err, first = 0;

	if (!ctx)
		return -ENOMEM;
	err = kmod_module_new_from_lookup(ctx, name, &list);
	if (err >= 0 && !list)
		err = -ENOENT;
	kmod_list_foreach(item, list)
	{
		struct kmod_module *module = kmod_module_get_module(item);
		int result = kmod_module_probe_insert_module(module,
			KMOD_PROBE_APPLY_BLACKLIST_ALIAS_ONLY, NULL, run_install, NULL, NULL);

		if (result < 0 && result != -EEXIST && !first)
			first = result;
		kmod_module_unref(module);
	}
	kmod_module_unref_list(list);
	kmod_unref(ctx);
	return err < 0 ? err : first;
}

int kmodule_unload(const char *name)
{
	static const char *const nothing[] = {NULL}; /* removing needs no configuration */
	struct kmod_ctx *ctx = context(nothing);
	struct kmod_module *module = NULL;
	int err;

	if (!ctx)
		return -ENOMEM;
	err = kmod_module_new_from_name(ctx, name, &module);
	if (err >= 0)
		err = kmod_module_remove_module(module, 0);
	kmod_module_unref(module);
	kmod_unref(ctx);
	return err < 0 ? err : 0;
}
