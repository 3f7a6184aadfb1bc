# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086
# What gpu-handoff-boot plans for the cards of each machine.
# shellcheck source=tests/scenarios/boot-plan-lib.sh
. tests/scenarios/boot-plan-lib.sh

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

#: r720 : somebody_else_gives_ids
somebody_else_gives_ids() {
	local told="gives vfio-pci ids= too, and only one such list counts: take it out there, and reserve \
these devices in gpu-handoff.conf" line
	conf "[gpu 10de:1c8d]" "reserve = boot"
	for line in "options vfio-pci ids=8086:1234" "  options	vfio_pci disable_vga=1 ids=8086:1234 "; do
		printf '# of the administrator\n%s\n' "$line" >/etc/modprobe.d/vfio.conf
		same "'$line' is told" "note: /etc/modprobe.d/vfio.conf $told" \
			"$(plan | grep '^note.*ids=')"
	done
	for line in "#options vfio-pci ids=8086:1234" "options vfio-pci xids=8086:1234" \
		"options vfio-pci-core ids=8086:1234" "softdep vfio-pci pre: ids=" "options vfio-pci"; do
		printf '%s\nids=1\n' "$line" >/etc/modprobe.d/vfio.conf
		same "'$line' is not" "" "$(plan | grep '^note.*ids=')"
	done
	rm /etc/modprobe.d/vfio.conf
	mkdir -p /run/modprobe.d
	echo "options vfio-pci ids=8086:1234" >/run/modprobe.d/a.conf
	same "also below /run" "note: /run/modprobe.d/a.conf $told" "$(plan | grep '^note.*ids=')"
	mv /run/modprobe.d/a.conf /run/modprobe.d/a.bak
	same "nobody reads another ending" "" "$(plan | grep '^note.*ids=')"
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
		"$(new $overrides "$twice" "0000:01:00.0 10de:1b80 vfio-pci console" \
			"0000:01:00.1 10de:10f0 vfio-pci console" \
			"0000:02:00.0 10de:1b80 vfio-pci console" \
			"0000:02:00.1 10de:10f0 vfio-pci console")"
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
