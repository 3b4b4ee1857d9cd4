// Drawn pictures, for whoever has no photographs at hand: a mug among other things.

const SCENES = [
  ['mug 1.png', 'example', 0.34, 0.5, 0.3, 0],
  ['mug 2.png', 'example', 0.62, 0.45, 0.24, 1],
  ['shelf.png', 'query', 0.3, 0.55, 0.22, 2],
  ['table.png', 'query', 0.68, 0.5, 0.28, 3],
  ['kitchen.png', 'query', 0.45, 0.42, 0.2, 4],
  ['window.png', 'query', 0.25, 0.4, 0.26, 5],
];
const WALLS = ['#cfd8dc', '#d7ccc8', '#c5cae9', '#dcedc8', '#ffe0b2', '#b2dfdb'];
const SIZE = [640, 480];

export async function scenes() {
  const made = [];
  for (const [name, role, x, y, size, seed] of SCENES) {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = SIZE;
    draw(canvas.getContext('2d'), x * SIZE[0], y * SIZE[1], size * SIZE[0], seed);
    const blob = await new Promise((done) => canvas.toBlob(done, 'image/png'));
    made.push({ role, file: new File([blob], name, { type: 'image/png' }), box: mugBox(x * SIZE[0], y * SIZE[1], size * SIZE[0]) });
  }
  return made;
}

function mugBox(x, y, size) {
  return [x - 0.62 * size, y - 0.65 * size, x + 0.85 * size, y + 0.65 * size].map((v, i) => Math.round(Math.min(Math.max(v, 2), SIZE[i % 2] - 2)));
}

function draw(c, x, y, size, seed) {
  const random = generator(seed + 7);
  const wall = c.createLinearGradient(0, 0, 0, SIZE[1]);
  wall.addColorStop(0, WALLS[seed]); wall.addColorStop(1, '#eceff1');
  c.fillStyle = wall; c.fillRect(0, 0, ...SIZE);
  c.fillStyle = '#8d6e63'; c.fillRect(0, y + 0.52 * size, SIZE[0], SIZE[1]);
  for (let i = 0; i < 5; i += 1) { // other things
    c.fillStyle = ['#546e7a', '#7cb342', '#5c6bc0', '#8e8e8e', '#26a69a'][Math.floor(random() * 5)];
    const left = random() * SIZE[0], w = 30 + random() * 60, h = 40 + random() * 130;
    if (Math.abs(left + w / 2 - x) > 0.8 * size + w / 2) c.fillRect(left, y + 0.52 * size - h, w, h);
  }
  c.strokeStyle = '#b71c1c'; c.lineWidth = 0.13 * size;
  c.beginPath(); c.ellipse(x + 0.52 * size, y, 0.24 * size, 0.27 * size, 0, 0, 7); c.stroke();
  const body = c.createLinearGradient(x - size / 2, 0, x + size / 2, 0);
  body.addColorStop(0, '#e53935'); body.addColorStop(1, '#c62828');
  c.fillStyle = body;
  c.beginPath(); c.roundRect(x - size / 2, y - 0.55 * size, size, 1.1 * size, 0.12 * size); c.fill();
  c.fillStyle = '#8e1515'; c.beginPath(); c.ellipse(x, y - 0.5 * size, 0.44 * size, 0.1 * size, 0, 0, 7); c.fill();
  const grain = c.getImageData(0, 0, ...SIZE);
  for (let i = 0; i < grain.data.length; i += 4) {
    const noise = (random() - 0.5) * 16;
    for (let k = 0; k < 3; k += 1) grain.data[i + k] += noise;
  }
  c.putImageData(grain, 0, 0);
}

function generator(seed) { // a small linear congruence: the same pictures every time
  let state = seed * 2654435761 % 4294967296;
  return () => { state = (1664525 * state + 1013904223) % 4294967296; return state / 4294967296; };
}
