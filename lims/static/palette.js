// Ctrl-K: find a page, a task or a thing by a word, from anywhere and without a mouse.
"use strict";
(() => {
  const dialog = () => document.querySelector("dialog[data-palette]");
  let asked = 0, pause = 0;
  const open = () => {
    const box = dialog();
    if (!box || document.querySelector("dialog[open]")) return;
    box.showModal();
    const field = box.querySelector("input");
    field.value = "";
    field.focus();
    look("");
  };
  const look = async (words) => {
    const box = dialog(), mine = ++asked;
    try {
      const answer = await fetch(`${box.dataset.palette}?${new URLSearchParams({ q: words })}`, { credentials: "same-origin", cache: "no-store" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = page.querySelector(".found");
      if (mine !== asked || !found) return;
      box.querySelector(".found").replaceWith(document.adoptNode(found));
    } catch { /* the line that was lost is told by the page */ }
  };
  const move = (step) => {
    const links = [...dialog().querySelectorAll(".found a")];
    const at = links.indexOf(document.activeElement) + step;
    (links[at] || (at < 0 ? dialog().querySelector("input") : links.at(-1)))?.focus();
  };
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); open(); return; }
    const box = dialog();
    if (!box?.open) return;
    if (event.key === "ArrowDown") { event.preventDefault(); move(1); }
    if (event.key === "ArrowUp") { event.preventDefault(); move(-1); }
    if (event.key === "Enter" && event.target.tagName === "INPUT") {
      event.preventDefault();
      clearTimeout(pause);
      look(event.target.value).then(() => box.querySelector(".found a")?.click());
    }
  });
  document.addEventListener("input", (event) => {
    if (!event.target.closest?.("dialog[data-palette]")) return;
    clearTimeout(pause);
    pause = setTimeout(() => look(event.target.value), 150);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-palette-open]")) { event.preventDefault(); open(); }
    else if (event.target === dialog()) dialog().close(); // beside it
    else if (event.target.closest?.("dialog[data-palette] a")) dialog().close();
  });
})();
