// Cards of photographs with what was found in them. Names are text, never markup.

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else if (name in made && typeof value === 'boolean') made[name] = value;
    else if (value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

export function colorDot(color) {
  const dot = element('span', { class: 'dot', 'aria-hidden': 'true' });
  dot.style.background = color;
  return dot;
}

const percent = (value) => (value > 0 && value < 0.001 ? '< 0.1 %' : `${(100 * value).toFixed(1)} %`);

// one card for each photograph: two pictures in it where two models are compared
export function card(query, found, source, colorOf, actions) {
  const sides = found.map(({ title, result }) => side(query, title, result, source, colorOf, actions));
  return element('li', { class: 'card' },
    element('div', { class: 'sides' }, ...sides),
    element('button', { type: 'button', class: 'x', 'aria-label': `Remove ${query.name}`, onclick: () => actions.remove(query.id) }, '×'));
}

function side(query, title, result, source, colorOf, actions) {
  const seen = (result?.classes ?? []).filter((one) => one.share > 0);
  const text = result ? (seen.map((one) => `${one.name} on ${percent(one.share)}`).join(', ') || 'nothing found') : 'not searched yet';
  const photo = element('img', { src: source, alt: `${query.name}: ${text}`, width: query.width, height: query.height, loading: 'lazy' });
  photo.style.height = 'auto';
  const picture = element('button', { type: 'button', class: 'picture', 'aria-label': `Enlarge ${query.name}: ${text}`, onclick: () => actions.enlarge(query, result, title) }, photo);
  if (result) picture.append(element('img', { class: 'layer', src: result.layer, alt: '' }));
  const rows = (result?.classes ?? []).map((one) => element('li', {}, colorDot(colorOf(one.name)),
    `${one.name}: `, one.share > 0 ? `score ${one.score.toFixed(2)} on ${percent(one.share)}` : 'not found'));
  return element('div', {}, picture,
    element('p', { class: 'name' }, query.name),
    title ? element('p', { class: 'side-name' }, title) : null,
    element('ul', { class: 'facts' }, ...rows));
}

// what each class is worth: examples that are held out
export function worth(list, title, colorOf) {
  return list.map((one) => {
    const iou = one.iou === null
      ? (one.examples === 1 ? 'one example; add a second one to see how well it is learned' : 'not known')
      : `held-out IoU ${one.iou.toFixed(0)} % over ${one.examples} examples`;
    return element('span', { class: 'badge', title: 'Each example is searched with what is learned from the others' },
      colorDot(colorOf(one.name)), `${title ? `${title}: ` : ''}${one.name}: ${iou}`);
  });
}
