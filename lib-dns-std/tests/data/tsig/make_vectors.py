#!/usr/bin/env python3
"""Writes vectors.txt: messages signed by dnspython, for lib-dns-std/tests/tsig.

Run by hand (pip install dnspython==2.9.2): python3 make_vectors.py > vectors.txt
The same run gives the same octets. A block of the file is a title in brackets and lines "name value"; octets are in
hexadecimal.
"""

import sys

import dns.flags
import dns.message
import dns.name
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.TSIG
import dns.rrset
import dns.tsig
import dns.version

NOW = 1767225600
FUDGE = 300
KEY_NAME = "Key.Example."
SECRET = bytes(range(1, 49))

ALGORITHMS = [
    (dns.tsig.HMAC_MD5, 16, 10),
    (dns.tsig.HMAC_SHA1, 20, 10),
    (dns.tsig.HMAC_SHA224, 28, 14),
    (dns.tsig.HMAC_SHA256, 32, 16),
    (dns.tsig.HMAC_SHA256_128, 16, 16),
    (dns.tsig.HMAC_SHA384, 48, 24),
    (dns.tsig.HMAC_SHA384_192, 24, 24),
    (dns.tsig.HMAC_SHA512, 64, 32),
    (dns.tsig.HMAC_SHA512_256, 32, 32),
]


def request_wire(identity=0x1234):
    query = dns.message.make_query("www.Example.", "A", use_edns=0, payload=1232)
    query.id = identity
    return query, query.to_wire()


def response_wire(query, number=0):
    response = dns.message.make_response(query)
    response.flags |= dns.flags.AA
    response.answer.append(
        dns.rrset.from_text("www.Example.", 300 + number, "IN", "A", "192.0.2.%d" % number)
    )
    return response.to_wire()


def sign(wire, key, *, time=NOW, original=None, error=0, other=b"", prior=None, ctx=None, multi=False, cut=None):
    """The message with its TSIG record, its MAC, and what a stream goes on from."""
    if original is None:
        original = int.from_bytes(wire[:2], "big")
    empty = dns.rdtypes.ANY.TSIG.TSIG(
        dns.rdataclass.ANY, dns.rdatatype.TSIG, key.algorithm, time, FUDGE, b"", original, error, other
    )
    rdata, after = dns.tsig.sign(wire, key, empty, time, prior, ctx, multi)
    mac = rdata.mac[:cut] if cut else rdata.mac
    if cut and multi:
        after = dns.tsig.get_context(key)
        after.update(len(mac).to_bytes(2, "big") + mac)
    rdata = rdata.replace(mac=mac)
    data = rdata.to_wire()
    record = key.name.to_wire() + b"\0\xfa\0\xff\0\0\0\0" + len(data).to_bytes(2, "big") + data
    count = int.from_bytes(wire[10:12], "big") + 1
    return wire[:10] + count.to_bytes(2, "big") + wire[12:] + record, mac, after


def block(title, key, mac_len, **fields):
    print("\n[%s]" % title)
    print("key", key.name, key.algorithm, key.secret.hex())
    print("mac_len", mac_len)
    for name, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            print(name, one.hex())


def exchange(key, mac_len, cut):
    """A request, a response to it, and a stream of messages of which some are unsigned."""
    query, wire = request_wire()
    signed, mac, _ = sign(wire, key, cut=cut)
    answer = response_wire(query)
    signed_answer, _, _ = sign(answer, key, time=NOW + 7, prior=mac, cut=cut)
    block(
        "exchange",
        key,
        mac_len,
        request=wire,
        signed_request=signed,
        response=answer,
        signed_response=signed_answer,
    )
    # Two signed, three unsigned, one signed; with the recommended algorithm also 99 unsigned and one signed.
    plan = [True, True, False, False, False, True]
    if key.algorithm == dns.tsig.HMAC_SHA256 and not cut:
        plan += [False] * 99 + [True]
    messages, ctx, first = [], None, True
    for number, is_signed in enumerate(plan):
        wire = response_wire(query, number)
        if is_signed:
            wire, _, ctx = sign(
                wire, key, time=NOW + number, prior=mac if first else None, ctx=ctx, multi=True, cut=cut
            )
            first = False
        else:
            ctx.update(wire)
        messages.append(wire)
    block("stream", key, mac_len, signed_request=signed, message=messages)


def errors(key):
    query, wire = request_wire()
    # A forwarder gave the request another id: what is signed is the original one.
    forwarded, _, _ = sign(wire, key, original=0x1234)
    forwarded = b"\x43\x21" + forwarded[2:]
    block("forwarded", key, 32, signed_request=forwarded)

    signed, mac, _ = sign(wire, key)
    refusal = dns.message.make_response(query)
    refusal.set_rcode(9)
    refused = refusal.to_wire()
    late = (NOW + 1000).to_bytes(6, "big")
    answer, _, _ = sign(refused, key, time=NOW, error=18, other=late, prior=mac)
    block("badtime", key, 32, signed_request=signed, response=refused, signed_response=answer)

    signed, mac, _ = sign(wire, key, cut=16)
    answer, _, _ = sign(refused, key, time=NOW, error=22, prior=mac)
    block("badtrunc", key, 32, signed_request=signed, response=refused, signed_response=answer)


print("# Written by make_vectors.py with dnspython %s. Do not edit." % dns.version.version)
for algorithm, full, least in ALGORITHMS:
    key = dns.tsig.Key(KEY_NAME, SECRET, algorithm)
    exchange(key, full, None)
    for cut in sorted({least, (least + full) // 2} - {full}):
        exchange(key, cut, cut)
errors(dns.tsig.Key(KEY_NAME, SECRET, dns.tsig.HMAC_SHA256))
sys.stdout.flush()
