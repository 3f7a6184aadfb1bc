# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086
# What is planned, taken and given back on each machine, and what the settings change of it.
xml=$scratch/guest.xml

plan() { # plan [OPTION]...: of the guest in $xml
	answer gpu-handoff take --plan <$xml
}

#: muxed --load vfio_pci : four_functions_go
four_functions_go() {
	guest Win11 $win11 0000:01:00.0 >$xml
	same "the plan" "status 0
unit nvidia-persistenced.service active inactive
unit nvidia-powerd.service active inactive
module nvidia_drm loaded unloaded
module nvidia_modeset loaded unloaded
module nvidia_uvm loaded unloaded
module nvidia loaded unloaded
module i2c_nvidia_gpu loaded unloaded
power 0000:01:00.0 auto on
power 0000:01:00.1 auto on
power 0000:01:00.3 auto on
driver 0000:01:00.0 nvidia/- vfio-pci/vfio-pci
driver 0000:01:00.1 snd_hda_intel/- vfio-pci/vfio-pci
driver 0000:01:00.2 xhci_hcd/- vfio-pci/vfio-pci
driver 0000:01:00.3 nvidia-gpu/- vfio-pci/vfio-pci" "$(plan)"
	comes_and_goes Win11 $win11 $xml "unit nvidia-persistenced.service inactive active
unit nvidia-powerd.service inactive active
module nvidia_drm unloaded loaded
module nvidia_modeset unloaded loaded
module nvidia_uvm unloaded loaded
module nvidia unloaded loaded
module i2c_nvidia_gpu unloaded loaded
power 0000:01:00.0 on auto
power 0000:01:00.1 on auto
power 0000:01:00.3 on auto
driver 0000:01:00.0 vfio-pci/vfio-pci nvidia/-
driver 0000:01:00.1 vfio-pci/vfio-pci snd_hda_intel/-
driver 0000:01:00.2 vfio-pci/vfio-pci xhci_hcd/-
driver 0000:01:00.3 vfio-pci/vfio-pci nvidia-gpu/-"
}

#: muxed --load vfio_pci : the_seat_is_released
the_seat_is_released() {
	local before
	before=$(machine)
	conf "[handoff]" "seat=release" "unload-modules=never" "stop-units=nvidia-powerd.service"
	guest Win11 $win11 0000:01:00.0 >$xml
	same "the plan" "status 0
unit nvidia-powerd.service active inactive
seat 0000:01:00.0 attached released
power 0000:01:00.0 auto on
power 0000:01:00.1 auto on
power 0000:01:00.3 auto on
driver 0000:01:00.0 nvidia/- vfio-pci/vfio-pci
driver 0000:01:00.1 snd_hda_intel/- vfio-pci/vfio-pci
driver 0000:01:00.2 xhci_hcd/- vfio-pci/vfio-pci
driver 0000:01:00.3 nvidia-gpu/- vfio-pci/vfio-pci" "$(plan)"
	hold --path --until /run/udev/data/c226:1 gnome-shell /dev/dri/card1 >$scratch/pid
	comes_and_goes Win11 $win11 $xml "unit nvidia-powerd.service inactive active
seat 0000:01:00.0 released attached
power 0000:01:00.0 on auto
power 0000:01:00.1 on auto
power 0000:01:00.3 on auto
driver 0000:01:00.0 vfio-pci/vfio-pci nvidia/-
driver 0000:01:00.1 vfio-pci/vfio-pci snd_hda_intel/-
driver 0000:01:00.2 vfio-pci/vfio-pci xhci_hcd/-
driver 0000:01:00.3 vfio-pci/vfio-pci nvidia-gpu/-"
	same "the units that were asked for" "stop -- nvidia-powerd.service
reset-failed -- nvidia-powerd.service
start -- nvidia-powerd.service" "$(grep -E "^(stop|start|reset)" /run/laptop-systemctl.log)"
}

#: twins --load vfio_pci : a_twin_goes_and_the_other_stays
a_twin_goes_and_the_other_stays() {
	local other
	guest Win11 $win11 0000:02:00.0 >$xml
	same "the plan" "status 0
unit nvidia-persistenced.service active inactive
power 0000:02:00.1 auto on
driver 0000:02:00.0 nvidia/- vfio-pci/vfio-pci
driver 0000:02:00.1 snd_hda_intel/- vfio-pci/vfio-pci" "$(plan)"
	comes_and_goes Win11 $win11 $xml "unit nvidia-persistenced.service inactive active
power 0000:02:00.1 on auto
driver 0000:02:00.0 vfio-pci/vfio-pci nvidia/-
driver 0000:02:00.1 vfio-pci/vfio-pci snd_hda_intel/-"
	tell clear-log
	prepare Win11 <$xml
	release Win11 <$xml
	other=$(grep -c 0000:01:00 $laptop)
	same "nothing was written to the other card" 0 "$other"
}

#: twins --load vfio_pci : the_twin_with_the_console
the_twin_with_the_console() {
	local before
	before=$(machine)
	guest Win11 $win11 0000:01:00.0 >$xml
	same "the console is refused" "status 1
gpu-handoff-take: 0000:01:00.0 shows the host's console (boot_vga is 1); set console=release in \
gpu-handoff.conf(5) to give it to the guest all the same" "$(answer prepare Win11 <$xml)"
	as_before "nothing was changed" "$before"
	conf "[handoff]" "console=release"
	same "the plan" "status 0
unit nvidia-persistenced.service active inactive
unit display-manager.service active inactive
console vtcon1 bound unbound
power 0000:01:00.1 auto on
driver 0000:01:00.0 nvidia/- vfio-pci/vfio-pci
driver 0000:01:00.1 snd_hda_intel/- vfio-pci/vfio-pci" "$(plan)"
	comes_and_goes Win11 $win11 $xml "unit nvidia-persistenced.service inactive active
unit display-manager.service inactive active
console vtcon1 unbound bound
power 0000:01:00.1 on auto
driver 0000:01:00.0 vfio-pci/vfio-pci nvidia/-
driver 0000:01:00.1 vfio-pci/vfio-pci snd_hda_intel/-"
}

#: twins --load vfio_pci : both_twins_for_one_guest
both_twins_for_one_guest() {
	conf "[handoff]" "console=release" "seat=release"
	guest Win11 $win11 0000:01:00.0 0000:02:00.0 >$xml
	same "the plan" "status 0
unit nvidia-persistenced.service active inactive
unit display-manager.service active inactive
seat 0000:01:00.0 attached released
seat 0000:02:00.0 attached released
console vtcon1 bound unbound
module nvidia_drm loaded unloaded
module nvidia_modeset loaded unloaded
module nvidia_uvm loaded unloaded
module nvidia loaded unloaded
power 0000:01:00.1 auto on
power 0000:02:00.1 auto on
driver 0000:01:00.0 nvidia/- vfio-pci/vfio-pci
driver 0000:01:00.1 snd_hda_intel/- vfio-pci/vfio-pci
driver 0000:02:00.0 nvidia/- vfio-pci/vfio-pci
driver 0000:02:00.1 snd_hda_intel/- vfio-pci/vfio-pci" "$(plan)"
	comes_and_goes Win11 $win11 $xml "unit nvidia-persistenced.service inactive active
unit display-manager.service inactive active
seat 0000:01:00.0 released attached
seat 0000:02:00.0 released attached
console vtcon1 unbound bound
module nvidia_drm unloaded loaded
module nvidia_modeset unloaded loaded
module nvidia_uvm unloaded loaded
module nvidia unloaded loaded
power 0000:01:00.1 on auto
power 0000:02:00.1 on auto
driver 0000:01:00.0 vfio-pci/vfio-pci nvidia/-
driver 0000:01:00.1 vfio-pci/vfio-pci snd_hda_intel/-
driver 0000:02:00.0 vfio-pci/vfio-pci nvidia/-
driver 0000:02:00.1 vfio-pci/vfio-pci snd_hda_intel/-"
}

#: one-gpu --load vfio_pci : the_only_gpu
the_only_gpu() {
	local before
	before=$(machine)
	guest Win11 $win11 0000:0a:00.0 >$xml
	same "it is refused" "status 1
gpu-handoff-take: 0000:0a:00.0 shows the host's console (boot_vga is 1); set console=release in \
gpu-handoff.conf(5) to give it to the guest all the same" "$(answer prepare Win11 <$xml)"
	as_before "nothing was changed" "$before"
	conf "[handoff]" "console=release" "seat=release"
	same "the plan" "status 0
unit display-manager.service active inactive
seat 0000:0a:00.0 attached released
console vtcon1 bound unbound
power 0000:0a:00.0 auto on
power 0000:0a:00.1 auto on
driver 0000:0a:00.0 amdgpu/- vfio-pci/vfio-pci
driver 0000:0a:00.1 snd_hda_intel/- vfio-pci/vfio-pci" "$(plan)"
	comes_and_goes Win11 $win11 $xml "unit display-manager.service inactive active
seat 0000:0a:00.0 released attached
console vtcon1 unbound bound
power 0000:0a:00.0 on auto
power 0000:0a:00.1 on auto
driver 0000:0a:00.0 vfio-pci/vfio-pci amdgpu/-
driver 0000:0a:00.1 vfio-pci/vfio-pci snd_hda_intel/-"
}
