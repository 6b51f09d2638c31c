// A part of a page that shows work under way is asked for again until nothing is under way.
"use strict";
(() => {
  const EVERY = 1000, MOST = 60;
  let left = MOST;
  const renew = async () => {
    const part = document.querySelector("[data-renew]"), place = location.href;
    if (!part || !left--) return;
    try {
      const answer = await fetch(place, { credentials: "same-origin", cache: "no-store" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const parts = [...document.querySelectorAll("section.list")], fresh = [...page.querySelectorAll("section.list")];
      if (answer.ok && place === location.href && part.isConnected && parts.length === fresh.length)
        part.replaceWith(document.adoptNode(fresh[parts.indexOf(part)]));
    } catch { /* the next look may reach the server */ }
    setTimeout(renew, EVERY);
  };
  const begin = () => { left = MOST; setTimeout(renew, EVERY); };
  document.addEventListener("funis:arrived", begin);
  begin();
})();
