// A file is chosen or photographed: the newer of both counts, and its name is read.
"use strict";
document.addEventListener("change", ({ target }) => {
  if (target.type !== "file") return;
  const both = [...target.form.querySelectorAll(`input[type=file][name="${target.name}"]`)];
  const tooLarge = target.files[0]?.size > Number(target.dataset.most);
  if (tooLarge) target.value = "";
  if (target.files.length) both.filter((one) => one !== target).forEach((one) => { one.value = ""; });
  const told = target.form.querySelector("[data-photo]");
  const photo = both.find((one) => one.closest(".photo"));
  if (told) told.textContent = tooLarge ? target.dataset.tooLarge : photo?.files[0]?.name || "";
});
