# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086
# GPUs that are unplugged while a guest has them.
# shellcheck source=tests/scenarios/udev-lib.sh
. tests/scenarios/udev-lib.sh

unplugged() { # unplugged ADDRESS NAME: what --gone says
	echo "gpu-handoff-give-back: $1 was unplugged while guest $2 had it"
}

#: r720 --load vfio_pci : unplugged_while_the_guest_runs
unplugged_while_the_guest_runs() {
	local after
	guest Win11 $win11 $gpu >$scratch/xml
	same "without a guest" "status 0" "$(answer gpu-handoff give-back --gone $gpu)"
	prepare Win11 <$scratch/xml
	after=$(machine)
	same "a false alarm" "status 0" "$(answer gpu-handoff give-back --gone $gpu)"
	same "a function of nobody" "status 0" "$(answer gpu-handoff give-back --gone 0000:02:00.0)"
	same "they change nothing" "$after" "$(machine)"
	tell "vanish $gpu"
	same "one that is unplugged" "status 0
$(unplugged $gpu Win11)" "$(answer gpu-handoff give-back --gone $gpu)"
	same "its lines are gone, the others stay" "$(grep -v $gpu <<<"$after" | sed -n '/undo:$/,$p')" \
		"$(undo_files)"
	same "it is said once" "status 0" "$(answer gpu-handoff give-back --gone $gpu)"
	same "release gives back the rest" "status 0" "$(answer release Win11 <$scratch/xml)"
	same "that is back" "$audio snd_hda_intel
nvidia-persistenced.service active
nvidia-powerd.service inactive" "$(driver_of $audio && units)"
	same "no undo file is left" "" "$(undo_files)"
}

#: r720 --load vfio_pci : unplugged_and_plugged_again
unplugged_and_plugged_again() {
	guest Win11 $win11 $gpu >$scratch/xml
	prepare Win11 <$scratch/xml
	tell "unbind $audio"
	echo >/sys/bus/pci/devices/$audio/driver_override
	tell "bind $audio snd_hda_intel"
	same "another one is in its place" "status 0
$(unplugged $audio Win11)" "$(answer gpu-handoff give-back --gone $audio)"
	same "that stays as it is" "$audio snd_hda_intel" "$(driver_of $audio)"
	same "its lines are gone" "" "$(undo_files | grep $audio)"
	same "release gives back the rest" "status 0" "$(answer release Win11 <$scratch/xml)"
}

#: r720 --load vfio_pci : all_of_it_is_unplugged
all_of_it_is_unplugged() {
	conf "[handoff]" "unload-modules = never" "stop-units ="
	guest Win11 $win11 $gpu >$scratch/xml
	prepare Win11 <$scratch/xml
	tell "vanish $gpu"
	tell "vanish $audio"
	same "both functions" "status 0
$(unplugged $gpu Win11)
status 0
$(unplugged $audio Win11)" "$(answer gpu-handoff give-back --gone $gpu
		answer gpu-handoff give-back --gone $audio)"
	same "the file stays while the guest may run" "$(undo_text Win11 $win11 "")" "$(undo_files)"
	same "release has nothing to do" "status 0" "$(answer release Win11 <$scratch/xml)"
	same "and removes it" "" "$(undo_files)"
}

#: r720 --load vfio_pci : unplugged_after_the_guest
unplugged_after_the_guest() {
	local file=/run/gpu-handoff/$win11.undo
	mkdir -m 700 /run/gpu-handoff
	install -m 600 <(printf 'gpu-handoff 1\nguest %s Win11\n%-40s\nreleased\ndriver %s -/- nvidia/-\n' \
		$win11 "owner 0 0" 0000:05:00.0) $file
	same "one that a guest left behind" "status 0
$(unplugged 0000:05:00.0 Win11)" "$(answer gpu-handoff give-back --gone 0000:05:00.0)"
	same "its file goes" "" "$(undo_files)"
	install -m 600 <(printf 'gpu-handoff 1\nguest %s Win11\n%-40s\nreleased\ndriver %s -/- nvidia/-\n' \
		$win11 "owner 0 0" $gpu) $file
	same "one that is there is left to give-back" "status 0" "$(answer gpu-handoff give-back --gone $gpu)"
	same "its line stays" "driver $gpu -/- nvidia/-" "$(tail -n 1 $file)"
	install -m 600 <(echo "gpu-handoff 2") $file
	same "a file of another version" "status 1
gpu-handoff-give-back: $file is of another version of gpu-handoff; install that again and run gpu-handoff \
give-back $win11" "$(answer gpu-handoff give-back --gone $gpu)"
	same "wrong usage" "2 2 2 2 2" "$(for words in "--gone" "--gone x" "--gone $gpu x" \
		"--gone $gpu --plan" "--gone $gpu --all"; do
		gpu-handoff give-back $words >$scratch/out 2>&1
		echo $?
	done | xargs)"
}

#: r720 --load vfio_pci : unplugged_while_stuck
unplugged_while_stuck() {
	local pid pids before
	conf "[handoff]" "operation-timeout = 10" "unload-modules = never"
	guest Win11 $win11 $gpu >$scratch/xml
	before=$(machine)
	tell "block */nvidia/unbind 1"
	prepare Win11 <$scratch/xml >$scratch/out 2>&1 &
	pid=$!
	until_true waits 1
	mapfile -t pids < <(pgrep -x gpu-handoff-tak)
	kill -9 "${pids[@]::2}" # and the process that hangs stays
	wait $pid
	same "one whose move hangs" "status 1
gpu-handoff-give-back: $gpu is stuck: the kernel has not returned from moving its driver; close what uses \
it, else reboot" "$(answer gpu-handoff give-back --gone $gpu)"
	same "its line stays" "driver $gpu vfio-pci/vfio-pci nvidia/-" "$(undo_files | tail -n 1)"
	tell unblock
	until_true gpu-handoff give-back Win11 >$scratch/out 2>&1
	as_before "it comes back in the end" "$before"
}
