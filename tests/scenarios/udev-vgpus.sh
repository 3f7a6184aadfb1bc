# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086
# vGPUs that are made at boot.
# shellcheck source=tests/scenarios/udev-lib.sh
. tests/scenarios/udev-lib.sh

types=/sys/class/mdev_bus/$igpu/mdev_supported_types
third=${vgpu/af/cf}

creates() { # how often a vGPU was made
	grep -c '/create .* -> 0' $laptop
}

vgpus() {
	local path
	for path in /sys/bus/mdev/devices/*; do
		[ ! -e "$path" ] || echo "${path##*/} $(basename "$(readlink "$path/mdev_type")")"
	done
}

boot() { # what the unit runs
	gpu-handoff-vgpu create --boot $igpu
}

#: r720 --load kvmgt : vgpus_at_boot
vgpus_at_boot() {
	same "none without a configuration" "status 0" "$(answer boot)"
	conf "[vgpu]" "when = boot"
	same "none without a UUID" "status 0" "$(answer boot)"
	conf "[vgpu $vgpu]" "type = i915-GVTg_V5_8"
	same "none of a guest's" "status 0" "$(answer boot)"
	same "so there is none" "" "$(vgpus)"
	conf "[vgpu]" "when = boot" "[vgpu $vgpu]" "[vgpu $second]"
	same "two that share the GPU" "status 0" "$(answer boot)"
	same "both are there" "$vgpu i915-GVTg_V5_8
$second i915-GVTg_V5_8" "$(vgpus)"
	same "they are no guest's" "" "$(undo_files)"
	same "row 40: once more" "status 0" "$(answer boot)"
	same "row 40: they were made once" 2 "$(creates)"
	guest Win11 $win11 $vgpu >$scratch/xml
	same "a guest uses one" "status 0" "$(answer prepare Win11 <$scratch/xml)"
	same "it is not the guest's" "" "$(undo_files)"
	release Win11 <$scratch/xml
	same "it stays after the guest" "$vgpu i915-GVTg_V5_8
$second i915-GVTg_V5_8" "$(vgpus)"
}

#: r720 --load kvmgt : vgpus_at_boot_by_two
vgpus_at_boot_by_two() {
	local pids=() i
	conf "[vgpu $vgpu]" "when = boot" "[vgpu $second]" "when = boot"
	for i in 1 2 3 4; do
		boot >>$scratch/out 2>&1 &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait $i || echo "status $?" >>$scratch/out
	done
	same "row 40: four at once say nothing" "" "$(cat $scratch/out)"
	same "row 40: each vGPU was made once" 2 "$(grep -c /create $laptop)"
	same "row 40: both are there" "$vgpu i915-GVTg_V5_8
$second i915-GVTg_V5_8" "$(vgpus)"
}

#: r720 --load kvmgt : vgpus_at_boot_by_config
vgpus_at_boot_by_config() {
	conf "[vgpu $vgpu]" "when = boot" "type = i915-GVTg_V5_1 i915-GVTg_V5_8" "parent = $igpu"
	same "type= and parent=" "status 0" "$(answer boot)"
	same "they are kept to" "$vgpu i915-GVTg_V5_8" "$(vgpus)"
	conf "[vgpu $second]" "when = boot" "parent = 0000:00:03.0"
	same "one of another GPU" "status 0" "$(answer boot)"
	same "it is left to that" "$vgpu i915-GVTg_V5_8" "$(vgpus)"
	conf "[vgpu $second]" "when = boot" "type = i915-GVTg_V5_1" "[vgpu $third]" "when = boot"
	same "a type that there is not does not stop the others" "status 1
gpu-handoff-vgpu: vGPU $second cannot be made: no GPU of this host offers type i915-GVTg_V5_1; see ls \
/sys/class/mdev_bus/*/mdev_supported_types and correct type= in gpu-handoff.conf(5)" "$(answer boot)"
	same "they are there" "$vgpu i915-GVTg_V5_8
$third i915-GVTg_V5_8" "$(vgpus)"
	same "no room" "status 1
gpu-handoff-vgpu: vGPU $second cannot be made: no type has a free instance; stop another guest that has a \
vGPU, or remove vGPUs that nobody uses" "$(conf "[vgpu $second]" "when = boot"
		answer boot)"
	same "a GPU that makes none" "status 1
gpu-handoff-vgpu: $gpu makes no vGPUs (there is no /sys/class/mdev_bus/$gpu); see gpu-handoff doctor" \
		"$(answer gpu-handoff-vgpu create --boot $gpu)"
	same "a name that is a path" "status 1
gpu-handoff-vgpu: ../devices makes no vGPUs (there is no /sys/class/mdev_bus/../devices); see gpu-handoff doctor" \
		"$(answer gpu-handoff-vgpu create --boot ../devices)"
	conf "[vgpu $second]" "when = never"
	same "a configuration with an error" "status 1
gpu-handoff-vgpu: /etc/gpu-handoff.conf, line 2: when = never is not right; write guest or boot" \
		"$(answer boot)"
	same "wrong usage" "2 2 2 2" "$(for words in "" create "create x --boot $igpu" "list --boot $igpu"; do
		gpu-handoff-vgpu $words >$scratch/out 2>&1
		echo $?
	done | xargs)"
}

#: r720 --load kvmgt : vgpus_that_others_have
vgpus_that_others_have() {
	conf "[vgpu $vgpu]" "when = boot" "type = i915-GVTg_V5_8"
	echo $vgpu >$types/i915-GVTg_V5_4/create
	same "one that somebody made" "status 0" "$(answer boot)"
	same "it stays as it is" "$vgpu i915-GVTg_V5_4" "$(vgpus)"
	echo 1 >/sys/bus/mdev/devices/$vgpu/remove
	guest Win11 $win11 $vgpu >$scratch/xml
	prepare Win11 <$scratch/xml
	echo 1 >/sys/bus/mdev/devices/$vgpu/remove
	same "one that a guest's undo file names" "status 0" "$(answer boot)"
	same "it is left" "" "$(vgpus)"
	release Win11 <$scratch/xml
	tell "fail */create EEXIST 1"
	tell "on */create write $igpu/mdev_supported_types/i915-GVTg_V5_4/create $vgpu"
	same "somebody is quicker" "status 0" "$(answer boot)"
	same "that one is right" "$vgpu i915-GVTg_V5_4" "$(vgpus)"
}

#: r720 --load kvmgt : vgpus_that_cannot_be_made
vgpus_that_cannot_be_made() {
	local message="vGPU $vgpu of type $igpu/i915-GVTg_V5_8 could not be created:"
	conf "[handoff]" "operation-timeout = 1" "[vgpu]" "when = boot" "[vgpu $vgpu]" "[vgpu $second]"
	tell "fail */create EUSERS 1"
	same "the kernel refuses the first" "status 1
gpu-handoff-vgpu: $message all instances of this type are in use; stop another guest or choose another \
type= in gpu-handoff.conf(5)" "$(answer boot)"
	same "the second is there" "$second i915-GVTg_V5_8" "$(vgpus)"
	conf "[handoff]" "operation-timeout = 1" "[vgpu $vgpu]" "when = boot"
	tell "block */create 1"
	same "the kernel does not answer" "status 1
gpu-handoff-vgpu: $vgpu is stuck: the kernel has not returned from moving its mdev to \
$igpu/i915-GVTg_V5_8; nothing more of it is touched until it does (close what uses it, else reboot)" \
		"$(answer boot)"
	same "nor is it asked again" "$(grep -c /create $laptop) status 1" \
		"$(answer boot >$scratch/out
		echo "$(grep -c /create $laptop) $(head -n 1 $scratch/out)")"
	tell unblock
	until_true test -e /sys/bus/mdev/devices/$vgpu
	same "in the end it is there" "status 0" "$(answer boot)"
}
