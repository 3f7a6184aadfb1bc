/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Domains with what libvirt has for QEMU alone, as it writes them. */

#define ROOT "<domain xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n"
#define DEVICE(alias, properties)                                                                  \
	"    <qemu:device alias='" alias "'>\n      <qemu:frontend>\n" properties                  \
	"      </qemu:frontend>\n    </qemu:device>\n"
#define PROPERTY(name, type, value)                                                                \
	"        <qemu:property name='" name "' type='" type "' value='" value "'/>\n"
#define OVERRIDE(devices) "  <qemu:override>\n" devices "  </qemu:override>\n"
#define ARG(value)	  "    <qemu:arg value='" value "'/>\n"
#define ARGS(args)	  "  <qemu:commandline>\n" args "  </qemu:commandline>\n"
#define END		  "</domain>\n"
