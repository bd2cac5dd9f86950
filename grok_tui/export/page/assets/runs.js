// The page of many runs: a table that sorts, and the figures of the runs and their groups.

const TABLE = DATA.table;
const order = { column: null, down: false };
const tableBody = el("tbody");
const sortedText = el("span", { class: "muted", role: "status", "aria-live": "polite" });

// Absent values come last, whichever way the others are sorted; names with numbers are in natural order.
function compare(a, b) {
  const absent = [a, b].map((value) => value === null || value === "");
  if (absent[0] || absent[1]) return absent[0] - absent[1];
  const sign = order.down ? -1 : 1;
  if (typeof a === "number" && typeof b === "number") return sign * (a - b);
  return sign * String(a).localeCompare(String(b), "en", { numeric: true });
}

function sortBy(column) {
  order.down = order.column === column ? !order.down : false;
  order.column = column;
  headings.forEach((heading, index) => {
    if (index === column) heading.setAttribute("aria-sort", order.down ? "descending" : "ascending");
    else heading.removeAttribute("aria-sort");
  });
  sortedText.textContent = `sorted by ${TABLE.columns[column].name}, ${order.down ? "largest" : "smallest"} first`;
  drawRows();
}

function drawRows() {
  const rows = [...TABLE.rows];
  if (order.column !== null) rows.sort((a, b) => compare(a.values[order.column], b.values[order.column]));
  clear(tableBody, ...rows.map((row) => el("tr", {}, ...row.texts.map((text, index) => el(index ? "td" : "th", { scope: index ? null : "row", class: TABLE.columns[index].numeric ? "number" : null }, text)), el("td", {}, sparkline(row.curve)))));
}

// The test loss over epochs on a log scale of its own.
function sparkline(curve) {
  if (!curve) return "–";
  const [xs, ys] = [numbers(curve.x), numbers(curve.y)], shown = Array.from(ys).filter((loss) => loss > 0);
  const x = { low: xs[0], high: Math.max(xs[xs.length - 1], xs[0] + 1), log: false };
  const y = { low: Math.min(...shown), high: Math.max(...shown) * 1.0001, log: true };
  const node = svg("svg", { class: "spark", width: 110, height: 20, viewBox: "0 0 110 20", "aria-hidden": "true" });
  node.append(seriesNode({ x: curve.x, y: curve.y, colour: 0 }, (value) => 1 + 108 * place(x, value), (value) => 18 - 16 * place(y, value)));
  return node;
}

const headings = TABLE.columns.map(({ name, numeric }, column) => el("th", { scope: "col", class: numeric ? "number" : null }, el("button", { type: "button", class: "sort", onclick: () => sortBy(column) }, name)));
const runsTable = el("table", { class: "runs" }, el("thead", {}, el("tr", {}, ...headings, el("th", { scope: "col" }, "test loss, log"))), tableBody);

function helpOf({ definition, reading }) {
  const texts = [["Definition", definition], ["Reading", reading]].filter(([, text]) => text).flatMap(([title, text]) => [el("h4", {}, title), el("p", { class: "help" }, ...prose(text))]);
  return texts.length ? el("details", {}, el("summary", {}, "Definition and reading"), ...texts) : null;
}

const figures = DATA.views.map((view) => ({ view, place: el("div", { class: "figure" }) }));

function redrawRuns() {
  drawRows();
  for (const { view, place: where } of figures) clear(where, ...[drawFigure(view.figure, Math.max(where.clientWidth, 200), null)].flat());
}

const runsTheme = themeButton(redrawRuns);
const panelOf = ({ view, place: where }) => el("section", { class: "panel", id: view.name, "aria-labelledby": `${view.name}-name` },
  el("h3", { id: `${view.name}-name` }, view.name), el("p", { class: "facts" }, view.title), where, el("p", { class: "caption" }, ...prose(view.caption)), helpOf(view));
document.body.append(
  el("header", { class: "with-button" }, el("div", {}, el("h1", {}, DATA.title), ...DATA.head.map((line) => el("p", { class: "provenance" }, line))), runsTheme.button),
  el("main", { class: "wide" },
    el("section", { class: "panel", id: "runs", "aria-labelledby": "runs-name" }, el("h3", { id: "runs-name" }, "runs"), sortedText,
      el("div", { class: "table", tabindex: "0", role: "region", "aria-label": "table of runs" }, runsTable), el("p", { class: "caption" }, "Select the name of a column to sort by it; again, to reverse."), helpOf(DATA.about)),
    el("div", { class: "panels" }, ...figures.map(panelOf))),
  readout, el("footer", {}, `grok-tui ${DATA.version}`));
let shownWidth = window.innerWidth;
window.addEventListener("resize", () => { if (window.innerWidth !== shownWidth) { shownWidth = window.innerWidth; redrawRuns(); } });
runsTheme.update();
