// The adjacency matrix of the current window: rows are sources, columns targets.

// A ramp of colour with its ends, in the same square-root scale as the matrix.
function weightLegend() {
  const theme = colours();
  const item = (text) => {
    const span = document.createElement('span');
    span.textContent = text;
    return span;
  };
  const ramp = document.createElement('i');
  ramp.className = 'ramp';
  ramp.style.borderRadius = '3px';
  ramp.style.width = '9rem';
  ramp.style.background = `linear-gradient(90deg, ${theme.negative}, ${theme.card}, ${theme.positive})`;
  const end = number(net.scale);
  byId('ip-weight-legend').replaceChildren(item(`−${end}`), ramp, item(`+${end}`), item('weight, square-root scale'));
}

function matrixView() {
  const canvas = byId('ip-matrix');
  const held = document.createElement('canvas');
  let order = [];
  let rowOf = new Uint32Array(net.n);
  let side = 0;
  let margin = 0;

  function sorted() {
    const all = Array.from({ length: net.n }, (_, i) => i);
    if (state.order === 'fixed') return Array.from(net.order);
    if (state.order === 'now') {
      const usual = new Uint32Array(net.n);
      net.order.forEach((unit, k) => { usual[unit] = k; });
      return all.sort((a, b) => communityOf(state.window, a) - communityOf(state.window, b) || usual[a] - usual[b]);
    }
    return all;
  }

  function draw(change) {
    // Hovering over units changes nothing here but the cross-hair, yet redrawing is cheap enough to keep one path.
    const theme = colours();
    const box = canvas.parentElement.clientWidth;
    const height = Math.min(box, 620);
    const { context } = prepare(canvas, height);
    margin = 12;
    side = height - margin - 2;
    order = sorted();
    order.forEach((unit, k) => { rowOf[unit] = k; });
    // Where units outnumber pixels, several pairs share one: the strongest of them is drawn.
    const block = Math.max(1, Math.ceil(net.n / 480));
    const cells = Math.max(1, Math.ceil(net.n / block));
    const best = new Int32Array(cells * cells);
    const put = (i, j, value) => {
      const at = Math.floor(rowOf[i] / block) * cells + Math.floor(rowOf[j] / block);
      if (Math.abs(value) > Math.abs(best[at])) best[at] = value;
    };
    for (let e = net.pointer[state.window]; e < net.pointer[state.window + 1]; e += 1) {
      put(net.src[e], net.dst[e], net.step[e]);
      if (!net.directed) put(net.dst[e], net.src[e], net.step[e]);
    }
    const [none, plus, minus, gone] = [theme.card, theme.positive, theme.negative, theme.shade].map(rgb);
    const image = new ImageData(cells, cells);
    const absent = new Uint8Array(cells);
    order.forEach((unit, k) => { if (!isPresent(state.window, unit)) absent[Math.floor(k / block)] = 1; });
    for (let k = 0; k < best.length; k += 1) {
      // The square root lets weak weights be seen; the strongest of all windows has the full colour.
      const part = Math.sqrt((Math.abs(best[k]) * net.grain) / net.scale);
      const blank = absent[Math.floor(k / cells)] || absent[k % cells];
      const [from, to] = [blank && !best[k] ? gone : none, best[k] >= 0 ? plus : minus];
      for (let c = 0; c < 3; c += 1) image.data[4 * k + c] = from[c] + (to[c] - from[c]) * part;
      image.data[4 * k + 3] = 255;
    }
    held.width = cells;
    held.height = cells;
    held.getContext('2d').putImageData(image, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(held, margin, margin, side, side);
    const cell = side / Math.max(net.n, 1);
    order.forEach((unit, k) => {
      const rank = communityOf(state.window, unit);
      if (!net.known || rank === ABSENT) return;
      context.fillStyle = rank < 8 ? theme.category[rank] : theme.other;
      context.fillRect(2, margin + k * cell, 6, Math.max(cell, 0.6));
      context.fillRect(margin + k * cell, 2, Math.max(cell, 0.6), 6);
    });
    const focus = state.unit >= 0 ? state.unit : state.hover;
    if (focus >= 0) {
      context.strokeStyle = theme.ink;
      context.lineWidth = 1;
      const at = margin + rowOf[focus] * cell;
      context.strokeRect(margin, at, side, cell);
      context.strokeRect(at, margin, cell, side);
    }
    canvas.setAttribute('aria-label', `Adjacency matrix of window ${state.window + 1}, ${net.pointer[state.window + 1] - net.pointer[state.window]} edges`);
    return change;
  }

  canvas.addEventListener('pointermove', (event) => {
    const box = canvas.getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left - margin) / side) * net.n);
    const row = Math.floor(((event.clientY - box.top - margin) / side) * net.n);
    if (row < 0 || column < 0 || row >= net.n || column >= net.n) {
      tip('', event);
      return;
    }
    const [i, j] = [order[row], order[column]];
    for (let e = net.pointer[state.window]; e < net.pointer[state.window + 1]; e += 1) {
      const same = net.src[e] === i && net.dst[e] === j;
      if (same || (!net.directed && net.src[e] === j && net.dst[e] === i)) {
        tip(edgeText(e), event);
        return;
      }
    }
    const absent = !isPresent(state.window, i) || !isPresent(state.window, j);
    tip(`${net.id[i]} ${net.directed ? '→' : '–'} ${net.id[j]}\n${absent ? 'not measured' : 'no edge'}`, event);
  });
  canvas.addEventListener('pointerleave', (event) => tip('', event));
  listeners.push(draw);
  return draw;
}
