// A figure: its plots in rows and columns, as wide as its place. Columns wrap where they would be too narrow.

const ROW = 13.5; // pixels of a row of cells
const NARROWEST = 250;
const TALLEST = { lines: 360, bars: 320, map: 520 };

function drawFigure(figure, width, page) {
  if (figure.absent) return el("p", { class: "absent" }, el("strong", {}, "absent: "), ...prose(figure.absent));
  return drawPart(resolvedPart(figure), width, page);
}

function resolvedPart(part) {
  if (part.down) return { down: withHeadings(part.down.map(resolvedPart)) };
  if (part.across) return { ...part, across: part.across.map(resolvedPart) };
  return part.plot ? { ...part, plot: resolved(part.plot) } : part;
}

// A row of headings above a row of plots becomes one row, so that a heading stays with its plot where rows wrap.
function withHeadings(parts) {
  return parts.flatMap((part, index) => {
    const [before, after] = [parts[index - 1], parts[index + 1]];
    if (isHeadings(before) && fits(before, part)) return [];
    if (!isHeadings(part) || !fits(part, after)) return [part];
    return [{ ...after, across: after.across.map((inner, column) => (inner.plot === null ? inner : { down: [part.across[column], inner] })) }];
  });
}

function isHeadings(part) {
  return Boolean(part && part.across) && part.across.every(({ plot }) => plot === null || (plot && plot.heading));
}

function fits(headings, part) {
  return Boolean(part && part.across) && part.across.length === headings.across.length;
}

function drawPart(part, width, page) {
  if (part.down) return el("div", { class: "down" }, ...part.down.map((inner) => drawPart(inner, width, page)));
  if (part.across) {
    const gap = 18, room = width - gap * (part.across.length - 1);
    const shares = part.shares.map((share) => Math.floor(share * room));
    const filled = part.across.map((inner, index) => [inner, shares[index]]).filter(([inner]) => inner.plot !== null);
    const stacked = filled.some(([inner, share]) => share < (leastOf(inner) || NARROWEST));
    if (stacked) return el("div", { class: "down" }, ...filled.map(([inner]) => drawPart(inner, width, page)));
    return el("div", { class: "across" }, ...part.across.map((inner, index) => {
      const column = el("div", { class: "column" }, inner.plot === null ? null : drawPart(inner, shares[index], page));
      column.style.width = `${shares[index]}px`;
      return column;
    }));
  }
  return part.plot ? drawPlot(part, width, page) : el("div");
}

// Whether a figure has plots side by side, and so needs the whole width.
function isWide(figure) {
  return Boolean(figure.across && figure.across.filter(({ plot }) => plot !== null).length > 1) || Boolean(figure.down && figure.down.some(isWide));
}

// The least width at which a part stays beside another.
function leastOf(part) {
  if (part.down) return Math.max(...part.down.map(leastOf));
  if (!part.plot) return 0;
  return { text: 160, map: 230, table: 60 + part.plot.columns?.length * 70 }[part.plot.type] || 0;
}

function drawPlot({ plot, rows, cropped }, width, page) {
  const height = Math.min(Math.max(rows * ROW, 165), TALLEST[plot.type] || 520);
  const all = { ...plot, cropped };
  if (plot.type === "text") return el(plot.heading ? "h4" : "p", { class: "facts" }, plot.text);
  if (plot.type === "table") return tableNode(plot);
  const drawn = {
    lines: () => drawLines(all, width, height, page),
    bars: () => drawBars(all, width, height),
    map: () => drawMap(all, width, height, page),
    intervals: () => drawIntervals(all, width),
    ratios: () => drawRatios(all, width),
  }[plot.type]();
  return el("div", { class: `plot ${plot.type}` }, ...drawn);
}

function tableNode({ columns, numeric, rows, more, colours }) {
  const body = rows.map((row, index) => el("tr", {}, ...row.map((text, column) => {
    const cell = el(column ? "td" : "th", { class: numeric[column] ? "number" : null, scope: column ? null : "row" }, text);
    if (column === 0 && colours && colours[index] !== undefined) cell.style.color = colourOf(colours[index]);
    return cell;
  })));
  const head = el("tr", {}, ...columns.map((name, column) => el("th", { scope: "col", class: numeric[column] ? "number" : null }, name)));
  return el("div", { class: "table", tabindex: "0", role: "region", "aria-label": "table" }, el("table", {}, el("thead", {}, head), el("tbody", {}, ...body)), more > 0 ? el("p", { class: "more" }, `… ${more} more rows`) : null);
}
