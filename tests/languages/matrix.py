"""Every program of examples/ffi, and Python, talks to every other: two hosts, one group.

usage: matrix.py PREFIX WORK     inside `netlab run --hosts a,b`; programs.py built them below WORK

On host b one listener of each language is open; on host a one program of each sends. A listener
that got from a sender what it asked for, in order and nothing else, is a green field.
"""
import os
import pathlib
import sys
import threading

import programs

DEADLINE = 60
PORT = "4242"
GREEN, RED, PLAIN = ("\033[32m", "\033[31m", "\033[0m") if sys.stdout.isatty() else ("", "", "")


def on(host):
    return [os.environ["NETLAB"], "on", host, "--"]


def texts_of(language):
    """What it sends, of which listeners want those that begin with a price."""
    return [f"news of {language}", "", f"price 1 of {language}", f"price 2 € of {language}"]


def listening(program, group, count):
    child = program.run("listen", group, PORT, "price [0-9]+", str(count), before=on("b"))
    timer = threading.Timer(DEADLINE, child.kill)
    timer.daemon = True
    timer.start()
    said = []
    for line in child.stderr:
        if line == b"listening\n":
            return child
        said.append(line.decode())
    raise SystemExit(f"{program.start}: {''.join(said)}")


def talk(everybody, group):
    """Who heard what: for each listener the texts, and its counters."""
    count = 2 * len(everybody)
    listeners = {name: listening(program, group, count) for name, program in everybody.items()}
    for name, program in everybody.items():
        sender = program.run("send", group, PORT, *texts_of(name), before=on("a"))
        _, err = sender.communicate(timeout=DEADLINE)
        if sender.returncode != 0:
            print(f"{name} cannot send: {err.decode()}", file=sys.stderr)
    heard = {}
    for name, child in listeners.items():
        out, err = child.communicate()
        lines = [line.partition(": ")[2] for line in out.decode().splitlines()]
        heard[name] = lines, err.decode()
    return heard


def show(everybody, group, heard):
    """The table; True where all of it is green."""
    good = True
    print(f"\n{group}, from host a to host b\n")
    print(f"{'sender, listener':>18}", *(f"{name:>7}" for name in everybody))
    for sender in everybody:
        fields = []
        for listener in everybody:
            mine = [line for line in heard[listener][0] if line.endswith(f" of {sender}")]
            fine = mine == texts_of(sender)[2:]
            good = good and fine
            fields.append(f"{GREEN}{'ok':>7}{PLAIN}" if fine else f"{RED}{'FAILED':>7}{PLAIN}")
        print(f"{sender:>18}", *fields)
    sent = 4 * len(everybody)
    counters = f"{sent} arrived, {sent // 2} delivered, {sent // 2} filtered, 0 lost\n"
    for listener, (lines, err) in heard.items():
        if err != counters or len(lines) != sent // 2:
            print(f"{RED}{listener} heard {len(lines)} packets, and says: {err}{PLAIN}", end="")
            good = False
    return good


def main():
    prefix, work = map(pathlib.Path, sys.argv[1:])
    everybody, missing = {}, {}
    for name in [*programs.NEEDS, "python"]:
        try:
            everybody[name] = programs.Program(name, prefix, work)
        except programs.Missing as problem:
            missing[name] = problem
    good = all([show(everybody, group, talk(everybody, group))
                for group in ("239.1.2.3", "ff15::2a")])
    for name, problem in missing.items():
        print(f"{RED}{name}: {problem}{PLAIN}")
    print(f"\n{len(everybody) ** 2} pairs in IPv4 and IPv6,", "all green" if good else "NOT all green")
    return 0 if good and not missing else 1


if __name__ == "__main__":
    sys.exit(main())
