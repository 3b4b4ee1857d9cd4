import { Painter, TOOLS } from './canvas.js';
import { card, colorDot, element, worth } from './results.js';

const $ = (id) => document.getElementById(id);
const AT_ONCE = 3, PATIENCE = 150, BATCH = 4;
const tab = tabName();
const state = { classes: [], queries: [], current: null, chosen: null, page: 0, found: [{}, {}], limits: {}, colors: ['#e69f00'], models: [], busy: 0 };
const painter = new Painter($('canvas'), $('stage'), sendMarks);

function tabName() { // of this tab alone, and the same after a reload
  const known = sessionStorage.getItem('fss_mm_tab');
  if (known) return known;
  const made = [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('');
  sessionStorage.setItem('fss_mm_tab', made);
  return made;
}

// ---- the server -------------------------------------------------------------------

async function ask(path, body, query = {}) {
  const words = new URLSearchParams({ tab, ...query });
  let answer;
  try {
    answer = await fetch(`${path}?${words}`, { method: body === undefined ? 'GET' : 'POST', body, headers: { 'x-fss-mm': '1' } });
  } catch {
    throw new Error('The connection was lost. What you did before is kept; try again when the server is back.');
  }
  if (answer.ok) return answer;
  let text = `The server answered ${answer.status}.`;
  try { text = (await answer.json()).message; } catch { /* no JSON */ }
  throw new Error(text);
}

const act = async (action, data = {}) => (await ask(`/do/${action}`, JSON.stringify({ ...choice(), ...data }))).json();
const choice = (which = '') => ({ model: $(`model${which}`).value || undefined, strategy: $(`strategy${which}`).value || undefined });
const photoAt = (id) => `/photograph/${id}?tab=${tab}`;
const colorOf = (name) => state.colors[Math.max(0, state.classes.findIndex((one) => one.name === name)) % state.colors.length];

function say(text, good = false) {
  $('message-text').textContent = text;
  $('message').classList.toggle('good', good);
  $('message').hidden = !text;
}

const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

async function trying(work) {
  state.busy += 1; document.body.classList.toggle('busy', true);
  try { return await work(); } catch (error) { say(sentence(error.message)); return undefined; } finally {
    state.busy -= 1; document.body.classList.toggle('busy', state.busy > 0);
  }
}

// ---- classes and examples ---------------------------------------------------------

function take(view) {
  if (!view) return;
  state.classes = view.classes; state.queries = view.queries;
  if (view.current) state.current = view.current;
  if (!state.classes.some((one) => one.name === state.current)) state.current = state.classes[0]?.name ?? null;
  $('used').textContent = view.mib >= 1 ? `Yours take ${view.mib.toFixed(0)} MiB.` : '';
  drawClasses(); drawExamples(); drawResults();
}

const currentClass = () => state.classes.find((one) => one.name === state.current);

function radios(root, items, checked, choose) {
  root.replaceChildren(...items.map(([value, label, extra]) => {
    const on = value === checked;
    return element('button', { type: 'button', role: 'radio', 'aria-checked': String(on), tabindex: on ? '0' : '-1', 'data-value': value, onclick: () => choose(value) }, extra ?? null, label);
  }));
  root.onkeydown = (event) => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const values = items.map(([value]) => value);
    const next = values[(values.indexOf(event.target.dataset.value) + by + values.length) % values.length];
    choose(next);
    root.querySelector('[aria-checked=true]')?.focus();
  };
}

function drawClasses() {
  radios($('classes'), state.classes.map((one) => [one.name, one.name, colorDot(colorOf(one.name))]), state.current, (name) => {
    state.current = name; drawClasses(); drawExamples();
  });
  const none = !state.current;
  $('class-rename').disabled = $('class-remove').disabled = none;
}

function drawExamples() {
  const own = currentClass()?.examples ?? [];
  $('example-drop').classList.toggle('empty', own.length === 0);
  $('examples').replaceChildren(...own.map((one) => element('li', { class: 'thumb' },
    element('button', { type: 'button', 'aria-pressed': String(one.id === state.chosen), 'aria-label': `${one.name}, ${one.marked ? 'marked' : 'not marked yet'}`, onclick: () => choose(one.id) },
      element('img', { src: photoAt(one.id), alt: '' })),
    element('span', { class: 'state', 'aria-hidden': 'true' }, one.marked ? 'marked' : 'to mark'),
    element('button', { type: 'button', class: 'x', 'aria-label': `Remove ${one.name}`, onclick: () => removeOne(one.id) }, '×'))));
  if (!own.some((one) => one.id === state.chosen)) {
    state.chosen = null; $('studio').hidden = true;
    if (own.length) choose(own[own.length - 1].id);
  }
}

async function choose(id) {
  state.chosen = id; drawExamples();
  await trying(async () => {
    const { example } = await act('example', { id });
    const photo = new Image();
    photo.src = photoAt(id);
    await photo.decode();
    if (state.chosen !== id) return;
    $('studio').hidden = false;
    painter.show(example, photo);
    $('picture-size').textContent = `${example.width} × ${example.height}`;
    describe(example);
  });
}

function describe(example, lines = []) {
  const share = example.share;
  const text = share === null ? 'Nothing is marked yet.' : `The mask covers ${(100 * share).toFixed(1)} % of ${example.name}. Correct it with Paint and Erase.`;
  $('status').textContent = [text, ...lines].join(' ');
}

let marking = 0;
async function sendMarks(marks) {
  const id = state.chosen, turn = ++marking;
  $('status').textContent = 'Making the mask …';
  const done = await trying(() => act('mark', { id, marks }));
  if (done) { take(done); search(); }
  if (turn !== marking || id !== state.chosen) return; // another one is looked at
  if (!done) { $('status').textContent = 'No mask was made of this; the former one stays.'; return; }
  say('');
  painter.setLayer(done.example.layer);
  describe(done.example, done.said);
  $('canvas').dataset.version = String(turn);
}

async function removeOne(id) {
  take(await trying(() => act('remove', { id })));
  search();
}

// ---- uploads ----------------------------------------------------------------------

async function upload(role, files, query = {}) {
  const waiting = [...files], failed = [], ids = [], said = [];
  const total = waiting.length, note = role === 'query' ? $('find-status') : $('status');
  let view, done = 0;
  const worker = async () => {
    for (let file = waiting.shift(); file; file = waiting.shift()) {
      try {
        if (file.size > state.limits.mib * 2 ** 20) throw new Error(`${file.name}: larger than ${state.limits.mib} MiB; save it smaller`);
        const answer = await ask(`/upload/${role}`, file, { name: file.name, ...query });
        view = await answer.json();
        if (view.id) ids.push(view.id);
        said.push(...(view.said ?? []));
      } catch (error) { failed.push(error.message); }
      done += 1;
      if (total > 1) note.textContent = `${done} of ${total} have arrived`;
    }
  };
  await trying(() => Promise.all(Array.from({ length: AT_ONCE }, worker)));
  note.textContent = '';
  const told = `${failed.slice(0, 10).join('\n')}${failed.length > 10 ? '\n…' : ''}`;
  if (total === 1) say(told || said.join('\n'), !told);
  else say(failed.length ? `${failed.length} of ${total} files could not be used:\n${told}` : '');
  if (view) take(await act('view').catch(() => view));
  return ids;
}

function drop(zone, input, taken) {
  input.addEventListener('change', async () => { const files = [...input.files]; input.value = ''; if (files.length) await taken(files); });
  for (const name of ['dragenter', 'dragover']) zone.addEventListener(name, (e) => { e.preventDefault(); zone.classList.add('over'); });
  for (const name of ['dragleave', 'drop']) zone.addEventListener(name, () => zone.classList.remove('over'));
  zone.addEventListener('drop', (e) => { e.preventDefault(); if (e.dataTransfer.files.length) taken([...e.dataTransfer.files]); });
}

// a name that was typed and not added is that of the photographs that come next
async function takeTypedName() {
  const name = $('class-name').value.trim();
  if (!name) return;
  const own = currentClass(), unused = own && !own.examples.length && !own.from_file;
  let view = null;
  if (!state.classes.some((one) => one.name === name)) {
    view = await trying(() => (unused ? act('rename_class', { name: own.name, new: name }) : act('add_class', { name })));
    if (!view) return;
  }
  state.current = name; $('class-name').value = '';
  if (view) take(view);
}

async function addExamples(files) {
  await takeTypedName();
  if (!state.current) take(await trying(() => act('add_class', { name: 'object' })));
  const ids = await upload('example', files, { class: state.current });
  if (ids.length) choose(Math.min(...ids));
}

async function addQueries(files) {
  await upload('query', files);
  search();
}

// ---- what is found ----------------------------------------------------------------

const perPage = () => state.limits.page ?? 12;
const shown = () => state.queries.slice(state.page * perPage(), (state.page + 1) * perPage());
const sides = () => ($('compare').checked ? ['', '-b'] : ['']);
const isLearned = () => state.classes.some((one) => one.from_file || one.examples.some((e) => e.marked));

let searching = 0, waiting = null;
function search() {
  clearTimeout(waiting);
  waiting = setTimeout(searchNow, PATIENCE);
}

async function searchNow() {
  const turn = ++searching;
  $('take-masks').disabled = !(isLearned() && state.queries.length);
  $('take-classes').disabled = !isLearned();
  if (!isLearned()) { state.found = [{}, {}]; $('worth').replaceChildren(); drawResults(); return; }
  const badges = [], told = [];
  for (const [place, which] of sides().entries()) {
    $('find-status').textContent = 'Searching …';
    const title = sides().length > 1 ? `${$(`model${which}`).value}, ${$(`strategy${which}`).value}` : '';
    const byId = new Map(), ids = shown().map((one) => one.id);
    let seconds = 0, fresh = 0;
    for (let start = 0; start === 0 || start < ids.length; start += BATCH) {
      const some = ids.slice(start, start + BATCH);
      const found = await trying(() => act('find', { ...choice(which), ids: some, threshold: Number($('threshold').value) }));
      if (turn !== searching) return;
      if (!found) { $('find-status').textContent = ''; return; }
      if (start === 0) {
        badges.push(...worth(found.worth, title, colorOf));
        $('worth').replaceChildren(...badges);
        describeModel(which, found.model);
      }
      told.push(...found.said);
      found.results.forEach((one) => byId.set(one.id, one));
      seconds += found.seconds; fresh += found.encoded;
      const former = state.found[place].title === title ? state.found[place].byId : undefined;
      state.found[place] = { title, byId: new Map([...(former ?? []), ...byId]) };
      drawResults();
    }
    state.found[place] = { title, byId };
    const said = fresh ? `; the model saw ${fresh} pictures for the first time` : '';
    $('find-status').textContent = ids.length ? `${ids.length} of ${state.queries.length} searched in ${seconds.toFixed(2)} s${said}.` : '';
  }
  if (told.length) say([...new Set(told)].join('\n'), true);
  drawResults();
}

function drawResults() {
  const pages = Math.max(1, Math.ceil(state.queries.length / perPage()));
  state.page = Math.min(state.page, pages - 1);
  $('pager').hidden = pages === 1;
  $('page-number').textContent = `Page ${state.page + 1} of ${pages}`;
  $('before').disabled = state.page === 0; $('after').disabled = state.page === pages - 1;
  $('query-drop').classList.toggle('empty', state.queries.length === 0);
  $('find-tools').hidden = state.queries.length === 0;
  $('sample-row').hidden = state.queries.length > 0 || state.classes.some((one) => one.examples.length);
  $('results').classList.toggle('two', $('compare').checked);
  $('results').replaceChildren(...shown().map((query) => card(query,
    sides().map((_, place) => ({ title: state.found[place].title, result: state.found[place].byId?.get(query.id) })),
    photoAt(query.id), colorOf, { remove: removeOne, enlarge })));
  $('take-masks').disabled = !(isLearned() && state.queries.length);
  $('take-classes').disabled = !isLearned();
}

function enlarge(query, result, title) {
  const photo = element('img', { src: photoAt(query.id), alt: query.name });
  $('large-picture').replaceChildren(photo);
  if (result) $('large-picture').append(element('img', { class: 'layer', src: result.layer, alt: '' }));
  $('large-name').textContent = title ? `${query.name} (${title})` : query.name;
  $('large').showModal();
}

// ---- models -----------------------------------------------------------------------

function describeModel(which, model) {
  $(`model-note${which}`).textContent = `Licence of its weights: ${model.licence}. A new picture takes ${model.seconds.toFixed(2)} s on this machine. ${state.strategies[model.strategy]}.`;
  if (!which) $('model-name').textContent = model.strategy === 'as it is' ? model.title : `${model.title}, ${model.strategy}`;
}

function fillModels(known) {
  state.strategies = known.strategies;
  for (const which of ['', '-b']) {
    $(`model${which}`).replaceChildren(...known.models.map((one) => element('option', { value: one.title }, one.title)));
    $(`strategy${which}`).replaceChildren(...Object.keys(known.strategies).map((name) => element('option', { value: name }, name)));
  }
  if (known.models.length > 1) $('model-b').selectedIndex = 1; else $('strategy-b').selectedIndex = 1;
  const first = known.models[0];
  describeModel('', { ...first, licence: first.licence, seconds: first.seconds, strategy: 'as it is' });
}

// ---- downloads --------------------------------------------------------------------

async function download(path, name, query = {}) {
  await trying(async () => {
    const answer = await ask(path, undefined, { ...choice(), ...query });
    const link = element('a', { href: URL.createObjectURL(await answer.blob()), download: name });
    document.body.append(link); link.click(); link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  });
}

// ---- the page ---------------------------------------------------------------------

function drawTools() {
  radios($('tools'), Object.entries(TOOLS).map(([name, [label]]) => [name, label]), painter.tool, (tool) => { painter.setTool(tool); drawTools(); });
  radios($('sides'), [['on', 'Object'], ['beside', 'Not the object']], painter.negative ? 'beside' : 'on', (side) => { painter.negative = side === 'beside'; drawTools(); });
  $('sides').hidden = !painter.sided;
  $('width-label').hidden = !(painter.paints || painter.tool === 'scribbles');
  $('tool-note').textContent = TOOLS[painter.tool][1];
}

async function sample() {
  const { scenes } = await import('./drawn.js');
  const made = await scenes();
  if (!state.classes.some((one) => one.name === 'mug')) take(await trying(() => act('add_class', { name: 'mug' })));
  if (state.classes.some((one) => one.name === 'object' && !one.examples.length)) take(await trying(() => act('remove_class', { name: 'object' })));
  state.current = 'mug';
  await upload('query', made.filter((one) => one.role === 'query').map((one) => one.file));
  await addExamples(made.filter((one) => one.role === 'example').map((one) => one.file));
  say('Drag a box around the red mug. The other pictures are searched at once.', true);
}

function connect() {
  drop($('example-drop'), $('example-files'), addExamples);
  drop($('query-drop'), $('query-files'), addQueries);
  window.addEventListener('dragover', (e) => e.preventDefault()); // a file beside a zone opens nothing
  window.addEventListener('drop', (e) => e.preventDefault());
  $('message-close').onclick = () => say('');
  $('sample').onclick = () => trying(sample);
  $('undo').onclick = () => painter.undo();
  $('clear').onclick = () => painter.clear();
  $('width').oninput = () => { painter.width = Number($('width').value); painter.draw(); };
  painter.onside = () => { painter.negative = !painter.negative; drawTools(); };
  $('opacity').oninput = () => {
    const value = Number($('opacity').value);
    $('opacity-value').textContent = value.toFixed(2);
    document.documentElement.style.setProperty('--opacity', value);
    painter.opacity = value; painter.draw();
  };
  $('threshold').oninput = () => { $('threshold-value').textContent = Number($('threshold').value).toFixed(2); search(); };
  $('before').onclick = () => { state.page -= 1; drawResults(); search(); };
  $('after').onclick = () => { state.page += 1; drawResults(); search(); };
  $('class-form').onsubmit = async (event) => {
    event.preventDefault();
    take(await trying(() => act('add_class', { name: $('class-name').value })));
    if (state.current === $('class-name').value.trim()) $('class-name').value = '';
  };
  $('class-rename').onclick = async () => {
    const view = await trying(() => act('rename_class', { name: state.current, new: $('class-name').value }));
    if (view) { $('class-name').value = ''; take(view); search(); }
  };
  $('class-remove').onclick = async () => { take(await trying(() => act('remove_class', { name: state.current }))); search(); };
  $('mask-file').addEventListener('change', async () => {
    const files = [...$('mask-file').files]; $('mask-file').value = '';
    await upload('mask', files, { id: state.chosen });
    await choose(state.chosen); search();
  });
  $('typed-form').onsubmit = (event) => {
    event.preventDefault();
    painter.set({ prompt: { kind: 'text', text: $('typed').value }, strokes: [] });
  };
  $('class-file').addEventListener('change', async () => {
    const files = [...$('class-file').files]; $('class-file').value = '';
    await upload('classes', files, choice()); search();
  });
  $('take-masks').onclick = () => download('/masks.zip', 'masks.zip', { threshold: $('threshold').value });
  $('take-classes').onclick = () => download('/classes.safetensors', 'classes.safetensors');
  $('leave').onclick = async () => { take(await trying(() => act('leave'))); state.page = 0; say(''); search(); await first(); };
  $('compare').onchange = () => { $('second').hidden = !$('compare').checked; drawResults(); search(); };
  for (const id of ['model', 'strategy', 'model-b', 'strategy-b']) $(id).onchange = search;
  document.addEventListener('pointerdown', (e) => { if (!$('model-box').contains(e.target)) $('model-box').open = false; });
  document.addEventListener('keydown', (e) => { if (e.key === 'Escape') $('model-box').open = false; });
}

async function first() {
  if (!state.classes.length) take(await trying(() => act('add_class', { name: 'object' })));
}

connect();
drawTools();
const known = await trying(() => act('start'));
if (known) {
  Object.assign(state, { limits: known.limits, colors: known.colors });
  fillModels(known);
  take(known);
  await first();
  search();
  document.body.dataset.ready = 'yes';
}
