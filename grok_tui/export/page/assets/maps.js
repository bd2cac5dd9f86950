// Maps: one pixel for each value on a canvas, the axes as SVG around it.

// The colours of a scale in 256 steps, without steps between those of the palette.
function ramp(diverging) {
  const colours = (diverging ? palette().diverging : palette().sequential).map((text) => [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16)));
  return Array.from({ length: 256 }, (_, level) => {
    const at = (level / 255) * (colours.length - 1), low = Math.min(Math.floor(at), colours.length - 2);
    return colours[low].map((part, channel) => Math.round(part + (colours[low + 1][channel] - part) * (at - low)));
  });
}

function levelOf(value, { low, high }) {
  return high > low ? Math.min(Math.max(Math.round(((value - low) / (high - low)) * 255), 0), 255) : 128;
}

function paint(values, rows, columns, scale) {
  const canvas = el("canvas", { width: columns, height: rows });
  const context = canvas.getContext("2d"), image = context.createImageData(columns, rows), colours = ramp(scale.diverging);
  for (let i = 0; i < rows * columns; i += 1) {
    if (!Number.isFinite(values[i])) continue;
    const [red, green, blue] = colours[levelOf(values[i], scale)];
    image.data.set([red, green, blue, 255], 4 * i);
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

const LEAST_PEAK = 4; // pixels: the least side of a value that stands out in a map of small cells
const PEAK = 0.1, MOST_PEAKS = 0.02; // it is at least this share of the scale; at most this share of the values are such

// The places of the values that stand out, the largest last; none where they are many.
function peaksOf(values, { low, high, diverging }) {
  const zero = diverging ? 0 : low, sizes = Array.from(values, (value) => (Number.isFinite(value) ? Math.abs(value - zero) : 0));
  const large = [...sizes.keys()].filter((at) => high > zero && sizes[at] >= PEAK * (high - zero));
  return large.length > MOST_PEAKS * sizes.length ? [] : large.sort((a, b) => sizes[a] - sizes[b]);
}

// The columns of a map over epochs at `count` places of an even axis: at each place that of the nearest epoch.
function evenColumns(values, rows, xs, count) {
  const last = xs.length - 1, columns = Array.from({ length: count }, (_, at) => nearestIndex(xs, xs[0] + ((at + 0.5) / count) * (xs[last] - xs[0])));
  const even = new Float64Array(rows * count);
  for (let row = 0; row < rows; row += 1) columns.forEach((column, at) => { even[row * count + at] = values[row * xs.length + column]; });
  return even;
}

function drawMap(plot, width, height, page) {
  const values = plot.computed || mapValues(plot), { rows, columns } = plot;
  const square = rows === columns && !plot.x;
  const yNames = plot.yNames || axisNames(plot.y, rows, Math.max(Math.floor(height / 40), 2));
  const left = 12 + CHARACTER * Math.max(1, ...yNames.map(([, text]) => text.length));
  const across = Math.max(width - left - (plot.legend ? 74 : 10), 40);
  const side = square ? wholePixels(Math.min(across, Math.max(height - 44, 120), 520), columns) : across;
  const tall = square ? side : Math.max(Math.min(height, 300) - 44, Math.min(rows * 14, 480));
  const xs = plot.x ? numbers(plot.x) : null, overEpochs = xs && columns > 1 && plot.xLabel.startsWith("epoch");
  const places = overEpochs ? Math.round(side * (window.devicePixelRatio || 1)) : columns;
  const canvas = paint(overEpochs ? evenColumns(values, rows, xs, places) : values, rows, places, plot.scale);
  canvas.classList.add(side < columns && !overEpochs ? "smooth" : "cells");
  canvas.style.cssText = `left:${left}px;top:6px;width:${side}px;height:${tall}px`;
  const label = labelLines(plot.xLabel, width - left), bottom = tall + 30 + LINE * label.length;
  const node = svg("svg", { class: "chart over", width, height: bottom, viewBox: `0 0 ${width} ${bottom}`, "aria-hidden": "true" });
  const epochX = (epoch) => left + ((epoch - xs[0]) / (xs[columns - 1] - xs[0])) * side;
  const X = (column) => (overEpochs ? epochX(xs[column]) : left + ((column + 0.5) / columns) * side), Y = (row) => 6 + ((row + 0.5) / rows) * tall;
  const many = Math.max(Math.floor(side / 70), 2);
  const xNames = plot.xNames || (overEpochs ? linearTicks(xs[0], xs[columns - 1], many).map((epoch) => [epoch, tickText(epoch)]) : axisNames(plot.x, columns, many));
  node.append(...mapNames(xNames, overEpochs && !plot.xNames ? epochX : X, (x, text) => svg("text", { x, y: tall + 20, "text-anchor": "middle" }, text), (text) => text.length * CHARACTER + 4));
  const colours = plot.yColours || [];
  node.append(...mapNames(yNames, (at) => Y(at), (y, text, index) => svg("text", { x: left - 6, y: y + 4, "text-anchor": "end", fill: colours.length ? colourOf(colours[index]) : null }, text), () => 13));
  node.append(xLabelNode(label, left + side / 2, tall + 38));
  if (!plot.x && !plot.texts && Math.min(side / columns, tall / rows) < LEAST_PEAK) node.append(...peakNodes(values, plot, X, Y));
  plot.marks.forEach(([row, column]) => node.append(svg("path", { class: "plus", d: `M${X(column) - 4} ${Y(row)}h8M${X(column)} ${Y(row) - 4}v8` })));
  if (xs) plot.cursors.forEach((at) => node.append(svg("line", { class: "cursor", x1: X(nearestIndex(xs, at)), x2: X(nearestIndex(xs, at)), y1: 6, y2: tall + 6 })));
  if (plot.texts) plot.texts.forEach((row, i) => row.forEach((text, j) => node.append(svg("text", { class: "cell", x: X(j), y: Y(i) + 4, "text-anchor": "middle", fill: contrast(values[i * columns + j], plot.scale) }, text))));
  const box = el("div", { class: "map-box" }, canvas, node);
  if (plot.legend) node.append(...scaleBar(plot, left + side + 10, 6, Math.min(tall, 240)));
  const column = (at) => (overEpochs ? nearestIndex(xs, xs[0] + at * (xs[columns - 1] - xs[0])) : Math.floor(at * columns));
  listenToMap(box, plot, values, { left, side, tall, column }, xNames, yNames, xs, page);
  return [plot.yLabel || plot.unit ? el("div", { class: "legend" }, el("span", { class: "y-label" }, [plot.yLabel && `${plot.yLabel}, down`, plot.unit].filter(Boolean).join(" · "))) : null, box];
}

// The largest length up to `side` at which all cells have equally many pixels of the screen.
function wholePixels(side, cells) {
  const ratio = window.devicePixelRatio || 1;
  return side * ratio < cells ? side : (Math.floor((side * ratio) / cells) * cells) / ratio;
}

// Ticks of an axis of a map as [place among the cells, text]: round numbers, or of an uneven axis every so many cells.
function axisNames(coordinates, count, ticks) {
  const at = coordinates ? numbers(coordinates) : null;
  if (!at) return linearTicks(0, count - 1, ticks).filter(Number.isInteger).map((index) => [index, tickText(index)]);
  const [first, last] = [at[0], at[count - 1]], step = (last - first) / Math.max(count - 1, 1);
  if (step > 0 && at.every((value, index) => Math.abs(value - first - index * step) < 0.6 * step)) {
    return linearTicks(first, last, ticks).map((value) => [(value - first) / step, tickText(value)]);
  }
  const every = Math.ceil(count / ticks);
  return Array.from(at, (value, index) => [index, tickText(value)]).filter((_, index) => index % every === 0);
}

// Names along an axis; those that would overlap the one before are left out.
function mapNames(names, at, node, room) {
  let end = -Infinity;
  return names.map(([index, text], order) => {
    const place = at(index), half = room(text) / 2;
    if (place - half < end) return null;
    end = place + half;
    return node(place, text, order);
  }).filter(Boolean);
}

// The name of an axis, without what follows it: `x` of `x, unwrapped`.
function axisName(label, fallback) {
  return label.split(",")[0] || fallback;
}

function nearestIndex(values, target) {
  let best = 0;
  values.forEach((value, index) => { if (Math.abs(value - target) < Math.abs(values[best] - target)) best = index; });
  return best;
}

function contrast(value, scale) {
  if (!Number.isFinite(value)) return "var(--foreground)";
  const [red, green, blue] = ramp(scale.diverging)[levelOf(value, scale)];
  return 0.299 * red + 0.587 * green + 0.114 * blue > 128 ? "#000" : "#fff";
}

function scaleBar(plot, x, y, height) {
  const colours = ramp(plot.scale.diverging), steps = 32, { low, high } = plot.scale;
  const nodes = Array.from({ length: steps }, (_, step) => {
    const [red, green, blue] = colours[Math.round(255 * (1 - (step + 0.5) / steps))];
    return svg("rect", { x, y: y + (step * height) / steps, width: 10, height: height / steps + 0.6, fill: `rgb(${red},${green},${blue})` });
  });
  [[high, 0], [(low + high) / 2, 0.5], [low, 1]].forEach(([value, at]) => nodes.push(svg("text", { x: x + 15, y: y + at * height + (at === 0 ? 9 : at === 1 ? 0 : 4) }, numberText(value, 3))));
  return nodes;
}

// Values that stand out, as squares that can be seen, in their colours.
function peakNodes(values, plot, X, Y) {
  const colours = ramp(plot.scale.diverging);
  return peaksOf(values, plot.scale).map((at) => {
    const [red, green, blue] = colours[levelOf(values[at], plot.scale)], x = X(at % plot.columns), y = Y(Math.floor(at / plot.columns));
    return svg("rect", { class: "peak", x: x - LEAST_PEAK / 2, y: y - LEAST_PEAK / 2, width: LEAST_PEAK, height: LEAST_PEAK, fill: `rgb(${red},${green},${blue})` });
  });
}

function listenToMap(box, plot, values, { left, side, tall, column: columnAt }, xNames, yNames, xs, page) {
  const ys = plot.y ? numbers(plot.y) : null;
  const spot = (event) => {
    const area = box.getBoundingClientRect();
    const across = (event.clientX - area.left - left) / side;
    return [Math.floor(((event.clientY - area.top - 6) / tall) * plot.rows), across < 0 || across > 1 ? -1 : columnAt(across)];
  };
  const name = (index, coordinates, names, tokens) => (tokens ? tokens[index] : coordinates ? numberText(coordinates[index], 6) : (names.find(([at]) => at === index) || [0, index])[1]);
  box.addEventListener("pointermove", (event) => {
    const [row, column] = spot(event);
    const inside = row >= 0 && row < plot.rows && column >= 0 && column < plot.columns;
    const about = plot.levels || plot.computed ? "≈ " : "";
    showReadout(event, inside ? `${axisName(plot.xLabel, "x")} ${name(column, xs, xNames, plot.tokens)}, ${axisName(plot.yLabel, "y")} ${name(row, ys, yNames, plot.tokens)}: ${about}${numberText(values[row * plot.columns + column], 3)}` : "");
  });
  box.addEventListener("pointerleave", (event) => showReadout(event, ""));
  if (page && xs && plot.xLabel.startsWith("epoch")) box.addEventListener("click", (event) => page.goTo(xs[Math.min(Math.max(spot(event)[1], 0), plot.columns - 1)]));
}
