# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086
# What packages do when they come and go, beside guests that run.
. tests/scenarios/lifecycle-lib.sh

steps="mdev $vgpu 0000:00:02.0/i915-GVTg_V5_4 absent
driver 0000:01:00.1 vfio-pci/vfio-pci snd_hda_intel/-
driver 0000:01:00.0 vfio-pci/vfio-pci nvidia/-
power 0000:01:00.1 on auto
power 0000:01:00.0 on auto
module nvidia unloaded loaded
module nvidia_uvm unloaded loaded
module nvidia_modeset unloaded loaded
module nvidia_drm unloaded loaded
unit nvidia-persistenced.service inactive active"
waits="status 0
gpu-handoff: $gpus Win10 ($win10); $leaving gives back what each has when it has ended, see systemctl \
status $leaving"
still="gpu-handoff: this is still to be given back of guest $win10 Win10:
$steps"

#: r720 --load vfio_pci --load kvmgt : nothing_to_do
nothing_to_do() {
	local before locks
	with_systemd
	before=$(machine)
	same "installed, where libvirt does not run" "status 0" "$(answer lifecycle installed)"
	echo "virtqemud.service active" >>/run/laptop-units
	: >/run/laptop-systemctl.log
	same "installed, where virtqemud runs" "status 0" "$(answer lifecycle installed)"
	same "which is reloaded, not restarted" "is-active $leaving
--quiet is-active libvirtd.service
--quiet is-active virtqemud.service
reload virtqemud.service" "$(cat /run/laptop-systemctl.log)"
	sed -i 's/^virtqemud.service .*/virtqemud.service fails/' /run/laptop-units
	same "a reload that fails" "status 0
Job for virtqemud.service failed.
gpu-handoff: virtqemud may not see the hook; run systemctl reload virtqemud" "$(answer lifecycle installed)"
	sed -i '/^virtqemud/d' /run/laptop-units
	gpu-handoff vgpu create i915-GVTg_V5_4 $vgpu >$scratch/out
	gpu-handoff vgpu remove $vgpu >$scratch/out
	locks=$(ls /run/*vgpu.lock)
	same "leaving, with nothing to give back" "status 0" "$(answer lifecycle leaving)"
	same "the lock of vgpu goes" "/run/gpu-handoff-vgpu.lock, then none" \
		"$locks, then $(ls /run/*vgpu.lock 2>/dev/null || echo none)"
	programs_go
	touch /run/gpu-handoff-vgpu.lock # udev's event was late
	same "left" "status 0" "$(answer left)"
	same "nor does left leave it" none "$(ls /run/*vgpu.lock 2>/dev/null || echo none)"
	as_before "the machine is as before" "$before"
	same "nothing remains" "" "$(remains)"
	same "wrong usage does not fail" "status 0
gpu-handoff: usage: lifecycle (installed | leaving)" "$(answer lifecycle "")"
}

#: r720 --load vfio_pci --load kvmgt : removal_while_a_guest_runs
removal_while_a_guest_runs() {
	local before after qemu
	with_systemd
	before=$(machine)
	prepare Win10 <$recipe
	qemu=$(hold --path qemu-system-x86 /dev/vfio/1)
	same "row 43: leaving says who has what" "$waits" "$(answer lifecycle leaving)"
	same "row 43: it keeps a copy of the program" "700 $kept/leaving
700 $copy
700 $kept/leaving/lifecycle" "$(stat -c '%a %n' $kept/leaving $kept/leaving/*)"
	programs_go
	watches "$qemu"
	after=$(machine)
	same "row 43: leaving again starts no second one" "$waits" "$(answer lifecycle leaving)"
	same "row 43: the guest keeps its GPU" "$after" "$(machine)"
	kill "$qemu"
	waiter_ended
	as_before "row 43: it is given back when the guest has ended" "$before"
	same "row 43: nothing remains" "" "$(remains; ls -d /run/gpu-handoff 2>/dev/null; cat /run/said)"
	same "row 43: purge then has nothing to say" "status 0" "$(answer left)"
}

#: r720 --load vfio_pci --load kvmgt : purge_while_a_guest_runs
purge_while_a_guest_runs() {
	local before qemu
	with_systemd
	before=$(machine)
	prepare Win10 <$recipe
	qemu=$(hold --path qemu-system-x86 /dev/vfio/1)
	lifecycle leaving 2>/run/said
	programs_go
	same "row 43: purge tells what remains" "status 0
$still
gpu-handoff: $leaving does that when the guest has ended" "$(answer left)"
	same "and leaves no file" "" "$(remains)"
	: >/run/said
	watches "$qemu"
	kill "$qemu"
	waiter_ended
	as_before "all is given back when the guest has ended" "$before"
	same "nothing remains" "" "$(remains; ls -d /run/gpu-handoff 2>/dev/null; cat /run/said)"
}

#: r720 --load vfio_pci --load kvmgt : without_systemd
without_systemd() {
	local before qemu plan
	before=$(machine)
	prepare Win10 <$recipe
	qemu=$(hold --path qemu-system-x86 /dev/vfio/1)
	plan="gpu-handoff: $gpus Win10 ($win10), and nothing waits for their end; run $copy \
--when-free --all, which waits and then does this:
# guest $win10 Win10
$steps"
	same "leaving tells what to do" "status 0
$plan" "$(answer lifecycle leaving)"
	with_systemd
	printf '#!/bin/sh\nexit 1\n' >/usr/bin/systemd-run
	same "so it does where systemd-run fails" "status 0
$plan" "$(answer lifecycle leaving)"
	programs_go
	same "purge tells the steps" "status 0
$still
gpu-handoff: when it has ended, reboot, or do that by hand: each line's last word is what shall be" "$(
		cp $copy $scratch/copy
		answer left)"
	same "and leaves no file" "" "$(remains)"
	kill "$qemu"
	until_gone "$qemu"
	same "the copy that was kept until then does them" "status 0" "$(answer $scratch/copy --when-free --all)"
	as_before "the machine is as before" "$before"
}

#: r720 --load vfio_pci --load kvmgt : installed_again_while_it_waits
installed_again_while_it_waits() {
	local before after qemu
	with_systemd
	before=$(machine)
	prepare Win10 <$recipe
	qemu=$(hold --path qemu-system-x86 /dev/vfio/1)
	after=$(machine)
	lifecycle leaving 2>/run/said
	watches "$qemu"
	same "installed again" "status 0" "$(answer lifecycle installed)"
	waiter_ended
	sed -i '/^gpu-handoff-leaving/d' /run/laptop-units
	same "the copy is gone" "" "$(find /var/lib -mindepth 1)"
	same "the guest keeps its GPU" "$after" "$(machine)"
	kill "$qemu"
	until_gone "$qemu"
	same "its release gives back" "status 0" "$(answer release Win10 <$recipe)"
	as_before "the machine is as before" "$before"
}

#: r720 --load vfio_pci --load kvmgt : upgrade_while_a_guest_runs
upgrade_while_a_guest_runs() {
	local before after
	with_systemd
	before=$(machine)
	prepare Win10 <$recipe
	# what release 1.0.0 writes, the daemon being gone; later ones have to read it
	printf '%s\n' "gpu-handoff 1" "guest $win10 Win10" "$(printf '%-40s' "owner 0 0")" acquired \
		"$(tac <<<"$steps")" >/run/gpu-handoff/$win10.undo
	after=$(machine)
	same "row 42: after an upgrade" "status 0" "$(answer lifecycle installed)"
	same "row 42: the guest has what it had" "$after" "$(machine)"
	same "row 42: the plan is what the old program wrote" "status 0
# guest $win10 Win10
$steps" "$(answer gpu-handoff give-back --plan --all)"
	same "row 42: its release" "status 0" "$(answer release Win10 <$recipe)"
	as_before "row 42: the machine is as before" "$before"
}

#: r720 --load vfio_pci --load kvmgt : each_guest_in_its_turn
each_guest_in_its_turn() {
	local before a b
	with_systemd
	before=$(machine)
	guest card $win10 0000:01:00.0 >$scratch/card.xml
	guest share $win11 $vgpu >$scratch/share.xml
	prepare card <$scratch/card.xml
	prepare share <$scratch/share.xml
	a=$(hold --path qemu-system-x86 /dev/vfio/1)
	b=$(hold --path qemu-system-x86 "/dev/vfio/$(basename "$(readlink /sys/bus/mdev/devices/$vgpu/iommu_group)")")
	same "both are named" "gpu-handoff: $gpus share ($win11), card ($win10); $leaving gives back what each has \
when it has ended, see systemctl status $leaving" "$(lifecycle leaving 2>&1)"
	programs_go
	watches "$a" "$b"
	tell "fail probe:nvidia:0000:01:00.0 ENODEV"
	kill "$a"
	waiter_says "steps remain"
	same "the first has ended, and not all of it could be given back" \
		"gpu-handoff-give-back: guest card: 0000:01:00.0 did not go to driver nvidia (the kernel reported \
success; it is on no driver); see dmesg
gpu-handoff-give-back: 2 steps remain in /run/gpu-handoff; they are tried again every minute" "$(cat /run/said)"
	same "what could be, was" "$(undo_text share $win11 "$(grep ^mdev <<<"$steps")")
$win10.undo:
gpu-handoff 1
guest $win10 card
owner DAEMON
released
power 0000:01:00.0 on auto
driver 0000:01:00.0 vfio-pci/vfio-pci nvidia/-" "$(undo_files)"
	kill "$b"
	undo_gone $win11
	same "when the second has ended, too, the waiter stays for the first" "power 0000:01:00.0 on auto
driver 0000:01:00.0 vfio-pci/vfio-pci nvidia/-" "$(undo_files | tail -n +6; kill -0 "$(waiter)")"
	tell clear-faults
	same "the waiter is stopped" "status 0" "$(answer systemctl stop $leaving)"
	waiter_ended
	same "its copy stays" "700 $copy" "$(stat -c '%a %n' $copy)"
	same "and gives back the rest" "status 0" "$(answer $copy --when-free --all)"
	as_before "the machine is as before" "$before"
}

#: r720 --load vfio_pci --load kvmgt : edited_guests_and_boot
edited_guests_and_boot() {
	with_systemd
	conf "[gpu 10de:1c8d]" "reserve = boot"
	cp -R /etc/modprobe.d $scratch/before
	gpu-handoff-boot apply >$scratch/out 2>&1
	mkdir -p $kept/$win10 $kept/$win11
	printf '%s\n' "<domain type='kvm'>" "  <name>Win 10</name>" "  <uuid>$win10</uuid>" >$kept/$win10/previous.xml
	echo broken >$kept/$win11/previous.xml
	same "leaving takes back what the host boots with, and tells of edited guests" "status 0
gpu-handoff: taking back what the host boots with:
/etc/modprobe.d/gpu-handoff.conf removed
this holds from the next boot on
gpu-handoff: guest $win11 $(edited $win11)
gpu-handoff: guest Win 10 ($win10) $(edited $win10)" "$(answer lifecycle leaving)"
	same "modprobe.d is as before" "" "$(diff -r $scratch/before /etc/modprobe.d)"
	same "what undo needs is there" "$kept/$win11/previous.xml
$kept/$win10/previous.xml" "$(find $kept -type f | sort)"
	gpu-handoff-boot apply >$scratch/out 2>&1
	programs_go
	rm /etc/gpu-handoff.conf
	printf '%s\n' "gpu-handoff boot 1" "argument iommu=pt" >$kept/boot
	same "purge names what could not be taken back" "status 0
gpu-handoff: /etc/modprobe.d/gpu-handoff.conf could not be taken back; remove it and make the initramfs again
argument iommu=pt
gpu-handoff: these kernel arguments could not be taken back; see grubby(8)
gpu-handoff: guest $win11 $(purged $win11)
gpu-handoff: guest $win10 $(purged $win10)" "$(answer left)"
	same "and leaves nothing else" /etc/modprobe.d/gpu-handoff.conf "$(remains)"
}

edited() { # edited UUID: what leaving says of that guest
	echo "stays edited, and may not start without this package; to have it as it was, install gpu-handoff again, \
before a purge, and run gpu-handoff guest undo $1"
}

purged() { # purged UUID: what purge says of it
	echo "stays edited, and how it was is deleted now; run virsh edit $1 and take out its hostdevs and what names $kept"
}

#: r720 : scripts_of_the_deb_whose_files_were_deleted
scripts_of_the_deb_whose_files_were_deleted() {
	rm -f /usr/lib/gpu-handoff # the link to that of this host
	same "no file of the package is there" "" "$(ls -d /usr/lib/gpu-handoff 2>/dev/null)"
	same "it can be removed" "status 0" "$(answer dash packaging/debian/prerm remove)"
	same "and what began that be taken back" "status 0" "$(answer dash packaging/debian/postinst abort-remove)"
}

#: r720 : the_package_of_arch_loads_the_profile
the_package_of_arch_loads_the_profile() {
	local verb tool
	rm -f /usr/lib/gpu-handoff
	ln -s "$PWD/packaging" /usr/lib/gpu-handoff
	for tool in aa-enabled apparmor_parser; do
		rm -f /usr/bin/$tool /usr/sbin/$tool
		printf '#!/bin/sh\necho "%s $*"\n' $tool >/usr/sbin/$tool
		chmod 755 /usr/sbin/$tool
	done
	for verb in install upgrade; do
		same "at $verb" "status 0
aa-enabled --quiet
apparmor_parser -r -T -W /etc/apparmor.d/gpu-handoff" "$(pacman_calls post_$verb)"
	done
	echo "exit 1" >>/usr/sbin/aa-enabled
	same "not where AppArmor is off" "status 0
aa-enabled --quiet" "$(pacman_calls post_upgrade)"
	rm /usr/sbin/aa-enabled
	same "nor where there is none" "status 0" "$(pacman_calls post_upgrade)"
}

pacman_calls() { # pacman_calls FUNCTION: without systemd; the stand-in for systemctl knows no presets
	# shellcheck disable=SC2016
	answer sh -c '. packaging/arch/gpu-handoff.install && "$1"' pacman "$1" | grep -v "verb preset"
}

postrm() { # as it is in the package
	sed -e '/^#LEFT#$/{' -e 'r packaging/left' -e 'd' -e '}' packaging/debian/postrm.in >$scratch/postrm
	answer dash $scratch/postrm "$1"
}

#: r720 --load vfio_pci --load kvmgt : removal_misses_a_guest
removal_misses_a_guest() {
	local qemu
	with_systemd
	same "nothing to say" "status 0" "$(postrm remove)"
	prepare Win10 <$recipe
	qemu=$(hold --path qemu-system-x86 /dev/vfio/1)
	same "the guest started behind prerm's back" "status 0
$still
gpu-handoff: when it has ended, reboot, or do that by hand: each line's last word is what shall be" "$(postrm remove)"
	lifecycle leaving 2>/run/said
	programs_go
	same "what waits for its end was told before" "status 0" "$(postrm remove)"
	watches "$qemu"
	kill "$qemu"
	waiter_ended
	same "nothing remains" "" "$(remains; ls -d /run/gpu-handoff 2>/dev/null)"
}
