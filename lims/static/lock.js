// A lock, not a log-out: after the idle time the page is covered, and the same person's password
// uncovers it with everything that was typed. Somebody else may log in; what was typed is kept for
// its owner, encrypted under a key that only the owner's pages carry.
"use strict";
(() => {
  const SHIFT = 12 * 3600e3, SOON = 60e3, PING = 60e3;
  let seen = Date.now(), pinged = Date.now(), again = [];
  const lock = () => document.querySelector("dialog[data-lock]");
  const isOpen = () => lock()?.open;
  const idle = () => Number(lock().dataset.idle) * 1000;

  const cover = (retry) => {
    const dialog = lock();
    if (!dialog) return false;
    if (retry) again.push(retry);
    if (dialog.open) return true;
    soon(false);
    keep();
    dialog.showModal();
    dialog.querySelector("[name=password]").focus();
    return true;
  };
  const uncover = async (form) => {
    const why = form.querySelector("[data-why]");
    let answer, page;
    try {
      answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), credentials: "same-origin", cache: "no-store" });
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch { why.textContent = form.dataset.noAnswer; return; }
    const secret = form.querySelector("[type=password]");
    secret.value = "";
    const token = page.querySelector("main [name=csrf_token], header [name=csrf_token]")?.value;
    if (!answer.ok || !token) {
      why.textContent = page.querySelector("main .against, .refusal h1")?.textContent.trim() || form.dataset.noAnswer;
      secret.focus();
      return;
    }
    document.querySelectorAll("[name=csrf_token]").forEach((el) => { el.value = token; });
    why.textContent = "";
    seen = pinged = Date.now();
    lock().close();
    localStorage.removeItem(place());
    again.splice(0).forEach((retry) => retry());
  };

  // ---- who is there ----
  const soon = (on) => { const el = document.querySelector("[data-lock-soon]"); if (el) el.hidden = !on; };
  const here = () => {
    if (isOpen()) return;
    seen = Date.now();
    soon(false);
    if (seen - pinged < PING) return;
    pinged = seen;
    fetch(lock().dataset.here, { credentials: "same-origin", cache: "no-store" }).catch(() => { /* the next key tries again */ });
  };
  const look = () => {
    if (!lock() || isOpen()) return;
    const away = Date.now() - seen;
    if (away >= idle()) cover();
    else soon(away >= idle() - Math.min(SOON, idle() / 2));
  };

  // ---- what was typed, kept for its owner ----
  const place = () => `funis-draft-${lock().dataset.login}`;
  const key = async () => crypto.subtle.importKey("raw",
    Uint8Array.from(lock().dataset.draft.match(/../g), (pair) => parseInt(pair, 16)), "AES-GCM", false, ["encrypt", "decrypt"]);
  const kept = (el) => el.name && el.name !== "csrf_token" && !["password", "submit", "button", "file"].includes(el.type);
  const entered = (form) => [...form.elements].some((el) => kept(el) && el.type !== "hidden" && !el.name.startsWith("_") &&
    (["radio", "checkbox"].includes(el.type) ? el.checked !== el.defaultChecked :
      el.tagName === "SELECT" ? [...el.options].some((o) => o.selected !== o.defaultSelected) && el.selectedIndex > 0 : el.value !== el.defaultValue));
  const forms = () => [...document.querySelectorAll("main form")];
  const keep = async () => {
    const filled = forms().filter(entered);
    if (!filled.length || !window.crypto?.subtle) return;
    const values = (form) => [...form.elements].filter(kept)
      .filter((el) => !["radio", "checkbox"].includes(el.type) || el.checked).map((el) => [el.name, el.value, el.type]);
    const draft = { path: location.pathname + location.search, title: document.title,
      forms: filled.map((form) => [form.getAttribute("action"), values(form)]) };
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await key(), new TextEncoder().encode(JSON.stringify(draft))));
    localStorage.setItem(place(), JSON.stringify({ at: Date.now(), iv: [...iv], sealed: [...sealed] }));
  };
  const fill = ([action, values]) => {
    const form = forms().find((one) => one.getAttribute("action") === action);
    if (!form) return;
    form.closest("details")?.setAttribute("open", "");
    for (const [name, value, type] of values) {
      let els = [...form.elements].filter((el) => el.name === name);
      if (!els.length && name.startsWith("_how.")) {
        els = [Object.assign(document.createElement("input"), { type: "hidden", name })];
        form.append(els[0]);
      }
      if (["radio", "checkbox"].includes(type)) els.filter((el) => el.value === value).forEach((el) => { el.checked = true; });
      else if (els.length) els[0].value = value;
    }
  };
  const restore = async () => {
    const told = document.querySelector("[data-draft-told]"), found = lock() && localStorage.getItem(place());
    if (!found || !window.crypto?.subtle || isOpen()) return;
    try {
      const { at, iv, sealed } = JSON.parse(found);
      if (Date.now() - at > SHIFT) { localStorage.removeItem(place()); return; }
      const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: Uint8Array.from(iv) }, await key(), Uint8Array.from(sealed));
      const draft = JSON.parse(new TextDecoder().decode(plain));
      if (draft.path === location.pathname + location.search) {
        draft.forms.forEach(fill);
        localStorage.removeItem(place());
        return;
      }
      const link = told.querySelector("a");
      link.href = draft.path;
      link.textContent = draft.title;
      told.hidden = false;
    } catch { localStorage.removeItem(place()); /* of another key: nobody can read it */ }
  };

  // ---- by hand: whoever leaves locks, and a reload shows nothing ----
  const now = async () => {
    const out = document.querySelector("form[data-log-out]");
    await keep();
    try { await fetch(lock().dataset.lock, { method: "POST", body: new URLSearchParams(new FormData(out)), credentials: "same-origin" }); } catch { /* covered all the same */ }
    cover();
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-lock-now]")) now();
    const other = event.target.closest?.("[data-lock-other]");
    if (other) keep().then(() => location.assign(other.dataset.lockOther));
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.closest("dialog[data-lock]")) return;
    event.preventDefault();
    uncover(event.target);
  });
  // A badge is scanned wherever the focus is; it ends with Enter, and the PIN comes next.
  document.addEventListener("keydown", (event) => {
    const el = event.target, badge = lock()?.querySelector("[name=badge]");
    if (event.key !== "Enter" || !isOpen() || !(el === badge || new RegExp(badge.dataset.badge).test(el.value))) return;
    event.preventDefault();
    if (el !== badge) { badge.value = el.value; el.value = ""; }
    badge.form.elements.pin.focus();
  }, true);
  document.addEventListener("cancel", (event) => { if (event.target === lock()) event.preventDefault(); }, true);
  ["keydown", "pointerdown", "input"].forEach((name) => document.addEventListener(name, here, true));
  document.addEventListener("funis:arrived", () => { seen = pinged = Date.now(); restore(); });
  document.addEventListener("visibilitychange", look);
  setInterval(look, 1000);
  window.funisLock = { cover };
})();
