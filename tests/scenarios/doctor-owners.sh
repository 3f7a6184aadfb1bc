# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2154,SC2086
# Whose a GPU is may not be known: then nothing is advised that would hurt the guest that has it.
# shellcheck source=tests/scenarios/doctor-lib.sh
. tests/scenarios/doctor-lib.sh
ordinary="setpriv --reuid=65534 --regid=65534 --keep-groups"
card=0000:01:00.0

# says PATTERN [COMMAND]...: the doctor's lines that have PATTERN
says() {
	local pattern=$1
	shift
	"$@" gpu-handoff doctor --xml $recipe | sed -E 's/\(pid [0-9]+/(pid PID/' | grep -E "$pattern"
}

#: r720 --load kvmgt : seen_by_anybody
seen_by_anybody() {
	local pid
	if ! $ordinary true 2>$scratch/ignored; then
		echo "skip seen_by_anybody: there is only root inside, because the tests do not run as root"
		return
	fi
	installed
	same "what is in the way may be unseen" \
		"  note     it could have its devices now, in 10 steps, if nothing is in the way that cannot be seen from here; sudo gpu-handoff doctor" \
		"$(says 'it could have' $ordinary)"
	prepare Win10 <$recipe
	pid=$(hold --path qemu-system-x86 /dev/vfio/1)
	same "the override may be the guest's" \
		"  note     $card has the driver override vfio-pci, which may be a guest's; sudo gpu-handoff doctor" \
		"$(says override $ordinary | grep -v '^  .* line ')"
	same "root sees that it is" "" "$(says override | grep -v '^  .* line ')"
	kill $pid
	until_gone $pid
	release Win10 <$recipe
}

#: r720 --load kvmgt : guest_that_cannot_start
guest_that_cannot_start() {
	installed
	conf "[handoff]" "busy-timeout = 1" "operation-timeout = 1"
	prepare Win10 <$recipe
	same "it is starting" "  ok       it is starting" "$(says 'it is starting$')"
	release Win10 <$recipe
	tell "block */snd_hda_intel/unbind 1"
	prepare Win10 <$recipe 2>$scratch/out
	same "a device is stuck" "  error    it cannot start: ${card%0}1 is stuck since an earlier start of it; see what is said of gpu-handoff itself above" \
		"$(says 'it (could|cannot)')"
	tell unblock
	while pgrep -x gpu-handoff-tak; do :; done >$scratch/out
	gpu-handoff give-back --stale
	same "it could start now" "  ok       it could have its devices now, in 10 steps; gpu-handoff take --plan shows them" \
		"$(says 'it (could|cannot)')"
	conf "[handoff]"
	tell "block */snd_hda_intel/unbind 1"
	gpu-handoff take --xml $recipe 2>$scratch/out &
	until gpu-handoff status | grep -q '(moving)'; do
		kill -0 $! 2>$scratch/ignored || break
	done
	same "a device is moved now" "  note     ${card%0}1 is being moved just now; ask again" "$(says 'moved just now|is stuck')"
	tell unblock
	wait $!
	gpu-handoff give-back Win10
}

#: r720 --load kvmgt : undo_file_that_cannot_be_read
undo_file_that_cannot_be_read() {
	local pid undo=/run/gpu-handoff/$win10.undo
	installed
	prepare Win10 <$recipe
	pid=$(hold --path qemu-system-x86 /dev/vfio/1)
	breaks "an undo file that cannot be read" "cp $undo $scratch/undo; echo nonsense >>$undo" \
		"cat $scratch/undo >$undo" <<'END'
< status 0
> status 1
> note     0000:01:00.0 has the driver override vfio-pci, which may be a guest's; see what is said of gpu-handoff itself below
< note     guest Win10 has 0000:01:00.0
> note     qemu-system-x86 (pid PID) has 0000:01:00.0 by /dev/vfio/1: it is a guest's until that ends
< ok       guest Win10 runs; 10 steps will be undone
> error    /run/gpu-handoff/6f0e09e1-a7d4-4d33-b4f8-0dc69eaaed9b.undo, line 15: not what this program writes; nothing was done: correct or remove it
END
	mended
	echo nonsense >>$undo
	same "the vGPU may be a guest's" "$vgpu  0000:00:02.0  i915-GVTg_V5_4
  not known
gpu-handoff-vgpu: what guests have is not all known: $undo, line 15: not what this program writes; nothing was done: correct or remove it" \
		"$(gpu-handoff vgpu list 2>&1 | tail -n 3)"
	kill $pid
	until_gone $pid
}

#: r720 --load kvmgt : vgpu_of_boot
vgpu_of_boot() {
	installed
	gpu-handoff vgpu create auto $vgpu >$scratch/out
	breaks "a vGPU of the configuration waits for its guest" "conf '[vgpu $vgpu]' 'when = boot'" <<'END'
< status 0
> status 1
< ok       the configuration wants nothing at boot
> error    /etc/modprobe.d/gpu-handoff.conf is missing; gpu-handoff boot apply
> error    /etc/modules-load.d/gpu-handoff.conf is missing; gpu-handoff boot apply
< note     nobody uses vGPU af5972fb-5530-41a7-0000-fd836204445b (i915-GVTg_V5_4); gpu-handoff vgpu remove af5972fb-5530-41a7-0000-fd836204445b, if nobody will
END
}

# One that is made is nobody's yet, and one whose making hangs is not to be removed.
#: r720 --load vfio_pci --load kvmgt : vgpu_whose_making_hangs
vgpu_whose_making_hangs() {
	local create
	installed
	conf "[handoff]" "operation-timeout = 1"
	tell "block */create 1"
	gpu-handoff vgpu create i915-GVTg_V5_8 $vgpu 2>$scratch/out
	same "it is stuck" "  error    vGPU $vgpu is stuck: the kernel does not return from making or removing it; close what uses it (see dmesg); if that does not help, reboot" \
		"$(says "$vgpu" | grep -v '^  .* line ')"
	tell unblock
	until [ -e /sys/bus/mdev/devices/$vgpu ]; do :; done
	while pgrep -x gpu-handoff-vgp; do :; done >$scratch/out
	same "then nobody uses it" "  note     nobody uses vGPU $vgpu (i915-GVTg_V5_8); gpu-handoff vgpu remove $vgpu, if nobody will" \
		"$(says "$vgpu" | grep -v '^  .* line ')"
	gpu-handoff vgpu remove $vgpu
	conf "[handoff]"
	tell "block */create 1"
	gpu-handoff vgpu create i915-GVTg_V5_8 $vgpu >$scratch/out &
	create=$!
	until gpu-handoff status | grep -q '(moving)'; do
		kill -0 $create 2>$scratch/ignored || break
	done
	same "while it is made nothing is said of it" "" "$(says "$vgpu" | grep -v '^  .* line ')"
	tell unblock
	wait $create
}

#: twins : override_of_a_reserved_card
override_of_a_reserved_card() {
	installed
	conf "[gpu 0000:02:00.0]" "reserve = boot"
	echo vfio-pci >$sys/0000:01:00.0/driver_override
	echo vfio-pci >$sys/0000:02:00.0/driver_override
	same "an override is right for the card that is reserved, and for no other" \
		"  warning  0000:01:00.0 has the driver override vfio-pci, which is not gpu-handoff's; echo >/sys/bus/pci/devices/0000:01:00.0/driver_override
  ok       0000:02:00.0 has the override vfio-pci" "$(gpu-handoff doctor | grep -E '(driver|the) override')"
}

#: r720 : guest_with_a_reserved_card
guest_with_a_reserved_card() {
	local f pid
	installed
	conf "[gpu 10de:1c8d]" "reserve = boot"
	modprobe vfio-pci
	for f in $card ${card%0}1; do
		echo vfio-pci >$sys/$f/driver_override
		echo $f >$sys/$f/driver/unbind
		echo $f >/sys/bus/pci/drivers_probe
	done
	same "nobody has it" "  ok       $card has the override vfio-pci
  ok       nobody holds $card" "$(says "(the override|nobody holds)")"
	pid=$(hold --path qemu-system-x86 /dev/vfio/1)
	same "a guest has it, and nobody is told to close that" \
		"  note     qemu-system-x86 (pid PID) has $card by /dev/vfio/1: it is a guest's until that ends" \
		"$(says "vfio/1: it")"
	kill $pid
	until_gone $pid
}

#: r720 : reset_before_linux_5_15
reset_before_linux_5_15() {
	installed
	breaks "it can be reset" "file $sys/$card/reset 1" <<'END'
< note     0000:01:00.0 cannot be reset alone: unless its whole bus is, a guest gets it as the one before has left it
> ok       0000:01:00.0 can be reset
END
}
