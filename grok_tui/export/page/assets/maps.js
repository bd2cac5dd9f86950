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

function drawMap(plot, width, height, page) {
  const values = plot.computed || mapValues(plot), { rows, columns } = plot;
  const square = rows === columns && !plot.x;
  const yNames = plot.yNames || axisNames(plot.y, rows, Math.max(Math.floor(height / 40), 2));
  const left = 12 + CHARACTER * Math.max(1, ...yNames.map(([, text]) => text.length));
  const across = Math.max(width - left - (plot.legend ? 74 : 10), 40);
  const side = square ? wholePixels(Math.min(across, Math.max(height - 44, 120), 520), columns) : across;
  const tall = square ? side : Math.max(Math.min(height, 300) - 44, Math.min(rows * 14, 480));
  const canvas = paint(values, rows, columns, plot.scale);
  canvas.classList.add(side < columns ? "smooth" : "cells");
  canvas.style.cssText = `left:${left}px;top:6px;width:${side}px;height:${tall}px`;
  const node = svg("svg", { class: "chart over", width, height: tall + 44, viewBox: `0 0 ${width} ${tall + 44}`, "aria-hidden": "true" });
  const X = (column) => left + ((column + 0.5) / columns) * side, Y = (row) => 6 + ((row + 0.5) / rows) * tall;
  const xNames = plot.xNames || axisNames(plot.x, columns, Math.max(Math.floor(side / 70), 2));
  node.append(...mapNames(xNames, (at) => X(at), (x, text) => svg("text", { x, y: tall + 20, "text-anchor": "middle" }, text), (text) => text.length * CHARACTER + 4));
  const colours = plot.yColours || [];
  node.append(...mapNames(yNames, (at) => Y(at), (y, text, index) => svg("text", { x: left - 6, y: y + 4, "text-anchor": "end", fill: colours.length ? colourOf(colours[index]) : null }, text), () => 13));
  node.append(svg("text", { class: "label", x: left + side / 2, y: tall + 38, "text-anchor": "middle" }, plot.xLabel));
  plot.marks.forEach(([row, column]) => node.append(svg("path", { class: "plus", d: `M${X(column) - 4} ${Y(row)}h8M${X(column)} ${Y(row) - 4}v8` })));
  const xs = plot.x ? numbers(plot.x) : null;
  if (xs) plot.cursors.forEach((at) => node.append(svg("line", { class: "cursor", x1: X(nearestIndex(xs, at)), x2: X(nearestIndex(xs, at)), y1: 6, y2: tall + 6 })));
  if (plot.texts) plot.texts.forEach((row, i) => row.forEach((text, j) => node.append(svg("text", { class: "cell", x: X(j), y: Y(i) + 4, "text-anchor": "middle", fill: contrast(values[i * columns + j], plot.scale) }, text))));
  const box = el("div", { class: "map-box" }, canvas, node);
  if (plot.legend) node.append(...scaleBar(plot, left + side + 10, 6, Math.min(tall, 240)));
  listenToMap(box, plot, values, { left, side, tall }, xNames, yNames, xs, page);
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

function listenToMap(box, plot, values, { left, side, tall }, xNames, yNames, xs, page) {
  const ys = plot.y ? numbers(plot.y) : null;
  const spot = (event) => {
    const area = box.getBoundingClientRect();
    return [Math.floor(((event.clientY - area.top - 6) / tall) * plot.rows), Math.floor(((event.clientX - area.left - left) / side) * plot.columns)];
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
