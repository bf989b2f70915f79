// The culture: which electrodes have just fired, where it is stimulated, and what its motor areas say.

import { board, calm, colour, words } from './canvas.js';
import { session } from './state.js';

const array = board('array');
const motor = board('motor');
const GLOW_MS = 350;
const MOTOR_S = 10;

export function drawArray() {
  const electrodes = session.hello?.electrodes;
  if (!electrodes) return;
  const [w, h] = array.fresh();
  const { pen } = array;
  const [x0, x1] = [Math.min(...electrodes.x), Math.max(...electrodes.x)];
  const [y0, y1] = [Math.min(...electrodes.y), Math.max(...electrodes.y)];
  const scale = Math.min((w - 16) / (x1 - x0 || 1), (h - 16) / (y1 - y0 || 1));
  const x = (v) => w / 2 + (v - (x0 + x1) / 2) * scale;
  const y = (v) => h / 2 + (v - (y0 + y1) / 2) * scale;
  const r = Math.max(0.9, 16 * scale);
  pen.fillStyle = colour.faint;
  pen.globalAlpha = 0.55;
  pen.beginPath();
  for (let e = 0; e < electrodes.x.length; e += 1) {
    pen.moveTo(x(electrodes.x[e]) + r, y(electrodes.y[e]));
    pen.arc(x(electrodes.x[e]), y(electrodes.y[e]), r, 0, 7);
  }
  pen.fill();

  const now = session.frame?.seconds ?? 0;
  pen.fillStyle = colour.negative;
  for (const [t, chosen] of session.pulses) {
    const age = (now - t) / 0.25;
    if (age > 1) continue;
    pen.globalAlpha = 0.4 * (1 - age) + 0.08;
    for (const e of chosen) {
      pen.beginPath();
      pen.arc(x(electrodes.x[e]), y(electrodes.y[e]), 3.2 * r, 0, 7);
      pen.fill();
    }
  }
  const wall = performance.now();
  pen.fillStyle = colour.accent;
  for (const [e, at] of session.flashes) {
    const age = (wall - at) / GLOW_MS;
    if (age > 1) {
      if (!session.held) session.flashes.delete(e);
      continue;
    }
    pen.globalAlpha = 1 - age;
    pen.beginPath();
    pen.arc(x(electrodes.x[e]), y(electrodes.y[e]), calm.matches ? 2 * r : r * (3.4 - 2 * age), 0, 7);
    pen.fill();
  }
  pen.globalAlpha = 1;
}

export function drawMotor() {
  const [w, h] = motor.fresh();
  const { pen } = motor;
  const now = session.frame?.seconds ?? 0;
  const shown = session.rates.filter(([t]) => t >= now - MOTOR_S);
  if (!shown.length) return;
  // A burst would press everything else to the floor: the axis ends a little above the usual, and bursts are cut.
  const sorted = shown.flatMap(([, up, down]) => [up, down]).sort((a, b) => a - b);
  const top = Math.max(1, 1.3 * sorted[Math.floor(0.95 * (sorted.length - 1))]);
  const x = (t) => w - ((now - t) / MOTOR_S) * w;
  const y = (v) => h - 2 - (Math.min(v, top) / top) * (h - 14);
  for (const [k, name] of [[1, 'c2'], [2, 'c1']]) {
    pen.strokeStyle = colour[name];
    pen.lineWidth = 1.6;
    pen.beginPath();
    shown.forEach((row, i) => pen[i ? 'lineTo' : 'moveTo'](x(row[0]), y(row[k])));
    pen.stroke();
  }
  words(pen, `0 to ${top >= 10 ? top.toFixed(0) : top.toPrecision(2)} Hz`, w - 1, 5, { align: 'right' });
}
