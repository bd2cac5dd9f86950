// The data of the page: arrays are decoded when they are first drawn.

const DATA = JSON.parse(document.getElementById("data").textContent);
const TYPES = { f4: Float32Array, i2: Int16Array, i1: Int8Array, u1: Uint8Array };
const decoded = new Map();
const MOST_DECODED = 4000; // arrays; the oldest are decoded again

// An object with the values that it shares with others.
function resolved(object) {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, value && value.o !== undefined ? DATA.objects[value.o] : value]));
}

// The numbers of an array, NaN where they are absent. A short array is stored as a list.
function numbers(stored) {
  if (Array.isArray(stored)) return stored.map((value) => (value === null ? NaN : value));
  if (!decoded.has(stored.a)) {
    if (decoded.size >= MOST_DECODED) decoded.delete(decoded.keys().next().value);
    const { t, b } = DATA.arrays[stored.a];
    const bytes = Uint8Array.from(atob(b), (letter) => letter.charCodeAt(0));
    decoded.set(stored.a, new TYPES[t](bytes.buffer));
  }
  return decoded.get(stored.a);
}

const BLANK = 255; // the level of a value that is absent

// The values of a map, which are stored as they are or as levels of its scale.
function mapValues(plot) {
  const stored = numbers(plot.values);
  if (!plot.levels) return stored;
  const { low, high } = plot.scale, step = (high > low ? high - low : 1) / (BLANK - 1);
  return Float32Array.from(stored, (level) => (level === BLANK ? NaN : low + level * step));
}

// A number for a reader: a few digits, thousands with a comma, "absent" for none.
function numberText(value, digits = 4) {
  if (value === null || !Number.isFinite(value)) return "absent";
  const size = Math.abs(value);
  if (value !== 0 && (size < 1e-3 || size >= 1e7)) return value.toExponential(digits - 1).replace("-", "−").replace("e+", "e").replace("e-", "e−");
  if (Number.isInteger(value)) return value.toLocaleString("en-US").replace("-", "−");
  return value.toLocaleString("en-US", { maximumSignificantDigits: digits }).replace("-", "−");
}
