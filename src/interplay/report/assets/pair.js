// A pair of populations, solved in the page: activations, own costs, equilibria, nullclines, trajectories.

// The dilogarithm on [0, 1], which the cost of softplus needs.
function dilogarithm(x) {
  if (x <= 0) return 0;
  if (x >= 1) return Math.PI ** 2 / 6;
  if (x > 0.5) return Math.PI ** 2 / 6 - Math.log(x) * Math.log(1 - x) - dilogarithm(1 - x);
  let sum = 0;
  for (let k = 1, power = x; k <= 60; k += 1, power *= x) sum += power / (k * k);
  return sum;
}

const xlogx = (x) => (x > 0 ? x * Math.log(x) : 0);
const anywhere = [-Infinity, Infinity];
const upwards = [0, Infinity];
// Of each kind: value, slope, cost inside the domain, domain, largest slope, kinks; `p` holds the parameters.
const ACTIVATIONS = {
  identity: { f: (z) => z, slope: () => 1, cost: () => 0, domain: () => anywhere, top: () => 1, kinks: () => [] },
  relu: { f: (z) => Math.max(z, 0), slope: (z) => (z > 0 ? 1 : 0), cost: () => 0, domain: () => upwards, top: () => 1, kinks: () => [0] },
  clip: { f: (z, p) => Math.min(Math.max(z, 0), p[0]), slope: (z, p) => (z > 0 && z < p[0] ? 1 : 0), cost: () => 0, domain: (p) => [0, p[0]], top: () => 1, kinks: (p) => [0, p[0]] },
  threshold_linear: { f: (z, p) => p[0] * Math.max(z - p[1], 0), slope: (z, p) => (z > p[1] ? p[0] : 0), cost: (x, p) => p[1] * x + (1 / p[0] - 1) * x * x / 2, domain: () => upwards, top: (p) => p[0], kinks: (p) => [p[1]] },
  leaky_relu: { f: (z, p) => (z < 0 ? p[0] * z : z), slope: (z, p) => (z < 0 ? p[0] : 1), cost: (x, p) => (x < 0 ? (1 / p[0] - 1) * x * x / 2 : 0), domain: () => anywhere, top: (p) => Math.max(1, p[0]), kinks: () => [0] },
  soft_threshold: { f: (z, p) => Math.sign(z) * Math.max(Math.abs(z) - p[0], 0), slope: (z, p) => (Math.abs(z) > p[0] ? 1 : 0), cost: (x, p) => p[0] * Math.abs(x), domain: () => anywhere, top: () => 1, kinks: (p) => [-p[0], p[0]] },
  tanh: { f: (z) => Math.tanh(z), slope: (z) => 1 - Math.tanh(z) ** 2, cost: (x) => (xlogx(1 + x) + xlogx(1 - x)) / 2 - x * x / 2, domain: () => [-1, 1], top: () => 1, kinks: () => [] },
  logistic: { f: (z, p) => 1 / (1 + Math.exp(-p[0] * (z - p[1]))), slope: (z, p) => { const y = 1 / (1 + Math.exp(-p[0] * (z - p[1]))); return p[0] * y * (1 - y); }, cost: (x, p) => p[1] * x + (xlogx(x) + xlogx(1 - x)) / p[0] - x * x / 2, domain: () => [0, 1], top: (p) => p[0] / 4, kinks: (p) => [p[1]] },
  softplus: { f: (z) => (z > 30 ? z : Math.log1p(Math.exp(z))), slope: (z) => 1 / (1 + Math.exp(-z)), cost: (x) => dilogarithm(Math.exp(-x)), domain: () => upwards, top: () => 1, kinks: () => [] },
  power: { f: (z, p) => p[0] * Math.max(z, 0) ** p[1], slope: (z, p) => (z > 0 ? p[0] * p[1] * z ** (p[1] - 1) : 0), cost: (x, p) => (p[1] / (p[1] + 1)) * p[0] ** (-1 / p[1]) * x ** (1 + 1 / p[1]) - x * x / 2, domain: () => upwards, top: () => Infinity, kinks: () => [0] },
};

function bisect(g, a, b) {
  let [low, high] = [a, b];
  let sign = g(low);
  for (let k = 0; k < 80; k += 1) {
    const middle = (low + high) / 2;
    const value = g(middle);
    if (value === 0) return middle;
    if (value > 0 === sign > 0) [low, sign] = [middle, value];
    else high = middle;
  }
  return (low + high) / 2;
}

// Unit k of the pair `m` = { w: [EE, EI, IE, II] >= 0, u, tau, phi }. Weights carry their sign in `onto`.
function solved(m) {
  const onto = [[m.w[0], -m.w[1]], [m.w[2], -m.w[3]]];
  const kind = m.phi.map((phi) => ACTIVATIONS[phi.kind]);
  const par = m.phi.map((phi) => phi.p);
  const f = (k, z) => kind[k].f(z, par[k]);
  const input = (k, x) => onto[k][0] * x[0] + onto[k][1] * x[1] + m.u[k];
  const domain = [0, 1].map((k) => kind[k].domain(par[k]));
  const pull = (k, x) => f(k, input(k, x)) - x[k];
  const flow = (x) => [pull(0, x) / m.tau[0], pull(1, x) / m.tau[1]];
  const inside = (k, y) => y >= domain[k][0] && y <= domain[k][1];
  const convex = (k) => onto[k][k] * kind[k].top(par[k]) <= 1;
  // Its own cost at rate y while the other stays at `other`.
  const cost = (k, y, other) => {
    if (!inside(k, y)) return NaN;
    const drive = onto[k][1 - k] * other + m.u[k];
    return 0.5 * (1 - onto[k][k]) * y * y - drive * y + kind[k].cost(y, par[k]);
  };

  // Rate that costs unit k least while the other stays; NaN where its cost has no lowest point.
  function response(k, other) {
    const drive = onto[k][1 - k] * other + m.u[k];
    const h = (y) => f(k, onto[k][k] * y + drive) - y;
    if (onto[k][k] * kind[k].top(par[k]) < 1) {
      let reach = 1 + Math.abs(drive) + Math.abs(f(k, drive));
      for (let n = 0; n < 60 && (h(reach) > 0 || h(-reach) < 0); n += 1) reach *= 2;
      return h(reach) > 0 || h(-reach) < 0 ? NaN : bisect(h, -reach, reach);
    }
    const [low, high] = domain[k];
    if (!Number.isFinite(low) || !Number.isFinite(high)) return NaN;
    let best = low;
    let least = Infinity;
    for (let n = 0; n <= 240; n += 1) {
      const y = low + ((high - low) * n) / 240;
      const value = cost(k, y, other);
      if (value < least) [best, least] = [y, value];
    }
    let [a, b] = [Math.max(low, best - (high - low) / 240), Math.min(high, best + (high - low) / 240)];
    for (let n = 0; n < 50; n += 1) {
      const [c, d] = [a + (b - a) * 0.381966, a + (b - a) * 0.618034];
      if (cost(k, c, other) <= cost(k, d, other)) b = d;
      else a = c;
    }
    return cost(k, (a + b) / 2, other) < least ? (a + b) / 2 : best;
  }

  const gap = (k, x) => {
    if (convex(k)) {
      const y = response(k, x[1 - k]);
      return Number.isNaN(y) ? Infinity : Math.max(0, cost(k, x[k], x[1 - k]) - cost(k, y, x[1 - k]));
    }
    const y = response(k, x[1 - k]);
    return Number.isNaN(y) ? Infinity : Math.max(0, cost(k, x[k], x[1 - k]) - cost(k, y, x[1 - k]));
  };

  function inputs(k, reach) {
    const ends = Math.asinh(50 * reach);
    const z = Array.from({ length: 1201 }, (_, n) => Math.sinh(-ends + (2 * ends * n) / 1200) / 50);
    return [...z, ...kind[k].kinks(par[k])].sort((a, b) => a - b);
  }

  // The point at which unit k stands still with input z.
  const still = (k, z) => {
    const x = [0, 0];
    x[k] = f(k, z);
    x[1 - k] = (z - onto[k][k] * x[k] - m.u[k]) / onto[k][1 - k];
    return x;
  };

  // Equilibria of unit k on its own, the other at `other`.
  function alone(k, other, reach) {
    const h = (y) => f(k, onto[k][k] * y + onto[k][1 - k] * other + m.u[k]) - y;
    return roots(h, Array.from({ length: 801 }, (_, n) => -reach + (2 * reach * n) / 800));
  }

  function roots(g, places) {
    const found = [];
    let before = g(places[0]);
    if (before === 0) found.push(places[0]);
    for (let n = 1; n < places.length; n += 1) {
      const value = g(places[n]);
      if (value === 0) found.push(places[n]);
      else if (before !== 0 && value > 0 !== before > 0) found.push(bisect(g, places[n - 1], places[n]));
      before = value;
    }
    return found;
  }

  const reachOf = (size) => m.w.reduce((a, b) => a + b, 0) * size + Math.abs(m.u[0]) + Math.abs(m.u[1]) + 1;

  function equilibria(size) {
    const reach = reachOf(4 * size);
    let points;
    if (onto[0][1] !== 0) points = roots((z) => pull(1, still(0, z)), inputs(0, reach)).map((z) => still(0, z));
    else if (onto[1][0] !== 0) points = roots((z) => pull(0, still(1, z)), inputs(1, reach)).map((z) => still(1, z));
    else points = alone(0, 0, reach).flatMap((e) => alone(1, e, reach).map((i) => [e, i]));
    const kept = [];
    for (const x of points) {
      const near = kept.some((y) => Math.hypot(x[0] - y[0], x[1] - y[1]) < 1e-6 * (1 + Math.hypot(...x)));
      if (!near && x.every(Number.isFinite) && Math.hypot(pull(0, x), pull(1, x)) < 1e-6 * (1 + Math.hypot(...x))) kept.push(x);
    }
    return kept.sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(described);
  }

  function described(x) {
    // On a kink, the slopes of both sides count.
    const sides = [0, 1].map((k) => {
      const z = input(k, x);
      const near = 1e-6 * (1 + Math.abs(z));
      const pair = [kind[k].slope(z - near, par[k]), kind[k].slope(z + near, par[k])];
      return kind[k].kinks(par[k]).some((v) => Math.abs(v - z) <= 1e-9 * (1 + Math.abs(z))) ? pair : [kind[k].slope(z, par[k])];
    });
    const all = sides[0].flatMap((a) => sides[1].map((b) => linearised([a, b])));
    const worst = all.reduce((a, b) => (b.leading > a.leading ? b : a));
    const alone = sides[0].map((a) => (a * onto[0][0] - 1) / m.tau[0]);
    const gaps = [gap(0, x), gap(1, x)];
    const stable = worst.stable;
    const doubtful = !stable && all.some((a) => a.stable);
    return { x, ...worst, kind: doubtful ? 'on a kink' : worst.kind, stable, doubtful, gaps, nash: Math.max(...gaps) <= 1e-9, alone: Math.max(...alone), split: Math.min(...alone) < 0 !== Math.max(...alone) < 0 };
  }

  function linearised(d) {
    const j = [0, 1].map((a) => [0, 1].map((b) => (d[a] * onto[a][b] - (a === b ? 1 : 0)) / m.tau[a]));
    const trace = j[0][0] + j[1][1];
    const det = j[0][0] * j[1][1] - j[0][1] * j[1][0];
    const turn = trace * trace - 4 * det;
    const shape = det < 0 ? 'saddle' : turn < 0 ? 'focus' : 'node';
    const stable = det > 0 && trace < 0;
    const leading = turn < 0 ? trace / 2 : (trace + Math.sqrt(turn)) / 2;
    const rows = [[j[0][1], leading - j[0][0]], [leading - j[1][1], j[1][0]]];
    const away = largest(rows[0]) > largest(rows[1]) ? rows[0] : largest(rows[1]) > 0 ? rows[1] : [1, 0];
    return { stable, kind: shape === 'saddle' ? 'saddle' : `${stable ? 'stable' : 'unstable'} ${shape}`, leading, away };
  }

  function nullcline(k, window, size) {
    if (onto[k][1 - k] === 0) {
      const ends = window[1 - k];
      return alone(k, 0, reachOf(4 * size)).flatMap((y) => [null, ...ends.map((v) => (k === 0 ? [y, v] : [v, y]))]);
    }
    return inputs(k, reachOf(2 * size)).map((z) => still(k, z));
  }

  function responses(k, window) {
    const [low, high] = window[1 - k];
    const out = [];
    let before = NaN;
    for (let n = 0; n <= 200; n += 1) {
      const other = low + ((high - low) * n) / 200;
      const y = response(k, other);
      if (Number.isNaN(y) || Math.abs(y - before) > 0.25 * (window[k][1] - window[k][0])) out.push(null);
      if (!Number.isNaN(y)) out.push(k === 0 ? [y, other] : [other, y]);
      before = y;
    }
    return out;
  }

  const step = (x, dt) => {
    const add = (d, h) => [x[0] + h * d[0], x[1] + h * d[1]];
    const a = flow(x);
    const b = flow(add(a, dt / 2));
    const c = flow(add(b, dt / 2));
    const d = flow(add(c, dt));
    return [0, 1].map((k) => x[k] + (dt / 6) * (a[k] + 2 * b[k] + 2 * c[k] + d[k]));
  };

  // Fourth-order Runge-Kutta; stops when the rates leave every bound.
  function run(start, duration, limit) {
    const dt = Math.min(Math.min(...m.tau) / 25, duration / 200);
    const steps = Math.min(8000, Math.ceil(duration / dt));
    const course = [[0, ...start]];
    let x = start.map((v, k) => Math.min(Math.max(v, domain[k][0]), domain[k][1]));
    for (let n = 1; n <= steps; n += 1) {
      x = step(x, dt);
      course.push([n * dt, ...x]);
      if (!(Math.hypot(...x) < limit)) break;
    }
    return course;
  }

  // A step that resolves the fastest motion that weights and time constants allow.
  function safeStep() {
    const rows = onto.map((row, k) => row.map((v) => (Number.isFinite(kind[k].top(par[k])) ? kind[k].top(par[k]) : 1) * v / m.tau[k]));
    const squares = rows.flat().reduce((sum, v) => sum + v * v, 0);
    const det = rows[0][0] * rows[1][1] - rows[0][1] * rows[1][0];
    return 0.15 / (Math.sqrt((squares + Math.sqrt(Math.max(0, squares * squares - 4 * det * det))) / 2) + 1 / Math.min(...m.tau));
  }

  const apart = (x, y) => Math.max(Math.abs(x[0] - y[0]), Math.abs(x[1] - y[1]));
  const largest = (x) => Math.max(Math.abs(x[0]), Math.abs(x[1]));

  const spans = (part) => [0, 1].map((k) => part.reduce(([low, high], x) => [Math.min(low, x[k]), Math.max(high, x[k])], [Infinity, -Infinity]));
  // Whether a stretch crosses the middle of the wider span upwards twice: a drift spans something too, and does not.
  function returns(part, ends) {
    const unit = ends[0][1] - ends[0][0] >= ends[1][1] - ends[1][0] ? 0 : 1;
    const middle = (ends[unit][0] + ends[unit][1]) / 2;
    let crossings = 0;
    for (let n = 1; n < part.length; n += 1) crossings += part[n - 1][unit] < middle && part[n][unit] >= middle;
    return crossings >= 2;
  }

  // What becomes of a trajectory: 'settles', 'escapes', 'cycles', or '' where nothing can be said when time is up. By
  // the rules of the library: rounds of 60 time constants, the last two longer; a cycle comes back and its extremes stay.
  // `reach` is the largest rate of all starts and equilibria.
  function fate(start, stable, reach) {
    const dt = safeStep();
    const bound = 1e6 * (1 + largest(start));
    let x = start;
    for (let round = 0; round < 12; round += 1) {
      const steps = Math.ceil(((round < 10 ? 60 : 240) * Math.max(...m.tau)) / dt);
      const course = [x];
      for (let n = 1; n <= steps; n += 1) {
        x = step(x, dt);
        course.push(x);
        if (!(largest(x) <= bound)) return 'escapes';
        // So near a stable equilibrium that it cannot leave.
        if (n % 400 === 0 && stable.some((p) => apart(x, p.x) < 1e-9)) return 'settles';
      }
      const tail = course.slice(-Math.floor(course.length / 8));
      if (stable.some((p) => tail.every((y) => apart(y, p.x) <= 1e-4 * Math.max(1, largest(p.x))))) return 'settles';
      const half = Math.floor(course.length / 2);
      const [early, late] = [spans(course.slice(0, half)), spans(course.slice(half))];
      const [before, swing] = [early, late].map((ends) => Math.max(...ends.map(([low, high]) => high - low)));
      const moved = Math.max(...late.flatMap((ends, k) => ends.map((v, end) => Math.abs(v - early[k][end])))) / (swing || 1);
      const back = () => returns(course.slice(half), late) || returns(course, late);
      // Where an equilibrium is stable, a swing that shrinks at all may be on its way there.
      const fades = stable.length > 0 && swing < (1 - 1e-4) * before;
      if (swing > 1e-4 && moved <= 2e-3 && !fades && back()) return 'cycles';
      if (round < 11) continue;
      const eighth = Math.floor(course.length / 8);
      const sizes = Array.from({ length: 8 }, (_, k) => course.slice(k * eighth, (k + 1) * eighth).reduce((a, y) => Math.max(a, largest(y)), 0));
      if (largest(x) > 3 * (1 + reach) && sizes.every((v, k) => k === 0 || v > sizes[k - 1])) return 'escapes';
      if (swing > 1e-4 && moved <= 0.5 && swing <= 1.002 * before && !stable.length && back()) return 'cycles';
    }
    return '';
  }

  // Rest; high rates of both, of E, of I; and both sides of every equilibrium that is not stable.
  function beginnings(points) {
    const inside_ = (x) => x.map((v, k) => Math.min(Math.max(v, domain[k][0]), domain[k][1]));
    const rest = inside_([0, 0]);
    const size = 3 * (1 + largest(m.u) + Math.max(0, ...points.map((p) => largest(p.x))));
    const high = domain.map(([, top]) => (Number.isFinite(top) ? top : size));
    const starts = [rest, high, [high[0], rest[1]], [rest[0], high[1]]];
    for (const p of points.filter((q) => !q.stable).slice(0, 4)) {
      const far = 0.05 * Math.max(1, largest(p.x));
      const away = p.away.map((v) => (far * v) / (largest(p.away) || 1));
      starts.push(...[1, -1].map((s) => inside_(p.x.map((v, k) => v + s * away[k]))));
    }
    return starts;
  }

  // The regime, by the equilibria and by what becomes of trajectories from `beginnings`.
  function regime(points) {
    const border = 1e-9 / Math.min(...m.tau);
    const stable = points.filter((p) => p.stable);
    let cycling = false;
    const starts = beginnings(points);
    const reach = Math.max(...starts.map(largest), ...points.map((p) => largest(p.x)));
    for (const start of starts) {
      const end = fate(start, points.filter((p) => p.stable || p.doubtful), reach);
      if (end === 'escapes') return 'runaway';
      if (end === 'cycles') cycling = true;
    }
    if (stable.length + cycling > 1) return 'bistable';
    if (points.some((p) => p.doubtful || Math.abs(p.leading) <= border)) return 'undecided';
    if (stable.length === 1) return stable[0].split || Math.abs(stable[0].alone) <= border ? 'undecided' : stable[0].alone < 0 ? 'self_regulating' : 'inhibition_stabilised';
    return cycling ? 'oscillatory' : 'undecided';
  }

  return { domain, flow, pull, cost, response, gap, convex, equilibria, nullcline, responses, run, regime };
}
