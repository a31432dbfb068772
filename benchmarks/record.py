"""The record beside what would be used instead, in one run: durable writing, mirroring, checking. Each figure is the best
of several rounds on a machine that others use too; the ratios are what to read.

make bench-record
"""

from __future__ import annotations

import argparse
import functools
import gc
import http.client
import http.server
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks import postgres
from benchmarks.world import make
from trucekeeper.engines.memory import without_collecting
from trucekeeper.keys.custody import signer_from_seed
from trucekeeper.matching.reports import MatchReport
from trucekeeper.replication.mirror import FolderSource, mirror
from trucekeeper.statements import kinds, parts
from trucekeeper.statements.encoding import Envelope, encode, encode_body
from trucekeeper.storage.disk import RealDisk
from trucekeeper.storage.log_folder import read_log
from trucekeeper.storage.log_writer import LogWriter
from trucekeeper.vocabulary.times import Instant, Period, instant

SIGNER = signer_from_seed("bench/a.public", b"1" * 32)
NAME, FOLDER = "a.public", "logs/a.public"
#: Best seconds of one piece of work, by what it is called.
Times = dict[str, float]
#: What a statement is made from: its body, and when it was stated.
Value = tuple[kinds.Report, Instant]


def values(count: int) -> list[Value]:
    """Reports of a made-up world as values, repeated up to the count with other references."""
    reports = make(min(count, 20_000), seed=5).reports
    bodies = [_body(report) for report in reports]
    more = -(-count // len(bodies))
    return [
        (msgspec.structs.replace(body, report_ref=f"{body.report_ref}-{turn}"), stated)
        for turn in range(more)
        for body, stated in bodies
    ][:count]


def _body(report: MatchReport) -> Value:
    body = kinds.Report(
        basis="own-observation",
        act=report.act or "armed-force",
        occurred=Period(earliest=instant(report.earliest), latest=instant(report.latest)),
        place=parts.Place(lat_e6=report.lat_e6, lon_e6=report.lon_e6, radius_m=report.radius_m),
        report_ref=report.id,
    )
    return body, instant(report.latest + 3_600)


def encoded(statements: Sequence[Value]) -> list[bytes]:
    """The statements as they stand in a log."""
    raw = msgspec.Raw
    with without_collecting():
        return [
            encode(
                Envelope(kind="report", version=1, officer="officer-1", stated_at=stated, body=raw(encode_body(body)))
            )
            for body, stated in statements
        ]  # fmt: skip


class Bench:
    """Runs pieces of work on one set of statements, and remembers the best time of each."""

    def __init__(self, folder: Path, statements: Sequence[Value]) -> None:
        self.folder = folder
        self.statements = statements
        self.entries = encoded(statements)
        self.times: Times = {}
        self.own = folder
        self.folders = 0

    def _fresh(self) -> Path:
        """A new folder. None is deleted while it is measured: ext4 searches long for an inode where many were just freed."""
        self.folders += 1
        return self.folder / f"log-{self.folders}"

    def timed(self, name: str, count: int, work: Callable[[], object]) -> None:
        """Seconds per item, the best so far."""
        started = time.perf_counter()
        work()
        taken = (time.perf_counter() - started) / count
        self.times[name] = min(taken, self.times.get(name, taken))

    def write_log(self, make_entries: Callable[[], Sequence[bytes]]) -> None:
        self.own = self._fresh()
        disk = RealDisk(self.own)
        held = read_log(disk, FOLDER, NAME, SIGNER.key)
        LogWriter(disk, FOLDER, held).append(make_entries(), SIGNER.key, SIGNER.sign)

    def mirror_and_check(self) -> None:
        source = FolderSource(RealDisk(self.own), FOLDER)
        mirror(RealDisk(self._fresh()), FOLDER, NAME, SIGNER.key, source)

    def check(self) -> None:
        read_log(RealDisk(self.own), FOLDER, NAME, SIGNER.key)

    def ours(self) -> None:
        """Our own figures, once."""
        count = len(self.entries)
        self.timed("from objects", count, lambda: self.write_log(lambda: encoded(self.statements)))
        self.timed("from bytes", count, lambda: self.write_log(lambda: self.entries))
        self.timed("check", count, self.check)
        self.timed("mirror", count, self.mirror_and_check)

    def signatures(self) -> None:
        """One Ed25519 check per record, and nothing else."""
        key = Ed25519PrivateKey.from_private_bytes(b"2" * 32)
        signed = [(entry, key.sign(entry)) for entry in self.entries[:4_000]]
        public = key.public_key()
        self.timed("ed25519", len(signed), lambda: [public.verify(s, e) for e, s in signed])

    def interactive(self) -> None:
        """A hundred statements at a time at the end of the log, and a bare write with one fsync."""
        disk = RealDisk(self.own)
        writer = LogWriter(disk, FOLDER, read_log(disk, FOLDER, NAME, SIGNER.key))
        writer.append(self.entries[:1], SIGNER.key, SIGNER.sign)
        batch = self.entries[:100]
        with (self.folder / "bare").open("ab", buffering=0) as file:

            def bare() -> None:
                file.write(b"x" * 4096)
                os.fsync(file.fileno())

            for _ in range(40):
                self.timed("batch of 100", 1, lambda: writer.append(batch, SIGNER.key, SIGNER.sign))
                self.timed("bare fsync", 1, bare)

    def sqlite(self) -> None:
        """SQLite in its durable setting: a row per commit, and all rows in one."""
        path = self.folder / "rows.sqlite"
        for old in self.folder.glob("rows.sqlite*"):
            old.unlink()
        rows = list(enumerate(self.entries))
        with sqlite3.connect(path, isolation_level=None) as base:
            base.execute("PRAGMA journal_mode=WAL")
            base.execute("PRAGMA synchronous=FULL")
            base.execute("CREATE TABLE one (i INTEGER PRIMARY KEY, entry BLOB)")
            base.execute("CREATE TABLE bulk (i INTEGER PRIMARY KEY, entry BLOB)")
            few = rows[:500]
            insert = "INSERT INTO one VALUES (?, ?)"
            self.timed("sqlite row", len(few), lambda: [base.execute(insert, row) for row in few])

            def bulk() -> None:
                base.execute("BEGIN")
                base.executemany("INSERT INTO bulk VALUES (?, ?)", rows)
                base.execute("COMMIT")

            self.timed("sqlite bulk", len(rows), bulk)
        base.close()

    def postgresql(self, address: str) -> None:
        """PostgreSQL with its default settings: a committed row per statement, and COPY."""
        import psycopg  # noqa: PLC0415  # only where there is a server

        with psycopg.connect(address, autocommit=True) as base:
            base.execute("DROP TABLE IF EXISTS one, docs, plain")
            base.execute("CREATE TABLE one (i bigint PRIMARY KEY, entry jsonb)")
            base.execute("CREATE TABLE docs (i bigint PRIMARY KEY, entry jsonb)")
            base.execute("CREATE TABLE plain (entry text)")
            few = [(i, entry.decode()) for i, entry in enumerate(self.entries[:2_000])]
            insert = "INSERT INTO one VALUES (%s, %s)"
            self.timed("postgresql row", len(few), lambda: [base.execute(insert, r) for r in few])
            quoted = [entry.replace(b"\\", b"\\\\") for entry in self.entries]
            keyed = b"".join(b"%d\t%s\n" % pair for pair in enumerate(quoted))
            plain = b"\n".join(quoted) + b"\n"
            count = len(self.entries)
            for name, table, data in (
                ("copy jsonb", "docs", keyed),
                ("copy plain", "plain", plain),
            ):
                self.timed(name, count, functools.partial(_copy, base, table, data))


def _copy(base: object, table: str, data: bytes) -> None:
    with base.cursor().copy(f"COPY {table} FROM STDIN") as copy:  # type: ignore[attr-defined]
        for at in range(0, len(data), 1 << 20):
            copy.write(data[at : at + (1 << 20)])


class _HttpSource:
    """A log's folder on a web server, over one connection."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port)

    def read(self, path: str) -> bytes | None:
        self.connection.request("GET", f"/{path}")
        answer = self.connection.getresponse()
        data = answer.read()
        return data if answer.status == http.HTTPStatus.OK else None


class _Quiet(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def mirror_over_http(folder: Path, port: int) -> None:
    """Mirror a log from loopback in this process; prints seconds and peak memory in MB."""
    started = time.perf_counter()
    held = mirror(RealDisk(folder), FOLDER, NAME, SIGNER.key, _HttpSource(port))
    taken = time.perf_counter() - started
    status = Path("/proc/self/status").read_text()  # of this program alone, unlike getrusage
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    print(held.size, f"{taken:.3f}", f"{peak:.0f}")


def million(folder: Path, statements: Sequence[Value], count: int) -> tuple[int, float, float]:
    """A log of `count` statements, mirrored over loopback HTTP by a process of its own: entries, seconds, MB at most."""
    bench = Bench(folder / "million", statements)
    more = -(-count // len(bench.entries))
    bench.write_log(lambda: (bench.entries * more)[:count])
    handler = functools.partial(_Quiet, directory=str(bench.own / FOLDER))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        best: tuple[int, float, float] | None = None
        for number in range(3):
            copy = folder / "million" / f"copy-{number}"
            command = [
                sys.executable,
                "-m",
                "benchmarks.record",
                "--mirror",
                str(copy),
                str(server.server_port),
            ]
            size, taken, peak = subprocess.run(
                command, check=True, capture_output=True, text=True
            ).stdout.split()
            found = int(size), float(taken), float(peak)
            best = found if best is None or found[1] < best[1] else best
        server.shutdown()
    assert best is not None and best[0] == count
    return best


def table(bench: Bench, whole: tuple[int, float, float]) -> str:
    """The figures and the ratios, as Markdown."""
    t = bench.times
    rate = {name: 1 / seconds for name, seconds in t.items()}
    none = "not installed"

    def per_second(name: str) -> str:
        return f"{rate[name]:,.0f}" if name in rate else none

    def times(name: str, other: str) -> str:
        return f"{rate[name] / rate[other]:,.1f}" if other in rate else none

    rows = [
        (
            "durable bulk append, from statement objects (encoding included)",
            per_second("from objects"),
        ),
        ("durable bulk append, from bytes", per_second("from bytes")),
        ("PostgreSQL 15, one committed row per statement", per_second("postgresql row")),
        ("SQLite, WAL and FULL, one committed row per statement", per_second("sqlite row")),
        ("SQLite, WAL and FULL, all rows in one transaction", per_second("sqlite bulk")),
        ("PostgreSQL 15, COPY into jsonb with a key", per_second("copy jsonb")),
        ("PostgreSQL 15, COPY into plain text without a key", per_second("copy plain")),
        ("audit: every bundle and tile of a log read and hashed", per_second("check")),
        ("mirror: copied, hashed, tiles made anew, durable", per_second("mirror")),
        ("one Ed25519 check per record", per_second("ed25519")),
    ]
    ratios = [
        ("from bytes : PostgreSQL row per commit", times("from bytes", "postgresql row")),
        ("from bytes : SQLite row per commit", times("from bytes", "sqlite row")),
        ("from bytes : SQLite in one transaction", times("from bytes", "sqlite bulk")),
        ("from bytes : PostgreSQL COPY, jsonb and key", times("from bytes", "copy jsonb")),
        ("from bytes : PostgreSQL COPY, plain", times("from bytes", "copy plain")),
        ("audit : Ed25519 per record", times("check", "ed25519")),
        ("mirror : Ed25519 per record", times("mirror", "ed25519")),
    ]
    size, taken, peak = whole
    length = sum(map(len, bench.entries)) / len(bench.entries)
    return "\n".join(
        [
            f"{len(bench.entries):,} statements of {length:.0f} bytes on average; the best of several rounds.", "",
            "| | a second |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows), "",
            "| ratio | |", "|---|---|", *(f"| {name} | {value} |" for name, value in ratios), "",
            f"A batch of 100 statements, durable and signed: {t['batch of 100'] * 1e3:.1f} ms; a bare write with one fsync: {t['bare fsync'] * 1e3:.2f} ms.",
            f"A mirror of {size:,} statements over loopback HTTP: {taken:.1f} s, {peak:.0f} MB at most.",
        ]
    )  # fmt: skip


def machine() -> str:
    """What this ran on."""
    model = next(
        (x.partition(": ")[2].strip() for x in Path("/proc/cpuinfo").read_text().splitlines() if x.startswith("model name")),
        platform.machine(),
    )  # fmt: skip
    return (
        f"{os.cpu_count()} cores ({model}), Python {platform.python_version()}, {platform.system()}"
    )


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--count", type=int, default=300_000)
    asked.add_argument("--million", type=int, default=1_000_000)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument(
        "--folder", help="on the disk to be measured; the system's temporary folder may be memory"
    )
    asked.add_argument("--mirror", nargs=2, metavar=("FOLDER", "PORT"))
    given = asked.parse_args()
    if given.mirror:
        mirror_over_http(Path(given.mirror[0]), int(given.mirror[1]))
        return
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        folder.chmod(0o755)
        statements = values(given.count)
        bench = Bench(folder, statements)
        with postgres.server(folder / "postgresql") as address:
            gc.freeze()  # what the benchmark itself holds is not looked through again and again
            for _ in range(given.rounds):
                bench.ours()
                bench.signatures()
                bench.sqlite()
                if address is not None:
                    bench.postgresql(address)
            bench.interactive()
        whole = million(folder, statements, given.million)
    print(f"{machine()}.\n\n{table(bench, whole)}")


if __name__ == "__main__":
    main()
