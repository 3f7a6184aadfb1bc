/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"
#include "formats/address.h"

/* A list setting: COUNT words of memory that the config owns. */
struct config_list {
	size_t count;
	char **word;
};

/* [handoff], overridden setting by setting by [guest NAME] and then by [guest UUID]. A list in a
 * more special section replaces the general one; within one section a repeated list appends. */
struct config_handoff {
	bool enabled; /* enabled (yes) */
	bool busy_wait; /* busy (refuse; wait) */
	unsigned int busy_timeout; /* busy-timeout, seconds (15; 0 to 3600) */
	unsigned int operation_timeout; /* operation-timeout, seconds (30; 1 to 3600) */
	bool slot_named; /* slot (whole; named) */
	struct config_list group_allow; /* group-allow (empty): addresses or vendor:device */
	struct config_list stop_units; /* stop-units (nvidia-persistenced.service ...) */
	bool stop_units_default; /* nobody set stop-units */
	bool unload_never; /* unload-modules (auto; never) */
	bool seat_release; /* seat (keep; release) */
	bool console_release; /* console (refuse; release) */
	bool give_back_vfio; /* give-back (host; vfio) */
};

/* [vgpu], overridden by [vgpu UUID] */
struct config_vgpu {
	struct config_list types; /* type, in order of preference; empty: auto */
	char parent[ADDRESS_SIZE]; /* parent; "" is auto */
	bool keep; /* keep (no) */
	bool at_boot; /* when (guest; boot) */
};

/* [gpu VENDOR:DEVICE], overridden by [gpu ADDRESS] */
struct config_gpu {
	bool reserve_boot; /* reserve (guest; boot) */
	bool has_id; /* id, only in a section with an address */
	unsigned int id_vendor, id_device;
};

/* [boot] */
struct config_boot {
	enum config_initramfs {
		CONFIG_INITRAMFS_AUTO,
		CONFIG_INITRAMFS_TOOLS,
		CONFIG_INITRAMFS_DRACUT,
		CONFIG_INITRAMFS_MKINITCPIO,
		CONFIG_INITRAMFS_BOOSTER,
		CONFIG_INITRAMFS_NONE,
	} initramfs; /* initramfs (auto; a generator; none) */
	bool kernel_arguments_print; /* kernel-arguments (auto; print) */
	enum config_ignore_msrs {
		CONFIG_IGNORE_MSRS_AUTO,
		CONFIG_IGNORE_MSRS_YES,
		CONFIG_IGNORE_MSRS_NO,
	} ignore_msrs; /* ignore-msrs (auto; yes; no) */
};

struct config;

enum { CONFIG_BYTES_MAX = 64 << 10 };

/*
 * Parses the text of /etc/gpu-handoff.conf (gpu-handoff.conf(5)). Any error rejects the whole
 * text: an unknown section or setting, a value out of range, a repeated setting that is no list, a
 * repeated section, what inih would cut or misread. Returns 0 and *OUT (free with config_free), or
 * -EINVAL with "line N: what; what is right" in WHY (OUT untouched), or -ENOMEM. An empty text is
 * a config of defaults.
 */
int config_parse(const char *text, size_t length, struct config **out, struct msg *why);

void config_free(struct config *config);

/* What holds for a guest, a vGPU, a PCI function. Lists point into CONFIG. UUID in lower case. */
void config_handoff(const struct config *config, const char *guest_name, const char *guest_uuid,
	struct config_handoff *out);
void config_vgpu(const struct config *config, const char *uuid, struct config_vgpu *out);
void config_gpu(const struct config *config, const char *address, unsigned int vendor,
	unsigned int device, struct config_gpu *out);
void config_boot(const struct config *config, struct config_boot *out);

/* Does any [gpu ...] section say reserve=boot? */
bool config_reserves(const struct config *config);

/* Are vGPUs wanted: is there a [vgpu UUID] section, or anything set in [vgpu]? */
bool config_wants_vgpus(const struct config *config);

/* The UUID of the INDEXth [vgpu UUID] section, NULL after the last. */
const char *config_vgpu_uuid(const struct config *config, size_t index);

/* The INDEXth [gpu ...] section that says reserve=boot: "vvvv:dddd" or an address, NULL after the
 * last. */
const char *config_reserved(const struct config *config, size_t index);
