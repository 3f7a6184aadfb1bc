# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2034,SC2154,SC2086
# What the doctor says when one thing of libvirt, of its hooks, of what guests need is broken.
# shellcheck source=tests/scenarios/doctor-lib.sh
. tests/scenarios/doctor-lib.sh

#: r720 : the_hooks
the_hooks() {
	installed
	breaks "users cannot read the directory" "chmod 700 \$hooks" "chmod 755 \$hooks" <<'END'
< ok       /etc/libvirt/hooks/qemu.d is there
> warning  /etc/libvirt/hooks/qemu.d has mode 0700: users' own libvirt daemons do not start; chmod 755 /etc/libvirt/hooks/qemu.d
END
	breaks "others may write to it" "chmod 777 \$hooks" "chmod 755 \$hooks" <<'END'
< ok       /etc/libvirt/hooks/qemu.d is there
> warning  /etc/libvirt/hooks/qemu.d has mode 0777: others may put hooks into it; chmod 755 /etc/libvirt/hooks/qemu.d
END
	breaks "no directory" "mv \$hooks \$hooks.away" "mv \$hooks.away \$hooks" <<'END'
< status 0
> status 1
< ok       /etc/libvirt/hooks/qemu.d is there
< ok       the hook is there (qemu.d/50-gpu-handoff)
< ok       no libvirt daemon runs: one that starts will see the hook
> error    there is no /etc/libvirt/hooks/qemu.d; install gpu-handoff again
END
	breaks "no hook" "rm \$hooks/50-gpu-handoff" \
		"ln -s /usr/sbin/gpu-handoff-qemu \$hooks/50-gpu-handoff" <<'END'
< status 0
> status 1
< ok       the hook is there (qemu.d/50-gpu-handoff)
< ok       no libvirt daemon runs: one that starts will see the hook
> error    qemu.d/50-gpu-handoff is missing: libvirt does not call gpu-handoff; ln -sf /usr/sbin/gpu-handoff-qemu /etc/libvirt/hooks/qemu.d/50-gpu-handoff
END
	breaks "a hook that leads nowhere" "ln -sf /usr/sbin/nothing \$hooks/50-gpu-handoff" \
		"ln -sf /usr/sbin/gpu-handoff-qemu \$hooks/50-gpu-handoff" <<'END'
< status 0
> status 1
< ok       the hook is there (qemu.d/50-gpu-handoff)
< ok       no libvirt daemon runs: one that starts will see the hook
> error    qemu.d/50-gpu-handoff leads nowhere: libvirt does not call gpu-handoff; ln -sf /usr/sbin/gpu-handoff-qemu /etc/libvirt/hooks/qemu.d/50-gpu-handoff
END
	breaks "the hook is something else" "ln -sf /bin/true \$hooks/50-gpu-handoff" \
		"ln -sf /usr/sbin/gpu-handoff-qemu \$hooks/50-gpu-handoff" <<'END'
< status 0
> status 1
< ok       the hook is there (qemu.d/50-gpu-handoff)
> error    qemu.d/50-gpu-handoff is not gpu-handoff-qemu; ln -sf /usr/sbin/gpu-handoff-qemu /etc/libvirt/hooks/qemu.d/50-gpu-handoff
END
	breaks "the hook cannot be executed" \
		"cp /bin/true $scratch/plain; chmod 644 $scratch/plain; mount --bind $scratch/plain /usr/sbin/gpu-handoff-qemu" \
		"umount /usr/sbin/gpu-handoff-qemu" <<'END'
< status 0
> status 1
< ok       the hook is there (qemu.d/50-gpu-handoff)
< ok       no libvirt daemon runs: one that starts will see the hook
> error    /usr/sbin/gpu-handoff-qemu cannot be executed: libvirt passes over it; chmod 755 /usr/sbin/gpu-handoff-qemu
END
	breaks "a copy that a package manager left" \
		"printf '#!/bin/sh\\n' >\$hooks/10-other.dpkg-old; chmod 755 \$hooks/10-other.dpkg-old" \
		"rm \$hooks/10-other.dpkg-old" <<'END'
> warning  libvirt runs qemu.d/10-other.dpkg-old, too, whatever it is called; rm /etc/libvirt/hooks/qemu.d/10-other.dpkg-old
END
	breaks "a copy that an editor left" \
		"printf '#!/bin/sh\\n' >\$hooks/10-other~; chmod 755 \$hooks/10-other~" \
		"rm \$hooks/10-other~" <<'END'
> warning  libvirt runs qemu.d/10-other~, too, whatever it is called; rm /etc/libvirt/hooks/qemu.d/10-other~
END
	breaks "one that is hidden" \
		"printf '#!/bin/sh\\n' >\$hooks/.10-other; chmod 755 \$hooks/.10-other" \
		"rm \$hooks/.10-other" <<'END'
> warning  libvirt runs qemu.d/.10-other, too, whatever it is called; rm /etc/libvirt/hooks/qemu.d/.10-other
END
	breaks "the hook twice" "ln -s /usr/sbin/gpu-handoff-qemu \$hooks/60-again" \
		"rm \$hooks/60-again" <<'END'
> warning  libvirt runs qemu.d/60-again, too, which is gpu-handoff once more; rm /etc/libvirt/hooks/qemu.d/60-again
END
	breaks "libvirt passes over it" \
		"printf '#!/bin/sh\\nvirsh list\\n' >\$hooks/10-other.dpkg-old" \
		"rm \$hooks/10-other.dpkg-old" </dev/null
	breaks "a hook that calls virsh" \
		"printf '#!/bin/sh\\n# no virt-xml here\\nvirsh list\\n' >\$hooks/../qemu; chmod 755 \$hooks/../qemu" \
		"rm \$hooks/../qemu" <<'END'
> warning  qemu calls virsh: libvirt would wait for itself for ever; do that without libvirt, it forbids it in hooks
END
	breaks "a hook that speaks of virsh" \
		"printf '#!/bin/sh\\n # virsh list\\nvirshell\\n' >\$hooks/../qemu; chmod 755 \$hooks/../qemu" \
		"rm \$hooks/../qemu" </dev/null
	breaks "a hook that moves devices" \
		"printf '#!/bin/sh\\necho vfio-pci >\$d/driver_override\\n' >\$hooks/10-other; chmod 755 \$hooks/10-other" \
		"rm \$hooks/10-other" <<'END'
> warning  qemu.d/10-other moves devices, too; leave the GPU to one of the two
END
	breaks "a hook that cannot be run" \
		"echo true >\$hooks/10-other; chmod 755 \$hooks/10-other" "rm \$hooks/10-other" <<'END'
< status 0
> status 1
> error    qemu.d/10-other cannot be run (no #! and no program): no guest starts; chmod -x /etc/libvirt/hooks/qemu.d/10-other
END
	breaks "a link to nothing" "ln -s nothing \$hooks/10-other" "rm \$hooks/10-other" <<'END'
> note     qemu.d/10-other leads nowhere; rm /etc/libvirt/hooks/qemu.d/10-other
END
	breaks "a daemon that has seen the hook" "daemon libvirtd" "kill \$pid; wait \$pid" <<'END'
< ok       no libvirt daemon runs: one that starts will see the hook
> ok       libvirtd was started when there was a hook already
END
	breaks "a daemon that is older than the hook" \
		"daemon virtqemud; later; touch -h \$hooks/50-gpu-handoff" "kill \$pid; wait \$pid" <<'END'
< ok       no libvirt daemon runs: one that starts will see the hook
> warning  virtqemud (pid PID) is older than the hook: it may call none if it was not reloaded since, which systemd does not tell; systemctl reload virtqemud, once
END
	breaks "and was not reloaded" \
		"daemon virtqemud; reloaded success 0; later; touch -h \$hooks/50-gpu-handoff" "not_reloaded" <<'END'
< ok       no libvirt daemon runs: one that starts will see the hook
> warning  virtqemud (pid PID) is older than the hook, and systemd knows of no reload since: it may call none; systemctl reload virtqemud, once
END
	breaks "or before the hook came" \
		"daemon virtqemud; reloaded success; later; touch -h \$hooks/50-gpu-handoff" "not_reloaded" <<'END'
< ok       no libvirt daemon runs: one that starts will see the hook
> warning  virtqemud (pid PID) is older than the hook, and systemd knows of no reload since: it may call none; systemctl reload virtqemud, once
END
	breaks "but was reloaded since" \
		"daemon virtqemud; later; touch -h \$hooks/50-gpu-handoff; later; reloaded success" "not_reloaded" <<'END'
< ok       no libvirt daemon runs: one that starts will see the hook
> ok       virtqemud was reloaded when there was a hook already
END
	breaks "the reload failed" \
		"daemon virtqemud; later; touch -h \$hooks/50-gpu-handoff; later; reloaded exit-code" "not_reloaded" <<'END'
< ok       no libvirt daemon runs: one that starts will see the hook
> warning  virtqemud (pid PID) is older than the hook: it may call none if it was not reloaded since, which systemd does not tell; systemctl reload virtqemud, once
END
	breaks "another was reloaded" \
		"daemon virtqemud; later; touch -h \$hooks/50-gpu-handoff; later; pid=1 reloaded success" "not_reloaded" <<'END'
< ok       no libvirt daemon runs: one that starts will see the hook
> warning  virtqemud (pid PID) is older than the hook: it may call none if it was not reloaded since, which systemd does not tell; systemctl reload virtqemud, once
END
	breaks "a daemon that is older than the hook, but not than another" \
		"printf '#!/bin/sh\\n' >\$hooks/10-other; chmod 755 \$hooks/10-other; later; daemon virtqemud; later; touch -h \$hooks/50-gpu-handoff" \
		"kill \$pid; wait \$pid; rm \$hooks/10-other" <<'END'
< ok       no libvirt daemon runs: one that starts will see the hook
> ok       virtqemud was started when there was a hook already
END
	breaks "a daemon that hangs" "hanging" "kill \$pid; wait \$pid; rm -r /run/libvirt" <<'END'
< warning  no libvirt daemon listens (no socket in /run/libvirt); systemctl start libvirtd (or virtqemud)
> warning  libvirt's daemon does not answer within 10 seconds: a hook may hang; see what its children do (pstree -p)
END
	mended
}

#: r720 : what_guests_need
what_guests_need() {
	installed
	file /sys/fs/selinux/enforce 0
	breaks "AppArmor" "file /sys/module/apparmor/parameters/enabled Y" <<'END'
> ok       AppArmor lets libvirt run what is in /usr/sbin
END
	breaks "AppArmor, and a hook elsewhere" \
		"mkdir /usr/lib/elsewhere; cp /bin/true /usr/lib/elsewhere/qemu; ln -sf /usr/lib/elsewhere/qemu \$hooks/50-gpu-handoff" \
		"ln -sf /usr/sbin/gpu-handoff-qemu \$hooks/50-gpu-handoff" <<'END'
< status 0
> status 1
< ok       the hook is there (qemu.d/50-gpu-handoff)
> error    qemu.d/50-gpu-handoff is not gpu-handoff-qemu; ln -sf /usr/sbin/gpu-handoff-qemu /etc/libvirt/hooks/qemu.d/50-gpu-handoff
< ok       AppArmor lets libvirt run what is in /usr/sbin
> error    AppArmor does not let libvirt run /usr/lib/elsewhere/qemu; install gpu-handoff with PREFIX=/usr
END
	breaks "SELinux" "tell 'set fs/selinux/enforce 1'" "tell 'set fs/selinux/enforce 0'" <<'END'
< ok       SELinux does not enforce
> warning  SELinux enforces: whether the hook may move devices depends on its policy; restorecon -R /etc/libvirt/hooks; then ausearch -m avc
END
	breaks "no KVM" "mount -t tmpfs tmpfs /sys/devices/virtual/misc" \
		"umount /sys/devices/virtual/misc" <<'END'
< ok       KVM is on
> warning  KVM is off: no /dev/kvm; switch on VT-x or SVM in the firmware's setup; modprobe kvm_intel (AMD: kvm_amd)
END
	breaks "no UEFI" "mv /usr/share/qemu/firmware /usr/share/qemu/away" \
		"mv /usr/share/qemu/away /usr/share/qemu/firmware" <<'END'
< ok       UEFI for guests is installed
> warning  no UEFI for guests is installed, which the dGPU needs; install ovmf (Fedora, Arch: edk2-ovmf)
END
	breaks "UEFI for another architecture alone" \
		"sed -i s/\$(uname -m)/sparc64/ /usr/share/qemu/firmware/60-edk2.json" \
		"sed -i s/sparc64/\$(uname -m)/ /usr/share/qemu/firmware/60-edk2.json" <<'END'
< ok       UEFI for guests is installed
> warning  no UEFI for guests is installed, which the dGPU needs; install ovmf (Fedora, Arch: edk2-ovmf)
END
	breaks "a table that QEMU cannot read" \
		"chmod 600 /usr/share/qemu/gpu-handoff/battery.aml" \
		"chmod 644 /usr/share/qemu/gpu-handoff/battery.aml" <<'END'
< ok       the ACPI tables for guests are there
> warning  QEMU cannot read the table /usr/share/qemu/gpu-handoff/battery.aml; install gpu-handoff again
END
	breaks "no tables" "mv /usr/share/qemu/gpu-handoff /usr/share/qemu/away" \
		"mv /usr/share/qemu/away /usr/share/qemu/gpu-handoff" <<'END'
< ok       the ACPI tables for guests are there
> warning  QEMU cannot read the table /usr/share/qemu/gpu-handoff/battery.aml; install gpu-handoff again
> warning  QEMU cannot read the table /usr/share/qemu/gpu-handoff/vbios.aml; install gpu-handoff again
END
	mended
}
