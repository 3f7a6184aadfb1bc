# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086,SC2016
# What gpu-handoff-boot plans for each generator of images.
# shellcheck source=tests/scenarios/boot-plan-lib.sh
. tests/scenarios/boot-plan-lib.sh

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
	local known=$notes
	notes+=${notes:+$'\n'}$unmade
	on "no generator" "" ""
	notes=$known
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
