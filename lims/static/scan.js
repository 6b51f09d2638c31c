// Takes what a scanner or a hand types, keeps the focus where a scan belongs, and sends forms
// without leaving the page, so that no key is lost between two scans. The server alone reads codes.
(() => {
  "use strict";
  const SAME_AGAIN = 1500, FRAME_PAUSE = 2000, BURST_GAP = 40, BURST_LENGTH = 8, WAIT = 10000;
  const settings = document.querySelector("meta[name=funis-scan]")?.dataset || {};
  const prefix = () => localStorage.getItem("funis-scan-prefix") ?? settings.prefix ?? "";
  const suffix = () => localStorage.getItem("funis-scan-suffix") ?? settings.suffix ?? "";
  const typing = (el) => el instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName);
  const scans = (el) => el instanceof HTMLElement && el.dataset.scan && el.dataset.scan !== "test";
  const isEnd = (event) => event.key === "Enter" || (event.key === "Tab" && !event.shiftKey);
  const isSign = (event) => event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;

  // Where the next scan goes: an open form's empty field, then any field, then the header.
  const target = () => {
    const fields = [...document.querySelectorAll("main .act[open] [data-scan], main [data-scan=step]")]
      .filter((el) => el.dataset.scan !== "test" && !el.disabled);
    return fields.find((el) => !el.value) || fields.find((el) => el.dataset.scan === "lines") ||
      document.querySelector("[data-scan=header]");
  };
  const focus = () => { if (!typing(document.activeElement)) target()?.focus({ preventScroll: true }); };

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
  const note = (words, sound) => {
    const el = document.querySelector("[data-note]");
    if (el) { el.textContent = words; el.hidden = false; }
    tone(sound);
  };
  const clock = () => new Date().toLocaleTimeString("en-GB");

  // ---- sending without leaving the page ----
  let busy = false;
  const queue = [];
  const arrived = () => {
    show("data-lost", !document.hasFocus());
    mute(); focus();
    const sound = document.querySelector("[data-sound]")?.dataset.sound;
    if (sound) tone(sound);
    document.dispatchEvent(new Event("funis:arrived"));
  };
  const put = async (answer, form, get) => {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!page.querySelector("main")) throw new Error("not one of our pages");
    const panel = form?.closest("details.act"), again = page.querySelector("main details.act");
    if (answer.status >= 400 && panel && again) {
      panel.replaceWith(document.adoptNode(again)); // the refused form, with what was entered
      document.querySelectorAll(".told").forEach((el) => el.remove());
    } else {
      document.title = page.title;
      document.body.replaceWith(document.adoptNode(page.body));
      if ((get || answer.redirected) && answer.url !== location.href) history.pushState({}, "", answer.url);
      window.scrollTo(0, 0);
    }
  };
  const send = async (form, button) => {
    if (busy) return;
    busy = true;
    show("data-note", false);
    form.setAttribute("aria-busy", "true");
    const data = new FormData(form, button);
    const get = form.method === "get";
    const place = new URL(form.getAttribute("action") || location.href, location.href);
    if (get) place.search = new URLSearchParams(data).toString();
    try {
      const answer = await fetch(place, {
        method: get ? "GET" : "POST", body: get ? null : new URLSearchParams(data),
        credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout(WAIT),
      });
      if (answer.status >= 500) throw new Error("no answer");
      await put(answer, form, get);
      show("data-offline", false);
      busy = false;
      arrived();
      const next = queue.shift();
      if (next) deliver(next.raw, next.how);
    } catch {
      // Nothing is known of what the server did: no verdict, no "done"; a retry has the same key.
      busy = false;
      queue.length = 0;
      form.removeAttribute("aria-busy");
      show("data-offline", true);
      tone("stop");
    }
  };

  // ---- one code, from wherever it came ----
  let latest = { raw: "", at: 0, place: "" };
  const remember = (field, how) => {
    const name = `_how.${field.name}`;
    let kept = [...field.form.elements].find((el) => el.name === name);
    if (!kept) {
      kept = document.createElement("input");
      kept.type = "hidden"; kept.name = name;
      field.form.append(kept);
    }
    kept.value = JSON.stringify(how);
  };
  const deliver = (raw, how) => {
    if (busy) { queue.push({ raw, how }); return; }
    const active = document.activeElement;
    const field = scans(active) && (!active.value || active.value === raw) ? active : target();
    if (!field) return;
    const place = `${location.pathname} ${field.name}`, now = Date.now();
    if (raw === latest.raw && place === latest.place && now - latest.at < SAME_AGAIN) {
      if (field.dataset.scan !== "lines" && field.value === raw) field.value = "";
      note(`Already scanned at ${clock()}: ${raw}`, "already");
      return;
    }
    latest = { raw, at: now, place };
    if (field.dataset.scan === "lines") { addLine(field, raw, how); return; }
    field.value = raw;
    if (field.dataset.scan === "header") { send(field.form); return; }
    remember(field, how);
    onwards(field);
  };
  const addLine = (field, raw, how) => {
    const lines = field.value.split("\n").map((line) => line.trim()).filter(Boolean);
    if (lines.includes(raw)) { note(`Already in the list: ${raw}`, "already"); return; }
    field.value = [...lines, raw, ""].join("\n");
    const earlier = field.dataset.how ? JSON.parse(field.dataset.how) : { via: "keys", ms: 0 };
    const sum = { ...how, via: earlier.via === "hand" ? "hand" : how.via, ms: (earlier.ms || 0) + (how.ms || 0) };
    field.dataset.how = JSON.stringify(sum);
    remember(field, sum);
    tone("done");
  };
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
  let burst = { el: null, text: "", last: 0 }, alt = "", pause = 0;
  const now = () => performance.now();
  const begin = () => ({ text: "", first: now(), last: now(), at: new Date().toISOString() });
  const how = (read, isFramed) => ({ via: "keys", ms: Math.round(read.last - read.first), framed: isFramed, at: read.at });
  const insert = (field, sign) => field.setRangeText(sign, field.selectionStart, field.selectionEnd, "end");

  const inFrame = (event) => {
    const end = suffix();
    clearTimeout(pause);
    if (end ? event.key === end : isEnd(event)) {
      const read = framed;
      framed = null;
      deliver(read.text, how(read, true));
      return;
    }
    if (event.key.length === 1) { framed.text += event.ctrlKey && event.key === "]" ? "\u001d" : event.key; framed.last = now(); }
    pause = setTimeout(() => { framed = null; note("The scan broke off. Scan again.", "stop"); }, FRAME_PAUSE);
  };
  const waiting = (event) => {
    if (isEnd(event)) {
      if (pending?.text) queue.push({ raw: pending.text, how: how(pending, false) });
      pending = null;
    } else if (event.key.length === 1) {
      pending ??= begin();
      pending.text += event.key; pending.last = now();
    }
  };
  // A scan that a scanner typed into another field goes where scans belong; what was there stays.
  const strayed = (event) => {
    const el = event.target;
    if (isSign(event)) {
      const quick = burst.el === el && now() - burst.last < BURST_GAP;
      burst = { el, text: (quick ? burst.text : "") + event.key, last: now(), first: quick ? burst.first : now(), at: quick ? burst.at : new Date().toISOString() };
      return false;
    }
    const isScan = isEnd(event) && burst.el === el && burst.text.length >= BURST_LENGTH && now() - burst.last < 200;
    if (!isScan || el.type === "password" || !el.value.endsWith(burst.text)) return false;
    event.preventDefault();
    el.value = el.value.slice(0, -burst.text.length);
    el.blur();
    deliver(burst.text, how(burst, false));
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if (event.target instanceof HTMLElement && event.target.dataset.scan === "test") return;
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
      if (typing(event.target) && event.target.setRangeText) insert(event.target, lost);
    }
    if (busy) { event.preventDefault(); waiting(event); return; }
    const field = event.target;
    if (!scans(field)) {
      if (typing(field)) { strayed(event); return; }
      if (isSign(event)) target()?.focus({ preventScroll: true }); // the key itself arrives there too
      else return;
    }
    const here = document.activeElement;
    if (!scans(here)) return;
    if (event.ctrlKey && event.key === "]") { event.preventDefault(); insert(here, "\u001d"); typed.last = now(); return; }
    if (event.altKey && /^Numpad\d$/.test(event.code)) { event.preventDefault(); alt += event.code.slice(6); return; }
    if (isSign(event) || event.key === "Unidentified" || event.isComposing) {
      if (typed.field !== here || !here.value || here.dataset.scan === "lines" && /\n$/.test(here.value)) typed = { field: here, first: now(), last: now(), at: new Date().toISOString(), keys: 0 };
      typed.last = now(); typed.keys += 1;
      return;
    }
    if (!isEnd(event) || event.isComposing) return;
    const lines = here.dataset.scan === "lines";
    const raw = lines ? here.value.split("\n").pop() : here.value;
    if (!raw.trim()) { if (event.key === "Enter") event.preventDefault(); return; }
    event.preventDefault();
    // Pasted or filled in: the keys do not account for the text, so a hand did it.
    const read = typed.field === here && typed.keys >= raw.length - 2 ? how(typed, false) : { via: "hand" };
    typed = { field: null, first: 0, last: 0, at: "", keys: 0 };
    if (lines) here.value = here.value.slice(0, -raw.length);
    deliver(raw, read);
  }, true);
  document.addEventListener("keyup", (event) => {
    if (event.key !== "Alt" || !alt) return;
    if (alt === "029" && scans(document.activeElement)) insert(document.activeElement, "\u001d");
    alt = "";
  }, true);
  // A button, or Enter in a field that is no scan field.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.plain !== undefined) return;
    event.preventDefault();
    for (const field of form.elements) {
      if (!scans(field) || !field.value || !field.name || field.dataset.scan === "header") continue;
      const known = [...form.elements].some((el) => el.name === `_how.${field.name}`);
      if (!known) remember(field, typed.field === field && typed.keys >= field.value.length - 2 ? how(typed, false) : { via: "hand" });
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
    if (event.detail) setTimeout(focus); // a click of the mouse; the keyboard's own way is left alone
  });
  document.addEventListener("focusout", () => setTimeout(() => { if (document.activeElement === document.body) focus(); }, 150));
  window.addEventListener("blur", () => show("data-lost", true));
  window.addEventListener("focus", () => { show("data-lost", false); focus(); });
  window.addEventListener("offline", () => show("data-offline", true));
  window.addEventListener("online", () => show("data-offline", false));
  window.addEventListener("popstate", () => location.reload());
  document.addEventListener("DOMContentLoaded", arrived);
  window.funis = { deliver, note };
})();
