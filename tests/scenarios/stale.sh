# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086
# Who gives back what is left behind, and when: crashes, a lock that is held, by hand.
gate=/etc/libvirt/hooks/qemu.d/50-gpu-handoff
run=/run/gpu-handoff

# until_true COMMAND...: repeats it until it succeeds, at most 10 s
until_true() {
	local end=$((SECONDS + 10))
	until "$@"; do
		[ $SECONDS -lt $end ] || { echo "not ok until_true: $*: not in 10 s" && return 1; }
	done
}

waits() { # waits: the model has held up a write
	until_true grep -q -- "-> waits" $laptop
}

gone() { # gone PID
	tail --pid="$1" -s 0.01 -f /dev/null
}

#: r720 --load vfio_pci --load kvmgt : guest_that_runs_is_never_stale
guest_that_runs_is_never_stale() {
	local before after pid
	before=$(machine)
	prepare Win10 <$recipe # by this shell, which lives
	after=$(machine)
	same "a guest that has just started" "status 0" "$(answer gpu-handoff give-back --stale)"
	same "keeps its GPU" "$after" "$(machine)"
	pid=$(hold --path qemu-system-x86 /dev/vfio/1)
	after=$(machine)
	same "one whose QEMU runs, by --all" "status 1
gpu-handoff-give-back: guest Win10 runs: left alone; gpu-handoff give-back $win10 asks for it alone" "$(answer gpu-handoff give-back --all)"
	same "by name" "status 1
gpu-handoff-give-back: guest Win10 still runs: qemu-system-x86 (pid $pid, /dev/vfio/1) has its GPU open; \
stop it first" "$(answer gpu-handoff give-back Win10)"
	same "a second prepare of it" "status 1
gpu-handoff-take: guest Win10 runs already: qemu-system-x86 (pid $pid) has its GPU open; stop it first" \
		"$(answer prepare Win10 <$recipe)"
	same "all of them change nothing" "$after" "$(machine)"
	kill "$pid"
	gone "$pid"
	same "its release" "status 0" "$(answer release Win10 <$recipe)"
	as_before "the machine is as before" "$before"
}

#: r720 --load vfio_pci --load kvmgt : libvirtd_dies_while_the_guest_runs
libvirtd_dies_while_the_guest_runs() {
	local before after pid
	before=$(machine)
	(prepare Win10 <$recipe) # by a daemon that ends
	pid=$(hold --path qemu-system-x86 /dev/vfio/1)
	after=$(machine)
	same "the daemon is gone, QEMU is not" "status 0" "$(answer gpu-handoff give-back --stale)"
	same "the guest keeps its GPU" "$after" "$(machine)"
	kill "$pid"
	gone "$pid"
	same "both are gone" "status 0" "$(answer gpu-handoff give-back --stale)"
	as_before "the machine is as before" "$before"
}

#: r720 --load vfio_pci --load kvmgt : libvirtd_dies_in_prepare
libvirtd_dies_in_prepare() {
	local before daemon
	before=$(machine)
	tell "block */drivers_probe 1"
	# shellcheck disable=SC2016
	bash -c '"$1" Win10 prepare begin - <"$2" >"$3" 2>&1; :' daemon $gate $recipe $scratch/out &
	daemon=$!
	waits
	kill -9 $daemon
	wait $daemon 2>$scratch/ignored
	tell unblock
	until_true flock --timeout 10 $run true
	same "row 4: the hook has finished alone" "owner DAEMON
driver 0000:01:00.1 vfio-pci/vfio-pci snd_hda_intel/-" "$(undo_files | grep -E 'owner|01:00.1 vfio')"
	same "row 4: it said nothing" "" "$(cat $scratch/out)"
	same "row 4: nobody has called release" "status 0" "$(answer gpu-handoff give-back --stale)"
	as_before "row 4: all is given back" "$before"
}

#: r720 --load vfio_pci --load kvmgt : next_guest_takes_from_a_dead_one
next_guest_takes_from_a_dead_one() {
	local before
	before=$(machine)
	(prepare Win10 <$recipe)
	same "row 2: the next guest's prepare gives back what the dead one had" "status 0" \
		"$(guest vm $win11 0000:01:00.0 | answer prepare vm)"
	same "row 2: and takes it" "$win11.undo:" "$(undo_files | grep undo:)"
	same "row 2: a release of the dead one" "status 0" "$(answer release Win10 <$recipe)"
	same "row 2: frees nothing" "$win11.undo:" "$(undo_files | grep undo:)"
	same "row 2: the other's does" "status 0" "$(answer release vm </dev/null)"
	as_before "row 2: the machine is as before" "$before"
}

#: r720 --load vfio_pci --load kvmgt : another_hook_fails
another_hook_fails() {
	local before
	before=$(machine)
	prepare Win10 <$recipe
	same "row 5: stopped is silent" "status 0" "$(answer hook Win10 stopped end <$recipe)"
	same "row 5: release gives back" "status 0" "$(answer release Win10 <$recipe)"
	as_before "row 5: the machine is as before" "$before"
	same "row 1: a second release" "status 0" "$(answer release Win10 <$recipe)"
	as_before "row 1: has nothing to do" "$before"
}

#: r720 --load vfio_pci --load kvmgt : by_hand
by_hand() {
	local before after way plan
	before=$(machine)
	plan=$(gpu-handoff take --plan <$recipe | awk '{ print $1, $2, $4, $3 }' | tac)
	for way in Win10 $win10 --all; do
		same "take by hand" "status 0" "$(answer gpu-handoff take --xml $recipe)"
		same "its owner is nobody" "owner -" "$(undo_files | grep owner)"
		after=$(machine)
		same "it is never stale" "status 0" "$(answer gpu-handoff give-back --stale)"
		same "its plan of stale ones is empty" "status 0" \
			"$(answer gpu-handoff give-back --plan --stale)"
		same "the plan of $way is the inverse of take's" "status 0
# guest $win10 Win10
$plan" "$(answer gpu-handoff give-back --plan $way)"
		same "neither changes anything" "$after" "$(machine)"
		same "give-back $way" "status 0" "$(answer gpu-handoff give-back $way)"
		as_before "the machine is as before" "$before"
	done
	same "there is nothing more to plan" "status 0" "$(answer gpu-handoff give-back --plan --all)"
	same "a guest that nobody knows" "status 0
gpu-handoff-give-back: guest other has nothing to give back" "$(answer gpu-handoff give-back other)"
	for way in "" "--all --stale" "--all Win10" "--nonsense" "--hook"; do
		same "wrong usage: give-back $way" 2 "$(gpu-handoff give-back $way >$scratch/out 2>&1; echo $?)"
	done
}

#: r720 --load vfio_pci --load kvmgt : when_free_waits
when_free_waits() {
	local before after qemu waiting status=0
	before=$(machine)
	prepare Win10 <$recipe
	qemu=$(hold --path qemu-system-x86 /dev/vfio/1)
	after=$(machine)
	gpu-handoff-give-back --when-free Win10 >$scratch/out 2>&1 &
	waiting=$!
	until_true eval "readlink /proc/$waiting/fd/* | grep -q pidfd"
	kill -TERM $waiting
	wait $waiting || status=$?
	same "a wait can be interrupted" 143 $status
	same "that changes nothing" "$after" "$(machine)"
	gpu-handoff-give-back --when-free Win10 >$scratch/out 2>&1 &
	waiting=$!
	until_true eval "readlink /proc/$waiting/fd/* | grep -q pidfd"
	same "while it waits the guest has its GPU" "$after" "$(machine)"
	kill "$qemu"
	status=0
	wait $waiting || status=$?
	same "it ends after the guest" 0 $status
	same "and says nothing" "" "$(cat $scratch/out)"
	as_before "the machine is as before" "$before"
}

#: r720 --load vfio_pci --load kvmgt : lock_is_held
lock_is_held() {
	local before after start
	before=$(machine)
	conf "[handoff]" "busy-timeout = 1" "operation-timeout = 1"
	prepare Win10 <$recipe
	after=$(machine | sed 's/^acquired/released/')
	exec 7<$run
	flock 7
	start=$SECONDS
	same "row 33: prepare of another guest" "status 1
gpu-handoff-take: another hand-off has held the lock of $run for too long; see what gpu-handoff-take \
and gpu-handoff-give-back are doing (ps) and try again" \
		"$(guest vm $win11 $vgpu | answer prepare vm)"
	same "row 33: release" "status 1
gpu-handoff-give-back: another hand-off has held the lock of $run for too long; see what \
gpu-handoff-take and gpu-handoff-give-back are doing (ps) and try again" \
		"$(answer release Win10 <$recipe)"
	same "row 33: both came back within 8 s" yes "$([ $((SECONDS - start)) -le 8 ] && echo yes)"
	same "row 33: nothing changed but that the release is on record" "$after" "$(machine)"
	exec 7<&-
	same "row 33: the timer's turn" "status 0" "$(answer gpu-handoff give-back --stale)"
	as_before "row 33: all is given back" "$before"
}

# watches PID OTHER: does PID wait for the end of the process OTHER?
watches() {
	cat "/proc/$1/fdinfo/"* 2>/dev/null | grep -qx "Pid:[[:blank:]]*$2"
}

#: r720 --load vfio_pci --load kvmgt : a_guest_that_may_be_starting
a_guest_that_may_be_starting() {
	local before after qemu waiter
	before=$(machine)
	prepare Win10 <$recipe # by this shell, which lives; QEMU has not opened anything yet
	after=$(machine)
	same "--all leaves a guest alone that may be starting" "status 1
gpu-handoff-give-back: guest Win10 may be starting: left alone; gpu-handoff give-back $win10 asks for it alone" \
		"$(answer gpu-handoff give-back --all)"
	same "it keeps its GPU" "$after" "$(machine)"
	gpu-handoff-give-back --when-free Win10 &
	waiter=$!
	qemu=$(hold --path qemu-system-x86 /dev/vfio/1)
	until_true watches "$waiter" "$qemu"
	same "--when-free waits while it runs" "0000:01:00.0 vfio-pci" "$(driver_of 0000:01:00.0)"
	kill "$qemu"
	wait "$waiter"
	same "and gives back when it has ended" 0 $?
	as_before "the machine is as before" "$before"
}
