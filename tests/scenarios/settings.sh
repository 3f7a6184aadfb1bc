# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086
# What settings change of the plan, the undo file and the way back.
stack="module nvidia_drm unloaded loaded
module nvidia_modeset unloaded loaded
module nvidia_uvm unloaded loaded
module nvidia unloaded loaded"
persistenced="unit nvidia-persistenced.service inactive active"
power="power 0000:01:00.0 on auto
power 0000:01:00.1 on auto"
drivers="driver 0000:01:00.0 vfio-pci/vfio-pci nvidia/-
driver 0000:01:00.1 vfio-pci/vfio-pci snd_hda_intel/-"
mdev="mdev $vgpu 0000:00:02.0/i915-GVTg_V5_4 absent"

#: r720 --load vfio_pci --load kvmgt : modules_are_never_unloaded
modules_are_never_unloaded() {
	conf "[handoff]" "unload-modules = never"
	comes_and_goes Win10 $win10 $recipe "$persistenced
$power
$drivers
$mdev"
}

#: r720 --load vfio_pci --load kvmgt : own_units_are_stopped
own_units_are_stopped() {
	conf "[handoff]" "stop-units = display-manager.service" "stop-units = foldingathome.service"
	echo "foldingathome.service active" >>/run/laptop-units
	comes_and_goes Win10 $win10 $recipe "unit foldingathome.service inactive active
$stack
$power
$drivers
$mdev"
}

#: r720 --load vfio_pci --load kvmgt : a_guest_overrides
a_guest_overrides() {
	conf "[handoff]" "enabled = no" "unload-modules = never" \
		"[guest $win10]" "unload-modules = auto" \
		"[guest Win10]" "enabled = yes" "stop-units =" "unload-modules = never"
	comes_and_goes Win10 $win10 $recipe "$stack
$power
$drivers
$mdev"
}

#: r720 --load vfio_pci --load kvmgt : enabled_no
enabled_no() {
	local before
	before=$(machine)
	conf "[handoff]" "enabled = no"
	same "prepare does nothing" "status 0" "$(answer prepare Win10 <$recipe)"
	as_before "the machine is as before" "$before"
	same "the plan says so" "status 1
gpu-handoff-take: enabled=no in gpu-handoff.conf(5): this guest is left alone" \
		"$(answer gpu-handoff take --plan <$recipe)"
	rm /etc/gpu-handoff.conf
	prepare Win10 <$recipe
	conf "[handoff]" "enabled = no"
	same "release gives back all the same" "status 0" "$(answer release Win10 <$recipe)"
	as_before "the machine is as before, too" "$before"
}

#: r720 --load vfio_pci --load kvmgt : only_the_named_function
only_the_named_function() {
	conf "[handoff]" "slot = named"
	refused Win10 $recipe "the sibling is a stranger" "IOMMU group 1 also holds 0000:01:00.1 [10de:0fb9] on snd_hda_intel, which the host would \
lose to the guest; set slot=whole in gpu-handoff.conf(5), or add it to group-allow= there, if it may"
	conf "[handoff]" "slot = named"
	tell "group 0000:01:00.1 21"
	comes_and_goes Win10 $win10 $recipe "$persistenced
$stack
power 0000:01:00.0 on auto
driver 0000:01:00.0 vfio-pci/vfio-pci nvidia/-
$mdev"
}

#: r720 --load vfio_pci --load kvmgt : another_card_at_the_address
another_card_at_the_address() {
	conf "[gpu 10de:1c8d]" "reserve = guest" "[gpu 0000:01:00.0]" "id = 10de:1c8c"
	refused Win10 $recipe "row 11: the ID is not that of the config" "0000:01:00.0 is 10de:1c8d, not 10de:1c8c as [gpu 0000:01:00.0] says: addresses have \
moved; correct gpu-handoff.conf(5) and the guest's <hostdev>"
	same "row 11: no attribute was written" "" "$(grep ^write $laptop)"
	conf "[gpu 0000:01:00.0]" "id = 10de:1c8d"
	comes_and_goes Win10 $win10 $recipe "$persistenced
$stack
$power
$drivers
$mdev"
}

#: r720 --load vfio_pci --load kvmgt : the_card_stays_on_vfio
the_card_stays_on_vfio() {
	local before
	conf "[handoff]" "give-back = vfio"
	before=$(machine)
	prepare Win10 <$recipe
	same "the undo file" "$(undo_text Win10 $win10 "$mdev
driver 0000:01:00.0 vfio-pci/vfio-pci vfio-pci/vfio-pci
driver 0000:01:00.1 vfio-pci/vfio-pci vfio-pci/vfio-pci")" "$(undo_files)"
	guest Win11 $win11 0000:01:00.0 >$scratch/win11.xml
	same "it is still the first guest's" "status 1
gpu-handoff-take: 0000:01:00.0 belongs to guest Win10 now; stop that guest first, or run \
gpu-handoff give-back $win10 if it does not run" "$(answer prepare Win11 <$scratch/win11.xml)"
	same "release is silent" "status 0" "$(answer release Win10 <$recipe)"
	same "the card stays" "0000:01:00.0 vfio-pci
0000:01:00.1 vfio-pci
nvidia-persistenced.service inactive
nvidia-powerd.service inactive" "$(driver_of 0000:01:00.0 && driver_of 0000:01:00.1 && units && undo_files)"
	same "the vGPU does not" "" "$(ls /sys/bus/mdev/devices)"
	before=$(machine)
	same "the next guest may have it" "status 0" "$(answer prepare Win11 <$scratch/win11.xml)"
	same "its undo file is empty" "" "$(undo_files)"
	release Win11 <$scratch/win11.xml
	as_before "it stays on vfio" "$before"
}

#: r720 --load vfio_pci --load kvmgt : the_vgpu_is_kept
the_vgpu_is_kept() {
	local first kept
	first=$(machine)
	conf "[vgpu $vgpu]" "keep = yes" "type = i915-GVTg_V5_8"
	prepare Win10 <$recipe
	same "the undo file" "$(undo_text Win10 $win10 "$persistenced
$stack
$power
$drivers
mdev $vgpu 0000:00:02.0/i915-GVTg_V5_8 0000:00:02.0/i915-GVTg_V5_8")" "$(undo_files)"
	same "release is silent" "status 0" "$(answer release Win10 <$recipe)"
	same "it is there" "../mdev_supported_types/i915-GVTg_V5_8" \
		"$(readlink /sys/bus/mdev/devices/$vgpu/mdev_type)"
	kept=$(machine)
	comes_and_goes Win10 $win10 $recipe "$persistenced
$stack
$power
$drivers"
	as_before "it is still there" "$kept"
	echo 1 >/sys/bus/mdev/devices/$vgpu/remove
	as_before "nothing else was left" "$first"
}
