/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/log.h"
#include "machine/machine.h"

/* The machine at a glance, with colours if COLOUR. */
void status_text(const struct machine *machine, FILE *out, bool colour);

/*
 * The machine as a JSON object, of the version that its member "version" says;
 * gpu-handoff-status(8) describes it. Returns 0, or -ENOMEM with WHY set and nothing written.
 */
int status_json(const struct machine *machine, FILE *out, struct msg *why);

/* Of that object the types of the GPUs that offer vGPUs, the vGPUs, and what is not seen: the JSON
 * of gpu-handoff-vgpu(8). Returns as status_json does. */
int status_vgpus_json(const struct machine *machine, FILE *out, struct msg *why);

/* The wiring, groups, vGPUs and guests as a graph in the language of graphviz, dot(1). */
void status_dot(const struct machine *machine, FILE *out);

/* What a function is, by its class (PCI Code and ID Assignment): "3D controller", "audio", .. */
const char *status_kind(unsigned int class);

/* "Intel Corporation HD Graphics 630", or the IDs of a GPU that the hardware database has not. */
void status_name(const struct machine_gpu *gpu, char *out, size_t size);
