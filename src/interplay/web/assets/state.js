// What the page knows of the session. Frames come in, views read; nothing here draws.

export const SPAN_S = 20;
const KEEP_S = SPAN_S + 2;

export const session = {
  hello: null,
  frame: null,
  end: null,
  held: false,
  running: false,
  speed: 1,
  dropped: 0,
  trail: [], // [seconds, x, y] of the ball since the last serve
  track: [], // [seconds, ball y or null, paddle y]
  marks: [], // [kind, seconds]
  spikes: { time: [], electrode: [] },
  pulses: [], // [seconds, electrodes]
  rates: [], // [seconds, up, down]
  nSpikes: [], // [seconds, spikes since the frame before]
  flashes: new Map(), // electrode -> wall time of its last spike
};

export function begin(hello) {
  Object.assign(session, {
    hello, frame: null, end: null, trail: [], track: [], marks: [],
    spikes: { time: [], electrode: [] }, pulses: [], rates: [], nSpikes: [], flashes: new Map(),
  });
}

export function take(frame) {
  session.frame = frame;
  const now = frame.seconds;
  const wall = performance.now();
  if (frame.events.some(([kind]) => kind === 'serve' || kind === 'miss')) session.trail = [];
  if (frame.ball) session.trail.push([now, frame.ball[0], frame.ball[1]]);
  if (session.trail.length > 90) session.trail.splice(0, session.trail.length - 90);
  session.track.push([now, frame.ball ? frame.ball[1] : null, frame.paddle]);
  session.marks.push(...frame.events.filter(([kind]) => kind !== 'serve'));
  const [ago, electrode] = frame.spikes;
  for (let k = 0; k < ago.length; k += 1) {
    session.spikes.time.push(now - ago[k]);
    session.spikes.electrode.push(electrode[k]);
    session.flashes.set(electrode[k], wall);
  }
  session.pulses.push(...frame.pulses);
  session.nSpikes.push([now, frame.n_spikes]);
  if (frame.rates) session.rates.push([now, frame.rates.up, frame.rates.down]);
  forget(now - KEEP_S);
}

function forget(before) {
  for (const list of [session.track, session.pulses, session.rates, session.nSpikes]) {
    const k = list.findIndex(([t]) => t >= before);
    if (k > 0) list.splice(0, k);
  }
  const m = session.marks.findIndex(([, t]) => t >= before);
  if (m > 0) session.marks.splice(0, m);
  const { time, electrode } = session.spikes;
  const s = time.findIndex((t) => t >= before);
  if (s > 4000 || (s > 0 && s > time.length / 4)) {
    time.splice(0, s);
    electrode.splice(0, s);
  }
}
