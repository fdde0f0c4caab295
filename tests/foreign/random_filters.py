"""Random filters, as filter_oracle.py has them, and packets that about half of the time match."""
import ipaddress

LITERALS = [b"a", b"b", b"c", b"NOTIFY", b"x", b"\0", b"\xff", b"\n", b"\xe9", b"0", b"-", b"_"]
SPECIAL = rb"\.+*?()|[]{}^$"


def escaped(byte, random):
    """A byte as a regular expression, in one of the ways that both syntaxes have."""
    if byte in SPECIAL:
        return b"\\" + bytes([byte])
    if 0x20 < byte < 0x7f and random.random() < 0.9:
        return bytes([byte])
    return b"\\x%02x" % byte


class Expressions:
    """Expressions of the syntax that RE2 and Python have in common, and texts that match them.

    Made so that Python's backtracking stays short: repetition without end is of single bytes, or
    of a sequence of them. A node is (for RE2, for Python, a function that makes a text).
    """

    def __init__(self, random):
        self.random = random

    def byte(self):
        byte = self.random.choice(LITERALS)[0] if self.random.random() < 0.7 else (
            self.random.randrange(256))
        text = escaped(byte, self.random)
        return text, text, lambda: bytes([byte])

    def atom(self):
        random = self.random
        which = random.randrange(8)
        if which < 4:
            return self.byte()
        if which == 4:
            kind = random.choice([b".", b"(?s:.)"])
            return kind, kind, lambda: bytes([random.choice(b"ab\xff\0\n0" if kind != b"." else
                                                            b"ab\xff\0\r0")])
        if which == 5:
            kind, some = random.choice([(rb"\d", b"059"), (rb"\w", b"aZ_9"), (rb"\D", b"a\xff\0"),
                                        (rb"\W", b"-\xe9\n")])
            return kind, kind, lambda: bytes([random.choice(some)])
        if which == 6:
            return self.of_class()
        word = bytes(random.choice(b"abkSs9") for _ in range(random.randint(1, 3)))
        text = b"(?i:" + word + b")"
        return text, text, lambda: bytes(random.choice((each, ord(chr(each).swapcase())))
                                         for each in word)

    def of_class(self):
        random = self.random
        members, text = set(), b""
        for _ in range(random.randint(1, 3)):
            first = random.choice(LITERALS)[0] if random.random() < 0.5 else random.randrange(256)
            last = min(255, first + random.choice((0, 0, 1, 5, 40)))
            members |= set(range(first, last + 1))
            text += b"\\x%02x" % first + (b"-\\x%02x" % last if last > first else b"")
        if random.random() < 0.2:
            text += rb"\d"
            members |= set(b"0123456789")
        if random.random() < 0.3 and len(members) < 256:
            text, members = b"^" + text, set(range(256)) - members
        text = b"[" + text + b"]"
        pool = sorted(members)
        return text, text, lambda: bytes([random.choice(pool)])

    def repeated(self, node, may_be_endless):
        random = self.random
        least = random.randint(0, 3)
        most = least + random.randint(0, 3)
        forms = [(b"?", 0, 1), (b"{%d}" % least, least, least),
                 (b"{%d,%d}" % (least, most), least, most)]
        if may_be_endless:
            forms += [(b"*", 0, 4), (b"+", 1, 4), (b"{%d,}" % least, least, least + 3)] * 2
        text, least, most = random.choice(forms)
        text += random.choice((b"", b"", b"?"))
        re2, python, sample = node
        return re2 + text, python + text, lambda: b"".join(
            sample() for _ in range(random.randint(least, most)))

    @staticmethod
    def sequence(nodes):
        return (b"".join(node[0] for node in nodes), b"".join(node[1] for node in nodes),
                lambda: b"".join(node[2]() for node in nodes))

    def group(self, node):
        opening = self.random.choice((b"(", b"(?:", b"(" if self.named else b"(?P<n>"))
        self.named |= opening == b"(?P<n>"
        return opening + node[0] + b")", opening + node[1] + b")", node[2]

    def piece(self, depth):
        random = self.random
        which = random.randrange(10)
        if which < 5 or depth == 0:
            node = self.atom()
            if random.random() < 0.4:
                endless = self.endless < 3
                self.endless += endless
                node = self.repeated((b"(?:" + node[0] + b")", b"(?:" + node[1] + b")", node[2]),
                                     endless)
            return node
        if which == 5 and self.endless < 3:  # a sequence of single bytes, without end
            self.endless += 1
            inner = self.sequence([self.byte() for _ in range(random.randint(1, 3))])
            return self.repeated((b"(?:" + inner[0] + b")", b"(?:" + inner[1] + b")", inner[2]),
                                 True)
        if which == 6:
            place = random.choice((rb"\b", b"(?m:^)", b"(?m:$)", b"^", rb"\A"))
            return place, place, lambda: random.choice((b"", b"\n", b" "))
        if which == 7:
            return rb"\z", rb"\Z", lambda: b""
        node = self.group(self.alternatives(depth - 1))
        if random.random() < 0.3:
            node = (node[0] + b"?", node[1] + b"?", lambda sample=node[2]: random.choice(
                (b"", sample())))
        return node

    def alternatives(self, depth):
        random = self.random
        each = [self.sequence([self.piece(depth) for _ in range(random.randint(0, 4))])
                for _ in range(random.choice((1, 1, 1, 2, 3)))]
        return (b"|".join(node[0] for node in each), b"|".join(node[1] for node in each),
                lambda: random.choice(each)[2]())

    def make(self):
        self.endless, self.named = 0, False
        return self.alternatives(2)


class Filters:
    """Filters, and packets for them."""

    def __init__(self, random):
        self.random = random
        self.expressions = Expressions(random)
        self.samples = {}  # of expressions: what makes a text
        self.callables = 0

    # ---- Filters ---------------------------------------------------------------------------------

    def literal(self, most=6):
        random = self.random
        return b"".join(random.choice(LITERALS) if random.random() < 0.8 else random.randbytes(1)
                        for _ in range(random.randint(0, most)))

    def network(self):
        random = self.random
        width = random.choice((32, 128))
        bits = random.choice((0, 1, 7, 8, 9, 15, 16, 31, 32, 33, 63, 64, 65, 127, 128,
                              random.randint(0, width)))
        bits = min(bits, width)
        value = random.choice((0x0a000000, 0xfe80 << 112, random.getrandbits(width))) % (1 << width)
        value = value >> (width - bits) << (width - bits)
        kind = ipaddress.IPv4Network if width == 32 else ipaddress.IPv6Network
        network = kind((value, bits))
        if bits == width and random.random() < 0.5:
            return str(network.network_address)
        return str(network)

    def leaf(self):
        random = self.random
        kind = random.choice(("everything", "prefix", "prefix", "bytes", "bytes", "size", "source",
                              "source", "port", "regex", "regex", "regex", "callable"))
        if kind == "prefix":
            return kind, self.literal()
        if kind == "bytes":
            value = self.literal(4)
            mask = None if random.random() < 0.4 else bytes(
                random.choice((0xff, 0xf0, 0, 1, random.randrange(256))) for _ in value)
            return kind, random.choice((0, 1, 2, 5, 20)), value, mask
        if kind == "size":
            least = random.choice((0, 0, 1, 4, 10, 30))
            return kind, least, least + random.choice((0, 1, 8, 40, 2**64 - 1 - least))
        if kind == "source":
            return kind, self.network()
        if kind == "port":
            first = random.choice((0, 1, 53, 1024, 65535, random.randrange(65536)))
            return kind, first, min(65535, first + random.choice((0, 1, 1000, 65535)))
        if kind == "regex":
            re2, python, sample = self.expressions.make()
            self.samples[re2] = sample
            return kind, re2, python
        if kind == "callable":
            self.callables += 1
            modulus = random.randint(1, 3)
            return kind, self.callables, modulus, random.randrange(modulus)
        return (kind,)

    def tree(self, depth):
        random = self.random
        if depth == 0 or random.random() < 0.25:
            return self.leaf()
        if random.random() < 0.2:
            return "not", self.tree(depth - 1)
        parts = [self.tree(depth - 1) for _ in range(random.choice((0, 1, 2, 2, 3, 3, 4)))]
        if parts and random.random() < 0.3:
            parts.insert(random.randrange(len(parts) + 1), random.choice(parts))  # a shared one
        return random.choice(("all", "any")), parts

    # ---- Packets ---------------------------------------------------------------------------------

    def bend(self, tree, data, source):
        """The packet changed so that the filter probably accepts it."""
        random = self.random
        kind, *rest = tree
        if kind == "prefix":
            data = rest[0] + data[len(rest[0]):]
        elif kind == "bytes":
            offset, value, _ = rest
            data = data[:offset].ljust(offset, b"?") + value + data[offset + len(value):]
        elif kind == "size":
            size = min(rest[0] + random.randint(0, 8), rest[1])
            data = data[:size].ljust(size, b"b")
        elif kind == "source":
            network = ipaddress.ip_network(rest[0])
            last = network.num_addresses - 1
            host = network[random.choice((0, last, random.randint(0, last)))]
            source = str(host), source[1] if source is not None else 53
        elif kind == "port":
            source = source[0] if source is not None else "10.1.2.3", random.randint(*rest)
        elif kind == "regex":
            data = self.samples[rest[0]]() + random.choice((b"", b"", self.literal(), data[-5:]))
        elif kind == "any" and rest[0]:
            data, source = self.bend(random.choice(rest[0]), data, source)
        elif kind == "all":
            for part in sorted(rest[0], key=lambda each: each[0] != "regex"):
                data, source = self.bend(part, data, source)
        elif kind == "not" and rest[0][0] == "not":
            data, source = self.bend(rest[0][1], data, source)
        return data, source

    def damage(self, data, source):
        """The packet, cut, extended, flipped, or from the next address."""
        random = self.random
        which = random.randrange(6)
        if which == 0:
            data = data[:random.randint(0, len(data))]
        elif which == 1:
            data += random.choice((b"\n", b"\0", self.literal()))
        elif which == 2 and data:
            at = random.randrange(len(data))
            data = data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) + data[at + 1:]
        elif which == 3 and data:
            at = random.randrange(len(data))
            data = data[:at] + self.literal(2) + data[at + 1:]
        elif which == 4 and source is not None:
            address = ipaddress.ip_address(source[0])
            most = (1 << address.max_prefixlen) - 1
            other = (int(address) + random.choice((1, -1, 1 << random.randrange(32)))) & most
            source = str(type(address)(other)), source[1] ^ random.choice((0, 0, 1, 1024))
        elif which == 5:
            source = random.choice((None, ("10.1.2.3", 53), ("fe80::1", 1024)))
        return data, source

    def packets(self, tree, count):
        random = self.random
        for _ in range(count):
            data = self.literal()
            source = random.choice((None, ("10.1.2.3", 53), ("fe80::2", random.randrange(65536))))
            if random.random() < 0.8:
                data, source = self.bend(tree, data, source)
            yield data, source
            for _ in range(2):
                data, source = self.damage(data, source)
                yield data, source
