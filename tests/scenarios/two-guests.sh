# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086
# Whose a device is: two guests that want the same, one guest that starts twice, what changes between
# a guest's start and its end.
xml=$scratch/guest.xml
steps="unit nvidia-persistenced.service inactive active
module nvidia_drm unloaded loaded
module nvidia_modeset unloaded loaded
module nvidia_uvm unloaded loaded
module nvidia unloaded loaded
power 0000:01:00.0 on auto
power 0000:01:00.1 on auto
driver 0000:01:00.0 vfio-pci/vfio-pci nvidia/-
driver 0000:01:00.1 vfio-pci/vfio-pci snd_hda_intel/-
mdev $vgpu 0000:00:02.0/i915-GVTg_V5_4 absent"
belongs="belongs to guest Win10 now; stop that guest first, or run gpu-handoff give-back $win10 if it \
does not run"

#: r720 --load vfio_pci --load kvmgt : a_second_guest
a_second_guest() {
	local first
	first=$(machine)
	prepare Win10 <$recipe
	guest Win11 $win11 0000:01:00.0 >$xml
	refused Win11 $xml "row 6: the card is the first guest's" "0000:01:00.0 $belongs"
	guest Win11 $win11 0000:01:00.1 >$xml
	refused Win11 $xml "row 6: its sound is, too" "0000:01:00.0 $belongs"
	guest Win11 $win11 $vgpu >$xml
	refused Win11 $xml "row 6: so is the vGPU" "$vgpu $belongs"
	same "a plan says it as well" "status 1
gpu-handoff-take: $vgpu $belongs" "$(answer gpu-handoff take --plan <$xml)"
	same "the first guest's file" "$(undo_text Win10 $win10 "$steps")" "$(undo_files)"
	same "the first ends" "status 0" "$(answer release Win10 <$recipe)"
	as_before "all is back" "$first"
	same "now the second may" "status 0" "$(answer prepare Win11 <$xml)"
	release Win11 <$xml
	as_before "and it ends" "$first"
}

#: r720 --load vfio_pci --load kvmgt : at_the_same_time
at_the_same_time() {
	local before a b status winner loser said wrong=0
	local hook=/etc/libvirt/hooks/qemu.d/50-gpu-handoff # its parent, this shell, is the daemon
	before=$(machine)
	guest Win11 $win11 0000:01:00.0 $vgpu >$xml
	for _ in {1..20}; do
		$hook Win10 prepare begin - <$recipe 2>$scratch/a &
		a=$!
		$hook Win11 prepare begin - <$xml 2>$scratch/b &
		b=$!
		wait $a && status=Win10 || status=
		wait $b && status=$status,Win11
		case $status in
		Win10) winner="Win10 $win10" loser=Win11 said=$scratch/b ;;
		,Win11) winner="Win11 $win11" loser=Win10 said=$scratch/a ;;
		*) wrong=$((wrong + 1)) && continue ;;
		esac
		[ "$(cat $said)" = "gpu-handoff-take: 0000:01:00.0 belongs to guest ${winner% *} now; stop \
that guest first, or run gpu-handoff give-back ${winner#* } if it does not run" ] &&
			[ "$(undo_files)" = "$(undo_text $winner "$steps")" ] || wrong=$((wrong + 1))
		# as in libvirt: the one that did not start has a release, too, and it frees nothing
		if [ $loser = Win10 ]; then release Win10 <$recipe; else release Win11 <$xml; fi
		[ "$(undo_files)" = "$(undo_text $winner "$steps")" ] || wrong=$((wrong + 1))
		if [ $loser = Win11 ]; then release Win10 <$recipe; else release Win11 <$xml; fi
	done
	same "row 6: of two at the same time one wins, 20 times" "0 wrong" "$wrong wrong"
	as_before "the machine is as before" "$before"
}

#: twins --load vfio_pci : two_cards_two_guests
two_cards_two_guests() {
	local before first second
	before=$(machine)
	conf "[handoff]" "console = release"
	guest Win10 $win10 0000:01:00.0 >$scratch/first.xml
	guest Win11 $win11 0000:02:00.0 >$scratch/second.xml
	for order in "10 11" "11 10"; do
		prepare Win10 <$scratch/first.xml
		prepare Win11 <$scratch/second.xml
		same "both run" "$(undo_text Win11 $win11 "module nvidia_drm unloaded loaded
module nvidia_modeset unloaded loaded
module nvidia_uvm unloaded loaded
module nvidia unloaded loaded
power 0000:02:00.1 on auto
driver 0000:02:00.0 vfio-pci/vfio-pci nvidia/-
driver 0000:02:00.1 vfio-pci/vfio-pci snd_hda_intel/-")
$(undo_text Win10 $win10 "unit nvidia-persistenced.service inactive active
unit display-manager.service inactive active
console vtcon1 unbound bound
power 0000:01:00.1 on auto
driver 0000:01:00.0 vfio-pci/vfio-pci nvidia/-
driver 0000:01:00.1 vfio-pci/vfio-pci snd_hda_intel/-")" "$(undo_files)"
		for n in $order; do
			first=$scratch/first.xml second=$scratch/second.xml
			[ $n = 10 ] && second=$first
			same "Win$n ends" "status 0" "$(answer release Win$n <$second)"
		done
		as_before "both are back, in the order $order" "$before"
	done
}

#: r720 --load vfio_pci --load kvmgt : prepared_twice
prepared_twice() {
	local before qemu
	before=$(machine)
	prepare Win10 <$recipe
	same "row 7: its own claim is no hindrance" "status 0" "$(answer prepare Win10 <$recipe)"
	same "the undo file is as after the first" "$(undo_text Win10 $win10 "$steps")" "$(undo_files)"
	qemu=$(hold --path qemu-system-x86 /dev/vfio/1)
	same "row 7: a guest that runs does not start" "status 1
gpu-handoff-take: guest Win10 runs already: qemu-system-x86 (pid $qemu) has its GPU open; stop it \
first" "$(answer prepare Win10 <$recipe)"
	same "by hand it is not taken from it either" "status 1
gpu-handoff-give-back: guest Win10 still runs: qemu-system-x86 (pid $qemu, /dev/vfio/1) has its \
GPU open; stop it first" "$(answer gpu-handoff give-back Win10)"
	kill $qemu
	gpu-handoff give-back Win10
	as_before "the machine is as before" "$before"
}

#: r720 --load vfio_pci --load kvmgt : renamed_between
renamed_between() {
	local before
	before=$(machine)
	prepare Win10 <$recipe
	sed 's|<name>.*</name>|<name>Windows</name>|' $recipe >$xml
	same "row 8: renamed, it gives back all the same" "status 0" "$(answer release Windows <$xml)"
	as_before "the machine is as before" "$before"
	prepare Win10 <$recipe
	guest Windows $win10 0000:00:1f.3 >$xml
	same "row 8: redefined with another device, too" "status 0" "$(answer release Windows <$xml)"
	as_before "the machine is as before, too" "$before"
	prepare Win10 <$recipe
	same "row 8: without XML the name tells" "status 0" "$(answer release Win10 </dev/null)"
	as_before "the machine is as before this time, too" "$before"
}

#: r720 --load vfio_pci --load kvmgt : no_hostdev_at_the_end
no_hostdev_at_the_end() {
	local before
	before=$(machine)
	prepare Win10 <$recipe
	guest Win10 $win10 >$xml
	same "row 8: redefined without a <hostdev>, it gives back" "status 0" "$(answer release Win10 <$xml)"
	as_before "the machine is as before" "$before"
}

#: r720 --load vfio_pci --load kvmgt : the_config_changes_between
the_config_changes_between() {
	local before text
	before=$(machine)
	for text in "[handoff]
enabled = no
slot = named
unload-modules = never
stop-units =
give-back = vfio
[vgpu]
keep = yes
type = i915-GVTg_V5_8" "[handoff
nonsense" "[gpu 0000:01:00.0]
id = 10de:1c8c"; do
		rm -f /etc/gpu-handoff.conf
		prepare Win10 <$recipe
		conf "$text"
		same "row 9: the undo file counts, not the config" "status 0" \
			"$(answer release Win10 <$recipe)"
		as_before "row 9: the machine is as before" "$before"
	done
	conf "[handoff]" "stop-units = nvidia-persistenced.service"
	prepare Win10 <$recipe
	rm /etc/gpu-handoff.conf
	same "row 9: nor does it count that there is none" "status 0" "$(answer release Win10 <$recipe)"
	as_before "row 9: the machine is as before then" "$before"
}
