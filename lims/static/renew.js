// Parts of a page that are asked for again by themselves: work under way, until nothing is under
// way; news that stop work, every few seconds while somebody looks. Asking is no presence.
"use strict";
(() => {
  const EVERY = 1000, MOST = 60, NEWS = 5000;
  let left = MOST, asked = 0;
  const fetched = async (place) => {
    const answer = await fetch(place, { credentials: "same-origin", cache: "no-store", headers: { "Funis-News": "1" } });
    return answer.ok && place === location.href && new DOMParser().parseFromString(await answer.text(), "text/html");
  };
  const put = (old, fresh) => {
    if (old.isConnected && fresh && old.innerHTML !== fresh.innerHTML) old.replaceWith(document.adoptNode(fresh));
  };
  const renew = async () => {
    const part = document.querySelector("[data-renew]");
    if (!part || !left--) return;
    try {
      const page = await fetched(location.href);
      const parts = [...document.querySelectorAll("section.list")], fresh = page ? [...page.querySelectorAll("section.list")] : [];
      if (parts.length === fresh.length) put(part, fresh[parts.indexOf(part)]);
    } catch { /* the next look may reach the server */ }
    setTimeout(renew, EVERY);
  };
  const news = async () => {
    const part = document.querySelector("[data-news]");
    if (!part || document.hidden || Date.now() - asked < EVERY) return;
    asked = Date.now();
    try {
      const page = await fetched(location.href);
      if (page) put(part, page.querySelector("[data-news]"));
    } catch { /* as above */ }
  };
  const begin = () => { left = MOST; setTimeout(renew, EVERY); };
  document.addEventListener("funis:arrived", begin);
  document.addEventListener("visibilitychange", news);
  window.addEventListener("focus", news);
  setInterval(news, NEWS);
  begin();
})();
