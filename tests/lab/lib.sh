#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the scenarios share. Each sources this file, calls `begin`, does what it does
# under `set -eu`, and says why with `die` where something is not as it should be. Its exit status is
# the result. What a failed one leaves behind is cleaned up when it ends; what it has to clean up itself in
# any case is a function `undo`.

export LIBVIRT_DEFAULT_URI=qemu:///system
vgpu_uuid=af5972fb-5530-41a7-0000-fd836204445b
igpu=0000:00:02.0
card1=0000:01:00
card2=0000:02:00
libvirt_conf=/etc/libvirt/qemu.conf
work=/run/lab
reason=/run/lab-reason

# shellcheck source=tests/lab/plug.sh
. /tests/lab/plug.sh

die() {
	why=$*
	exit 1
}

# within SECONDS COMMAND...: repeats the command until it succeeds, after a pause of $pause seconds.
within() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep "${pause:-0.2}"
	done
}

gone() {
	[ ! -e "/proc/$1" ]
}

# What must be the same afterwards, as text.
snapshot() {
	local unit
	cd /sys/bus/pci/devices
	grep -H '' ./*/driver_override ./*/power/control
	find ./*/driver -printf '%p %l\n'
	# Of the nodes only that they are there: their numbers are given out anew each time.
	find "$card1".?/ "$card2".?/ -name dev | sed 's,/[^/]*/dev$,,; s,/card[0-9]*$,,' | sort
	grep -H '' "$igpu"/mdev_supported_types/*/available_instances
	find /sys/bus/mdev/devices /run/gpu-handoff -mindepth 1 2>/dev/null | sort
	for unit in ${watched:-}; do
		echo "$unit $(systemctl is-active "$unit")"
	done
	cd "$OLDPWD"
}

same_as() {
	snapshot >"$work/now"
	cmp -s "$1" "$work/now"
}

as_before() {
	within 120 same_as "$work/before" && return
	diff "$work/before" "$work/now" || :
	die "the machine is not as before: $(diff "$work/before" "$work/now" | sed -n 's/^> //p' | head -n 1)"
}

driver() {
	basename "$(readlink "/sys/bus/pci/devices/$1/driver")"
}

# on_vfio CARD...: both functions of each card are on vfio-pci.
on_vfio() {
	local card
	for card; do
		[ "$(driver "$card.0")" = vfio-pci ] || die "$card.0 is on $(driver "$card.0")"
		[ "$(driver "$card.1")" = vfio-pci ] || die "$card.1 is on $(driver "$card.1")"
	done
}

# on_host CARD...: both functions of each card are on their own drivers.
on_host() {
	local card
	for card; do
		[ "$(driver "$card.0")" = handoff_gpu ] || die "$card.0 is on $(driver "$card.0")"
		[ "$(driver "$card.1")" = snd_hda_intel ] || die "$card.1 is on $(driver "$card.1")"
	done
}

has_vgpu() {
	local type
	type=$(readlink "/sys/bus/mdev/devices/$vgpu_uuid/mdev_type") || die "there is no vGPU"
	[ "${type##*/}" = i915-GVTg_V5_4 ] || die "the vGPU is a ${type##*/}"
}

pci_hostdev() {
	local bus=${1#*:}
	bus=${bus%%:*}
	echo "<hostdev mode='subsystem' type='pci' managed='no'><source>
		<address domain='0x0000' bus='0x$bus' slot='0x00' function='0x0'/>
		</source></hostdev>"
}

mdev_hostdev() {
	echo "<hostdev mode='subsystem' type='mdev' model='vfio-pci'>
		<source><address uuid='$1'/></source></hostdev>"
}

# guest NAME DEVICES...: the XML of a guest in $work/NAME.xml. A device is a card's address
# without function, `vgpu`, or the path of a disk.
guest() {
	local name=$1 device devices=
	shift
	for device; do
		case $device in
		vgpu) devices+=$(mdev_hostdev $vgpu_uuid) ;;
		/*) devices+="<disk type='file' device='disk'><driver name='qemu' type='raw'/>
			<source file='$device'/><target dev='hda' bus='ide'/></disk>" ;;
		*) devices+=$(pci_hostdev "$device") ;;
		esac
	done
	cat >"$work/$name.xml" <<XML
<domain type='qemu'>
  <name>$name</name>
  <memory unit='MiB'>32</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <features><acpi/></features>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <controller type='usb' model='none'/>
    <memballoon model='none'/>
    $devices
  </devices>
</domain>
XML
}

start() {
	virsh create "$work/$1.xml" || die "guest $1 does not start"
}

# refused NAME PATTERN: the guest does not start, and virsh says why.
refused() {
	! virsh create "$work/$1.xml" 2>"$work/error" || die "guest $1 starts"
	cat "$work/error"
	grep -q -e "$2" "$work/error" || die "virsh does not say $2: $(grep . "$work/error" | tail -n 1)"
}

destroy() {
	virsh destroy "$1" || die "guest $1 is not destroyed"
}

state() {
	local state
	state=$(virsh domstate "$1" 2>/dev/null) || state=none
	echo "$state"
}

qemu_pid() {
	cat "/run/libvirt/qemu/$1.pid"
}

# hold NODE: a process that has the node open and does nothing; its pid in $holder.
hold() {
	# shellcheck disable=SC2217 # it does not read it, it holds it
	sleep infinity <"$1" &
	holder=$!
	holders+=" $holder"
}

let_go() {
	kill "$1"
	wait "$1" 2>/dev/null || :
}

# The node of a card's first function.
node() {
	echo "/dev/$(basename /sys/bus/pci/devices/"$1".0/handoff_gpu/*)"
}

configure() {
	cat >/etc/gpu-handoff.conf
}

# libvirt_has VERSION: it is that one or newer
libvirt_has() {
	printf '%s\n' "$1" "$(virsh --version)" | sort -VC
}

libvirtd_pid() {
	systemctl show -P MainPID libvirtd.service
}

libvirtd_answers() {
	timeout 20 virsh list >/dev/null 2>&1
}

# libvirtd dies, systemd starts it again, and it answers.
kill_libvirtd() {
	local pid
	pid=$(libvirtd_pid)
	kill -9 "$pid"
	within 120 gone "$pid" || die "libvirtd does not die"
	within 120 libvirtd_answers || die "libvirtd does not come back"
}

restart_libvirtd() {
	systemctl restart libvirtd.service
	within 120 libvirtd_answers || die "libvirtd does not come back"
}

# libvirt with the settings that Debian gives it, and not the lab's: QEMU is confined by AppArmor and runs
# as a user of its own. The scenario's `undo` calls lab_libvirt.
debian_libvirt() {
	mv "$libvirt_conf" "$libvirt_conf.lab"
	: >"$libvirt_conf"
	restart_libvirtd
}

lab_libvirt() {
	mv "$libvirt_conf.lab" "$libvirt_conf"
	restart_libvirtd
}

confined() { # confined PID PROFILE
	local by
	by=$(cat "/proc/$1/attr/current")
	[ "$by" = "$2 (enforce)" ] || die "$(cat "/proc/$1/comm") is confined by $by"
}

# What AppArmor has logged since the scenario began, by way of the kernel's own log or the audit log.
apparmor_log() {
	journalctl --no-pager --since "@$since" -o cat _TRANSPORT=kernel + _TRANSPORT=audit | grep apparmor=
}

denied() {
	apparmor_log | grep DENIED
}

# what of it was denied to gpu-handoff itself
denied_to_us() {
	denied | grep "profile=\"gpu-handoff"
}

# expected_denials: those up to now are meant to be
expected_denials() {
	since=$(($(date +%s) + 1))
	within 5 reached "$since"
}

reached() {
	[ "$(date +%s)" -ge "$1" ]
}

# confining PROFILE: it is loaded and enforced
confining() {
	grep -qx "$1 (enforce)" /sys/kernel/security/apparmor/profiles
}

settle() {
	echo 0 >/proc/sys/kernel/printk_ratelimit # what AppArmor denies is logged, all of it
	systemctl enable --now gpu-handoff-stale.service gpu-handoff-stale.timer
	modprobe -a kvmgt vfio-pci
	udevadm settle
	for dev in "$card1" "$card2"; do
		echo auto >"/sys/bus/pci/devices/$dev.0/power/control"
	done
	within 120 libvirtd_answers
	confining gpu-handoff && confining gpu-handoff-claim
}

begin() {
	set -eu
	why=""
	holders=""
	name=$(basename "$0")
	rm -rf "$work"
	mkdir -p "$work"
	[ ! -e /etc/gpu-handoff.conf ] || mv /etc/gpu-handoff.conf "$work/conf"
	trap finish EXIT
	trap 'die "not done in time"' TERM
	snapshot >"$work/before"
	cat "$work/before"
	since=$(date +%s)
}

finish() {
	local status=$? pid domain
	set +eu
	# shellcheck disable=SC2086 # a list
	for pid in $holders; do
		kill "$pid" 2>/dev/null
	done
	if [ "$status" -eq 0 ] && denied_to_us; then
		why="AppArmor denies: $(denied_to_us | head -n 1)"
		status=1
	fi
	if [ "$status" -ne 0 ]; then
		echo "${why:-a command failed with $status; see its log}" >"$reason"
		snapshot
		head -n 50 /run/gpu-handoff/*.undo
		journalctl --no-pager --since "@$since" | tail -n 100
		libvirtd_answers || systemctl restart libvirtd.service
		for domain in $(virsh list --name); do
			virsh destroy "$domain"
		done
		gpu-handoff-give-back --all
		modprobe -a handoff_gpu snd_hda_intel kvmgt
		! present "$slot.0" || (unplug)
	fi
	! declare -F undo >/dev/null || (undo) || status=1
	rm -f /etc/gpu-handoff.conf
	[ ! -e "$work/conf" ] || mv "$work/conf" /etc/gpu-handoff.conf
	exit "$status"
}
