/* SPDX-License-Identifier: MIT */
/* Addresses: networks as rules write them, sockaddrs as processes pass them. */
#include "unit.h"

#include "policy/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static struct cb_address address_of(const char *ip, int port)
{
	struct cb_address a = { .kind = CB_ADDRESS_INET, .port = (uint16_t)port };

	if (inet_pton(AF_INET, ip, a.ip) != 1) {
		a.kind = CB_ADDRESS_INET6;
		CU_ASSERT_EQUAL(inet_pton(AF_INET6, ip, a.ip), 1);
	}
	return a;
}

static void networks_contain(void)
{
	static const struct {
		const char *network, *ip;
		int port;
		bool inside;
	} cases[] = {
		{ "10.0.0.0/8", "10.255.1.2", 1, true },
		{ "10.0.0.0/8", "11.0.0.1", 1, false },
		{ "10.0.0.0/8:443", "10.0.0.1", 443, true },
		{ "10.0.0.0/8:443", "10.0.0.1", 80, false },
		{ "192.0.2.1", "192.0.2.1", 5, true },
		{ "192.0.2.1", "192.0.2.2", 5, false },
		{ "192.0.2.1:22", "192.0.2.1", 22, true },
		{ "192.0.2.128/25", "192.0.2.127", 1, false },
		{ "192.0.2.128/25", "192.0.2.129", 1, true },
		{ "0.0.0.0/0", "203.0.113.9", 1, true },
		{ "0.0.0.0/0", "::1", 1, false },
		{ "[fd00::]/8", "fdff::1", 1, true },
		{ "[fd00::]/8", "fe80::1", 1, false },
		{ "[::1]:80", "::1", 80, true },
		{ "[::1]:80", "::1", 81, false },
		{ "[::ffff:127.0.0.1]:5", "127.0.0.1", 5, true },
		{ "[::ffff:10.0.0.0]/104", "10.9.9.9", 5, true },
		{ "[2001:db8::]/33", "2001:db8:8000::", 1, false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct cb_address a = address_of(cases[i].ip, cases[i].port);
		struct cb_error err = { 0 };
		struct cb_network n;

		CU_ASSERT_EQUAL(cb_network_parse(&n, cases[i].network, &err), 0);
		CU_ASSERT_EQUAL(cb_network_contains(&n, &a), cases[i].inside);
	}
}

static void bad_networks_are_refused(void)
{
	static const char *const bad[] = {
		"", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8:", "10.0.0.0/8:65536",
		"fd00::/8", "[fd00::/8", "[fd00::]/129", "[10.0.0.1]/8", "10.0.0.0/8/9", "host",
		"10.0.0.0/-1", "10.0.0.1 ", "[::1]x", "10.0.0.0/8:4x",
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct cb_error err = { 0 };
		struct cb_network n;

		CU_ASSERT_EQUAL(cb_network_parse(&n, bad[i], &err), -EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(err.message, bad[i]));
	}
}

static void shown(const void *raw, size_t len, const char *want)
{
	struct cb_buf text = CB_BUF_INIT;
	struct cb_address a;

	CU_ASSERT_EQUAL(cb_address_decode(&a, raw, len), 0);
	cb_address_format(&a, &text);
	CU_ASSERT_STRING_EQUAL(text.data, want);
	cb_buf_destroy(&text);
}

static void sockaddrs_are_decoded(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(80),
				  .sin_addr.s_addr = htonl(0x7f000001) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(443),
				    .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in6 mapped = { .sin6_family = AF_INET6, .sin6_port = htons(7) };
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "/run/x.sock" };
	struct sockaddr_un abstract = { .sun_family = AF_UNIX, .sun_path = "\0name" };
	sa_family_t packet = AF_PACKET;

	inet_pton(AF_INET6, "::ffff:192.0.2.7", &mapped.sin6_addr);
	shown(&in, sizeof in, "127.0.0.1:80");
	shown(&in6, sizeof in6, "[::1]:443");
	shown(&in6, 24, "[::1]:443"); /* RFC 2133 length: the kernel takes it */
	shown(&mapped, sizeof mapped, "192.0.2.7:7");
	shown(&un, sizeof un, "unix:/run/x.sock");
	shown(&abstract, offsetof(struct sockaddr_un, sun_path) + 5, "abstract:name");
	shown(&packet, sizeof packet, "family 17");
}

static void odd_lengths_are_refused(void)
{
	struct sockaddr_storage s = { .ss_family = AF_INET };
	struct cb_address a;

	CU_ASSERT_EQUAL(cb_address_decode(&a, &s, 0), -EINVAL);
	CU_ASSERT_EQUAL(cb_address_decode(&a, &s, 1), -EINVAL);
	CU_ASSERT_EQUAL(cb_address_decode(&a, &s, 15), -EINVAL);
	s.ss_family = AF_INET6;
	CU_ASSERT_EQUAL(cb_address_decode(&a, &s, 23), -EINVAL);
	s.ss_family = AF_UNIX;
	CU_ASSERT_EQUAL(cb_address_decode(&a, &s, sizeof(struct sockaddr_un) + 1), -EINVAL);
	CU_ASSERT_EQUAL(cb_address_decode(&a, &s, 2), 0);
	CU_ASSERT_EQUAL(a.kind, CB_ADDRESS_UNNAMED);
	s.ss_family = AF_UNSPEC;
	CU_ASSERT_EQUAL(cb_address_decode(&a, &s, sizeof s), 0);
	CU_ASSERT_EQUAL(a.kind, CB_ADDRESS_NONE);
}

/* UDP sends take AF_UNSPEC for AF_INET; only connect disconnects by it. */
static void unspecified_family(void)
{
	struct sockaddr_in in = { .sin_family = AF_UNSPEC, .sin_port = htons(9),
				  .sin_addr.s_addr = htonl(0xc0000201) };
	struct cb_address a;

	CU_ASSERT_EQUAL(cb_address_decode_unspec_inet(&a, &in, sizeof in), 0);
	CU_ASSERT_EQUAL(a.kind, CB_ADDRESS_INET);
	CU_ASSERT_EQUAL(a.port, 9);
	CU_ASSERT_EQUAL(cb_address_decode_unspec_inet(&a, &in, 2), 0);
	CU_ASSERT_EQUAL(a.kind, CB_ADDRESS_NONE);
}

HN_UNIT_SUITE("address", { "networks contain addresses", networks_contain },
	   { "bad networks are refused by name", bad_networks_are_refused },
	   { "sockaddrs are decoded and shown", sockaddrs_are_decoded },
	   { "odd lengths", odd_lengths_are_refused },
	   { "AF_UNSPEC", unspecified_family });
