// The scanner's self-test: takes each code as it comes, with its end and its pace; the server judges.
(() => {
  "use strict";
  let first = 0, last = 0, pause = 0;
  const field = () => document.querySelector("[data-scan=test]");
  const codes = () => [...document.querySelectorAll("[data-test]")];
  const put = (name, value) => { document.querySelector(`[name="${name}"]`).value = value; };
  const mark = () => {
    const waiting = codes().find((el) => !el.dataset.read);
    codes().forEach((el) => el.classList.toggle("now", el === waiting));
    if (!waiting) document.querySelector("[data-report]").requestSubmit();
    else { field().value = ""; field().focus(); waiting.scrollIntoView({ block: "nearest" }); }
  };
  const take = (ended) => {
    const waiting = codes().find((el) => !el.dataset.read);
    clearTimeout(pause);
    if (!waiting || !field().value) return;
    waiting.dataset.read = "yes";
    put(`raw.${waiting.dataset.test}`, field().value);
    put(`end.${waiting.dataset.test}`, ended);
    put(`ms.${waiting.dataset.test}`, Math.round(last - first));
    first = 0;
    mark();
  };
  document.addEventListener("keydown", (event) => {
    if (event.target !== field()) return;
    if (event.key === "Enter" || event.key === "Tab") { event.preventDefault(); take(event.key); return; }
    if (event.ctrlKey && event.key === "]") { event.preventDefault(); field().setRangeText("\u001d", field().selectionStart, field().selectionEnd, "end"); }
    last = performance.now();
    first ||= last;
    clearTimeout(pause);
    pause = setTimeout(() => take(""), 1500); // a scanner without a suffix
  }, true);
  document.addEventListener("click", (event) => {
    const skip = event.target.closest?.("[data-skip]"), use = event.target.closest?.("[data-use]");
    if (skip) { skip.closest("[data-test]").dataset.read = "skipped"; mark(); }
    if (use) {
      localStorage.setItem("funis-scan-prefix", use.dataset.use);
      funis.note(funis.words("frameSet"), "done");
    }
  });
  const begin = () => { if (field()) mark(); };
  document.addEventListener("funis:arrived", begin);
})();
