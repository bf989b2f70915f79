// Tables that sort, texts that copy, and the section that is being read.

function sortableTables() {
  for (const table of document.querySelectorAll('.table table, details.table table')) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener('click', () => {
        const down = head.getAttribute('aria-sort') === 'ascending';
        heads.forEach((other) => other.removeAttribute('aria-sort'));
        head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
        const value = (row) => {
          const cell = row.cells[column];
          return 'v' in cell.dataset ? (cell.dataset.v === '' ? Infinity : Number(cell.dataset.v)) : cell.textContent;
        };
        const compare = (a, b) => {
          const [x, y] = [value(a), value(b)];
          if (typeof x === 'number' && typeof y === 'number') return x === y ? 0 : x - y;
          return String(x).localeCompare(String(y), 'en', { numeric: true });
        };
        const rows = [...table.tBodies[0].rows].sort(compare);
        table.tBodies[0].append(...(down ? rows.reverse() : rows));
      });
    });
  }
}

function copyButtons() {
  for (const button of document.querySelectorAll('.copy')) {
    const text = button.closest('details').querySelector('pre');
    button.addEventListener('click', async () => {
      const range = document.createRange();
      range.selectNodeContents(text);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      try {
        await navigator.clipboard.writeText(text.textContent);
        button.textContent = 'Copied';
      } catch {
        button.textContent = 'Selected: press Ctrl+C';
      }
    });
  }
}

function readingPlace() {
  const links = new Map([...document.querySelectorAll('nav a')].map((a) => [a.hash.slice(1), a]));
  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      links.forEach((link) => link.classList.remove('here'));
      links.get(entry.target.id)?.classList.add('here');
    }
  }, { rootMargin: '-15% 0px -75% 0px' });
  document.querySelectorAll('main > section').forEach((part) => watch.observe(part));
}

function strongestTable() {
  const table = byId('ip-top-edges');
  const row = (cells, tag) => {
    const line = document.createElement('tr');
    cells.forEach((text, k) => {
      const cell = document.createElement(tag);
      cell.textContent = text;
      if (k > 1) cell.className = 'n';
      line.append(cell);
    });
    return line;
  };
  const heads = net.directed ? ['source', 'target', 'weight'] : ['unit', 'unit', 'weight'];
  table.tHead.append(row(net.p ? [...heads, 'p'] : heads, 'th'));
  const draw = (change) => {
    if (change && !('window' in change)) return;
    const edges = [];
    for (let e = net.pointer[state.window]; e < net.pointer[state.window + 1]; e += 1) edges.push(e);
    edges.sort((a, b) => Math.abs(net.step[b]) - Math.abs(net.step[a]) || a - b);
    const cells = (e) => [net.id[net.src[e]], net.id[net.dst[e]], number(weightOf(e)), ...(net.p ? [pText(pOf(e)).replace('p = ', '').replace('p < ', '< ')] : [])];
    const rows = edges.slice(0, 6).map((e) => row(cells(e), 'td'));
    table.tBodies[0].replaceChildren(...(rows.length ? rows : [row(['no edge in this window'], 'td')]));
  };
  listeners.push(draw);
  byId('ip-save-edges').addEventListener('click', () => {
    const quote = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const lines = ['source,target,weight,p'];
    for (let e = net.pointer[state.window]; e < net.pointer[state.window + 1]; e += 1) {
      lines.push([quote(net.id[net.src[e]]), quote(net.id[net.dst[e]]), weightOf(e), pOf(e) ?? ''].join(','));
    }
    const link = document.createElement('a');
    link.href = `data:text/csv;charset=utf-8,${encodeURIComponent(lines.join('\n'))}`;
    link.download = `edges_window_${state.window + 1}.csv`;
    link.click();
  });
  return draw;
}
