// Axes: from values to places, and their ticks.

const ZERO_GAP = 0.07; // of a log axis between its zero and its lowest value

// The place of a value on an axis, 0 to 1; NaN where the axis cannot show it.
function place(axis, value) {
  if (axis.zero && value === 0) return 0;
  if (axis.log && !(value > 0)) return NaN;
  const at = axis.log
    ? (Math.log10(value) - Math.log10(axis.low)) / (Math.log10(axis.high) - Math.log10(axis.low))
    : (value - axis.low) / (axis.high - axis.low);
  return axis.zero ? ZERO_GAP + (1 - ZERO_GAP) * at : at;
}

// The value at a place, the inverse of `place`.
function valueAt(axis, at) {
  const inner = axis.zero ? Math.max((at - ZERO_GAP) / (1 - ZERO_GAP), 0) : at;
  if (!axis.log) return axis.low + inner * (axis.high - axis.low);
  return axis.zero && at < ZERO_GAP / 2 ? 0 : axis.low * (axis.high / axis.low) ** inner;
}

function linearTicks(low, high, count) {
  if (!(high > low)) return [low];
  const power = 10 ** Math.floor(Math.log10((high - low) / Math.max(count, 1)));
  const step = [1, 2, 5, 10, 20, 50].map((factor) => factor * power)
    .find((length) => Math.floor(high / length + 1e-9) - Math.ceil(low / length - 1e-9) + 1 <= count) || high - low;
  const ticks = [];
  for (let at = Math.ceil(low / step - 1e-9); at <= Math.floor(high / step + 1e-9); at += 1) ticks.push(at * step);
  return ticks;
}

function logTicks(low, high, count) {
  const first = Math.ceil(Math.log10(low) - 1e-9), last = Math.floor(Math.log10(high) + 1e-9);
  if (last - first < 1) return linearTicks(low, high, count).filter((tick) => tick > 0);
  const stride = Math.ceil((last - first + 1) / Math.max(count, 1));
  const ticks = [];
  for (let power = Math.ceil(first / stride) * stride; power <= last; power += stride) ticks.push(10 ** power);
  return ticks;
}

function axisTicks(axis, count) {
  const ticks = axis.log ? logTicks(axis.low, axis.high, count) : linearTicks(axis.low, axis.high, count);
  return axis.zero ? [0, ...ticks] : ticks;
}

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

function tickText(value, log = false) {
  const size = Math.abs(value);
  const power = Math.log10(size);
  if (log && value > 0 && (power < -3 || power > 5) && Math.abs(power - Math.round(power)) < 1e-9) {
    const digits = String(Math.abs(Math.round(power))).split("").map((digit) => SUPERSCRIPTS[digit]).join("");
    return `10${power < 0 ? "⁻" : ""}${digits}`;
  }
  return numberText(Math.abs(value) < 1e-12 ? 0 : Number(value.toPrecision(6)), 6);
}
