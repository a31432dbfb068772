"""Coverage-guided fuzzing of one parser with atheris, for `make fuzz`.

Without arguments it lists the parsers. With a name it fuzzes that one until libFuzzer's options say
stop; any error but NoteError, any input of more than a few seconds or half a gigabyte is a finding,
kept in the folder of the options' artifact_prefix."""

from __future__ import annotations

import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["trucekeeper.logs", "trucekeeper.statements"]):
    from tests.logs.parsers import PARSERS
    from trucekeeper.logs.note import NoteError

LIMITS = (
    "-timeout=5",
    "-rss_limit_mb=512",
    "-max_len=8192",
    "-verbosity=0",
    "-print_final_stats=1",
)


def main() -> None:
    """Fuzz the parser that is named, from what it takes."""
    parsers = {parser.name: parser for parser in PARSERS}
    if len(sys.argv) < 2:
        sys.stdout.write("\n".join(parsers) + "\n")
        return
    parser = parsers[sys.argv[1]]

    def one(data: bytes) -> None:
        with suppress(NoteError):
            parser.read(data)

    with tempfile.TemporaryDirectory() as corpus:
        for number, data in enumerate(parser.valid):
            (Path(corpus) / str(number)).write_bytes(data)
        atheris.Setup([sys.argv[0], *LIMITS, *sys.argv[2:], corpus], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
