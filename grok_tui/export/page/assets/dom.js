// Elements. Texts are always text nodes, so nothing that comes from a run is read as HTML.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined) node.append(child);
  }
  return node;
}

function el(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

function clear(node, ...children) {
  node.replaceChildren(...children.filter((child) => child !== null));
  return node;
}

// A text in which `names` stand between backquotes.
function prose(text) {
  return text.split("`").map((part, index) => (index % 2 ? el("code", {}, part) : part));
}

// One line of text below the pointer, for all charts and maps.
const readout = el("div", { id: "readout", role: "status", hidden: true });

function showReadout(event, text) {
  readout.hidden = !text;
  if (!text) return;
  readout.textContent = text;
  const width = Math.min(readout.offsetWidth, window.innerWidth - 16);
  readout.style.left = `${Math.min(event.clientX + 12, window.innerWidth - width - 8)}px`;
  readout.style.top = `${Math.max(event.clientY - 34, 4)}px`;
}
