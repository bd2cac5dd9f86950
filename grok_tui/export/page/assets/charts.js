// Curves and points over one x axis, as SVG.

const FONT = 11.5, CHARACTER = 6.6, LINE = 14; // pixels

// The lines of a label that is as wide as `room` at most, if its words allow it.
function labelLines(label, room) {
  const lines = [];
  for (const word of label ? label.split(" ") : []) {
    const last = lines[lines.length - 1];
    if (last !== undefined && (last.length + 1 + word.length) * CHARACTER <= room) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

// The label of an x axis, centred at x, its first line at y.
function xLabelNode(lines, x, y) {
  return svg("text", { class: "label", "text-anchor": "middle" }, ...lines.map((text, index) => svg("tspan", { x, y: y + index * LINE }, text)));
}

// A frame with axes: `x` and `y` are {axis, ticks: [[value, text]]}. Returns the node and the places of values.
function frame(width, height, x, y, xLabel, hideX = false) {
  const left = Math.max(26, 12 + CHARACTER * Math.max(0, ...y.ticks.map(([, text]) => text.length)));
  const label = hideX ? [] : labelLines(xLabel, width - left);
  const inner = { left, top: 8, right: width - 22, bottom: height - (hideX ? 8 : 22 + (label.length ? 2 + LINE * label.length : 0)) };
  const X = (value) => inner.left + place(x.axis, value) * (inner.right - inner.left);
  const Y = (value) => inner.bottom - place(y.axis, value) * (inner.bottom - inner.top);
  const node = svg("svg", { class: "chart", width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  const axes = svg("g", { class: "axes" });
  for (const [value, text] of y.ticks) {
    const at = Y(value);
    axes.append(
      svg("line", { class: "grid", x1: inner.left, x2: inner.right, y1: at, y2: at }),
      svg("text", { x: inner.left - 6, y: at + 4, "text-anchor": "end" }, text),
    );
  }
  for (const [value, text] of hideX ? [] : x.ticks) {
    axes.append(
      svg("line", { x1: X(value), x2: X(value), y1: inner.bottom, y2: inner.bottom + 4 }),
      svg("text", { x: X(value), y: inner.bottom + 16, "text-anchor": "middle" }, text),
    );
  }
  axes.append(svg("line", { x1: inner.left, x2: inner.right, y1: inner.bottom, y2: inner.bottom }));
  if (label.length) axes.append(xLabelNode(label, (inner.left + inner.right) / 2, inner.bottom + 32));
  node.append(axes);
  return { node, inner, X, Y };
}

function ticksOf(axis, count, names) {
  if (names) {
    const whole = linearTicks(Math.max(axis.low, 0), axis.high, count).filter((at) => Number.isInteger(at) && names[at] !== undefined);
    return { axis, ticks: whole.map((at) => [at, names[at]]) };
  }
  return { axis, ticks: axisTicks(axis, count).map((value) => [value, tickText(value, axis.log)]) };
}

function drawLines(plot, width, height, page) {
  const y = ticksOf(plot.y, Math.max(Math.floor(height / 44), 2));
  const x = ticksOf(plot.x, Math.max(Math.floor(width / 70), 2), plot.xNames);
  const { node, inner, X, Y } = frame(width, height, x, y, plot.xLabel, plot.cropped);
  const clip = `clip${(clipCount += 1)}`;
  const body = svg("g", { "clip-path": `url(#${clip})` });
  const size = { x: inner.left, y: inner.top - 2, width: Math.max(inner.right - inner.left, 0), height: inner.bottom - inner.top + 4 };
  node.append(svg("clipPath", { id: clip }, svg("rect", size)), body);
  plot.bands.forEach(([low, high, name, colour]) => body.append(...bandNodes(low, high, name, colour, X, inner)));
  plot.fills.forEach((fillPlot) => body.append(svg("path", { d: areaPath(fillPlot, X, Y), fill: colourOf(fillPlot.colour), opacity: 0.15 })));
  [...plot.series].sort((a, b) => Number(b.dim) - Number(a.dim)).forEach((series) => body.append(seriesNode(series, X, Y)));
  plot.marks.forEach((at) => body.append(svg("line", { class: "mark", x1: X(at), x2: X(at), y1: inner.top, y2: inner.bottom })));
  plot.cursors.forEach(([at, label]) => body.append(...cursorNodes(at, label, X, inner)));
  listen(node, plot, inner, X, Y, page);
  return [legendOf(plot.series, plot.yLabel), node];
}

let clipCount = 0;

function bandNodes(low, high, name, colour, X, inner) {
  const from = Number.isFinite(X(low)) ? X(low) : inner.left, to = Number.isFinite(X(high)) ? X(high) : inner.right;
  const nodes = [svg("rect", { x: from, y: inner.top, width: Math.max(to - from, 0), height: inner.bottom - inner.top, fill: colourOf(colour === null ? "foreground" : colour), opacity: 0.12 })];
  const text = [name, name.split(" ")[0]].find((words) => words.length * CHARACTER < to - from - 6);
  if (text) nodes.push(svg("text", { class: "band", x: from + 5, y: inner.top + 12 }, text));
  return nodes;
}

function cursorNodes(at, label, X, inner) {
  if (!Number.isFinite(X(at))) return [];
  const line = svg("line", { class: "cursor", x1: X(at), x2: X(at), y1: inner.top, y2: inner.bottom, "data-x": at });
  if (!label) return [line];
  const end = X(at) > (inner.left + inner.right) / 2;
  return [line, svg("text", { class: "cursor", x: X(at) + (end ? -5 : 5), y: inner.bottom - 6, "text-anchor": end ? "end" : "start" }, label)];
}

function seriesNode(series, X, Y) {
  const xs = numbers(series.x), ys = numbers(series.y);
  const colour = series.emphasised ? "var(--foreground)" : colourOf(series.colour);
  if (series.points) return pointsNode(series, xs, ys, colour, X, Y);
  let d = "", pen = false, alone = 0;
  for (let i = 0; i < xs.length; i += 1) {
    const px = X(xs[i]), py = Y(ys[i]);
    if (!Number.isFinite(px) || !Number.isFinite(py)) { pen = false; continue; }
    d += `${pen ? "L" : "M"}${px.toFixed(1)} ${py.toFixed(1)}`;
    alone += pen ? 0 : 1;
    pen = true;
  }
  if (alone === xs.length) d = d.replace(/M(\S+) (\S+)/g, "M$1 $2h0.01"); // single points
  return svg("path", { class: "curve", d, stroke: colour, "stroke-width": series.emphasised ? 2.2 : 1.6, "stroke-dasharray": series.dim ? "5 3" : null, opacity: series.dim ? 0.7 : null });
}

function pointsNode(series, xs, ys, colour, X, Y) {
  const shade = series.shade ? numbers(series.shade) : null, ramp = palette().sequential;
  const group = svg("g");
  for (let i = 0; i < xs.length; i += 1) {
    const px = X(xs[i]), py = Y(ys[i]);
    if (!Number.isFinite(px) || !Number.isFinite(py)) continue;
    const fill = shade ? ramp[Math.round((0.2 + 0.8 * Math.min(Math.max(shade[i] || 0, 0), 1)) * (ramp.length - 1))] : colour;
    group.append(svg("circle", { cx: px.toFixed(1), cy: py.toFixed(1), r: 2.4, fill, opacity: 0.85 }));
  }
  return group;
}

function areaPath(area, X, Y) {
  const xs = numbers(area.x), low = numbers(area.low), high = numbers(area.high);
  const there = [], back = [];
  for (let i = 0; i < xs.length; i += 1) {
    const px = X(xs[i]), bottom = Y(low[i]), top = Y(high[i]);
    if (![px, bottom, top].every(Number.isFinite)) continue;
    there.push(`${px.toFixed(1)} ${top.toFixed(1)}`);
    back.unshift(`${px.toFixed(1)} ${bottom.toFixed(1)}`);
  }
  return there.length ? `M${[...there, ...back].join("L")}Z` : "";
}

// The names of the series, with what goes up.
function legendOf(series, yLabel) {
  const named = series.filter(({ name }) => name);
  const entries = named.length > 1 || (named.length && named[0].name !== yLabel) ? named : [];
  if (!entries.length && !yLabel) return null;
  return el("div", { class: "legend" }, yLabel ? el("span", { class: "y-label" }, yLabel) : null, ...entries.map((each) => {
    const key = el("span", { class: each.points ? "dot" : each.dim ? "dash" : "line" });
    key.style.color = each.emphasised ? "var(--foreground)" : colourOf(each.colour);
    return el("span", { class: "key" }, key, each.name);
  }));
}

// The readout of the nearest point; in a chart over epochs a click or a drag goes to an epoch.
function listen(node, plot, inner, X, Y, page) {
  const overEpochs = page && plot.xLabel.startsWith("epoch");
  const at = (event) => {
    const box = node.getBoundingClientRect();
    return [(event.clientX - box.left) * (node.viewBox.baseVal.width / box.width), (event.clientY - box.top) * (node.viewBox.baseVal.height / box.height)];
  };
  const go = (event) => page.goTo(valueAt(plot.x, Math.min(Math.max((at(event)[0] - inner.left) / (inner.right - inner.left), 0), 1)));
  node.addEventListener("pointermove", (event) => {
    if (overEpochs && event.buttons === 1) go(event);
    showReadout(event, nearestText(plot, ...at(event), X, Y));
  });
  node.addEventListener("pointerleave", (event) => showReadout(event, ""));
  if (overEpochs) {
    node.classList.add("seeks");
    node.addEventListener("click", go);
  }
}

function nearestText(plot, px, py, X, Y) {
  let best = null, least = 900;
  for (const series of plot.series) {
    const xs = numbers(series.x), ys = numbers(series.y);
    for (let i = 0; i < xs.length; i += 1) {
      const distance = (X(xs[i]) - px) ** 2 + (Y(ys[i]) - py) ** 2 * (series.points ? 1 : 0.05);
      if (distance < least) { least = distance; best = [series.name, xs[i], ys[i]]; }
    }
  }
  if (!best) return "";
  const across = plot.xNames && plot.xNames[best[1]] !== undefined ? plot.xNames[best[1]] : numberText(best[1], 6);
  return `${best[0] ? `${best[0]}: ` : ""}${plot.xLabel || "x"} ${across}, ${plot.yLabel || "y"} ${numberText(best[2], 5)}`;
}
