# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086
# IOMMU groups: who else is in them, and whether there are any; virtual functions; other vfio drivers.
xml=$scratch/guest.xml
card="unit nvidia-persistenced.service inactive active
module nvidia_drm unloaded loaded
module nvidia_modeset unloaded loaded
module nvidia_uvm unloaded loaded
module nvidia unloaded loaded
power 0000:01:00.0 on auto
power 0000:01:00.1 on auto
driver 0000:01:00.0 vfio-pci/vfio-pci nvidia/-
driver 0000:01:00.1 vfio-pci/vfio-pci snd_hda_intel/-"

#: r720 --load vfio_pci : strangers_in_the_group
strangers_in_the_group() {
	guest Win11 $win11 0000:01:00.0 >$xml
	tell "group 0000:03:00.0 1"
	refused Win11 $xml "row 16: a stranger in the group is named" "IOMMU group 1 also holds \
0000:03:00.0 [144d:a804] on nvme, which the host would lose to the guest; add it to group-allow= \
in gpu-handoff.conf(5) if it may, or move the card to another slot"
	tell "group 0000:02:00.0 1"
	refused Win11 $xml "row 16: all strangers in the group are named" "IOMMU group 1 also holds \
0000:02:00.0 [8086:24fd], 0000:03:00.0 [144d:a804] on nvme, which the host would lose to the \
guest; add it to group-allow= in gpu-handoff.conf(5) if it may, or move the card to another slot"
	conf "[handoff]" "group-allow = 8086:24fd"
	refused Win11 $xml "row 16: a stranger that is allowed leaves the other" "IOMMU group 1 also \
holds 0000:03:00.0 [144d:a804] on nvme, which the host would lose to the guest; add it to \
group-allow= in gpu-handoff.conf(5) if it may, or move the card to another slot"
}

#: r720 --load vfio_pci : allowed_strangers_go_along
allowed_strangers_go_along() {
	tell "group 0000:02:00.0 1"
	tell "group 0000:03:00.0 1"
	guest Win11 $win11 0000:01:00.0 >$xml
	conf "[handoff]" "group-allow = 0000:03:00.0" "group-allow = 8086:24fd"
	comes_and_goes Win11 $win11 $xml "$card
driver 0000:02:00.0 vfio-pci/vfio-pci -/-
driver 0000:03:00.0 vfio-pci/vfio-pci nvme/-"
}

#: r720 --load vfio_pci : allowing_pulls_nobody_in
allowing_pulls_nobody_in() {
	guest Win11 $win11 0000:01:00.0 >$xml
	conf "[handoff]" "group-allow = 0000:03:00.0 8086:24fd"
	comes_and_goes Win11 $win11 $xml "$card"
}

#: r720 --load vfio_pci : an_allowed_device_brings_its_group
an_allowed_device_brings_its_group() {
	tell "group 0000:02:00.0 1"
	guest Win11 $win11 0000:01:00.0 >$xml
	conf "[handoff]" "group-allow = 8086:24fd" "slot = named"
	tell "group 0000:01:00.1 21"
	tell "group 0000:03:00.0 1"
	refused Win11 $xml "row 16: slot=named does not narrow the group" "IOMMU group 1 also holds \
0000:03:00.0 [144d:a804] on nvme, which the host would lose to the guest; add it to group-allow= \
in gpu-handoff.conf(5) if it may, or move the card to another slot"
}

#: r720 --load vfio_pci : the_guests_own_devices
the_guests_own_devices() {
	tell "group 0000:02:00.0 1"
	tell "group 0000:03:00.0 1"
	guest Win11 $win11 0000:01:00.0 0000:02:00.0 0000:03:00.0 >$xml
	comes_and_goes Win11 $win11 $xml "$card"
}

#: r720 --load vfio_pci : no_iommu
no_iommu() {
	guest Win11 $win11 0000:01:00.0 >$xml
	tell no-iommu
	refused Win11 $xml "row 17: the IOMMU is off" "0000:01:00.0 has no IOMMU group: the IOMMU is \
off; switch VT-d or AMD-Vi on in the firmware and boot with intel_iommu=on (Intel)"
}

#: r720 --load vfio_pci : vfio_without_isolation
vfio_without_isolation() {
	local f
	tell no-iommu
	tell 'set module/vfio/parameters/enable_unsafe_noiommu_mode Y\n'
	for f in 0000:01:00.0 0000:01:00.1; do
		echo vfio-pci >/sys/bus/pci/devices/$f/driver_override
		echo $f >/sys/bus/pci/devices/$f/driver/unbind
		echo $f >/sys/bus/pci/drivers_probe
	done
	guest Win11 $win11 0000:01:00.0 >$xml
	refused Win11 $xml "row 17: vfio runs without an IOMMU" "0000:01:00.0 has no IOMMU: vfio runs \
without isolation; unset vfio.enable_unsafe_noiommu_mode and boot with intel_iommu=on (Intel)"
}

#: r720 : on_vfio_already
on_vfio_already() {
	local before f
	modprobe vfio-pci
	for f in 0000:01:00.0 0000:01:00.1; do
		echo vfio-pci >/sys/bus/pci/devices/$f/driver_override
		echo $f >/sys/bus/pci/devices/$f/driver/unbind
		echo $f >/sys/bus/pci/drivers_probe
	done
	before=$(machine)
	guest Win11 $win11 0000:01:00.0 >$xml
	same "there is nothing to plan" "status 0" "$(answer gpu-handoff take --plan <$xml)"
	same "prepare is silent" "status 0" "$(answer prepare Win11 <$xml)"
	as_before "a card on vfio-pci is left alone" "$before"
	same "release is silent" "status 0" "$(answer release Win11 <$xml)"
	as_before "a card on vfio-pci stays there" "$before"
}

#: flex --load vfio_pci : a_virtual_function
a_virtual_function() {
	guest Win11 $win11 0000:4d:00.1 >$xml
	same "it goes without the others" "status 0
driver 0000:4d:00.1 xe/- vfio-pci/vfio-pci" "$(answer gpu-handoff take --plan <$xml)"
	comes_and_goes Win11 $win11 $xml "driver 0000:4d:00.1 vfio-pci/vfio-pci xe/-"
}

#: flex --load vfio_pci : a_function_that_has_virtual_ones
a_function_that_has_virtual_ones() {
	guest Win11 $win11 0000:4d:00.0 >$xml
	refused Win11 $xml "its virtual functions are on" "0000:4d:00.0 has virtual functions (2); give \
the guest one of them, or switch them off (echo 0 >/sys/bus/pci/devices/0000:4d:00.0/sriov_numvfs)"
}

#: flex --load vfio_pci : a_variant_driver
a_variant_driver() {
	local before
	tell "unbind 0000:4d:00.2"
	echo xe-vfio-pci >/sys/bus/pci/devices/0000:4d:00.2/driver_override
	tell "bind 0000:4d:00.2 xe-vfio-pci"
	guest Win11 $win11 0000:4d:00.2 >$xml
	before=$(machine)
	same "prepare is silent" "status 0" "$(answer prepare Win11 <$xml)"
	as_before "it is left alone" "$before"
	same "release is silent" "status 0" "$(answer release Win11 <$xml)"
	as_before "it stays" "$before"
	guest Win11 $win11 0000:4d:00.1 0000:4d:00.2 >$xml
	comes_and_goes Win11 $win11 $xml "driver 0000:4d:00.1 vfio-pci/vfio-pci xe/-"
}
