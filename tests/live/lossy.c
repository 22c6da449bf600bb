/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A bad cable for the live tests: carries frames between two interfaces and loses, doubles and delays
 * some of them, so that later ones overtake. Which ones depends on the seed, the direction and the
 * number of the frame alone. Only IPv4 is harmed: a lost ARP frame would cost a second and teach nothing.
 *
 *	lossy IFACE IFACE SEED RATE		RATE: of 1000 frames, so many are lost, half as many doubled,
 *						as many delayed by 1 to 4 ms
 *
 * Ends at SIGTERM and prints what it did. It does not look into frames.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FRAME_MAX 65536
#define LATE_MAX 64	 /* frames that are on their way late */
#define SOCKET_BUFFER (8 << 20)

struct late {
	uint64_t due_us; /* 0: free */
	int out;
	size_t len;
	uint8_t *frame;
};

struct cable {
	int end[2];
	uint64_t dice[2];
	unsigned rate;
	struct late late[LATE_MAX];
	unsigned long carried, lost, doubled, delayed;
};

static volatile sig_atomic_t ended;

static void
on_signal(int number)
{
	ended = number;
}

static uint64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* A number below 1000 (splitmix64). */
static unsigned
throw(uint64_t *dice)
{
	uint64_t z = (*dice += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (unsigned)((z ^ (z >> 31)) % 1000);
}

static int
open_end(const char *iface)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int one = 1, size = SOCKET_BUFFER;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));

	at.sll_ifindex = (int)if_nametoindex(iface);
	if (fd < 0 || at.sll_ifindex == 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)) != 0) {
		fprintf(stderr, "lossy: %s: %s\n", iface, strerror(errno));
		exit(1);
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	return fd;
}

static void
put(struct cable *c, int out, const uint8_t *frame, size_t len)
{
	if (send(out, frame, len, 0) != (ssize_t)len) /* a queue was full: one more that is lost */
		c->lost++;
	else
		c->carried++;
}

static bool
put_late(struct cable *c, int out, const uint8_t *frame, size_t len, unsigned ms)
{
	unsigned i;

	for (i = 0; i < LATE_MAX; i++) {
		struct late *l = &c->late[i];

		if (l->due_us != 0)
			continue;
		l->frame = malloc(len);
		if (l->frame == NULL)
			return false;
		memcpy(l->frame, frame, len);
		l->len = len;
		l->out = out;
		l->due_us = now_us() + ms * 1000;
		return true;
	}
	return false;
}

static bool
put_due(struct cable *c)
{
	uint64_t now = now_us();
	bool left = false;
	unsigned i;

	for (i = 0; i < LATE_MAX; i++) {
		struct late *l = &c->late[i];

		if (l->due_us != 0 && l->due_us <= now) {
			put(c, l->out, l->frame, l->len);
			free(l->frame);
			l->due_us = 0;
		}
		left = left || l->due_us != 0;
	}
	return left;
}

static void
carry(struct cable *c, unsigned from)
{
	static uint8_t frame[FRAME_MAX];
	int out = c->end[!from];
	ssize_t n = recv(c->end[from], frame, sizeof(frame), MSG_DONTWAIT);
	size_t len = n > 0 ? (size_t)n : 0;
	unsigned fate, ms;

	if (n <= 0)
		return;
	if (len < ETH_HLEN || frame[12] != 0x08 || frame[13] != 0x00) {
		put(c, out, frame, len);
		return;
	}
	fate = throw(&c->dice[from]);
	ms = 1 + throw(&c->dice[from]) % 4;
	if (fate < c->rate) {
		c->lost++;
	} else if (fate < c->rate + c->rate / 2) {
		c->doubled++;
		put(c, out, frame, len);
		put(c, out, frame, len);
	} else if (fate < 2 * c->rate + c->rate / 2 && put_late(c, out, frame, len, ms)) {
		c->delayed++;
	} else {
		put(c, out, frame, len);
	}
}

int
main(int argc, char **argv)
{
	struct cable c = { .carried = 0 };
	struct sigaction act = { .sa_handler = on_signal };
	struct pollfd ready[2];
	unsigned i;

	if (argc != 5) {
		fprintf(stderr, "usage: lossy IFACE IFACE SEED RATE\n");
		return 2;
	}
	for (i = 0; i < 2; i++) {
		c.end[i] = open_end(argv[1 + i]);
		c.dice[i] = strtoull(argv[3], NULL, 10) * 2 + i;
		ready[i] = (struct pollfd){ .fd = c.end[i], .events = POLLIN };
	}
	c.rate = (unsigned)strtoul(argv[4], NULL, 10);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	while (!ended) {
		bool left = put_due(&c);

		if (poll(ready, 2, left ? 1 : 100) <= 0)
			continue;
		for (i = 0; i < 2; i++)
			if (ready[i].revents & POLLIN)
				carry(&c, i);
	}
	printf("lossy: %lu carried, %lu lost, %lu doubled, %lu delayed\n", c.carried, c.lost, c.doubled,
	       c.delayed);
	return 0;
}
