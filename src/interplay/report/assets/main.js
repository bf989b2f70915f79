// Wiring: controls change the state, the state redraws the views.

function dock() {
  const slider = byId('ip-time');
  const button = byId('ip-play');
  let timer = 0;
  slider.max = frames.s - 1;

  const stop = () => {
    clearInterval(timer);
    timer = 0;
    button.setAttribute('aria-pressed', 'false');
  };
  const go = (window) => set({ window: Math.min(frames.s - 1, Math.max(0, window)) });

  button.addEventListener('click', () => {
    if (timer) {
      stop();
      return;
    }
    button.setAttribute('aria-pressed', 'true');
    if (state.window === frames.s - 1) go(0);
    timer = setInterval(() => (state.window < frames.s - 1 ? go(state.window + 1) : stop()), 450);
  });
  slider.addEventListener('input', () => {
    stop();
    go(Number(slider.value));
  });
  document.addEventListener('keydown', (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.matches('input, select, textarea, pre, .scroll')) return;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    stop();
    go(state.window + step);
  });

  const series = (frames.rate || frames.total).map((v) => v ?? 0);
  const top = Math.max(...series, 1e-12);
  const points = series.map((v, k) => `${k},${1 - 0.9 * (v / top)}`);
  const spark = byId('ip-spark');
  spark.setAttribute('viewBox', `0 0 ${Math.max(frames.s - 1, 1)} 1`);
  const make = (name, attributes) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    spark.append(element);
  };
  make('polygon', { class: 'area', points: `0,1 ${points.join(' ')} ${Math.max(frames.s - 1, 1)},1` });
  for (const k of frames.changes) make('line', { class: 'tick', x1: k - 0.5, x2: k - 0.5, y1: 0, y2: 1 });

  const draw = (change) => {
    if (change && !('window' in change)) return;
    slider.value = state.window;
    const text = `window ${state.window + 1} of ${frames.s}\n${windowText(state.window)}`;
    byId('ip-dock-label').textContent = text;
    slider.setAttribute('aria-valuetext', text.replace('\n', ', '));
  };
  listeners.push(draw);
  return draw;
}

function controls() {
  // Quantiles of the absolute weights of each sign: both signs stay in sight though one may be the weaker by far.
  const sizes = [[], []];
  net.step.forEach((v, e) => sizes[v >= 0 ? 0 : 1].push(Math.abs(weightOf(e))));
  const sorted = sizes.map((list) => Float64Array.from(list).sort());
  const cut = byId('ip-cut');
  const quantile = (list, q) => (q > 0 && list.length ? list[Math.min(list.length - 1, Math.floor(q * list.length))] : 0);
  const apply = () => {
    const share = Number(cut.value) / 1000;
    const [plus, minus] = sorted.map((list) => quantile(list, share));
    const ends = [sorted[0].length ? `≥ ${number(plus)}` : '', sorted[1].length ? `≤ −${number(minus)}` : ''];
    byId('ip-cut-value').textContent = `${number(100 * (1 - share))} %${share > 0 ? ` (${ends.filter(Boolean).join(', ')})` : ''}`;
    set({ cut: [plus, minus] });
  };
  // Begin with about two edges per unit, 600 at most: enough to see structure, few enough to see through.
  const perWindow = net.step.length / Math.max(net.s, 1);
  cut.value = Math.round(1000 * Math.max(0, 1 - Math.min(1, Math.min(2 * net.n, 600) / Math.max(perWindow, 1))));
  cut.addEventListener('input', apply);
  for (const [id, key] of [['ip-show-positive', 'positive'], ['ip-show-negative', 'negative']]) {
    byId(id).addEventListener('change', (event) => set({ [key]: event.target.checked }));
  }
  const order = byId('ip-matrix-order');
  state.order = order.value;
  order.addEventListener('change', () => set({ order: order.value }));
  apply();
}

// What the network and the embedding are told together: the colours, and the unit to follow.
function sharedControls() {
  const present = (ids) => ids.map(byId).filter(Boolean);
  const offers = (element, value) => [...element.options].some((option) => option.value === String(value));
  const selects = present(['ip-colour-by', 'ip-cloud-colour']);
  const units = present(['ip-unit', 'ip-cloud-unit']);
  state.colour = selects[0].value;
  for (const element of selects) {
    element.addEventListener('change', () => set({ colour: element.value }));
    if (offers(element, state.colour)) element.value = state.colour;
  }
  for (const element of units) {
    element.addEventListener('change', () => set({ unit: element.value === '' ? -1 : Number(element.value) }));
  }
  listeners.push((change) => {
    if ('unit' in change) for (const element of units) element.value = change.unit >= 0 && offers(element, change.unit) ? change.unit : '';
    if (!('colour' in change)) return;
    for (const element of selects) if (offers(element, change.colour)) element.value = change.colour;
    nodeLegend();
  });
}

for (const element of document.querySelectorAll('.needs-script')) element.hidden = false;
sortableTables();
copyButtons();
readingPlace();
if (frames) {
  sharedControls();
  const draws = [marks(), dock()];
  if (net) draws.push(networkView(), matrixView(), strongestTable());
  if (cloud) draws.push(cloudView(), attentionView(), movedTable());
  if (net) controls();
  const legends = () => {
    nodeLegend();
    if (net) weightLegend();
  };
  legends();
  const redraw = () => draws.forEach((draw) => draw());
  redraw();
  let width = window.innerWidth;
  window.addEventListener('resize', () => {
    if (window.innerWidth !== width) redraw();
    width = window.innerWidth;
  });
  const themed = () => { redraw(); legends(); };
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', themed);
  window.addEventListener('beforeprint', themed);
  window.addEventListener('afterprint', themed);
}
if (byId('ip-plane-data')) {
  const draw = planeView();
  let width = 0;
  const fit = () => {
    if (window.innerWidth !== width) draw();
    width = window.innerWidth;
  };
  fit();
  window.addEventListener('resize', fit);
}
document.documentElement.dataset.ready = 'yes';
