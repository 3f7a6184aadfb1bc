# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086
# The rules themselves, which udev runs for a simulated event.
# shellcheck source=tests/scenarios/udev-lib.sh
. tests/scenarios/udev-lib.sh

card=0000:02:00.0

# event ACTION ADDRESS [ARGUMENTS]: what udev's rules wrote, and which units they would start
event() {
	local path
	path=$(readlink -f /sys/bus/pci/devices/$2)
	mkdir -p /run/udev/rules.d
	cp udev/60-gpu-handoff.rules /run/udev/rules.d/
	tell clear-log
	SYSTEMD_DEVICE_VERIFY_SYSFS=0 SYSTEMD_PROC_CMDLINE="${3:-quiet}" \
		udevadm test --action=$1 $path >$scratch/event 2>&1
	grep '^write' $laptop | sed "s,/sys/.*/,,"
	grep -o '/usr/bin/systemctl.*@0.*[.]service' $scratch/event | sort -u
	[ "$1" = remove ] || driver_of $2
}

reserve() { # reserve ADDRESS: it has no driver yet
	conf "[gpu $1]" "reserve = boot" "[handoff]" "slot = named"
	unbind $1
}

claimed="write driver_override \"vfio-pci\" -> 0
write drivers_probe \"$card\" -> 0
$card vfio-pci"

#: twins : rules_claim
rules_claim() {
	reserve 0000:01:00.0
	same "one that is not reserved" "$card nvidia" "$(event add $card)"
	reserve $card
	same "other actions" "$card -
$card -" "$(event change $card && event bind $card)"
	same "one that is reserved, and vfio-pci is loaded for it" "$claimed" "$(event add $card)"
	same "the module of its own driver is not" 0 "$(grep -c '^MODALIAS=.' $scratch/event)"
	same "it is claimed once" "$card vfio-pci" "$(event add $card)"
	conf "[gpu 0000:02:00.1]" "reserve = boot" "[handoff]" "slot = named"
	same "one that the host's driver has" "0000:02:00.1 snd_hda_intel" "$(event add 0000:02:00.1)"
	rm /etc/gpu-handoff.conf
	tell "unbind $card"
	same "without a configuration" "$card -" "$(event add $card)"
}

#: twins : rules_without_vfio
rules_without_vfio() {
	local arguments
	reserve $card
	tell "fail load:vfio_pci ENOEXEC"
	same "vfio-pci cannot be loaded" "$card -" "$(event add $card)"
	same "so its own driver's module is" 1 "$(grep -c '^MODALIAS=.' $scratch/event)"
	tell clear-faults
	tell "load vfio_pci"
	for arguments in vfio_pci nouveau,vfio_pci vfio_pci,nouveau a,vfio_pci,b; do
		same "module_blacklist=$arguments" "$card -" \
			"$(event add $card "ro module_blacklist=$arguments")"
	done
	same "one of another module" "$claimed" \
		"$(event add $card module_blacklist=vfio_pci_core,nouveau)"
}

#: r720 --load kvmgt : rules_start_units
rules_start_units() {
	local path text vgpus="/usr/bin/systemctl --no-block start gpu-handoff-vgpu@$igpu.service
$igpu i915"
	same "a parent of vGPUs without a configuration" "$igpu i915" "$(event add $igpu)"
	conf "[vgpu]"
	same "a parent that is there before udev" "$vgpus" "$(event add $igpu)"
	path=$(readlink -f /sys/bus/pci/devices/$igpu/uevent)
	text=$(sed -z 's/\n/\\n/g' $path)
	tell "set $path ${text}MDEV_STATE=unregistered\\n"
	same "one that is not any more" "$igpu i915" "$(event change $igpu)"
	tell "set $path ${text}MDEV_STATE=registered\\n"
	same "one that is registered" "$vgpus" "$(event change $igpu)"
	tell "set $path $text"
	same "any other change of it" "$igpu i915" "$(event change $igpu)"
	same "one that goes while no guest has anything" "" "$(event remove $gpu)"
	mkdir -m 700 /run/gpu-handoff
	same "one that goes" "/usr/bin/systemctl --no-block start gpu-handoff-gone@$gpu.service" \
		"$(event remove $gpu)"
	same "a bridge that goes" "" "$(event remove 0000:00:01.0)"
}
