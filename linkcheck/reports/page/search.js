// What is wanted → the indices of the rows that have it, in order, and how many of their places.
const SORTS = {
  worst: null, // the order of the data
  target: (index) => folded()[rows[index][TEXT]],
  kind: (index) => kinds[rows[index][KIND]],
  places: (index) => -rows[index][PLACES].length,
  change: (index) => (NEWS.has(changes.indexOf(changeOf(rows[index]))) ? 0 : 1),
  since: (index) => strings[rows[index][SINCE]] || "9999",
};

const fold = (text) => text.normalize("NFKC").toLowerCase();
let foldedStrings = null;
const folded = () => (foldedStrings ??= strings.map(fold));

// Every text is looked at once, however many rows share it.
function marks(term) {
  const hits = new Uint8Array(strings.length), texts = folded();
  for (let at = 0; at < hits.length; at++) if (texts[at].includes(term)) hits[at] = 1;
  hits[0] = 0;
  const named = (names) => names.map((name) => name.includes(term));
  return { hits, reasons: named(reasons), kinds: named(kinds), outcomes: named(outcomes) };
}

function hasTerm(row, { hits, ...names }) {
  if (hits[row[TEXT]] || hits[row[LINK]] || hits[row[DETAIL]] || hits[row[HOST]]) return true;
  if (names.reasons[row[REASON]] || names.kinds[row[KIND]] || names.outcomes[row[OUTCOME]]) return true;
  for (const side of row[SIDES]) {
    if (hits[side[3]] || hits[side[4]] || hits[side[6]] || hits[side[11]] || hits[side[12]] || hits[side[14]]) return true;
  }
  const places = row[PLACES];
  for (let at = 0; at < places.length; at += STEP) if (hits[places[at]]) return true;
  return false;
}

const hasHost = (row, { hits }) => hits[row[HOST]] || row[SIDES].some((side) => hits[side[5]]);

function placesWithin(row, paths, change) {
  const places = row[PLACES];
  if (!paths && change < 0) return places.length / STEP;
  let found = 0;
  for (let at = 0; at < places.length; at += STEP) {
    if ((change < 0 || places[at + CHANGE] === change) && (!paths || paths.hits[places[at]])) found++;
  }
  return found;
}

function find(wanted) {
  const terms = fold(wanted.q).split(/\s+/).filter(Boolean).map(marks);
  const host = wanted.host ? marks(fold(wanted.host)) : null;
  const paths = wanted.doc ? marks(fold(wanted.doc)) : null;
  const reason = reasons.indexOf(wanted.reason), kind = kinds.indexOf(wanted.kind), change = changes.indexOf(wanted.change);
  const isWanted = outcomes.map((name) => wanted.outcomes.has(name));
  const found = [];
  let places = 0;
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index];
    if (!isWanted[row[OUTCOME]] || (reason >= 0 && row[REASON] !== reason) || (kind >= 0 && row[KIND] !== kind)) continue;
    if ((host && !hasHost(row, host)) || !terms.every((term) => hasTerm(row, term))) continue;
    const within = placesWithin(row, paths, change);
    if (!within) continue;
    places += within;
    found.push(index);
  }
  return { found: sorted(found, wanted.sort, wanted.down), places };
}

function sorted(found, name, isDown) {
  const key = SORTS[name];
  if (key) {
    const keys = new Map(found.map((index) => [index, key(index)]));
    const compare = (a, b) => (keys.get(a) < keys.get(b) ? -1 : keys.get(a) > keys.get(b) ? 1 : a - b);
    found.sort(compare);
  }
  return isDown ? found.reverse() : found;
}

// How many places have each outcome, reason, kind, change, and each host and path (by index into `strings`).
function tally() {
  const zeros = (names) => new Uint32Array(names.length);
  const counts = { outcome: zeros(outcomes), reason: zeros(reasons), kind: zeros(kinds), change: zeros(changes), host: zeros(strings), path: zeros(strings) };
  for (const row of rows) {
    const places = row[PLACES], size = places.length / STEP;
    counts.outcome[row[OUTCOME]] += size;
    counts.reason[row[REASON]] += size;
    counts.kind[row[KIND]] += size;
    counts.host[row[HOST]] += size;
    for (let at = 0; at < places.length; at += STEP) {
      counts.change[places[at + CHANGE]]++;
      counts.path[places[at + PATH]]++;
    }
  }
  return counts;
}

// (name, count) of what occurs, the most frequent first.
function ranked(counts, names) {
  const found = [];
  for (let at = 0; at < counts.length; at++) if (counts[at] && names[at]) found.push([names[at], counts[at]]);
  return found.sort((a, b) => b[1] - a[1]);
}
