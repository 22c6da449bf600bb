/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a capture run forwarded, as a capture: frames in the order in which they left, with the link
 * type and the times of the capture that was read, so that two runs write the same bytes. The
 * tx_pcap of the PMD would write the wall clock. One lcore writes; the management core opens and
 * closes.
 */
#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "dp_internal.h"

#define DP_DUMP_BUFFER (1 << 20)
#define DP_DUMP_SNAP 262144

struct dp_dump {
	pcap_t *shape;
	pcap_dumper_t *out;
	char buffer[DP_DUMP_BUFFER];
};

struct dp_dump *
dp_dump_open(const char *file, int link_type, struct err *err)
{
	struct dp_dump *d = calloc(1, sizeof(*d));
	FILE *f = NULL;

	if (d == NULL) {
		err_set(err, -ENOMEM, "no memory for the capture to be written");
		return NULL;
	}
	d->shape = pcap_open_dead(link_type, DP_DUMP_SNAP);
	if (d->shape != NULL)
		f = fopen(file, "wbe");
	if (f != NULL) {
		setvbuf(f, d->buffer, _IOFBF, sizeof(d->buffer));
		d->out = pcap_dump_fopen(d->shape, f);
	}
	if (d->out != NULL)
		return d;
	err_set_at(err, -errno, file, 0, 0, "cannot write this capture: %s", strerror(errno));
	if (f != NULL)
		fclose(f);
	if (d->shape != NULL)
		pcap_close(d->shape);
	free(d);
	return NULL;
}

void
dp_dump_frame(struct dp_dump *d, const uint8_t *bytes, uint32_t len, uint64_t time_us)
{
	struct pcap_pkthdr head = { .caplen = len, .len = len };

	head.ts.tv_sec = (time_t)(time_us / 1000000);
	head.ts.tv_usec = (suseconds_t)(time_us % 1000000);
	pcap_dump((u_char *)d->out, &head, bytes);
}

/* 0, or -EIO when something could not be written. */
int
dp_dump_flush(struct dp_dump *d)
{
	return pcap_dump_flush(d->out) != 0 || ferror(pcap_dump_file(d->out)) ? -EIO : 0;
}

void
dp_dump_close(struct dp_dump *d)
{
	if (d == NULL)
		return;
	pcap_dump_close(d->out);
	pcap_close(d->shape);
	free(d);
}
