/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

/* Kernel modules by libkmod. NAME may be spelled with - or _. */

/* Is there a module tree of the running kernel, /lib/modules/`uname -r`/modules.dep.bin? */
bool kmodule_tree(void);

/*
 * Could NAME be loaded (or is it built in)? Returns 0, -ENOENT if the running kernel's tree has
 * no such module, -EPERM if modprobe.d blacklists it or replaces it by an install command that
 * does nothing, or -errno.
 */
int kmodule_available(const char *name);

/*
 * Loads NAME, or every module that the modalias NAME stands for, with what they depend on, their
 * soft dependencies and their options from modprobe.d. One that is blacklisted there is loaded by
 * its name and not by a modalias. A module with an install command is loaded by /sbin/modprobe,
 * which runs it. One that is loaded or built in is a success. Returns 0, -ENOENT if there is none,
 * or the kernel's -errno. May block: call it in a child with a deadline.
 */
int kmodule_load(const char *name);

/* Unloads NAME if nothing uses it (delete_module(2) with O_NONBLOCK). Returns 0, -EAGAIN if it is
 * in use, -ENOENT if it is not loaded, or -errno. May block. */
int kmodule_unload(const char *name);
