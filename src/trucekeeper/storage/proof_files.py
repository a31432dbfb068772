"""Many proofs as files: one each, or one archive a log where there are many.

Every file is a whole C2SP tlog-proof that stands alone. An archive (tar, gzip) holds the same files
one after the other: what they share, heads and receipts, then takes no room."""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from trucekeeper.errors import Code, Place, Problem, VerificationError
from trucekeeper.logs.proof import PROOF_BYTES_MAX, SUFFIX, Proof
from trucekeeper.vocabulary.ids import LogName, RefText, split_ref

FOLDER = "proofs"
ARCHIVE = ".tar.gz"
#: The page beside a report's proofs that checks them in a browser.
CHECK_PAGE = f"{FOLDER}/check.html"
#: More proofs than these are put into archives: as many files as a person still finds a way in.
FILES_MAX = 1_000
#: Proofs that are read from one archive at most, and bytes that it may unpack to.
ARCHIVED_MAX = 100_000
_UNPACKED_MAX = 1 << 30


def proof_name(ref: str) -> str:
    """The file name of a statement's proof: `<log>-<index>.tlog-proof`."""
    return ref.replace("/", "-") + SUFFIX


def ref_of(name: str) -> tuple[LogName, int] | None:
    """The log and index that a proof's file name says; None where it is no such name."""
    stem, dash, index = name.removesuffix(SUFFIX).rpartition("-")
    return split_ref(f"{stem}/{index}") if dash and name.endswith(SUFFIX) else None


def proof_addresses(refs: Iterable[RefText]) -> dict[RefText, str]:
    """Where the proof of each statement stands in a report's folder: in a file of its own or, where
    there are many, in the archive of its log."""
    refs = list(refs)
    many = len(refs) > FILES_MAX
    return {
        ref: f"{FOLDER}/{ref.rpartition('/')[0]}{ARCHIVE}"
        if many
        else f"{FOLDER}/{proof_name(ref)}"
        for ref in refs
    }


def proof_files(
    addresses: Mapping[RefText, str], proofs: Iterable[tuple[RefText, Proof]]
) -> Iterator[tuple[str, bytes]]:
    """Path and bytes of each file; proofs of one log follow one another."""
    held: dict[str, list[tuple[str, bytes]]] = {}
    for ref, proof in proofs:
        address, data = addresses[ref], bytes(proof)
        if not address.endswith(ARCHIVE):
            yield address, data
            continue
        for done in [other for other in held if other != address]:
            yield done, _packed(held.pop(done))
        held.setdefault(address, []).append((proof_name(ref), data))
    for address, files in held.items():
        yield address, _packed(files)


def read_proofs(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each proof of a report's folder; nothing where it has none. Raises
    VerificationError where an archive cannot be read, or is larger than any of ours."""
    for path in sorted((folder / FOLDER).glob("*")):
        if path.name.endswith(ARCHIVE):
            yield from _unpacked(path)
        elif path.name.endswith(SUFFIX):
            with path.open("rb") as file:
                yield path.name, file.read(PROOF_BYTES_MAX + 1)


def _packed(files: Iterable[tuple[str, bytes]]) -> bytes:
    """The files as an archive; the same files give the same bytes."""
    made = io.BytesIO()
    # The quickest setting finds the heads and receipts that follow one another.
    with (
        gzip.GzipFile(fileobj=made, mode="wb", compresslevel=1, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name, data in files:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return made.getvalue()


def _unpacked(path: Path) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each file of an archive, one at a time: nothing is written anywhere."""
    left, count = _UNPACKED_MAX, 0
    try:
        with tarfile.open(path, "r|gz") as archive:
            for member in archive:
                left, count = left - member.size, count + 1
                sound = member.isreg() and member.size <= PROOF_BYTES_MAX
                if not sound or left < 0 or count > ARCHIVED_MAX:
                    raise _no_archive(path, "another file than a proof, or too many")
                file = archive.extractfile(member)
                assert file is not None
                yield member.name, file.read()
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise _no_archive(path, str(error)) from error


def _no_archive(path: Path, found: str) -> VerificationError:
    where = Place(file=f"{FOLDER}/{path.name}")
    return VerificationError(Problem(Code.NOT_A_PROOF, where, found, "an archive of proofs"))
