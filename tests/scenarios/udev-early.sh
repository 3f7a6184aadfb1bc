# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086
# What the script in the image of the initramfs makes of its list, right or not.
# shellcheck source=tests/scenarios/udev-lib.sh
. tests/scenarios/udev-lib.sh

card=0000:02:00
overrides=/etc/gpu-handoff.overrides

# early: runs the script; what the kernel's log would have of it, then what is on vfio-pci
early() {
	: >$scratch/kmsg
	sed "s,>/dev/kmsg,>>$scratch/kmsg," packaging/initramfs/early >$scratch/early
	sh $scratch/early
	echo "status $?"
	sed 's/gpu-handoff: //' $scratch/kmsg
	on_vfio
}

on_vfio() {
	local path
	for path in /sys/bus/pci/drivers/vfio-pci/*:*; do
		[ ! -e "$path" ] || echo "${path##*/} $(cat "$path/driver_override")"
	done
}

#: twins : early_claims_what_is_listed
early_claims_what_is_listed() {
	unbind $card.0 $card.1
	same "without a list vfio-pci is loaded" "status 0" "$(early)"
	printf '# a list\n\n%s 10de:1b80 vfio-pci\n%s 10de:10f0 vfio-pci' $card.0 $card.1 >$overrides
	same "a last line that has no end" "status 0
<6>$card.0 is on vfio-pci
<6>$card.1 is on vfio-pci
$card.0 vfio-pci
$card.1 vfio-pci" "$(early)"
	same "nothing is said of what vfio-pci has" "status 0
$card.0 vfio-pci
$card.1 vfio-pci" "$(early)"
}

#: twins --load vfio_pci : early_leaves_the_console
early_leaves_the_console() {
	local first=0000:01:00 left
	unbind $first.0 $first.1
	left=$(machine)
	printf '%s 10de:1b80 vfio-pci\n%s 10de:10f0 vfio-pci\n' $first.0 $first.1 >$overrides
	same "a card that shows it now, with its sound" "status 0
<4>the card of $first.0 shows the console; it is left alone
<4>the card of $first.1 shows the console; it is left alone" "$(early)"
	as_before "nothing has changed" "$left"
	printf '%s 10de:1b80 vfio-pci console\n%s 10de:10f0 vfio-pci console\n' $first.0 $first.1 \
		>$overrides
	same "the list says that it may" "status 0
<6>$first.0 is on vfio-pci
<6>$first.1 is on vfio-pci
$first.0 vfio-pci
$first.1 vfio-pci" "$(early)"
}

#: twins --load vfio_pci : early_leaves_what_is_not_right
early_leaves_what_is_not_right() {
	local left return=$'\r'
	unbind $card.1
	left=$(machine)
	cat >$overrides <<LIST
0000:01:00.0 10de:1b80 vfio-pci console
$card.1 10de:1b80 vfio-pci
0000:77:00.0 10de:1b80 vfio-pci
$card.1 10de:10f0
$card.1 10de:10f0 vfio-pci *
$card.1 10de:10f0 pci-stub
LIST
	printf '%s 10de:10f0 vfio-pci\r\n' $card.1 >>$overrides
	same "each is said" "status 0
<4>0000:01:00.0 has a driver already; it is left alone
<4>$card.1 is 10de:10f0 and not 10de:1b80; it is left alone
<4>0000:77:00.0 is not there; nothing is done for it
<4>$overrides: not understood: $card.1 10de:10f0  
<4>$overrides: not understood: $card.1 10de:10f0 vfio-pci *
<4>$overrides: not understood: $card.1 10de:10f0 pci-stub 
<4>$overrides: not understood: $card.1 10de:10f0 vfio-pci${return} " "$(early)"
	tell "fail probe:vfio-pci:$card.1 EINVAL"
	echo "$card.1 10de:10f0 vfio-pci" >$overrides
	same "vfio-pci refuses it" "status 0
<4>vfio-pci does not take $card.1; it stays the host's" "$(early)"
	as_before "nothing has changed" "$left"
}

#: twins : early_without_vfio
early_without_vfio() {
	unbind $card.0
	echo "$card.0 10de:1b80 vfio-pci" >$overrides
	tell "fail load:vfio_pci ENOEXEC"
	same "vfio-pci cannot be loaded" "status 0
<4>vfio-pci cannot be loaded; every GPU stays the host's" "$(early 2>$scratch/error)"
	tell clear-faults
	tell "load vfio_pci"
	echo "quiet module_blacklist=nouveau,vfio_pci ro" >$scratch/cmdline
	mount --bind $scratch/cmdline /proc/cmdline
	same "vfio-pci is there, but the command line names it" "status 0
<4>module_blacklist= names vfio_pci; every GPU stays the host's" "$(early)"
	echo "module_blacklist=vfio_pci_core xmodule_blacklist=vfio_pci" >$scratch/cmdline
	same "another name is no reason" "status 0
<6>$card.0 is on vfio-pci
$card.0 vfio-pci" "$(early)"
}

#: twins : early_without_a_log
early_without_a_log() {
	unbind $card.0
	echo "$card.0 10de:1b80 vfio-pci" >$overrides
	sed "s,/dev/kmsg,$scratch/no/kmsg," packaging/initramfs/early >$scratch/early
	same "it does its work" 0 "$(sh $scratch/early 2>$scratch/error; echo $?)"
	same "the card is on vfio-pci" "$card.0 vfio-pci" "$(on_vfio)"
}
