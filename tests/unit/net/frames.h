/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames for the tests of net, made byte by byte without net: a spec goes in, a struct pkt over a
 * heap block of exactly the frame's size comes out (so that ASan sees over-reads), not decoded.
 * The checksums here are a second, plain implementation.
 */
#ifndef FRAMES_H
#define FRAMES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "net.h"

struct frame_spec {
	enum net_link link;
	struct span tags;     /* 4 bytes each: type and id, of Ethernet */
	unsigned version;     /* 4 or 6 */
	unsigned ip4_options; /* bytes, a multiple of 4 */
	unsigned fragment;    /* the IPv4 field */
	struct span ext;      /* IPv6 extension headers */
	unsigned next;	      /* protocol, or the first extension header; 0: TCP */
	struct span l4;	      /* instead of TCP */
	struct span options;  /* TCP options, a multiple of 4 */
	struct span payload;
	unsigned padding; /* behind the datagram */
	uint32_t seq;
	uint8_t flags;
};

struct frame_buf {
	uint8_t b[70000];
	size_t len;
};

static inline void
frame_put(struct frame_buf *f, const void *bytes, size_t size)
{
	if (size > 0)
		memcpy(f->b + f->len, bytes, size);
	f->len += size;
}

static inline void
frame_put16(struct frame_buf *f, unsigned v)
{
	uint8_t wire[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	frame_put(f, wire, 2);
}

static inline void
frame_set16(uint8_t *b, unsigned v)
{
	b[0] = (uint8_t)(v >> 8);
	b[1] = (uint8_t)v;
}

static inline unsigned
frame_get16(const uint8_t *b)
{
	return (unsigned)b[0] << 8 | b[1];
}

/* One byte at a time, folded at once. */
static inline unsigned
frame_sum(const uint8_t *b, size_t size, unsigned sum)
{
	for (size_t i = 0; i < size; i++) {
		sum += i % 2 == 0 ? (unsigned)b[i] << 8 : b[i];
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return sum;
}

/* What the checksum field of a TCP segment must hold. The field itself is left out. */
static inline unsigned
frame_tcp_sum(const uint8_t *ip, unsigned version, const uint8_t *tcp, size_t size)
{
	unsigned sum = version == 4 ? frame_sum(ip + 12, 8, 0) : frame_sum(ip + 8, 32, 0);

	sum = frame_sum((const uint8_t[]){ 0, 6, (uint8_t)(size >> 8), (uint8_t)size }, 4, sum);
	sum = frame_sum(tcp, 16, sum);
	return ~frame_sum(tcp + 18, size - 18, sum) & 0xffff;
}

static inline unsigned
frame_ip4_sum(const uint8_t *ip)
{
	return ~frame_sum(ip + 12, (ip[0] & 15u) * 4 - 12, frame_sum(ip, 10, 0)) & 0xffff;
}

static inline void
frame_put_link(struct frame_buf *f, const struct frame_spec *s)
{
	unsigned type = s->version == 4 ? 0x0800 : 0x86dd;

	switch (s->link) {
	case NET_LINK_ETHER:
		frame_put(f, "\x02\x00\x00\x00\x00\x0d\x02\x00\x00\x00\x00\x0c", 12);
		frame_put(f, s->tags.ptr, s->tags.len);
		frame_put16(f, type);
		break;
	case NET_LINK_NULL:
		frame_put(f, s->version == 4 ? "\x02\0\0\0" : "\x1e\0\0\0", 4);
		break;
	case NET_LINK_RAW:
		break;
	case NET_LINK_COOKED:
		frame_put(f, "\0\0\0\1\0\6\x02\x00\x00\x00\x00\x0c\0\0", 14);
		frame_put16(f, type);
		break;
	case NET_LINK_COOKED2:
		frame_put16(f, type);
		frame_put(f, "\0\0\0\0\0\1\0\1\0\6\x02\x00\x00\x00\x00\x0c\0\0", 18);
		break;
	}
}

static inline void
frame_put_ip(struct frame_buf *f, const struct frame_spec *s, size_t size)
{
	static const uint8_t addr4[8] = { 192, 0, 2, 1, 198, 51, 100, 25 };
	static const uint8_t addr6[32] = {
		0x20, 0x01, 0x0d, 0xb8, [15] = 1, [16] = 0x20, 0x01, 0x0d, 0xb8, [31] = 25
	};
	unsigned next = s->next != 0 || s->ext.len > 0 ? s->next : 6;
	size_t at = f->len, header = 20 + s->ip4_options;

	if (s->version == 4) {
		frame_put(f, (const uint8_t[]){ (uint8_t)(0x40 + header / 4), 0 }, 2);
		frame_put16(f, (unsigned)(header + size));
		frame_put16(f, 0x1234);
		frame_put16(f, s->fragment);
		frame_put(f, (const uint8_t[]){ 61, (uint8_t)next, 0, 0 }, 4);
		frame_put(f, addr4, 8);
		for (unsigned i = 0; i < s->ip4_options; i++)
			frame_put(f, "\x01", 1);
		frame_set16(f->b + at + 10, frame_ip4_sum(f->b + at));
	} else {
		frame_put(f, "\x60\x00\x00\x00", 4);
		frame_put16(f, (unsigned)(s->ext.len + size));
		frame_put(f, (const uint8_t[]){ (uint8_t)next, 62 }, 2);
		frame_put(f, addr6, 32);
		frame_put(f, s->ext.ptr, s->ext.len);
	}
}

/* 40000 to 25, ack 0x11223344, window 501. */
static inline void
frame_put_tcp(struct frame_buf *f, const struct frame_spec *s)
{
	frame_put16(f, 40000);
	frame_put16(f, 25);
	frame_put16(f, s->seq >> 16);
	frame_put16(f, s->seq & 0xffff);
	frame_put(f, "\x11\x22\x33\x44", 4);
	frame_put(f, (const uint8_t[]){ (uint8_t)((20 + s->options.len) * 4), s->flags }, 2);
	frame_put16(f, 501);
	frame_put(f, "\0\0\0\7", 4); /* checksum, urgent pointer */
	frame_put(f, s->options.ptr, s->options.len);
	frame_put(f, s->payload.ptr, s->payload.len);
}

/* A pkt over a heap copy of exactly these bytes. */
static inline struct pkt
frame_pkt(enum net_link link, struct span bytes)
{
	uint8_t *block = malloc(bytes.len);

	if (bytes.len > 0)
		memcpy(block, bytes.ptr, bytes.len);
	return (struct pkt){ .data = block, .len = (uint32_t)bytes.len, .link = (uint8_t)link };
}

static inline struct pkt
frame_make(const struct frame_spec *s)
{
	static struct frame_buf f;
	size_t ip, l4, size = s->l4.ptr != NULL ? s->l4.len : 20 + s->options.len + s->payload.len;

	f.len = 0;
	frame_put_link(&f, s);
	ip = f.len;
	frame_put_ip(&f, s, size);
	l4 = f.len;
	if (s->l4.ptr != NULL) {
		frame_put(&f, s->l4.ptr, s->l4.len);
	} else {
		frame_put_tcp(&f, s);
		frame_set16(f.b + l4 + 16, frame_tcp_sum(f.b + ip, s->version, f.b + l4, size));
	}
	memset(f.b + f.len, 0xee, s->padding);
	f.len += s->padding;
	return frame_pkt(s->link, span_of(f.b, f.len));
}

/* The fields hold exactly what a full computation gives. */
static inline void
assert_sums(const struct pkt *p)
{
	const uint8_t *ip = p->data + p->ip_off, *tcp = p->data + p->l4_off;
	size_t size = p->payload_off - p->l4_off + p->payload_len;

	if (p->ip_version == 4)
		assert_int_equal(frame_get16(ip + 10), frame_ip4_sum(ip));
	assert_int_equal(frame_get16(tcp + 16), frame_tcp_sum(ip, p->ip_version, tcp, size));
	assert_int_equal(net_verify(p), 0);
}

/* What a fresh look at the frame gives is what p says. */
static inline void
assert_in_step(const struct pkt *p)
{
	struct pkt again = { .data = p->data, .len = p->len, .link = p->link };

	assert_int_equal(net_decode(&again, NET_CHECK_SUMS), NET_TCP);
	assert_int_equal(again.seq, p->seq);
	assert_int_equal(again.ack, p->ack);
	assert_int_equal(again.flags, p->flags);
	assert_int_equal(again.window, p->window);
	assert_int_equal(again.ip_off, p->ip_off);
	assert_int_equal(again.payload_off, p->payload_off);
	assert_int_equal(again.payload_len, p->payload_len);
	assert_int_equal(again.len, p->len);
}

#endif
