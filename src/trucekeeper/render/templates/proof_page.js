"use strict";
// The page around the check: takes a proof and keys, shows what follows. Everything from a file is
// set as text, never as markup.
(() => {
  const at = (id) => document.getElementById(id);
  const file = at("file"), drop = at("drop"), keys = at("keys"), result = at("result");
  let given = null; // { name, bytes }

  function element(tag, content, attributes = {}) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    for (const part of [content].flat()) if (part !== null) made.append(part);
    return made;
  }
  const list = (items) => element("ul", items.map((item) => element("li", item)));
  // A value from a file, set apart from the words around it whatever its script.
  const value = (text) => element("bdi", String(text));
  const code = (text) => element("code", String(text), { dir: "ltr" });

  function instant(seconds) {
    const day = new Date(Number(seconds) * 1000);
    if (Number.isNaN(day.getTime())) return `${seconds} seconds after 1970`;
    return `${day.toISOString().slice(0, 19).replace("T", " ")} UTC`;
  }

  // The statement

  const UNITS = { _e6: "°", _m: " m", _deg: "°" };
  const NAMES = { lat: "latitude", lon: "longitude" };

  // The one encoding that a value has: for such values it is that of RFC 8785.
  function canonical(told) {
    if (Array.isArray(told)) return `[${told.map(canonical).join(",")}]`;
    if (told === null || typeof told !== "object") return JSON.stringify(told);
    const pairs = Object.keys(told).sort().map((key) => `${JSON.stringify(key)}:${canonical(told[key])}`);
    return `{${pairs.join(",")}}`;
  }

  function words(name, told) {
    const unit = Object.keys(UNITS).find((end) => name.endsWith(end) && Number.isInteger(told));
    const bare = (unit ? name.slice(0, -unit.length) : name).replaceAll("_", " ");
    const text = unit === "_e6" ? (told / 1e6).toFixed(6) : String(told);
    const time = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)Z$/.exec(text);
    return [NAMES[bare] ?? bare, time ? `${time[1]} ${time[2]} UTC` : text + (unit ? UNITS[unit] : "")];
  }

  function rows(told, above = []) {
    return Object.entries(told).flatMap(([name, inner]) => {
      const numbered = Array.isArray(told) ? String(Number(name) + 1) : name;
      if (Array.isArray(inner) && inner.every((item) => item === null || typeof item !== "object")) {
        return [[[...above, words(numbered, "")[0]].join(" › "), inner.join("; ")]];
      }
      if (inner !== null && typeof inner === "object") {
        return rows(inner, [...above, words(numbered, "")[0]]);
      }
      const [label, text] = words(numbered, inner);
      return [[[...above, label].join(" › "), text]];
    });
  }

  const pairs = (told) => element("dl", told.map(([name, text]) =>
    element("div", [element("dt", name), element("dd", text)])));

  // The order in which people ask: what, when, by whom; what it says; what the format needs.
  const FIRST = ["kind", "stated_at", "officer", "on_behalf_of", "language"];

  function statement(entry) {
    const title = element("h3", "The statement");
    let told, text;
    try {
      text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(entry);
      told = JSON.parse(text);
    } catch {
      told = null;
    }
    if (told === null || typeof told !== "object" || Array.isArray(told)) {
      return [title, element("p", `${entry.length} bytes that are no statement of a known form. `
        + "The log holds them all the same.")];
    }
    const { body, ...around } = told;
    const first = FIRST.filter((name) => name in around).map((name) => [name, around[name]]);
    const rest = Object.entries(around).filter(([name]) => !FIRST.includes(name));
    const inner = body !== null && typeof body === "object" ? body : {};
    return [
      title,
      canonical(told) === text ? null : element("p", "It is not in the one canonical form: nodes keep it, "
        + "and do not count it. What is shown here may leave something out.", { class: "warn" }),
      pairs(rows(Object.fromEntries(first))),
      element("h4", "What it says"),
      pairs(rows(inner)),
      rest.length ? element("details", [element("summary", "References, salt and version"),
        pairs(rows(Object.fromEntries(rest)))]) : null,
    ];
  }

  // The verdict

  const shownNot = () => [element("h3", "What it does not show"), list([
    "That what is stated is true.",
    "That anybody agrees with it: a receipt says “I had this head”, and no more.",
    "That it still counts: its author may have corrected or withdrawn it since.",
  ])];

  function unchecked(lines) {
    const named = (why) => lines.filter((line) => line.why === why).map((line) => line.name);
    const told = (names) => names.flatMap((name, i) => [i ? ", " : "", value(name)]);
    const without = named("key"), beyond = named("browser");
    return [
      without.length ? ["For want of a key: signatures by ", ...told(without), "."] : null,
      beyond.length ? ["Because this browser cannot: signatures by ", ...told(beyond), "."] : null,
    ].filter((line) => line !== null);
  }

  function shows(found) {
    const log = found.head.origin.slice(found.head.origin.lastIndexOf("/") + 1);
    const [author, circle] = log.split(".");
    const holds = ["the log ", value(log), ...(circle ? [" (author ", value(author), ", circle ",
      value(circle), ")"] : []), ` holds exactly this statement at index ${found.index} of its first `
      + `${found.head.size} entries.`];
    const lines = [[found.verdict === "holds" ? "That " : "No more than that whoever made this file says that ",
      ...holds]];
    if (found.verdict === "holds") {
      lines.push(["That its key ", code(found.signer.id), " signed that. Compare the key with the participant "
        + "before you rely on it."]);
    }
    for (const receipt of found.receipts) {
      const data = receipt.name.endsWith("/mirror") ? ", and holds what is in it" : "";
      lines.push(["A receipt: ", value(receipt.name), ` had this head${data}, at ${instant(receipt.at)} `
        + "by its own clock."]);
    }
    return [element("h3", "What it shows"), list(lines)];
  }

  const TITLES = {
    holds: "The proof holds",
    hashes: "Only the hashes hold: who signed is not checked",
    refused: "The proof does not hold",
  };
  const WHY = {
    key: "There is no verifier key of this log among the keys above. Anybody can make hashes that fit: "
      + "put in the key that the participant publishes.",
    browser: "This browser cannot check Ed25519 signatures. Anybody can make hashes that fit: use a newer "
      + "browser, or trucekeeper check.",
  };

  function show(verdict, parts) {
    result.dataset.verdict = verdict;
    const mark = element("span", { holds: "✓", hashes: "–", refused: "✗" }[verdict],
      { class: "mark", "aria-hidden": "true" });
    result.replaceChildren(element("h2", [mark, TITLES[verdict]]), ...parts.flat(2).filter((part) => part !== null));
  }

  function technical(found) {
    return element("details", [element("summary", "Hashes"), pairs([
      ["leaf hash", Proofs.hex(found.leaf)], ["root", Proofs.hex(found.head.root)],
      ["origin", found.head.origin], ["key", found.signer ? found.signer.text : "none"],
    ])]);
  }

  let turn = 0; // a later file or key overtakes a check that still runs

  async function update() {
    if (given === null) return;
    const own = ++turn;
    if (!globalThis.crypto?.subtle) {
      show("refused", [element("p", "This browser gives this page no cryptography. Open the file from "
        + "your own disk or over HTTPS, in a current browser.")]);
      return;
    }
    let parts, verdict;
    try {
      const found = await Proofs.check(given.bytes, keys.value);
      const open = unchecked(found.unchecked);
      verdict = found.verdict;
      parts = [verdict === "hashes" ? element("p", WHY[found.why], { class: "warn" }) : null,
        shows(found), open.length ? [element("h3", "What was not checked"), list(open)] : null, shownNot(), statement(found.entry), technical(found)];
    } catch (error) {
      if (!(error instanceof Proofs.Refused)) throw error;
      verdict = "refused";
      parts = [element("p", ["Found: ", value(error.message), "."]),
        element("p", "Do not rely on it. Ask for it again from who handed it over, and compare the key "
          + "with the participant.")];
    }
    if (own === turn) show(verdict, [element("p", ["File: ", value(given.name)], { class: "file" }), ...parts]);
  }

  const TOO_LARGE = 1200000;

  async function take(files) {
    if (!files.length) return;
    const [first] = files;
    given = { name: first.name, bytes: new Uint8Array(first.size > TOO_LARGE ? 0 : await first.arrayBuffer()) };
    await update();
  }

  file.addEventListener("change", () => take(file.files));
  keys.addEventListener("input", update);
  for (const type of ["dragenter", "dragover"]) {
    document.addEventListener(type, (event) => { event.preventDefault(); drop.classList.add("over"); });
  }
  for (const type of ["dragleave", "drop"]) {
    document.addEventListener(type, () => drop.classList.remove("over"));
  }
  document.addEventListener("drop", (event) => { event.preventDefault(); take(event.dataTransfer.files); });

  const embedded = at("embedded");
  if (embedded) {
    given = { name: embedded.dataset.name, bytes: new TextEncoder().encode(embedded.textContent) };
    update();
  }
})();
