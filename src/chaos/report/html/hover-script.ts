/**
 * The script of the page, that says what was at the moment under the pointer or at the slider; all pictures are there without it.
 * The page's policy lets nothing run but this very text, so its digest below changes with it.
 */
export const hoverScript = `'use strict';
const second = 1000;
const shown = (ms) => (ms < 60 * second ? (ms / second).toFixed(1) + ' s'
  : Math.floor(ms / 60000) + ':' + ((ms % 60000) / second).toFixed(1).padStart(4, '0'));
const took = (ms) => (ms < 999.5 ? Math.round(ms) + ' ms' : (ms / second).toFixed(1) + ' s');
const made = (kind, text) => {
  const element = document.createElement(kind);
  element.textContent = text;
  return element;
};

// What is said of a moment: pairs of a name and a text.
const saidOf = (data, atMs) => {
  const said = [];
  // What happens at once is told of for as long as it is wide.
  const broken = data.faults.filter(([from, to]) => from <= atMs && atMs <= Math.max(to, from + data.endMs / 200));
  for (const [, , text] of broken) said.push(['Broken', text]);
  const owners = new Map();
  for (const { group, name, parts } of data.owners) {
    const part = parts.find(([from, to]) => from <= atMs && atMs <= to);
    const who = part ? data.daemons[part[2]] + (part[3] ? ' (by deliveries)' : '') : 'nobody';
    const of = owners.get(group) || new Map();
    owners.set(group, of.set(who, [...(of.get(who) || []), name]));
  }
  for (const [group, of] of owners)
    for (const [who, names] of of)
      said.push([group + ': ' + who, names.length > 8 ? names.length + ' partitions' : names.join(', ')]);
  for (const { name, unit, stepMs, lines } of data.numbers) {
    const texts = lines.flatMap(({ name: line, values }) => {
      const value = values[Math.min(values.length - 1, Math.floor(atMs / stepMs))];
      if (value === null || value === undefined) return [];
      return [(line ? line + ' ' : '') + (unit === 'ms' ? took(value) : value.toLocaleString('en'))];
    });
    said.push([name, texts.join(', ') || 'none']);
  }
  return said;
};

for (const timeline of document.querySelectorAll('.timeline')) {
  const data = JSON.parse(timeline.querySelector('script[type="application/json"]').textContent);
  const plot = timeline.querySelector('.over');
  const cross = timeline.querySelector('.cross');
  const tip = timeline.querySelector('.tip');
  const slider = timeline.querySelector('input');
  timeline.querySelector('.scrub').hidden = false;
  slider.max = String(data.endMs);
  slider.step = String(Math.max(1, Math.round(data.endMs / 600)));

  const hide = () => {
    cross.hidden = tip.hidden = true;
  };
  const show = (atMs, topPx, row) => {
    const frame = timeline.getBoundingClientRect();
    const { left, width } = plot.getBoundingClientRect();
    const x = left - frame.left + (atMs / data.endMs) * width;
    const said = saidOf(data, atMs);
    const list = made('dl', '');
    for (const [name, text] of said) {
      const isRow = row !== undefined && name === row;
      const [term, value] = [made('dt', name), made('dd', text)];
      if (isRow) term.className = value.className = 'here';
      list.append(term, value);
    }
    tip.replaceChildren(made('strong', shown(atMs)), list);
    cross.hidden = tip.hidden = false;
    cross.style.left = x - (cross.parentElement.getBoundingClientRect().left - frame.left) + 'px';
    const room = frame.width - tip.offsetWidth - 4;
    const beside = x + 14 > room ? x - 14 - tip.offsetWidth : x + 14;
    tip.style.left = Math.max(4, Math.min(room, beside)) + 'px';
    const lowest = Math.max(0, frame.height - tip.offsetHeight - 4);
    tip.style.top = Math.min(lowest, Math.max(0, topPx - frame.top + 12)) + 'px';
    slider.value = String(Math.round(atMs));
    slider.setAttribute('aria-valuetext', [shown(atMs), ...said.map((pair) => pair.join(' '))].join('; '));
  };

  timeline.addEventListener('pointermove', (event) => {
    if (event.target === slider) return;
    const { left, width } = plot.getBoundingClientRect();
    const share = (event.clientX - left) / width;
    if (share < 0 || share > 1) return hide();
    const label = event.target.closest('.row')?.querySelector('.label')?.title;
    show(share * data.endMs, event.clientY, label);
  });
  timeline.addEventListener('pointerleave', hide);
  const bySlider = () => show(Number(slider.value), slider.getBoundingClientRect().bottom);
  slider.addEventListener('input', bySlider);
  slider.addEventListener('focus', bySlider);
  slider.addEventListener('blur', hide);
  timeline.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') hide();
  });
}
`;

/** SHA-256 of the script, as a content security policy names it. */
export const hoverScriptDigest = 'sha256-k/ogXmbeivHZ1pNaX91/aNq1nSvq1Ye1pL+tQND6QO0=';
