// The face of an interview. Python sends a `view`, which says all that is on the screen; what the
// reader does goes back as a message. A page is built once for each question and stage; a verdict,
// ticks and marks only change what stands there, so that the focus never jumps.

let faces = 0; // for ids that no other interview on the page has

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "html") element.innerHTML = value; // ours: Python escapes what it is made of
    else if (key.startsWith("on")) element[key] = value;
    else if (value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function clock(seconds) {
  const whole = Math.floor(Math.round(10 * seconds) / 10); // as report.clocked
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** Have JupyterLab or Notebook typeset formulas; elsewhere they stay as typed text. */
function typeset(model, root) {
  const typesetter = model.widget_manager?.rendermime?.latexTypesetter;
  for (const span of typesetter ? root.querySelectorAll(".iv-math") : []) {
    const plain = span.textContent;
    span.setAttribute("role", "img");
    span.setAttribute("aria-label", plain); // for screen readers: MathJax only draws
    span.textContent = `\\(${span.dataset.tex}\\)`;
    setTimeout(() => {
      if (!span.querySelector("mjx-container")) say(span, plain);
      else if (span.scrollWidth > span.clientWidth + 1) span.tabIndex = 0; // to scroll by keyboard
    }, 3000);
    typesetter.typeset(span);
  }
}

/** Have JupyterLab or Notebook open a notebook that a report links to. */
function handleLinks(model, root) {
  const { resolver, linkHandler } = model.widget_manager?.rendermime ?? {};
  for (const anchor of resolver ? root.querySelectorAll("a[href$='.ipynb']") : []) {
    const opened = resolver.resolveUrl(anchor.getAttribute("href")).then((path) => {
      linkHandler?.handleLink(anchor, decodeURIComponent(path));
      return resolver.getDownloadUrl(path);
    });
    opened.then((url) => { anchor.href = url; }).catch(() => {});
  }
}

/** A new line begins as far in as the one before, and further after a colon; Tab goes on. */
function indent(event) {
  if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const area = event.target;
  const line = area.value.slice(0, area.selectionStart).split("\n").pop();
  const space = /^ */.exec(line)[0] + (/:\s*(#.*)?$/.test(line) ? "    " : "");
  event.preventDefault();
  area.setRangeText(`\n${space}`, area.selectionStart, area.selectionEnd, "end");
}

function render({ model, el }) {
  const id = `iv-${Date.now().toString(36)}-${(faces += 1)}`;
  let shown = ""; // which page stands there
  let waiting = false; // for Python's answer to what was done here
  let mine = false; // the next page comes of what was done here, so it gets the focus
  let pending = 0; // ticks and marks that Python hasn't answered: older ones would undo newer
  let asked = 0; // when the view came, for the clock
  let patience, slow;

  const heading = make("h2", { class: "iv-heading", id: `${id}-heading` });
  const timer = make("p", { class: "iv-clock", role: "timer", "aria-live": "off", "aria-label": "clock" });
  const body = make("div", { class: "iv-body" });
  const status = make("div", { class: "iv-said", role: "status", "aria-live": "polite" });
  const foot = make("div", { class: "iv-foot" });
  const root = make("section", { class: "interview", "aria-labelledby": heading.id });
  root.append(make("div", { class: "iv-top" }, heading, timer), body, status, foot);

  function send(what, more = {}) {
    const stays = ["look", "tick", "mark"].includes(what); // on the page that is shown
    if (waiting && !stays) return; // a second click
    if (!stays) waiting = mine = true;
    else if (what !== "look") pending += 1;
    model.send({ do: what, place: model.get("view").place, ...more });
    clearTimeout(patience);
    clearTimeout(slow);
    if (what === "answer") slow = setTimeout(() => say(status, "Judging …"), 300);
    const told = "Python has not answered for 10 seconds: if it is not busy, run the cell again.";
    patience = setTimeout(() => { waiting = false; say(status, told); }, 10000);
  }

  const button = (text, act, kind = "") => make("button", { type: "button", class: kind, onclick: act }, text);

  function tick() {
    const view = model.get("view");
    if (!("total" in view)) return say(timer, "");
    const gone = view.running ? (performance.now() - asked) / 1000 : 0;
    const over = view.seconds + gone > view.limit ? ", over" : "";
    const item = `${clock(view.seconds + gone)} of ${clock(view.limit)}${over}`;
    say(timer, `${item} · in all ${clock(view.total + gone)} of ${clock(view.whole)}`);
  }

  // --- the pages -------------------------------------------------------------------------------

  function start(view) {
    const { minutes, level, chapters } = view.form;
    const select = (name, text, [chosen, options], write) => {
      const field = make("select", { id: `${id}-${name}` });
      for (const option of options) {
        const [value, label] = write(option);
        field.append(make("option", { value, selected: value === chosen }, label));
      }
      return [field, make("p", { class: "iv-field" }, make("label", { for: field.id }, text), field)];
    };
    const form = make("form", { onsubmit: (event) => event.preventDefault() });
    const chosen = {};
    if (minutes) {
      const [field, row] = select("minutes", "Minutes", minutes, (m) => [m, String(m)]);
      chosen.minutes = () => Number(field.value);
      form.append(row);
    }
    if (level) {
      const [field, row] = select("level", "Level", level, (option) => option);
      chosen.level = () => Number(field.value);
      form.append(row);
    }
    if (chapters) {
      const [on, all] = chapters;
      const boxes = all.map(([value]) => make("input", { type: "checkbox", value, checked: on.includes(value) }));
      const labels = all.map(([, text], i) => make("label", {}, boxes[i], ` ${text}`));
      const legend = make("legend", {}, "Chapters; none ticked means all");
      chosen.chapters = () => boxes.filter((box) => box.checked).map((box) => box.value);
      const tell = () => (chosen.chapters().length ? `${chosen.chapters().length} of ${all.length}` : "all");
      const summary = make("summary", {}, `Chapters: ${tell()}`);
      const group = make("fieldset", { class: "iv-chapters" }, legend, ...labels);
      group.onchange = () => say(summary, `Chapters: ${tell()}`);
      form.append(make("details", { open: on.length > 0 }, summary, group));
    }
    const values = () => Object.fromEntries(Object.entries(chosen).map(([name, get]) => [name, get()]));
    body.replaceChildren(make("p", {}, view.intro), form);
    foot.replaceChildren(button("Start", () => send("start", values()), "iv-main"));
    return foot.firstChild;
  }

  function question(view) {
    const about = make("p", { class: "iv-about" }, view.about);
    const text = make("div", { class: "iv-question", id: `${id}-question`, html: view.question });
    const head = make("h3", {}, view.head);
    const parts = [head, about, text];
    if (view.broken) parts.push(make("pre", { tabindex: 0, "aria-label": "The code to repair" }, view.broken));
    return parts;
  }

  function ask(view) {
    const form = make("form", { class: "iv-form" });
    const typed = { spellcheck: "false", autocomplete: "off", "aria-describedby": `${id}-question` };
    let read, first;
    if (view.way === "number") {
      const fields = view.lines.map((name, i) => {
        const field = make("input", { type: "text", id: `${id}-line${i}`, ...typed });
        const last = i === view.lines.length - 1;
        const label = make("label", { for: field.id }, last && i && !view.every ? `${name} (the answer)` : name);
        form.append(make("p", { class: "iv-field" }, label, field));
        return field;
      });
      form.prepend(make("p", { class: "iv-note" }, view.note));
      read = () => Object.fromEntries(view.lines.map((name, i) => [name, fields[i].value]));
      first = fields[0];
    } else {
      const code = view.way === "code";
      const label = code ? "Your code" : "Your answer, typed or said aloud";
      const field = make("textarea", { id: `${id}-answer`, rows: code ? 12 : 5, class: code ? "iv-code" : "", ...typed });
      if (code) {
        field.value = view.code;
        field.addEventListener("keydown", indent);
      } else field.setAttribute("spellcheck", "true");
      form.append(make("label", { for: field.id }, label), field);
      read = () => field.value;
      first = field;
    }
    const submit = make("button", { type: "submit", class: "iv-main" }, view.way === "talk" ? "Show the answer" : "Judge it");
    const lost = button("I don’t know", () => send("give up"));
    form.append(make("p", { class: "iv-buttons" }, submit, lost));
    form.onsubmit = (event) => {
      event.preventDefault();
      send("answer", { typed: read() });
    };
    form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
    body.replaceChildren(...question(view), form);
    foot.replaceChildren(button(`End the ${view.name}`, () => send("end", { typed: read() })));
    return first;
  }

  function points(view) {
    const group = make("fieldset", { class: "iv-points" }, make("legend", {}, "Which of these did you say?"));
    view.rubric.forEach((point, i) => {
      const box = make("input", { type: "checkbox", id: `${id}-point${i}`, value: i });
      group.append(make("p", { class: "iv-tick" }, box, make("label", { for: box.id, html: point })));
    });
    group.onchange = () => send("tick", {
      points: [...group.querySelectorAll("input:checked")].map((box) => Number(box.value)),
    });
    return group;
  }

  function answer(view) {
    const title = make("h4", { tabindex: -1 }, view.way === "talk" ? "In 15 seconds" : "Solution");
    const parts = [title];
    if (view.wrote && view.way === "code") {
      const code = make("pre", { tabindex: 0, "aria-label": "What you wrote" }, view.wrote);
      parts.unshift(make("p", {}, "You wrote:"), code);
    } else if (view.wrote) parts.unshift(make("p", { class: "iv-wrote" }, `You wrote: ${view.wrote}`));
    if (view.way === "talk") {
      parts.push(make("p", { class: "iv-short", html: view.short }));
      parts.push(make("h4", {}, "The fuller answer"), make("div", { html: view.full }));
      parts.push(make("h4", {}, "Commonly said, and wrong"), make("div", { html: view.wrong }));
      if (view.given_up) {
        const points = view.rubric.map((point) => make("li", { html: point }));
        parts.push(make("h4", {}, "What is listened for"), make("ul", {}, ...points));
      } else parts.push(points(view));
    } else {
      const looks = view.way === "number" ? "iv-worked" : "";
      parts.push(make("pre", { class: looks, tabindex: 0, "aria-label": "Solution" }, view.solution));
    }
    const marks = make("fieldset", { class: "iv-marks" }, make("legend", {}, "Mark: when it comes again"));
    for (const [mark, name, when] of view.marks) {
      const radio = make("input", { type: "radio", name: `${id}-mark`, id: `${id}-${mark}`, value: mark });
      radio.onchange = () => send("mark", { mark });
      const label = make("label", { for: radio.id }, when ? `${name}: ${when}` : name);
      marks.append(make("p", { class: "iv-tick" }, radio, label));
    }
    body.replaceChildren(...question(view), ...parts, marks);
    const next = button(view.last ? "To the report" : "Next question", () => send("next"), "iv-main");
    foot.replaceChildren(next, ...(view.last ? [] : [button(`End the ${view.name}`, () => send("end"))]));
    return title;
  }

  function end(view) {
    const title = make("h3", { tabindex: -1 }, view.ending);
    body.replaceChildren(title, make("div", { class: "iv-report", html: view.report }));
    foot.replaceChildren(button("Once more", () => send("again")));
    handleLinks(model, body);
    return title;
  }

  // --- a view has come -------------------------------------------------------------------------

  function draw() {
    const view = model.get("view");
    const page = `${view.stage} ${view.place ?? ""}`;
    clearTimeout(patience);
    clearTimeout(slow);
    asked = performance.now();
    say(heading, view.heading);
    pending = page === shown ? Math.max(0, pending - 1) : 0;
    if (page !== shown) {
      const first = { start, asked: ask, answered: answer, end }[view.stage](view);
      typeset(model, body);
      if (mine) first.focus();
      shown = page;
      mine = false;
    }
    if (view.stage === "answered" && !pending) {
      for (const radio of body.querySelectorAll(".iv-marks input")) radio.checked = radio.value === view.mark;
      for (const box of body.querySelectorAll(".iv-points input")) box.checked = view.points.includes(Number(box.value));
    }
    for (const control of root.querySelectorAll("input, select, textarea, button, summary, pre")) {
      control.dataset.lmSuppressShortcuts = "true"; // else JupyterLab takes arrows, Enter and letters
    }
    status.classList.toggle("iv-code", view.way === "code");
    say(status, [view.said, view.news].filter(Boolean).join("\n"));
    waiting = false;
    tick();
  }

  for (const kind of ["keydown", "keyup", "keypress"]) {
    root.addEventListener(kind, (event) => event.stopPropagation()); // Notebook's shortcuts
  }
  const second = setInterval(tick, 1000);
  model.on("change:view", draw);
  el.append(root);
  draw();
  send("look");
  return () => {
    model.off("change:view", draw);
    [second, patience, slow].forEach((timer) => clearTimeout(timer));
  };
}

export default { render };
