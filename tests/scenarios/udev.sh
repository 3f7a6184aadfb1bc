# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086
# Which functions udev's program claims when they appear, and which it leaves to the host.
# shellcheck source=tests/scenarios/udev-lib.sh
. tests/scenarios/udev-lib.sh

#: r720 : reserved_by_id_or_address
reserved_by_id_or_address() {
	same "without a configuration" "" "$(claims)"
	conf "[gpu 10de:1c8d]" "reserve = guest" "[gpu 0000:01:00.1]" "reserve = boot"
	unbind $gpu $audio
	same "for guests only, and a section of no display" "" "$(claims)"
	conf "[gpu 10de:1c8d]" "reserve = boot"
	same "the whole card by ID" "$gpu $override
$audio $override" "$(claims)"
	conf "[gpu $gpu]" "reserve = boot" "id = 10de:1c8d"
	same "the whole card by address and ID" "$gpu $override
$audio $override" "$(claims)"
	conf "[gpu 10de:1c8d]" "reserve = boot" "[gpu $gpu]" "reserve = guest"
	same "the address overrides the ID" "" "$(claims)"
	conf "[handoff]" "slot = named" "[gpu 10de:1c8d]" "reserve = boot"
	same "slot=named" "$gpu $override" "$(claims)"
	conf "[gpu $gpu]" "reserve = boot" "id = 10de:1c8c"
	same "another device at the address" "$gpu gpu-handoff-claim: $gpu is 10de:1c8d, not 10de:1c8c as \
[gpu $gpu] says: it stays with the host; addresses have moved, correct gpu-handoff.conf(5)
$gpu GPU_HANDOFF_LEFT=id
$audio GPU_HANDOFF_LEFT=id" "$(claims)"
	tell no-iommu
	conf "[gpu 10de:1c8d]" "reserve = boot"
	same "without an IOMMU" "$(for f in $gpu $audio; do
		echo "$f gpu-handoff-claim: $f has no IOMMU, so vfio-pci cannot have it: it stays with \
the host; switch VT-d or AMD-Vi on in the firmware, and see gpu-handoff boot plan
$f GPU_HANDOFF_LEFT=iommu"
	done)" "$(claims)"
	same "nothing was written" "" "$(grep -v 'unbind\|no-iommu' $laptop)"
}

#: r720 --load vfio_pci : bound_already
bound_already() {
	conf "[gpu 10de:1c8d]" "reserve = boot"
	same "the host's drivers have them" "$(bound $gpu nvidia && bound $audio snd_hda_intel)" "$(claims)"
	same "it is said once" "GPU_HANDOFF_BOUND=nvidia" "$(claim $gpu GPU_HANDOFF_BOUND=nvidia 2>&1)"
	same "another driver is said" "$(bound $gpu nvidia)" \
		"$(claim $gpu GPU_HANDOFF_BOUND=nouveau 2>&1 | sed "s/^/$gpu /")"
	same "the kernel's word counts, not the event's" "$(bound $gpu nvidia)" \
		"$(claim $gpu DRIVER=vfio-pci 2>&1 | sed "s/^/$gpu /")"
	tell "unbind $gpu"
	echo vfio-pci >/sys/bus/pci/devices/$gpu/driver_override
	tell "bind $gpu vfio-pci"
	same "on vfio-pci already" "$(bound $audio snd_hda_intel)" "$(claims)"
}

#: r720 : the_console
the_console() {
	conf "[gpu 8086:591b]" "reserve = boot"
	same "the host's display" "$(console $igpu)" "$(claims)"
	same "that is said once" GPU_HANDOFF_LEFT=console "$(claim $igpu GPU_HANDOFF_LEFT=console 2>&1)"
	conf "[handoff]" "console = release" "[gpu 8086:591b]" "reserve = boot"
	same "console=release" "$(bound $igpu i915)" "$(claims)"
}

#: muxed : four_functions
four_functions() {
	unbind 0000:01:00.0 0000:01:00.1 0000:01:00.2
	conf "[gpu 0000:01:00.0]" "reserve = boot"
	same "a card of four, one of them bound" "0000:01:00.0 $override
0000:01:00.1 $override
0000:01:00.2 $override
$(bound 0000:01:00.3 nvidia-gpu)" "$(claims)"
}

#: twins : one_of_two_equal_cards
one_of_two_equal_cards() {
	unbind 0000:01:00.0 0000:01:00.1 0000:02:00.0 0000:02:00.1
	conf "[gpu 0000:02:00.0]" "reserve = boot"
	same "one by its address" "0000:02:00.0 $override
0000:02:00.1 $override" "$(claims)"
	conf "[gpu 10de:1b80]" "reserve = boot"
	same "both by their ID, but for the console" "$(console 0000:01:00.0)
0000:01:00.1 GPU_HANDOFF_LEFT=console
0000:02:00.0 $override
0000:02:00.1 $override" "$(claims)"
}

#: one-gpu : the_only_gpu_is_reserved
the_only_gpu_is_reserved() {
	conf "[gpu 1002:73bf]" "reserve = boot"
	same "the only GPU has the console" "$(console 0000:0a:00.0)
0000:0a:00.1 GPU_HANDOFF_LEFT=console" "$(claims)"
	conf "[handoff]" "console = release" "[gpu 1002:73bf]" "reserve = boot"
	unbind 0000:0a:00.0 0000:0a:00.1
	same "console=release, its bridges stay" "0000:0a:00.0 $override
0000:0a:00.1 $override" "$(claims)"
}

#: flex : virtual_functions
virtual_functions() {
	unbind 0000:4d:00.0 0000:4d:00.1 0000:4d:00.2
	conf "[gpu 0000:4d:00.2]" "reserve = boot"
	same "one virtual function" "0000:4d:00.2 $override" "$(claims)"
}

#: r720 : other_configurations
other_configurations() {
	unbind $gpu
	conf "[gpu 10de:1c8d]" "reserve = boot"
	chmod 666 /etc/gpu-handoff.conf
	same "one that others may write" "status 1
gpu-handoff-claim: /etc/gpu-handoff.conf must be a regular file of root that only root may write; run \
chown root: and chmod 644 on it" "$(answer claim $gpu)"
	conf "[gpu 10de:1c8d]" "reserve = boots"
	same "one with an error" "status 1
gpu-handoff-claim: /etc/gpu-handoff.conf, line 2: reserve = boots is not right; write guest or boot" \
		"$(answer claim $gpu)"
	conf "[handoff]" "busy = never"
	same "one with an error but without a GPU" "status 0" "$(answer claim $gpu)"
	conf "[handoff]" "# [gpu 10de:1c8d]" "# reserve = boot"
	ASAN_OPTIONS=detect_leaks=0 strace -qq -f -e trace=%file -o $scratch/calls /usr/lib/udev/gpu-handoff-claim unexpected 2>$scratch/out
	same "strace works here" "usage: gpu-handoff-claim" "$(head -n 1 $scratch/out)"
	claim $gpu ASAN_OPTIONS=detect_leaks=0 strace -qq -f -e trace=%file -o $scratch/calls
	same "one that reserves nothing: nothing is read in /sys or /run" "" \
		"$(grep -E '"/(sys|run)' $scratch/calls)"
	same "but the configuration is" 1 "$(grep -c gpu-handoff.conf $scratch/calls)"
	cp conf/gpu-handoff.conf /etc/gpu-handoff.conf
	claim $gpu ASAN_OPTIONS=detect_leaks=0 strace -qq -f -e trace=%file -o $scratch/calls
	same "nor with the configuration as shipped" "" "$(grep -E '"/(sys|run)' $scratch/calls)"
}
