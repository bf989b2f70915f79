// The network of the current window: nodes at their places, signed edges, arrows where they mean something.

function networkView() {
  const canvas = byId('ip-network');
  let frame = null; // what was last drawn: screen positions, radii, edges
  let strengthTop = 0;

  const tops = [0, 0];
  net.step.forEach((v, e) => { tops[v >= 0 ? 0 : 1] = Math.max(tops[v >= 0 ? 0 : 1], Math.abs(weightOf(e))); });

  // The widest circle is the greatest strength of any unit in any window, so that sizes can be compared over time.
  for (let w = 0; w < net.s; w += 1) for (const v of strengths(w)) strengthTop = Math.max(strengthTop, v);

  function strengths(w) {
    const out = new Float64Array(net.n);
    for (let e = net.pointer[w]; e < net.pointer[w + 1]; e += 1) {
      const size = Math.abs(weightOf(e));
      out[net.src[e]] += size;
      if (net.dst[e] !== net.src[e]) out[net.dst[e]] += size;
    }
    return out;
  }

  function place(width, height) {
    const pad = 22;
    const foot = net.extent ? 14 : 0; // room for the scale bar
    const scale = Math.min((width - 2 * pad) / (net.width || 1e-9), (height - 2 * pad - foot) / (net.height || 1e-9));
    const fit = Number.isFinite(scale) ? scale : 1;
    const left = (width - net.width * fit) / 2;
    const top = (height - foot + net.height * fit) / 2;
    return {
      fit,
      x: Float64Array.from(net.x, (v) => left + (v / 65535) * fit),
      y: Float64Array.from(net.y, (v) => top - (v / 65535) * fit),
    };
  }

  // A quadratic curve bent to its left, so that the two directions of a pair lie apart.
  function bend(x0, y0, x1, y1) {
    const lift = net.directed ? 0.13 : 0.06;
    return [(x0 + x1) / 2 + (y1 - y0) * lift, (y0 + y1) / 2 - (x1 - x0) * lift];
  }

  function visible() {
    const list = [];
    for (let e = net.pointer[state.window]; e < net.pointer[state.window + 1]; e += 1) {
      if (net.src[e] === net.dst[e] || Math.abs(weightOf(e)) < cutOf(e)) continue;
      if (net.step[e] >= 0 ? !state.positive : !state.negative) continue;
      list.push(e);
    }
    return list.sort((a, b) => Math.abs(net.step[a]) - Math.abs(net.step[b]) || a - b);
  }

  function draw() {
    const theme = colours();
    const box = canvas.parentElement.clientWidth;
    const shape = net.width > 0 ? net.height / net.width : 1;
    const height = Math.round(Math.min(Math.max((box - 44) * shape + 58, Math.min(280, box)), 620, Math.max(box, 280)));
    const { context, width } = prepare(canvas, height);
    const at = place(width, height);
    const edges = visible();
    const focus = state.unit >= 0 ? state.unit : state.hover;
    const dense = Math.min(1, Math.sqrt(260 / Math.max(edges.length, 1)));
    context.lineCap = 'round';
    for (const e of edges) {
      const [i, j] = [net.src[e], net.dst[e]];
      // Darkness runs from the weakest edge drawn to the strongest of its sign; width follows the weight itself.
      const size = Math.abs(weightOf(e));
      const [least, most] = [cutOf(e), tops[net.step[e] >= 0 ? 0 : 1]];
      const part = most > least ? (size - least) / (most - least) : 1;
      const own = focus < 0 || i === focus || j === focus;
      const [x0, y0, x1, y1] = [at.x[i], at.y[i], at.x[j], at.y[j]];
      const [cx, cy] = bend(x0, y0, x1, y1);
      context.globalAlpha = own ? (focus >= 0 ? 0.9 : (0.25 + 0.65 * part) * (0.4 + 0.6 * dense)) : 0.05;
      context.strokeStyle = net.step[e] >= 0 ? theme.positive : theme.negative;
      context.lineWidth = 0.6 + 3.2 * (size / net.scale) ** 1.5;
      context.beginPath();
      context.moveTo(x0, y0);
      context.quadraticCurveTo(cx, cy, x1, y1);
      context.stroke();
      if (net.directed && own) arrow(context, x0, y0, cx, cy, x1, y1, 4 + 4 * part);
    }
    context.globalAlpha = 1;
    const strength = strengths(state.window);
    const base = Math.max(1.4, Math.min(4, (0.07 * Math.sqrt(width * height)) / Math.sqrt(net.n + 1)));
    const radius = Float64Array.from(strength, (v) => base * (0.7 + 1.5 * Math.sqrt(v / (strengthTop || 1))));
    const near = new Set([focus]);
    for (const e of edges) {
      if (net.src[e] === focus) near.add(net.dst[e]);
      if (net.dst[e] === focus) near.add(net.src[e]);
    }
    for (let i = 0; i < net.n; i += 1) {
      const faded = focus >= 0 && !near.has(i);
      context.globalAlpha = faded ? 0.25 : 1;
      if (!isPresent(state.window, i)) {
        cross(context, at.x[i], at.y[i], theme.faint);
        continue;
      }
      context.fillStyle = colourOf(net, theme, i);
      context.strokeStyle = i === focus ? theme.ink : theme.card;
      context.lineWidth = i === focus ? 2 : 1;
      context.beginPath();
      context.arc(at.x[i], at.y[i], radius[i], 0, 2 * Math.PI);
      context.fill();
      context.stroke();
    }
    context.globalAlpha = 1;
    if (net.extent) scaleBar(context, theme, at.fit, width, height);
    frame = { at, radius, edges };
    report(edges.length);
  }

  function arrow(context, x0, y0, cx, cy, x1, y1, size) {
    const t = 0.62; // past the middle: the end itself is hidden under the node
    const x = (1 - t) ** 2 * x0 + 2 * t * (1 - t) * cx + t * t * x1;
    const y = (1 - t) ** 2 * y0 + 2 * t * (1 - t) * cy + t * t * y1;
    const angle = Math.atan2((1 - t) * (cy - y0) + t * (y1 - cy), (1 - t) * (cx - x0) + t * (x1 - cx));
    context.fillStyle = context.strokeStyle;
    context.beginPath();
    context.moveTo(x + size * Math.cos(angle), y + size * Math.sin(angle));
    for (const turn of [2.6, -2.6]) context.lineTo(x + size * 0.7 * Math.cos(angle + turn), y + size * 0.7 * Math.sin(angle + turn));
    context.fill();
  }

  function cross(context, x, y, colour) {
    context.strokeStyle = colour;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x - 2.5, y - 2.5);
    context.lineTo(x + 2.5, y + 2.5);
    context.moveTo(x + 2.5, y - 2.5);
    context.lineTo(x - 2.5, y + 2.5);
    context.stroke();
  }

  function scaleBar(context, theme, fit, width, height) {
    const goal = (net.extent * 90) / fit;
    const power = 10 ** Math.floor(Math.log10(goal));
    const length = [5, 2, 1].map((k) => k * power).find((v) => v <= goal) || power;
    const pixels = (length / net.extent) * fit;
    context.strokeStyle = theme.muted;
    context.fillStyle = theme.muted;
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(width - 14 - pixels, height - 9);
    context.lineTo(width - 14, height - 9);
    context.stroke();
    context.font = `11px ${getComputedStyle(document.body).fontFamily}`;
    context.textAlign = 'right';
    context.fillText(`${number(length)} µm`, width - 14, height - 14);
  }

  function report(count) {
    const held = net.pointer[state.window + 1] - net.pointer[state.window];
    const all = net.total[state.window];
    const carried = held < all ? ` (${number(held)} strongest carried by this page)` : '';
    byId('ip-window-label').textContent = `Window ${state.window + 1} of ${net.s}, ${windowText(state.window)}`;
    byId('ip-edges-shown').textContent = `${number(count)} of ${number(all)} edges drawn${carried}`;
    canvas.dataset.edges = count;
    canvas.setAttribute('aria-label', `Network of window ${state.window + 1}: ${count} edges drawn between ${net.n} units`);
  }

  function find(event) {
    const box = canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let best = -1;
    let nearest = 1e9;
    for (let i = 0; i < net.n; i += 1) {
      const d = Math.hypot(frame.at.x[i] - x, frame.at.y[i] - y);
      if (d < frame.radius[i] + 4 && d < nearest) [best, nearest] = [i, d];
    }
    if (best >= 0) return { unit: best };
    let edge = -1;
    nearest = 5;
    for (const e of frame.edges) {
      const [x0, y0] = [frame.at.x[net.src[e]], frame.at.y[net.src[e]]];
      const [x1, y1] = [frame.at.x[net.dst[e]], frame.at.y[net.dst[e]]];
      const [cx, cy] = bend(x0, y0, x1, y1);
      for (let k = 1; k < 16; k += 1) {
        const t = k / 16;
        const d = Math.hypot((1 - t) ** 2 * x0 + 2 * t * (1 - t) * cx + t * t * x1 - x, (1 - t) ** 2 * y0 + 2 * t * (1 - t) * cy + t * t * y1 - y);
        if (d < nearest) [edge, nearest] = [e, d];
      }
    }
    return edge >= 0 ? { edge } : {};
  }

  canvas.addEventListener('pointermove', (event) => {
    const { unit = -1, edge } = find(event);
    tip(unit >= 0 ? unitText(unit) : edge !== undefined ? edgeText(edge) : '', event);
    if (unit !== state.hover) set({ hover: unit });
  });
  canvas.addEventListener('pointerleave', (event) => {
    tip('', event);
    if (state.hover >= 0) set({ hover: -1 });
  });
  canvas.addEventListener('click', (event) => {
    const { unit = -1 } = find(event);
    set({ unit: unit === state.unit ? -1 : unit });
  });
  listeners.push(draw);
  return draw;
}

function nodeLegend() {
  for (const [box, view] of [[byId('ip-node-legend'), net], [byId('ip-cloud-legend'), cloud]]) if (view) legendOf(box, view);
}

function legendOf(box, view) {
  const theme = colours();
  const items = [];
  if (state.colour === 'community' && view.known) {
    let most = 0;
    let smaller = false;
    for (const rank of view.community) {
      if (rank < 8) most = Math.max(most, rank + 1);
      smaller = smaller || rank === SMALLER;
    }
    for (let k = 0; k < most; k += 1) items.push([theme.category[k], `community ${k + 1}`]);
    if (smaller) items.push([theme.other, 'smaller']);
  } else if (state.colour === 'group' && view.group) {
    view.groups.slice(0, 8).forEach((name, k) => items.push([theme.category[k], name]));
    if (view.groups.length > 8 || view.group.includes('')) items.push([theme.other, 'other']);
  } else if (state.colour === 'sign' && view.sign) {
    items.push([theme.positive, 'excitatory'], [theme.negative, 'inhibitory'], [theme.other, 'unknown']);
  }
  if (view === cloud) {
    if (cloud.absent) items.push(['hollow', 'not measured']);
    if (cloud.hx) items.push(['diamond', 'history node']);
    items.push(['plus', 'origin']);
  }
  box.replaceChildren(...items.map(([colour, name]) => {
    const item = document.createElement('span');
    const dot = document.createElement('i');
    if (colour === 'hollow' || colour === 'diamond' || colour === 'plus') dot.className = colour;
    else dot.style.background = colour;
    item.append(dot, name);
    return item;
  }));
}
