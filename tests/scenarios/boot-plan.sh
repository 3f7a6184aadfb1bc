# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086,SC2016
# What gpu-handoff-boot wants of each machine, as plan and modules print it.
modprobe=/etc/modprobe.d/gpu-handoff.conf
modules_load=/etc/modules-load.d/gpu-handoff.conf
overrides=/etc/gpu-handoff.overrides
vfio="# vfio-pci takes the reserved GPUs before the host's drivers can."
for_vgpus="# For vGPUs, and for guests that read unknown registers."
twice="# Other functions have the same IDs: taken by address, if that device sits there."
root=$scratch/root
grub=/etc/default/grub.d/gpu-handoff.cfg
grub_line='GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT'

plan() {
	answer gpu-handoff-boot plan
}

# new FILE LINE...: the diff of a file that is not there yet, but for its first line
new() {
	echo "--- /dev/null
+++ $1
@@ -0,0 +1,$# @@
+# Written by gpu-handoff-boot(8), which replaces it: change /etc/gpu-handoff.conf instead."
	shift
	printf '+%s\n' "$@"
}

# planned NAME TEXT...: plan prints just that
planned() {
	local name=$1
	shift
	same "$name" "$(printf '%s\n' "status 0" "$@")" "$(plan)"
}

# refuses NAME MESSAGE
refuses() {
	same "$1" "status 1
gpu-handoff-boot: $2" "$(plan)"
}

# another_root FILE...: an installation below $root with this kernel, our config and these programs
another_root() {
	local file
	mkdir -p $root/etc $root/lib
	cp -r /lib/modules $root/lib
	cp /etc/gpu-handoff.conf $root/etc
	for file in "$@"; do
		mkdir -p "$root${file%/*}"
		: >"$root$file"
	done
}

below() { # below VERB...: the same program on that installation
	answer gpu-handoff-boot --root $root "$@"
}

#: r720 : nothing_is_wanted
#: one-gpu : nothing_is_wanted
nothing_is_wanted() {
	planned "no file, no setting: no plan"
	conf "[handoff]" "busy = wait" "[gpu 10de:1c8d]" "reserve = guest"
	planned "nothing about the boot: no plan"
	conf "[boot]" "ignore-msrs = yes"
	planned "ignore-msrs = yes alone" "$(new $modprobe "$for_vgpus" "options kvm ignore_msrs=1")"
}

#: r720 : r720_by_id
r720_by_id() {
	local wanted
	conf "[gpu 10de:1c8d]" "reserve = boot" "[vgpu $vgpu]" "when = boot"
	wanted=("$(new $modprobe "$vfio" \
		"options vfio-pci ids=10de:1c8d,10de:0fb9" \
		"softdep nouveau pre: vfio-pci" \
		"softdep nvidia pre: vfio-pci" \
		"softdep snd_hda_intel pre: vfio-pci" \
		"$for_vgpus" \
		"options i915 enable_gvt=1" \
		"options kvm ignore_msrs=1")" \
		"$(new $modules_load kvmgt)")
	planned "the card by its IDs, and what vGPUs need" "${wanted[@]}"
	modprobe kvmgt
	same "a guest has the card" "status 0" "$(answer prepare Win10 <$recipe)"
	planned "the same while a guest has it" "${wanted[@]}"
	release Win10 <$recipe
	conf "[gpu 0000:01:00.0]" "reserve = boot" "[vgpu]" "keep = no" "[boot]" "ignore-msrs = no"
	planned "the same by its address; KVM is left alone" "$(new $modprobe "$vfio" \
		"options vfio-pci ids=10de:1c8d,10de:0fb9" \
		"softdep nouveau pre: vfio-pci" \
		"softdep nvidia pre: vfio-pci" \
		"softdep snd_hda_intel pre: vfio-pci" \
		"$for_vgpus" \
		"options i915 enable_gvt=1")" \
		"$(new $modules_load kvmgt)"
}

#: muxed : muxed_with_usb
muxed_with_usb() {
	conf "[gpu 0000:01:00.0]" "reserve = boot"
	planned "four functions, and a driver that is built in" "$(new $modprobe "$vfio" \
		"options vfio-pci ids=10de:1f10,10de:10f9,10de:1ada,10de:1adb" \
		"softdep i2c_nvidia_gpu pre: vfio-pci" \
		"softdep nouveau pre: vfio-pci" \
		"softdep nvidia pre: vfio-pci" \
		"softdep snd_hda_intel pre: vfio-pci")" \
		"note: 0000:01:00.2 goes to xhci_pci first, which is built into the kernel; the start \
of a guest takes it from there"
	conf "[handoff]" "slot = named" "[gpu 10de:1f10]" "reserve = boot" \
		"[gpu 0000:01:00.1]" "reserve = boot" "[gpu 10de:1adb]" "reserve = guest"
	planned "slot = named: only those with a section" "$(new $modprobe "$vfio" \
		"options vfio-pci ids=10de:1f10,10de:10f9" \
		"softdep nouveau pre: vfio-pci" \
		"softdep nvidia pre: vfio-pci" \
		"softdep snd_hda_intel pre: vfio-pci")"
	conf "[gpu 10de:10f9]" "reserve = boot" "[gpu 0000:01:00.1]" "reserve = boot"
	planned "slot = whole: a sound function is no GPU" \
		"note: this host has no GPU 10de:10f9 now: [gpu 10de:10f9] reserves nothing" \
		"note: this host has no GPU 0000:01:00.1 now: [gpu 0000:01:00.1] reserves nothing"
}

#: twins : twins_by_address
twins_by_address() {
	local softdeps=("softdep nvidia pre: vfio-pci" "softdep snd_hda_intel pre: vfio-pci")
	conf "[gpu 0000:02:00.0]" "reserve = boot" "id = 10de:1b80"
	planned "the second by address, no IDs" "$(new $modprobe "$vfio" "${softdeps[@]}")" \
		"$(new $overrides "$twice" "0000:02:00.0 10de:1b80 vfio-pci" \
			"0000:02:00.1 10de:10f0 vfio-pci")"
	conf "[handoff]" "console = release" "[gpu 10de:1b80]" "reserve = boot"
	planned "both, by address too" "$(new $modprobe "$vfio" "${softdeps[@]}")" \
		"$(new $overrides "$twice" "0000:01:00.0 10de:1b80 vfio-pci" \
			"0000:01:00.1 10de:10f0 vfio-pci" "0000:02:00.0 10de:1b80 vfio-pci" \
			"0000:02:00.1 10de:10f0 vfio-pci")"
	conf "[handoff]" "slot = named" "[gpu 0000:02:00.0]" "reserve = boot"
	planned "slot = named" "$(new $modprobe "$vfio" "softdep nvidia pre: vfio-pci")" \
		"$(new $overrides "$twice" "0000:02:00.0 10de:1b80 vfio-pci")"
	conf "[gpu 0000:02:00.0]" "reserve = boot" "id = 10de:1b81" \
		"[gpu 0000:07:00.0]" "reserve = boot" "[gpu 10de:2204]" "reserve = boot"
	planned "another device sits there, no card sits there" \
		"note: 0000:02:00.0 is 10de:1b80 and not the device that id in [gpu 0000:02:00.0] \
names: it is not reserved" \
		"note: this host has no GPU 0000:07:00.0 now: [gpu 0000:07:00.0] reserves nothing" \
		"note: this host has no GPU 10de:2204 now: [gpu 10de:2204] reserves nothing"
	conf "[gpu 10de:1b80]" "reserve = boot" "[gpu 0000:01:00.0]" "reserve = guest"
	planned "one of them is excepted" "$(new $modprobe "$vfio" "${softdeps[@]}")" \
		"$(new $overrides "$twice" "0000:02:00.0 10de:1b80 vfio-pci" \
			"0000:02:00.1 10de:10f0 vfio-pci")"
}

#: twins : the_console_is_refused
the_console_is_refused() {
	conf "[gpu 10de:1b80]" "reserve = boot"
	refuses "the first shows the console" "0000:01:00.0 shall be reserved at boot but shows the \
host's console; set console = release in [handoff] of gpu-handoff.conf if the host can do without \
that screen"
	same "and nothing was written" "" "$(find /etc/modprobe.d /etc/modules-load.d $overrides \
		-name '*gpu-handoff*' 2>/dev/null)"
}

#: one-gpu : the_only_gpu
the_only_gpu() {
	conf "[gpu 1002:73bf]" "reserve = boot"
	refuses "it shows the console" "0000:0a:00.0 shall be reserved at boot but shows the host's \
console; set console = release in [handoff] of gpu-handoff.conf if the host can do without that \
screen"
	conf "[handoff]" "console = release" "[gpu 1002:73bf]" "reserve = boot"
	planned "unless the host can do without" "$(new $modprobe "$vfio" \
		"options vfio-pci ids=1002:73bf,1002:ab28" \
		"softdep amdgpu pre: vfio-pci" \
		"softdep snd_hda_intel pre: vfio-pci")"
	conf "[vgpu $vgpu]" "when = boot" "[boot]" "ignore-msrs = no"
	planned "it makes no vGPUs" "note: vGPUs are configured, but this host has no GPU that makes \
them (GVT-g needs an Intel GPU from Broadwell to Comet Lake)"
	tell no-iommu
	planned "without an IOMMU" "note: vGPUs are configured, but this host has no GPU that makes \
them (GVT-g needs an Intel GPU from Broadwell to Comet Lake)" \
		"note: no IOMMU is on: switch on IOMMU (AMD-Vi) in the firmware's setup, and keep \
amd_iommu=off off the kernel's command line"
}

#: flex : virtual_functions
virtual_functions() {
	local shares="note: 0000:4d:00.1 is a virtual function: it is claimed when it is made, not \
before
note: 0000:4d:00.2 is a virtual function: it is claimed when it is made, not before"
	conf "[gpu 8086:56c0]" "reserve = boot"
	planned "the card has the IDs of its virtual functions" \
		"$(new $modprobe "$vfio" "softdep xe pre: vfio-pci")" \
		"$(new $overrides "$twice" "0000:4d:00.0 8086:56c0 vfio-pci")" "$shares"
	conf "[gpu 0000:4d:00.1]" "reserve = boot"
	planned "one of them alone" "${shares%%$'\n'*}"
}

#: r720 --builtin vfio_pci : vfio_is_built_in
vfio_is_built_in() {
	local files
	conf "[gpu 10de:1c8d]" "reserve = boot"
	files=$(new $modprobe "$vfio" \
		"options vfio-pci ids=10de:1c8d,10de:0fb9" \
		"softdep nouveau pre: vfio-pci" \
		"softdep nvidia pre: vfio-pci" \
		"softdep snd_hda_intel pre: vfio-pci")
	planned "its option is a kernel argument too" "$files" \
		"note: add vfio-pci.ids=10de:1c8d,10de:0fb9 to the kernel command line in your boot \
loader's configuration"
	another_root /usr/sbin/grub-mkconfig
	echo "/etc/default/grub.d" >$root/usr/sbin/grub-mkconfig
	same "in GRUB's directory" "status 0
$files
$(new $grub "$grub_line vfio-pci.ids=10de:1c8d,10de:0fb9\"")" "$(below plan)"
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
note: there is no kernel in $root/lib/modules: what its modules are is not known" "$(below plan)"
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

# on GENERATOR FILE LINE PROGRAM...: what it adds to the plan's files, in $files, where these
# programs of it are
on() {
	local generator=$1 file=$2 line=$3
	shift 3
	rm -rf $root
	another_root "$@"
	same "$generator" "status 0
$files${file:+
$(new $file "$line")}${notes:+
$notes}" "$(below plan)"
}

each_generator() {
	on "no generator" "" ""
	on initramfs-tools "" "" /usr/sbin/mkinitramfs /usr/sbin/update-initramfs
	on dracut /etc/dracut.conf.d/gpu-handoff.conf \
		'[ ! -d /usr/lib/dracut/modules.d/90gpu-handoff ] || add_dracutmodules+=" gpu-handoff "' \
		/usr/bin/dracut
	on mkinitcpio /etc/mkinitcpio.conf.d/gpu-handoff.conf \
		'[ ! -e /usr/lib/initcpio/install/gpu-handoff ] || HOOKS=(gpu-handoff "${HOOKS[@]}")' \
		/usr/bin/mkinitcpio
	notes+=${notes_of_booster:-}
	on booster /etc/booster.yaml \
		'modules_force_load: vfio_pci,vfio,vfio_iommu_type1' /usr/bin/booster
}

#: muxed : generators_by_id
generators_by_id() {
	local files notes
	conf "[gpu 10de:1f10]" "reserve = boot"
	files=$(new $modprobe "$vfio" \
		"options vfio-pci ids=10de:1f10,10de:10f9,10de:1ada,10de:1adb" \
		"softdep i2c_nvidia_gpu pre: vfio-pci" \
		"softdep nouveau pre: vfio-pci" \
		"softdep nvidia pre: vfio-pci" \
		"softdep snd_hda_intel pre: vfio-pci")
	notes="note: 0000:01:00.2 goes to xhci_pci first, which is built into the kernel; the start \
of a guest takes it from there"
	each_generator
}

#: one-gpu : generators_for_the_only_gpu
generators_for_the_only_gpu() {
	local files notes=
	conf "[handoff]" "console = release" "[gpu 1002:73bf]" "reserve = boot"
	files=$(new $modprobe "$vfio" \
		"options vfio-pci ids=1002:73bf,1002:ab28" \
		"softdep amdgpu pre: vfio-pci" \
		"softdep snd_hda_intel pre: vfio-pci")
	each_generator
}

#: r720 : generators_and_vgpus
generators_and_vgpus() {
	local files notes=
	conf "[gpu 10de:1c8d]" "reserve = boot" "[vgpu $vgpu]" "when = boot"
	files=$(new $modprobe "$vfio" \
		"options vfio-pci ids=10de:1c8d,10de:0fb9" \
		"softdep nouveau pre: vfio-pci" \
		"softdep nvidia pre: vfio-pci" \
		"softdep snd_hda_intel pre: vfio-pci" \
		"$for_vgpus" \
		"options i915 enable_gvt=1" \
		"options kvm ignore_msrs=1"
	new $modules_load kvmgt)
	each_generator
}

#: twins : generators_by_address
generators_by_address() {
	local files notes='' notes_of_booster="note: booster's images take no card by its address: udev does \
after them, if they have no driver for it"
	conf "[gpu 0000:02:00.0]" "reserve = boot"
	files=$(new $modprobe "$vfio" \
		"softdep nvidia pre: vfio-pci" \
		"softdep snd_hda_intel pre: vfio-pci"
	new $overrides "$twice" "0000:02:00.0 10de:1b80 vfio-pci" "0000:02:00.1 10de:10f0 vfio-pci")
	each_generator
}

#: r720 : a_card_may_come_later
a_card_may_come_later() {
	local files notes
	conf "[gpu 10de:2204]" "reserve = boot"
	planned "nothing to write for it" \
		"note: this host has no GPU 10de:2204 now: [gpu 10de:2204] reserves nothing"
	another_root /usr/bin/dracut
	same "images are made ready for it" "status 0
$(new /etc/dracut.conf.d/gpu-handoff.conf \
		'[ ! -d /usr/lib/dracut/modules.d/90gpu-handoff ] || add_dracutmodules+=" gpu-handoff "')
note: this host has no GPU 10de:2204 now: [gpu 10de:2204] reserves nothing" "$(below plan)"
	same "with the modules for it" "status 0
initramfs vfio_pci
initramfs vfio
initramfs vfio_iommu_type1
initramfs vfio_virqfd" "$(answer gpu-handoff-boot modules "$(uname -r)")"
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
