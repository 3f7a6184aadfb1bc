/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "machine.h"

/* functions.c: PCI functions and their attributes */
void functions_start(void);
void function_vanish(struct function *f);
unsigned int function_virtual(const struct function *f); /* how many virtual ones it has */

/* bus.c: what is written to /sys/bus/pci */
void bus_start(void);
void bus_register(struct driver *d);
void bus_unregister(struct driver *d);

/* drivers.c: 0, -errno, or for unbind STORE_WAITS */
bool driver_matches(const struct driver *d, const struct function *f);
int driver_probe(struct driver *d, struct function *f);
void driver_probe_any(struct function *f);
int driver_unbind(struct function *f);
/* As driver_unbind, whoever holds it. */
void driver_tear_off(struct function *f);

/* parts.c: makes the parts exist that shall, and no other */
void parts_start(void);
void parts_update(void);
bool part_held(const struct part *p);
/* From now on it is this device number that `dev` shows. */
void part_renumber(struct part *p, unsigned int major, unsigned int minor);

/* proc.c: /proc/driver/nvidia for a part /dev/nvidiaN; and the files of /proc */
void nvidia_update(const struct part *p, bool present);
void proc_start(void);

/* dev.c: /dev, with a place for each of the host's devices in DEV_HOST */
enum { DEV_HOST_COUNT = 9 };
extern const char *const dev_host[DEV_HOST_COUNT];
void dev_start(void);

/* udev.c: the files in /run/udev/data that udevd keeps for a device */
void udev_update(const struct part *p, bool present);

/* groups.c: IOMMU groups and their vfio nodes */
void groups_start(void);
void group_join(struct function *f);
void group_leave(struct function *f);
/* The group that a function without an IOMMU gets on vfio in the unsafe mode; has it such a one? */
void group_make_unsafe(struct function *f);
bool group_is_unsafe(const struct function *f);
/* One more (or less) device of the group is on vfio. */
void vfio_enter(long group);
void vfio_leave(long group);
bool vfio_held(long group);
/* A new group with one member, and its end. */
long group_new(struct node *member, const char *name);
void group_free(long group);
void groups_remove(void);

/* gvt.c: vGPUs; makes the parent exist if it shall */
void gvt_update(struct function *f);

/* modules.c */
void modules_start(void);
int module_load(const char *name, const char *parameters);
int module_unload(const char *name);
bool module_live(const char *name);
unsigned int module_references(const struct module *m);

/* modulefile.c: the tree of stand-in files below DIRECTORY (/lib/modules/RELEASE) */
void modulefiles_write(const char *directory);

/* console.c */
void console_start(void);
void console_framebuffers(unsigned int count);

/* holds.c: which process holds which device number, told by hold(1) */
void holds_add(pid_t pid, dev_t rdev);
bool holds_any(dev_t rdev);
unsigned int holds_count(dev_t rdev);
/* Descriptors to poll; then which of them became readable: their processes have ended. */
size_t holds_pidfds(int *fds, size_t max);
void holds_ended(int pidfd);

/* rom.c: "ADDRESS FILE" gives the function a `rom`; "PATH FILE" makes a file below /sys. 0 or
 * -errno */
int rom_add(char *arguments);
int rom_add_file(char *arguments);

/* control.c: runs one command; 0 or -errno */
int control_run(char *line, pid_t pid);
void control_start(void);
