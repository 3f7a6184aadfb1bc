# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086
# Who holds a device that a guest wants, and what comes of it.
quick="[handoff]
busy-timeout = 1
operation-timeout = 1"
xml=$scratch/guest.xml

# in_use PID PATH NAME [FUNCTION]: what is said of a process called NAME that holds PATH
in_use() {
	echo "${4:-0000:01:00.0} is in use by $3 (pid $1, $2); close it, or see busy= in gpu-handoff.conf(5)"
}

#: r720 --load vfio_pci --load kvmgt : each_node_of_the_card
each_node_of_the_card() {
	local node pid function
	for node in /dev/nvidia0 /dev/nvidiactl /dev/nvidia-uvm /dev/nvidia-modeset /dev/dri/card1 \
		/dev/dri/renderD129 /dev/i2c-7 /dev/snd/pcmC1D3p /dev/snd/hwC1D0; do
		function=0000:01:00.0
		[[ $node != /dev/snd/* ]] || function=0000:01:00.1
		pid=$(hold --path app $node)
		refused Win10 $recipe "row 19: $node is held" "$(in_use $pid $node app $function)"
		kill $pid
		until_gone $pid
	done
}

#: r720 --load vfio_pci --load kvmgt : each_way_to_hold
each_way_to_hold() {
	local pid
	tell "dev 0000:01:00.0/drm/renderD129 1:7"
	pid=$(hold opener /dev/full)
	refused Win10 $recipe "row 19: a descriptor" "$(in_use $pid /dev/full opener)"
	kill $pid
	until_gone $pid
	pid=$(hold --path pather /dev/full)
	refused Win10 $recipe "row 19: a descriptor that is only a path" "$(in_use $pid /dev/full pather)"
	kill $pid
	until_gone $pid
	tell "dev 0000:01:00.0/drm/renderD129 1:5"
	pid=$(hold --map mapper /dev/zero)
	refused Win10 $recipe "row 19: a mapping without a descriptor" "$(in_use $pid /dev/zero mapper)"
}

#: r720 --load vfio_pci --load kvmgt : several_holders
several_holders() {
	local a b c d e
	a=$(hold --path one /dev/nvidia0)
	b=$(hold --path two /dev/snd/pcmC1D3p)
	c=$(hold --path three /dev/dri/card1)
	d=$(hold --path four /dev/nvidiactl)
	e=$(hold --path five /dev/nvidia-uvm)
	refused Win10 $recipe "row 19: four are named, the others counted" "0000:01:00.0 is in use by \
one (pid $a, /dev/nvidia0), two (pid $b, /dev/snd/pcmC1D3p), three (pid $c, /dev/dri/card1), \
four (pid $d, /dev/nvidiactl) and 1 more; close it, or see busy= in gpu-handoff.conf(5)"
	same "nobody was ended" "$a $b $c $d $e" "$(alive $a $b $c $d $e)"
}

# alive PID...: those of these processes that live
alive() {
	local pid living=()
	for pid; do [ ! -e /proc/$pid ] || living+=("$pid"); done
	echo "${living[*]}"
}

#: r720 --load vfio_pci --load kvmgt : a_strange_name
a_strange_name() {
	local pid
	pid=$(hold --path $'X\n\e[31m' /dev/nvidia0)
	refused Win10 $recipe "a name is shown in one printable line" \
		"$(in_use $pid /dev/nvidia0 'X\x0a\x1b[31m')"
}

#: r720 --load vfio_pci --load kvmgt : not_in_the_way
not_in_the_way() {
	local before mixer screen
	mixer=$(hold --path pipewire /dev/snd/controlC1)
	screen=$(hold --path gnome-shell /dev/dri/card0 /dev/dri/renderD128 /dev/snd/pcmC0D0p)
	before=$(snapshot)
	same "a mixer and the other GPU's users do not refuse" "status 0" \
		"$(answer prepare Win10 <$recipe)"
	same "nor do they end" "$mixer $screen" "$(alive $mixer $screen)"
	same "release is silent" "status 0" "$(answer release Win10 <$recipe)"
	same "/sys is as before" "$before" "$(snapshot)"
}

#: r720 --load vfio_pci --load kvmgt : a_holder_in_a_unit
a_holder_in_a_unit() {
	local before pid
	before=$(machine)
	pid=$(hold --unit nvidia-persistenced.service --path nvidia-persiste /dev/nvidia0)
	same "a unit that is stopped lets go" "status 0" "$(answer prepare Win10 <$recipe)"
	same "its process is gone" "" "$(alive $pid)"
	release Win10 <$recipe
	as_before "the unit runs again" "$before"
}

#: r720 --load vfio_pci --load kvmgt : a_holder_in_another_unit
a_holder_in_another_unit() {
	local pid
	pid=$(hold --unit nvidia-powerd.service --path nvidia-powerd /dev/nvidia0)
	refused Win10 $recipe "a unit that does not run is not stopped, so its process is named" \
		"$(in_use $pid /dev/nvidia0 nvidia-powerd)"
	kill $pid
	until_gone $pid
	pid=$(hold --cgroup 0::/user.slice/nvidia-persistenced.service.d/x --path fake /dev/dri/card1)
	conf "[handoff]" "stop-units = nvidia-persistenced.service"
	refused Win10 $recipe "a unit's name within another name is none" \
		"$(in_use $pid /dev/dri/card1 fake)"
}

#: r720 --load vfio_pci --load kvmgt : a_unit_that_does_not_let_go
a_unit_that_does_not_let_go() {
	local pid
	conf "$quick"
	pid=$(hold --cgroup 0::/system.slice/nvidia-persistenced.service --path stays /dev/nvidia0)
	refused Win10 $recipe "row 20: the second look finds who did not let go" \
		"$(in_use $pid /dev/nvidia0 stays)"
	same "the unit was stopped and started again" "stop -- nvidia-persistenced.service
reset-failed -- nvidia-persistenced.service
start -- nvidia-persistenced.service" "$(grep -E "^(stop|start|reset)" /run/laptop-systemctl.log)"
	same "row 20: nobody was unbound" "" "$(grep bind $laptop)"
}

#: muxed --load vfio_pci : a_compositor_that_does_not_let_go
a_compositor_that_does_not_let_go() {
	local pid
	conf "$quick" "seat = release"
	guest Win11 $win11 0000:01:00.0 >$xml
	pid=$(hold --path stubborn /dev/dri/card1)
	refused Win11 $xml "with seat=release who does not let go is found by the second look" \
		"$(in_use $pid /dev/dri/card1 stubborn)"
	kill $pid
	until_gone $pid
	pid=$(hold --path compute /dev/nvidia0)
	refused Win11 $xml "with seat=release other nodes are looked at first" \
		"$(in_use $pid /dev/nvidia0 compute)"
	same "for that one no unit is stopped" 2 "$(grep -c stop /run/laptop-systemctl.log)"
}

#: r720 --load vfio_pci --load kvmgt : waiting_for_a_holder
waiting_for_a_holder() {
	local before pid take end=$((SECONDS + 10))
	local hook=/etc/libvirt/hooks/qemu.d/50-gpu-handoff
	before=$(machine)
	conf "[handoff]" "busy = wait"
	pid=$(hold --path brief /dev/nvidia0)
	$hook Win10 prepare begin - <$recipe 2>$scratch/said &
	take=$!
	# it watches the node by now: it has looked, and waits
	until grep -qs "^inotify" /proc/[0-9]*/fdinfo/* || [ $SECONDS -ge $end ]; do :; done
	same "busy=wait: no unit is stopped while it waits" "" "$(grep stop /run/laptop-systemctl.log)"
	same "busy=wait: nothing is written while it waits" "" "$(grep ^write $laptop)"
	kill $pid
	wait $take
	same "busy=wait: it goes on when the holder ends" "status 0" "status $?$(cat $scratch/said)"
	release Win10 <$recipe
	as_before "the machine is as before" "$before"
}

#: r720 --load vfio_pci --load kvmgt : waiting_in_vain
waiting_in_vain() {
	local pid
	conf "$quick" "busy = wait"
	pid=$(hold --path stays /dev/nvidia0)
	refused Win10 $recipe "busy=wait: not for ever" "$(in_use $pid /dev/nvidia0 stays)"
}

#: r720 --load vfio_pci --load kvmgt : processes_that_cannot_be_read
processes_that_cannot_be_read() {
	local before
	before=$(machine)
	# without this capability nobody may look into one that has more of them
	setpriv --bounding-set -sys_ptrace /etc/libvirt/hooks/qemu.d/50-gpu-handoff \
		Win10 prepare begin - <$recipe 2>$scratch/said
	same "row 19: who cannot be looked into is reported, and does not refuse" "status 0
gpu-handoff-take: N processes cannot be looked into and may hold 0000:01:00.0, such as laptop (pid 1)" \
		"status $?
$(sed -E 's/: [1-9][0-9]* proc/: N proc/' $scratch/said)"
	same "the card is on vfio-pci" "0000:01:00.0 vfio-pci" "$(driver_of 0000:01:00.0)"
	release Win10 <$recipe
	as_before "the machine is as before" "$before"
}

#: r720 --load vfio_pci : a_foreign_qemu
a_foreign_qemu() {
	local f pid
	for f in 0000:01:00.0 0000:01:00.1; do
		echo vfio-pci >/sys/bus/pci/devices/$f/driver_override
		echo $f >/sys/bus/pci/devices/$f/driver/unbind
		echo $f >/sys/bus/pci/drivers_probe
	done
	pid=$(hold --path qemu-system-x86 /dev/vfio/1)
	guest Win11 $win11 0000:01:00.0 >$xml
	refused Win11 $xml "a QEMU that nobody told us of has the group" \
		"$(in_use $pid /dev/vfio/1 qemu-system-x86)"
}

#: muxed --load vfio_pci : a_disk_below_the_card
a_disk_below_the_card() {
	local before pid
	before=$(machine)
	guest Win11 $win11 0000:01:00.0 >$xml
	mkdir $scratch/disk
	# a file system without a device number of its own, as btrfs
	mount -t tmpfs /dev/sdb1 $scratch/disk
	refused Win11 $xml "a disk on the card's USB is mounted" \
		"/dev/sdb1 is mounted on $scratch/disk; unmount it first"
	umount $scratch/disk
	printf '%s\n' "Filename Type Size Used Priority" "/dev/sdb1 partition 1 0 -2" >$scratch/swaps
	mount --bind $scratch/swaps /proc/swaps
	refused Win11 $xml "a disk on the card's USB is swap" \
		"/dev/sdb1 is swap space; run swapoff on it first"
	umount /proc/swaps
	pid=$(hold --path dd /dev/sdb)
	refused Win11 $xml "a disk on the card's USB is read" "$(in_use $pid /dev/sdb dd 0000:01:00.2)"
	kill $pid
	until_gone $pid
	same "a disk that nobody uses goes" "status 0" "$(answer prepare Win11 <$xml)"
	release Win11 <$xml
	as_before "and comes back" "$before"
}

#: r720 --load vfio_pci --load kvmgt : a_compositor_of_nvidia
a_compositor_of_nvidia() {
	local before
	before=$(machine)
	conf "$quick" "seat = release"
	hold --until /run/udev/data/c226:1 --path gnome-shell /dev/dri/card1 /dev/nvidia0 /dev/nvidiactl >$scratch/pid
	same "seat=release excuses a compositor with /dev/nvidia* too" "status 0" \
		"$(answer prepare Win10 <$recipe)"
	release Win10 <$recipe
	as_before "the machine is as before" "$before"
}

#: r720 --load vfio_pci --load kvmgt : more_holders_than_are_kept
more_holders_than_are_kept() {
	local n
	conf "$quick" "seat = release"
	for n in {1..300}; do
		hold --path client$n /dev/dri/card1 >$scratch/pid
	done
	same "a list that is too long names nobody but counts" "status 1
gpu-handoff-take: 0000:01:00.0 is in use by 44 processes; close it, or see busy= in gpu-handoff.conf(5)" \
		"$(answer prepare Win10 <$recipe)"
}

#: one-gpu --load vfio_pci : the_display_manager_has_a_name_of_its_own
the_display_manager_has_a_name_of_its_own() {
	local before
	sed -i 's/^display-manager.service .*/display-manager.service =gdm.service\ngdm.service active/' \
		/run/laptop-units
	before=$(machine)
	conf "$quick" "console = release"
	guest Win11 $win11 0000:0a:00.0 >$xml
	hold --unit gdm.service --path Xorg /dev/dri/card0 /dev/snd/pcmC0D3p >$scratch/pid
	same "an alias is stopped by its own name" "unit gdm.service active inactive" \
		"$(gpu-handoff take --plan <$xml 2>&1 | grep ^unit)"
	same "its processes are expected to end" "status 0" "$(answer prepare Win11 <$xml)"
	release Win11 <$xml
	as_before "the machine is as before" "$before"
}
