// The last seconds: the heights of ball and paddle, and beneath them every spike, on one clock.

import { board, colour, words } from './canvas.js';
import { session, SPAN_S } from './state.js';

const track = board('track');
const raster = board('raster');
const LEFT = 74;
const GROUPS = { sensory: 'sensory', motor_left: 'motor, left', motor_right: 'motor, right' };
let rows = null; // electrode -> row from the top, and where each group begins
let rowsOf = null;

const xOf = (w) => {
  const now = session.frame.seconds;
  const start = Math.max(0, now - SPAN_S);
  return { start, x: (t) => LEFT + ((t - start) / SPAN_S) * (w - LEFT - 14) };
};

function clock(pen, w, h, { start, x }) {
  pen.strokeStyle = colour.grid;
  for (let t = Math.ceil(start / 5) * 5; t <= start + SPAN_S; t += 5) {
    pen.beginPath();
    pen.moveTo(x(t), 0);
    pen.lineTo(x(t), h - 14);
    pen.stroke();
    words(pen, `${t} s`, x(t), h - 5, { align: 'center' });
  }
}

export function drawTrack() {
  const [w, h] = track.fresh();
  const { pen } = track;
  if (!session.frame || !session.hello) return;
  const axis = xOf(w);
  const { size_px: size, paddle_px: paddle } = session.hello.rules;
  const y = (v) => 2 + (v / size) * (h - 18);
  clock(pen, w, h, axis);
  words(pen, 'height', LEFT - 8, (h - 14) / 2, { align: 'right' });

  const rowsShown = session.track.filter(([t]) => t >= axis.start);
  pen.globalAlpha = 0.32;
  pen.fillStyle = colour.c0;
  pen.beginPath();
  rowsShown.forEach(([t, , p], i) => pen[i ? 'lineTo' : 'moveTo'](axis.x(t), y(p)));
  for (const [t, , p] of rowsShown.toReversed()) pen.lineTo(axis.x(t), y(p + paddle));
  pen.fill();
  pen.globalAlpha = 1;

  pen.strokeStyle = colour.ink;
  pen.lineWidth = 1.6;
  pen.beginPath();
  let down = false;
  for (const [t, b] of rowsShown) {
    if (b === null) down = false;
    else {
      pen[down ? 'lineTo' : 'moveTo'](axis.x(t), y(b));
      down = true;
    }
  }
  pen.stroke();
  pen.lineWidth = 1;
  for (const [kind, t] of session.marks) {
    if (t < axis.start) continue;
    pen.fillStyle = kind === 'hit' ? colour.positive : colour.negative;
    const at = rowsShown.findLast(([s, b]) => s <= t && b !== null);
    pen.beginPath();
    pen.arc(axis.x(t), y(at ? at[1] : size / 2), 4, 0, 2 * Math.PI);
    pen.fill();
  }
}

export function orderRows(electrodes) {
  rowsOf = electrodes;
  const order = electrodes.group.map((group, e) => [group, electrodes.x[e], e]);
  const rank = Object.keys(GROUPS);
  const place = (g) => (rank.includes(g) ? rank.indexOf(g) : rank.length);
  order.sort((a, b) => place(a[0]) - place(b[0]) || a[0].localeCompare(b[0]) || a[1] - b[1] || a[2] - b[2]);
  rows = { of: new Int32Array(order.length), edges: [] };
  order.forEach(([group, , e], row) => {
    rows.of[e] = row;
    if (!rows.edges.length || rows.edges.at(-1).group !== group) rows.edges.push({ group, from: row, to: row });
    rows.edges.at(-1).to = row + 1;
  });
}

export function drawRaster() {
  const { hello, frame } = session;
  if (!hello?.electrodes || !frame) return;
  if (rowsOf !== hello.electrodes) orderRows(hello.electrodes);
  const [w, h] = raster.fresh();
  const { pen } = raster;
  const axis = xOf(w);
  const floor = h - 16;
  const n = rows.of.length;
  const y = (row) => (row / n) * floor;
  clock(pen, w, h, axis);
  rows.edges.forEach(({ group, from, to }, k) => {
    if (k) {
      pen.strokeStyle = colour.faint;
      pen.beginPath();
      pen.moveTo(LEFT, y(from));
      pen.lineTo(w - 14, y(from));
      pen.stroke();
    }
    words(pen, GROUPS[group] ?? (group || 'electrodes'), LEFT - 8, y((from + to) / 2), { align: 'right' });
  });
  pen.globalAlpha = 0.85;
  pen.fillStyle = colour.ink;
  const { time, electrode } = session.spikes;
  const tall = Math.max(1, floor / n);
  for (let k = 0; k < time.length; k += 1) {
    if (time[k] >= axis.start) pen.fillRect(axis.x(time[k]), y(rows.of[electrode[k]]), 1.1, tall);
  }
  pen.fillStyle = colour.negative;
  for (const [t, electrodes] of session.pulses) {
    if (t < axis.start) continue;
    pen.globalAlpha = 0.5;
    let [low, high] = [n, 0];
    for (const e of electrodes) {
      low = Math.min(low, rows.of[e]);
      high = Math.max(high, rows.of[e]);
    }
    pen.fillRect(axis.x(t) - 0.5, y(low), 1, Math.max(2, y(high + 1) - y(low)));
  }
  pen.globalAlpha = 1;
}
