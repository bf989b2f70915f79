// One canvas: sharp on every screen, in the colours of the sheet.

export const calm = matchMedia('(prefers-reduced-motion: reduce)');
const names = ['ink', 'muted', 'faint', 'grid', 'card', 'shade', 'positive', 'negative', 'accent', 'c0', 'c1', 'c2', 'field'];
export const colour = {};

export function readColours() {
  const style = getComputedStyle(document.documentElement);
  for (const name of names) colour[name] = style.getPropertyValue(`--${name}`).trim();
}
readColours();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', readColours);

export function board(id) {
  const canvas = document.getElementById(id);
  const pen = canvas.getContext('2d');
  return {
    canvas,
    pen,
    // Gives the size in CSS pixels; clears.
    fresh() {
      const ratio = window.devicePixelRatio || 1;
      const box = canvas.getBoundingClientRect();
      const [w, h] = [Math.round(box.width * ratio), Math.round(box.height * ratio)];
      if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      pen.clearRect(0, 0, box.width, box.height);
      pen.globalAlpha = 1;
      pen.font = '11px Inter, -apple-system, "Segoe UI", Roboto, Arial, sans-serif';
      return [box.width, box.height];
    },
  };
}

export function words(pen, text, x, y, { align = 'left', fill = colour.muted, base = 'middle' } = {}) {
  Object.assign(pen, { fillStyle: fill, textAlign: align, textBaseline: base });
  pen.fillText(text, x, y);
}
