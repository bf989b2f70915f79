// Wiring: messages in, requests out, views drawn when there is something new.

import { drawArray, drawMotor } from './culture.js';
import { drawGame, drawRallies } from './field.js';
import { drawRaster, drawTrack } from './history.js';
import { begin, session, take } from './state.js';

const byId = (id) => document.getElementById(id);
const PHASES = { play: 'play', stimulation: 'unpredictable stimulation', rest: 'rest', pause: 'pause', waiting: 'waiting' };
const percent = (v) => (v === null ? '–' : `${(100 * v).toFixed(0)} %`);
const decimals = (v) => (v === null ? '–' : v.toFixed(2));
const SCORES = { mean_hits: [decimals, 3], aces: [percent, 1], long_rallies: [percent, 0.5], catches: [percent, 1] };
let socket = null;
let stale = true;
let spoken = -1e9;
let waits = 500;

const ask = (request) => {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(request));
};
const set = (id, text) => {
  const place = byId(id);
  if (place.textContent !== text) place.textContent = text;
};
const minutes = (s, digits = 1) => {
  const shown = Number(s.toFixed(digits));
  return `${Math.floor(shown / 60)}:${(shown % 60).toFixed(digits).padStart(digits ? 3 + digits : 2, '0')}`;
};

function hello(message) {
  begin(message);
  set('player', message.player);
  const { rallies, seconds } = message.budget;
  const budget = [rallies && `${rallies} rallies`, seconds && `${minutes(seconds, 0)} min`].filter(Boolean);
  set('about', `seed ${message.seed} · until ${budget.join(' and ')} are over · Interplay ${message.version}`);
  set('clock-end', seconds ? `of ${minutes(seconds, 0)}` : '');
  byId('seed').value = message.seed;
  for (const part of document.querySelectorAll('.culture')) part.hidden = !message.electrodes;
  set('time-title', message.electrodes ? 'The last 20 seconds: game and spikes' : 'The last 20 seconds');
  for (const [name, [form, top]] of Object.entries(SCORES)) {
    set(`${name}-chance`, `chance ${form(message.chance[name])}`);
    byId(name).parentElement.querySelector('.meter b').style.left = `${Math.min(100, (100 * message.chance[name]) / top)}%`;
  }
  byId('over').hidden = true;
  document.documentElement.dataset.run = message.run;
}

function show() {
  const { frame } = session;
  if (!frame) return;
  set('clock', minutes(frame.seconds));
  const total = session.hello?.budget.seconds;
  byId('progress').style.width = total ? `${Math.min(100, (100 * frame.seconds) / total)}%` : '0';
  const left = frame.left_s > 0 ? `, ${frame.left_s.toFixed(1)} s to the serve` : '';
  const chip = byId('phase');
  set('phase', `${PHASES[frame.phase] ?? frame.phase}${left}`);
  chip.className = `chip ${frame.phase}`;
  set('rally', String(frame.rally));
  set('finished', `${frame.finished} finished`);
  set('hits', frame.phase === 'play' ? String(frame.hits) : '–');
  for (const [name, [form, top]] of Object.entries(SCORES)) {
    set(name, form(frame[name]));
    byId(name).parentElement.querySelector('.meter i').style.width = `${Math.min(100, (100 * (frame[name] ?? 0)) / top)}%`;
  }
  if (frame.rates) {
    set('rate-up', `${frame.rates.up.toFixed(1)} Hz`);
    set('rate-down', `${frame.rates.down.toFixed(1)} Hz`);
  }
  if (session.hello?.electrodes) {
    const lately = session.nSpikes.filter(([t]) => t >= frame.seconds - 2);
    const over = lately.length > 1 ? frame.seconds - lately[0][0] : 0;
    if (over > 0.5) set('rate-all', `${Math.round(lately.slice(1).reduce((a, [, n]) => a + n, 0) / over)} spikes per second`);
    set('shown', frame.n_spikes > frame.spikes[0].length ? `(1 in ${Math.round(frame.n_spikes / frame.spikes[0].length)} shown at this speed)` : '');
  }
  const ended = frame.events.findLast(([kind]) => kind === 'miss');
  if (ended && performance.now() - spoken > 5000) {
    spoken = performance.now();
    set('said', `Rally ${frame.finished} ended with ${frame.recent.at(-1)} hits. ${decimals(frame.mean_hits)} hits per rally, ${percent(frame.aces)} aces.`);
  }
}

function state(message) {
  Object.assign(session, { held: message.held, running: message.running, speed: message.speed });
  byId('hold').setAttribute('aria-pressed', String(message.held));
  set('hold-text', message.held ? 'Go on' : 'Pause');
  byId('hold').disabled = byId('stop').disabled = !message.running;
  const select = byId('speed');
  const value = message.speed === null ? 'max' : String(message.speed);
  if (![...select.options].some((o) => o.value === value)) select.add(new Option(`${value} ×`, value));
  select.value = value;
}

function end(message) {
  session.end = message;
  const text = { done: 'The session is over. ', stopped: 'The session was stopped. ', failed: 'The session failed. ' };
  const over = byId('over');
  set('over', `${text[message.why]}${message.text}`);
  over.className = message.why === 'failed' ? 'over bad' : 'over';
  over.hidden = false;
  byId('hold').disabled = byId('stop').disabled = true;
  set('said', over.textContent);
}

function connection(text, bad = false) {
  set('connection', text);
  byId('connection').classList.toggle('bad', bad);
}

function preparing(message) {
  begin(null);
  set('player', message.player);
  set('about', `seed ${message.seed}`);
  set('phase', 'getting ready');
  byId('phase').className = 'chip waiting';
  set('over', 'Getting ready. A culture first lives through a baseline without input.');
  byId('over').className = 'over';
  byId('over').hidden = false;
}

const takers = {
  hello,
  preparing,
  state,
  end,
  frame(message) {
    take(message);
    stale = true;
  },
  dropped({ frames }) {
    session.dropped = frames;
    connection(`Connected; ${frames} frames left out for this page, the score is complete`);
  },
  error({ text }) {
    connection(text, true);
  },
};

function connect() {
  socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/socket`);
  socket.addEventListener('open', () => {
    connection('Connected');
  });
  socket.addEventListener('message', ({ data }) => {
    // A server that is ending may still accept: only one that speaks is back.
    waits = 500;
    const message = JSON.parse(data);
    takers[message.type]?.(message);
    stale = true;
  });
  socket.addEventListener('close', () => {
    connection('The server is gone; trying again', true);
    byId('hold').disabled = byId('stop').disabled = true;
    setTimeout(connect, waits);
    waits = Math.min(5000, 2 * waits);
  });
}

function draw() {
  // Glows fade on their own; everything else changes with a frame.
  if (stale) {
    show();
    drawTrack();
    drawRaster();
    drawRallies();
    drawMotor();
    stale = false;
  }
  drawGame();
  drawArray();
  document.documentElement.dataset.ready = session.frame ? 'yes' : 'no';
  requestAnimationFrame(draw);
}

const hold = () => ask({ do: session.held ? 'resume' : 'pause' });
const again = () => {
  const seed = byId('seed');
  if (seed.reportValidity()) ask(seed.value === '' ? { do: 'again' } : { do: 'again', value: Number(seed.value) });
};
const speed = (value) => ask({ do: 'speed', value: value === 'max' ? 'max' : Number(value) });
byId('hold').addEventListener('click', hold);
byId('stop').addEventListener('click', () => ask({ do: 'stop' }));
byId('again').addEventListener('click', again);
byId('speed').addEventListener('change', (event) => speed(event.target.value));
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|BUTTON|A)$/.test(event.target.tagName)) return;
  const options = [...byId('speed').options];
  if (event.key === ' ') {
    event.preventDefault();
    hold();
  } else if (event.key >= '1' && event.key <= '7') speed(options[Number(event.key) - 1].value);
  else if (event.key === 'r' || event.key === 'R') again();
});
const redraw = () => { stale = true; };
addEventListener('resize', redraw);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
connect();
draw();
