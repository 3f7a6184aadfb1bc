# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2034,SC2154,SC2086
# What the doctor says when one thing of the IOMMU or of vGPUs is broken.
# shellcheck source=tests/scenarios/doctor-lib.sh
. tests/scenarios/doctor-lib.sh

#: r720 : the_iommu
the_iommu() {
	installed
	breaks "VT-d is off in the firmware" "mount -t tmpfs tmpfs /sys/firmware/acpi/tables" \
		"umount /sys/firmware/acpi/tables" <<'END'
< status 0
> status 1
< ok       VT-d is on in the firmware (ACPI table DMAR)
> error    the firmware shows no IOMMU (no ACPI table DMAR); switch on VT-d in the firmware's setup
END
	breaks "no IOMMU is on" "mount -t tmpfs tmpfs /sys/class/iommu" \
		"umount /sys/class/iommu" <<'END'
< status 0
> status 1
< ok       the IOMMU is on (dmar0)
> error    no IOMMU is on; boot with intel_iommu=on (gpu-handoff boot apply)
END
	breaks "a kernel argument switches it off" \
		"cmdline 'quiet intel_iommu=on intel_iommu=off'" "umount /proc/cmdline" <<'END'
< status 0
> status 1
< ok       no kernel argument switches it off
> error    the kernel's command line says intel_iommu=off; take it out of the boot loader's configuration
END
	breaks "the later argument counts" "cmdline 'intel_iommu=off intel_iommu=on'" \
		"umount /proc/cmdline" </dev/null
	breaks "an isolation that is not there" \
		"cmdline pcie_acs_override=downstream,multifunction" "umount /proc/cmdline" <<'END'
> warning  pcie_acs_override=downstream,multifunction shows an isolation of groups that is not there; boot without it, and use the groups that the hardware has
END
	breaks "module_blacklist" "cmdline module_blacklist=nouveau,vfio_pci" \
		"umount /proc/cmdline" <<'END'
< status 0
> status 1
> error    the kernel argument module_blacklist= has vfio_pci; take it out of the boot loader's configuration
END
	breaks "vfio-pci is blacklisted" "echo blacklist vfio-pci >/etc/modprobe.d/test.conf" \
		"rm /etc/modprobe.d/test.conf" <<'END'
< status 0
> status 1
< ok       vfio-pci can be loaded; the start of a guest does it
> error    vfio-pci is switched off in modprobe.d (blacklist or install); find the line with modprobe -c and remove it
END
	breaks "a stranger in the group" "tell 'group 0000:02:00.0 1'" \
		"tell 'group 0000:02:00.0 7'" <<'END'
< status 0
> status 1
< ok       0000:01:00.0: nobody else's device is in IOMMU group 1
> error    0000:01:00.0: IOMMU group 1 also holds 0000:02:00.0 [8086:24fd], which the host would lose; move the card to another slot, or set group-allow= in gpu-handoff.conf(5) if it may go
END
	breaks "a stranger that may go" \
		"tell 'group 0000:02:00.0 1'; conf '[handoff]' 'group-allow = 8086:24fd'" \
		"tell 'group 0000:02:00.0 7'; conf '[handoff]'" </dev/null
	breaks "a part of the slot is a stranger" "conf '[handoff]' 'slot = named'" \
		"conf '[handoff]'" <<'END'
< status 0
> status 1
< ok       0000:01:00.0: nobody else's device is in IOMMU group 1
> error    0000:01:00.0: IOMMU group 1 also holds 0000:01:00.1 [10de:0fb9], which the host would lose; set slot=whole in gpu-handoff.conf(5), or group-allow= if it may go
< ok       along with 0000:01:00.0 goes 0000:01:00.1 (snd_hda_intel)
> warning  slot=named: 0000:01:00.1 (snd_hda_intel) stays with the host when 0000:01:00.0 goes; set slot=whole in gpu-handoff.conf(5), or name it in the guest
END
	modprobe vfio_pci
	base=
	breaks "vfio without isolation" \
		"tell 'set module/vfio/parameters/enable_unsafe_noiommu_mode Y'" \
		"tell 'set module/vfio/parameters/enable_unsafe_noiommu_mode N'" <<'END'
< status 0
> status 1
< ok       vfio insists on isolation
> error    vfio runs without isolation (enable_unsafe_noiommu_mode); echo N >/sys/module/vfio/parameters/enable_unsafe_noiommu_mode
END
	breaks "no groups" "tell no-iommu" <<'END'
< status 0
> status 1
< ok       the IOMMU is on (dmar0)
> error    no IOMMU is on; boot with intel_iommu=on (gpu-handoff boot apply)
< ok       0000:01:00.0: nobody else's device is in IOMMU group 1
> error    0000:01:00.0 has no IOMMU group; see what is said of the IOMMU above
END
	mended
}

#: r720 : virtual_gpus
virtual_gpus() {
	installed
	file /sys/module/kvm/parameters/ignore_msrs Y
	breaks "another generation" "tell 'set 0000:00:02.0/device 0x9a49'" \
		"tell 'set 0000:00:02.0/device 0x591b'" <<'END'
< ok       0000:00:02.0 [8086:591b] is of a generation with GVT-g
< ok       0000:00:02.0 is on i915
< ok       i915.enable_gvt is on
< ok       GuC submission is not asked for (enable_guc=0)
< ok       kvmgt can be loaded; the start of a guest with a vGPU does it
< note     0000:00:02.0 makes no vGPUs yet: kvmgt is not loaded
< ok       its aperture has 256 MiB
< ok       KVM ignores registers that it does not know
> note     no vGPUs: 0000:00:02.0 [8086:9a49] is of a generation without GVT-g (it has it from Broadwell to Comet Lake)
< ok       kernel KERNEL has vfio-pci and kvmgt
> ok       kernel KERNEL has vfio-pci
END
	breaks "another generation, and vGPUs are wanted" \
		"tell 'set 0000:00:02.0/device 0x9a49'; conf '[vgpu $vgpu]'" \
		"tell 'set 0000:00:02.0/device 0x591b'; conf '[handoff]'" <<'END'
< status 0
> status 1
< ok       0000:00:02.0 [8086:591b] is of a generation with GVT-g
< ok       0000:00:02.0 is on i915
< ok       i915.enable_gvt is on
< ok       GuC submission is not asked for (enable_guc=0)
< ok       kvmgt can be loaded; the start of a guest with a vGPU does it
< note     0000:00:02.0 makes no vGPUs yet: kvmgt is not loaded
< ok       its aperture has 256 MiB
< ok       KVM ignores registers that it does not know
> error    no vGPUs: 0000:00:02.0 [8086:9a49] is of a generation without GVT-g (it has it from Broadwell to Comet Lake)
< ok       kernel KERNEL has vfio-pci and kvmgt
> ok       kernel KERNEL has vfio-pci
< ok       the configuration wants nothing at boot
> error    /etc/modprobe.d/gpu-handoff.conf is missing; gpu-handoff boot apply
> note     vGPUs are configured, but this host has no GPU that makes them (GVT-g needs an Intel GPU from Broadwell to Comet Lake)
END
	breaks "no Intel GPU" "tell 'set 0000:00:02.0/vendor 0x1002'" \
		"tell 'set 0000:00:02.0/vendor 0x8086'" <<'END'
< ok       0000:00:02.0 [8086:591b] is of a generation with GVT-g
< ok       0000:00:02.0 is on i915
< ok       i915.enable_gvt is on
< ok       GuC submission is not asked for (enable_guc=0)
< ok       kvmgt can be loaded; the start of a guest with a vGPU does it
< note     0000:00:02.0 makes no vGPUs yet: kvmgt is not loaded
< ok       its aperture has 256 MiB
< ok       KVM ignores registers that it does not know
> note     no vGPUs: this host has no Intel GPU
< ok       kernel KERNEL has vfio-pci and kvmgt
> ok       kernel KERNEL has vfio-pci
END
	breaks "it is not on i915" "tell 'unbind 0000:00:02.0'" \
		"tell 'bind 0000:00:02.0 i915'" <<'END'
< ok       0000:00:02.0 is on i915
< ok       i915.enable_gvt is on
< ok       GuC submission is not asked for (enable_guc=0)
< ok       kvmgt can be loaded; the start of a guest with a vGPU does it
< note     0000:00:02.0 makes no vGPUs yet: kvmgt is not loaded
< ok       its aperture has 256 MiB
< ok       KVM ignores registers that it does not know
> warning  0000:00:02.0 is on no driver, not i915: no vGPUs; modprobe i915; echo 0000:00:02.0 >/sys/bus/pci/drivers_probe
END
	breaks "its driver is to be another" \
		"tell 'unbind 0000:00:02.0'; echo vfio-pci >$sys/0000:00:02.0/driver_override" \
		"echo >$sys/0000:00:02.0/driver_override; tell 'bind 0000:00:02.0 i915'" <<'END'
< ok       0000:00:02.0 is on i915
< ok       i915.enable_gvt is on
< ok       GuC submission is not asked for (enable_guc=0)
< ok       kvmgt can be loaded; the start of a guest with a vGPU does it
< note     0000:00:02.0 makes no vGPUs yet: kvmgt is not loaded
< ok       its aperture has 256 MiB
< ok       KVM ignores registers that it does not know
> warning  0000:00:02.0 is on no driver, not i915: no vGPUs; gpu-handoff give-back --all, once no guest has it
END
	breaks "enable_gvt is off" "tell 'set module/i915/parameters/enable_gvt N'" \
		"tell 'set module/i915/parameters/enable_gvt Y'" <<'END'
< ok       i915.enable_gvt is on
> warning  i915.enable_gvt is off; boot with i915.enable_gvt=1 (gpu-handoff boot apply does it)
END
	breaks "enable_gvt is off, and vGPUs are wanted" \
		"tell 'set module/i915/parameters/enable_gvt N'; conf '[vgpu $vgpu]'" \
		"tell 'set module/i915/parameters/enable_gvt Y'; conf '[handoff]'" <<'END'
< status 0
> status 1
< ok       i915.enable_gvt is on
> error    i915.enable_gvt is off; boot with i915.enable_gvt=1 (gpu-handoff boot apply does it)
< ok       the configuration wants nothing at boot
> error    /etc/modprobe.d/gpu-handoff.conf is missing; gpu-handoff boot apply
> error    /etc/modules-load.d/gpu-handoff.conf is missing; gpu-handoff boot apply
END
	breaks "enable_gvt is root's" "tell 'fail-read */enable_gvt EACCES'" \
		"tell clear-faults" <<'END'
< ok       i915.enable_gvt is on
> note     only root may read i915.enable_gvt; the kernel's command line says 1
END
	breaks "no enable_gvt" "tell 'fail-read */enable_gvt ENOENT'" "tell clear-faults" <<'END'
< ok       i915.enable_gvt is on
> warning  this kernel's i915 has no GVT-g; boot a kernel with CONFIG_DRM_I915_GVT
END
	breaks "GuC submission" "tell 'set module/i915/parameters/enable_guc 3'" \
		"tell 'set module/i915/parameters/enable_guc 0'" <<'END'
< ok       GuC submission is not asked for (enable_guc=0)
> warning  i915 submits through the GuC (enable_guc=3): GVT-g refuses that; boot with i915.enable_guc=0
END
	breaks "GuC loads HuC alone" "tell 'set module/i915/parameters/enable_guc 2'" \
		"tell 'set module/i915/parameters/enable_guc 0'" <<'END'
< ok       GuC submission is not asked for (enable_guc=0)
> ok       GuC submission is not asked for (enable_guc=2)
END
	breaks "kvmgt is blacklisted" "echo blacklist kvmgt >/etc/modprobe.d/test.conf" \
		"rm /etc/modprobe.d/test.conf" <<'END'
< ok       kvmgt can be loaded; the start of a guest with a vGPU does it
> warning  kvmgt is switched off in modprobe.d (blacklist or install); find the line with modprobe -c and remove it
END
	breaks "a small aperture" "aperture 128" "aperture 256" <<'END'
< ok       its aperture has 256 MiB
> warning  its aperture has 128 MiB: 128 are the host's, a vGPU takes at least 64; make the aperture larger in the firmware's setup
END
	breaks "virtual functions" "file $sys/0000:00:02.0/sriov_numvfs 2" \
		"tell 'set 0000:00:02.0/sriov_numvfs 0'" <<'END'
> warning  0000:00:02.0 has 2 virtual functions: no GVT-g beside them; echo 0 >/sys/bus/pci/devices/0000:00:02.0/sriov_numvfs
END
	breaks "KVM stops at unknown registers" \
		"tell 'set module/kvm/parameters/ignore_msrs N'" \
		"tell 'set module/kvm/parameters/ignore_msrs Y'" <<'END'
< ok       KVM ignores registers that it does not know
> note     kvm.ignore_msrs is off: Windows may stop at a register that KVM does not know; echo 1 >/sys/module/kvm/parameters/ignore_msrs (gpu-handoff boot apply keeps it)
END
	breaks "kvmgt beside nvidia" "modprobe kvmgt" <<'END'
> ok       vfio insists on isolation
< ok       kvmgt can be loaded; the start of a guest with a vGPU does it
< note     0000:00:02.0 makes no vGPUs yet: kvmgt is not loaded
> ok       kvmgt is loaded
> ok       0000:00:02.0 makes vGPUs
> ok       0000:00:02.0 has room for i915-GVTg_V5_4 1, i915-GVTg_V5_8 2
> note     kvmgt and nvidia are both loaded: one host was reported to hang with that
END
	breaks "a vGPU takes the room" \
		"echo $vgpu >/sys/class/mdev_bus/0000:00:02.0/mdev_supported_types/i915-GVTg_V5_4/create" <<'END'
< ok       0000:00:02.0 has room for i915-GVTg_V5_4 1, i915-GVTg_V5_8 2
> note     0000:00:02.0 has no room for another vGPU; stop a guest that has one, or remove one that nobody uses (gpu-handoff status)
> note     nobody uses vGPU af5972fb-5530-41a7-0000-fd836204445b (i915-GVTg_V5_4); gpu-handoff vgpu remove af5972fb-5530-41a7-0000-fd836204445b, if nobody will
END
	breaks "mdevctl has a definition" \
		"mkdir -p /etc/mdevctl.d/0000:00:02.0; touch /etc/mdevctl.d/0000:00:02.0/$vgpu" \
		"rm -r /etc/mdevctl.d" <<'END'
> note     mdevctl has a definition of af5972fb-5530-41a7-0000-fd836204445b: it stays when its guest ends
< note     nobody uses vGPU af5972fb-5530-41a7-0000-fd836204445b (i915-GVTg_V5_4); gpu-handoff vgpu remove af5972fb-5530-41a7-0000-fd836204445b, if nobody will
END
	breaks "a parent that makes nothing" "mount -t tmpfs tmpfs /sys/class/mdev_bus" \
		"umount /sys/class/mdev_bus" <<'END'
< ok       0000:00:02.0 makes vGPUs
< note     0000:00:02.0 has no room for another vGPU; stop a guest that has one, or remove one that nobody uses (gpu-handoff status)
> warning  0000:00:02.0 makes no vGPUs although kvmgt is loaded; see what dmesg says of gvt (GuC, firmware, generation)
END
	mended
}

#: r720 --without vfio_pci : no_vfio
no_vfio() {
	installed
	same "no vfio-pci at all" "  error    kernel KERNEL has no module vfio-pci; install its modules, or a kernel \
with CONFIG_VFIO_PCI
  error    kernel KERNEL has no vfio-pci; do not boot it, or install its modules" \
		"$(doctor | grep "^  error")"
}
