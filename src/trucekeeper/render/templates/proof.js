"use strict";
// Checks a proof that a log holds one statement: C2SP tlog-proof, signed-note, tlog-checkpoint,
// tlog-cosignature and RFC 6962. Only bytes in and facts out: what the page shows is in
// proof_page.js. It asks nothing of the network and keeps nothing.
const Proofs = (() => {
  const HEADER = "c2sp.org/tlog-proof@v1";
  const ED25519 = 0x01, COSIGNATURE = 0x04, MLDSA_COSIGNATURE = 0x06;
  const PUBLIC_BYTES = { [ED25519]: 32, [COSIGNATURE]: 32, [MLDSA_COSIGNATURE]: 1312 };
  const NUMBER_MAX = 2n ** 63n - 1n;
  const HEAD_MAX = 100000, ENTRY_MAX = 65535, PATH_MAX = 63, NOTE_MAX = 1000000, LINES_MAX = 64;

  // A proof or key that is malformed, or does not hold: told to the reader as it is.
  class Refused extends Error {}
  const refuse = (why) => { throw new Refused(why); };

  // Bytes

  const utf8 = (text) => new TextEncoder().encode(text);
  const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
  const equal = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

  function joined(...parts) {
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) { whole.set(part, at); at += part.length; }
    return whole;
  }

  // Only the one canonical form: whatever could be written in two ways is refused.
  function base64(text) {
    const form = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
    const binary = form.test(text) ? atob(text) : refuse("text that is not base64");
    if (btoa(binary) !== text) refuse("base64 in other than its canonical form");
    return Uint8Array.from(binary, (ch) => ch.charCodeAt(0));
  }

  function wholeNumber(text) {
    const number = /^(?:0|[1-9][0-9]{0,18})$/.test(text) ? BigInt(text) : -1n;
    if (number < 0n || number > NUMBER_MAX) refuse("a number that is not a plain decimal");
    return number;
  }

  // RFC 6962: leaves and nodes are hashed apart, so that none passes for the other.

  const sha256 = async (...parts) =>
    new Uint8Array(await crypto.subtle.digest("SHA-256", joined(...parts)));
  const leafHash = (entry) => sha256([0], entry);
  const nodeHash = (left, right) => sha256([1], left, right);

  // RFC 9162, 2.1.3.2. index and size are BigInt: a log may have more than 2^53 entries.
  async function leadsToRoot(leaf, index, size, path, root) {
    if (index < 0n || index >= size) return false;
    let node = leaf, fn = index, sn = size - 1n;
    for (const step of path) {
      if (sn === 0n) return false;
      if (fn & 1n || fn === sn) {
        node = await nodeHash(step, node);
        while (!(fn & 1n) && fn) { fn >>= 1n; sn >>= 1n; }
      } else {
        node = await nodeHash(node, step);
      }
      fn >>= 1n; sn >>= 1n;
    }
    return sn === 0n && equal(node, root);
  }

  // Notes, checkpoints, keys

  const isName = (name) => name !== "" && !/[\s+\u0000-\u001f\u0085]/u.test(name);

  function parseLine(line) {
    const [, name, encoded] = /^— ([^ ]+) ([^ ]+)$/u.exec(line) || refuse("a malformed signature line");
    const data = base64(encoded);
    if (!isName(name) || data.length <= 4) refuse("a malformed signature line");
    return { name, id: hex(data.slice(0, 4)), signature: data.slice(4) };
  }

  function parseNote(text) {
    const end = text.lastIndexOf("\n\n");
    const lines = text.slice(end + 2);
    if (end < 0 || !text.endsWith("\n") || /[\u0000-\u0009\u000b-\u001f]/.test(text)
        || utf8(text).length > NOTE_MAX) {
      refuse("a note without text and signatures, or with control characters");
    }
    const rows = lines.slice(0, -1).split("\n");
    if (lines === "" || rows.length > LINES_MAX) refuse("no signature, or too many");
    return { text: text.slice(0, end + 1), lines: rows.map(parseLine) };
  }

  function parseCheckpoint(text) {
    const lines = text.split("\n");
    if (lines.length !== 4 || lines[3] !== "" || lines[0] === "") {
      refuse("a checkpoint that is not origin, size and root");
    }
    const root = base64(lines[2]);
    if (root.length !== 32) refuse("a root that is not 32 bytes");
    return { origin: lines[0], size: wholeNumber(lines[1]), root };
  }

  async function parseKey(text) {
    const [, name, id, encoded] = /^([^+]*)\+([^+]*)\+(.*)$/su.exec(text)
      || refuse("a verifier key that is not name+keyid+base64");
    const data = base64(encoded);
    const type = data[0], key = data.slice(1);
    if (!isName(name) || data.length < 2 || text.length > 4096) {
      refuse("a verifier key that is not name+keyid+base64");
    }
    const digest = await sha256(utf8(name), [10], data);
    if (hex(digest.slice(0, 4)) !== id || key.length !== (PUBLIC_BYTES[type] ?? key.length)) {
      refuse(`a verifier key of ${name} whose id or length is wrong`);
    }
    return { name, id, type, key, text };
  }

  // Lines of a verifier key each; a line of a roster.toml is read for the key that stands in it.
  async function parseKeys(text) {
    const found = new Map();
    for (const line of text.split(/\r?\n/)) {
      const quoted = /^\s*key\s*=\s*"([^"]*)"\s*$/.exec(line);
      const bare = quoted ? quoted[1] : line.trim();
      if (quoted || (bare.includes("+") && !bare.startsWith("#"))) {
        const key = await parseKey(bare);
        found.set(key.text, key);
      } else if (bare !== "" && !/^(?:#|\[|author\s*=|log\s*=)/.test(bare)) {
        refuse(`a line among the keys that is none: ${bare.slice(0, 60)}`);
      }
    }
    return [...found.values()];
  }

  function parseProof(bytes) {
    let whole;
    try {
      whole = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      refuse("a file that is not UTF-8 text");
    }
    const end = whole.indexOf("\n\n");
    const head = whole.slice(0, end);
    if (end < 0 || head.length > HEAD_MAX || /[^\u0000-\u007f]/.test(head)) {
      refuse("a proof without its empty line, or with a head that is too long");
    }
    const [first, ...lines] = head.split("\n");
    if (first !== HEADER) refuse(`a first line that is not ${HEADER}`);
    let extra = null;
    if (lines.length && lines[0].startsWith("extra ")) {
      extra = base64(lines.shift().slice(6));
      if (extra.length > ENTRY_MAX) refuse("more in extra than an entry holds");
    }
    if (!lines.length || !lines[0].startsWith("index ") || lines.length - 1 > PATH_MAX) {
      refuse("no index, or more hashes than a tree is high");
    }
    const index = wholeNumber(lines[0].slice(6));
    const path = lines.slice(1).map(base64);
    if (path.some((step) => step.length !== 32)) refuse("a hash that is not 32 bytes");
    return { index, path, extra, note: parseNote(whole.slice(end + 2)) };
  }

  // Signatures. true or false; null where this browser has no such signatures.

  async function ed25519(key, signature, message) {
    let imported;
    try {
      imported = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
    } catch (error) {
      if (error.name === "NotSupportedError" || error instanceof TypeError) return null;
      return false;
    }
    return crypto.subtle.verify({ name: "Ed25519" }, imported, signature, message);
  }

  const bigEndian = (bytes) => bytes.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);

  // What a known key's line on a note says: { verified: true | false | null, at }.
  async function checkLine(line, key, text) {
    if (key.type === ED25519) {
      return { verified: await ed25519(key.key, line.signature, utf8(text)), at: null };
    }
    if (line.signature.length < 8) return { verified: false, at: null };
    const at = bigEndian(line.signature.slice(0, 8));
    if (at > NUMBER_MAX) return { verified: false, at: null };
    if (key.type !== COSIGNATURE) return { verified: null, at };
    const message = utf8(`cosignature/v1\ntime ${at}\n${text}`);
    return { verified: await ed25519(key.key, line.signature.slice(8), message), at };
  }

  // What a proof shows, by the keys that the reader trusts. Throws Refused where it does not hold.
  //   verdict "holds": the log's key signed the head that holds the statement;
  //           "hashes": only the hashes hold: there is no key of the log (why "key"), or the
  //           browser cannot check signatures (why "browser").
  async function check(bytes, keyText) {
    const proof = parseProof(bytes);
    const head = parseCheckpoint(proof.note.text);
    if (proof.extra === null) refuse("a proof that does not carry its statement");
    const leaf = await leafHash(proof.extra);
    if (!await leadsToRoot(leaf, proof.index, head.size, proof.path, head.root)) {
      refuse("hashes that do not lead from this statement to the root");
    }
    const keys = await parseKeys(keyText);
    const receipts = [], unchecked = [];
    let signer = null, verdict = "hashes", why = "key";
    for (const line of proof.note.lines) {
      const key = keys.find((key) => key.name === line.name && key.id === line.id);
      if (!key || !(key.type in PUBLIC_BYTES)) { unchecked.push({ name: line.name, why: "key" }); continue; }
      const { verified, at } = await checkLine(line, key, proof.note.text);
      if (verified === false) refuse(`a signature by ${line.name} that does not verify`);
      if (key.type === ED25519 && key.name === head.origin) {
        signer = key;
        if (verified) verdict = "holds"; else why = "browser";
      } else if (key.type === ED25519) {
        continue;
      } else if (verified) {
        receipts.push({ name: key.name, at });
      } else {
        unchecked.push({ name: key.name, why: "browser" });
      }
    }
    const own = keys.filter((key) => key.name === head.origin && key.type === ED25519);
    if (own.length && !signer) refuse(`no signature by the key of ${head.origin}`);
    return { verdict, why, head, index: proof.index, leaf, entry: proof.extra, signer, receipts, unchecked };
  }

  return { check, Refused, hex };
})();
