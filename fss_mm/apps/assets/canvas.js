// A photograph to draw on: gestures become marks, which are sent as they are.

export const TOOLS = {
  box: ['Box', 'Drag a box around the object. What stands out in it becomes the mask.'],
  points: ['Click', 'Click on the object, once or more; then on what is not the object.'],
  scribbles: ['Scribble', 'Draw a line over the object; then over what is not the object.'],
  polygon: ['Outline', 'Click corner after corner; a click on the first one, or Enter, closes it.'],
  brush: ['Paint', 'Paint the object, or add to the mask.'],
  eraser: ['Erase', 'Take away from the mask.'],
};
const SIDED = ['points', 'scribbles'], PAINT = ['brush', 'eraser'];
const ON = '#00c853', BESIDE = '#ff1744';
const MAX_HEIGHT = 560;

export class Painter {
  constructor(canvas, stage, changed) {
    Object.assign(this, { canvas, stage, changed, tool: 'box', negative: false, width: 12 });
    this.context = canvas.getContext('2d');
    this.cursor = null; this.gesture = null; this.corners = []; this.photo = null;
    this.layer = null; this.opacity = 0.7; this.undone = [];
    this.marks = { prompt: null, strokes: [] };
    canvas.addEventListener('pointerdown', (e) => this.press(e));
    canvas.addEventListener('pointermove', (e) => this.move(e));
    for (const name of ['pointerup', 'pointercancel']) canvas.addEventListener(name, (e) => this.release(e));
    canvas.addEventListener('contextmenu', (e) => e.preventDefault());
    canvas.addEventListener('keydown', (e) => this.key(e));
    canvas.addEventListener('blur', () => { this.keyboard = false; this.draw(); });
    new ResizeObserver(() => this.fit()).observe(stage);
  }

  show(example, photo) {
    this.example = example; this.photo = photo; this.gesture = null; this.corners = [];
    this.marks = example.marks || { prompt: null, strokes: [] };
    this.undone = []; this.cursor = [example.width / 2, example.height / 2];
    this.fit();
    this.setLayer(example.layer);
  }

  setLayer(source) {
    if (!source) { this.layer = null; this.draw(); return; }
    const image = new Image();
    image.onload = () => { this.layer = image; this.draw(); };
    image.src = source;
  }

  setTool(tool) { this.tool = tool; this.corners = []; this.gesture = null; this.draw(); }

  get sided() { return SIDED.includes(this.tool); }
  get paints() { return PAINT.includes(this.tool); }

  fit() {
    if (!this.example) return;
    const { width, height } = this.example;
    const room = this.stage.clientWidth || 300;
    const scale = Math.min(room / width, MAX_HEIGHT / height);
    this.scale = scale;
    const ratio = window.devicePixelRatio || 1;
    this.canvas.style.width = `${Math.round(width * scale)}px`;
    this.canvas.style.height = `${Math.round(height * scale)}px`;
    this.canvas.width = Math.round(width * scale * ratio);
    this.canvas.height = Math.round(height * scale * ratio);
    this.context.setTransform(scale * ratio, 0, 0, scale * ratio, 0, 0);
    this.draw();
  }

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    return this.inside([(event.clientX - box.left) * this.example.width / box.width,
      (event.clientY - box.top) * this.example.height / box.height]);
  }

  inside([x, y]) {
    const clamp = (v, most) => Math.round(Math.min(Math.max(v, 0), most - 0.5) * 10) / 10;
    return [clamp(x, this.example.width), clamp(y, this.example.height)];
  }

  press(event) {
    if (!this.photo || (event.button && event.button !== 2)) return;
    event.preventDefault();
    this.canvas.focus({ preventScroll: true });
    this.keyboard = false;
    try { this.canvas.setPointerCapture(event.pointerId); } catch { /* it is gone */ }
    this.begin(this.at(event), event.button === 2 || event.shiftKey);
  }

  move(event) {
    if (!this.photo) return;
    this.cursor = this.at(event);
    if (this.gesture) for (const e of event.getCoalescedEvents?.() ?? [event]) this.extend(this.at(e));
    this.draw();
  }

  release(event) {
    if (!this.gesture) return;
    if (event.type === 'pointercancel') { this.gesture = null; this.draw(); return; }
    this.extend(this.at(event));
    this.end();
  }

  begin(point, other) {
    if (this.tool === 'points') return this.point(point, this.negative !== other);
    if (this.tool === 'polygon') return this.corner(point);
    this.gesture = { points: [point], negative: this.negative !== other };
    this.draw();
  }

  extend(point) {
    if (!this.gesture) return;
    const { points } = this.gesture;
    if (this.tool === 'box') points[1] = point;
    else {
      const last = points[points.length - 1];
      if (Math.hypot(point[0] - last[0], point[1] - last[1]) * this.scale >= 2) points.push(point);
    }
  }

  end() {
    const { points, negative } = this.gesture;
    this.gesture = null;
    if (this.tool === 'box') {
      const [a, b] = points;
      if (!b || Math.abs(a[0] - b[0]) < 3 || Math.abs(a[1] - b[1]) < 3) { this.draw(); return; }
      const box = [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[0], b[0]), Math.max(a[1], b[1])];
      this.set({ prompt: { kind: 'box', box }, strokes: [] });
    } else if (this.tool === 'scribbles') {
      this.add('scribbles', negative, points, { width: Math.max(1, Math.round(this.width / 3)) });
    } else {
      const stroke = { points, width: this.width / this.scale, erases: this.tool === 'eraser' };
      this.set({ prompt: this.marks.prompt, strokes: [...this.marks.strokes, stroke] });
    }
  }

  point(point, negative) { this.add('points', negative, point, {}); }

  // a point or line more; another kind of prompt starts anew
  add(kind, negative, item, more) {
    const former = this.marks.prompt?.kind === kind ? this.marks.prompt : { kind, positive: [], negative: [], ...more };
    const prompt = { ...former, ...more };
    const side = negative ? 'negative' : 'positive';
    prompt[side] = [...former[side], item];
    const same = former === this.marks.prompt;
    this.set({ prompt, strokes: same ? this.marks.strokes : [] }, prompt.positive.length > 0);
  }

  corner(point) {
    const first = this.corners[0];
    const near = first && Math.hypot(point[0] - first[0], point[1] - first[1]) * this.scale < 12;
    if (near && this.corners.length >= 3) return this.close();
    this.corners.push(point);
    this.draw();
  }

  close() {
    if (this.corners.length < 3) return;
    const ring = this.corners; this.corners = [];
    const former = this.marks.prompt?.kind === 'polygon' ? this.marks.prompt.rings : [];
    this.set({ prompt: { kind: 'polygon', rings: [...former, ring] }, strokes: former.length ? this.marks.strokes : [] });
  }

  set(marks, send = true) {
    this.undone.push(this.marks);
    this.marks = marks;
    this.draw();
    if (send) this.changed(marks);
  }

  undo() {
    if (this.corners.length) { this.corners.pop(); this.draw(); return; }
    if (!this.undone.length) return;
    this.marks = this.undone.pop();
    this.draw();
    this.changed(this.marks);
  }

  clear() { this.corners = []; this.set({ prompt: null, strokes: [] }); }

  key(event) {
    if (!this.photo) return;
    const step = event.altKey ? 1 : (event.shiftKey ? 0.1 : 0.02) * Math.max(this.example.width, this.example.height);
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const by = arrows[event.key];
    if (by) {
      this.cursor = this.inside([this.cursor[0] + by[0] * step, this.cursor[1] + by[1] * step]);
      this.keyboard = true;
      this.extend(this.cursor);
    } else if (event.key === 'Enter' && this.tool === 'polygon' && this.corners.length >= 3) this.close();
    else if (event.key === 'Enter' || event.key === ' ') {
      this.keyboard = true;
      if (this.gesture) { this.extend(this.cursor); this.end(); } else this.begin(this.cursor, false);
    } else if (event.key === 'Escape') { this.gesture = null; this.corners = []; }
    else if (event.key === 'Backspace' || (event.key === 'z' && (event.ctrlKey || event.metaKey))) this.undo();
    else if (event.key === 'x' && this.sided) this.onside?.();
    else return;
    event.preventDefault();
    this.draw();
  }

  draw() {
    if (!this.photo) return;
    const c = this.context, { width, height } = this.example, px = 1 / this.scale;
    c.clearRect(0, 0, width, height);
    c.globalAlpha = 1;
    c.drawImage(this.photo, 0, 0, width, height);
    if (this.layer) { c.globalAlpha = this.opacity; c.drawImage(this.layer, 0, 0, width, height); c.globalAlpha = 1; }
    c.lineJoin = c.lineCap = 'round';
    const line = (points, color, thick, closed) => {
      if (!points.length) return;
      c.beginPath();
      points.forEach(([x, y], i) => (i ? c.lineTo(x, y) : c.moveTo(x, y)));
      if (points.length === 1) c.lineTo(points[0][0] + 0.1, points[0][1]);
      if (closed) c.closePath();
      c.strokeStyle = '#000a'; c.lineWidth = thick + 2 * px; c.stroke();
      c.strokeStyle = color; c.lineWidth = thick; c.stroke();
    };
    const dot = ([x, y], color) => {
      c.beginPath(); c.arc(x, y, 5 * px, 0, 7); c.fillStyle = color; c.fill();
      c.lineWidth = 1.5 * px; c.strokeStyle = '#fff'; c.stroke();
    };
    const prompt = this.marks.prompt;
    const boxLine = ([x0, y0, x1, y1], color) => line([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], color, 2 * px, true);
    if (prompt?.kind === 'box') boxLine(prompt.box, ON);
    if (prompt?.kind === 'points') { prompt.positive.forEach((p) => dot(p, ON)); prompt.negative.forEach((p) => dot(p, BESIDE)); }
    if (prompt?.kind === 'scribbles') {
      prompt.positive.forEach((p) => line(p, ON, Math.max(prompt.width, 2 * px)));
      prompt.negative.forEach((p) => line(p, BESIDE, Math.max(prompt.width, 2 * px)));
    }
    if (prompt?.kind === 'polygon') prompt.rings.forEach((ring) => line(ring, ON, 2 * px, true));
    if (this.corners.length) {
      line([...this.corners, ...(this.cursor ? [this.cursor] : [])], ON, 2 * px);
      this.corners.forEach((p) => dot(p, ON));
    }
    if (this.gesture) {
      const { points, negative } = this.gesture;
      if (this.tool === 'box') { if (points[1]) boxLine([...points[0], ...points[1]], ON); }
      else if (this.paints) { c.globalAlpha = 0.6; line(points, this.tool === 'eraser' ? BESIDE : ON, this.width * px); c.globalAlpha = 1; }
      else line(points, negative ? BESIDE : ON, Math.max(this.width / 3, 2 * px));
    }
    if (this.cursor && (this.keyboard || this.paints)) {
      const [x, y] = this.cursor, r = this.paints ? this.width / 2 * px : 9 * px;
      c.lineWidth = 3 * px; c.strokeStyle = '#000';
      for (let i = 0; i < 2; i += 1) {
        c.beginPath(); c.arc(x, y, r, 0, 7);
        if (this.keyboard) { c.moveTo(x - 14 * px, y); c.lineTo(x + 14 * px, y); c.moveTo(x, y - 14 * px); c.lineTo(x, y + 14 * px); }
        c.stroke();
        c.lineWidth = 1.3 * px; c.strokeStyle = '#fff';
      }
    }
  }
}
