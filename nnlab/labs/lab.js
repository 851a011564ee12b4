// The front end of every lab. Python sends `spec` once, and a `frame` as the answer to each request;
// here they become native controls, SVG panels, tables and a read-out. Elements are made once and
// changed in place, so nothing ever flashes or piles up.
//
//   reader moves a control -> want() -> [request under way? keep only the newest] -> send()
//   Python answers -> change:frame -> send() what is still wanted -> draw() before the next repaint

const SVG = "http://www.w3.org/2000/svg";
const DASHES = ["", "8 4", "9 3 2 3", "2 3", "7 2 2 2", "2 2"]; // as nnlab.plots.LINES
const FAR = 1e5; // pixels: beyond that SVG's own arithmetic suffers

let labs = 0; // for ids that no other lab on the page has

function make(tag, attributes = {}, ...children) {
  const svg = ["svg", "g", "path", "text", "tspan", "clipPath", "rect"].includes(tag);
  const element = svg ? document.createElementNS(SVG, tag) : document.createElement(tag);
  put(element, attributes);
  element.append(...children);
  return element;
}

/** Set attributes, those only that change. */
function put(element, attributes) {
  for (const [key, value] of Object.entries(attributes)) {
    if (element.getAttribute(key) !== String(value)) element.setAttribute(key, value);
  }
}

function say(element, string) {
  if (element.textContent !== string) element.textContent = string;
}

/** Keep as many children as there are items; `update(child, item)` fills each in. */
function pool(parent, tag, items, update) {
  while (parent.children.length > items.length) parent.lastChild.remove();
  while (parent.children.length < items.length) parent.append(make(tag));
  items.forEach((item, i) => update(parent.children[i], item));
}

/** {shape: [rows, n], bytes} -> an array of `rows` Float32Arrays of length n. */
function unpack({ shape: [rows, n], bytes }) {
  const { buffer, byteOffset, byteLength } = bytes;
  const all = new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength)); // aligned
  return Array.from({ length: rows }, (_, i) => all.subarray(i * n, (i + 1) * n));
}

// --- axes ------------------------------------------------------------------------------------

function scale(low, high, from, to, log) {
  const f = log ? Math.log : (v) => v;
  const slope = (to - from) / (f(high) - f(low));
  const clamp = (pixels) => Math.max(-FAR, Math.min(FAR, pixels));
  return (v) => (Number.isFinite(v) ? clamp(from + (f(v) - f(low)) * slope) : NaN);
}

function linearTicks(low, high, most) {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((k) => k * power).find((s) => s >= rough * 0.999);
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) ticks.push(i * step);
  if (ticks.length < 2 && most < 20) return linearTicks(low, high, 2 * most);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const big = Math.max(Math.abs(low), Math.abs(high));
  const write = (v) => (big >= 1e5 || digits > 4 ? v.toExponential(1) : v.toFixed(digits));
  return ticks.map((v) => [v, write(Math.abs(v) < step / 2 ? 0 : v).replace("-", "−")]);
}

function logTicks(low, high, most) {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  if (last - first < 1) return linearTicks(low, high, most);
  const powers = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const every = Math.ceil(powers.length / most);
  const plain = (k) => (Math.abs(k) < 4 ? String(+(10 ** k).toPrecision(1)) : `1e${k}`);
  const round = powers.filter((k) => k % every === 0); // 1 is among them, if it is in sight
  const some = round.length > 1 ? round : powers.filter((_, i) => i % every === 0);
  return some.map((k) => [10 ** k, plain(k).replace("-", "−")]);
}

// --- marks: each updates its elements in place, given rows of numbers and the two scales ---------

const MARKERS = {
  circle: (x, y, r) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`,
  square: (x, y, r) => `M${x - r} ${y - r}h${2 * r}v${2 * r}h${-2 * r}z`,
  diamond: (x, y, r) => `M${x} ${y - r}l${r} ${r}l${-r} ${r}l${-r} ${-r}z`,
  cross: (x, y, r) => `M${x - r} ${y - r}l${2 * r} ${2 * r}M${x - r} ${y + r}l${2 * r} ${-2 * r}`,
};

/** Rows are x, y, or x, y, x', y': yield [x, y, …, i] in pixels where all of them are finite. */
function* finite(rows, at) {
  for (let i = 0; i < rows[0].length; i++) {
    const pixels = [];
    for (let k = 0; k < rows.length; k += 2) pixels.push(...at(rows[k][i], rows[k + 1][i]));
    if (pixels.every(Number.isFinite)) yield [...pixels.map((v) => Math.round(v * 10) / 10), i];
  }
}

const each = (rows, at, write) => Array.from(finite(rows, at), write).join("");

const PATH = {
  line(mark, rows, at) {
    let last = NaN;
    return each(rows, at, ([x, y, i]) => {
      const pen = i === last + 1 ? "L" : "M"; // a gap lifts the pen
      last = i;
      return `${pen}${x} ${y}`;
    });
  },
  points(mark, rows, at) {
    return each(rows, at, ([x, y]) => MARKERS[mark.shape](x, y, mark.size / 2));
  },
  bars({ width }, [xs, heights], at, foot) {
    const [left, right] = [xs.map((x) => x - width / 2), xs.map((x) => x + width / 2)];
    const bar = ([x, y, xEnd]) => `M${x} ${foot}V${y}H${xEnd}V${foot}z`;
    return each([left, heights, right, heights], at, bar);
  },
  arrows({ shrink }, rows, at) {
    return each(rows, at, ([x, y, xEnd, yEnd]) => {
      const length = Math.hypot(xEnd - x, yEnd - y);
      if (length <= 2 * shrink) return "";
      const [u, v] = [(xEnd - x) / length, (yEnd - y) / length];
      const tip = [xEnd - u * shrink, yEnd - v * shrink];
      const barb = (side) => [tip[0] - 7 * u + side * 3.5 * v, tip[1] - 7 * v - side * 3.5 * u];
      return `M${x + u * shrink} ${y + v * shrink}L${tip}M${barb(-1)}L${tip}L${barb(1)}`;
    });
  },
};

function write(group, mark, rows, at, strings) {
  const items = Array.from(finite(rows, at), ([x, y, i]) => [x, y + mark.dy, strings[i].split("\n")]);
  pool(group, "text", items, (element, [x, y, lines]) => {
    pool(element, "tspan", lines.map((string, i) => [string, i]), (span, [string, i]) => {
      say(span, string);
      put(span, { x, y: y + (i - (lines.length - 1) / 2) * 15 });
    });
  });
}

function paint(canvas, mark, rows) {
  const [height, width] = [rows.length, rows[0].length];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const image = new ImageData(width, height);
  const colours = new Uint8Array(mark.colours.buffer, mark.colours.byteOffset, 768);
  for (let i = 0; i < height; i++) {
    const row = rows[height - 1 - i]; // the lowest row of numbers comes first
    for (let j = 0; j < width; j++) {
      const share = (row[j] - mark.low) / (mark.high - mark.low);
      const k = 3 * Math.max(0, Math.min(255, Math.round(share * 255)));
      const rgba = Number.isNaN(share) ? [0, 0, 0, 0] : [colours[k], colours[k + 1], colours[k + 2], 255];
      image.data.set(rgba, 4 * (i * width + j));
    }
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// --- panels ------------------------------------------------------------------------------------

/** Return the attributes that give a mark its look; lab.css knows the classes. */
function dress(mark) {
  const flags = ["hollow", "bold"].filter((name) => mark[name]);
  const colour = mark.colour == null ? "ink" : `c${mark.colour}`;
  const names = [mark.kind, colour, mark.shape, ...flags].filter(Boolean);
  const dashes = mark.kind === "line" ? DASHES[mark.colour] : "";
  const strokes = { "stroke-width": mark.stroke ?? "", "stroke-dasharray": dashes ?? "" };
  return { class: names.map((name) => `lab-${name}`).join(" "), ...strokes };
}

function legend(mark) {
  if (mark.kind === "heatmap") {
    const colours = new Uint8Array(mark.colours.buffer, mark.colours.byteOffset, 768);
    const stops = [0, 64, 128, 192, 255].map((k) => `rgb(${colours.slice(3 * k, 3 * k + 3).join()})`);
    const bar = make("span", { class: "lab-bar" });
    bar.style.background = `linear-gradient(to right, ${stops.join()})`;
    return make("span", { class: "lab-key" }, mark.label, " ", mark.ends[0], bar, mark.ends[1]);
  }
  const small = { ...mark, size: 9, shrink: 0, width: 12, stroke: 2 };
  const rows = { line: [[0, 26], [6, 6]], arrows: [[0], [6], [26], [6]], bars: [[13], [2]] }[mark.kind];
  const path = make("path", { d: PATH[mark.kind](small, rows ?? [[13], [6]], (x, y) => [x, y], 11) });
  const sample = make("g", dress(small), path);
  const size = { width: 26, height: 12, "aria-hidden": "true" };
  return make("span", { class: "lab-key" }, make("svg", size, sample), mark.label);
}

const room = ([width]) => `flex-basis: ${0.75 * width}px; max-width: ${1.4 * width}px`;

function makePanel(panel, id) {
  const caption = make("figcaption", {}, make("strong", {}, panel.title));
  const clip = make("rect");
  const [grid, inside] = [make("g", { class: "lab-grid" }), make("g", { "clip-path": `url(#${id})` })];
  const plot = make("div", { class: "lab-plot" });
  const map = panel.marks.some((mark) => mark.kind === "heatmap");
  const layers = panel.marks.map((mark) => {
    if (mark.label) caption.append(legend(mark));
    if (mark.kind === "heatmap") {
      plot.append(make("canvas", { "aria-hidden": "true", class: mark.smooth ? "" : "lab-pixels" }));
      return plot.lastChild;
    }
    inside.append(make("g", dress(mark), ...(mark.kind === "text" ? [] : [make("path")])));
    return inside.lastChild;
  });
  const described = { role: "img", "aria-label": `${panel.title}. ${panel.alt}` };
  const svg = make("svg", described, make("clipPath", { id }, clip), grid, inside);
  plot.append(svg); // above the canvas
  const element = make("figure", { class: "lab-panel", style: room(panel.size) }, caption, plot);

  function draw(frame, limits) {
    const width = plot.clientWidth;
    if (!width) return; // not on the screen: the observer calls again when it is
    const [nominal, tall] = panel.size;
    const turned = panel.turn && width < 0.75 * nominal;
    const fitting = Math.max(170, Math.min((width * tall) / nominal, 1.2 * tall));
    const height = Math.round(turned ? 0.85 * nominal : fitting);
    const [x0, x1, y0, y1] = limits;
    const outer = panel.axes ? [52, panel.ylabel ? 24 : 8, 14, panel.xlabel ? 42 : 24] : [2, 2, 2, 2];
    const [left, top] = outer;
    const [right, bottom] = [width - outer[2], height - outer[3]];
    const horizontal = turned ? scale(y0, y1, right, left) : scale(x0, x1, left, right, panel.xlog);
    const vertical = turned ? scale(x0, x1, top, bottom) : scale(y0, y1, bottom, top, panel.ylog);
    const at = (x, y) => (turned ? [horizontal(y), vertical(x)] : [horizontal(x), vertical(y)]);
    put(svg, { viewBox: `0 0 ${width} ${height}`, width, height });
    put(clip, { x: left, y: top, width: right - left, height: bottom - top });
    if (panel.axes) axes(at, [left, right, top, bottom], limits, [width, height]);
    const foot = Math.max(top, Math.min(bottom, at(x0, panel.ylog ? y0 : 0)[1]));
    panel.marks.forEach((mark, i) => {
      const data = mark.data ?? frame.marks[mark.name];
      const rows = unpack(data);
      if (mark.kind === "heatmap") {
        const place = `left:${left}px;top:${top}px;width:${right - left}px;height:${bottom - top}px`;
        put(layers[i], { style: place });
        paint(layers[i], mark, rows);
      } else if (mark.kind === "text") {
        write(layers[i], mark, rows, at, data.strings);
      } else {
        put(layers[i].firstChild, { d: PATH[mark.kind](mark, rows, at, foot) });
      }
    });
  }

  function axes(at, [left, right, top, bottom], [x0, x1, y0, y1], [width, height]) {
    const most = (length, room) => Math.max(2, Math.floor(length / room));
    const [named, rows] = [panel.ticks, panel.rows].map((names) => names?.map((name, i) => [i, name]));
    const xs = named ?? (panel.xlog ? logTicks : linearTicks)(x0, x1, most(right - left, 65));
    const ys = rows ?? (panel.ylog ? logTicks : linearTicks)(y0, y1, most(bottom - top, 40));
    const across = ys.map(([v]) => `M${left} ${at(x0, v)[1]}H${right}`);
    const upright = named ? [] : xs.map(([v]) => `M${at(v, y0)[0]} ${top}V${bottom}`);
    const words = [
      ...xs.map(([v, string]) => [at(v, y0)[0], bottom + 15, string, "middle"]),
      ...ys.map(([v, string]) => [left - 6, at(x0, v)[1] + 4, string, "end"]),
      [(left + right) / 2, height - 6, panel.xlabel, "middle"],
      [4, 13, panel.ylabel, "start"],
    ];
    if (!grid.firstChild) grid.append(make("path"), make("path", { class: "lab-frame" }), make("g"));
    put(grid.children[0], { d: map ? "" : [...across, ...upright].join("") }); // a grid would cut a map up
    put(grid.children[1], { d: `M${left} ${top}V${bottom}H${right}` });
    pool(grid.children[2], "text", words, (element, [x, y, string, anchor]) => {
      put(element, { x, y, "text-anchor": anchor });
      say(element, string);
    });
  }

  return { element, draw };
}

function makeTable(table) {
  const [caption, head, body] = ["caption", "tr", "tbody"].map((tag) => make(tag));
  caption.append(make("strong", {}, table.title));
  head.append(...table.columns.map((name) => make("th", { scope: "col" }, name)));
  const whole = make("table", {}, caption, make("thead", {}, head), body);
  const element = make("div", { class: "lab-panel", style: room(table.size) }, whole);
  const draw = (frame) =>
    pool(body, "tr", frame.tables[table.name], (row, cells) => {
      const cell = (_, i) => (i ? make("td") : make("th", { scope: "row" }));
      if (!row.firstChild) row.append(...cells.map(cell));
      cells.forEach((cell, i) => say(row.children[i], cell));
    });
  return { element, draw };
}

// --- controls ------------------------------------------------------------------------------------

/** Return the control's element and `show(value, text)`; `want(value)` is called when it is moved. */
function makeControl(control, id, want) {
  const label = make("label", { for: id }, control.label);
  if (control.kind === "button") {
    const button = make("button", { type: "button" }, control.label);
    button.onclick = () => want(Number((button.value = Number(button.value) + 1)));
    const show = (presses) => (button.value = presses);
    return { element: make("div", { class: "lab-control" }, button), show };
  }
  if (control.kind === "choice") {
    const select = make("select", { id }, ...control.stops.map((stop) => make("option", {}, stop)));
    select.onchange = () => want(select.value);
    const element = make("div", { class: "lab-control" }, label, select);
    return { element, show: (value) => (select.value = value) };
  }
  const last = control.stops.length - 1;
  const input = make("input", { id, type: "range", min: 0, max: last, step: 1 });
  const longest = Math.max(...control.shown.map((text) => text.length)); // so that nothing jumps
  const style = `min-width: ${longest}ch`;
  const output = make("output", { for: id, style, "aria-live": "off" }); // the slider says it already
  const element = make("div", { class: "lab-control lab-slider" }, label, input, output);
  const nearest = (value) => {
    const gaps = control.stops.map((stop) => Math.abs(stop - value));
    return gaps.indexOf(Math.min(...gaps));
  };
  const write = (text) => {
    say(output, text);
    put(input, { "aria-valuetext": text });
    buttons.forEach(([button, by]) => { // at the ends not `disabled`, which would lose the focus
      put(button, { "aria-disabled": Number(input.value) === (by < 0 ? 0 : last) });
    });
  };
  const move = (i) => {
    if (!(i in control.stops)) return;
    input.value = i;
    write(control.shown[i]);
    want(control.stops[i]);
  };
  const buttons = [];
  if (control.kind === "stepper") {
    for (const [name, by] of [["◀ Previous", -1], ["Next ▶", 1]]) {
      const button = make("button", { type: "button" }, name);
      button.onclick = () => move(Number(input.value) + by);
      buttons.push([button, by]);
    }
    element.classList.add("lab-stepper");
    label.after(buttons[0][0], buttons[1][0]);
  }
  input.oninput = () => move(Number(input.value));
  const show = (value, text) => {
    input.value = nearest(value);
    write(text);
  };
  return { element, show };
}

// --- the lab ---------------------------------------------------------------------------------

function render({ model, el }) {
  const spec = model.get("spec");
  const id = `lab-${Date.now().toString(36)}-${(labs += 1)}`;
  let wanted = {};
  let waiting = 0; // the request that is not answered yet
  let patience, settled, repaint;

  function want(values) {
    Object.assign(wanted, values);
    put(reading, { "aria-busy": true }); // a screen reader waits until the hand rests
    send();
  }

  function send() {
    if (waiting || !Object.keys(wanted).length) return;
    waiting = model.get("request") + 1;
    for (const [name, value] of Object.entries({ ...wanted, request: waiting })) model.set(name, value);
    wanted = {};
    model.save_changes();
    const told = "Python has not answered for 10 seconds: if it is not busy, run the cell again.";
    patience = setTimeout(() => say(reading, told), 10000);
  }

  function answered() {
    if (waiting && model.get("frame").n >= waiting) {
      waiting = 0;
      clearTimeout(patience);
    }
    send();
    repaint ??= requestAnimationFrame(draw);
  }

  function draw() {
    repaint = undefined;
    const frame = model.get("frame");
    panels.forEach((panel, i) => panel.draw(frame, frame.limits[i]));
    say(reading, frame.reading);
    root.classList.toggle("lab-failed", frame.failed);
    spec.controls.forEach(({ name }, i) => {
      if (!waiting && !(name in wanted)) controls[i].show(frame.values[name], frame.shown[name]);
    });
    clearTimeout(settled);
    settled = setTimeout(() => put(reading, { "aria-busy": false }), 300);
  }

  const controls = spec.controls.map((control, i) =>
    makeControl(control, `${id}-c${i}`, (value) => want({ [control.name]: value })),
  );
  const panels = spec.panels.map((panel, i) => (panel.columns ? makeTable : makePanel)(panel, `${id}-p${i}`));
  const live = { role: "status", "aria-live": "polite", "aria-atomic": "true" };
  const reading = make("p", { class: "lab-reading", ...live });
  const reset = make("button", { type: "button" }, "Reset");
  reset.onclick = () => want(Object.fromEntries(spec.controls.map(({ name, value }) => [name, value])));
  const title = make("p", { class: "lab-title", id: `${id}-title` }, spec.title);
  const first = make("strong", {}, "Predict first. ");
  const root = make("div", { class: "lab", role: "group", "aria-labelledby": title.id }, title, reading);
  if (spec.predict) title.after(make("p", { class: "lab-predict" }, first, spec.predict));
  const bar = make("div", { class: "lab-controls" }, ...controls.map((c) => c.element), reset);
  if (controls.length) reading.before(bar);
  reading.after(make("div", { class: "lab-panels" }, ...panels.map((p) => p.element)));
  for (const control of bar.querySelectorAll("input, select, button")) {
    control.dataset.lmSuppressShortcuts = "true"; // else JupyterLab takes arrows, Enter and letters
  }
  root.addEventListener("keydown", (event) => event.stopPropagation()); // Notebook's shortcuts
  const watch = new ResizeObserver(() => (repaint ??= requestAnimationFrame(draw)));
  panels.forEach((panel) => watch.observe(panel.element));
  model.on("change:frame", answered);
  el.append(root);
  draw();
  return () => {
    model.off("change:frame", answered);
    watch.disconnect();
    cancelAnimationFrame(repaint);
    [patience, settled].forEach((timer) => clearTimeout(timer));
  };
}

export default { render };
