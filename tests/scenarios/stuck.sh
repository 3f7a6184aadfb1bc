# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086
# Writes that do not return. The take is back in time, with everything but that one device; nothing
# more of it is touched; and once the kernel lets go, the next give-back restores it.
short=("[handoff]" "busy-timeout = 1" "operation-timeout = 1")
hint="nothing more of it is touched until it does (close what uses it, else reboot)"
again="they are tried again every minute"

# timed SECONDS COMMAND...: its answer, and how long it took if that was more than SECONDS
timed() {
	local seconds=$1 start took
	start=$(date +%s%3N)
	answer "${@:2}"
	took=$(($(date +%s%3N) - start))
	[ $took -le $((seconds * 1000)) ] || echo "after $took ms"
}

# what of the machine is not as before, without the undo files and lines of PATTERN
differs() { # differs BEFORE PATTERN
	diff <(grep -vE "$2" <<<"$1") <({ snapshot && units; } | grep -vE "$2")
}

# What a child that waits has open of ours, besides what it writes to.
open_files() {
	local pid
	for pid in $(pgrep -x gpu-handoff-tak) $(pgrep -x gpu-handoff-giv); do
		readlink /proc/$pid/fd/* | grep -v '^/dev/null$\|^/sys/' | sort | uniq -c | sed 's/^ *//'
	done
}

# The kernel lets go: waits for the child to end.
let_go() {
	local end=$((SECONDS + 10))
	tell unblock
	while pgrep -x gpu-handoff-tak || pgrep -x gpu-handoff-giv; do
		[ $SECONDS -lt $end ] || { echo "not ok let_go: a child has not ended in 10 s" && return 1; }
	done >$scratch/ignored
}

# remains NAME STEPS: the undo file of Win10 has just those
remains() {
	same "$1" "$win10.undo:
gpu-handoff 1
guest $win10 Win10
owner DAEMON
released
$2" "$(undo_files)"
}

# restored BEFORE
restored() {
	let_go
	same "row 12: once it returns, the timer's turn" "status 0" \
		"$(timed 2 gpu-handoff give-back --stale)"
	as_before "row 12: all is given back" "$1"
}

#: r720 --load vfio_pci --load kvmgt : unbind_never_returns
unbind_never_returns() {
	local before stuck after
	conf "${short[@]}"
	before=$(machine)
	stuck="0000:01:00.1 is stuck: the kernel has not returned from moving its driver to"
	tell "block */unbind 1"
	same "row 12: prepare is back within operation-timeout and a second" "status 1
gpu-handoff-take: guest Win10: $stuck snd_hda_intel/-; $hint
gpu-handoff-take: $stuck vfio-pci/vfio-pci; $hint (2 steps could not be taken back; \
/run/gpu-handoff/$win10.undo says which, and $again)" "$(timed 2 prepare Win10 <$recipe)"
	remains "row 12: the undo file names that device alone" \
		"power 0000:01:00.1 on auto
driver 0000:01:00.1 vfio-pci/vfio-pci snd_hda_intel/-"
	same "row 12: every other device is as before" "" \
		"$(differs "$before" '0000:01:00.1|DRIVER=snd_hda_intel')"
	same "row 12: the child has one descriptor of the undo file, and not the lock" \
		"1 /run/gpu-handoff/$win10.undo" "$(open_files)"
	after=$(machine)
	same "row 12: a later prepare is refused at once" "status 1
gpu-handoff-take: 0000:01:00.1 is stuck since an earlier start of this guest: the kernel has not returned from \
moving its driver; close what uses it, else reboot" "$(timed 2 prepare Win10 <$recipe)"
	same "row 12: so is one of another guest, by the first one's name" "status 1
gpu-handoff-take: guest Win10: $stuck snd_hda_intel/-; $hint
gpu-handoff-take: 0000:01:00.1 did not come back whole from guest Win10; gpu-handoff give-back $win10 says \
why, and removing /run/gpu-handoff/$win10.undo gives up on what remains" \
		"$(guest vm $win11 0000:01:00.0 | timed 2 prepare vm)"
	same "row 12: release is back in time too" "status 1
gpu-handoff-give-back: guest Win10: $stuck snd_hda_intel/-; $hint
gpu-handoff-give-back: 2 steps remain in /run/gpu-handoff; $again" "$(timed 2 release Win10 <$recipe)"
	same "row 12: all of them changed nothing" "$after" "$(machine)"
	same "row 12: a guest with a vGPU is not hindered" "status 0" \
		"$(guest vm $win11 $vgpu | timed 2 prepare vm | head -n 1)"
	same "row 12: nor is its release" "status 0" "$(timed 2 release vm </dev/null)"
	restored "$before"
}

#: r720 --load vfio_pci --load kvmgt : unbind_of_the_gpu_never_returns
unbind_of_the_gpu_never_returns() {
	local before
	conf "${short[@]}" "unload-modules = never"
	before=$(machine)
	tell "block */nvidia/unbind 1"
	same "row 12: prepare" "status 1" "$(timed 2 prepare Win10 <$recipe | head -n 1)"
	remains "row 12: what remains" "power 0000:01:00.0 on auto
driver 0000:01:00.0 vfio-pci/vfio-pci nvidia/-"
	restored "$before"
}

#: r720 --load vfio_pci --load kvmgt : remove_of_the_vgpu_never_returns
remove_of_the_vgpu_never_returns() {
	local before
	conf "${short[@]}"
	before=$(machine)
	prepare Win10 <$recipe
	tell "block */remove 1"
	same "row 12: release is back within operation-timeout and a second" "status 1
gpu-handoff-give-back: guest Win10: $vgpu is stuck: the kernel has not returned from moving its mdev to \
absent; $hint
gpu-handoff-give-back: 1 steps remain in /run/gpu-handoff; $again" "$(timed 2 release Win10 <$recipe)"
	remains "row 12: what remains" "mdev $vgpu 0000:00:02.0/i915-GVTg_V5_4 absent"
	same "row 12: the dGPU is back" "0000:01:00.0 nvidia" "$(driver_of 0000:01:00.0)"
	restored "$before"
}

#: r720 --load vfio_pci --load kvmgt : unload_never_returns
unload_never_returns() {
	local before
	conf "${short[@]}"
	before=$(machine)
	tell "block unload:nvidia_uvm 1"
	same "row 12: prepare" "status 1
gpu-handoff-take: guest Win10: nvidia_uvm is stuck: the kernel has not returned from moving its module to \
loaded; $hint
gpu-handoff-take: nvidia_uvm is stuck: the kernel has not returned from moving its module to unloaded; \
$hint (1 steps could not be taken back; /run/gpu-handoff/$win10.undo says which, and $again)" \
		"$(timed 2 prepare Win10 <$recipe)"
	remains "row 12: what remains" "module nvidia_uvm unloaded loaded"
	same "row 12: every other module is as before" "" "$(differs "$before" nvidia_uvm)"
	restored "$before"
}

#: r720 --load vfio_pci --load kvmgt : power_control_never_returns
power_control_never_returns() {
	local before
	conf "${short[@]}"
	before=$(machine)
	tell "block */power/control 1"
	same "row 12: prepare" "status 1" "$(timed 2 prepare Win10 <$recipe | head -n 1)"
	remains "row 12: what remains" "power 0000:01:00.0 on auto"
	restored "$before"
}

#: r720 --load vfio_pci --load kvmgt : create_of_the_vgpu_never_returns
create_of_the_vgpu_never_returns() {
	local before
	conf "${short[@]}"
	before=$(machine)
	tell "block */create 1"
	same "row 12: prepare" "status 1" "$(timed 2 prepare Win10 <$recipe | head -n 1)"
	remains "row 12: what remains" "mdev $vgpu 0000:00:02.0/i915-GVTg_V5_4 absent"
	same "row 12: the dGPU is back" "0000:01:00.0 nvidia" "$(driver_of 0000:01:00.0)"
	restored "$before"
}

#: r720 --load vfio_pci --load kvmgt : unit_never_stops
unit_never_stops() {
	local before
	conf "${short[@]}"
	sed -i 's/^nvidia-persistenced.service .*/nvidia-persistenced.service hangs/' /run/laptop-units
	before=$(machine)
	same "row 12: a unit that does not stop" "status 1
gpu-handoff-take: nvidia-persistenced.service could not be stopped in time; see systemctl status \
nvidia-persistenced.service" "$(timed 3 prepare Win10 <$recipe)"
	as_before "row 12: the machine is as before" "$before"
	same "row 12: no systemctl stays" "" "$(pgrep -x systemctl)"
}
