# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086
# The main job: a guest starts and stops.

#: r720 --load vfio_pci --load kvmgt : recipe_starts_and_stops
recipe_starts_and_stops() {
	local before
	before=$(machine)
	same "the plan" "unit nvidia-persistenced.service active inactive
module nvidia_drm loaded unloaded
module nvidia_modeset loaded unloaded
module nvidia_uvm loaded unloaded
module nvidia loaded unloaded
power 0000:01:00.0 auto on
power 0000:01:00.1 auto on
driver 0000:01:00.0 nvidia/- vfio-pci/vfio-pci
driver 0000:01:00.1 snd_hda_intel/- vfio-pci/vfio-pci
mdev $vgpu absent 0000:00:02.0/i915-GVTg_V5_4" "$(gpu-handoff take --plan <$recipe)"
	as_before "a plan changes nothing" "$before"
	same "prepare is silent" "status 0" "$(answer prepare Win10 <$recipe)"
	same "the dGPU is on vfio-pci" "0000:01:00.0 vfio-pci
0000:01:00.1 vfio-pci" "$(driver_of 0000:01:00.0 && driver_of 0000:01:00.1)"
	same "the vGPU is there" "../../../devices/pci0000:00/0000:00:02.0/$vgpu
../mdev_supported_types/i915-GVTg_V5_4" \
		"$(readlink /sys/bus/mdev/devices/$vgpu && readlink /sys/bus/mdev/devices/$vgpu/mdev_type)"
	same "the undo file" "$win10.undo:
gpu-handoff 1
guest $win10 Win10
owner DAEMON
acquired
unit nvidia-persistenced.service inactive active
module nvidia_drm unloaded loaded
module nvidia_modeset unloaded loaded
module nvidia_uvm unloaded loaded
module nvidia unloaded loaded
power 0000:01:00.0 on auto
power 0000:01:00.1 on auto
driver 0000:01:00.0 vfio-pci/vfio-pci nvidia/-
driver 0000:01:00.1 vfio-pci/vfio-pci snd_hda_intel/-
mdev $vgpu 0000:00:02.0/i915-GVTg_V5_4 absent" "$(undo_files)"
	same "release is silent" "status 0" "$(answer release Win10 <$recipe)"
	as_before "the machine is as before" "$before"
}

#: r720 --load vfio_pci --load kvmgt : recipe_200_times
recipe_200_times() {
	local before failed=0
	before=$(machine)
	for _ in {1..200}; do
		prepare Win10 <$recipe && release Win10 <$recipe || failed=$((failed + 1))
	done
	same "200 starts and stops" "0 failed" "$failed failed"
	as_before "the machine is as before" "$before"
}
