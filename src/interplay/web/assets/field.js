// The game itself, and the rallies it has had.

import { board, calm, colour, words } from './canvas.js';
import { session } from './state.js';

const game = board('game');
const rallies = board('rallies');
let flash = { kind: '', wall: -1e9, frame: -1 };

export function drawGame() {
  const [w, h] = game.fresh();
  const { pen } = game;
  const rules = session.hello?.rules;
  if (!rules) return;
  const k = w / rules.size_px;
  pen.strokeStyle = colour.grid;
  pen.lineWidth = 1;
  pen.setLineDash([4, 6]);
  pen.beginPath();
  pen.moveTo(w / 2, 8);
  pen.lineTo(w / 2, h - 8);
  pen.stroke();
  pen.setLineDash([]);
  pen.fillStyle = colour.faint;
  pen.fillRect(Math.min(w - 3, rules.opponent_px * k - 3), 0, 3, h);
  const { frame } = session;
  if (!frame) return;

  if (frame.number !== flash.frame) {
    for (const [kind] of frame.events) if (kind !== 'serve') flash = { kind, wall: performance.now() };
    flash.frame = frame.number;
  }
  const age = (performance.now() - flash.wall) / 700;
  if (age < 1 && !calm.matches) {
    pen.globalAlpha = 0.3 * (1 - age);
    pen.fillStyle = flash.kind === 'hit' ? colour.positive : colour.negative;
    pen.fillRect(0, 0, 26 * (1 - age) + 8, h);
    pen.globalAlpha = 1;
  }
  if (!frame.ball && frame.phase === 'stimulation') {
    pen.globalAlpha = 0.05;
    pen.fillStyle = colour.negative;
    pen.fillRect(0, 0, w, h);
    pen.globalAlpha = 1;
  }

  const { trail } = session;
  pen.lineCap = 'butt';
  for (let i = 1; i < trail.length; i += 1) {
    const young = 1 - (trail.length - i) / 90;
    pen.globalAlpha = 0.45 * young * young;
    pen.strokeStyle = colour.accent;
    pen.lineWidth = 1 + 5 * young;
    pen.beginPath();
    pen.moveTo(trail[i - 1][1] * k, trail[i - 1][2] * k);
    pen.lineTo(trail[i][1] * k, trail[i][2] * k);
    pen.stroke();
  }
  pen.globalAlpha = 1;
  if (frame.ball) {
    pen.fillStyle = colour.accent;
    pen.beginPath();
    pen.arc(frame.ball[0] * k, frame.ball[1] * k, Math.max(5, 9 * k), 0, 2 * Math.PI);
    pen.fill();
  }
  const thick = Math.max(7, rules.depth_px * k);
  pen.fillStyle = frame.phase === 'play' ? colour.ink : colour.faint;
  pen.beginPath();
  pen.roundRect(0, frame.paddle * k, thick, rules.paddle_px * k, [0, 4, 4, 0]);
  pen.fill();
}

export function drawRallies() {
  const [w, h] = rallies.fresh();
  const { pen } = rallies;
  const { frame, hello } = session;
  if (!frame || !hello) return;
  const left = 16;
  const floor = h - 5;
  const values = frame.phase === 'play' ? [...frame.recent, frame.hits] : frame.recent;
  const top = Math.max(4, ...values);
  const y = (v) => floor - (v / top) * (floor - 8);
  const step = Math.min(12, (w - left) / 61);
  pen.strokeStyle = colour.grid;
  for (const v of [0, top]) {
    words(pen, String(v), left - 5, y(v), { align: 'right' });
    pen.beginPath();
    pen.moveTo(left, y(v) + 0.5);
    pen.lineTo(w, y(v) + 0.5);
    pen.stroke();
  }
  values.forEach((v, i) => {
    const open = frame.phase === 'play' && i === values.length - 1;
    pen.fillStyle = v === 0 ? colour.negative : v >= 3 ? colour.positive : colour.accent;
    pen.globalAlpha = open ? 0.45 : 1;
    const x = left + 3 + i * step;
    if (v === 0) {
      pen.beginPath();
      pen.arc(x + step * 0.36, floor - 2, Math.min(2.4, step * 0.3), 0, 2 * Math.PI);
      pen.fill();
    } else pen.fillRect(x, y(v), step * 0.72, floor - y(v));
  });
  pen.globalAlpha = 1;
  const chance = hello.chance.mean_hits;
  pen.strokeStyle = colour.muted;
  pen.setLineDash([3, 3]);
  pen.beginPath();
  pen.moveTo(left, y(chance));
  pen.lineTo(w, y(chance));
  pen.stroke();
  pen.setLineDash([]);
}
