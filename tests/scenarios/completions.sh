# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086
# What completions know of the machine: GPUs, types, vGPUs and kernels.

complete() { # complete WORD...
	answer bash build/completions/complete "$@"
}

#: r720 --load kvmgt : completed_on_the_r720
completed_on_the_r720() {
	same "GPUs" "status 0
0000:00:02.0
0000:01:00.0" "$(complete vbios list --card "")"
	same "one of them" "status 0
--card=0000:01:00.0" "$(complete vbios list --card=0000:01)"
	same "their IDs" "status 0
10de:1c8d
8086:591b" "$(complete vbios check --id "")"
	same "parents" "status 0
0000:00:02.0" "$(complete vgpu create --parent "")"
	same "types" "status 0
auto
i915-GVTg_V5_4
i915-GVTg_V5_8" "$(complete vgpu create --parent 0000:00:02.0 "")"
	same "nothing is known of a new UUID" "status 0" "$(complete vgpu create auto "")"
	same "no vGPU" "status 0" "$(complete vgpu remove "")"
	gpu-handoff vgpu create auto $vgpu >$scratch/out
	same "a vGPU" "status 0
$vgpu" "$(complete vgpu remove ${vgpu%-*} $vgpu af)"
	same "kernels" "status 0
$(uname -r)" "$(complete boot modules "")"
}

#: one-gpu : completed_without_vgpus
completed_without_vgpus() {
	same "types" "status 0
auto" "$(complete vgpu create "")"
	same "parents" "status 0" "$(complete vgpu create --boot "")"
}
