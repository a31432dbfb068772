"""Every problem as a list: code, what it means, what to do."""

from __future__ import annotations

from enum import Enum


class Code(Enum):
    """Every problem: identifier, meaning, remedy. The letter tells the part: A agreement, S
    statement, L log, I intake, N node, K keys, X exchange, P payload, Q question, V proof."""

    # Agreement
    NOT_TOML = ("A-001", "the text is not TOML", "mend the line named")
    UNKNOWN_KEY = ("A-002", "no such key", "remove it or correct its spelling")
    MISSING_KEY = ("A-003", "a required key is missing", "add it")
    WRONG_TYPE = ("A-004", "the value is not of the kind that is needed", "write it as expected")
    UNKNOWN_NAME = (
        "A-005",
        "the name stands for nothing in this agreement",
        "declare it, or correct its spelling",
    )
    REPEATED_NAME = ("A-006", "the same identifier is declared twice", "give each its own")
    BAD_ORDER = ("A-007", "an end is not after its beginning", "correct one of the two times")
    CONTRADICTION = (
        "A-008",
        "two provisions contradict each other",
        "decide which holds and remove the other",
    )
    NOT_A_PARTITION = (
        "A-009",
        "reporting areas overlap",
        "let each code stand in one reporting area only",
    )
    MISSING_ATTACHMENT = ("A-010", "an attachment is absent", "put the file beside the agreement")
    WRONG_DIGEST = (
        "A-011",
        "an attachment is not the file that was agreed",
        "bring the file with the digest that is named",
    )
    BAD_MAP = (
        "A-012",
        "a map cannot be used",
        "give a closed polygon in GeoJSON, longitude before latitude",
    )
    NO_SOURCE = ("A-013", "a transcribed fact has no source", "name the source")
    QUORUMS_APART = (
        "A-020",
        "two quorums need share nobody, so that each could hold another history",
        "ask for more of those who are not on the author's side",
    )
    NO_QUORUM = (
        "A-021",
        "no receipts can make this quorum",
        "ask for as many as can give them, not counting the author's side",
    )
    BAD_READING = (
        "A-022",
        "the text of a language cannot be read in place of this one",
        "name a block and values that the agreement could have",
    )

    # Statement
    NOT_CANONICAL = (
        "S-001",
        "the entry is not in the one canonical form",
        "the author states it again in canonical form",
    )
    NOT_UNDERSTOOD = (
        "S-002",
        "the kind or version is unknown to these rules",
        "read it with the rules version that knows it",
    )
    BAD_FIELD = (
        "S-003",
        "a field is missing, unknown or of the wrong kind",
        "the author corrects the statement",
    )
    NOT_ON_ROSTER = (
        "S-004",
        "the log is not on the roster",
        "the participant is added to the roster",
    )
    NOT_ENTITLED = (
        "S-005",
        "the author may not state this kind to this circle",
        "somebody entitled states it, or the agreement is amended",
    )
    WRONG_REFERENCE = (
        "S-006",
        "a cited statement is not the one that stands there",
        "the author cites it again",
    )
    CITES_NARROWER = (
        "S-007",
        "it cites what not every member of its circle can read",
        "the author releases what it cites",
    )
    SALT_MISPLACED = (
        "S-008",
        "a salt is missing outside public, or stands in public",
        "the author states it again",
    )
    AWAITS_REVIEW = (
        "S-009",
        "it awaits a second officer",
        "another officer of the same participant reviews it",
    )
    REJECTED_IN_REVIEW = ("S-010", "a second officer rejected it", "the author states it anew")
    NOT_THE_AUTHOR = (
        "S-011",
        "only its author may change a statement",
        "the author corrects or withdraws it",
    )
    BAD_PERIOD = (
        "S-012",
        "a period ends before it begins",
        "the author corrects one of the two times",
    )
    BAD_PLACE = (
        "S-013",
        "a place is impossible",
        "the author corrects the coordinates or the radius",
    )
    BAD_RANGE = (
        "S-014",
        "a smallest number is greater than the greatest",
        "the author corrects one of the two",
    )
    UNKNOWN_WORD = (
        "S-015",
        "the word is not in the vocabulary",
        "the author uses a word of the glossary",
    )
    WRONG_SUBJECT = (
        "S-016",
        "it speaks of a statement of the wrong kind",
        "the author cites the right statement",
    )
    SPEAKS_FOR_OTHER = (
        "S-017",
        "the author may not speak on behalf of that participant",
        "the agreement says for whom it answers",
    )
    WRONG_HEAD = (
        "S-018",
        "a cited head is not a head of that log",
        "compare the two copies of the log: they are two histories or one is damaged",
    )
    PENDING = ("S-019", "it cites something outside this cut", "fetch the log that it cites")
    TEXT_NOT_ALLOWED = (
        "S-020",
        "the text is not NFC over Unicode 14, or holds control characters",
        "write the text without them",
    )
    TOO_LARGE = (
        "S-021",
        "an entry is larger than 65,535 bytes",
        "shorten the text, or attach it as a file and cite its digest",
    )
    FUTURE_EVENT = (
        "S-022",
        "it says that something happened after it was stated",
        "correct one of the two times",
    )
    BAD_RECEIPT = (
        "S-040",
        "a receipt that a context carries does not verify",
        "compare its line with the key of whom it names; the context counts as before",
    )
    BAD_SUSPENSION = (
        "S-041",
        "the act on the mechanism lacks what it needs, or has what it must not",
        "the author states it again: a custodian at a hand-over, heads at a sealing or hand-over",
    )
    OTHER_TEXT = (
        "S-042",
        "it decides under another text of the agreement",
        "the author cites the digest of this agreement",
    )
    OUTSIDE_BRACKET = (
        "S-043",
        "its stated time lies outside its record bracket",
        "the author sets its clock; the record shows when it was made",
    )
    UNCHECKED_START = (
        "S-044",
        "a node started without comparing its own last heads with any peer",
        "exchange with another participant, who still has what was published before",
    )

    DISPUTED = (
        "S-030",
        "two histories of this log exist, and it stands beyond what they share",
        "the author states it again in the log that goes on from this one",
    )
    NO_EVIDENCE = (
        "S-031",
        "the evidence does not prove two histories of that log",
        "compare the key and the origin; state the evidence again as it was built",
    )
    LOG_NOT_OPENED = (
        "S-032",
        "the log goes on from another without having been opened for it",
        "the author opens it: `trucekeeper continue LOG`",
    )
    CHANGES_DISPUTED = (
        "S-033",
        "it changes an entry that is not counted",
        "the author states anew what it meant",
    )

    # Log
    DAMAGED = (
        "L-001",
        "a file of the log is damaged",
        "fetch the log again from another member of its circle",
    )
    BAD_SIGNATURE = (
        "L-002",
        "the signature does not verify",
        "compare the verifier key with the roster",
    )
    MISSING_FILE = (
        "L-003",
        "a file of the log is missing",
        "fetch the log again from another member of its circle",
    )
    UNEXPECTED_FILE = ("L-004", "a file does not belong into the log", "remove it")
    TWO_HISTORIES = (
        "L-005",
        "two copies of one log differ",
        "keep both and show them to the other participants",
    )
    WRITER_BUSY = ("L-007", "another process writes this log", "let it end, or stop it")
    DISK_FAILED = (
        "L-008",
        "the disk refused",
        "free space or replace the disk; what was acknowledged is safe",
    )
    DISK_FULL = (
        "L-010",
        "there is no room on the disk",
        "free space and do it again; what was acknowledged is safe",
    )
    HEAD_MOVED = (
        "L-011",
        "the head of the log is not the one that was held",
        "open the log again; if a backup was put back, fetch the log from another member first",
    )
    OVERSIZED = (
        "L-012",
        "a source gives or promises more than a log may hold",
        "ask another member of the circle for the log",
    )
    HEAD_NOT_HELD = (
        "L-013",
        "the head that was about to be signed cannot be made from the folder",
        "bring the folder back from a copy of the same moment; sign nothing else in this log",
    )

    NOT_EVIDENCE = (
        "L-020",
        "the file proves no two histories",
        "ask for it again from whoever sent it, and for the log's verifier key",
    )
    NOT_FROZEN = (
        "L-021",
        "the log is not frozen, so nothing goes on from it",
        "go on stating in it",
    )

    # Intake
    NOT_READABLE = ("I-001", "the file cannot be read", "save it again as UTF-8 CSV or as XLSX")
    TRUNCATED = ("I-002", "the file ends in the middle", "fetch or export the file again")
    MISSING_COLUMN = (
        "I-003",
        "a needed column is missing",
        "add the column, or map another one to it",
    )
    UNKNOWN_COLUMN = ("I-004", "a column is not known", "rename it, or map it")
    BAD_CELL = ("I-005", "a cell cannot be understood", "write it as expected")
    SWAPPED_COORDINATES = ("I-006", "latitude and longitude look swapped", "swap the two columns")
    FUTURE_DATE = ("I-007", "the date is after the day on which it is stated", "correct the date")
    ALREADY_STATED = ("I-008", "this was stated before", "nothing to do")
    DOUBTFUL = (
        "I-009",
        "the source contradicts itself",
        "nothing to do: it is kept as stated and flagged",
    )
    WRONG_ENCODING = ("I-010", "the text is not UTF-8", "save it again as UTF-8")
    UNKNOWN_FORMAT = (
        "I-011",
        "the format is not known",
        "give a file in one of the formats that are listed",
    )
    NOT_IN_AGREEMENT = (
        "I-012",
        "the agreement knows no such participant, component or area",
        "correct the name",
    )
    SHEET_NOT_READ = (
        "I-013",
        "a sheet of the workbook was not read",
        "save it as a file of its own, or put its rows into the sheet that is read",
    )
    NO_ACT = (
        "I-014",
        "the row is of a type that speaks of no act, and is left out",
        "nothing to do; if the event is one, state it in a report of your own",
    )

    # Node
    NOT_A_NODE = ("N-001", "the folder is no node", "make one with `trucekeeper new`")
    FOLDER_TAKEN = ("N-002", "the folder is not empty", "choose another folder")
    NO_KEY = (
        "N-003",
        "this node has no key for that log",
        "state it on the node of its participant",
    )
    OTHER_AGREEMENT = (
        "N-004",
        "the two nodes hold different agreements",
        "agree on one text; each node can still show its own",
    )
    KEYS_OF_SEVERAL = (
        "N-005",
        "the node holds keys of several participants",
        "only an archive or an exercise may; say so in the agreement",
    )
    KEY_EXPOSED = ("N-006", "a key can be read by others", "set the file's mode to 0600")
    ROSTER_DIFFERS = (
        "N-007",
        "the roster and the verifier key of a log differ",
        "compare both with the participant",
    )
    STALE_RELEASE = (
        "N-008",
        "a release no longer agrees with its original",
        "release the corrected statement, or withdraw the release",
    )

    TOO_FEW_PAIRS = (
        "N-009",
        "too few reports of one event to estimate settings from",
        "keep the settings as they are; estimate again from a larger cut",
    )

    # Keys
    NO_PASSPHRASE = (
        "K-001",
        "the keys are locked, and no passphrase was given",
        "answer at the terminal, or name a file of mode 0600 with --passphrase-file",
    )
    NOT_OPENED = (
        "K-002",
        "a key file cannot be opened",
        "give the passphrase that it was made with, or bring the file from a copy",
    )
    NO_SUCH_KEY = (
        "K-003",
        "there is no such key here",
        "make it with `trucekeeper keys make`, or bring its file",
    )
    BAD_KEY_DOCUMENT = (
        "K-004",
        "a key document cannot be used",
        "draft it anew, and let the root keys sign it again",
    )
    TOO_FEW_ROOTS = (
        "K-005",
        "too few root keys have signed",
        "let as many sign as the threshold says, of the document before and of this one",
    )
    NUMBER_GAP = (
        "K-006",
        "the key document before it is missing",
        "fetch the logs in which that one was stated",
    )
    OTHER_ROOTS = (
        "K-007",
        "the first key document names other root keys than those trusted",
        "compare both with the participant by another way",
    )
    TWO_KEY_DOCUMENTS = (
        "K-008",
        "two key documents of one number differ; neither is in effect",
        "the participant issues the next one; ask it why there are two",
    )
    AWAITS_SIGNATURE = (
        "K-009",
        "it awaits the signature of its officer",
        "the officer signs it with the key that the key document delegates",
    )
    BAD_OFFICER_SIGNATURE = (
        "K-010",
        "an officer's signature does not hold",
        "the officer signs again with a key that is in force for that entry",
    )
    KEY_NOT_IN_FORCE = (
        "K-011",
        "none of the keys here may sign the next head of that log",
        "draft a key document that brings a key of this node into force",
    )
    VOID_HEAD = (
        "K-012",
        "the head is signed by a key that was void at that size",
        "compare it with the participant; sync takes the log as the key in force signed it",
    )

    # Exchange
    UNREACHABLE = (
        "X-001",
        "a peer cannot be reached",
        "check its address in peers.toml and the line; the exchange with the others goes on",
    )
    REFUSED = (
        "X-002",
        "a peer refused a request",
        "compare clocks and node keys with it; where it says slower, nothing: it is asked again",
    )
    BAD_ANSWER = (
        "X-003",
        "a peer's answer cannot be understood",
        "tell the participant whose node it is; nothing of it was taken",
    )
    BAD_PEERS = ("X-004", "the list of peers cannot be used", "write it as expected")
    BAD_BUNDLE = (
        "X-005",
        "a bundle is cut off, damaged or no bundle",
        "fetch it again; what was whole in it is kept",
    )
    BUNDLE_NOT_FOR_US = (
        "X-006",
        "a bundle cannot be opened with this node's key",
        "ask for one that is made for this participant",
    )
    NO_RECIPIENT = (
        "X-007",
        "a member has no key that a bundle could be encrypted to",
        "fetch the member's key document first",
    )
    RESTORED_BACKUP = (
        "X-008",
        "a peer holds more of this node's own log, or another history of it, than the node itself",
        "run `trucekeeper sync --restore`; where that finds two histories, sign nothing more",
    )

    # Payload
    PAYLOAD_MISSING = (
        "P-001",
        "a sealed payload is not on this node",
        "exchange with a member of its circle that holds it",
    )
    PAYLOAD_DAMAGED = (
        "P-002",
        "a payload's file is not the one that the log names",
        "remove it and fetch it again from another member of its circle",
    )
    OTHER_CONTENT = (
        "P-003",
        "what was sealed is not what was committed to",
        "show it to the other recipients: the author's own log proves what it committed to",
    )
    NOT_A_RECIPIENT = (
        "P-004",
        "the payload is sealed to others",
        "ask its author to seal it to this participant too",
    )
    RECIPIENT_OUTSIDE = (
        "P-005",
        "a recipient is not in the circle",
        "seal it in a circle of which all recipients are members",
    )
    NO_RECIPIENT_KEY = (
        "P-006",
        "no key is known to which it could be sealed or with which it could be opened",
        "exchange keys with the participant first",
    )
    PAYLOAD_ERASED = (
        "P-007",
        "its author erased the payload",
        "nothing to do: it is withheld everywhere",
    )
    PAYLOAD_TOO_LARGE = (
        "P-008",
        "a payload is larger than 64 MiB",
        "seal it in parts",
    )
    NO_LIST = (
        "P-009",
        "the list or its cells cannot be committed to or opened one by one",
        "give a table of at most 100,000 rows and 100 fields, and rows and fields that it has",
    )
    BAD_DISCLOSURE = (
        "P-010",
        "a disclosure does not lead to the commitment",
        "believe nothing of it; ask its author for the statement and the file again",
    )
    MAY_NAME_A_PERSON = (
        "P-011",
        "a text may name a protected person",
        "write it without the person and seal the rest, or confirm that it names nobody",
    )
    NOT_ON_A_TERMINAL = (
        "P-012",
        "the contents of a sealed payload are not shown on a terminal",
        "name a file with --out; it is readable by its owner alone",
    )

    # Question
    NO_SUCH_FACE = ("Q-001", "there is no such face on this node", "choose one that is listed")
    NO_SUCH_TABLE = ("Q-002", "there is no such table", "choose one that is listed")
    BAD_DATE = ("Q-003", "the date, period or instant cannot be understood", "write it as shown")
    NO_SUCH_FORMAT = ("Q-004", "there is no such format", "choose one that is listed")
    NO_SUCH_LANGUAGE = ("Q-005", "there is no such language", "choose one that is listed")
    NO_SUCH_REFERENCE = (
        "Q-006",
        "nothing stands under that reference",
        "write a statement as log/index or an incident by its number",
    )
    NOT_RECOMPUTABLE = (
        "Q-007",
        "this node does not hold what the report rests on",
        "fetch the logs that are named",
    )
    NO_SUCH_COLUMN = ("Q-008", "the table has no such column", "choose one that is listed")
    NOT_INSTALLED = (
        "Q-009",
        "what this needs is not installed",
        "install the extra, or choose another engine",
    )

    # Proof
    NOT_A_PROOF = ("V-001", "the file is no whole proof", "get it again from who handed it over")
    PROOF_FAILS = (
        "V-002",
        "the proof does not hold",
        "do not rely on it; ask for it again, and compare the key with the participant",
    )
    NO_KEY_FOR_PROOF = (
        "V-003",
        "there is no key to check the proof with",
        "give the log's verifier key with --key, or a roster.toml with --roster",
    )
    NO_ENTRY = (
        "V-004",
        "the proof does not carry the statement that it is about",
        "give the statement's bytes with --entry",
    )
    OTHER_STATEMENT = (
        "V-005",
        "a proof is of another statement than its name says",
        "get the folder again from who published it",
    )
    USELESS_POLICY = (
        "V-006",
        "the policy does not protect from two histories",
        "ask for more receipts, so that any two quorums share somebody besides the author",
    )

    def __init__(self, id: str, meaning: str, remedy: str) -> None:
        self.id = id
        self.meaning = meaning
        self.remedy = remedy
