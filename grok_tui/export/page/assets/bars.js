// Bars, ratios and intervals, as SVG.

function drawBars(plot, width, height) {
  const values = numbers(plot.values), count = values.length;
  const [low, high] = [Math.min(plot.limits[0], 0) * 1.05, plot.limits[1] * 1.05 || 1];
  const xAxis = { low: plot.first - 0.8, high: plot.first + count - 0.2, log: false };
  const yAxis = { low, high, log: false };
  const names = plot.labels ? Object.fromEntries(plot.labels.map((text, i) => [plot.first + i, text])) : null;
  const ticks = names ? Object.entries(names).map(([at, text]) => [Number(at), text]) : barTicks(xAxis, width);
  const y = ticksOf(yAxis, Math.max(Math.floor(height / 44), 2));
  const { node, inner, X, Y } = frame(width, height, { axis: xAxis, ticks: thinTicks(ticks, width) }, y, plot.xLabel, plot.cropped);
  const wide = (X(plot.first + 1) - X(plot.first)) * 0.82;
  for (let i = 0; i < count; i += 1) {
    if (!Number.isFinite(values[i])) continue;
    const bar = plot.first + i, lit = plot.colours[bar];
    const [top, bottom] = [Y(Math.max(values[i], 0)), Y(Math.min(values[i], 0))];
    node.append(svg("rect", { x: X(bar) - wide / 2, y: top, width: wide, height: Math.max(bottom - top, 0.4), fill: colourOf(lit === undefined ? 0 : lit), opacity: lit === undefined && Object.keys(plot.colours).length ? 0.45 : null }));
  }
  node.append(svg("line", { class: "zero", x1: inner.left, x2: inner.right, y1: Y(0), y2: Y(0) }), ...barNames(plot, values, X, Y, inner));
  node.addEventListener("pointermove", (event) => {
    const box = node.getBoundingClientRect();
    const bar = Math.round(valueAt(xAxis, ((event.clientX - box.left) * (width / box.width) - inner.left) / (inner.right - inner.left)));
    const value = values[bar - plot.first];
    const name = plot.names[bar - plot.first] || (names ? names[bar] : `${plot.xLabel || "bar"} ${bar}`);
    showReadout(event, value === undefined ? "" : `${name}: ${numberText(value, 5)}`);
  });
  node.addEventListener("pointerleave", (event) => showReadout(event, ""));
  return [legendOf([], plot.yLabel), node];
}

function barTicks(axis, width) {
  return linearTicks(axis.low, axis.high, Math.max(Math.floor(width / 70), 2)).filter(Number.isInteger).map((at) => [at, tickText(at)]);
}

// As many ticks as have room for their texts.
function thinTicks(ticks, width) {
  const widest = Math.max(...ticks.map(([, text]) => text.length), 1) * CHARACTER + 6;
  const every = Math.ceil((ticks.length * widest) / Math.max(width - 60, 1));
  return ticks.filter((_, index) => index % every === 0);
}

// The frequencies of the lit bars above them, where two names do not overlap.
function barNames(plot, values, X, Y, inner) {
  const nodes = [];
  let end = -Infinity;
  for (const bar of Object.keys(plot.colours).map(Number).sort((a, b) => a - b)) {
    const value = values[bar - plot.first];
    const text = plot.names.length ? plot.names[bar - plot.first].split(" ").pop() : String(bar);
    const half = (text.length * CHARACTER) / 2;
    if (!Number.isFinite(value) || X(bar) - half < end) continue;
    end = X(bar) + half;
    nodes.push(svg("text", { class: "name", x: X(bar), y: Math.max(Y(Math.max(value, 0)) - 3, inner.top + 8), "text-anchor": "middle", fill: colourOf(plot.colours[bar]) }, text));
  }
  return nodes;
}

// Rows with names at the left, over a common axis.
function rowsFrame(names, width, axis, xLabel, row = 24) {
  const left = Math.min(12 + CHARACTER * Math.max(...names.map((name) => name.length)), width * 0.45);
  const label = labelLines(xLabel, width - left);
  const height = names.length * row + 32 + LINE * label.length;
  const inner = { left, right: width - 16, top: 4, bottom: names.length * row + 8 };
  const node = svg("svg", { class: "chart", width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  const X = (value) => inner.left + place(axis, value) * (inner.right - inner.left);
  const most = Math.floor((inner.left - 8) / CHARACTER);
  names.forEach((name, index) => {
    const short = name.length > most ? `${name.slice(0, most - 1)}…` : name;
    node.append(svg("text", { x: inner.left - 8, y: inner.top + (index + 0.5) * row + 4, "text-anchor": "end" }, short, svg("title", {}, name)));
  });
  for (const value of axisTicks(axis, Math.max(Math.floor((inner.right - inner.left) / 70), 2))) {
    node.append(
      svg("line", { class: "grid", x1: X(value), x2: X(value), y1: inner.top, y2: inner.bottom }),
      svg("text", { x: X(value), y: inner.bottom + 15, "text-anchor": "middle" }, tickText(value, axis.log)),
    );
  }
  node.append(xLabelNode(label, (inner.left + inner.right) / 2, inner.bottom + 34));
  return { node, X, middle: (index) => inner.top + (index + 0.5) * row, inner };
}

function drawRatios(plot, width) {
  const known = plot.ratios.filter((ratio) => ratio > 0);
  const axis = { low: Math.min(1, ...known) / 1.5, high: Math.max(10, ...known) * 1.5, log: true };
  const { node, X, middle } = rowsFrame(plot.names, width, axis, plot.xLabel);
  plot.ratios.forEach((ratio, index) => {
    if (!(ratio > 0)) return;
    const [from, to] = [Math.min(X(1), X(ratio)), Math.max(X(1), X(ratio))];
    const bar = svg("rect", { x: from, y: middle(index) - 7, width: Math.max(to - from, 1), height: 14, fill: ratio < 1 ? colourOf(2) : colourOf("warning") });
    bar.append(svg("title", {}, `${plot.names[index]}: ${numberText(ratio)}`));
    node.append(bar);
  });
  return [node];
}

function drawIntervals(plot, width) {
  const axis = { low: -0.02, high: 1.02, log: false };
  const { node, X, middle } = rowsFrame(plot.names, width, axis, plot.xLabel);
  const [centre, inner, outer] = [numbers(plot.centre), plot.inner.map(numbers), plot.outer.map(numbers)];
  plot.names.forEach((name, index) => {
    const colour = colourOf(plot.colours[index]), y = middle(index);
    if (!Number.isFinite(centre[index])) return;
    const dot = svg("circle", { cx: X(centre[index]), cy: y, r: 4, fill: "var(--background)", stroke: colour, "stroke-width": 2 });
    dot.append(svg("title", {}, `${name}: ${numberText(centre[index])}, ${numberText(outer[0][index])} to ${numberText(outer[1][index])}`));
    node.append(
      svg("line", { x1: X(outer[0][index]), x2: X(outer[1][index]), y1: y, y2: y, stroke: colour, "stroke-width": 1.2 }),
      svg("line", { x1: X(inner[0][index]), x2: X(inner[1][index]), y1: y, y2: y, stroke: colour, "stroke-width": 5 }),
      dot,
    );
  });
  return [node];
}
