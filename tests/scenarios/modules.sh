# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086
# Modules and drivers that are missing, refuse, lie or come back; a card that vanishes.
xml=$scratch/guest.xml
guest Win11 $win11 0000:01:00.0 >$xml
stack="unit nvidia-persistenced.service inactive active
module nvidia_drm unloaded loaded
module nvidia_modeset unloaded loaded
module nvidia_uvm unloaded loaded
module nvidia unloaded loaded"
power="power 0000:01:00.0 on auto
power 0000:01:00.1 on auto"
drivers="driver 0000:01:00.0 vfio-pci/vfio-pci nvidia/-
driver 0000:01:00.1 vfio-pci/vfio-pci snd_hda_intel/-"
off="vfio-pci is switched off in modprobe.d (blacklist or install); find the line with modprobe -c \
and remove it"

#: r720 : vfio_is_loaded
vfio_is_loaded() {
	same "prepare loads it" "status 0" "$(answer prepare Win11 <$xml)"
	same "row 18: the undo file has no line about it" "$(undo_text Win11 $win11 "$stack
$power
$drivers")" "$(undo_files)"
	same "release is silent" "status 0" "$(answer release Win11 <$xml)"
	same "it stays loaded" live "$(cat /sys/module/vfio_pci/initstate)"
	same "the card is back" "0000:01:00.0 nvidia
0000:01:00.1 snd_hda_intel" "$(driver_of 0000:01:00.0 && driver_of 0000:01:00.1)"
}

#: r720 --builtin vfio --builtin vfio_iommu_type1 --builtin vfio_virqfd --builtin irqbypass --builtin vfio_pci_core --builtin vfio_pci : vfio_is_built_in
vfio_is_built_in() {
	echo "blacklist vfio-pci" >/etc/modprobe.d/test.conf
	same "row 18: built in is as good" "" "$(ls /sys/module/vfio_pci/initstate 2>/dev/null)"
	comes_and_goes Win11 $win11 $xml "$stack
$power
$drivers"
}

#: r720 --without vfio_pci : vfio_is_absent
vfio_is_absent() {
	refused Win11 $xml "row 18: absent" "kernel $(uname -r) has no module vfio-pci (No such file or \
directory); install its modules or a kernel with CONFIG_VFIO_PCI"
}

#: r720 : vfio_is_switched_off
vfio_is_switched_off() {
	local line
	for line in "blacklist vfio-pci" "blacklist vfio_pci" "install vfio-pci /bin/false" \
		"install vfio_pci /usr/bin/true"; do
		echo "$line" >/etc/modprobe.d/test.conf
		refused Win11 $xml "row 18: $line" "$off"
	done
	echo "options vfio-pci disable_vga=1" >/etc/modprobe.d/test.conf
	same "row 18: an option is none of that" "status 0" "$(answer prepare Win11 <$xml)"
}

#: r720 : no_module_tree
no_module_tree() {
	rm -r "/lib/modules/$(uname -r)"
	refused Win11 $xml "the kernel was updated" "the running kernel's modules are gone \
(/lib/modules/$(uname -r)): the kernel was updated; reboot"
}

#: r720 --load vfio_pci : no_module_tree_to_load_nvidia_again
no_module_tree_to_load_nvidia_again() {
	rm -r "/lib/modules/$(uname -r)"
	refused Win11 $xml "what is unloaded could not be loaded again" "the running kernel's modules \
are gone (/lib/modules/$(uname -r)): the kernel was updated; reboot"
	conf "[handoff]" "unload-modules = never"
	comes_and_goes Win11 $win11 $xml "unit nvidia-persistenced.service inactive active
$power
$drivers"
}

#: r720 --load vfio_pci_core : vfio_does_not_load
vfio_does_not_load() {
	tell "fail load:vfio_pci ENOMEM"
	refused Win11 $xml "a module that does not load" "0000:01:00.0 did not go to driver vfio-pci \
(Cannot allocate memory; it is on no driver); see dmesg"
}

#: r720 --load vfio_pci : nvidia_is_in_use
nvidia_is_in_use() {
	local module
	for module in nvidia_drm nvidia_modeset nvidia_uvm nvidia; do
		tell "refs $module 1"
		refused Win11 $xml "$module is in use, and all is put back" "module $module is in use; end \
what uses the GPU, or see unload-modules= in gpu-handoff.conf(5)"
		tell "refs $module 0"
	done
	tell "fail unload:nvidia EPERM"
	refused Win11 $xml "the kernel does not let it go" "module nvidia could not be unloaded: \
Operation not permitted; see dmesg"
}

#: r720 --load vfio_pci : nvidia_comes_back
nvidia_comes_back() {
	tell "on unload:nvidia load nvidia"
	refused Win11 $xml "nvidia is loaded again at once" "module nvidia was loaded again at once; end \
what did that (nvidia-smi, nvidia-persistenced, a display server) and start the guest again"
	tell "on */0000:01:00.1/power/control load nvidia"
	tell clear-log
	refused Win11 $xml "nvidia is loaded again before the driver's step" "0000:01:00.0 is on a \
driver again (nvidia/-): something loaded its module while it was handed over; end what did \
(nvidia-smi, nvidia-persistenced, a display server) and start the guest again"
	same "it was not unbound from it" "" "$(grep unbind $laptop)"
}

#: r720 --load vfio_pci : probing_lies
probing_lies() {
	tell "lie */drivers_probe 1"
	refused Win11 $xml "row 13: success without a driver" "0000:01:00.0 did not go to driver \
vfio-pci (the kernel reported success; it is on no driver); see dmesg"
	tell "fail probe:vfio-pci:0000:01:00.1 EINVAL 1"
	refused Win11 $xml "row 13: a probe that fails, which the kernel does not tell" \
		"0000:01:00.1 did not go to driver vfio-pci (the kernel reported success; it is on no \
driver); see dmesg"
}

#: r720 --load vfio_pci : an_error_and_the_right_driver
an_error_and_the_right_driver() {
	local error
	for error in EBUSY ENODEV; do
		tell "fail */drivers_probe $error 1"
		tell "on */drivers_probe bind 0000:01:00.0 vfio-pci"
		comes_and_goes Win11 $win11 $xml "$stack
$power
$drivers"
		same "row 14: $error was said" "write /sys/bus/pci/drivers_probe \"0000:01:00.0\" \
-> -$error" "$(grep "drivers_probe.*-$error" $laptop)"
		tell clear-log
	done
}

#: r720 --load vfio_pci : no_driver_to_go_back_to
no_driver_to_go_back_to() {
	local gone="is not installed any more; install it again"
	prepare Win11 <$xml
	# an update of the driver removed it
	rm "/lib/modules/$(uname -r)/kernel/nvidia"*.ko
	depmod
	same "row 15: what can be given back is, the other is named" "status 1
gpu-handoff-give-back: guest Win11: 0000:01:00.0 is on no driver: there is no driver nvidia; install \
or load it
gpu-handoff-give-back: guest Win11: module nvidia $gone
gpu-handoff-give-back: guest Win11: module nvidia_uvm $gone
gpu-handoff-give-back: guest Win11: module nvidia_modeset $gone
gpu-handoff-give-back: guest Win11: module nvidia_drm $gone
gpu-handoff-give-back: 6 steps remain in /run/gpu-handoff; they are tried again every minute" \
		"$(answer release Win11 <$xml)"
	same "row 15: it is on no driver and not fenced in" "0000:01:00.0 -
(null)
0000:01:00.1 snd_hda_intel
nvidia-persistenced.service active" "$(driver_of 0000:01:00.0 &&
		cat /sys/bus/pci/devices/0000:01:00.0/driver_override && driver_of 0000:01:00.1 &&
		units | grep persistenced)"
	same "row 15: the undo file says what is missing" "$(undo_text Win11 $win11 \
		"module nvidia_drm unloaded loaded
module nvidia_modeset unloaded loaded
module nvidia_uvm unloaded loaded
module nvidia unloaded loaded
power 0000:01:00.0 on auto
driver 0000:01:00.0 vfio-pci/vfio-pci nvidia/-" | sed s/acquired/released/)" "$(undo_files)"
}

#: r720 --load vfio_pci : a_blacklist_is_no_hindrance
a_blacklist_is_no_hindrance() {
	echo "blacklist nvidia" >/etc/modprobe.d/test.conf
	comes_and_goes Win11 $win11 $xml "$stack
$power
$drivers"
}

#: r720 --load vfio_pci : it_vanishes
it_vanishes() {
	tell "on */0000:01:00.0/driver_override vanish 0000:01:00.0"
	same "row 10: it vanishes after its override" "status 1
gpu-handoff-take: guest Win11: 0000:01:00.0 is gone (its driver was to become nvidia/-); see dmesg
gpu-handoff-take: guest Win11: 0000:01:00.0 is gone (its power was to become auto); see dmesg
gpu-handoff-take: 0000:01:00.0 is gone (its driver was to become vfio-pci/vfio-pci); see dmesg" \
		"$(answer prepare Win11 <$xml)"
	same "row 10: no undo file is left" "" "$(undo_files)"
	same "row 10: the others are back" "0000:01:00.1 snd_hda_intel
nvidia-persistenced.service active
nvidia-powerd.service inactive" "$(driver_of 0000:01:00.1 && units)"
	same "row 10: release has nothing to do" "status 0" "$(answer release Win11 <$xml)"
	same "row 10: the next start is libvirt's to refuse" "status 0" "$(answer prepare Win11 <$xml)"
	same "row 10: for that nothing was changed" "" "$(undo_files)"
}

#: r720 --load vfio_pci : it_vanishes_while_the_guest_runs
it_vanishes_while_the_guest_runs() {
	prepare Win11 <$xml
	tell "vanish 0000:01:00.0"
	same "row 10: what is left is given back" "status 0
gpu-handoff-give-back: guest Win11: 0000:01:00.0 is gone (its driver was to become nvidia/-); see dmesg
gpu-handoff-give-back: guest Win11: 0000:01:00.0 is gone (its power was to become auto); see dmesg" \
		"$(answer release Win11 <$xml)"
	same "row 10: no undo file is left" "" "$(undo_files)"
	same "row 10: the others are back" "0000:01:00.1 snd_hda_intel
nvidia-persistenced.service active
nvidia-powerd.service inactive" "$(driver_of 0000:01:00.1 && units)"
}

#: r720 --load vfio_pci : it_does_not_answer
it_does_not_answer() {
	tell "set 0000:01:00.0/config $(printf '\\xff%.0s' {1..64})"
	refused Win11 $xml "row 47: a card that does not wake up" "0000:01:00.0 does not answer (it \
reads as ffffffff): it is off the bus or cannot leave D3cold; see dmesg, a reboot brings it back"
}
