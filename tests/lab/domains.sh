#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the scenarios of gpu-handoff-guest have besides lib.sh: domains of tests/data, defined and started.
# shellcheck disable=SC2154,SC2034 # lib.sh sets some, scenarios use others

# A ROM of the cards here, which says that it is theirs.
card_rom=/usr/share/seabios/vgabios-bochs-display.bin

# define FILE: the domain as this machine can have it, without KVM, with little memory, a small disk
# and a network of its own.
define() {
	truncate -s 1M "$work/disk"
	sed -E "s/^<domain type='kvm'/<domain type='qemu'/
		s,(<(memory|currentMemory) unit='KiB'>)[0-9]*,\1131072,
		s,(<vcpu placement='static'>)[0-9]*,\11,
		/<topology /d
		s,type='qcow2',type='raw',
		s,<source file='.*\.(img|qcow2)',<source file='$work/disk',
		/<source file='.*\.iso'/d
		s,<interface type='(network|bridge)',<interface type='user',
		/<source (network|bridge)=/d" "$1" >"$work/domain.xml"
	virsh define --validate "$work/domain.xml" || die "virsh does not define $1"
}

# undefine NAME: with all that was kept of it
undefine() {
	[ "$(state "$1")" != running ] || virsh destroy "$1"
	[ "$(state "$1")" = none ] || virsh undefine --nvram "$1"
	rm -rf /var/lib/gpu-handoff
}

definition() {
	virsh dumpxml --inactive "$1"
}

# says PATTERN COMMAND...: it succeeds, and its output has the pattern
says() {
	local pattern=$1
	shift
	"$@" >"$work/said" 2>&1 || die "$* fails: $(tail -n 1 "$work/said")"
	cat "$work/said"
	grep -q -e "$pattern" "$work/said" || die "$* does not say $pattern"
}

# declines PATTERN COMMAND...: it fails, and says why
declines() {
	local pattern=$1
	shift
	! "$@" >"$work/said" 2>&1 || die "$* succeeds"
	cat "$work/said"
	grep -q -e "$pattern" "$work/said" || die "$* does not say $pattern: $(tail -n 1 "$work/said")"
}

# start_defined NAME: without what the machine has not. The display of a real vGPU, and so its resolution,
# is drawn with the host's OpenGL; the stand-in's is not.
start_defined() {
	definition "$1" | sed "/<gl enable='yes'/d; /<qemu:property name='[xy]res'/d" >"$work/$1.xml"
	definition "$1" | diff - "$work/$1.xml" | sed -n 's/^< *//p' >"$work/left-out"
	echo "note $1 starts without $(xargs -d '\n' <"$work/left-out")"
	[ "$(wc -l <"$work/left-out")" = 3 ] || die "more or less is left out"
	start "$1"
}

# device NAME ID: what QEMU's monitor says of a device of the guest
device() {
	virsh qemu-monitor-command --hmp "$1" 'info qtree' | tr -d '\r' |
		awk -v id="id \"$2\"" '/^ *dev: / { on = index($0, id) } on'
}

# has NAME ID PROPERTY...: it has them all, as "NAME = VALUE"
has() {
	local property file=$work/$2.device
	device "$1" "$2" >"$file"
	[ -s "$file" ] || die "QEMU has no $2"
	for property in "${@:3}"; do
		grep -q -e "^ *$property\$" "$file" || {
			cat "$file"
			die "$2 has not $property"
		}
	done
}

# at NAME ID PLACE-AND-IDS: where the guest's firmware found the device, as QEMU's monitor has it
at() {
	device "$1" "$2" | grep -F -e "addr $3"
}

# found_at NAME ID PLACE-AND-IDS: once the firmware has looked for devices, which takes a minute here
found_at() {
	pause=5 within 180 at "$@" || die "$2 is not at $3 but $(device "$1" "$2" | grep 'class ')"
}
