// The phase plane: drawn as SVG, so that themes and paper need nothing more, and solved anew with every change.

function planeView() {
  const given = read('ip-plane-data');
  const svg = byId('ip-plane');
  const small = byId('ip-plane-course');
  const fresh = () => ({ w: [...given.w], u: [...given.u], tau: [...given.tau], phi: given.phi });
  let pair = fresh();
  let system = solved(pair);
  let window_ = [[...given.e], [...given.i]];
  let starts = [];
  let cross = null;
  let held = false;
  let box = { width: 0, height: 0, left: 44, right: 12, top: 10, bottom: 36 };
  const regimes = {
    self_regulating: ['Self-regulating.', 'One stable state, which E would keep even without inhibition’s feedback.'],
    inhibition_stabilised: ['Inhibition-stabilised.', 'One stable state, which E alone would leave: inhibition holds it.'],
    oscillatory: ['Oscillatory.', 'No stable state; the rates stay bounded and go on changing.'],
    bistable: ['Bistable.', 'More than one attractor: where the pair ends depends on where it starts.'],
    runaway: ['Runaway.', 'Some trajectories grow without bound.'],
    undecided: ['Undecided.', 'None of the other regimes could be shown.'],
  };

  const node = (parent, name, attributes, text) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = text;
    parent.append(element);
    return element;
  };
  const clampTo = (v, [low, high]) => Math.min(Math.max(v, low), high);
  const toX = (v) => box.left + ((v - window_[0][0]) / (window_[0][1] - window_[0][0])) * (box.width - box.left - box.right);
  const toY = (v) => box.height - box.bottom - ((v - window_[1][0]) / (window_[1][1] - window_[1][0])) * (box.height - box.top - box.bottom);
  const place = (event) => {
    const area = svg.getBoundingClientRect();
    const [x, y] = [((event.clientX - area.left) / area.width) * box.width, ((event.clientY - area.top) / area.height) * box.height];
    const part = [(x - box.left) / (box.width - box.left - box.right), (box.height - box.bottom - y) / (box.height - box.top - box.bottom)];
    if (part.some((v) => v < -0.02 || v > 1.02)) return null;
    return part.map((v, k) => clampTo(window_[k][0] + v * (window_[k][1] - window_[k][0]), window_[k]));
  };

  // Round steps for about `n` ticks.
  function ticks([low, high], n) {
    const rough = (high - low) / n;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 2.5, 5, 10].map((v) => v * power).find((v) => v >= rough);
    const out = [];
    for (let v = Math.ceil(low / step - 1e-9) * step; v <= high + 1e-9 * step; v += step) out.push(Math.abs(v) < 1e-12 ? 0 : v);
    return out;
  }

  const line = (points, x, y) => {
    let pen = false;
    let out = '';
    for (const point of points) {
      if (!point || !point.every(Number.isFinite)) {
        pen = false;
        continue;
      }
      // Far outside the window a point is as good as at its edge, and numbers stay short.
      out += `${pen ? 'L' : 'M'}${clampTo(x(point[0]), [-4000, 8000]).toFixed(1)} ${clampTo(y(point[1]), [-4000, 8000]).toFixed(1)}`;
      pen = true;
    }
    return out;
  };

  // A window that holds the domain where bounded, else what was given, every equilibrium with room beyond, and every
  // trajectory that does not run away.
  function fitted(points, runs) {
    const seen = runs.filter((course) => course[course.length - 1].slice(1).every((v) => Math.abs(v) < limit()));
    return [given.e, given.i].map(([low, high], k) => {
      const ends = [low, high];
      const size = Math.max(Math.abs(low), Math.abs(high), 0.1);
      const rests = points.map((p) => clampTo(1.25 * p.x[k], [-20 * size, 20 * size]));
      const courses = seen.flatMap((course) => course.map((row) => row[k + 1]));
      const reach = (pick) => [...rests, 1.05 * courses.reduce((a, b) => pick(a, b), 0)].reduce((a, b) => pick(a, b));
      if (!Number.isFinite(system.domain[k][0])) ends[0] = Math.min(low, reach(Math.min));
      if (!Number.isFinite(system.domain[k][1])) ends[1] = Math.max(high, reach(Math.max));
      return ends;
    });
  }

  function shade(layer) {
    const which = byId('ip-plane-shade').value;
    if (which === '') return;
    const k = Number(which);
    const side = 72;
    const values = new Float64Array(side * side);
    for (let r = 0; r < side; r += 1) {
      for (let c = 0; c < side; c += 1) {
        const x = [window_[0][0] + ((c + 0.5) / side) * (window_[0][1] - window_[0][0]), window_[1][1] - ((r + 0.5) / side) * (window_[1][1] - window_[1][0])];
        values[r * side + c] = system.cost(k, x[k], x[1 - k]);
      }
    }
    const sizes = values.filter(Number.isFinite).map(Math.abs).sort();
    const top = Math.max(sizes[Math.floor(0.98 * (sizes.length - 1))] || 0, 1e-12);
    const image = new ImageData(side, side);
    values.forEach((v, at) => {
      const part = Math.min(1, Math.abs(v) / top);
      image.data.set(Number.isFinite(v) ? [...(v < 0 ? [43, 138, 127] : [168, 111, 61]), Math.round(190 * part)] : [128, 128, 128, 60], 4 * at);
    });
    const canvas = document.createElement('canvas');
    canvas.width = side;
    canvas.height = side;
    canvas.getContext('2d').putImageData(image, 0, 0);
    node(layer, 'image', { href: canvas.toDataURL(), x: toX(window_[0][0]), y: toY(window_[1][1]), width: toX(window_[0][1]) - toX(window_[0][0]), height: toY(window_[1][0]) - toY(window_[1][1]), preserveAspectRatio: 'none' });
  }

  function arrows(layer) {
    const columns = Math.max(9, Math.round((box.width - box.left) / 34));
    const rows = Math.max(9, Math.round((box.height - box.bottom) / 34));
    const which = byId('ip-plane-shade').value;
    const list = [];
    for (let r = 0; r < rows; r += 1) {
      for (let c = 0; c < columns; c += 1) {
        const x = [window_[0][0] + ((c + 0.5) / columns) * (window_[0][1] - window_[0][0]), window_[1][0] + ((r + 0.5) / rows) * (window_[1][1] - window_[1][0])];
        // Over a cost, only the pull along the population's own axis.
        const d = which === '' ? system.flow(x) : [0, 1].map((k) => (k === Number(which) ? system.pull(k, x) : 0));
        const v = [toX(x[0] + d[0]) - toX(x[0]), toY(x[1] + d[1]) - toY(x[1])];
        list.push([toX(x[0]), toY(x[1]), v, Math.hypot(...v)]);
      }
    }
    const most = Math.max(...list.map((a) => a[3])) || 1;
    let path = '';
    for (const [x, y, v, size] of list) {
      if (size < 1e-9 * most) continue;
      const length = 27 * (0.3 + 0.7 * Math.sqrt(size / most));
      const [a, b] = v.map((part) => part / size);
      const tip = [x + (a * length) / 2, y + (b * length) / 2];
      const wing = (s) => [tip[0] - 6.5 * a - s * 3.4 * b, tip[1] - 6.5 * b + s * 3.4 * a];
      const t = (point) => point.map((n) => n.toFixed(1)).join(' ');
      path += `M${t([x - (a * length) / 2, y - (b * length) / 2])}L${t(tip)}M${t(wing(1))}L${t(tip)}L${t(wing(-1))}`;
    }
    node(layer, 'path', { d: path, class: which === '' ? 'flow' : 'flow strong' });
  }

  function axes(layer) {
    const [x0, x1, y0, y1] = [toX(window_[0][0]), toX(window_[0][1]), toY(window_[1][0]), toY(window_[1][1])];
    node(layer, 'path', { d: `M${x0} ${y1}V${y0}H${x1}`, class: 'frame-line' });
    for (const v of ticks(window_[0], box.width > 420 ? 5 : 4)) {
      node(layer, 'path', { d: `M${toX(v)} ${y0}v3.5`, class: 'frame-line' });
      node(layer, 'text', { x: toX(v), y: y0 + 15, 'text-anchor': 'middle' }, number(v));
    }
    for (const v of ticks(window_[1], 5)) {
      node(layer, 'path', { d: `M${x0} ${toY(v)}h-3.5`, class: 'frame-line' });
      node(layer, 'text', { x: x0 - 6, y: toY(v) + 3.6, 'text-anchor': 'end' }, number(v));
    }
    node(layer, 'text', { x: (x0 + x1) / 2, y: y0 + 31, 'text-anchor': 'middle' }, 'rate of E');
    node(layer, 'text', { x: 11, y: (y0 + y1) / 2, 'text-anchor': 'middle', transform: `rotate(-90 11 ${(y0 + y1) / 2})` }, 'rate of I');
  }

  function marks(layer, points) {
    for (const p of points) {
      if (p.x.some((v, k) => v < window_[k][0] - 1e-9 || v > window_[k][1] + 1e-9)) continue;
      const [x, y] = [toX(p.x[0]), toY(p.x[1])];
      const kind = `point ${p.stable ? '' : 'open'}`;
      const mark = p.nash ? node(layer, 'circle', { cx: x, cy: y, r: 6, class: kind }) : node(layer, 'rect', { x: x - 5, y: y - 5, width: 10, height: 10, transform: `rotate(45 ${x} ${y})`, class: kind });
      node(mark, 'title', {}, `${p.kind}${p.nash ? ', Nash' : ', not Nash'}`);
    }
  }

  const duration = () => 30 * Math.max(...pair.tau);
  // Of trajectories that are drawn: far beyond every cycle that is worth seeing.
  const limit = () => 400 * (1 + Math.max(...[given.e, given.i].flat().map(Math.abs)));

  // Paper is narrower than a screen: there the plane is drawn as small as it will be.
  function draw(paper = false) {
    system = solved(pair);
    const size = Math.max(...window_.flat().map(Math.abs), 1);
    const points = system.equilibria(size);
    const runs = starts.map((start) => system.run(start, duration(), limit()));
    window_ = fitted(points, runs);
    const width = paper ? 400 : svg.parentElement.clientWidth || 600;
    box = { ...box, width, height: Math.round(Math.min(Math.max(0.8 * width, 300), 520)) };
    svg.setAttribute('viewBox', `0 0 ${box.width} ${box.height}`);
    svg.replaceChildren();
    const clip = node(node(svg, 'defs', {}), 'clipPath', { id: 'ip-plane-clip' });
    node(clip, 'rect', { x: box.left - 3, y: box.top - 3, width: box.width - box.left - box.right + 6, height: box.height - box.top - box.bottom + 6 });
    const layer = node(svg, 'g', { 'clip-path': `url(${'#'}${clip.id})` });
    shade(layer);
    arrows(layer);
    ['e', 'i'].forEach((name, k) => {
      const curve = system.nullcline(k, window_, size);
      const own = system.convex(k) ? curve : system.responses(k, window_);
      node(layer, 'path', { d: line(own, toX, toY), class: `band ${name}` });
      node(layer, 'path', { d: line(curve, toX, toY), class: `curve ${name}`, id: `ip-nullcline-${name}` });
    });
    runs.forEach((course, k) => {
      node(layer, 'path', { d: line(course.map(([, e, i]) => [e, i]), toX, toY), class: `course ${k === runs.length - 1 ? '' : 'old'}` });
      node(layer, 'circle', { cx: toX(starts[k][0]), cy: toY(starts[k][1]), r: 3.2, class: 'start' });
    });
    axes(svg);
    marks(svg, points);
    if (cross) node(svg, 'path', { d: `M${toX(cross[0]) - 9} ${toY(cross[1])}h18M${toX(cross[0])} ${toY(cross[1]) - 9}v18`, class: 'cross' });
    overTime(runs[runs.length - 1], paper);
    tabled(points);
    const word = system.regime(points);
    byId('ip-plane-regime').textContent = regimes[word][0];
    byId('ip-plane-said').textContent = regimes[word][1];
    svg.dataset.regime = word;
    svg.dataset.points = points.map((p) => p.x.map((v) => v.toFixed(5)).join(',')).join(' ');
  }

  function overTime(course, paper) {
    const [width, height] = [paper ? 280 : small.parentElement.clientWidth || 300, 170];
    const pad = { left: 40, right: 10, top: 10, bottom: 32 };
    small.setAttribute('viewBox', `0 0 ${width} ${height}`);
    small.replaceChildren();
    if (!course) {
      node(small, 'text', { x: width / 2, y: height / 2, 'text-anchor': 'middle' }, 'Click in the plane to start one.');
      return;
    }
    const end = course[course.length - 1][0] || 1;
    const values = course.flatMap(([, e, i]) => [e, i]);
    const top = Math.max(1e-9, ...values) * 1.05;
    const low = Math.min(0, ...values);
    const x = (t) => pad.left + (t / end) * (width - pad.left - pad.right);
    const y = (v) => height - pad.bottom - ((v - low) / (top - low)) * (height - pad.top - pad.bottom);
    node(small, 'path', { d: `M${pad.left} ${pad.top}V${height - pad.bottom}H${width - pad.right}`, class: 'frame-line' });
    for (const v of ticks([low, top], 3)) node(small, 'text', { x: pad.left - 5, y: y(v) + 3.6, 'text-anchor': 'end' }, number(v));
    for (const t of ticks([0, end], width > 300 ? 4 : 3)) node(small, 'text', { x: x(t), y: height - pad.bottom + 14, 'text-anchor': 'middle' }, number(t));
    node(small, 'text', { x: (pad.left + width - pad.right) / 2, y: height - 4, 'text-anchor': 'middle' }, 'time (s)');
    ['e', 'i'].forEach((name, k) => node(small, 'path', { d: line(course.map((row) => [row[0], row[k + 1]]), x, y), class: `curve ${name}` }));
  }

  function tabled(points) {
    const table = byId('ip-plane-points');
    const row = (cells, tag) => {
      const element = document.createElement('tr');
      cells.forEach((text, k) => {
        const cell = document.createElement(tag);
        cell.textContent = text;
        if (k < 2 || k > 3) cell.className = 'n';
        element.append(cell);
      });
      return element;
    };
    const shown = (v) => (v === Infinity ? '∞' : v < 1e-9 ? '0' : number(v));
    table.tHead.replaceChildren(row(['E', 'I', 'kind', 'Nash', 'E gains', 'I gains'], 'th'));
    const rows = points.map((p) => row([number(p.x[0]), number(p.x[1]), p.kind, p.nash ? 'yes' : 'no', ...p.gaps.map(shown)], 'td'));
    table.tBodies[0].replaceChildren(...(rows.length ? rows : [row(['none found'], 'td')]));
  }

  // Drawing follows the screen: many changes within one frame are one drawing.
  let due = 0;
  const redraw = () => {
    if (!due) due = requestAnimationFrame(() => { due = 0; draw(); });
  };

  const sliders = [...byId('ip-pair').querySelectorAll('input[type=range]')];
  const get = { tau: () => Math.log10(pair.tau[0] / pair.tau[1]) };
  const put = { tau: (v) => { pair.tau = [pair.tau[1] * 10 ** v, pair.tau[1]]; } };
  [0, 1, 2, 3].forEach((k) => { get[`w${k}`] = () => pair.w[k]; put[`w${k}`] = (v) => { pair.w[k] = v; }; });
  [0, 1].forEach((k) => { get[`u${k}`] = () => pair.u[k]; put[`u${k}`] = (v) => { pair.u[k] = v; }; });
  function label(slider) {
    const part = slider.dataset.part;
    slider.nextElementSibling.textContent = number(part === 'tau' ? 10 ** get.tau() : get[part]());
  }
  function range(slider) {
    const part = slider.dataset.part;
    const now = get[part]();
    const [low, high] = part === 'tau' ? [-1, 1] : part[0] === 'w' ? [0, Math.max(5, 2 * Math.ceil(now))] : [-Math.max(1, 2 * Math.ceil(Math.abs(now))), Math.max(2, 2 * Math.ceil(Math.abs(now)))];
    Object.assign(slider, { min: Math.min(low, now), max: Math.max(high, now), step: part === 'tau' ? 0.02 : 0.01 });
    // A browser rounds to the slider's steps; the pair keeps its exact value until the slider is moved.
    slider.value = now;
    label(slider);
  }
  for (const slider of sliders) {
    range(slider);
    slider.addEventListener('input', () => {
      put[slider.dataset.part](Number(slider.value));
      label(slider);
      redraw();
    });
  }
  byId('ip-plane-shade').addEventListener('change', redraw);
  byId('ip-plane-clear').addEventListener('click', () => { starts = []; redraw(); });
  byId('ip-plane-reset').addEventListener('click', () => {
    pair = fresh();
    window_ = [[...given.e], [...given.i]];
    sliders.forEach(range);
    redraw();
  });

  const begin = (x) => { starts = [...starts.slice(-5), x]; };
  svg.addEventListener('pointerdown', (event) => {
    const x = place(event);
    if (!x || event.button > 0) return;
    begin(x);
    held = event.pointerType === 'mouse';
    if (held) svg.setPointerCapture(event.pointerId);
    tip('', event);
    redraw();
  });
  svg.addEventListener('pointermove', (event) => {
    const x = place(event);
    if (held && x) {
      starts[starts.length - 1] = x;
      redraw();
    } else if (!held) tip(x ? told(x) : '', event);
  });
  for (const name of ['pointerup', 'pointercancel', 'pointerleave']) svg.addEventListener(name, (event) => { held = false; tip('', event); });
  svg.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!step && !['Enter', ' ', 'Delete', 'Backspace'].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    cross ??= window_.map(([low, high]) => (low + high) / 2);
    if (step) cross = cross.map((v, k) => clampTo(v + (step[k] * (window_[k][1] - window_[k][0])) / 40, window_[k]));
    else if (event.key === 'Enter' || event.key === ' ') begin([...cross]);
    else starts = [];
    redraw();
  });
  svg.addEventListener('blur', () => { cross = null; redraw(); });

  function told(x) {
    const lines = [`E ${number(x[0])}, I ${number(x[1])}`];
    const d = system.flow(x);
    lines.push(`moves by ${number(d[0])} and ${number(d[1])} per s`);
    ['E', 'I'].forEach((name, k) => {
      const best = system.response(k, x[1 - k]);
      const gain = system.gap(k, x);
      lines.push(`cost of ${name} ${number(system.cost(k, x[k], x[1 - k]))}; ${Number.isNaN(best) ? 'no best response' : `best at ${number(best)}, would gain ${number(gain < 1e-9 ? 0 : gain)}`}`);
    });
    return lines.join('\n');
  }

  window.addEventListener('beforeprint', () => draw(true));
  window.addEventListener('afterprint', () => draw());
  begin([window_[0][0] + 0.8 * (window_[0][1] - window_[0][0]), window_[1][0] + 0.15 * (window_[1][1] - window_[1][0])]);
  return draw;
}
