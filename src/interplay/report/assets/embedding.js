// The embedding of the current window: nodes glide from window to window and draw a trail behind them.

function cloudView() {
  const canvas = byId('ip-cloud');
  const still = window.matchMedia('(prefers-reduced-motion: reduce)');
  const glide = 360; // ms, less than the time between two windows when playing
  let moment = state.window; // where the picture is, in windows; between two of them while gliding
  let running = 0;
  let frame = null; // screen positions of what was last drawn
  state.trail = Number(byId('ip-trail').value);

  // The place of node k at a moment, in units of the quantised positions.
  function along(list, step, k, at) {
    const low = Math.floor(at);
    const high = Math.min(cloud.s - 1, low + 1);
    const a = list[low * step + k];
    return a + (list[high * step + k] - a) * (at - low);
  }

  function place(width, height) {
    const pad = 20;
    const [x0, x1, y0, y1] = cloud.frame;
    const scale = Math.min((width - 2 * pad - 12) / (x1 - x0 || 1e-9), (height - 2 * pad - 12) / (y1 - y0 || 1e-9));
    const fit = Number.isFinite(scale) && scale < 1e6 ? scale : 0;
    return [
      (v) => (width + 12) / 2 + (v - (x0 + x1) / 2) * fit,
      (v) => (height - 12) / 2 - (v - (y0 + y1) / 2) * fit,
    ];
  }

  function draw() {
    const theme = colours();
    const [x0, x1, y0, y1] = cloud.frame;
    const box = canvas.parentElement.clientWidth;
    const shape = (y1 - y0) / (x1 - x0 || 1e-9);
    const height = Math.round(Math.min(Math.max((box - 52) * Math.min(shape, 3) + 52, Math.min(300, box)), 600, Math.max(box, 300)));
    const { context, width } = prepare(canvas, height);
    const [toX, toY] = place(width, height);
    const now = Math.floor(moment);
    const focus = state.unit >= 0 ? state.unit : state.hover;
    const base = Math.max(2, Math.min(5.2, (0.085 * Math.sqrt(width * height)) / Math.sqrt(cloud.k + 1)));
    const at = {
      x: Float64Array.from({ length: cloud.k }, (_, k) => toX(along(cloud.x, cloud.k, k, moment))),
      y: Float64Array.from({ length: cloud.k }, (_, k) => toY(along(cloud.y, cloud.k, k, moment))),
    };
    axes(context, theme, width, height, toX, toY);
    const partners = focus >= 0 ? linked(focus) : new Map();
    const strong = (i) => focus < 0 || i === focus || partners.has(i);
    trails(context, theme, toX, toY, at, now, base, strong);
    if (focus >= 0) whole(context, theme, focus, toX, toY);
    for (const [i, sign] of partners) {
      const [k, own] = [cloud.spot.get(i), cloud.spot.get(focus)];
      if (k === undefined || own === undefined) continue;
      context.globalAlpha = 0.55;
      context.lineWidth = 1;
      context.strokeStyle = sign >= 0 ? theme.positive : theme.negative;
      context.beginPath();
      context.moveTo(at.x[own], at.y[own]);
      context.lineTo(at.x[k], at.y[k]);
      context.stroke();
    }
    for (const front of [false, true]) {
      for (let k = 0; k < cloud.k; k += 1) {
        const i = cloud.unit[k];
        if ((i === focus) !== front) continue;
        const here = cloud.community[state.window * cloud.k + k] !== ABSENT;
        context.globalAlpha = strong(i) ? 1 : 0.22;
        context.fillStyle = colourOf(cloud, theme, k);
        context.lineWidth = i === focus ? 2 : here ? 1 : 1.3;
        context.strokeStyle = i === focus ? theme.ink : here ? theme.card : context.fillStyle;
        context.beginPath();
        context.arc(at.x[k], at.y[k], i === focus ? base + 1.5 : here ? base : base - 0.4, 0, 2 * Math.PI);
        if (here) context.fill();
        context.stroke();
      }
    }
    context.globalAlpha = 1;
    if (cloud.hx) history(context, theme, toX, toY, now, base);
    frame = { at, base };
    report();
  }

  function trails(context, theme, toX, toY, at, now, base, strong) {
    // One path for each colour and age: a thousand nodes stay quick.
    const groups = new Map();
    for (let k = 0; k < cloud.k; k += 1) {
      const key = `${colourOf(cloud, theme, k)} ${strong(cloud.unit[k]) ? 1 : 0}`;
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(k);
    }
    const known = (w, k) => cloud.community[w * cloud.k + k] !== ABSENT;
    const part = moment - now;
    context.lineCap = 'round';
    for (const [key, members] of groups) {
      const [colour, full] = key.split(' ');
      context.strokeStyle = colour;
      for (let age = 0; age <= Math.min(state.trail, now); age += 1) {
        const fade = 1 - (age - 1 + part) / Math.max(state.trail, 1);
        if (age === 0 ? part === 0 || state.trail === 0 : fade <= 0) continue;
        context.globalAlpha = Math.min(1, fade) * (full === '1' ? 0.5 : 0.08);
        context.lineWidth = Math.max(1, 0.5 * base * Math.min(1, 0.4 + 0.6 * fade));
        context.beginPath();
        for (const k of members) {
          const [from, to] = age === 0 ? [now, now + 1] : [now - age, now - age + 1];
          if (!known(from, k) || !known(to, k)) continue;
          context.moveTo(toX(cloud.x[from * cloud.k + k]), toY(cloud.y[from * cloud.k + k]));
          if (age === 0) context.lineTo(at.x[k], at.y[k]);
          else context.lineTo(toX(cloud.x[to * cloud.k + k]), toY(cloud.y[to * cloud.k + k]));
        }
        context.stroke();
      }
    }
    context.globalAlpha = 1;
  }

  // The way of one node through all windows.
  function whole(context, theme, unit, toX, toY) {
    const k = cloud.spot.get(unit);
    if (k === undefined) return;
    context.strokeStyle = theme.ink;
    context.globalAlpha = 0.45;
    context.lineWidth = 1;
    context.beginPath();
    for (let w = 0; w < cloud.s; w += 1) {
      const spot = [toX(cloud.x[w * cloud.k + k]), toY(cloud.y[w * cloud.k + k])];
      if (w) context.lineTo(...spot);
      else context.moveTo(...spot);
    }
    context.stroke();
    context.globalAlpha = 1;
    context.fillStyle = theme.muted;
    context.font = `11px ${getComputedStyle(document.body).fontFamily}`;
    context.textAlign = 'left';
    for (const w of cloud.s > 1 ? [0, cloud.s - 1] : []) {
      context.fillText(w + 1, toX(cloud.x[w * cloud.k + k]) + 5, toY(cloud.y[w * cloud.k + k]) - 5);
    }
  }

  function history(context, theme, toX, toY, now, base) {
    const [x, y] = [toX(along(cloud.hx, 1, 0, moment)), toY(along(cloud.hy, 1, 0, moment))];
    context.strokeStyle = theme.ink;
    context.globalAlpha = 0.5;
    context.lineWidth = 1.2;
    context.beginPath();
    context.moveTo(x, y);
    for (let w = now; w >= Math.max(0, now - state.trail + 1); w -= 1) context.lineTo(toX(cloud.hx[w]), toY(cloud.hy[w]));
    context.stroke();
    context.globalAlpha = 1;
    context.fillStyle = theme.ink;
    context.strokeStyle = theme.card;
    const size = base + 3.5;
    context.beginPath();
    context.moveTo(x, y - size);
    for (const [a, b] of [[size, 0], [0, size], [-size, 0]]) context.lineTo(x + a, y + b);
    context.closePath();
    context.fill();
    context.stroke();
  }

  function axes(context, theme, width, height, toX, toY) {
    const [x, y] = [toX(cloud.origin[0]), toY(cloud.origin[1])];
    context.strokeStyle = theme.muted;
    context.fillStyle = theme.muted;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x - 6, y);
    context.lineTo(x + 6, y);
    context.moveTo(x, y - 6);
    context.lineTo(x, y + 6);
    context.stroke();
    context.font = `11px ${getComputedStyle(document.body).fontFamily}`;
    const percent = (v) => (v === '' ? '' : `, ${v} % of the variance`);
    context.textAlign = 'right';
    context.fillText(`axis 1${percent(cloud.share[0])} →`, width - 10, height - 8);
    context.save();
    context.translate(15, 10);
    context.rotate(-Math.PI / 2);
    context.fillText(`axis 2${percent(cloud.share[1])}${cloud.stretch === 1 ? '' : `, drawn ×${cloud.stretch}`} →`, 0, 0);
    context.restore();
  }

  // Whom the unit is linked to in this window, among the edges that the network view draws.
  function linked(unit) {
    const out = new Map();
    if (!net) return out;
    for (let e = net.pointer[state.window]; e < net.pointer[state.window + 1]; e += 1) {
      if (Math.abs(weightOf(e)) < cutOf(e) || (net.step[e] >= 0 ? !state.positive : !state.negative)) continue;
      if (net.src[e] === unit && net.dst[e] !== unit) out.set(net.dst[e], net.step[e]);
      else if (net.dst[e] === unit && net.src[e] !== unit) out.set(net.src[e], net.step[e]);
    }
    return out;
  }

  function report() {
    const w = state.window;
    let here = 0;
    for (let k = 0; k < cloud.k; k += 1) here += cloud.community[w * cloud.k + k] !== ABSENT;
    byId('ip-cloud-label').textContent = `Window ${w + 1} of ${cloud.s}, ${windowText(w)}`;
    const part = cloud.k < cloud.n ? ` of ${number(cloud.n)} (one in ${number(Math.round(cloud.n / cloud.k))})` : '';
    byId('ip-cloud-shown').textContent = `${number(cloud.k)} ${cloud.call}s${part}, ${here === cloud.k ? 'all' : number(here)} measured`;
    canvas.dataset.moment = moment;
    canvas.setAttribute('aria-label', `Embedding of window ${w + 1}: ${cloud.k} ${cloud.call}s on two of ${cloud.d} dimensions`);
  }

  // Gliding to the next window; a jump further than that, or a reader who wants no motion, gets there at once.
  function follow(change) {
    cancelAnimationFrame(running);
    if (!change || !('window' in change) || still.matches || document.hidden || Math.abs(state.window - moment) > 1) {
      if (!change || 'window' in change) moment = state.window;
      if (moment === state.window) {
        draw();
        return;
      }
    }
    const from = moment;
    const begun = performance.now();
    const step = (time) => {
      const part = Math.min(1, Math.max(0, (time - begun) / glide));
      moment = part < 1 ? from + (state.window - from) * part * part * (3 - 2 * part) : state.window;
      draw();
      if (part < 1) running = requestAnimationFrame(step);
    };
    running = requestAnimationFrame(step);
  }

  function find(event) {
    const box = canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let best = -1;
    let nearest = frame.base + 5;
    for (let k = 0; k < cloud.k; k += 1) {
      const d = Math.hypot(frame.at.x[k] - x, frame.at.y[k] - y);
      if (d < nearest) [best, nearest] = [k, d];
    }
    return best < 0 ? -1 : cloud.unit[best];
  }

  canvas.addEventListener('pointermove', (event) => {
    const unit = find(event);
    tip(unit >= 0 ? unitText(unit) : '', event);
    if (unit !== state.hover) set({ hover: unit });
  });
  canvas.addEventListener('pointerleave', (event) => {
    tip('', event);
    if (state.hover >= 0) set({ hover: -1 });
  });
  canvas.addEventListener('click', (event) => {
    const unit = find(event);
    set({ unit: unit === state.unit ? -1 : unit });
  });
  const trail = byId('ip-trail');
  const length = () => { byId('ip-trail-value').textContent = state.trail ? `${state.trail} window${state.trail > 1 ? 's' : ''}` : 'none'; };
  trail.addEventListener('input', () => {
    set({ trail: Number(trail.value) });
    length();
  });
  length();
  listeners.push(follow);
  return follow;
}

// What the current window draws on, as bars: the even share is the line across.
function attentionView() {
  const canvas = byId('ip-attention');
  if (!cloud.attention) return () => {};
  byId('ip-attention-part').hidden = false;
  const row = (w) => Array.from({ length: w + 1 }, (_, k) => (cloud.attention[(w * (w + 1)) / 2 + k] / 255) * cloud.top[w]);
  const margin = { left: 38, right: 8, top: 8, bottom: 20 };

  function draw(change) {
    if (change && !('window' in change)) return;
    const theme = colours();
    const { context, width, height } = prepare(canvas, 150);
    const shares = row(state.window);
    const reach = shares.findIndex((v) => v > 0);
    const even = 1 / (state.window + 1 - Math.max(reach, 0));
    const top = Math.max(...shares, Math.min(1, 2 * even)) || 1;
    const inner = width - margin.left - margin.right;
    const tall = height - margin.top - margin.bottom;
    const step = inner / cloud.s;
    shares.forEach((v, k) => {
      context.fillStyle = k === state.window ? theme.accent : theme.muted;
      context.fillRect(margin.left + k * step + 0.1 * step, margin.top + tall * (1 - v / top), Math.max(0.8 * step, 1), tall * (v / top));
    });
    context.strokeStyle = theme.negative;
    context.setLineDash([4, 3]);
    context.beginPath();
    const level = margin.top + tall * (1 - even / top);
    context.moveTo(margin.left + Math.max(reach, 0) * step, level);
    context.lineTo(margin.left + (state.window + 1) * step, level);
    context.stroke();
    context.setLineDash([]);
    context.font = `11px ${getComputedStyle(document.body).fontFamily}`;
    context.fillStyle = theme.muted;
    context.textAlign = 'left';
    const end = margin.left + (state.window + 1) * step + 4;
    if (end + 64 < width) context.fillText('even share', end, level + 4);
    context.strokeStyle = theme.faint;
    context.beginPath();
    context.moveTo(margin.left, margin.top + tall + 0.5);
    context.lineTo(width - margin.right, margin.top + tall + 0.5);
    context.stroke();
    context.fillStyle = theme.muted;
    context.font = `11px ${getComputedStyle(document.body).fontFamily}`;
    context.textAlign = 'right';
    context.fillText(`${number(100 * top, 2)} %`, margin.left - 4, margin.top + 9);
    context.fillText('0', margin.left - 4, margin.top + tall);
    context.fillText(`window ${cloud.s}`, width - margin.right, height - 6);
    context.textAlign = 'left';
    context.fillText('1', margin.left, height - 6);
    const own = shares[state.window];
    byId('ip-attention-title').textContent = `What window ${state.window + 1} draws on: itself ${number(100 * own, 2)} %`;
    canvas.setAttribute('aria-label', `Attention of window ${state.window + 1} on ${state.window + 1} windows, ${number(100 * own, 2)} % on itself`);
  }

  canvas.addEventListener('click', (event) => {
    const box = canvas.getBoundingClientRect();
    const k = Math.floor(((event.clientX - box.left - margin.left) / (box.width - margin.left - margin.right)) * cloud.s);
    if (k >= 0 && k < cloud.s) set({ window: k });
  });
  listeners.push(draw);
  return draw;
}

// The nodes that moved farthest since the window before, in all dimensions.
function movedTable() {
  const table = byId('ip-moved');
  const line = (cells, tag) => {
    const row = document.createElement('tr');
    cells.forEach((text, k) => {
      const cell = document.createElement(tag);
      cell.textContent = text;
      if (k > 0) cell.className = 'n';
      row.append(cell);
    });
    return row;
  };
  table.caption.textContent = 'Farthest moved since the window before';
  table.tHead.append(line([cloud.call, 'distance', 'length'], 'th'));
  const draw = (change) => {
    if (change && !('window' in change)) return;
    const w = state.window;
    const rows = [];
    for (let k = 0; w && k < cloud.k; k += 1) {
      const both = cloud.community[w * cloud.k + k] !== ABSENT && cloud.community[(w - 1) * cloud.k + k] !== ABSENT;
      if (both) rows.push(k);
    }
    rows.sort((a, b) => cloud.moved[w * cloud.k + b] - cloud.moved[w * cloud.k + a] || a - b);
    const cells = (k) => [cloud.id[k], number(cloud.moved[w * cloud.k + k] * cloud.grain), number(cloud.length[w * cloud.k + k] * cloud.grain)];
    const shown = rows.slice(0, 6).map((k) => {
      const row = line(cells(k), 'td');
      row.addEventListener('pointerenter', () => set({ hover: cloud.unit[k] }));
      row.addEventListener('pointerleave', () => set({ hover: -1 }));
      return row;
    });
    table.tBodies[0].replaceChildren(...(shown.length ? shown : [line([w ? 'none was measured in both' : 'this is the first', '', ''], 'td')]));
  };
  listeners.push(draw);
  return draw;
}
