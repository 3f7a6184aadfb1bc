# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086
# What gpu-handoff-boot plans because of the kernels: their modules, and whether they use the IOMMU.
# shellcheck source=tests/scenarios/boot-plan-lib.sh
. tests/scenarios/boot-plan-lib.sh

#: r720 --builtin vfio_pci : vfio_is_built_in
vfio_is_built_in() {
	local files
	conf "[gpu 10de:1c8d]" "reserve = boot"
	files=$(new $modprobe "$vfio" \
		"options vfio-pci ids=10de:1c8d,10de:0fb9" \
		"softdep nouveau pre: vfio-pci" \
		"softdep nvidia pre: vfio-pci" \
		"softdep snd_hda_intel pre: vfio-pci")
	same "its option is a kernel argument too" "status 0
$files
$unmade
note: add vfio-pci.ids=10de:1c8d,10de:0fb9 to the kernel command line in your boot loader's \
configuration" "$(plan)"
	another_root /usr/sbin/grub-mkconfig
	echo "/etc/default/grub.d" >$root/usr/sbin/grub-mkconfig
	same "in GRUB's directory" "status 0
$files
$(new $grub "$grub_line vfio-pci.ids=10de:1c8d,10de:0fb9\"")
$unmade" "$(below plan)"
	same "an image needs the rest" "status 0
initramfs vfio
initramfs vfio_iommu_type1
initramfs vfio_virqfd" "$(below modules "$(uname -r)")"
}

#: r720 --builtin i915 --builtin kvm : gvt_is_built_in
gvt_is_built_in() {
	conf "[vgpu]" "when = guest"
	planned "options are kernel arguments too" "$(new $modprobe "$for_vgpus" \
		"options i915 enable_gvt=1" \
		"options kvm ignore_msrs=1")" \
		"$(new $modules_load kvmgt)" \
		"note: add kvm.ignore_msrs=1 to the kernel command line in your boot loader's \
configuration"
}

#: r720 : what_has_the_card_now
what_has_the_card_now() {
	local card=/sys/bus/pci/devices/0000:01:00.0 planned
	conf "[gpu 10de:1c8d]" "reserve = boot"
	planned=$(plan)
	echo 0000:01:00.0 >$card/driver/unbind
	same "the plan is the same without a driver" "$planned" "$(plan)"
	modprobe i915
	echo i915 >$card/driver_override
	echo 0000:01:00.0 >/sys/bus/pci/drivers_probe
	same "a driver that is not meant for it has it" "0000:01:00.0 i915" "$(driver_of 0000:01:00.0)"
	same "the plan is the same with it" "$planned" "$(plan)"
}

#: r720 : kernels_differ
kernels_differ() {
	local release other=6.99-other
	release=$(uname -r)
	conf "[gpu 10de:1c8d]" "reserve = boot" "[vgpu]" "when = guest"
	another_root
	cp -r $root/lib/modules/$release $root/lib/modules/$other
	(cd $root/lib/modules/$other && rm kernel/vfio_pci.ko kernel/kvmgt.ko kernel/nouveau.ko &&
		echo "kernel/vfio_pci.ko" >>modules.builtin && depmod -b $root $other)
	same "what any of them needs" "status 0
$(new $modprobe "$vfio" \
		"options vfio-pci ids=10de:1c8d,10de:0fb9" \
		"softdep nouveau pre: vfio-pci" \
		"softdep nvidia pre: vfio-pci" \
		"softdep snd_hda_intel pre: vfio-pci" \
		"$for_vgpus" \
		"options i915 enable_gvt=1" \
		"options kvm ignore_msrs=1")
$(new $modules_load kvmgt)
note: kernel $other has no kvmgt: under it there are no vGPUs
$unmade
note: add vfio-pci.ids=10de:1c8d,10de:0fb9 to the kernel command line in your boot loader's \
configuration" "$(below plan)"
	same "the one" "status 0
initramfs vfio_pci
initramfs vfio
initramfs vfio_iommu_type1
initramfs vfio_virqfd
modules-load kvmgt
modules-load mdev" "$(below modules $release)"
	same "the other" "status 0
initramfs vfio
initramfs vfio_iommu_type1
initramfs vfio_virqfd
modules-load mdev" "$(below modules $other)"
	same "none" "status 1
gpu-handoff-boot: kernel 6.98 has no modules in $root/lib/modules; see uname -r, or run depmod 6.98" \
		"$(below modules 6.98)"
	same "none here" "status 1
gpu-handoff-boot: kernel $other has no modules in /lib/modules; see uname -r, or run depmod $other" \
		"$(answer gpu-handoff-boot modules $other)"
	rm -r $root/lib/modules/*
	same "no kernel at all" "status 0
$(new $modprobe "$vfio" \
		"options vfio-pci ids=10de:1c8d,10de:0fb9" \
		"$for_vgpus" \
		"options i915 enable_gvt=1" \
		"options kvm ignore_msrs=1")
note: there is no kernel in $root/lib/modules: what its modules are is not known
$unmade" "$(below plan)"
}

#: r720 --without vfio_pci --without kvmgt : modules_are_missing
modules_are_missing() {
	local release
	release=$(uname -r)
	conf "[gpu 10de:1c8d]" "reserve = boot" "[vgpu]" "when = guest"
	planned "it is said" "$(new $modprobe "$vfio" \
		"options vfio-pci ids=10de:1c8d,10de:0fb9" \
		"softdep nouveau pre: vfio-pci" \
		"softdep nvidia pre: vfio-pci" \
		"softdep snd_hda_intel pre: vfio-pci" \
		"$for_vgpus" \
		"options i915 enable_gvt=1" \
		"options kvm ignore_msrs=1")" \
		"note: kernel $release has no vfio-pci: under it nothing is reserved" \
		"note: kernel $release has no kvmgt: under it there are no vGPUs"
	same "an image is refused" "status 1
gpu-handoff-boot: kernel $release has no vfio-pci, so that no GPU can be reserved under it; use one \
with CONFIG_VFIO_PCI" "$(answer gpu-handoff-boot modules $release)"
	conf "[vgpu]" "when = guest"
	same "and not for vGPUs alone" "status 0
modules-load mdev" "$(answer gpu-handoff-boot modules $release)"
	conf
	same "nor for nothing" "status 0" "$(answer gpu-handoff-boot modules $release)"
}

#: r720 : the_iommu_is_off
the_iommu_is_off() {
	local by_hand="note: add intel_iommu=on to the kernel command line in your boot loader's \
configuration"
	conf "[handoff]"
	tell no-iommu
	planned "although it is asked for" "note: no IOMMU is on, and the kernel's command line says \
intel_iommu=on already: correct it there, or see dmesg for why it has no effect"
	echo "root=/dev/nvme0n1p2 quiet intel_iommu=on intel_iommu=off" >$scratch/cmdline
	mount --bind $scratch/cmdline /proc/cmdline
	planned "it is switched off" "note: no IOMMU is on, and the kernel's command line says \
intel_iommu=off already: correct it there, or see dmesg for why it has no effect"
	echo "root=/dev/nvme0n1p2 quiet xintel_iommu=on" >$scratch/cmdline
	planned "it is not asked for" "$by_hand"
	another_root /usr/sbin/grub-mkconfig
	echo "/etc/default/grub.d" >$root/usr/sbin/grub-mkconfig
	same "in GRUB's directory" "status 0
$(new $grub "$grub_line intel_iommu=on\"")" "$(below plan)"
	mount -t tmpfs tmpfs /sys/firmware/acpi/tables
	planned "the firmware has switched it off" "note: no IOMMU is on and the firmware has no DMAR \
table: switch on VT-d in the firmware's setup"
}

#: r720 : the_iommu_stays_on
the_iommu_stays_on() {
	conf "[handoff]"
	another_root /usr/sbin/grub-mkconfig
	echo "/etc/default/grub.d" >$root/usr/sbin/grub-mkconfig
	mkdir -p $root/etc/default/grub.d
	printf '%s\n' "# Written by gpu-handoff-boot(8), which replaces it: change \
/etc/gpu-handoff.conf instead." "$grub_line intel_iommu=on\"" >$root$grub
	same "what an earlier apply wrote for it is still wanted" "status 0" "$(below plan)"
	tell no-iommu
	same "also where it does not help" "status 0
note: no IOMMU is on, and the kernel's command line says intel_iommu=on already: correct it there, or \
see dmesg for why it has no effect" "$(below plan)"
}
