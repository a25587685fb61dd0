#!/usr/bin/env python3
"""Writes vectors.txt: updates that BIND's nsupdate signed with private keys (SIG(0)), for lib-dns-std/tests/sig0.rs.

Run by hand, with bind9-utils and bind9-dnsutils installed: python3 capture.py > vectors.txt
A block is a line each of: algorithm number, owner, data of the KEY record, time, and the message; octets are in
hexadecimal. Keys and signatures are new with every run.
"""

import base64
import glob
import os
import socket
import struct
import subprocess
import tempfile
import time

for algorithm, number in [("ED25519", 15), ("ECDSAP256SHA256", 13)]:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["dnssec-keygen", "-q", "-K", folder, "-a", algorithm, "-T", "KEY", "-n", "HOST", "Host.Example."],
            check=True, stdout=subprocess.DEVNULL,
        )
        [file] = glob.glob(folder + "/*.key")
        line = [line for line in open(file) if " KEY " in line][0].split()
        at = line.index("KEY")
        data = struct.pack("!HBB", *map(int, line[at + 1 : at + 4])) + base64.b64decode("".join(line[at + 4 :]))
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(("127.0.0.1", 0))
        script = "server 127.0.0.1 %d\nzone example.\nupdate add host.example. 300 A 192.0.2.1\nsend\n"
        asked = subprocess.Popen(
            ["nsupdate", "-t", "1", "-r", "0", "-k", file.replace(".key", ".private")],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        asked.stdin.write((script % server.getsockname()[1]).encode())
        asked.stdin.close()
        server.settimeout(5)
        message = server.recv(65535)
        asked.kill()
        asked.wait()
        print(number, line[0], data.hex(), int(time.time()), message.hex())
