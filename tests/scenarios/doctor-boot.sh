# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2034,SC2154,SC2086
# What the doctor says when one thing of kernels, the configuration or the boot is broken.
# shellcheck source=tests/scenarios/doctor-lib.sh
. tests/scenarios/doctor-lib.sh

#: r720 : the_boot
the_boot() {
	. tests/scenarios/boot-lib.sh
	installed
	with_initramfs_tools
	breaks "no configuration" "rm /etc/gpu-handoff.conf" "conf '[handoff]'" <<'END'
< ok       /etc/gpu-handoff.conf is sound
> ok       there is no /etc/gpu-handoff.conf: the defaults hold
END
	breaks "an error in the configuration" "conf '[handoff]' 'colour = red'" \
		"conf '[handoff]'" <<'END'
< status 0
> status 1
< ok       /etc/gpu-handoff.conf is sound
< ok       the configuration wants nothing at boot
< ok       the images of the initramfs (initramfs-tools) are fresh
< ok       the kernel arguments are as they shall be
> error    /etc/gpu-handoff.conf, line 2: unknown setting colour; see gpu-handoff.conf(5)
END
	breaks "others may write the configuration" "chmod 666 /etc/gpu-handoff.conf" \
		"chmod 644 /etc/gpu-handoff.conf" <<'END'
< status 0
> status 1
< ok       /etc/gpu-handoff.conf is sound
< ok       the configuration wants nothing at boot
< ok       the images of the initramfs (initramfs-tools) are fresh
< ok       the kernel arguments are as they shall be
> error    /etc/gpu-handoff.conf must be a regular file of root that only root may write; run chown root: and chmod 644 on it
END
	breaks "another card sits at the address" "conf '[gpu 0000:01:00.0]' 'id = 10de:1c8c'" \
		"conf '[handoff]'" <<'END'
< status 0
> status 1
> error    0000:01:00.0 is 10de:1c8d, not 10de:1c8c as [gpu 0000:01:00.0] says; correct gpu-handoff.conf(5) and the guests: lspci -Dnn
END
	breaks "the module of its driver is gone" \
		"mv /lib/modules/$kernel/kernel/nvidia.ko $scratch; depmod" \
		"mv $scratch/nvidia.ko /lib/modules/$kernel/kernel; depmod" <<'END'
> warning  0000:01:00.0 is on nvidia, whose module nvidia is not installed any more: it may not come back; install it again for this kernel, or reboot
END
	breaks "the module of its driver is switched off" \
		"echo install nvidia /bin/false >/etc/modprobe.d/test.conf" \
		"rm /etc/modprobe.d/test.conf" <<'END'
> warning  0000:01:00.0 is on nvidia, whose module nvidia is switched off in modprobe.d: it may not come back; find the line with modprobe -c
END
	breaks "the modules of the kernel that runs are gone" \
		"mv /lib/modules/\$kernel /lib/modules/away" \
		"mv /lib/modules/away /lib/modules/\$kernel" <<'END'
< status 0
> status 1
< ok       vfio-pci can be loaded; the start of a guest does it
> note     vfio-pci is not loaded; whether it could be is not known
< ok       kvmgt can be loaded; the start of a guest with a vGPU does it
> note     kvmgt is not loaded; whether it could be is not known
< ok       the modules of kernel KERNEL, which runs, are there
< ok       kernel KERNEL has vfio-pci and kvmgt
> error    the modules of kernel KERNEL, which runs, are gone; reboot into the kernel that is installed
> ok       kernel away has vfio-pci and kvmgt
< ok       the images of the initramfs (initramfs-tools) are fresh
> note     whether the images of the initramfs (initramfs-tools) are fresh is not known: no installed kernel has one that is found
END
	breaks "another kernel without modules" "another" "rm -r /lib/modules/6.99-other" <<'END'
< status 0
> status 1
> error    kernel 6.99-other has no vfio-pci and no kvmgt; do not boot it, or install its modules
END
	breaks "files are missing" "conf '[gpu 10de:1c8d]' 'reserve = boot'" \
		"conf '[handoff]'" <<'END'
< status 0
> status 1
< ok       the configuration wants nothing at boot
> error    /etc/modprobe.d/gpu-handoff.conf is missing; gpu-handoff boot apply
> warning  0000:01:00.0 is on nvidia, and is reserved for guests; reboot
> warning  0000:01:00.1 is on snd_hda_intel, and is reserved for guests; reboot
END
	conf '[gpu 10de:1c8d]' 'reserve = boot'
	gpu-handoff boot apply >$scratch/out 2>&1
	base=
	breaks "a file differs" "echo '# more' >>/etc/modprobe.d/gpu-handoff.conf" \
		"sed -i '\$d' /etc/modprobe.d/gpu-handoff.conf; touch -d 2020-01-01 /etc/modprobe.d/gpu-handoff.conf" <<'END'
< status 0
> status 1
< ok       what the configuration wants at boot is written down
> error    /etc/modprobe.d/gpu-handoff.conf is not what the configuration asks for; gpu-handoff boot apply
END
	breaks "files that nobody wants any more" "conf '[handoff]'" \
		"conf '[gpu 10de:1c8d]' 'reserve = boot'" <<'END'
< status 0
> status 1
< ok       what the configuration wants at boot is written down
> error    /etc/modprobe.d/gpu-handoff.conf is not wanted any more; gpu-handoff boot apply
< warning  0000:01:00.0 is on nvidia, and is reserved for guests; reboot
< warning  0000:01:00.1 is on snd_hda_intel, and is reserved for guests; reboot
END
	breaks "an old image" "touch -d 2001-01-01 /boot/initrd.img-\$kernel" \
		"touch /boot/initrd.img-\$kernel" <<'END'
< status 0
> status 1
< ok       the images of the initramfs (initramfs-tools) are fresh
> error    /boot/initrd.img-KERNEL is older than /etc/modprobe.d/gpu-handoff.conf; gpu-handoff boot apply
END
	breaks "no image that is found" "mv /boot/initrd.img-\$kernel $scratch/image" \
		"mv $scratch/image /boot/initrd.img-\$kernel" <<'END'
< ok       the images of the initramfs (initramfs-tools) are fresh
> note     whether the images of the initramfs (initramfs-tools) are fresh is not known: no installed kernel has one that is found
END
	breaks "an apply that was cut off" \
		"mkdir -p /var/lib/gpu-handoff; printf '%s\\n' 'gpu-handoff boot 1' pending >/var/lib/gpu-handoff/boot" \
		"rm /var/lib/gpu-handoff/boot" <<'END'
< status 0
> status 1
< ok       the images of the initramfs (initramfs-tools) are fresh
> error    files of the initramfs were changed, and the images were not made anew; gpu-handoff boot apply
END
	breaks "a state of another version" \
		"echo 'gpu-handoff boot 2' >/var/lib/gpu-handoff/boot" "rm /var/lib/gpu-handoff/boot" <<'END'
< status 0
> status 1
< ok       what the configuration wants at boot is written down
< ok       the images of the initramfs (initramfs-tools) are fresh
< ok       the kernel arguments are as they shall be
< warning  0000:01:00.0 is on nvidia, and is reserved for guests; reboot
< warning  0000:01:00.1 is on snd_hda_intel, and is reserved for guests; reboot
> error    /var/lib/gpu-handoff/boot is of another version of gpu-handoff; use that one, or remove the file if you do not know it
END
	breaks "vfio-pci has ids from elsewhere" \
		"echo options vfio-pci ids=10de:1c8d >/etc/modprobe.d/recipe.conf" \
		"rm /etc/modprobe.d/recipe.conf" <<'END'
> warning  /etc/modprobe.d/recipe.conf gives vfio-pci ids=: these cards never come back to the host; take it out; reserve=boot in gpu-handoff.conf(5) if you want that
END
	breaks "the IOMMU needs an argument" \
		"mount -t tmpfs tmpfs /sys/class/iommu; cmdline quiet" \
		"umount /sys/class/iommu; umount /proc/cmdline" <<'END'
< status 0
> status 1
< ok       the IOMMU is on (dmar0)
> error    no IOMMU is on; boot with intel_iommu=on (gpu-handoff boot apply)
< ok       the kernel arguments are as they shall be
> error    gpu-handoff boot leaves this to you; add intel_iommu=on to the kernel command line in your boot loader's configuration
END
	with_grub
	breaks "GRUB has to give it" "mount -t tmpfs tmpfs /sys/class/iommu; cmdline quiet" \
		"umount /sys/class/iommu; umount /proc/cmdline" <<'END'
< status 0
> status 1
< ok       the IOMMU is on (dmar0)
> error    no IOMMU is on; boot with intel_iommu=on (gpu-handoff boot apply)
< ok       what the configuration wants at boot is written down
> error    /etc/default/grub.d/gpu-handoff.cfg is missing; gpu-handoff boot apply
< ok       the kernel arguments are as they shall be
END
	mount -t tmpfs tmpfs /sys/class/iommu
	cmdline quiet
	gpu-handoff boot apply >$scratch/out 2>&1
	base=
	breaks "an old configuration of GRUB" "touch -d 2001-01-01 /boot/grub/grub.cfg" \
		"touch /boot/grub/grub.cfg" <<'END'
< ok       the kernel arguments are as they shall be
> error    GRUB's configuration is older than /etc/default/grub.d/gpu-handoff.cfg; gpu-handoff boot apply
END
	mended
}

#: r720 : the_boot_by_grubby
the_boot_by_grubby() {
	. tests/scenarios/boot-lib.sh
	installed
	with_dracut
	with_grubby
	conf '[gpu 10de:1c8d]' 'reserve = boot'
	gpu-handoff boot apply >$scratch/out 2>&1
	breaks "grubby has to add an argument" \
		"mount -t tmpfs tmpfs /sys/class/iommu; cmdline quiet" \
		"umount /sys/class/iommu; umount /proc/cmdline" <<'END'
< status 0
> status 1
< ok       the IOMMU is on (dmar0)
> error    no IOMMU is on; boot with intel_iommu=on (gpu-handoff boot apply)
< ok       the kernel arguments are as they shall be
> error    the kernel argument intel_iommu=on is missing; gpu-handoff boot apply
END
	breaks "an argument that nobody wants any more" \
		"cp /var/lib/gpu-handoff/boot $scratch; echo argument kvm.ignore_msrs=1 >>/var/lib/gpu-handoff/boot" \
		"cp $scratch/boot /var/lib/gpu-handoff" <<'END'
< ok       the kernel arguments are as they shall be
> warning  the kernel argument kvm.ignore_msrs=1 is not wanted any more; gpu-handoff boot apply
END
	mended
}

#: r720 --without vfio_virqfd : modules_of_old
modules_of_old() {
	installed
	breaks "mkinitcpio names a module that is a part of another now" \
		"echo 'MODULES=(vfio_pci vfio vfio_iommu_type1 vfio_virqfd)' >/etc/mkinitcpio.conf" \
		"rm /etc/mkinitcpio.conf" <<'END'
< status 0
> status 1
> error    /etc/mkinitcpio.conf names vfio_virqfd, which kernel KERNEL has not: its image cannot be made; take it out; gpu-handoff boot apply names what each kernel has
END
	breaks "it is a comment" \
		"echo 'MODULES=(vfio_pci) # no vfio_virqfd' >/etc/mkinitcpio.conf" \
		"rm /etc/mkinitcpio.conf" </dev/null
	breaks "modules-load.d names one, spelled otherwise" \
		"mkdir /etc/modules-load.d; printf '%s\n' kvmgt vfio-iommu-type1 vfio-mdev >/etc/modules-load.d/recipe.conf" \
		"rm -r /etc/modules-load.d" <<'END'
> warning  /etc/modules-load.d/recipe.conf names vfio_mdev, which kernel KERNEL has not; take it out; gpu-handoff boot apply names what each kernel has
END
	breaks "systemd passes over that file" \
		"mkdir /etc/modules-load.d; echo vfio-mdev >/etc/modules-load.d/recipe" \
		"rm -r /etc/modules-load.d" </dev/null
	mended
}
