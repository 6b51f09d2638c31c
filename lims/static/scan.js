// Keeps the focus in the scan field, turns Enter or Tab after a scan into the next step, and says
// when a scan would be lost. The server alone reads the codes.
(() => {
  "use strict";
  const target = () =>
    document.querySelector("main .act[open] [data-scan]:not([data-done]), main [data-scan=step]:not([data-done])") ||
    document.querySelector("[data-scan=header]");
  const typing = (el) => el && /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName);
  const focus = () => { if (!typing(document.activeElement)) target()?.focus({ preventScroll: true }); };

  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLElement) || !field.dataset.scan) {
      // A scan that begins while a button or nothing has the focus still reaches the field.
      if (!typing(field) && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) target()?.focus({ preventScroll: true });
      return;
    }
    if (event.key !== "Enter" && !(event.key === "Tab" && !event.shiftKey && field.value && field.dataset.scan !== "lines")) return;
    if (field.dataset.scan === "lines") return; // Enter begins the next line
    if (field.dataset.scan === "header") { if (event.key === "Enter") return; event.preventDefault(); field.form.requestSubmit(); return; }
    event.preventDefault(); // a scanner's Enter is not a click on a button
    if (!field.value.trim()) return;
    const fields = [...field.form.elements].filter((el) => typing(el) && el.type !== "hidden" && el.type !== "radio");
    const next = fields.find((el) => el !== field && !el.value && el.required);
    if (next) next.focus(); else field.form.requestSubmit();
  }, true);

  const tone = (word) => {
    if (localStorage.getItem("funis-mute") === "1" || !window.AudioContext) return;
    const audio = new AudioContext(), beep = audio.createOscillator();
    beep.frequency.value = word === "go" ? 880 : 220;
    beep.connect(audio.destination); beep.start(); beep.stop(audio.currentTime + (word === "go" ? .15 : .6));
  };
  const show = (name, on) => { const el = document.querySelector(`[${name}]`); if (el) el.hidden = !on; };

  document.addEventListener("DOMContentLoaded", () => {
    focus();
    const word = document.body.dataset.sound;
    if (word) { tone(word); navigator.vibrate?.(word === "go" ? 80 : [200, 100, 200]); }
  });
  document.addEventListener("click", () => setTimeout(focus));
  document.addEventListener("htmx:afterSwap", focus);
  document.addEventListener("htmx:after:swap", focus);
  window.addEventListener("blur", () => show("data-lost", true));
  window.addEventListener("focus", () => { show("data-lost", false); focus(); });
  window.addEventListener("offline", () => show("data-offline", true));
  window.addEventListener("online", () => show("data-offline", false));
  // A verdict is asked for only when the server answers: no connection never looks like a verdict.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-verify]")) return;
    event.preventDefault();
    fetch("/health", { cache: "no-store" })
      .then((answer) => { if (!answer.ok) throw new Error("no server"); show("data-offline", false); form.submit(); })
      .catch(() => show("data-offline", true));
  });
  document.addEventListener("submit", (event) => {
    if (!navigator.onLine) { event.preventDefault(); event.stopPropagation(); show("data-offline", true); }
  }, true);
})();
