/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Stand-in .ko files: relocatable ELF with what depmod and libkmod read. Each exports one symbol
 * and needs those of the modules that it depends on.
 */
#include <elf.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "model.h"

enum { NONE, MODINFO, EXPORTS, SYMBOLS, STRINGS, NAMES, SECTIONS };

static const char section_names[] = "\0.modinfo\0__ksymtab_strings\0.symtab\0.strtab\0.shstrtab";

struct bytes {
	char *text;
	size_t length;
	FILE *out;
};

static void bytes_open(struct bytes *b)
{
	b->out = open_memstream(&b->text, &b->length);
	if (!b->out)
		err(125, "open_memstream");
}

/* PREFIX: "MODULE." in modules.builtin.modinfo */
static void print_aliases(const struct module *m, const char *prefix, FILE *out)
{
	for (const struct driver *d = machine.drivers; d; d = d->next) {
		for (const struct id *id = d->ids; d->module == m && id; id = id->next) {
			fprintf(out, "%salias=%s:v", prefix, d->vfio ? "vfio_pci" : "pci");
			fprintf(out, id->vendor < 0 ? "*" : "%08X", (unsigned int)id->vendor);
			fprintf(out, id->device < 0 ? "d*" : "d%08X", (unsigned int)id->device);
			fprintf(out, "sv*sd*");
			if (id->class < 0)
				fprintf(out, "bc*sc*");
			else
				fprintf(out, "bc%02Xsc%02X", (unsigned int)id->class >> 8,
					(unsigned int)id->class & 0xff);
			fprintf(out, "i*%c", '\0');
		}
	}
}

static void print_modinfo(const struct module *m, FILE *out)
{
	fprintf(out, "license=GPL%cdepends=%s%cname=%s%cintree=Y%c", '\0', m->needs, '\0', m->name,
		'\0', '\0');
	if (m->post) {
		char *text = text_of("%s", m->post);

		for (char *comma = text; (comma = strchr(comma, ','));)
			*comma = ' ';
		fprintf(out, "softdep=post: %s%c", text, '\0');
		free(text);
	}
	print_aliases(m, "", out);
}

static void add_symbol(struct bytes *symbols, struct bytes *strings, const char *name, int section)
{
	Elf64_Sym symbol = {.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE)};

	fflush(strings->out);
	symbol.st_name = (Elf64_Word)strings->length;
	symbol.st_shndx = (Elf64_Section)section;
	fwrite(&symbol, sizeof(symbol), 1, symbols->out);
	fprintf(strings->out, "laptop_%s%c", name, '\0');
}

static void print_symbols(const struct module *m, struct bytes *symbols, struct bytes *strings)
{
	static const Elf64_Sym none;
	char *needs = text_of("%s", m->needs), *save;

	fwrite(&none, sizeof(none), 1, symbols->out);
	fputc('\0', strings->out);
	add_symbol(symbols, strings, m->name, EXPORTS);
	for (char *word = strtok_r(needs, ",", &save); word; word = strtok_r(NULL, ",", &save))
		add_symbol(symbols, strings, word, SHN_UNDEF);
	free(needs);
}

static void write_module(const struct module *m, FILE *file)
{
	struct bytes part[SECTIONS] = {0};
	Elf64_Ehdr header = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			EV_CURRENT},
		.e_type = ET_REL,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_shoff = sizeof(header),
		.e_ehsize = sizeof(header),
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = SECTIONS,
		.e_shstrndx = NAMES,
	};
	Elf64_Shdr section[SECTIONS] = {
		[MODINFO] = {.sh_type = SHT_PROGBITS, .sh_flags = SHF_ALLOC},
		[EXPORTS] = {.sh_type = SHT_PROGBITS, .sh_flags = SHF_ALLOC},
		[SYMBOLS] = {.sh_type = SHT_SYMTAB,
			.sh_link = STRINGS,
			.sh_info = 1,
			.sh_entsize = sizeof(Elf64_Sym)},
		[STRINGS] = {.sh_type = SHT_STRTAB},
		[NAMES] = {.sh_type = SHT_STRTAB},
	};
	size_t at = sizeof(header) + sizeof(section);
	const char *name = section_names + 1;

	for (int i = MODINFO; i < SECTIONS; i++)
		bytes_open(&part[i]);
	print_modinfo(m, part[MODINFO].out);
	fprintf(part[EXPORTS].out, "laptop_%s%c", m->name, '\0');
	print_symbols(m, &part[SYMBOLS], &part[STRINGS]);
	fwrite(section_names, sizeof(section_names), 1, part[NAMES].out);
	for (int i = MODINFO; i < SECTIONS; i++) {
		fclose(part[i].out);
		section[i].sh_name = (Elf64_Word)(name - section_names);
		section[i].sh_offset = at;
		section[i].sh_size = part[i].length;
		section[i].sh_addralign = 1;
		at += part[i].length;
		name += strlen(name) + 1;
	}
	fwrite(&header, sizeof(header), 1, file);
	fwrite(section, sizeof(section), 1, file);
	for (int i = MODINFO; i < SECTIONS; i++) {
		fwrite(part[i].text, 1, part[i].length, file);
		free(part[i].text);
	}
}

static FILE *create(const char *directory, const char *name)
{
	char *path = text_of("%s/%s", directory, name);
	FILE *file = fopen(path, "we");

	if (!file)
		err(125, "%s", path);
	free(path);
	return file;
}

static void print_builtin(const struct module *m, FILE *out)
{
	char *prefix = text_of("%s.", m->name);

	fprintf(out, "%slicense=GPL%c", prefix, '\0');
	print_aliases(m, prefix, out);
	free(prefix);
}

void modulefiles_write(const char *directory)
{
	FILE *order, *builtin, *modinfo;
	char *folder = text_of("%s/kernel", directory);

	if (mkdir(folder, 0755))
		err(125, "%s", folder);
	order = create(directory, "modules.order");
	builtin = create(directory, "modules.builtin");
	modinfo = create(directory, "modules.builtin.modinfo");
	for (const struct module *m = machine.modules; m; m = m->next) {
		char *name = text_of("%s.ko", m->name);
		FILE *file;

		if (m->builtin) {
			fprintf(builtin, "kernel/%s\n", name);
			print_builtin(m, modinfo);
		} else if (!m->absent) {
			fprintf(order, "kernel/%s\n", name);
			file = create(folder, name);
			write_module(m, file);
			fclose(file);
		}
		free(name);
	}
	fclose(order);
	fclose(builtin);
	fclose(modinfo);
	free(folder);
}
