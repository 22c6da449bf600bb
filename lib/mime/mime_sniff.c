/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A file's type by its first bytes, whatever its name and its header say. In: the first bytes (the
 * more the better; 4 KiB do for most); out: a media type, or nothing. inspect calls this with
 * the first BODY bytes of a part. The marks are those that the formats' own documents give.
 */
#include "mime.h"

struct mark {
	uint16_t at;
	uint8_t len;
	const char *bytes;
	const char *type;
};

#define MARK(at, bytes, type)                                                                      \
	{                                                                                          \
		at, sizeof(bytes) - 1, bytes, type                                                 \
	}

/* Longer marks before shorter ones that they begin with. */
static const struct mark marks[] = {
	MARK(0, "%PDF-", "application/pdf"),
	MARK(0, "MZ", "application/x-dosexec"),
	MARK(0,
	     "\x7f"
	     "ELF",
	     "application/x-executable"),
	MARK(0, "\xcf\xfa\xed\xfe", "application/x-mach-o"),
	MARK(0, "\xce\xfa\xed\xfe", "application/x-mach-o"),
	MARK(0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
	MARK(0, "Rar!\x1a\x07", "application/x-rar"),
	MARK(0, "7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
	MARK(0, "\x1f\x8b\x08", "application/gzip"),
	MARK(0, "BZh", "application/x-bzip2"),
	MARK(0,
	     "\xfd"
	     "7zXZ\0",
	     "application/x-xz"),
	MARK(0, "\x28\xb5\x2f\xfd", "application/zstd"),
	MARK(0, "MSCF", "application/vnd.ms-cab-compressed"),
	MARK(0, "ITSF", "application/vnd.ms-htmlhelp"),
	MARK(0, "\x60\xea", "application/x-arj"),
	MARK(2, "-lh5-", "application/x-lzh-compressed"),
	MARK(0, "**ACE**", "application/x-ace-compressed"),
	MARK(7, "**ACE**", "application/x-ace-compressed"),
	MARK(257, "ustar", "application/x-tar"),
	MARK(0, "L\0\0\0\x01\x14\x02\0", "application/x-ms-shortcut"),
	MARK(0, "{\\rtf", "text/rtf"),
	MARK(0, "\x78\x9f\x3e\x22", "application/vnd.ms-tnef"),
	MARK(0, "!BDN", "application/vnd.ms-outlook"),
	MARK(0, "\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", "application/onenote"),
	MARK(0, "\xca\xfe\xba\xbe", "application/java-vm"),
	MARK(0,
	     "\x00"
	     "asm",
	     "application/wasm"),
	MARK(0, "\x89PNG\r\n\x1a\n", "image/png"),
	MARK(0, "GIF87a", "image/gif"),
	MARK(0, "GIF89a", "image/gif"),
	MARK(0, "\xff\xd8\xff", "image/jpeg"),
	MARK(0, "II*\0", "image/tiff"),
	MARK(0, "MM\0*", "image/tiff"),
	MARK(8, "WEBPVP8", "image/webp"),
	MARK(8, "WAVEfmt ", "audio/x-wav"),
	MARK(0, "ID3", "audio/mpeg"),
	MARK(0, "OggS", "application/ogg"),
	MARK(4, "ftyp", "video/mp4"),
	MARK(0, "\x1a\x45\xdf\xa3", "video/x-matroska"),
	MARK(32769, "CD001", "application/x-iso9660-image"),
	MARK(0, "conectix", "application/x-vhd"),
	MARK(0, "vhdxfile", "application/x-vhdx"),
	MARK(0, "SQLite format 3\0", "application/vnd.sqlite3"),
	MARK(0, "-----BEGIN PGP MESSAGE-----", "application/pgp-encrypted"),
	MARK(0, "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR", "application/x-eicar"),
	MARK(0, "#!", "text/x-script"),
};

static bool
has(struct span s, size_t at, struct span bytes)
{
	return span_starts(span_skip(s, at), bytes);
}

/* A zip by what it holds: its first entries say whether it is an office document or a jar. */
static const char *
sniff_zip(struct span s)
{
	static const struct {
		const char *entry, *type;
	} inside[] = {
		{ "word/",
		  "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
		{ "xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
		{ "ppt/",
		  "application/vnd.openxmlformats-officedocument.presentationml.presentation" },
		{ "META-INF/MANIFEST.MF", "application/java-archive" },
		{ "mimetypeapplication/vnd.oasis.opendocument.text",
		  "application/vnd.oasis.opendocument.text" },
		{ "mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
		  "application/vnd.oasis.opendocument.spreadsheet" },
		{ "mimetypeapplication/epub+zip", "application/epub+zip" },
	};
	const size_t name = 30; /* offset of an entry's name behind its mark */

	for (size_t at = 0; at < s.len;) {
		struct span rest = span_skip(s, at);
		ptrdiff_t next;

		for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++) {
			if (has(rest, name, span_str(inside[i].entry)))
				return inside[i].type;
		}
		next = span_find(span_skip(rest, 4), SPAN_LIT("PK\x03\x04"));
		if (next < 0)
			break;
		at += 4 + (size_t)next;
	}
	return "application/zip";
}

static const char *
sniff_markup(struct span s)
{
	static const struct {
		const char *begin, *type;
	} texts[] = {
		{ "<!doctype html", "text/html" }, { "<html", "text/html" },
		{ "<head", "text/html" },	   { "<script", "text/html" },
		{ "<body", "text/html" },	   { "<svg", "image/svg+xml" },
		{ "<?xml", "text/xml" },	   { "begin:vcalendar", "text/calendar" },
		{ "begin:vcard", "text/vcard" },
	};

	if (span_starts(s, SPAN_LIT("\xef\xbb\xbf")))
		s = span_skip(s, 3);
	while (s.len > 0 && (s.ptr[0] == ' ' || (s.ptr[0] >= '\t' && s.ptr[0] <= '\r')))
		s = span_skip(s, 1);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (span_starts_nocase(s, span_str(texts[i].begin)))
			return texts[i].type;
	}
	return NULL;
}

struct span
mime_sniff(struct span first)
{
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (has(first, marks[i].at, span_of(marks[i].bytes, marks[i].len)))
			return span_str(marks[i].type);
	}
	if (has(first, 0, SPAN_LIT("PK\x03\x04")) || has(first, 0, SPAN_LIT("PK\x05\x06")))
		return span_str(sniff_zip(first));
	return span_str(sniff_markup(first));
}
