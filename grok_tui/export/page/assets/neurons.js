// The neurons of a run: facts from the data, maps from the token tables of the network, spectra from the maps.

const NEURONS = DATA.neurons;

function factsOf(at, neuron) {
  const facts = NEURONS.facts[at];
  const [frequency, share, variance, active] = ["frequency", "share", "variance", "active"].map((name) => numbers(facts[name])[neuron]);
  const tuned = share >= 0.85 && NEURONS.keys.includes(frequency);
  return { frequency: frequency || null, share, variance, active, cluster: tuned ? frequency : null };
}

function factsText(at, neuron) {
  const { frequency, share, variance, active, cluster } = factsOf(at, neuron);
  const percent = `active on ${(100 * active).toFixed(0)}% of the pairs`;
  if (frequency === null) return `neuron ${neuron} · constant over all inputs: no frequency · ${percent}`;
  return `neuron ${neuron} · frequency ${frequency} · cluster ${cluster === null ? "rest" : cluster} · share ${share.toFixed(3)} · variance explained ${variance.toFixed(3)} · ${percent}`;
}

// The neuron `by` places further in its cluster.
function stepInCluster(at, neuron, by) {
  const own = factsOf(at, neuron).cluster;
  const members = Array.from({ length: NEURONS.count }, (_, other) => other).filter((other) => hasMap(other) && factsOf(at, other).cluster === own);
  const from = members.indexOf(neuron);
  return members.length ? members[(Math.max(from, 0) + by + members.length) % members.length] : neuron;
}

function hasMap(neuron) {
  return NEURONS.stored === null || NEURONS.stored.includes(neuron);
}

const ACTIVATIONS = {
  relu: (value) => (value > 0 ? value : 0),
  quadratic: (value) => value * value,
  tanh: Math.tanh,
  silu: (value) => value / (1 + Math.exp(-value)),
  gelu: (value) => 0.5 * value * (1 + erf(value / Math.SQRT2)),
  gelu_new: (value) => 0.5 * value * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (value + 0.044715 * value ** 3))),
};

// The error function, to 1.5e-7 (Abramowitz and Stegun 7.1.26).
function erf(value) {
  const t = 1 / (1 + 0.3275911 * Math.abs(value));
  const tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(value) * (1 - tail * Math.exp(-value * value));
}

let attention = { at: null, weights: null };

// The attention of each head and position, [head][position] of [x * n + y]: the softmax of the scores.
function attentionAt(at) {
  if (attention.at === at) return attention.weights;
  const n = NEURONS.tokens.length, scores = NEURONS.tables[at].scores.map(({ over, values }) => ({ over, values: numbers(values) }));
  const heads = scores.length ? scores[scores.length - 1].values.length / (scores[scores.length - 1].over ? n : 1) : 0;
  const weights = Array.from({ length: heads }, () => scores.map(() => new Float64Array(n * n)));
  for (let head = 0; head < heads; head += 1) {
    for (let x = 0; x < n; x += 1) {
      for (let y = 0; y < n; y += 1) {
        const all = scores.map(({ over, values }) => values[(over === "x" ? x : over === "y" ? y : 0) * heads + head]);
        const top = Math.max(...all), exponentials = all.map((score) => Math.exp(score - top));
        const sum = exponentials.reduce((a, b) => a + b, 0);
        exponentials.forEach((value, position) => { weights[head][position][x * n + y] = value / sum; });
      }
    }
  }
  attention = { at, weights };
  return weights;
}

// A table of a group for one neuron: sum over k of U[row, k] scale[k] V[k, neuron].
function tableOf(group, neuron) {
  const [strongU, weakU, strongV, weakV] = [...group.u, ...group.v].map(numbers), scales = numbers(group.scales);
  const { strong, kept } = group, weak = kept - strong, table = new Float64Array(group.rows);
  for (let k = 0; k < kept; k += 1) {
    const factor = scales[k] * (k < strong ? strongV[k * NEURONS.count + neuron] : weakV[(k - strong) * NEURONS.count + neuron]);
    for (let row = 0; row < group.rows; row += 1) {
      table[row] += factor * (k < strong ? strongU[row * strong + k] : weakU[row * weak + k - strong]);
    }
  }
  return table;
}

// The pre-activations and activations of a neuron over all pairs, [x * n + y].
function mapsOf(at, neuron) {
  const tables = NEURONS.tables[at], n = NEURONS.tokens.length;
  if (tables.maps) return Object.fromEntries(["pre", "post"].map((name) => [name, storedMap(tables.maps[neuron][name])]));
  const weights = attentionAt(at), pre = new Float64Array(n * n);
  for (const group of tables.groups) {
    const table = tableOf(group, neuron);
    for (const { over, row, head, position } of group.sources) {
      const weight = head === null ? null : weights[head][position];
      for (let x = 0; x < n; x += 1) {
        for (let y = 0; y < n; y += 1) {
          const value = table[row + (over === "x" ? x : over === "y" ? y : 0)];
          pre[x * n + y] += weight === null ? value : weight[x * n + y] * value;
        }
      }
    }
  }
  return { pre, post: pre.map(ACTIVATIONS[tables.act]) };
}

function storedMap({ low, high, values }) {
  return Float64Array.from(numbers(values), (level) => low + ((high - low || 1) * level) / (BLANK - 1));
}

// The orthonormal real Fourier basis [component][token]: constant, then cos and sin of each frequency.
const basis = (() => {
  const n = NEURONS.tokens.length, rows = [new Float64Array(n).fill(1 / Math.sqrt(n))];
  for (let k = 1; rows.length < n; k += 1) {
    const length = Math.sqrt((2 * k === n ? 1 : 2) / n);
    for (const wave of 2 * k === n ? [Math.cos] : [Math.cos, Math.sin]) rows.push(Float64Array.from({ length: n }, (_, t) => length * wave((2 * Math.PI * k * t) / n)));
  }
  return rows;
})();

// The centred map in that basis, [component of x * n + component of y].
function spectrumOf(map) {
  const n = NEURONS.tokens.length, mean = map.reduce((a, b) => a + b, 0) / map.length;
  const half = new Float64Array(n * n), spectrum = new Float64Array(n * n);
  for (let i = 0; i < n; i += 1) for (let x = 0; x < n; x += 1) for (let y = 0; y < n; y += 1) half[i * n + y] += basis[i][x] * (map[x * n + y] - mean);
  for (let i = 0; i < n; i += 1) for (let j = 0; j < n; j += 1) {
    let sum = 0;
    for (let y = 0; y < n; y += 1) sum += half[i * n + y] * basis[j][y];
    spectrum[i * n + j] = sum;
  }
  return spectrum;
}

function energyOf(spectrum) {
  const n = NEURONS.tokens.length;
  return Array.from({ length: Math.floor(n / 2) }, (_, index) => {
    const block = [0, 2 * index + 1, 2 * index + 2].filter((component) => component < n);
    return block.flatMap((i) => block.map((j) => spectrum[i * n + j] ** 2)).reduce((a, b) => a + b, 0);
  });
}

function scaleOf(values) {
  let low = Infinity, high = -Infinity;
  for (const value of values) { low = Math.min(low, value); high = Math.max(high, value); }
  const most = Math.max(Math.abs(low), Math.abs(high));
  if (low < 0 && high > 0) return { low: -most, high: most, diverging: true };
  return low === high ? { low: Math.min(low, 0), high: Math.max(high, 0), diverging: false } : { low, high, diverging: false };
}

// The token at each position of a map: in natural order, or by k × index mod n, where a wave of frequency k is one cycle.
function orderOf(frequency, unwrapped) {
  const n = NEURONS.tokens.length, by = unwrapped && frequency !== null ? (i) => (frequency * i) % n : (i) => NEURONS.tokens[i];
  return Array.from({ length: n }, (_, i) => i).sort((a, b) => by(a) - by(b) || a - b);
}

// The figure of the views `neuron` and `spectrum`: that of the template, with the numbers of this neuron.
function neuronFigure(view, template, { at, neuron, unwrapped }) {
  if (!hasMap(neuron)) return { absent: `the maps of neuron ${neuron} are not in this page; it has those of ${NEURONS.stored.join(", ")}.` };
  const maps = mapsOf(at, neuron), n = NEURONS.tokens.length;
  const spectrum = view === "spectrum" ? spectrumOf(maps.post) : null;
  const order = orderOf(factsOf(at, neuron).frequency, unwrapped), names = ["pre", "post"];
  const tokens = order.map((index) => NEURONS.tokens[index]);
  const drawn = (part) => {
    if (part.down) return { down: part.down.map(drawn) };
    if (part.across) return { ...part, across: part.across.map(drawn) };
    const plot = part.plot;
    if (plot && plot.type === "text" && !plot.heading) return { plot: { ...plot, text: factsText(at, neuron) } };
    if (plot && plot.type === "bars") {
      const energy = energyOf(spectrum);
      return { ...part, plot: { ...plot, values: energy, limits: [0, Math.max(...energy)] } };
    }
    if (!plot || plot.type !== "map") return part;
    const grid = spectrum || maps[names.shift()], values = new Float64Array(n * n);
    for (let row = 0; row < n; row += 1) for (let column = 0; column < n; column += 1) values[row * n + column] = spectrum ? grid[column * n + row] : grid[order[column] * n + order[row]];
    const own = { ...plot, computed: values, scale: scaleOf(values), marks: [] };
    if (spectrum) return { ...part, plot: own };
    const shuffled = unwrapped ? { xLabel: "x, unwrapped", yLabel: "y, unwrapped", xNames: [], yNames: [] } : {};
    return { ...part, plot: { ...own, ...shuffled, tokens } };
  };
  return drawn(resolvedPart(template));
}

// Which neurons the page has, and how exact their maps are.
function neuronsNote() {
  if (NEURONS.stored) return `This page has the maps of ${NEURONS.stored.length} of ${NEURONS.count} neurons, the strongest of each cluster, in ${BLANK} levels each.`;
  return `This page has all ${NEURONS.count} neurons: it computes their maps from the network's token tables, which are rounded: pre-activations are off by at most ${(100 * NEURONS.error).toPrecision(2)}% of the neuron's range. Frequency, share and the other numbers in text are exact.`;
}
