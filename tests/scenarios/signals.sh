# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086
# Signals in the middle of a hand-off: it is finished all the same.
gate=/etc/libvirt/hooks/qemu.d/50-gpu-handoff

waits() {
	local end=$((SECONDS + 10))
	until grep -q -- "-> waits" $laptop; do
		[ $SECONDS -lt $end ] || { echo "not ok waits: no write waits after 10 s" && return 1; }
	done
}

# signalled SIGNAL EVENT OPERATION SUB-OPERATION: while the write to EVENT waits, all processes of
# the hook get SIGNAL; then its status and output
signalled() {
	local signal=$1 event=$2 pid status=0
	shift 2
	tell clear-log
	tell "block $event 1"
	env --default-signal=INT,QUIT setsid $gate Win10 "$@" - <$recipe >$scratch/out 2>&1 &
	pid=$!
	waits
	kill -s "$signal" -- -$pid
	tell unblock
	wait $pid || status=$?
	tell clear-faults
	echo "status $status$(cat $scratch/out)"
}

#: r720 --load vfio_pci --load kvmgt : signals_do_not_end_a_hand_off
signals_do_not_end_a_hand_off() {
	local before after signal
	before=$(machine)
	prepare Win10 <$recipe
	after=$(undo_files)
	release Win10 <$recipe
	for signal in HUP INT QUIT PIPE TERM USR1 USR2 XFSZ CHLD; do
		signalled $signal "*/drivers_probe" prepare begin >$scratch/got
		same "row 37: SIG$signal in prepare" "status 0" "$(cat $scratch/got)"
		same "row 37: SIG$signal: it took all" "$after" "$(undo_files)"
		signalled $signal "*/remove" release end >$scratch/got
		same "row 37: SIG$signal in release" "status 0" "$(cat $scratch/got)"
		as_before "row 37: SIG$signal: it gave all back" "$before"
	done
}

#: r720 --load vfio_pci --load kvmgt : signals_with_a_refusal
signals_with_a_refusal() {
	local before
	before=$(machine)
	tell "fail */create EIO"
	same "row 37: SIGTERM in a prepare that fails later" "status 1" \
		"$(signalled TERM "*/drivers_probe" prepare begin | head -c 8)"
	as_before "row 37: all was taken back" "$before"
}
