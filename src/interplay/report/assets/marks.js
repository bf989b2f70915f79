// The current window, marked on every picture that has a time axis; a click there moves it.

function marks() {
  const plots = [...document.querySelectorAll('.plot[data-axis]')].map((element) => {
    const axis = JSON.parse(element.dataset.axis);
    const bars = [document.createElement('div')];
    bars[0].className = 'cursor';
    if (axis.square) {
      bars.push(document.createElement('div'));
      bars[1].className = 'cursor across';
    }
    element.append(...bars);
    element.addEventListener('click', (event) => jump(element, axis, event));
    return { axis, bars };
  });

  function range(axis) {
    if (axis.kind === 'window') return [state.window + 0.5, state.window + 1.5];
    return frames.bounds[state.window];
  }

  function jump(element, axis, event) {
    const box = element.getBoundingClientRect();
    const part = ((event.clientX - box.left) / box.width - axis.box[0]) / (axis.box[2] - axis.box[0]);
    if (part < 0 || part > 1) return;
    const value = axis.start + part * (axis.stop - axis.start);
    if (axis.kind === 'window') {
      set({ window: Math.min(frames.s - 1, Math.max(0, Math.round(value) - 1)) });
      return;
    }
    let best = 0;
    let nearest = Infinity;
    frames.bounds.forEach(([a, b], k) => {
      const d = Math.abs((a + b) / 2 - value);
      if (d < nearest) [best, nearest] = [k, d];
    });
    set({ window: best });
  }

  function draw(change) {
    if (change && !('window' in change)) return;
    for (const { axis, bars } of plots) {
      const parts = range(axis).map((v) => (v - axis.start) / (axis.stop - axis.start || 1));
      const [low, high] = parts.map((v) => Math.min(1, Math.max(0, v)));
      for (const bar of bars) bar.hidden = parts[1] <= 0 || parts[0] >= 1; // the picture ends before this window
      const [left, top, right, bottom] = axis.box;
      const percent = (v) => `${(100 * v).toFixed(3)}%`;
      Object.assign(bars[0].style, { left: percent(left + low * (right - left)), width: percent((high - low) * (right - left)), top: percent(top), height: percent(bottom - top) });
      if (bars[1]) Object.assign(bars[1].style, { top: percent(top + low * (bottom - top)), height: percent((high - low) * (bottom - top)), left: percent(left), width: percent(right - left) });
    }
  }
  listeners.push(draw);
  return draw;
}
