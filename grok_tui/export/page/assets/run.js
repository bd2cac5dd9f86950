// The page of a run: the controls, a panel for each view, and what they show of the selected epoch and neuron.

const state = { at: DATA.start, neuron: NEURONS.start, unwrapped: false };
const panels = []; // {node, place, draw, stale}
const last = DATA.epochs.length - 1;
const comma = (value) => value.toLocaleString("en-US");

function select(change) {
  Object.assign(state, change);
  state.at = Math.min(Math.max(state.at, 0), last);
  state.neuron = Math.min(Math.max(Math.round(state.neuron) || 0, 0), NEURONS.count - 1);
  slider.value = state.at;
  slider.setAttribute("aria-valuetext", `epoch ${comma(DATA.epochs[state.at])}`);
  epochText.textContent = comma(DATA.epochs[state.at]);
  placeText.textContent = `${state.at + 1} of ${last + 1}`;
  if (document.activeElement !== neuronInput) neuronInput.value = state.neuron;
  neuronList.value = String(state.neuron);
  if (neuronList.selectedIndex < 0) neuronList.value = "";
  redraw();
}

function goToEpoch(epoch) {
  select({ at: nearestIndex(DATA.epochs, epoch) });
}

// Draw what can be seen; the rest is drawn when it comes into view.
function redraw() {
  for (const panel of panels) {
    panel.stale = true;
    if (panel.visible) drawPanel(panel);
  }
}

function drawPanel(panel) {
  panel.stale = false;
  clear(panel.place, ...[panel.draw(Math.max(panel.place.clientWidth, 200))].flat());
  panel.place.setAttribute("aria-label", `${panel.name} at epoch ${comma(DATA.epochs[state.at])}`);
}

const observer = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const panel = panels.find(({ node }) => node === entry.target);
    panel.visible = entry.isIntersecting;
    if (panel.visible && panel.stale) drawPanel(panel);
  }
}, { rootMargin: "400px" });

function addPanel(name, wide, draw, ...below) {
  const place = el("div", { class: "figure", role: "group" });
  const node = el("section", { class: wide ? "panel across-all" : "panel", id: name, "aria-labelledby": `${name}-name` }, el("h3", { id: `${name}-name` }, name), place, ...below);
  panels.push({ name, node, place, draw, stale: true, visible: false });
  observer.observe(node);
  return node;
}

// A figure over frequencies, with the line at that of the selected neuron.
function withMark(figure) {
  const { frequency } = factsOf(state.at, state.neuron), cursors = frequency === null ? [] : [[frequency, String(frequency)]];
  const marked = (part) => (part.down ? { down: part.down.map(marked) } : part.plot && part.plot.type === "lines" ? { ...part, plot: { ...part.plot, cursors } } : part);
  return figure.absent ? figure : marked(figure);
}

function viewPanel(view) {
  const draw = (width) => {
    const [first] = view.figures;
    const figure = !view.ofNeuron ? view.figures[state.at] : first.absent ? first : neuronFigure(view.name, first, state);
    const shown = drawFigure(view.marks === "frequency" ? withMark(figure) : figure, width, { goTo: goToEpoch });
    if (view.marks !== "first neuron" || state.neuron === NEURONS.start || figure.absent) return shown;
    return [shown, el("p", { class: "caption note" }, `Marked in this figure: neuron ${NEURONS.start}, with which the page opens.`)];
  };
  const wide = view.figures.some((figure) => figure && isWide(figure));
  const texts = [["Definition", view.definition], ["Reading", view.reading]].flatMap(([title, text]) => [el("h4", {}, title), el("p", { class: "help" }, ...prose(text))]);
  return addPanel(view.name, wide, draw, el("p", { class: "caption" }, ...prose(view.caption)), view.ofNeuron ? el("p", { class: "caption note" }, neuronsNote()) : null, view.chosen ? el("p", { class: "caption note" }, ...prose(view.chosen)) : null, el("details", {}, el("summary", {}, "Definition and reading"), ...texts));
}

// Controls -----------------------------------------------------------------------------------------------------------

const slider = el("input", { type: "range", id: "epoch", min: 0, max: last, step: 1, "aria-label": "epoch", oninput: () => select({ at: Number(slider.value) }) });
const epochText = el("output", { id: "epoch-text", for: "epoch", "aria-live": "polite" });
const placeText = el("span", { class: "muted", id: "place" });
const neuronInput = el("input", { type: "number", id: "neuron-number", min: 0, max: NEURONS.count - 1, step: 1, inputmode: "numeric", oninput: () => neuronInput.value !== "" && select({ neuron: Number(neuronInput.value) }), onblur: () => { neuronInput.value = state.neuron; } });
const neuronList = el("select", { id: "neuron-list", "aria-label": "strongest neurons of each cluster", onchange: () => select({ neuron: Number(neuronList.value) }) },
  el("option", { value: "", disabled: true }, "strongest of…"),
  ...NEURONS.strongest.filter(({ neurons }) => neurons.length).map(({ frequency, neurons }) => el("optgroup", { label: frequency === null ? "rest" : `frequency ${frequency}` }, ...neurons.filter(hasMap).map((neuron) => el("option", { value: neuron }, `neuron ${neuron}`)))));
const unwrapped = el("input", { type: "checkbox", id: "unwrapped", onchange: () => select({ unwrapped: unwrapped.checked }) });
const play = el("button", { type: "button", id: "play", onclick: togglePlay }, "Play");
let timer = null;

function togglePlay() {
  if (timer === null && state.at === last) select({ at: 0 });
  timer = timer === null ? setInterval(() => (state.at < last ? select({ at: state.at + 1 }) : togglePlay()), 300) : clearInterval(timer) || null;
  play.textContent = timer === null ? "Play" : "Pause";
}

function stepButton(text, label, by) {
  return el("button", { type: "button", "aria-label": label, title: label, onclick: () => select({ at: state.at + by }) }, text);
}

const onSlider = {
  Home: () => ({ at: 0 }),
  End: () => ({ at: last }),
  PageUp: () => ({ at: state.at + 10 }),
  PageDown: () => ({ at: state.at - 10 }),
  ArrowDown: () => ({ neuron: stepInCluster(state.at, state.neuron, 1) }),
  ArrowUp: () => ({ neuron: stepInCluster(state.at, state.neuron, -1) }),
};
const anywhere = { ArrowRight: () => ({ at: state.at + 1 }), ArrowLeft: () => ({ at: state.at - 1 }) };

// On the slider all keys work; elsewhere the arrows to the left and right, where the element has no use for them.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const focused = event.target, onIt = focused === slider;
  if (onIt && event.key === " ") togglePlay();
  if (onIt && event.key === "u") unwrapped.click();
  const busy = !onIt && focused.closest && focused.closest("input:not([type=checkbox]), select, .table, pre");
  const change = (!busy && anywhere[event.key]) || (onIt && onSlider[event.key]);
  if (change) select(change());
  if (change || (onIt && event.key === " ")) event.preventDefault();
});

// The page -----------------------------------------------------------------------------------------------------------

const theme = themeButton(redraw);
const controls = el("div", { class: "controls", role: "group", "aria-label": "epoch and neuron" },
  el("div", { class: "epoch-row" }, stepButton("‹", "previous epoch", -1), slider, stepButton("›", "next epoch", 1), el("span", { class: "epoch-now" }, "epoch ", epochText), placeText, play),
  el("div", { class: "neuron-row" }, el("label", { for: "neuron-number" }, "neuron"), neuronInput, neuronList, el("label", { class: "check" }, unwrapped, "unwrap")));
const linkTo = (name) => el("a", { href: `#${name}` }, name);
const contents = el("nav", { "aria-label": "figures" }, ...DATA.groups.flatMap(({ name, views }) => [el("span", { class: "group" }, name), ...views.map((view) => linkTo(view.name))]), el("span", { class: "group" }, "numbers"), linkTo("report"));
const keys = el("p", { class: "keys" }, el("kbd", {}, "←"), " ", el("kbd", {}, "→"), " step the epochs. With the slider in focus: ", el("kbd", {}, "Home"), " ", el("kbd", {}, "End"), " first and last, ", el("kbd", {}, "Page ↑"), " ", el("kbd", {}, "Page ↓"), " by ten, ", el("kbd", {}, "↑"), " ", el("kbd", {}, "↓"), " neurons of the cluster, ", el("kbd", {}, "u"), " unwraps its maps, ", el("kbd", {}, "Space"), " plays. A click in a chart over epochs goes there.");
const head = el("header", {}, el("div", { class: "with-button" }, el("h1", {}, DATA.run), theme.button), ...DATA.head.map((line) => el("p", { class: "provenance" }, line)), DATA.note ? el("p", { class: "provenance" }, DATA.note) : null,
  ...DATA.skipped.map(([epoch, sentence]) => el("p", { class: "absent" }, `epoch ${comma(epoch)} is absent: ${sentence}`)), keys);
const reportPanel = addPanel("report", true, () => reportNode(DATA.reports[state.at]));
const groups = DATA.groups.map(({ name, views }) => el("div", { class: "group", "data-group": name }, el("h2", {}, name), el("div", { class: "panels" }, ...views.map(viewPanel))));
document.body.append(head, controls, el("div", { class: "body" }, contents, el("main", {}, ...groups, el("div", { class: "group" }, el("h2", {}, "numbers"), reportPanel))), readout, el("footer", {}, `grok-tui ${DATA.version}`));
let width = window.innerWidth;
window.addEventListener("resize", () => { if (window.innerWidth !== width) { width = window.innerWidth; redraw(); } });
theme.update();
select({});
slider.focus({ preventScroll: true });
