# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2034,SC2154,SC2086
# What the doctor says when one thing of the cards or of who uses them is broken.
# shellcheck source=tests/scenarios/doctor-lib.sh
. tests/scenarios/doctor-lib.sh

#: r720 : the_cards
the_cards() {
	installed
	file /sys/module/nvidia_drm/parameters/fbdev N
	file $sys/0000:01:00.0/boot_vga 0
	breaks "a card without a driver" "tell 'unbind 0000:01:00.0'" \
		"tell 'bind 0000:01:00.0 nvidia'" <<'END'
< ok       0000:01:00.0 [10de:1c8d] is on nvidia
> warning  0000:01:00.0 [10de:1c8d] is on no driver; load its driver; echo 0000:01:00.0 >/sys/bus/pci/drivers_probe
END
	breaks "an override that is not ours" \
		"echo vfio-pci >$sys/0000:01:00.0/driver_override" \
		"echo >$sys/0000:01:00.0/driver_override" <<'END'
> warning  0000:01:00.0 has the driver override vfio-pci, which is not gpu-handoff's; echo >/sys/bus/pci/devices/0000:01:00.0/driver_override
END
	breaks "an override of driverctl" \
		"echo vfio-pci >$sys/0000:01:00.0/driver_override; mkdir -p /etc/driverctl.d; touch /etc/driverctl.d/pci-0000:01:00.0" \
		"echo >$sys/0000:01:00.0/driver_override; rm -r /etc/driverctl.d" <<'END'
> warning  0000:01:00.0 has the driver override vfio-pci, which is not gpu-handoff's; driverctl unset-override 0000:01:00.0
END
	breaks "no subsystem" \
		"tell 'set 0000:01:00.0/subsystem_vendor 0x0000'; tell 'set 0000:01:00.0/subsystem_device 0x0000'" \
		"tell 'set 0000:01:00.0/subsystem_vendor 0x17aa'; tell 'set 0000:01:00.0/subsystem_device 0x39d1'" <<'END'
< ok       0000:01:00.0 has the subsystem 17aa:39d1
> warning  0000:01:00.0 shows no subsystem: NVIDIA's driver may refuse it; gpu-handoff guest apply --dgpu=0000:01:00.0 --subsystem VENDOR:DEVICE GUEST
END
	breaks "it is a VGA controller" "tell 'set 0000:01:00.0/class 0x030000'" \
		"tell 'set 0000:01:00.0/class 0x030200'" <<'END'
< ok       MUXless: 0000:01:00.0 is a 3D controller (0302) beside the integrated 0000:00:02.0
> ok       MUXed: 0000:01:00.0 is a VGA controller (0300) beside the integrated 0000:00:02.0
END
	breaks "it shows the console" "tell 'set 0000:01:00.0/boot_vga 1'" \
		"tell 'set 0000:01:00.0/boot_vga 0'" <<'END'
< ok       0000:01:00.0 does not show the host's console
> warning  0000:01:00.0 shows the host's console (boot_vga is 1); set console=release in gpu-handoff.conf(5) to give it to the guest all the same
END
	breaks "it shows the console, and may go" \
		"tell 'set 0000:01:00.0/boot_vga 1'; conf '[handoff]' 'console = release'" \
		"tell 'set 0000:01:00.0/boot_vga 0'; conf '[handoff]'" <<'END'
< ok       0000:01:00.0 does not show the host's console
> ok       0000:01:00.0 shows the host's console, and may go
END
	breaks "nvidia_drm has a frame buffer" \
		"tell 'set module/nvidia_drm/parameters/fbdev Y'" \
		"tell 'set module/nvidia_drm/parameters/fbdev N'" <<'END'
< ok       nvidia_drm has no console (modeset=Y fbdev=N)
> warning  nvidia_drm may hold the console (modeset=Y fbdev=Y), and then cannot be unloaded; options nvidia_drm fbdev=0 in a file of /etc/modprobe.d
END
	breaks "it cannot wake up" "tell 'set 0000:01:00.0/power/runtime_status error'" \
		"tell 'set 0000:01:00.0/power/runtime_status suspended'" <<'END'
< status 0
> status 1
< ok       0000:01:00.0 is suspended, D3cold
> error    0000:01:00.0 cannot wake up (runtime_status is error); see dmesg; a reboot brings it back
END
	breaks "virtual functions of the card" "file $sys/0000:01:00.0/sriov_numvfs 2" \
		"tell 'set 0000:01:00.0/sriov_numvfs 0'" <<'END'
> warning  0000:01:00.0 has 2 virtual functions: it cannot go whole; give a guest one of them, or echo 0 >/sys/bus/pci/devices/0000:01:00.0/sriov_numvfs
END
	breaks "it can be reset" "file $sys/0000:01:00.0/reset_method bus" \
		"tell 'set 0000:01:00.0/reset_method \\n'" <<'END'
< note     0000:01:00.0 cannot be reset alone: unless its whole bus is, a guest gets it as the one before has left it
> ok       0000:01:00.0 can be reset (bus)
END
	breaks "a ROM of its own" "tell 'rom 0000:01:00.0 $recipe'" <<'END'
< note     0000:01:00.0 has no option ROM of its own; gpu-handoff vbios extract finds it in the firmware's update
> ok       0000:01:00.0 has an option ROM of its own
END
	mended
}

#: twins : equal_cards
equal_cards() {
	installed
	breaks "cards that differ" "tell 'set 0000:02:00.0/device 0x1b81'" \
		"tell 'set 0000:02:00.0/device 0x1b80'" <<'END'
< ok       0000:02:00.0 [10de:1b80] is on nvidia
< note     0000:01:00.0 and 0000:02:00.0 are both [10de:1b80]: ids= of vfio-pci would take both; name them by address, [gpu 0000:02:00.0], in gpu-handoff.conf(5)
> ok       0000:02:00.0 [10de:1b81] is on nvidia
END
	mended
}

#: r720 : who_holds_them
who_holds_them() {
	installed
	breaks "Xorg has the card open" "pid=\$(hold --path Xorg /dev/nvidia0)" \
		"kill \$pid; until_gone \$pid" <<'END'
< ok       nobody holds 0000:01:00.0
> warning  Xorg (pid PID) holds /dev/nvidia0 of 0000:01:00.0; close it, or see busy= in gpu-handoff.conf(5)
END
	breaks "a compositor has" "pid=\$(hold --path gnome-shell /dev/dri/card1)" \
		"kill \$pid; until_gone \$pid" <<'END'
< ok       nobody holds 0000:01:00.0
> warning  gnome-shell (pid PID) holds /dev/dri/card1 of 0000:01:00.0; close it, or see seat= and busy= in gpu-handoff.conf(5)
END
	breaks "a compositor has, and is told" \
		"conf '[handoff]' 'seat = release'; pid=\$(hold --path gnome-shell /dev/dri/card1)" \
		"kill \$pid; until_gone \$pid; conf '[handoff]'" <<'END'
< ok       nobody holds 0000:01:00.0
> ok       gnome-shell (pid PID) holds /dev/dri/card1 of 0000:01:00.0; seat=release makes it let go
END
	breaks "a mixer has" "pid=\$(hold --path pipewire /dev/snd/controlC1)" \
		"kill \$pid; until_gone \$pid" <<'END'
< ok       nobody holds 0000:01:00.0
> ok       pipewire (pid PID) holds /dev/snd/controlC1 of 0000:01:00.0, and will let go
END
	breaks "a unit that is stopped has" \
		"pid=\$(hold --path --unit nvidia-persistenced.service nvidia-persiste /dev/nvidia0)" \
		"kill \$pid; until_gone \$pid" <<'END'
< ok       nobody holds 0000:01:00.0
> ok       nvidia-persistenced.service holds /dev/nvidia0 of 0000:01:00.0; a start stops it
END
	breaks "a daemon that is not stopped" \
		"conf '[handoff]' 'stop-units = nvidia-powerd.service'" "conf '[handoff]'" <<'END'
< ok       nvidia-persistenced.service runs; a guest's start stops it meanwhile
> warning  nvidia-persistenced.service runs and keeps every NVIDIA GPU open; name it in stop-units= of gpu-handoff.conf(5)
END
	breaks "a daemon runs" \
		"sed -i 's/^nvidia-powerd.*/nvidia-powerd.service active/' /run/laptop-units" \
		"sed -i 's/^nvidia-powerd.*/nvidia-powerd.service inactive/' /run/laptop-units" <<'END'
< ok       nvidia-powerd.service does not run
> ok       nvidia-powerd.service runs; a guest's start stops it meanwhile
END
	breaks "no such daemon" "sed -i /^nvidia-powerd/d /run/laptop-units" \
		"echo nvidia-powerd.service inactive >>/run/laptop-units" <<'END'
< ok       nvidia-powerd.service does not run
> ok       there is no nvidia-powerd.service
END
	breaks "another program switches GPUs" \
		"echo supergfxd.service active >>/run/laptop-units" \
		"sed -i /^supergfxd/d /run/laptop-units" <<'END'
> warning  supergfxd.service runs, which also switches GPUs; let it leave the guest's GPU alone, or disable it
END
	mended
}

#: muxed : a_disk_below_the_card
a_disk_below_the_card() {
	installed
	mkdir $scratch/disk
	breaks "a disk on the card's USB is mounted" "mount -t tmpfs /dev/sdb1 $scratch/disk" \
		"umount $scratch/disk" <<'END'
> warning  /dev/sdb1 is mounted on SCRATCH/disk; unmount it first
END
	mended
}
