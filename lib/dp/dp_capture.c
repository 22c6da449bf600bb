/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Captures as ports. Before EAL starts, a capture is opened and its link type read with libpcap,
 * which the net_pcap PMD does not tell. Then one lcore reads the file ports in the order of time.
 *
 * The end of a file is exact: net_pcap gives an empty burst only at the end, at a damaged record
 * (ierrors), or when no buffer was free (rx_nombuf), and the last would lose the frame that it had
 * already read. So no burst is asked for before the pool has buffers for the worst one.
 */
#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_mbuf_dyn.h>
#include <rte_lcore.h>

#include "dp_internal.h"

#define DP_READ_BURST (DP_BURST / 2)
#define DP_STARVED_US 2000000 /* no buffer came back for so long: none will */

static int
dp_capture_link(int link_type)
{
	switch (link_type) {
	case DLT_EN10MB:
		return NET_LINK_ETHER;
	case DLT_NULL:
	case DLT_LOOP:
		return NET_LINK_NULL;
	case DLT_RAW:
	case DLT_IPV4:
	case DLT_IPV6:
		return NET_LINK_RAW;
	case DLT_LINUX_SLL:
		return NET_LINK_COOKED;
	case DLT_LINUX_SLL2:
		return NET_LINK_COOKED2;
	}
	return -1;
}

static int
dp_capture_open_one(struct dp_capture *c, unsigned i, struct err *err)
{
	char text[PCAP_ERRBUF_SIZE] = "";
	const char *name;
	struct stat st;
	pcap_t *p;
	int link;

	c->fd[i] = open(c->file[i], O_RDONLY | O_CLOEXEC);
	if (c->fd[i] < 0)
		return err_set_at(err, -errno, c->file[i], 0, 0, "cannot read this capture: %s",
				  strerror(errno));
	if (fstat(c->fd[i], &st) != 0 || !S_ISREG(st.st_mode)) {
		err_set_at(err, -EINVAL, c->file[i], 0, 0, "a capture must be a regular file");
		err_hint(err, "save it first, e.g. tcpdump -w FILE");
		return -EINVAL;
	}
	c->size[i] = (uint64_t)st.st_size;
	p = pcap_open_offline(c->file[i], text);
	if (p == NULL) {
		err_set_at(err, -EINVAL, c->file[i], 0, 0, "this is no capture: %s", text);
		err_hint(err, "give a pcap or pcapng file");
		return -EINVAL;
	}
	c->link_type[i] = pcap_datalink(p);
	pcap_close(p);
	link = dp_capture_link(c->link_type[i]);
	if (link < 0) {
		name = pcap_datalink_val_to_name(c->link_type[i]);
		err_set_at(err, -EINVAL, c->file[i], 0, 0, "link type %d (%s) is not supported",
			   c->link_type[i], name != NULL ? name : "unknown");
		err_hint(err, "Ethernet, NULL/loopback, RAW and Linux cooked captures are");
		return -EINVAL;
	}
	c->link[i] = (enum net_link)link;
	return 0;
}

int
dp_capture_open(struct dp_capture *c, const char *const *files, unsigned count, struct err *err)
{
	unsigned i;
	int r;

	memset(c, 0, sizeof(*c));
	c->fd[0] = c->fd[1] = -1;
	c->count = count;
	for (i = 0; i < count; i++) {
		c->file[i] = files[i];
		r = dp_capture_open_one(c, i, err);
		if (r != 0) {
			dp_capture_close(c);
			return r;
		}
	}
	return 0;
}

void
dp_capture_close(struct dp_capture *c)
{
	unsigned i;

	for (i = 0; i < c->count; i++)
		if (c->fd[i] >= 0)
			close(c->fd[i]);
	c->count = 0;
}

/* Are there buffers for the worst burst: every frame a chain, every lcore's cache full? */
static bool
dp_reader_fed(struct dp_reader *r, struct dp *dp, bool *ended)
{
	unsigned need =
		DP_READ_BURST * DP_SEGS + rte_lcore_count() * 2 * RTE_MEMPOOL_CACHE_MAX_SIZE;

	if (rte_mempool_avail_count(dp->pool) >= need) {
		r->starved_us = 0;
		return true;
	}
	if (r->starved_us == 0)
		r->starved_us = dp_clock_us();
	if (dp_clock_us() - r->starved_us > DP_STARVED_US) {
		r->starved = true;
		*ended = true;
	}
	return false;
}

static void
dp_reader_fill(struct dp_reader *r, struct dp_wire *w, unsigned side)
{
	struct rte_eth_stats stats;
	uint16_t port = w->port[side]->id;

	r->head[side] = 0;
	r->count[side] = rte_eth_rx_burst(port, 0, r->ahead[side], DP_READ_BURST);
	if (r->count[side] > 0)
		return;
	if (rte_eth_stats_get(port, &stats) != 0 || stats.rx_nombuf == r->nombuf[side])
		r->end[side] = true;
	else
		r->nombuf[side] = stats.rx_nombuf; /* told by dp_capture_verdict */
}

static uint64_t
dp_reader_time(const struct dp *dp, const struct rte_mbuf *m, uint64_t last_us)
{
	if ((m->ol_flags & dp->time_flag) == 0)
		return last_us;
	return *RTE_MBUF_DYNFIELD(m, dp->time_off, const rte_mbuf_timestamp_t *);
}

/* The side whose next frame is the older one; ties go to the client's. -1: nothing is at hand. */
static int
dp_reader_side(const struct dp_reader *r, const struct dp *dp)
{
	uint64_t a, b;

	if (r->head[0] == r->count[0])
		return r->head[1] == r->count[1] ? -1 : 1;
	if (r->head[1] == r->count[1])
		return 0;
	a = dp_reader_time(dp, r->ahead[0][r->head[0]], r->last_us);
	b = dp_reader_time(dp, r->ahead[1][r->head[1]], r->last_us);
	return b < a ? 1 : 0;
}

unsigned
dp_reader_next(struct dp_reader *r, struct dp *dp, struct dp_wire *w, struct rte_mbuf **m,
	       bool *ended)
{
	unsigned n = 0, sides = w->port[0] == w->port[1] ? 1 : 2, side;
	struct dp_frame *f;
	int next;

	while (n < DP_READ_BURST) {
		for (side = 0; side < sides; side++) {
			if (r->head[side] < r->count[side] || r->end[side])
				continue;
			if (n > 0 ||
			    !dp_reader_fed(r, dp, ended)) /* a burst ends where a file is asked */
				return n;
			dp_reader_fill(r, w, side);
			if (r->head[side] == r->count[side] && !r->end[side])
				return 0;
		}
		next = dp_reader_side(r, dp);
		if (next < 0) {
			*ended = true;
			break;
		}
		m[n] = r->ahead[next][r->head[next]++];
		r->last_us = dp_reader_time(dp, m[n], r->last_us);
		f = dp_frame(m[n]);
		f->time_us = r->last_us;
		f->number = ++r->number;
		m[n++]->port = w->port[next]->id;
	}
	return n;
}

/* Why libpcap stops in the middle of this file, into text. */
static void
dp_capture_damage(const char *file, char *text, size_t size)
{
	char buf[PCAP_ERRBUF_SIZE] = "";
	struct pcap_pkthdr *head;
	const u_char *bytes;
	unsigned long count = 0;
	pcap_t *p = pcap_open_offline(file, buf);

	snprintf(text, size, "%s", buf);
	if (p == NULL)
		return;
	while (pcap_next_ex(p, &head, &bytes) == 1)
		count++;
	snprintf(text, size, "damaged after packet %lu: %s", count, pcap_geterr(p));
	pcap_close(p);
}

static int
dp_capture_check(const struct dp *dp, const struct dp_port *port, const char *file, struct err *err)
{
	struct rte_eth_stats stats;
	char why[PCAP_ERRBUF_SIZE + 64] = "a record is damaged";

	if (rte_eth_stats_get(port->id, &stats) != 0)
		return 0;
	if (stats.ierrors > 0) {
		if (dp->set.capture != NULL)
			dp_capture_damage(file, why, sizeof(why));
		err_set_at(err, -EIO, file, 0, 0, "%s", why);
		err_hint(err,
			 "what came before was judged; repair it with pcapfix or capture again");
		return -EIO;
	}
	if (stats.rx_nombuf > 0) {
		err_set_at(err, -EIO, file, 0, 0, "%llu frames were lost for want of buffers",
			   (unsigned long long)stats.rx_nombuf);
		err_hint(err, "raise cores.mbufs");
		return -EIO;
	}
	return 0;
}

int
dp_capture_verdict(const struct dp *dp, struct err *err)
{
	const struct dp_wire *w;
	unsigned i;
	int r = 0;

	if (dp->dump != NULL && dp_dump_flush(dp->dump) != 0)
		return err_set_at(
			err, -EIO, dp->set.pcap_out, 0, 0,
			"what was forwarded could not be written whole: is the disk full?");
	for (i = 0; i < dp->wires && r == 0; i++) {
		w = &dp->wire[i];
		if (!w->record)
			continue;
		if (w->reader.starved) {
			err_set(err, -EIO,
				"reading stopped after packet %llu: all buffers hold frames "
				"that wait for others",
				(unsigned long long)w->reader.number);
			err_hint(err, "raise cores.mbufs, or lower limits.hold");
			return -EIO;
		}
		r = dp_capture_check(dp, w->port[0],
				     dp->set.capture ? dp->set.capture->file[0] : w->port[0]->name,
				     err);
		if (r == 0 && w->port[1] != w->port[0])
			r = dp_capture_check(
				dp, w->port[1],
				dp->set.capture ? dp->set.capture->file[1] : w->port[1]->name, err);
	}
	return r;
}
