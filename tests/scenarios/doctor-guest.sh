# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2034,SC2154,SC2086
# What the doctor says of what guests have, and of one guest.
# shellcheck source=tests/scenarios/doctor-lib.sh
. tests/scenarios/doctor-lib.sh

#: r720 --load vfio_pci --load kvmgt : what_guests_have
what_guests_have() {
	installed
	breaks "a program cannot be executed" \
		"cp /bin/true $scratch/plain; chmod 644 $scratch/plain; mount --bind $scratch/plain /usr/sbin/gpu-handoff-take" \
		"umount /usr/sbin/gpu-handoff-take" <<'END'
< status 0
> status 1
< ok       the hook's programs are there
> error    /usr/sbin/gpu-handoff-take cannot be executed; install gpu-handoff again
END
	breaks "no rule" "mv /etc/udev/rules.d/60-gpu-handoff.rules $scratch" \
		"mv $scratch/60-gpu-handoff.rules /etc/udev/rules.d" <<'END'
< ok       udev's rule is there
> warning  udev's rule is missing: reserve=boot and when=boot do not work; install gpu-handoff again
END
	breaks "a rule that is switched off" \
		"mv /etc/udev/rules.d/60-gpu-handoff.rules $scratch; ln -s /dev/null /etc/udev/rules.d/60-gpu-handoff.rules" \
		"rm /etc/udev/rules.d/60-gpu-handoff.rules; mv $scratch/60-gpu-handoff.rules /etc/udev/rules.d" <<'END'
< ok       udev's rule is there
> warning  /etc/udev/rules.d/60-gpu-handoff.rules switches udev's rule off; rm /etc/udev/rules.d/60-gpu-handoff.rules
END
	breaks "no timer" \
		"sed -i 's/^gpu-handoff-stale.timer.*/gpu-handoff-stale.timer inactive/' /run/laptop-units" \
		"sed -i 's/^gpu-handoff-stale.timer.*/gpu-handoff-stale.timer active/' /run/laptop-units" <<'END'
< ok       gpu-handoff-stale.timer runs
> warning  gpu-handoff-stale.timer does not run: what a killed libvirt leaves stays with the guest; systemctl enable --now gpu-handoff-stale.timer
END
	breaks "undo files of somebody else" "mkdir -m 777 /run/gpu-handoff" \
		"rmdir /run/gpu-handoff" <<'END'
< status 0
> status 1
< ok       no guest has anything
> error    /run/gpu-handoff is not root's own or others may write it; nothing was done: remove it if you do not know it
END
	breaks "a guest starts" "prepare Win10 <$recipe" "release Win10 <$recipe" <<'END'
< ok       0000:00:02.0 has room for i915-GVTg_V5_4 1, i915-GVTg_V5_8 2
> note     0000:00:02.0 has no room for another vGPU; stop a guest that has one, or remove one that nobody uses (gpu-handoff status)
< note     kvmgt and nvidia are both loaded: one host was reported to hang with that
< ok       0000:01:00.0 [10de:1c8d] is on nvidia
< ok       along with 0000:01:00.0 goes 0000:01:00.1 (snd_hda_intel)
> ok       0000:01:00.0 [10de:1c8d] is on vfio-pci
> ok       along with 0000:01:00.0 goes 0000:01:00.1 (vfio-pci)
< ok       nvidia_drm has no console (modeset=Y fbdev=N)
< ok       nobody holds 0000:01:00.0
< ok       nvidia-persistenced.service runs; a guest's start stops it meanwhile
> note     guest Win10 has 0000:01:00.0
> ok       nvidia-persistenced.service does not run
< ok       no guest has anything
> note     guest Win10 is starting
END
	breaks "a guest runs" \
		"prepare Win10 <$recipe; pid=\$(hold --path qemu-system-x86 /dev/vfio/1)" \
		"kill \$pid; until_gone \$pid; release Win10 <$recipe" <<'END'
< ok       0000:00:02.0 has room for i915-GVTg_V5_4 1, i915-GVTg_V5_8 2
> note     0000:00:02.0 has no room for another vGPU; stop a guest that has one, or remove one that nobody uses (gpu-handoff status)
< note     kvmgt and nvidia are both loaded: one host was reported to hang with that
< ok       0000:01:00.0 [10de:1c8d] is on nvidia
< ok       along with 0000:01:00.0 goes 0000:01:00.1 (snd_hda_intel)
> ok       0000:01:00.0 [10de:1c8d] is on vfio-pci
> ok       along with 0000:01:00.0 goes 0000:01:00.1 (vfio-pci)
< ok       nvidia_drm has no console (modeset=Y fbdev=N)
< ok       nobody holds 0000:01:00.0
< ok       nvidia-persistenced.service runs; a guest's start stops it meanwhile
> note     guest Win10 has 0000:01:00.0
> ok       nvidia-persistenced.service does not run
< ok       no guest has anything
> ok       guest Win10 runs; 10 steps will be undone
END
	breaks "a guest is over" "(prepare Win10 <$recipe)" "gpu-handoff give-back --stale" <<'END'
< status 0
> status 1
< ok       0000:00:02.0 has room for i915-GVTg_V5_4 1, i915-GVTg_V5_8 2
> note     0000:00:02.0 has no room for another vGPU; stop a guest that has one, or remove one that nobody uses (gpu-handoff status)
< note     kvmgt and nvidia are both loaded: one host was reported to hang with that
< ok       0000:01:00.0 [10de:1c8d] is on nvidia
< ok       along with 0000:01:00.0 goes 0000:01:00.1 (snd_hda_intel)
> ok       0000:01:00.0 [10de:1c8d] is on vfio-pci
> ok       along with 0000:01:00.0 goes 0000:01:00.1 (vfio-pci)
< ok       nvidia_drm has no console (modeset=Y fbdev=N)
< ok       nobody holds 0000:01:00.0
< ok       nvidia-persistenced.service runs; a guest's start stops it meanwhile
> note     guest Win10 has 0000:01:00.0
> ok       nvidia-persistenced.service does not run
< ok       no guest has anything
> error    guest Win10 is over, and 10 steps are not undone; gpu-handoff give-back 6f0e09e1-a7d4-4d33-b4f8-0dc69eaaed9b
END
	breaks "a guest that got it by hand" "gpu-handoff take --xml $recipe" \
		"gpu-handoff give-back Win10" <<'END'
< ok       0000:00:02.0 has room for i915-GVTg_V5_4 1, i915-GVTg_V5_8 2
> note     0000:00:02.0 has no room for another vGPU; stop a guest that has one, or remove one that nobody uses (gpu-handoff status)
< note     kvmgt and nvidia are both loaded: one host was reported to hang with that
< ok       0000:01:00.0 [10de:1c8d] is on nvidia
< ok       along with 0000:01:00.0 goes 0000:01:00.1 (snd_hda_intel)
> ok       0000:01:00.0 [10de:1c8d] is on vfio-pci
> ok       along with 0000:01:00.0 goes 0000:01:00.1 (vfio-pci)
< ok       nvidia_drm has no console (modeset=Y fbdev=N)
< ok       nobody holds 0000:01:00.0
< ok       nvidia-persistenced.service runs; a guest's start stops it meanwhile
> note     guest Win10 has 0000:01:00.0
> ok       nvidia-persistenced.service does not run
< ok       no guest has anything
> note     guest Win10 was given its devices by hand, and does not run; gpu-handoff give-back 6f0e09e1-a7d4-4d33-b4f8-0dc69eaaed9b, when it is over
END
	breaks "an undo file that cannot be read" \
		"mkdir -p -m 700 /run/gpu-handoff; echo nonsense >/run/gpu-handoff/$win10.undo" \
		"rm -r /run/gpu-handoff" <<'END'
< status 0
> status 1
< ok       no guest has anything
> error    /run/gpu-handoff/6f0e09e1-a7d4-4d33-b4f8-0dc69eaaed9b.undo, line 1: not what this program writes; nothing was done: correct or remove it
END
	conf "[handoff]" "busy-timeout = 1" "operation-timeout = 1"
	breaks "a device is stuck" \
		"tell 'block */unbind 1'; prepare Win10 <$recipe 2>$scratch/out" \
		"tell unblock; while pgrep -x gpu-handoff-tak; do :; done >$scratch/out; gpu-handoff give-back --stale" <<'END'
< status 0
> status 1
< ok       along with 0000:01:00.0 goes 0000:01:00.1 (snd_hda_intel)
> ok       along with 0000:01:00.0 goes 0000:01:00.1 (no driver)
< ok       nobody holds 0000:01:00.0
> note     guest Win10 has 0000:01:00.0
< ok       no guest has anything
> error    guest Win10 is over, and 2 steps are not undone; gpu-handoff give-back 6f0e09e1-a7d4-4d33-b4f8-0dc69eaaed9b
> error    0000:01:00.1 is stuck: the kernel does not return from moving it; close what uses it (see dmesg); if that does not help, reboot
END
	mended
}

#: r720 --load vfio_pci --load kvmgt : one_guest
one_guest() {
	installed
	guest Win11 $win11 0000:01:00.0 $vgpu >$scratch/guest.xml
	about=(--xml "$scratch/guest.xml")
	breaks "somebody is in the way" "pid=\$(hold --path Xorg /dev/nvidia0)" \
		"kill \$pid; until_gone \$pid" <<'END'
< status 0
> status 1
< ok       nobody holds 0000:01:00.0
> warning  Xorg (pid PID) holds /dev/nvidia0 of 0000:01:00.0; close it, or see busy= in gpu-handoff.conf(5)
< ok       it could have its devices now, in 10 steps; gpu-handoff take --plan shows them
> error    0000:01:00.0 is in use by Xorg (pid PID, /dev/nvidia0); close it, or see busy= in gpu-handoff.conf(5)
END
	breaks "a trap of its definition is mended" \
		"sed -i.old 's/managed=.yes./managed=\"no\"/' $scratch/guest.xml" \
		"mv $scratch/guest.xml.old $scratch/guest.xml" <<'END'
< warning  line 2, hostdev 0000:01:00.0: has managed='yes': where the hook did not take it, libvirt unbinds it itself, which hangs while somebody uses it; write managed='no' (virsh edit DOMAIN)
END
	breaks "it is left alone" "conf '[guest Win11]' 'enabled = no'" "conf '[handoff]'" <<'END'
> warning  enabled=no: it is left alone when it starts; see enabled= in gpu-handoff.conf(5)
END
	breaks "it has no UUID" "sed -i.old 's,<uuid>.*</uuid>,,' $scratch/guest.xml" \
		"mv $scratch/guest.xml.old $scratch/guest.xml" <<'END'
< status 0
> status 1
< ok       guest Win11 names 1 PCI function and 1 vGPU
< ok       it could have its devices now, in 10 steps; gpu-handoff take --plan shows them
> error    guest Win11 has no <uuid>; add one (uuidgen)
END
	breaks "it names nothing of ours" \
		"cp $scratch/guest.xml $scratch/guest.xml.old; guest Win11 $win11 >$scratch/guest.xml" \
		"mv $scratch/guest.xml.old $scratch/guest.xml" <<'END'
< ok       guest Win11 names 1 PCI function and 1 vGPU
< ok       it could have its devices now, in 10 steps; gpu-handoff take --plan shows them
< note     line 1, features: KVM is not hidden, which NVIDIA's driver refuses if it is older than 465; run gpu-handoff guest apply --hide-hypervisor DOMAIN if it is
< warning  line 2, hostdev 0000:01:00.0: has no address yet: NVIDIA's laptop drivers want the card at 01:00.0 behind a root port at 00:01.0; run gpu-handoff guest apply --dgpu=0000:01:00.0 DOMAIN
< warning  line 2, hostdev 0000:01:00.0: has managed='yes': where the hook did not take it, libvirt unbinds it itself, which hangs while somebody uses it; write managed='no' (virsh edit DOMAIN)
< note     line 2, hostdev 0000:01:00.0: shows its ROM BAR, behind which a laptop's card has no ROM; run gpu-handoff guest apply --dgpu=0000:01:00.0 --vbios FILE DOMAIN
> note     guest Win11 names no GPU and no vGPU of this host
> ok       its definition has no known trap
END
	breaks "it is no XML" \
		"cp $scratch/guest.xml $scratch/guest.xml.old; echo nonsense >$scratch/guest.xml" \
		"mv $scratch/guest.xml.old $scratch/guest.xml" <<'END'
< status 0
> status 1
< ok       guest Win11 names 1 PCI function and 1 vGPU
< ok       it could have its devices now, in 10 steps; gpu-handoff take --plan shows them
< note     line 1, features: KVM is not hidden, which NVIDIA's driver refuses if it is older than 465; run gpu-handoff guest apply --hide-hypervisor DOMAIN if it is
< warning  line 2, hostdev 0000:01:00.0: has no address yet: NVIDIA's laptop drivers want the card at 01:00.0 behind a root port at 00:01.0; run gpu-handoff guest apply --dgpu=0000:01:00.0 DOMAIN
< warning  line 2, hostdev 0000:01:00.0: has managed='yes': where the hook did not take it, libvirt unbinds it itself, which hangs while somebody uses it; write managed='no' (virsh edit DOMAIN)
< note     line 2, hostdev 0000:01:00.0: shows its ROM BAR, behind which a laptop's card has no ROM; run gpu-handoff guest apply --dgpu=0000:01:00.0 --vbios FILE DOMAIN
> error    line 1 of the domain XML: syntax error; give what virsh dumpxml prints
END
	breaks "there is no such file" "mv $scratch/guest.xml $scratch/away" \
		"mv $scratch/away $scratch/guest.xml" <<'END'
< status 0
> status 1
< ok       guest Win11 names 1 PCI function and 1 vGPU
< ok       it could have its devices now, in 10 steps; gpu-handoff take --plan shows them
< note     line 1, features: KVM is not hidden, which NVIDIA's driver refuses if it is older than 465; run gpu-handoff guest apply --hide-hypervisor DOMAIN if it is
< warning  line 2, hostdev 0000:01:00.0: has no address yet: NVIDIA's laptop drivers want the card at 01:00.0 behind a root port at 00:01.0; run gpu-handoff guest apply --dgpu=0000:01:00.0 DOMAIN
< warning  line 2, hostdev 0000:01:00.0: has managed='yes': where the hook did not take it, libvirt unbinds it itself, which hangs while somebody uses it; write managed='no' (virsh edit DOMAIN)
< note     line 2, hostdev 0000:01:00.0: shows its ROM BAR, behind which a laptop's card has no ROM; run gpu-handoff guest apply --dgpu=0000:01:00.0 --vbios FILE DOMAIN
> error    SCRATCH/guest.xml cannot be opened: No such file or directory
END
	breaks "another guest has the card" "prepare Win10 <$recipe" "release Win10 <$recipe" <<'END'
< status 0
> status 1
< ok       0000:00:02.0 has room for i915-GVTg_V5_4 1, i915-GVTg_V5_8 2
> note     0000:00:02.0 has no room for another vGPU; stop a guest that has one, or remove one that nobody uses (gpu-handoff status)
< note     kvmgt and nvidia are both loaded: one host was reported to hang with that
< ok       0000:01:00.0 [10de:1c8d] is on nvidia
< ok       along with 0000:01:00.0 goes 0000:01:00.1 (snd_hda_intel)
> ok       0000:01:00.0 [10de:1c8d] is on vfio-pci
> ok       along with 0000:01:00.0 goes 0000:01:00.1 (vfio-pci)
< ok       nvidia_drm has no console (modeset=Y fbdev=N)
< ok       nobody holds 0000:01:00.0
< ok       nvidia-persistenced.service runs; a guest's start stops it meanwhile
> note     guest Win10 has 0000:01:00.0
> ok       nvidia-persistenced.service does not run
< ok       no guest has anything
> note     guest Win10 is starting
< ok       it could have its devices now, in 10 steps; gpu-handoff take --plan shows them
> error    0000:01:00.0 belongs to guest Win10 now; stop that guest first, or run gpu-handoff give-back 6f0e09e1-a7d4-4d33-b4f8-0dc69eaaed9b if it does not run
END
	breaks "it runs" \
		"prepare Win11 <$scratch/guest.xml; pid=\$(hold --path qemu-system-x86 /dev/vfio/1)" \
		"kill \$pid; until_gone \$pid; release Win11 <$scratch/guest.xml" <<'END'
< ok       0000:00:02.0 has room for i915-GVTg_V5_4 1, i915-GVTg_V5_8 2
> note     0000:00:02.0 has no room for another vGPU; stop a guest that has one, or remove one that nobody uses (gpu-handoff status)
< note     kvmgt and nvidia are both loaded: one host was reported to hang with that
< ok       0000:01:00.0 [10de:1c8d] is on nvidia
< ok       along with 0000:01:00.0 goes 0000:01:00.1 (snd_hda_intel)
> ok       0000:01:00.0 [10de:1c8d] is on vfio-pci
> ok       along with 0000:01:00.0 goes 0000:01:00.1 (vfio-pci)
< ok       nvidia_drm has no console (modeset=Y fbdev=N)
< ok       nobody holds 0000:01:00.0
< ok       nvidia-persistenced.service runs; a guest's start stops it meanwhile
> note     guest Win11 has 0000:01:00.0
> ok       nvidia-persistenced.service does not run
< ok       no guest has anything
> ok       guest Win11 runs; 10 steps will be undone
< ok       it could have its devices now, in 10 steps; gpu-handoff take --plan shows them
> ok       it runs, with its devices
END
	breaks "GVT-g is off" "tell 'set module/i915/parameters/enable_gvt N'" \
		"tell 'set module/i915/parameters/enable_gvt Y'" <<'END'
< status 0
> status 1
< ok       i915.enable_gvt is on
> error    i915.enable_gvt is off; boot with i915.enable_gvt=1 (gpu-handoff boot apply does it)
< ok       0000:00:02.0 makes vGPUs
< ok       0000:00:02.0 has room for i915-GVTg_V5_4 1, i915-GVTg_V5_8 2
> error    0000:00:02.0 makes no vGPUs although kvmgt is loaded; see what dmesg says of gvt (GuC, firmware, generation)
< ok       it could have its devices now, in 10 steps; gpu-handoff take --plan shows them
> error    vGPU af5972fb-5530-41a7-0000-fd836204445b cannot be made: GVT-g is switched off; boot with i915.enable_gvt=1 (gpu-handoff boot apply does it)
END
	mended
	same "libvirt is asked for it" "  error    guest Win11 cannot be looked at without libvirt's daemon; use --xml FILE" \
		"$(doctor Win11 | tail -n 1)"
}

#: r720 : a_writer_that_is_slow
a_writer_that_is_slow() {
	local pid
	installed
	mkfifo $scratch/pipe
	exec {pipe}<>$scratch/pipe
	gpu-handoff doctor --xml $scratch/pipe >$scratch/out {pipe}>&- &
	pid=$!
	# the doctor itself has it open, and not the shell that was to become it
	until [[ $(readlink /proc/$pid/exe) == */gpu-handoff-doctor &&
		-n $(find /proc/$pid/fd -lname $scratch/pipe 2>$scratch/ignored) ]] ||
		! grep -q '^State:.[RSD]' /proc/$pid/status 2>$scratch/ignored; do
		:
	done
	cat $recipe >&$pipe
	exec {pipe}>&-
	wait $pid
	same "its guest is looked at" "  ok       guest Win10 names 1 PCI function and 1 vGPU" \
		"$(grep -A 1 '^The guest' $scratch/out | tail -n 1)"
}
