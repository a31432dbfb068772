"""`trucekeeper keys`: root keys, key documents, a node's own keys and its officers'."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from trucekeeper import ceremony
from trucekeeper.errors import Code, Place, Problem, QuestionError
from trucekeeper.governance.key_document import document_file, read_key_text, signed_by
from trucekeeper.keys.custody import PUBLIC_HALF, write_private
from trucekeeper.keys.keyring import change_passphrase, lie_in_clear
from trucekeeper.statements.kinds import Keys
from trucekeeper.terminal import (
    FOUND_PROBLEMS,
    Output,
    ask_for,
    command,
    node_option,
    passphrase_option,
)
from trucekeeper.vocabulary.ids import LogName

out_option = click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("next-keys"),
    help="Folder to write to, a file a circle; default: next-keys.",
)
FILE = click.Path(path_type=Path)


@click.group()
def keys() -> None:
    """Root keys, rotation, revocation, officers' keys. Each command takes --json.

    Example: trucekeeper keys list --node nodes/a
    """


@keys.command()
@click.argument("folder", type=FILE)
@click.option("--agreement", required=True, help="Identifier of the agreement, as in its file.")
@click.option("--as", "participant", required=True, help="Participant whose roots they are.")
@click.option("--count", default=3, help="How many root keys; default: 3.")
@passphrase_option
@command
def root(output: Output, folder: Path, agreement: str, participant: str, count: int) -> int:
    """Make root keys, each a file under its own passphrase, to be kept off every node.

    Example: trucekeeper keys root usb/ --agreement northern-line --as a --count 3
    """
    made = ceremony.make_roots(folder, agreement, participant, count, ask_for(new=True))
    public = [str(signer.key) for signer in made]
    output.say(f"Made {count} root keys in {folder}. Keep each apart, and none on a node:")
    for key in public:
        output.say(f"  {key}")
    output.fields["roots"] = public
    return 0


@keys.command()
@click.option("--root", "roots", multiple=True, type=FILE, help="A root's .vkey file; repeat.")
@click.option("--threshold", type=int, help="How many roots must sign.")
@click.option("--end-officer", help="Officer whose keys end with the present entries.")
@out_option
@node_option
@command
def draft(
    output: Output,
    roots: tuple[Path, ...],
    threshold: int | None,
    end_officer: str | None,
    out: Path,
    folder: Path,
) -> int:
    """Draft the next key documents, a file a circle, from what the node has, for roots to sign.

    Example: trucekeeper keys draft --root a.root-1.key.vkey --threshold 1 --out next-keys
    """
    node = output.open(folder)
    texts = [_public(path) for path in roots]
    documents = ceremony.draft(node, roots=texts, threshold=threshold, ended=end_officer)
    return _wrote(output, {out / f"{d.circle}.keys": d for d in documents})


@keys.command()
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("--with", "root_file", required=True, type=FILE, help="The root key's file.")
@passphrase_option
@command
def sign(output: Output, files: tuple[Path, ...], root_file: Path) -> int:
    """Add a root key's signature to key documents. Needs no node: sign where the key is kept.

    Example: trucekeeper keys sign next-keys/guarantors.keys --with a.root-1.key
    """
    documents = {path: ceremony.read_draft(path) for path in files}
    signer = ceremony.open_root(root_file, ask_for())
    return _wrote(output, {path: ceremony.sign(d, signer) for path, d in documents.items()})


@keys.command()
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("--officer", default="officer", help="Key id of the officer who states it.")
@passphrase_option
@node_option
@command
def state(output: Output, files: tuple[Path, ...], officer: str, folder: Path) -> int:
    """State key documents that enough roots signed in the own logs, and rely on them.

    Example: trucekeeper keys state next-keys/guarantors.keys --node nodes/a
    """
    node = output.open(folder)
    documents = [ceremony.read_draft(path) for path in files]
    stated, problems = ceremony.state(node, documents, officer=officer)
    output.say(f"Stated {', '.join(stated)}", stated=stated)
    output.problems(problems)
    return FOUND_PROBLEMS if problems else 0


@keys.command("list")
@node_option
@command
def list_(output: Output, folder: Path) -> int:
    """Show the node's own keys, and which key document of each participant is relied on.

    Example: trucekeeper keys list --node nodes/a
    """
    node = output.open(folder)
    ring = node.folder.keyring
    own = {str(log): [str(s.key) for s in signers] for log, signers in ring.logs.items()}
    own |= {role: [key] for role, key in ring.public_keys().items()}
    for name, texts in own.items():
        for text in texts:
            key = read_key_text(text)
            output.say(f"{name}: {text if key is None else key.id.hex()}")
    output.fields["own"] = own
    relied = {}
    for (participant, circle), chain in node.folder.keyrings.chains.items():
        if chain.latest is not None:
            relied[f"{participant}/{circle}"] = chain.latest.number
            for line in _told(chain.latest):
                output.say(line)
    output.fields["documents"] = relied
    output.fields["in_clear"] = lie_in_clear(folder / "keys")
    return 0


@keys.command()
@passphrase_option
@node_option
@command
def make(output: Output, folder: Path) -> int:
    """Make the keys that a node does not have yet: identity, witness, mirror, node.

    Example: trucekeeper keys make --node nodes/a
    """
    made = ceremony.make_missing(output.open(folder))
    output.say(f"Made {', '.join(made) or 'nothing: every key is there'}", made=made)
    return 0


@keys.command()
@click.argument("log")
@click.option("--overlap", default=1000, help="How many more entries the old key may sign.")
@out_option
@passphrase_option
@node_option
@command
def rotate(output: Output, log: str, overlap: int, out: Path, folder: Path) -> int:
    """Make a log's next key, and draft the document that brings it into force.

    Example: trucekeeper keys rotate a.guarantors --out next-keys
    """
    node = output.open(folder)
    document = ceremony.rotate(node, LogName(log), overlap=overlap)
    return _wrote(output, {out / f"{document.circle}.keys": document})


@keys.command()
@click.argument("log")
@click.option("--from", "index", required=True, type=int, help="First entry it may not sign.")
@out_option
@passphrase_option
@node_option
@command
def revoke(output: Output, log: str, index: int, out: Path, folder: Path) -> int:
    """Make a log's next key, and draft the document by which the old one is void from an index.

    Example: trucekeeper keys revoke a.guarantors --from 1042 --out next-keys
    """
    node = output.open(folder)
    document = ceremony.revoke(node, LogName(log), index)
    return _wrote(output, {out / f"{document.circle}.keys": document})


@keys.command()
@click.option("--new-file", type=FILE, help="File of mode 0600 with the new passphrase.")
@passphrase_option
@node_option
@command
def passphrase(output: Output, new_file: Path | None, folder: Path) -> int:
    """Change the node's passphrase, and encrypt what lies in the clear.

    Example: trucekeeper keys passphrase --node nodes/a
    """
    node = output.open(folder)
    vault = node.folder.keyring.vault
    if vault.is_locked:
        vault.identity()
    chosen = ask_for(new=True, file=new_file, given=False)(f"the keys of {folder}")
    count = change_passphrase(folder / "keys", vault, chosen)
    output.say(f"The passphrase is changed; {count} files were encrypted", encrypted=count)
    return 0


@keys.command()
@click.argument("id")
@click.option("--name", required=True, help="The officer's name; it stays in the desk.")
@passphrase_option
@node_option
@command
def officer(output: Output, id: str, name: str, folder: Path) -> int:
    """Make an officer's own key in the desk, under the officer's own passphrase.

    Example: trucekeeper keys officer o-17 --name "as in the house's list"
    """
    signer = ceremony.make_officer(output.open(folder), id, name, ask_for(new=True))
    output.say(f"Made {signer.key.name}; draft a key document to delegate it", key=str(signer.key))
    return 0


@keys.command()
@click.argument("refs", nargs=-1, required=True)
@passphrase_option
@click.option("--officer-passphrase-file", type=FILE, help="File with the officer's passphrase.")
@node_option
@command
def attest(
    output: Output, refs: tuple[str, ...], officer_passphrase_file: Path | None, folder: Path
) -> int:
    """Sign own statements with the key of the officer who stated each.

    Example: trucekeeper keys attest a.guarantors/1042
    """
    ask = ask_for(file=officer_passphrase_file, given=False)
    stated, problems = ceremony.attest(output.open(folder), refs, ask)
    output.say(f"Stated {', '.join(stated)}", stated=stated)
    output.problems(problems)
    return FOUND_PROBLEMS if problems else 0


def _public(path: Path) -> str:
    try:
        text = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        place = Place(file=str(path))
        raise QuestionError(Problem(Code.NOT_READABLE, place, "no file", PUBLIC_HALF)) from error
    return text


def _wrote(output: Output, documents: Mapping[Path, Keys]) -> int:
    """Write the documents, and show what is in them to whoever is to sign."""
    written = []
    for path, document in documents.items():
        write_private(path, document_file(document), anew=True)
        signed = signed_by(document, document.roots)
        for line in _told(document):
            output.say(line)
        output.say(f"Wrote {path}: {signed} of its own roots signed, {document.threshold} must")
        written.append(
            {
                "file": str(path),
                "circle": document.circle,
                "number": document.number,
                "signed": signed,
                "threshold": document.threshold,
            }
        )
    output.fields["written"] = written
    return 0


def _told(document: Keys) -> list[str]:
    """What a document says, for the eyes of who signs it."""
    head = f"{document.participant}, circle {document.circle}, number {document.number}"
    lines = [f"{head}, threshold {document.threshold}"]
    for root_text in document.roots:
        key = read_key_text(root_text)
        lines.append(f"  root {'?' if key is None else f'{key.name} {key.id.hex()}'}")
    for row in document.rows:
        key = read_key_text(row.key)
        span = "" if row.log is None else f" {row.log} from {row.first_index or 0}"
        end = "" if row.end_index is None else f" to before {row.end_index}"
        lines.append(f"  {row.role} {row.key if key is None else key.id.hex()}{span}{end}")
    return lines
