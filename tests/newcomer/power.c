/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the newcomer's guest runs instead of Windows: an EFI program that switches the machine off
 * when its power button is pressed. The registers are those of QEMU's q35 under OVMF.
 */
enum { STATUS = 0x600, ENABLE = 0x602, CONTROL = 0x604, BUTTON = 1 << 8, SLEEP = 1 << 13 };

static void out(unsigned short port, unsigned short value)
{
	__asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static unsigned short in(unsigned short port)
{
	unsigned short value;

	__asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

unsigned long __attribute__((ms_abi)) efi_main(void *image, void *table);
unsigned long __attribute__((ms_abi)) efi_main(void *image, void *table)
{
	(void)image;
	(void)table;
	out(ENABLE, BUTTON);
	while (!(in(STATUS)&BUTTON))
		__asm__ volatile("hlt");
	out(CONTROL, SLEEP);
	for (;;)
		__asm__ volatile("hlt");
}
