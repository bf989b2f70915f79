// The data of the interactive views, unpacked, and the one state that they share.

const byId = (id) => document.getElementById(id);
const read = (id) => (byId(id) ? JSON.parse(byId(id).textContent) : null);
const raw = read('ip-explorer-data');
const rawCloud = read('ip-cloud-data');

function unpack(text, kind) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const types = { u1: Uint8Array, u2: Uint16Array, i2: Int16Array, u4: Uint32Array };
  return new types[kind](bytes.buffer);
}

// Typed arrays hold many edges in little memory; weights come back as numbers when asked for.
const net = raw && {
  ...raw,
  x: unpack(raw.x, 'u2'), y: unpack(raw.y, 'u2'),
  pointer: unpack(raw.pointer, 'u4'), order: unpack(raw.order, 'u4'), community: unpack(raw.community, 'u1'),
  src: unpack(raw.src, raw.node), dst: unpack(raw.dst, raw.node),
  step: unpack(raw.weight, 'i2'), p: raw.p ? unpack(raw.p, 'u2') : null,
};
const cloud = rawCloud && {
  ...rawCloud,
  x: unpack(rawCloud.x, 'u2'), y: unpack(rawCloud.y, 'u2'),
  hx: rawCloud.hx ? unpack(rawCloud.hx, 'u2') : null, hy: rawCloud.hy ? unpack(rawCloud.hy, 'u2') : null,
  community: unpack(rawCloud.community, 'u1'), unit: rawCloud.units,
  moved: unpack(rawCloud.moved, 'u2'), length: unpack(rawCloud.length, 'u2'),
  attention: rawCloud.attention ? unpack(rawCloud.attention, 'u1') : null,
};
if (cloud) cloud.spot = new Map(cloud.unit.map((unit, k) => [unit, k]));
// The windows, which every view of a page shares.
const frames = net || cloud;
const weightOf = (e) => net.step[e] * net.grain;
const pOf = (e) => (net.p ? net.p[e] / 65535 : null);
const SMALLER = 254;
const ABSENT = 255;
// Least absolute weight drawn: one bound for positive edges, one for negative ones.
const cutOf = (e) => state.cut[net.step[e] >= 0 ? 0 : 1];
const communityOf = (w, i) => net.community[w * net.n + i];
const isPresent = (w, i) => communityOf(w, i) !== ABSENT;

const state = { window: 0, cut: [0, 0], positive: true, negative: true, colour: 'none', order: 'recorded', unit: -1, hover: -1 };
const listeners = [];

function set(change) {
  Object.assign(state, change);
  for (const listener of listeners) listener(change);
}

const number = (v, digits = 3) => {
  if (v === null || Number.isNaN(v)) return '–';
  const text = Math.abs(v) >= 1000 ? Math.round(v).toString() : Number(v.toPrecision(digits)).toString();
  return text.replace(/\B(?=(\d{3})+$)(?<!\.\d*)/g, '\u202f').replace('-', '−');
};
const pText = (p) => (p === null ? '' : p < 1e-4 ? 'p < 0.0001' : `p = ${Number(p.toPrecision(2))}`);
const windowText = (w) => {
  const [start, stop] = frames.bounds[w];
  const grain = stop - start >= 5 ? 10 : 1000; // short windows keep thousandths
  const text = (v) => String(Math.round(v * grain) / grain).replace('-', '−');
  return `[${text(start)}, ${text(stop)}) s`;
};

function colours() {
  const style = getComputedStyle(document.documentElement);
  const get = (name) => style.getPropertyValue(`--${name}`).trim();
  const named = {};
  for (const name of ['ink', 'muted', 'faint', 'grid', 'card', 'shade', 'positive', 'negative', 'accent', 'other']) named[name] = get(name);
  named.category = Array.from({ length: 8 }, (_, k) => get(`c${k}`));
  return named;
}

function rgb(hex) {
  const long = hex.length === 4 ? hex.replace(/[^#]/g, '$&$&') : hex;
  return [1, 3, 5].map((k) => parseInt(long.slice(k, k + 2), 16));
}

// A canvas as sharp as the screen, cleared, in CSS pixels.
function prepare(canvas, height) {
  const width = canvas.clientWidth || 300;
  const ratio = window.devicePixelRatio || 1;
  canvas.style.height = `${height}px`;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

function tip(text, event) {
  const box = byId('ip-tip');
  box.hidden = !text;
  if (!text) return;
  box.textContent = text;
  const right = event.clientX + 16 + box.offsetWidth > window.innerWidth;
  box.style.left = `${Math.max(4, right ? event.clientX - 12 - box.offsetWidth : event.clientX + 16)}px`;
  box.style.top = `${Math.min(event.clientY + 14, window.innerHeight - box.offsetHeight - 6)}px`;
}

// The colour of node k of a view: of the network or of the embedding.
function colourOf(view, theme, k) {
  if (state.colour === 'community' && view.known) {
    const rank = view.community[state.window * (view.k ?? view.n) + k];
    return rank < 8 ? theme.category[rank] : theme.other;
  }
  if (state.colour === 'group' && view.group) {
    const place = view.groups.indexOf(view.group[k]);
    return place >= 0 && place < 8 ? theme.category[place] : theme.other;
  }
  if (state.colour === 'sign' && view.sign) return view.sign[k] > 0 ? theme.positive : view.sign[k] < 0 ? theme.negative : theme.other;
  return theme.muted;
}

function unitText(i) {
  const spot = cloud ? cloud.spot.get(i) : undefined;
  const [view, k] = net ? [net, i] : [cloud, spot];
  const lines = [`${(cloud || net).call === 'node' ? 'Node' : 'Unit'} ${view.id[k]}`];
  if (view.group && view.group[k]) lines.push(`group ${view.group[k]}`);
  if (view.sign && view.sign[k]) lines.push(view.sign[k] > 0 ? 'excitatory' : 'inhibitory');
  const rank = view.community[state.window * (view.k ?? view.n) + k];
  if (rank === ABSENT) return [...lines, 'not measured in this window'].join('\n');
  if (view.known) lines.push(rank === SMALLER ? 'a smaller community' : `community ${rank + 1} by size`);
  if (net) lines.push(strengthText(i));
  if (spot !== undefined) lines.push(`vector of length ${number(cloud.length[state.window * cloud.k + spot] * cloud.grain)}`);
  return lines.join('\n');
}

function strengthText(i) {
  let count = 0;
  let plus = 0;
  let minus = 0;
  for (let e = net.pointer[state.window]; e < net.pointer[state.window + 1]; e += 1) {
    if (net.src[e] !== i && net.dst[e] !== i) continue;
    count += 1;
    if (net.step[e] >= 0) plus += weightOf(e);
    else minus += weightOf(e);
  }
  return `${count} edges; strength +${number(plus)} / ${number(minus)}`;
}

function edgeText(e) {
  const link = net.directed ? '→' : '–';
  const p = pText(pOf(e));
  return `${net.id[net.src[e]]} ${link} ${net.id[net.dst[e]]}\nweight ${number(weightOf(e))}${p ? `\n${p}` : ''}`;
}
