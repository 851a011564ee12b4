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
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function put(element, attribute, value) {
  if (element.getAttribute(attribute) !== String(value)) element.setAttribute(attribute, value);
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
  return (v) => Math.max(-FAR, Math.min(FAR, from + (f(v) - f(low)) * slope));
}

function linearTicks(low, high, most) {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((k) => k * power).find((s) => s >= rough * 0.999);
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) ticks.push(i * step);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const big = Math.max(Math.abs(low), Math.abs(high));
  const write = (v) => (big >= 1e5 || digits > 4 ? v.toExponential(1) : v.toFixed(digits));
  return ticks.map((v) => [v, write(Math.abs(v) < step / 2 ? 0 : v).replace("-", "−")]);
}

function logTicks(low, high, most) {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  if (last - first < 1) {
    return linearTicks(low, high, most);
  }
  const every = Math.ceil((last - first + 1) / most);
  const ticks = [];
  for (let k = first; k <= last; k += every) {
    ticks.push([10 ** k, k < -3 || k > 4 ? `1e${k}`.replace("-", "−") : String(+(10 ** k).toPrecision(1))]);
  }
  return ticks;
}

// --- marks: each updates its elements in place, given rows of numbers and the two scales ---------

const MARKERS = {
  circle: (x, y, r) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`,
  square: (x, y, r) => `M${x - r} ${y - r}h${2 * r}v${2 * r}h${-2 * r}z`,
  diamond: (x, y, r) => `M${x} ${y - r}l${r} ${r}l${-r} ${r}l${-r} ${-r}z`,
  cross: (x, y, r) => `M${x - r} ${y - r}l${2 * r} ${2 * r}M${x - r} ${y + r}l${2 * r} ${-2 * r}`,
};

/** Walk over the finite points only, in pixels. */
function eachPoint([xs, ys], at, visit) {
  for (let i = 0; i < xs.length; i++) {
    const [x, y] = at(xs[i], ys[i]);
    visit(Number.isFinite(x + y), Math.round(x * 10) / 10, Math.round(y * 10) / 10, i);
  }
}

const DRAW = {
  line(group, mark, rows, at) {
    let path = "";
    let pen = "M";
    eachPoint(rows, at, (finite, x, y) => {
      if (finite) path += `${pen}${x} ${y}`;
      pen = finite ? "L" : "M";
    });
    pool(group, "path", [path], (element, d) => put(element, "d", d));
  },
  points(group, mark, rows, at) {
    let path = "";
    const marker = MARKERS[mark.shape];
    eachPoint(rows, at, (finite, x, y) => {
      if (finite) path += marker(x, y, mark.size / 2);
    });
    pool(group, "path", [path], (element, d) => put(element, "d", d));
  },
  bars(group, mark, [xs, heights], at, foot) {
    let path = "";
    xs.forEach((x, i) => {
      const [left, top] = at(x - mark.width / 2, heights[i]);
      const [right] = at(x + mark.width / 2, heights[i]);
      if (Number.isFinite(left + top)) path += `M${left} ${foot}V${top}H${right}V${foot}z`;
    });
    pool(group, "path", [path], (element, d) => put(element, "d", d));
  },
  arrows(group, mark, [xs, ys, xEnds, yEnds], at) {
    let path = "";
    xs.forEach((_, i) => {
      const [x, y] = at(xs[i], ys[i]);
      const [xEnd, yEnd] = at(xEnds[i], yEnds[i]);
      const [dx, dy, length] = [xEnd - x, yEnd - y, Math.hypot(xEnd - x, yEnd - y)];
      if (!(length > 2 * mark.shrink)) return; // NaN too
      const [u, v] = [dx / length, dy / length];
      const [tipX, tipY] = [xEnd - u * mark.shrink, yEnd - v * mark.shrink];
      path += `M${x + u * mark.shrink} ${y + v * mark.shrink}L${tipX} ${tipY}`;
      path += `M${tipX - 7 * u - 3.5 * v} ${tipY - 7 * v + 3.5 * u}L${tipX} ${tipY}`;
      path += `L${tipX - 7 * u + 3.5 * v} ${tipY - 7 * v - 3.5 * u}`;
    });
    pool(group, "path", [path], (element, d) => put(element, "d", d));
  },
  text(group, mark, rows, at, foot, strings) {
    const items = [];
    eachPoint(rows, at, (finite, x, y, i) => {
      if (finite) items.push([x, y + mark.dy, strings[i].split("\n")]);
    });
    pool(group, "text", items, (element, [x, y, lines]) => {
      pool(element, "tspan", lines, (span, string) => say(span, string));
      lines.forEach((_, i) => {
        put(element.children[i], "x", x);
        put(element.children[i], "y", y + (i - (lines.length - 1) / 2) * 15);
      });
    });
  },
};

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

function look(mark) {
  const flags = ["hollow", "bold"].filter((name) => mark[name]);
  const colour = mark.colour == null ? "ink" : `c${mark.colour}`;
  return [mark.kind, colour, mark.shape, ...flags].filter(Boolean).map((name) => `lab-${name}`).join(" ");
}

function stroke(group, mark) {
  if (mark.stroke) put(group, "stroke-width", mark.stroke);
  if (mark.kind === "line") put(group, "stroke-dasharray", DASHES[mark.colour] ?? "");
}

function legend(mark) {
  if (mark.kind === "heatmap") {
    const colours = new Uint8Array(mark.colours.buffer, mark.colours.byteOffset, 768);
    const stops = [0, 64, 128, 192, 255].map((k) => `rgb(${colours.slice(3 * k, 3 * k + 3).join()})`);
    const bar = make("span", { class: "lab-bar" });
    bar.style.background = `linear-gradient(to right, ${stops.join()})`;
    return make("span", { class: "lab-key" }, mark.label, " ", mark.ends[0], bar, mark.ends[1]);
  }
  const sample = make("svg", { width: 26, height: 12, "aria-hidden": "true" });
  const group = make("g", { class: look(mark) });
  const small = { ...mark, size: 9, shrink: 0, width: 12, stroke: 2 };
  const rows = { line: [[0, 26], [6, 6]], arrows: [[0], [6], [26], [6]], bars: [[13], [2]] }[mark.kind];
  DRAW[mark.kind](group, small, rows ?? [[13], [6]], (x, y) => [x, y], 11);
  stroke(group, small);
  sample.append(group);
  return make("span", { class: "lab-key" }, sample, mark.label);
}

function makePanel(panel, id) {
  const caption = make("figcaption", {}, make("strong", {}, panel.title));
  const svg = make("svg", { role: "img", "aria-label": `${panel.title}. ${panel.alt}` });
  const clip = make("rect");
  const [grid, inside] = [make("g", { class: "lab-grid" }), make("g")];
  const plot = make("div", { class: "lab-plot" });
  inside.setAttribute("clip-path", `url(#${id})`);
  svg.append(make("clipPath", { id }, clip), grid);
  const layers = panel.marks.map((mark) => {
    if (mark.label) caption.append(legend(mark));
    if (mark.kind === "heatmap") {
      const canvas = make("canvas", { "aria-hidden": "true", class: mark.smooth ? "" : "lab-pixels" });
      plot.append(canvas);
      return canvas;
    }
    const group = make("g", { class: look(mark) });
    stroke(group, mark);
    inside.append(group);
    return group;
  });
  svg.append(inside);
  plot.append(svg);
  const element = make("figure", { class: "lab-panel" }, caption, plot);
  element.style.flexBasis = `${panel.size[0] * 0.75}px`;
  element.style.maxWidth = `${panel.size[0] * 1.4}px`;

  function draw(frame, limits) {
    const width = plot.clientWidth;
    if (!width) return; // not on the screen: the observer calls again when it is
    const [nominal, tall] = panel.size;
    const turned = panel.turn && width < 0.75 * nominal;
    const aspect = tall / nominal;
    const height = Math.round(turned ? 0.85 * nominal : Math.max(170, Math.min(width * aspect, 1.2 * tall)));
    const [x0, x1, y0, y1] = limits;
    const outer = panel.axes ? [52, panel.ylabel ? 24 : 8, 14, panel.xlabel ? 42 : 24] : [2, 2, 2, 2];
    const [left, top] = outer;
    const [right, bottom] = [width - outer[2], height - outer[3]];
    let at;
    if (turned) {
      const [across, down] = [scale(y0, y1, right, left), scale(x0, x1, top, bottom)];
      at = (x, y) => [across(y), down(x)];
    } else {
      const [across, up] = [scale(x0, x1, left, right, panel.xlog), scale(y0, y1, bottom, top, panel.ylog)];
      at = (x, y) => [across(x), up(y)];
    }
    put(svg, "viewBox", `0 0 ${width} ${height}`);
    put(svg, "width", width);
    put(svg, "height", height);
    for (const [key, v] of Object.entries({ x: left, y: top, width: right - left, height: bottom - top })) put(clip, key, v);
    if (panel.axes) axes(at, [left, right, top, bottom], limits, [width, height]);
    const foot = Math.max(top, Math.min(bottom, at(x0, panel.ylog ? y0 : 0)[1]));
    panel.marks.forEach((mark, i) => {
      const data = mark.data ?? frame.marks[mark.name];
      const rows = unpack(data);
      if (mark.kind === "heatmap") {
        const box = { left, top, width: right - left, height: bottom - top };
        for (const [key, v] of Object.entries(box)) layers[i].style[key] = `${v}px`;
        paint(layers[i], mark, rows);
      } else {
        DRAW[mark.kind](layers[i], mark, rows, at, foot, data.strings);
      }
    });
  }

  const map = panel.marks.some((mark) => mark.kind === "heatmap");

  function axes(at, [left, right, top, bottom], [x0, x1, y0, y1], [width, height]) {
    const most = (length, room) => Math.max(2, Math.floor(length / room));
    const named = panel.ticks?.map((name, i) => [i, name]);
    const xs = named ?? (panel.xlog ? logTicks : linearTicks)(x0, x1, most(right - left, 65));
    const ys = (panel.ylog ? logTicks : linearTicks)(y0, y1, most(bottom - top, 40));
    const lines = map ? "" : [ // a grid would cut the map up
      ...(named ? [] : xs.map(([v]) => `M${at(v, y0)[0]} ${top}V${bottom}`)),
      ...ys.map(([v]) => `M${left} ${at(x0, v)[1]}H${right}`),
    ].join("");
    const words = [
      ...xs.map(([v, string]) => [at(v, y0)[0], bottom + 15, string, "middle"]),
      ...ys.map(([v, string]) => [left - 6, at(x0, v)[1] + 4, string, "end"]),
      [(left + right) / 2, height - 6, panel.xlabel, "middle"],
      [4, 13, panel.ylabel, "start"],
    ];
    if (!grid.firstChild) grid.append(make("path"), make("path", { class: "lab-frame" }), make("g"));
    put(grid.children[0], "d", lines);
    put(grid.children[1], "d", `M${left} ${top}V${bottom}H${right}`);
    pool(grid.children[2], "text", words, (element, [x, y, string, anchor]) => {
      put(element, "x", x);
      put(element, "y", y);
      put(element, "text-anchor", anchor);
      say(element, string);
    });
  }

  return { element, draw };
}

function makeTable(table) {
  const head = make("tr", {}, ...table.columns.map((name) => make("th", { scope: "col" }, name)));
  const body = make("tbody");
  const caption = make("caption", {}, make("strong", {}, table.title));
  const whole = make("table", {}, caption, make("thead", {}, head), body);
  const element = make("div", { class: "lab-panel" }, whole);
  element.style.flexBasis = `${table.size[0] * 0.75}px`;
  element.style.maxWidth = `${table.size[0] * 1.6}px`;
  const draw = (frame) =>
    pool(body, "tr", frame.tables[table.name], (row, cells) => {
      if (!row.firstChild) row.append(...cells.map((_, i) => make(i ? "td" : "th", i ? {} : { scope: "row" })));
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
    let presses = control.value;
    button.onclick = () => want((presses += 1));
    return { element: make("div", { class: "lab-control" }, button), show: (v) => (presses = v) };
  }
  if (control.kind === "choice") {
    const select = make("select", { id }, ...control.stops.map((stop) => make("option", {}, stop)));
    select.onchange = () => want(select.value);
    const element = make("div", { class: "lab-control" }, label, select);
    return { element, show: (value) => (select.value = value) };
  }
  const [input, output] = [make("input", { id, type: "range", min: 0, step: 1 }), make("output", { for: id, "aria-live": "off" })];
  input.max = control.stops.length - 1;
  input.dataset.lmSuppressShortcuts = "true"; // else JupyterLab takes the arrow keys
  const element = make("div", { class: "lab-control lab-slider" }, label, input, output);
  const nearest = (value) =>
    control.stops.reduce((best, stop, i, all) => (Math.abs(stop - value) < Math.abs(all[best] - value) ? i : best), 0);
  const write = (text) => {
    say(output, text);
    put(input, "aria-valuetext", text);
    buttons.forEach(([button, by]) => {
      const end = by < 0 ? 0 : control.stops.length - 1;
      put(button, "aria-disabled", Number(input.value) === end); // not `disabled`: focus would be lost
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

  function want(name, value) {
    wanted[name] = value;
    put(reading, "aria-busy", "true"); // a screen reader waits until the hand rests
    send();
  }

  function send() {
    if (waiting || !Object.keys(wanted).length) return;
    waiting = model.get("request") + 1;
    for (const [name, value] of Object.entries({ ...wanted, request: waiting })) model.set(name, value);
    wanted = {};
    model.save_changes();
    patience = setTimeout(
      () => say(reading, "Python has not answered for 10 seconds: if it is not busy, run the cell again."),
      10000,
    );
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
      if (!waiting && !(name in wanted)) controls[i].show(model.get(name), frame.shown[name] ?? "");
    });
    clearTimeout(settled);
    settled = setTimeout(() => put(reading, "aria-busy", "false"), 300);
  }

  const controls = spec.controls.map((control, i) => makeControl(control, `${id}-c${i}`, (v) => want(control.name, v)));
  const panels = spec.panels.map((panel, i) => (panel.columns ? makeTable(panel) : makePanel(panel, `${id}-p${i}`)));
  const reading = make("p", { class: "lab-reading", role: "status", "aria-live": "polite", "aria-atomic": "true" });
  const reset = make("button", { type: "button" }, "Reset");
  reset.onclick = () => spec.controls.forEach(({ name, value }) => want(name, value));
  const root = make(
    "div",
    { class: "lab", role: "group", "aria-labelledby": `${id}-title` },
    make("p", { class: "lab-title", id: `${id}-title` }, spec.title),
    ...(spec.predict ? [make("p", { class: "lab-predict" }, make("strong", {}, "Predict first. "), spec.predict)] : []),
    make("div", { class: "lab-controls" }, ...controls.map((c) => c.element), ...(controls.length ? [reset] : [])),
    reading,
    make("div", { class: "lab-panels" }, ...panels.map((p) => p.element)),
  );
  root.addEventListener("keydown", (event) => event.stopPropagation()); // the notebook has shortcuts too
  const watch = new ResizeObserver(() => (repaint ??= requestAnimationFrame(draw)));
  watch.observe(root);
  model.on("change:frame", answered);
  el.append(root);
  draw();
  return () => {
    model.off("change:frame", answered);
    watch.disconnect();
    cancelAnimationFrame(repaint);
    clearTimeout(patience);
    clearTimeout(settled);
  };
}

export default { render };
