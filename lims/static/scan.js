// Takes what a scanner or a hand types, keeps the focus where a scan belongs, and sends forms
// without leaving the page, so that no key is lost between two scans. The server alone reads codes.
(() => {
  "use strict";
  const SAME_AGAIN = 1500, SLOWEST = 110, FRAME_PAUSE = 2000, SPLIT_PAUSE = 400, BURST_GAP = 40, BURST_LENGTH = 8, WAIT = 10000, FILE_WAIT = 180000;
  const settings = document.querySelector("meta[name=funis-scan]")?.dataset || {};
  const prefix = () => localStorage.getItem("funis-scan-prefix") ?? settings.prefix ?? "";
  const suffix = () => localStorage.getItem("funis-scan-suffix") ?? settings.suffix ?? "";
  const typing = (el) => el instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName);
  const scans = (el) => el instanceof HTMLElement && el.dataset.scan && el.dataset.scan !== "test";
  const isEnd = (event) => event.key === "Enter" || (event.key === "Tab" && !event.shiftKey);
  const isSign = (event) => event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;

  // Where the next scan goes: an empty field of the form in hand, a field that was refused or must
  // be typed again, a list; then any open form's; then the header.
  const target = (form) => {
    const fields = [...document.querySelectorAll("main .act[open] [data-scan], main [data-scan=step]")]
      .filter((el) => el.dataset.scan !== "test" && !el.disabled);
    const best = (some) => some.find((el) => !el.value) || some.find((el) => el.dataset.retry) ||
      some.find((el) => el.dataset.scan === "lines");
    return best(fields.filter((el) => el.form === form)) || best(fields) || document.querySelector("[data-scan=header]");
  };
  // A code that cannot be what a field asks for, and fits another of the same form, goes there.
  const fits = (field, raw) => new RegExp(field.dataset.pattern || "^", "i").test(raw.trim());
  const rather = (field, raw) => !fits(field, raw) && [...field.form.elements].find((el) =>
    scans(el) && el.dataset.pattern && fits(el, raw) && (!el.value || el.dataset.scan === "lines"));
  const focus = () => {
    if (typing(document.activeElement)) return;
    const first = [...document.querySelectorAll("main [autofocus]")].find((el) => !el.value);
    (first || target())?.focus({ preventScroll: true });
  };

  // ---- telling: sounds, vibration, notes ----
  const TUNES = { go: [[660, .09], [990, .16]], done: [[880, .1]], stop: [[220, .45], [180, .45]], already: [[520, .08], [520, .08]] };
  let audio = null;
  const tone = (word) => {
    navigator.vibrate?.({ go: 80, done: 40, already: [40, 60, 40] }[word] || [200, 100, 200]);
    if (localStorage.getItem("funis-mute") === "1" || !window.AudioContext) return;
    audio ??= new AudioContext();
    let at = audio.currentTime;
    for (const [pitch, length] of TUNES[word] || TUNES.stop) {
      const beep = audio.createOscillator();
      beep.frequency.value = pitch;
      beep.connect(audio.destination); beep.start(at); beep.stop(at + length);
      at += length + .05;
    }
  };
  const show = (name, on) => { const el = document.querySelector(`[${name}]`); if (el) el.hidden = !on; };
  // What a page says by itself; the words come with it, in the reader's language.
  const words = (name, values = {}) =>
    document.querySelector("[data-note]").dataset[name].replace(/\{(\w+)\}/g, (place, key) => values[key] ?? place);
  const note = (words, sound) => {
    const el = document.querySelector("[data-note]");
    document.querySelectorAll("main .told").forEach((old) => old.remove());
    if (el) { el.textContent = words; el.className = `told told-${sound}`; el.hidden = false; }
    tone(sound);
  };
  const clock = () => new Date().toLocaleTimeString(document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang);

  // ---- sending without leaving the page ----
  let busy = false;
  const queue = [];
  // A task's row leads to its form: it is open, and the scan goes there.
  const openTask = () => {
    const form = location.hash.length > 1 && document.querySelector(`details[data-task="${CSS.escape(location.hash.slice(1))}"]`);
    if (form) { form.closest(".more")?.setAttribute("open", ""); form.open = true; form.scrollIntoView({ block: "nearest" }); }
    return form?.open ? form : null;
  };
  // The first empty entry of a form that was just opened.
  const startOn = (form) => {
    const first = form && [...form.querySelectorAll("input:not([type=hidden]):not([type=radio]), textarea, select")].find((el) => !el.value);
    first?.focus({ preventScroll: true });
    return first;
  };
  const arrived = () => {
    show("data-lost", !document.hasFocus());
    const task = openTask();
    mute();
    const begun = typed.field && typed.field === document.activeElement; // a scan is under way: it stays where it is
    if (!begun && !startOn(task)) focus();
    const sound = document.querySelector("[data-sound]")?.dataset.sound;
    if (sound) tone(sound);
    document.dispatchEvent(new Event("funis:arrived"));
  };
  // The page knew what may be chosen; a refused form alone does not.
  const keepChoices = (panel, again) => panel.querySelectorAll("select").forEach((choice) => {
    const bare = [...again.querySelectorAll("input:not([type=hidden])")].find((el) => el.name === choice.name);
    if (!bare) return;
    const kept = choice.cloneNode(true);
    bare.replaceWith(kept);
    kept.value = bare.value;
  });
  const keepFiles = (panel, again) => {
    const chosen = [...panel.querySelectorAll("input[type=file]")];
    again.querySelectorAll("input[type=file]").forEach((entry, n) => { if (chosen[n]?.files.length) entry.files = chosen[n].files; });
  };
  const put = async (answer, form, get, last) => {
    const told = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!told.querySelector("main")) throw new Error("not one of our pages");
    const panel = form?.closest("details.act"), again = told.querySelector("main details.act");
    const seen = told.querySelector("[data-looked]"); // what would come of a form that is still to be sent
    panel?.querySelector("[data-looked]")?.remove();
    if (seen && panel) {
      panel.querySelector(".against")?.remove();
      panel.append(document.adoptNode(seen));
      seen.focus();
    } else if (answer.status >= 400 && panel && again) {
      keepChoices(panel, again);
      panel.replaceWith(document.adoptNode(again)); // the refused form, with what was entered
      keepFiles(panel, again);
      document.querySelectorAll(".told").forEach((el) => el.remove());
      const against = again.querySelector(".against");
      const wrong = again.querySelector(".wrong input:not([type=hidden]), .wrong select, .wrong textarea");
      (wrong || (last && again.querySelector(`[data-scan][name="${CSS.escape(last)}"]`)) || against)?.focus({ preventScroll: true }); // the first wrong entry, or what was scanned last
      against?.scrollIntoView({ block: "nearest" });
    } else {
      document.title = told.title;
      document.documentElement.lang = told.documentElement.lang;
      document.body.replaceWith(document.adoptNode(told.body));
      if ((get || answer.redirected) && answer.url !== location.href) { history.pushState({}, "", answer.url); page = pageNow(); }
      window.scrollTo(0, 0);
    }
  };
  const offline = (said) => {
    const told = document.querySelector("[data-offline]");
    if (told) told.querySelector("span").textContent = said || told.dataset.offline;
    show("data-offline", true);
  };
  // What the server says of its trouble; what was entered stays on the page.
  const trouble = async (answer) =>
    new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".refusal h1")?.textContent.trim();
  const locked = (answer) => answer.headers.get("Funis-Locked") || (answer.redirected && new URL(answer.url).pathname === document.querySelector("[data-lock-other]")?.dataset.lockOther);
  const send = async (form, button) => {
    if (busy) return;
    busy = true;
    show("data-note", false);
    form.setAttribute("aria-busy", "true");
    const last = scans(document.activeElement) ? document.activeElement.name : "";
    const data = new FormData(form, button);
    const get = form.method === "get";
    const place = new URL(form.getAttribute("action") || location.href, location.href);
    if (get) place.search = new URLSearchParams(data).toString();
    try {
      const answer = await fetch(place, {
        method: get ? "GET" : "POST",
        body: get ? null : form.enctype === "multipart/form-data" ? data : new URLSearchParams(data),  // a file goes as it is
        credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout(form.enctype === "multipart/form-data" ? FILE_WAIT : WAIT),
      });
      // Whoever it was is asked for on top of the page; then the very same form is sent.
      if (locked(answer) && window.funisLock?.cover(() => send(form, button))) {
        busy = false;
        form.removeAttribute("aria-busy");
        return;
      }
      if (answer.status >= 500) throw Object.assign(new Error("no answer"), { said: await trouble(answer) });
      await put(answer, form, get, last);
      show("data-offline", false);
      busy = false;
      arrived();
      drain();
    } catch (error) {
      // Nothing is known of what the server did: no verdict, no "done"; a retry has the same key.
      busy = false;
      queue.length = 0;
      form.removeAttribute("aria-busy");
      offline(error.said);
      tone("stop");
    }
  };

  // ---- one code, from wherever it came ----
  const drain = () => { while (!busy && queue.length) { const next = queue.shift(); deliver(next.raw, next.how); } };
  let latest = { raw: "", at: 0 };
  const forget = (field) => {
    delete field.dataset.done;
    if (field.dataset.scan !== "lines" || !field.value.trim()) unecho(field);
    [...field.form.elements].filter((el) => el.name === `_how.${field.name}`).forEach((el) => el.remove());
  };
  // What somebody has entered in an open form and not sent yet.
  const unsent = () => [...document.querySelectorAll("main .act[open] form, main form.act-form")].some((form) =>
    [...form.elements].some((el) => typing(el) && el.type !== "hidden" && !el.name.startsWith("_") && el.tagName !== "SELECT" &&
      (el.type === "radio" ? el.checked !== el.defaultChecked : el.value !== el.defaultValue)));
  const remember = (field, how) => {
    const name = `_how.${field.name}`;
    let kept = [...field.form.elements].find((el) => el.name === name);
    if (!kept) {
      kept = document.createElement("input");
      kept.type = "hidden"; kept.name = name;
      field.form.append(kept);
    }
    kept.value = JSON.stringify(how);
    const typed = how.via === "hand" || (how.via === "keys" && !how.framed && how.ms > SLOWEST * field.value.length);
    if (typed) askWhy(field); else unask(field);
  };
  // What is typed was not scanned, for a reason that somebody can do something about. It is asked
  // when the entry ends by a key, never on a click: a page that grows then moves the button away.
  const asking = (field) => [...field.form.elements].find((el) => el.name === `_why.${field.name}`);
  const askWhy = (field) => {
    const asked = document.querySelector("[data-why-typed]");
    if (!asked || asking(field) || !field.closest(".box")) return;
    const choice = asked.content.firstElementChild.cloneNode(true);
    choice.name = `_why.${field.name}`;
    field.closest(".box").append(choice);
  };
  const unask = (field) => asking(field)?.remove();
  const deliver = (raw, how, form) => {
    if (busy) { queue.push({ raw, how }); return; }
    const active = document.activeElement;
    const takes = scans(active) && (active.dataset.scan === "lines" || !active.value || active.value === raw || active.dataset.done);
    const asked = takes ? active : target(form);
    if (!asked) return;
    const field = rather(asked, raw) || asked;
    if (field !== asked && asked.value === raw) asked.value = "";
    const now = Date.now();
    if (raw === latest.raw && now - latest.at < SAME_AGAIN) { // one pull of the trigger, read twice
      if (scans(active) && active.dataset.scan !== "lines" && active.value === raw && !active.dataset.done) active.value = "";
      note(words("scannedAlready", { when: clock(), code: raw }), "already");
      return;
    }
    latest = { raw, at: now };
    if (field.dataset.scan === "lines") { addLine(field, raw, how); return; }
    if (field.dataset.scan === "header" && unsent()) {
      field.value = "";
      note(words("finishFirst"), "stop");
      return;
    }
    field.value = raw;
    if (field.dataset.scan === "header") { send(field.form); return; }
    remember(field, how);
    field.dataset.done = "yes";
    echo(field, raw);
    if (field.dataset.retry) { // scanned after all: it need not be typed a second time
      const again = field.form.elements[`${field.name}_again`];
      if (again) { again.value = ""; again.required = false; }
    }
    onwards(field);
  };
  const addLine = (field, raw, how) => {
    const lines = field.value.split("\n").map((line) => line.trim()).filter(Boolean);
    if (lines.includes(raw)) { note(words("listedAlready", { code: raw }), "already"); return; }
    field.value = [...lines, raw, ""].join("\n");
    const earlier = field.dataset.how ? JSON.parse(field.dataset.how) : { via: "keys", ms: 0 };
    const sum = { ...how, via: earlier.via === "hand" ? "hand" : how.via, ms: (earlier.ms || 0) + (how.ms || 0) };
    field.dataset.how = JSON.stringify(sum);
    remember(field, sum);
    echo(field, raw);
    tone("done");
  };
  // What it is, how it stands and what is wrong with it, while the form is still open.
  const echo = async (field, raw) => {
    const act = field.form.dataset.act, box = field.closest(".box");
    if (!act || !box) return;
    const lines = field.dataset.scan === "lines";
    if (!lines) unecho(field);
    const asked = new URLSearchParams({ act, field: field.name, code: raw });
    try {
      const answer = await fetch(`${settings.echo}?${asked}`, { credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout(WAIT) });
      if (answer.status !== 200 || answer.redirected || !field.isConnected || !field.value.includes(raw)) return;
      const told = new DOMParser().parseFromString(await answer.text(), "text/html").body;
      const place = document.createElement("div");
      place.className = "echo"; place.setAttribute("role", "status");
      place.append(...told.childNodes);
      if (!lines) unecho(field);
      box.append(place);
      if (place.querySelector(".echo-wrong, .standing-danger")) tone("stop");
    } catch { /* no answer: nothing is known of it, and sending the form will tell */ }
  };
  const unecho = (field) => field.closest(".box")?.querySelectorAll(".echo").forEach((old) => old.remove());
  // The scan is the tick: on to the next empty field, or the form is sent.
  const onwards = (field) => {
    const fields = [...field.form.elements].filter((el) => typing(el) && el.type !== "hidden" && el.type !== "radio");
    const next = fields.find((el) => el !== field && !el.value && el.required);
    if (next) { next.focus(); tone("done"); } else send(field.form);
  };

  // ---- keys: a small machine with three states ----
  // plain: keys go where they are typed, Enter or Tab ends a scan. framed: between prefix and
  // suffix every key is the scan's, whatever has the focus. waiting: keys during a request.
  let framed = null, pending = null, matched = 0, typed = { field: null, first: 0, last: 0, at: "", keys: 0 };
  let burst = { el: null, keys: [] }, alt = "", pause = 0;
  // When the key was pressed, as the machine says it: a page that hangs makes no scan a typing.
  let pressed = 0;
  const now = () => pressed;
  const begin = () => ({ text: "", first: now(), last: now(), at: new Date().toISOString() });
  const how = (read, isFramed) => ({ via: "keys", ms: Math.round(read.last - read.first), framed: isFramed, at: read.at });
  const insert = (field, sign) => { field.setRangeText(sign, field.selectionStart, field.selectionEnd, "end"); typed.last = now(); typed.keys += 1; };
  // The sign of a key; scanners send the group separator as Ctrl+].
  const signOf = (event) => event.ctrlKey && event.key === "]" ? "\u001d" : isSign(event) ? event.key : "";
  const add = (read, sign) => { read.text += sign; read.last = now(); };

  const inFrame = (event) => {
    const end = suffix();
    clearTimeout(pause);
    if (end ? event.key === end : isEnd(event)) {
      const read = framed;
      framed = null;
      deliver(read.text, how(read, true));
      return;
    }
    if (signOf(event)) add(framed, signOf(event));
    pause = setTimeout(() => { framed = null; note(words("brokenOff"), "stop"); }, FRAME_PAUSE);
  };
  // Keys during a request, and the rest of a scan that the answer came in the middle of.
  const waiting = (event) => {
    clearTimeout(pause);
    if (isEnd(event)) {
      const read = pending;
      pending = null;
      if (read?.text) deliver(read.text, how(read, false));
      return;
    }
    if (signOf(event)) add(pending ??= begin(), signOf(event));
    pause = setTimeout(() => { // no scan: somebody typed; it goes where the focus is
      const field = document.activeElement, text = pending?.text;
      pending = null;
      if (text && typing(field) && field.setRangeText && !busy) insert(field, text);
    }, SPLIT_PAUSE);
  };
  // A scan that a scanner typed into another field goes where scans belong; what was there stays.
  const strayed = (event) => {
    const el = event.target;
    if (isSign(event)) {
      if (burst.el !== el || now() - burst.keys.at(-1).at > SPLIT_PAUSE) burst = { el, keys: [] };
      burst.keys.push({ sign: event.key, at: now(), before: el.value });
      return;
    }
    if (!isEnd(event) || burst.el !== el || el.type === "password" || now() - burst.keys.at(-1).at > 200) return;
    const keys = burst.keys.slice(scanBegins(burst.keys));
    if (keys.length < BURST_LENGTH) return;
    event.preventDefault();
    el.value = keys[0].before;
    const form = el.form;
    el.blur();
    const read = { first: keys[0].at, last: keys.at(-1).at, at: new Date().toISOString() };
    deliver(keys.map((key) => key.sign).join(""), how(read, false), form);
  };
  // Back from the end while the keys are quick; one slow gap between quick keys is a hiccup.
  const scanBegins = (keys) => {
    const quick = (i) => keys[i].at - keys[i - 1].at <= BURST_GAP;
    let i = keys.length - 1;
    while (i > 0 && (quick(i) || (i > 1 ? quick(i - 1) : !keys[0].before))) i -= 1;
    return i;
  };
  // A person or a scanner in a scan field: pace and number of keys tell which.
  const inField = (event, field) => {
    const sign = signOf(event);
    if (sign === "\u001d") { event.preventDefault(); insert(field, sign); return; }
    if (sign || event.key === "Unidentified" || event.isComposing) {
      if (field.dataset.done) { field.select(); forget(field); typed.field = null; } // the next code replaces it
      const lines = field.dataset.scan === "lines";
      if (typed.field !== field || !field.value || (lines && /\n$/.test(field.value))) typed = { field, ...begin(), keys: 0 };
      typed.last = now(); typed.keys += 1;
      return;
    }
    if (!isEnd(event) || event.isComposing) return;
    const lines = field.dataset.scan === "lines";
    const raw = lines ? field.value.split("\n").pop() : field.value;
    if (!raw.trim()) { if (event.key === "Enter") event.preventDefault(); return; }
    const asItWas = field.dataset.done || field.value === field.defaultValue;
    if (event.key === "Tab" && typed.field !== field && asItWas) return; // somebody walks on
    event.preventDefault();
    const read = readOf(field, raw);
    typed = { field: null, first: 0, last: 0, at: "", keys: 0 };
    if (lines) field.value = field.value.slice(0, -raw.length);
    deliver(raw, read);
  };
  // Pasted, filled in or changed: the keys do not account for the text, so a hand did it.
  const readOf = (field, raw) => typed.field === field && typed.keys >= raw.length - 2 ? how(typed, false) : { via: "hand" };

  document.addEventListener("keydown", (event) => {
    const field = event.target;
    pressed = event.timeStamp;
    if (document.querySelector("dialog[open]")) return; // the page is covered
    if (field instanceof HTMLElement && field.dataset.scan === "test") return;
    if (event.altKey && /^Numpad\d$/.test(event.code)) { event.preventDefault(); alt += event.code.slice(6); return; }
    if (framed) { event.preventDefault(); event.stopPropagation(); inFrame(event); return; }
    const front = prefix();
    if (front && isSign(event) && event.key === front[matched]) {
      event.preventDefault();
      matched += 1;
      // A prefix that is the symbology identifier's own sign belongs to what is read.
      if (matched === front.length) { matched = 0; framed = begin(); framed.text = front === "]" ? front : ""; }
      return;
    }
    if (matched) { // it only looked like a prefix: give the keys back
      const lost = front.slice(0, matched);
      matched = 0;
      if (typing(field) && field.setRangeText) insert(field, lost);
    }
    if (busy || pending) { event.preventDefault(); waiting(event); return; }
    if (event.key === "Escape") { document.querySelectorAll("main .act[open] form, main form").forEach((form) => form.reset()); show("data-note", false); focus(); return; }
    if (!scans(field)) {
      if (typing(field)) { strayed(event); return; }
      if (!isSign(event)) return;
      target()?.focus({ preventScroll: true }); // the key itself arrives there too
    }
    const here = document.activeElement;
    if (scans(here)) inField(event, here);
  }, true);
  document.addEventListener("keyup", (event) => {
    if (event.key !== "Alt" || !alt) return;
    pressed = event.timeStamp;
    const sign = alt === "029" ? "\u001d" : "";
    alt = "";
    if (!sign) return;
    if (framed) add(framed, sign);
    else if (busy || pending) add(pending ??= begin(), sign);
    else if (scans(document.activeElement)) insert(document.activeElement, sign);
  }, true);
  document.addEventListener("input", (event) => { if (scans(event.target) && event.target.form) forget(event.target); });
  // A button, or Enter in a field that is no scan field.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.plain !== undefined) return;
    event.preventDefault();
    for (const field of form.elements) {
      if (!scans(field) || !field.value || !field.name || field.dataset.scan === "header") continue;
      const known = [...form.elements].some((el) => el.name === `_how.${field.name}`);
      if (!known) remember(field, readOf(field, field.value));
    }
    send(form, event.submitter);
  });

  // ---- focus, connection, mute ----
  const mute = () => {
    const button = document.querySelector("[data-mute]");
    if (!button) return;
    const silent = localStorage.getItem("funis-mute") === "1";
    button.setAttribute("aria-pressed", String(silent));
    button.classList.toggle("silent", silent);
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-mute]")) {
      localStorage.setItem("funis-mute", localStorage.getItem("funis-mute") === "1" ? "0" : "1");
      mute();
    }
    const opened = event.target.closest?.("details.act > summary")?.parentElement;
    if (event.detail) setTimeout(() => { if (!opened?.open || !startOn(opened)) focus(); }); // a click of the mouse; the keyboard's own way is left alone
  });
  document.addEventListener("focusout", () => setTimeout(() => { if (document.activeElement === document.body) focus(); }, 150));
  window.addEventListener("blur", () => show("data-lost", true));
  window.addEventListener("focus", () => { show("data-lost", false); focus(); });
  window.addEventListener("offline", () => offline());
  window.addEventListener("online", () => show("data-offline", false));
  // Back and forth between pages; a place on the same page is only looked at.
  const pageNow = () => location.pathname + location.search;
  let page = pageNow();
  window.addEventListener("popstate", () => { if (pageNow() !== page) location.reload(); });
  document.addEventListener("click", (event) => {
    const to = event.target.closest?.(".against a[href^='#']")?.getAttribute("href");
    const place = to?.length > 1 && document.getElementById(to.slice(1));
    if (!place) return;
    event.preventDefault();
    place.scrollIntoView({ block: "center" });
    const entry = typing(place) ? place : place.querySelector("input:not([type=hidden]), select, textarea");
    (entry || place).focus({ preventScroll: true });
  });
  document.addEventListener("click", (event) => document.querySelectorAll(".menu-group[open]").forEach((group) => {
    if (!group.contains(event.target)) group.open = false;
  }));
  document.addEventListener("DOMContentLoaded", arrived);
  window.funis = { deliver, note, words };
})();
