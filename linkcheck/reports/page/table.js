// The data island → what it holds by name, and one row or one opened row as elements. All text goes in as text.
const island = JSON.parse(document.getElementById("data").textContent);
const { outcomes, reasons, kinds, roles, changes, advice, rows, strings } = island;
// A row: [outcome, reason, kind, text, link, host, detail, confirmed, since, sides, memento, places]
const OUTCOME = 0, REASON = 1, KIND = 2, TEXT = 3, LINK = 4, HOST = 5, DETAIL = 6, CONFIRMED = 7, SINCE = 8;
const SIDES = 9, MEMENTO = 10, PLACES = 11;
// Places lie flat, four numbers each: path, line, column, change.
const PATH = 0, LINE = 1, COLUMN = 2, CHANGE = 3, STEP = 4;
const SIGNS = { broken: "✕", "at-risk": "▲", uncertain: "?", redirected: "→", ok: "✓", skipped: "–" };
const NEWS = new Set(["new", "updated"].map((name) => changes.indexOf(name)));
const MOST_PLACES = 100;

const byId = (id) => document.getElementById(id);
const number = (value) => value.toLocaleString("en");
const counted = (value, noun) => `${number(value)} ${noun}${value === 1 ? "" : "s"}`;

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null && child !== ""));
  return made;
}

// The catalogue writes commands as Markdown does.
const withCode = (text) => text.split("`").map((part, at) => (at % 2 ? element("code", {}, part) : part));

const isolated = (text, dir = "auto") => element("bdi", { dir }, text);

// Only what the report's own URL parser made is a link, and only to the web: checked here once more.
function address(text, link) {
  const href = strings[link];
  if (!/^https?:\/\/[!-~]+$/.test(href)) return isolated(strings[text]);
  const rel = "noreferrer noopener";
  return element("a", { href, rel, target: "_blank" }, isolated(strings[text], "ltr"));
}

function pill(outcome) {
  const name = outcomes[outcome];
  const sign = element("span", { "aria-hidden": "true" }, SIGNS[name]);
  return element("span", { class: `pill ${name}` }, sign, ` ${name}`);
}

function sideOf(packed) {
  const at = (place) => packed[place] ?? 0;
  return {
    role: roles[at(0)] === "proxied" ? "proxy" : roles[at(0)], outcome: at(1), reason: reasons[at(2)], text: at(3), link: at(4), host: at(5),
    detail: strings[at(6)], status: at(7), attempts: at(8), elapsed: at(9), checked: strings[at(10)],
    final: strings[at(11)], media: strings[at(12)], bytes: packed.length > 13 ? packed[13] : -1,
    format: strings[at(14)].toUpperCase(), width: at(15), height: at(16),
  };
}

const pixels = (side) => (side.width && side.height ? `${side.width}×${side.height}` : "");

function sideChip(side) {
  const name = outcomes[side.outcome];
  const sign = element("span", { "aria-hidden": "true" }, SIGNS[name]);
  const image = side.format ? `, ${side.format} ${pixels(side)}` : "";
  const role = side.role === "self" ? "image" : side.role;
  return element("li", { class: name }, sign, ` ${role}: ${name}${side.status ? ` ${side.status}` : ""}${image}`);
}

function changeOf(row) {
  const places = row[PLACES];
  for (let at = 0; at < places.length; at += STEP) if (NEWS.has(places[at + CHANGE])) return changes[places[at + CHANGE]];
  return changes[places[CHANGE]];
}

function place(places, at) {
  const change = changes[places[at + CHANGE]];
  const mark = change === "unchanged" ? null : element("span", { class: `change ${change}` }, change);
  return element("li", {}, isolated(strings[places[at]]), `:${places[at + LINE]}:${places[at + COLUMN]} `, mark);
}

function drawRow(index, isOpen) {
  const row = rows[index];
  const reason = reasons[row[REASON]], places = row[PLACES];
  const sides = row[SIDES].map(sideOf);
  const chips = sides.length > 1 || sides.some((side) => side.format) ? sides.map(sideChip) : [];
  const total = places.length / STEP;
  const first = total === 1
    ? [isolated(strings[places[PATH]]), `:${places[LINE]}:${places[COLUMN]}`]
    : [isolated(strings[places[PATH]]), `:${places[LINE]} and ${counted(total - 1, "more place")}`];
  const change = changeOf(row), label = `${outcomes[row[OUTCOME]]} ${reason}: details`;
  const toggle = { type: "button", class: "toggle", "aria-expanded": isOpen, "aria-controls": `more-${index}`, "aria-label": label };
  return element("tr", { class: isOpen ? "row open" : "row", "data-index": index },
    element("td", { class: "verdict" },
      element("button", isOpen ? toggle : { ...toggle, "aria-controls": null }, pill(row[OUTCOME])),
      element("span", { class: "reason" }, reason)),
    element("td", { class: "target" },
      element("div", { class: "address" }, address(row[TEXT], row[LINK])),
      element("div", { class: "detail" }, isolated(strings[row[DETAIL]])),
      chips.length ? element("ul", { class: "sides" }, ...chips) : null,
      element("div", { class: "places" }, ...first)),
    element("td", { class: "less" }, kinds[row[KIND]]),
    element("td", { class: "right" }, number(total)),
    element("td", { class: "less" }, change === "unchanged" ? "" : element("span", { class: `change ${change}` }, change)),
    element("td", { class: "less" }, strings[row[SINCE]],
      row[CONFIRMED] ? element("span", { class: "confirmed" }, " confirmed") : null));
}

function line(name, ...value) {
  const shown = value.filter(Boolean);
  return shown.length ? element("div", {}, element("dt", {}, name), element("dd", {}, ...shown)) : null;
}

function drawSide(side, row) {
  const size = side.bytes >= 0 ? counted(side.bytes, "byte") : "";
  const image = [side.format, pixels(side) && `${pixels(side)} pixels`, size].filter(Boolean).join(", ");
  const times = side.attempts ? `${counted(side.attempts, "request")}, ${side.elapsed.toFixed(2)} s` : "";
  return element("div", { class: `side ${outcomes[side.outcome]}` },
    element("h3", {}, `${side.role} `, pill(side.outcome), ` ${side.reason}`),
    side.text === row[TEXT] ? null : element("p", { class: "address" }, address(side.text, side.link)),
    side.detail ? element("p", {}, isolated(side.detail)) : null,
    element("dl", {},
      line("Status", side.status ? String(side.status) : ""),
      line(side.format ? "Image" : "Body", image),
      line("Media type", side.media && isolated(side.media)),
      line("Led to", side.final && isolated(side.final, "ltr")),
      line("Asked", [side.checked.replace("T", " ").replace("Z", " UTC"), times].filter(Boolean).join("; "))));
}

function drawPlaces(row) {
  const places = row[PLACES], list = element("ol", { class: "all-places" });
  const show = (from, to) => {
    for (let at = from; at < Math.min(to, places.length); at += STEP) list.append(place(places, at));
  };
  show(0, MOST_PLACES * STEP);
  const hidden = places.length / STEP - MOST_PLACES;
  if (hidden <= 0) return [list];
  const all = element("button", { type: "button", class: "quiet" }, `Show ${counted(hidden, "more place")}`);
  all.addEventListener("click", () => { show(MOST_PLACES * STEP, places.length); all.remove(); });
  return [list, all];
}

// A narrow page shows fewer columns, and a cell may not span what is not there.
const columns = () => [...document.querySelectorAll("#table thead th")].filter((head) => head.offsetParent).length;

function drawMore(index) {
  const row = rows[index];
  const [summary, remedy] = advice[reasons[row[REASON]]];
  const [url, captured, archive] = row[MEMENTO].map((text) => strings[text]);
  const saved = url ? element("p", {}, "Archived copy: ", address(row[MEMENTO][0], row[MEMENTO][0]), ` (${archive}, ${captured.slice(0, 10)})`) : null;
  return element("tr", { class: "more", id: `more-${index}` },
    element("td", { colspan: columns() },
      element("p", { class: "facts" }, kinds[row[KIND]], `, ${changeOf(row)}`, row[SINCE] ? `, failing since ${strings[row[SINCE]]}` : null, row[CONFIRMED] ? ", confirmed" : null),
      element("p", { class: "advice" }, element("strong", {}, reasons[row[REASON]]), `: `, ...withCode(`${summary} ${remedy}`)),
      saved,
      row[SIDES].length ? element("div", { class: "both" }, ...row[SIDES].map((side) => drawSide(sideOf(side), row))) : null,
      element("h3", {}, counted(row[PLACES].length / STEP, "place")),
      ...drawPlaces(row),
      element("p", {}, element("a", { href: `#row=${fingerprint(row)}`, class: "permalink" }, "Link to this row"))));
}

// Of address and kind (FNV-1a, twice 32 bits): the same row has the same link in the next report.
function fingerprint(row) {
  let a = 0x811c9dc5, b = 0x1b873593;
  for (const character of `${kinds[row[KIND]]} ${strings[row[LINK]] || strings[row[TEXT]]}`) {
    const code = character.codePointAt(0);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x5bd1e995);
  }
  return (a >>> 0).toString(36) + (b >>> 0).toString(36);
}
