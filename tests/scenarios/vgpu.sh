# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086
# vGPUs: which type and parent, those that exist, what the kernel refuses, and who keeps one.
xml=$scratch/guest.xml
second=${vgpu/af/bf}
types=/sys/class/mdev_bus/0000:00:02.0/mdev_supported_types
made="mdev $vgpu 0000:00:02.0/i915-GVTg_V5_4 absent"

type_of() { # type_of UUID
	local link
	link=$(readlink /sys/bus/mdev/devices/$1/mdev_type) && echo "${link##*/}" || echo absent
}

drop() { # drop UUID: the vGPU, as an administrator does
	echo 1 >/sys/bus/mdev/devices/$1/remove
}

#: r720 --load kvmgt : type_and_parent_by_config
type_and_parent_by_config() {
	guest Win11 $win11 $vgpu >$xml
	comes_and_goes Win11 $win11 $xml "$made"
	conf "[vgpu]" "type = i915-GVTg_V5_8"
	comes_and_goes Win11 $win11 $xml "mdev $vgpu 0000:00:02.0/i915-GVTg_V5_8 absent"
	conf "[vgpu]" "type = i915-GVTg_V5_1 i915-GVTg_V5_8" "[vgpu $second]" "type = i915-GVTg_V5_4"
	comes_and_goes Win11 $win11 $xml "mdev $vgpu 0000:00:02.0/i915-GVTg_V5_8 absent"
	conf "[vgpu $vgpu]" "type = i915-GVTg_V5_1"
	refused Win11 $xml "a type that the GPU does not have" "vGPU $vgpu cannot be made: no GPU \
of this host offers type i915-GVTg_V5_1; see ls /sys/class/mdev_bus/*/mdev_supported_types and correct \
type= in gpu-handoff.conf(5)"
	conf "[vgpu]" "parent = 0000:01:00.0"
	refused Win11 $xml "a parent that makes none" "vGPU $vgpu cannot be made: 0000:01:00.0 makes no \
vGPUs; correct parent= in gpu-handoff.conf(5)"
}

#: r720 --load kvmgt : two_for_one_guest
two_for_one_guest() {
	guest Win11 $win11 $vgpu $second >$xml
	comes_and_goes Win11 $win11 $xml "mdev $vgpu 0000:00:02.0/i915-GVTg_V5_8 absent
mdev $second 0000:00:02.0/i915-GVTg_V5_8 absent"
	guest Win11 $win11 $vgpu $second ${vgpu/af/cf} >$xml
	refused Win11 $xml "row 22: the third has no room, and none stays" "vGPU $second of type \
0000:00:02.0/i915-GVTg_V5_8 could not be created: the GPU has no room left for one of this type \
(other vGPUs hold it, or it is fragmented); remove vGPUs, choose a smaller type= in \
gpu-handoff.conf(5), or reboot"
}

#: r720 --load kvmgt : no_room
no_room() {
	guest Win11 $win11 $vgpu >$xml
	echo $second >$types/i915-GVTg_V5_4/create
	refused Win11 $xml "no type has room" "vGPU $vgpu cannot be made: no type has a free instance; \
stop another guest that has a vGPU, or remove vGPUs that nobody uses"
	conf "[vgpu]" "type = i915-GVTg_V5_4 i915-GVTg_V5_8"
	refused Win11 $xml "none of the wanted types has room" "vGPU $vgpu cannot be made: no free \
instance of type i915-GVTg_V5_4 or the others in type=; stop another guest, or choose another type= \
in gpu-handoff.conf(5)"
	drop $second
	echo $second >$types/i915-GVTg_V5_8/create
	rm /etc/gpu-handoff.conf
	comes_and_goes Win11 $win11 $xml "mdev $vgpu 0000:00:02.0/i915-GVTg_V5_8 absent"
}

#: r720 --load kvmgt : it_exists
it_exists() {
	local before pid group
	guest Win11 $win11 $vgpu >$xml
	echo $vgpu >$types/i915-GVTg_V5_8/create
	before=$(machine)
	same "row 21: any type is right with auto" "status 0" "$(answer prepare Win11 <$xml)"
	same "it is not ours" "" "$(undo_files)"
	release Win11 <$xml
	as_before "row 21: it stays after the guest" "$before"
	conf "[vgpu]" "type = i915-GVTg_V5_4 i915-GVTg_V5_8" "parent = 0000:00:02.0"
	same "row 21: so is one of the wanted types" "status 0" "$(answer prepare Win11 <$xml)"
	release Win11 <$xml
	as_before "it stays after the guest, too" "$before"
	conf "[vgpu]" "type = i915-GVTg_V5_4"
	refused Win11 $xml "row 21: another type" "vGPU $vgpu exists as 0000:00:02.0/i915-GVTg_V5_8, \
which is not what [vgpu] in gpu-handoff.conf(5) says; remove it \
(echo 1 >/sys/bus/mdev/devices/$vgpu/remove) or correct the config"
	conf "[vgpu]" "parent = 0000:00:03.0"
	refused Win11 $xml "row 21: another parent" "vGPU $vgpu exists as 0000:00:02.0/i915-GVTg_V5_8, \
which is not what [vgpu] in gpu-handoff.conf(5) says; remove it \
(echo 1 >/sys/bus/mdev/devices/$vgpu/remove) or correct the config"
	rm /etc/gpu-handoff.conf
	group=$(readlink /sys/bus/mdev/devices/$vgpu/iommu_group)
	pid=$(hold --path qemu-system-x86 /dev/vfio/${group##*/})
	refused Win11 $xml "row 21: one that another QEMU has open" "vGPU $vgpu is in use by \
qemu-system-x86 (pid $pid, /dev/vfio/${group##*/}); stop that first"
}

#: r720 --load vfio_pci --load kvmgt : the_kernel_refuses
the_kernel_refuses() {
	local error text
	local create="could not be created"
	local before
	before=$(machine)
	while read -r error text; do
		tell "fail */create $error 1"
		refused Win10 $recipe "row 22: $error" \
			"vGPU $vgpu of type 0000:00:02.0/i915-GVTg_V5_4 $create: $text"
	done <<-END
		ENOSPC the GPU has no room left for one of this type (other vGPUs hold it, or it is fragmented); remove vGPUs, choose a smaller type= in gpu-handoff.conf(5), or reboot
		EUSERS all instances of this type are in use; stop another guest or choose another type= in gpu-handoff.conf(5)
		EINVAL Invalid argument; see dmesg
		EEXIST somebody else made one with this UUID and another type or parent; remove that, or give this guest's <hostdev> another UUID
		EAGAIN its driver is not ready for it; start the guest again
		ENODEV the type or its parent has gone; see gpu-handoff doctor
		ENOMEM Cannot allocate memory; see dmesg
	END
	tell "short */create 10 1"
	refused Win10 $recipe "row 22: a short write" "vGPU $vgpu of type \
0000:00:02.0/i915-GVTg_V5_4 $create: Input/output error; see dmesg"
	tell "lie */create 1"
	refused Win10 $recipe "row 22: success that is none" "vGPU $vgpu of type \
0000:00:02.0/i915-GVTg_V5_4 $create: the kernel reported success; see dmesg"
}

#: r720 --load kvmgt : somebody_is_quicker
somebody_is_quicker() {
	local create=0000:00:02.0/mdev_supported_types/i915-GVTg_V5
	guest Win11 $win11 $vgpu >$xml
	tell "fail */create EEXIST 1"
	tell "on */create write ${create}_4/create $vgpu"
	same "row 22: EEXIST, and it is the right one" "status 0" "$(answer prepare Win11 <$xml)"
	same "it is not ours" "" "$(undo_files)"
	release Win11 <$xml
	same "it stays" i915-GVTg_V5_4 "$(type_of $vgpu)"
	drop $vgpu
	tell "fail */create EEXIST 1"
	tell "on */create write ${create}_8/create $vgpu"
	same "row 22: EEXIST, and it is of another type" "status 1
gpu-handoff-take: guest Win11: mdev $vgpu is 0000:00:02.0/i915-GVTg_V5_8, neither \
0000:00:02.0/i915-GVTg_V5_4 nor absent: somebody else changed it, so it is left alone
gpu-handoff-take: vGPU $vgpu of type 0000:00:02.0/i915-GVTg_V5_4 could not be created: somebody else \
made one with this UUID and another type or parent; remove that, or give this guest's <hostdev> \
another UUID" \
		"$(answer prepare Win11 <$xml)"
	same "that one stays" i915-GVTg_V5_8 "$(type_of $vgpu)"
	same "no undo file stays" "" "$(undo_files)"
}

#: r720 --load kvmgt : still_open_at_the_end
still_open_at_the_end() {
	local before group pid
	before=$(machine | grep -v "available_instances")
	guest Win11 $win11 $vgpu >$xml
	prepare Win11 <$xml
	group=$(readlink /sys/bus/mdev/devices/$vgpu/iommu_group)
	group=/dev/vfio/${group##*/}
	pid=$(hold --path qemu-system-x86 $group)
	same "row 23: release does not write remove" "status 1
gpu-handoff-give-back: guest Win11 still runs: qemu-system-x86 (pid $pid, $group) has its GPU \
open; stop it first" "$(answer release Win11 <$xml)"
	same "row 23: the undo file stays, released" "$(undo_text Win11 $win11 "$made" |
		sed s/acquired/released/)" "$(undo_files)"
	same "row 23: while it is open it is not stale" "status 0" \
		"$(answer gpu-handoff give-back --stale)"
	same "row 23: remove was never written" "" "$(grep /remove $laptop)"
	kill $pid
	until_gone $pid
	same "row 23: later it is" "status 0" "$(answer gpu-handoff give-back --stale)"
	same "the machine is as before" "$before" "$(machine | grep -v "available_instances")"
}

#: r720 --load kvmgt : the_remove_attribute_vanishes
the_remove_attribute_vanishes() {
	guest Win11 $win11 $vgpu >$xml
	prepare Win11 <$xml
	tell "fail */remove EAGAIN 1"
	tell "on */remove unload kvmgt"
	same "row 24: an error, but it is gone" "status 0" "$(answer release Win11 <$xml)"
	same "row 24: nothing is left to do" "" "$(undo_files)"
	prepare Win11 <$xml
	tell "fail */remove ENODEV 1"
	same "row 24: the kernel gives up on it" "status 1
gpu-handoff-give-back: guest Win11: vGPU $vgpu could not be removed: No such device
gpu-handoff-give-back: 1 steps remain in /run/gpu-handoff; they are tried again every minute" \
		"$(answer release Win11 <$xml)"
	same "row 24: its attribute has vanished" "status 1
gpu-handoff-give-back: guest Win11: vGPU $vgpu could not be removed: the kernel has given up on it; \
it goes with module kvmgt or a reboot
gpu-handoff-give-back: 1 steps remain in /run/gpu-handoff; they are tried again every minute" \
		"$(answer gpu-handoff give-back --stale)"
	tell "unload kvmgt"
	same "row 24: gone is success" "status 0" "$(answer gpu-handoff give-back --stale)"
	same "row 24: no undo file is left" "" "$(undo_files)"
}

#: r720 --load kvmgt : the_parent_goes_while_the_guest_runs
the_parent_goes_while_the_guest_runs() {
	guest Win11 $win11 $vgpu >$xml
	prepare Win11 <$xml
	tell "unload kvmgt"
	same "row 25: nothing is done then" "$(undo_text Win11 $win11 "$made")" "$(undo_files)"
	same "row 25: at the end it is gone already" "status 0" "$(answer release Win11 <$xml)"
	same "no undo file is left" "" "$(undo_files)"
}

#: r720 --load kvmgt : mdevctl_has_a_definition
mdevctl_has_a_definition() {
	guest Win11 $win11 $vgpu >$xml
	prepare Win11 <$xml
	mkdir -p /etc/mdevctl.d/0000:00:02.0
	touch /etc/mdevctl.d/0000:00:02.0/$vgpu
	same "release is silent" "status 0" "$(answer release Win11 <$xml)"
	same "a defined vGPU stays" i915-GVTg_V5_4 "$(type_of $vgpu)"
	same "it is nobody's" "" "$(undo_files)"
	drop $vgpu
	prepare Win11 <$xml
	rm /etc/mdevctl.d/0000:00:02.0/$vgpu
	touch /etc/mdevctl.d/0000:00:02.0/$second
	release Win11 <$xml
	same "another one's definition is none" absent "$(type_of $vgpu)"
}

#: r720 : kvmgt_is_loaded
kvmgt_is_loaded() {
	guest Win11 $win11 $vgpu >$xml
	same "kvmgt is loaded for it" "status 0" "$(answer prepare Win11 <$xml)"
	same "the vGPU is there" i915-GVTg_V5_4 "$(type_of $vgpu)"
	same "its undo file has no line about the module" "$(undo_text Win11 $win11 "$made")" \
		"$(undo_files)"
	same "release is silent" "status 0" "$(answer release Win11 <$xml)"
	same "kvmgt stays loaded" live "$(cat /sys/module/kvmgt/initstate)"
}

no_vgpu() { # no_vgpu CHECK REASON
	guest Win11 $win11 $vgpu >$xml
	refused Win11 $xml "$1" "vGPU $vgpu cannot be made: $2"
}

#: r720 --without kvmgt : kvmgt_is_absent
kvmgt_is_absent() {
	no_vgpu "kvmgt is absent" "module kvmgt is not loaded; run modprobe kvmgt, and gpu-handoff doctor if that \
fails"
}

#: r720 --load mdev --load vfio : gvt_is_off
gvt_is_off() {
	tell 'set module/i915/parameters/enable_gvt N\n'
	tell "fail load:kvmgt ENODEV"
	no_vgpu "enable_gvt is off" "GVT-g is switched off; boot with i915.enable_gvt=1 (gpu-handoff boot \
apply does it)"
	tell 'set module/i915/parameters/enable_gvt Y\n'
	no_vgpu "kvmgt does not load" "module kvmgt is not loaded; run modprobe kvmgt, and gpu-handoff doctor if \
that fails"
}

#: r720 --load kvmgt : guc_submission
guc_submission() {
	# to the model only Y is on: i915 says that it is, and the parent does not exist
	tell 'set module/i915/parameters/enable_gvt 1\n'
	no_vgpu "kvmgt is loaded and offers nothing" "kvmgt is loaded but 0000:00:02.0 offers no types; \
see gpu-handoff doctor"
}

#: r720 --load mdev --load vfio : another_generation
another_generation() {
	tell 'set 0000:00:02.0/device 0x9a49\n'
	tell "fail load:kvmgt ENODEV"
	no_vgpu "another generation" "the Intel GPU at 0000:00:02.0 [8086:9a49] is of a generation \
without GVT-g (it has it from Broadwell to Comet Lake); remove the mdev from the guest's <hostdev>s"
}

#: r720 --load kvmgt : i915_is_not_bound
i915_is_not_bound() {
	tell "unbind 0000:00:02.0"
	no_vgpu "the GPU is on no driver" "the Intel GPU at 0000:00:02.0 is on driver -, not i915; give \
it back to the host"
}

#: one-gpu : no_intel_gpu
no_intel_gpu() {
	no_vgpu "no Intel GPU" "this host has no GPU that makes vGPUs (GVT-g needs an Intel GPU); remove \
the mdev from the guest's <hostdev>s"
}

#: r720 --load vfio_pci : a_plan_without_kvmgt
a_plan_without_kvmgt() {
	guest Win11 $win11 $vgpu >$xml
	same "a plan says that a take loads kvmgt first" "status 0
gpu-handoff-take: the guest's vGPU is not shown: kvmgt is not loaded; a take loads it first, modprobe kvmgt shows it here" \
		"$(answer gpu-handoff take --plan --xml $xml)"
	same "and a take does" "status 0" "$(answer prepare Win11 <$xml)"
	same "the vGPU is there" "../mdev_supported_types/i915-GVTg_V5_4" \
		"$(readlink /sys/bus/mdev/devices/$vgpu/mdev_type)"
}
