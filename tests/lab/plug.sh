#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the scenarios with cards that come and go have besides: the machine's monitor and udev's events.
# Part of lib.sh.
# shellcheck disable=SC2154 # lib.sh sets them

slot=0000:03:00 # of the empty port
monitor=/dev/virtio-ports/monitor
monitor_id=0

# hear SECONDS PATTERN: reads what the machine's own QEMU says (QMP) until a line has the pattern; all of
# it is in $work/heard.
hear() {
	local line end=$((SECONDS + $1))
	until grep -e "$2" "$work/heard"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		! IFS= read -r -t 1 line <&7 || echo "$line" >>"$work/heard"
	done
}

# monitor COMMAND ARGUMENTS: has that QEMU do it; ARGUMENTS is JSON.
monitor() {
	local id=$1-$$-$((++monitor_id)) answer
	if [ "$monitor_id" = 1 ]; then
		[ -e "$monitor" ] || modprobe virtio_console
		within 30 test -e "$monitor" || die "there is no $monitor"
		exec 7<>"$monitor"
		: >"$work/heard"
		echo '{"execute":"qmp_capabilities"}' >&7
	fi
	echo "{\"execute\":\"$1\",\"arguments\":$2,\"id\":\"$id\"}" >&7
	answer=$(hear 30 "\"$id\"") || die "QEMU does not answer $1"
	[[ $answer == *'"return"'* ]] || die "QEMU does not $1: $answer"
}

present() {
	[ -e "/sys/bus/pci/devices/$1" ]
}

absent() {
	! present "$1"
}

# plug: a card of two functions, like the others, appears at $slot, with its sound function first.
plug() {
	: >"$work/heard"
	monitor device_add '{"driver":"intel-hda","bus":"empty","addr":"0.1","id":"sound"}'
	monitor device_add '{"driver":"secondary-vga","bus":"empty","addr":"0.0","multifunction":true,"id":"gpu"}'
	within 60 present "$slot.0" || die "the card does not appear"
	within 60 present "$slot.1" || die "its sound does not appear"
	udevadm settle
}

# pull: the machine asks for the card; it goes when nobody has it.
pull() {
	monitor device_del '{"id":"gpu"}'
}

# away: the card is gone, and QEMU has forgotten its memory, too.
away() {
	within 90 absent "$slot.0" || die "the card does not go"
	within 30 absent "$slot.1" || die "its sound does not go"
	hear 60 'DEVICE_DELETED.*"device": "gpu"' || die "QEMU keeps the card"
	udevadm settle
}

unplug() {
	pull
	away
}

# watch SUBSYSTEM: keeps the kernel's events of it in $work/events from now on.
watch() {
	: >"$work/events"
	udevadm monitor --kernel --property --subsystem-match="$1" >"$work/events" &
	holders+=" $!"
	within 30 grep -q KERNEL "$work/events" || die "udevadm monitor does not start"
}

# events ACTION OBJECT: how many of these there were by themselves, and not because a trigger asked
events() {
	awk -v RS= -v action="$1" -v end="/$2" '
		$0 ~ "\nACTION=" action "\n" && index($0, end "\nSUBSYSTEM=") && !/\nSYNTH_UUID=/ { n++ }
		END { print n + 0 }' "$work/events"
}

# drivers OBJECT: which drivers have bound it, in order
drivers() {
	awk -v RS= -v end="/$1" '/\nACTION=bind\n/ && index($0, end "\nSUBSYSTEM=") && !/\nSYNTH_UUID=/ {
		sub(/.*\nDRIVER=/, ""); sub(/\n.*/, ""); print }' "$work/events"
}

# told PATTERN: how often the journal says it since the scenario began
told() {
	journalctl --no-pager --since "@$since" -o cat | grep -c -e "$1" || :
}

# quiet: nothing that udev started is still to do
quiet() {
	udevadm settle
	[ -z "$(systemctl list-jobs --no-legend 'gpu-handoff-*')" ]
}
