// What the reader does → what is shown. The address after `#` always says what is shown, so that it can be mailed.
const PAGE = 100, MOST_SUGGESTED = 200;
const LISTED = ["broken", "at-risk", "uncertain", "redirected"];
const fresh = () => ({ q: "", outcomes: new Set(LISTED), reason: "", kind: "", change: "", host: "", doc: "", sort: "worst", down: false, page: 0 });
const FIELDS = { q: "search", reason: "reason", kind: "kind", change: "change", host: "host", doc: "document" };
let wanted = fresh(), shown = { found: [], places: 0 }, open = new Set();

function writeHash() {
  const words = new URLSearchParams();
  for (const name of Object.keys(FIELDS)) if (wanted[name]) words.set(name, wanted[name]);
  const chosen = outcomes.filter((name) => wanted.outcomes.has(name));
  if (chosen.join() !== LISTED.join()) words.set("outcome", chosen.join());
  if (wanted.sort !== "worst" || wanted.down) words.set("sort", (wanted.down ? "-" : "") + wanted.sort);
  if (wanted.page) words.set("page", wanted.page + 1);
  const text = String(words).replaceAll("%2C", ",");
  if (text || location.hash) history.replaceState(null, "", `#${text}`);
}

function readHash() {
  const words = new URLSearchParams(location.hash.slice(1));
  if (words.has("row")) return showRow(words.get("row"));
  const sort = words.get("sort") ?? "worst", name = sort.replace(/^-/, "");
  wanted = fresh();
  for (const field of Object.keys(FIELDS)) wanted[field] = words.get(field) ?? "";
  if (words.has("outcome")) wanted.outcomes = new Set(words.get("outcome").split(",").filter((one) => outcomes.includes(one)));
  if (Object.hasOwn(SORTS, name)) Object.assign(wanted, { sort: name, down: sort.startsWith("-") });
  wanted.page = Math.max(0, (parseInt(words.get("page"), 10) || 1) - 1);
  refresh();
  if (location.hash) byId("findings").scrollIntoView();
}

function showRow(print) {
  const index = rows.findIndex((row) => fingerprint(row) === print);
  wanted = fresh();
  if (index < 0) {
    refresh();
    byId("status").textContent = "That row is not in this report. " + byId("status").textContent;
    return;
  }
  wanted.outcomes.add(outcomes[rows[index][OUTCOME]]);
  shown = find(wanted);
  wanted.page = Math.floor(shown.found.indexOf(index) / PAGE);
  open = new Set([index]);
  draw();
  focusRow(index);
}

function refresh() {
  shown = find(wanted);
  open.clear();
  draw();
}

function change(news) {
  Object.assign(wanted, { page: 0 }, news);
  refresh();
  writeHash();
}

const lastPage = () => Math.max(0, Math.ceil(shown.found.length / PAGE) - 1);

function draw() {
  wanted.page = Math.min(wanted.page, lastPage());
  const start = wanted.page * PAGE, body = document.createDocumentFragment();
  for (const index of shown.found.slice(start, start + PAGE)) {
    body.append(drawRow(index, open.has(index)));
    if (open.has(index)) body.append(drawMore(index));
  }
  if (!shown.found.length) body.append(element("tr", {}, element("td", { colspan: columns(), class: "nothing" }, nothing())));
  byId("rows").replaceChildren(body);
  drawTools();
}

function nothing() {
  if (rows.length && [...Object.keys(FIELDS)].some((name) => wanted[name])) return "No finding has all of that.";
  return rows.some((row) => LISTED.includes(outcomes[row[OUTCOME]])) ? "No finding of the chosen outcomes." : "Nothing to act on.";
}

function drawTools() {
  for (const [name, id] of Object.entries(FIELDS)) if (byId(id).value !== wanted[name]) byId(id).value = wanted[name];
  for (const chip of byId("outcomes").querySelectorAll("button")) chip.setAttribute("aria-pressed", wanted.outcomes.has(chip.value));
  for (const head of document.querySelectorAll("th[data-sort]")) {
    const isChosen = head.dataset.sort === wanted.sort;
    if (isChosen) head.setAttribute("aria-sort", wanted.down ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  }
  const pages = lastPage() + 1, at = wanted.page;
  document.querySelector(".pager").hidden = pages === 1;
  byId("page-number").textContent = `Page ${number(at + 1)} of ${number(pages)}`;
  for (const id of ["first-page", "previous-page"]) byId(id).disabled = at === 0;
  for (const id of ["next-page", "last-page"]) byId(id).disabled = at + 1 >= pages;
  const where = pages > 1 ? `; page ${number(at + 1)} of ${number(pages)}` : "";
  byId("status").textContent = `${counted(shown.found.length, "target")} in ${counted(shown.places, "place")}${where}`;
}

function turn(page) {
  wanted.page = Math.min(Math.max(page, 0), lastPage());
  draw();
  writeHash();
  byId("findings").scrollIntoView();
}

const rowOf = (index) => byId("rows").querySelector(`tr.row[data-index="${index}"]`);

function focusRow(index) {
  const row = rowOf(index);
  row?.querySelector(".toggle").focus({ preventScroll: true });
  row?.scrollIntoView({ block: "nearest" });
}

function toggle(index) {
  const row = rowOf(index);
  if (!open.delete(index)) open.add(index);
  byId(`more-${index}`)?.remove();
  const redrawn = drawRow(index, open.has(index));
  row.replaceWith(redrawn);
  if (open.has(index)) redrawn.after(drawMore(index));
  redrawn.querySelector(".toggle").focus({ preventScroll: true });
}

function step(by) {
  const start = wanted.page * PAGE;
  const current = document.activeElement.closest("tr.row, tr.more");
  const row = current?.matches(".more") ? current.previousElementSibling : current;
  let at = row?.dataset.index === undefined ? (by > 0 ? start - 1 : start) : shown.found.indexOf(Number(row.dataset.index));
  at = Math.min(Math.max(at + by, 0), shown.found.length - 1);
  if (at < 0) return;
  if (Math.floor(at / PAGE) !== wanted.page) turn(Math.floor(at / PAGE));
  focusRow(shown.found[at]);
}

function escape() {
  const active = document.activeElement, row = active.closest("tr.row, tr.more");
  if (active.matches("input, select")) return active.blur();
  const opened = row?.matches(".more") ? row.previousElementSibling : row;
  if (opened?.matches(".open")) return toggle(Number(opened.dataset.index));
  change(fresh());
}

const COMMANDS = {
  "/": () => byId("search").focus(),
  j: () => step(1),
  k: () => step(-1),
  n: () => turn(wanted.page + 1),
  p: () => turn(wanted.page - 1),
  "?": () => byId("help").showModal(),
};

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || byId("help").open) return;
  if (event.key === "Escape") return escape();
  if (event.key === "Enter" && event.target === byId("search")) return event.preventDefault();
  if (event.target.matches("input, select") || !byId("shortcuts").checked || !Object.hasOwn(COMMANDS, event.key)) return;
  event.preventDefault();
  COMMANDS[event.key]();
}

// What the reader prefers is remembered where the browser lets a file remember.
const memory = {
  get(name) { try { return localStorage.getItem(`linkcheck-${name}`); } catch { return null; } },
  set(name, value) { try { localStorage.setItem(`linkcheck-${name}`, value); } catch { /* then not */ } },
};

function chooseTheme(name) {
  if (name === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  byId("theme").textContent = `Theme: ${name}`;
}

function nextTheme() {
  const name = { system: "dark", dark: "light", light: "system" }[document.documentElement.dataset.theme ?? "system"];
  chooseTheme(name);
  memory.set("theme", name);
}

function fillSelect(id, values) {
  const total = values.reduce((sum, [, places]) => sum + places, 0);
  const options = values.map(([value, places]) => element("option", { value }, `${value} (${number(places)})`));
  byId(id).replaceChildren(element("option", { value: "" }, `any (${number(total)})`), ...options);
}

const counts = tally();

function fillTools() {
  fillSelect("reason", ranked(counts.reason, reasons));
  fillSelect("kind", ranked(counts.kind, kinds));
  fillSelect("change", ranked(counts.change, changes));
  const chips = outcomes.map((name, at) => element("button", { type: "button", value: name, class: `chip ${name}`, "aria-pressed": "false" },
    element("span", { "aria-hidden": "true" }, SIGNS[name]), ` ${name} `, element("span", { class: "size" }, number(counts.outcome[at]))));
  byId("outcomes").append(...chips);
}

function fillSuggestions() {
  const options = (of) => ranked(of, strings).slice(0, MOST_SUGGESTED).map(([value]) => element("option", { value }));
  byId("hosts").replaceChildren(...options(counts.host));
  byId("documents").replaceChildren(...options(counts.path));
}

function listen() {
  let waiting = 0;
  const take = () => change(Object.fromEntries(Object.entries(FIELDS).map(([name, id]) => [name, byId(id).value])));
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(take, rows.length > 5000 ? 120 : 0); };
  for (const id of Object.values(FIELDS)) byId(id).addEventListener("input", soon);
  byId("outcomes").addEventListener("click", (event) => {
    const chip = event.target.closest("button");
    if (!chip) return;
    if (!wanted.outcomes.delete(chip.value)) wanted.outcomes.add(chip.value);
    change({});
  });
  for (const head of document.querySelectorAll("th[data-sort]")) {
    const button = element("button", { type: "button", class: "sort" }, head.textContent);
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const name = head.dataset.sort;
      change({ sort: name, down: wanted.sort === name && !wanted.down });
    });
  }
  byId("rows").addEventListener("click", (event) => {
    const row = event.target.closest("tr.row");
    if (row && !event.target.closest("a") && !String(getSelection())) toggle(Number(row.dataset.index));
  });
  const pages = { "first-page": () => 0, "previous-page": () => wanted.page - 1, "next-page": () => wanted.page + 1, "last-page": lastPage };
  for (const [id, page] of Object.entries(pages)) byId(id).addEventListener("click", () => turn(page()));
  byId("clear").addEventListener("click", () => change(fresh()));
  byId("theme").addEventListener("click", nextTheme);
  byId("keys").addEventListener("click", COMMANDS["?"]);
  byId("close").addEventListener("click", () => byId("help").close());
  byId("shortcuts").addEventListener("change", (event) => memory.set("shortcuts", event.target.checked));
  document.querySelector("form.tools").addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("keydown", onKey);
  addEventListener("hashchange", readHash);
  matchMedia("(max-width: 60rem)").addEventListener("change", draw);
}

chooseTheme(["dark", "light"].find((name) => name === memory.get("theme")) ?? "system");
byId("shortcuts").checked = memory.get("shortcuts") !== "false";
for (const hidden of document.querySelectorAll(".needs-script")) hidden.hidden = false;
fillTools();
listen();
readHash();
// What the first picture does not need comes after it.
for (const later of [fillSuggestions, folded]) (window.requestIdleCallback ?? setTimeout)(() => later());
