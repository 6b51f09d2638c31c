// The camera as a scanner: two frames that agree, decoded on this device. Nothing is fetched from
// another host; without a camera, or without a secure page, the button stays hidden.
(() => {
  "use strict";
  const AGREE = 2, AWAY = 6, WIDEST = 1280;
  let reader = null, stream = null, box = null, last = { text: "", times: 0 }, told = { text: "", away: 0 };
  const base = new URL("vendor/zxing/", document.currentScript.src);

  const load = () => reader ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = new URL("reader.js", base);
    script.onerror = failed;
    script.onload = () => {
      ZXingWASM.prepareZXingModule({
        overrides: { locateFile: (path) => new URL(path, base).href }, fireImmediately: true,
      }).then(() => done(ZXingWASM), failed);
    };
    document.head.append(script);
  });

  const close = () => {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    box?.remove();
    box = null;
  };

  const look = async (zxing, video, canvas) => {
    if (!stream) return;
    const began = new Date().toISOString();
    if (video.videoWidth) {
      const scale = Math.min(1, WIDEST / video.videoWidth);
      canvas.width = video.videoWidth * scale;
      canvas.height = video.videoHeight * scale;
      const pen = canvas.getContext("2d", { willReadFrequently: true });
      pen.drawImage(video, 0, 0, canvas.width, canvas.height);
      const image = pen.getImageData(0, 0, canvas.width, canvas.height);
      const found = await zxing.readBarcodes(image, { formats: ["DataMatrix", "Code128"], tryHarder: true, maxNumberOfSymbols: 4 });
      // A label carries its code in two symbols; frames with two different codes say nothing.
      const codes = new Map(found.filter((code) => code.isValid).map((code) => [code.text, code.symbologyIdentifier]));
      const [text, aim] = codes.size === 1 ? [...codes][0] : ["", ""];
      last = text && text === last.text ? { text, times: last.times + 1 } : { text, times: text ? 1 : 0 };
      // A code that stays in view was taken; it is new once it has left for some frames.
      told.away = text === told.text ? 0 : told.away + 1;
      if (told.away > AWAY) told.text = "";
      if (last.times >= AGREE && text !== told.text) {
        told = { text, away: 0 };
        last = { text: "", times: 0 };
        funis.deliver(`${aim}${text}`, { via: "camera", at: began });
      }
    }
    setTimeout(() => look(zxing, video, canvas), 40);
  };

  const open = async () => {
    if (stream) { close(); return; }
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
      box = document.createElement("div");
      box.className = "camera";
      box.innerHTML = '<video autoplay playsinline muted></video><button type="button" class="quiet-big"></button>';
      box.querySelector("button").textContent = funis.words("closeCamera");
      document.documentElement.append(box); // outside the body, which every answer replaces
      box.querySelector("button").addEventListener("click", close);
      const video = box.querySelector("video");
      video.srcObject = stream;
      look(await load(), video, document.createElement("canvas"));
    } catch (error) {
      close();
      const why = error.name === "NotAllowedError" ? funis.words("notAllowed") : error.message;
      funis.note(funis.words("noCamera", { why }), "stop");
    }
  };

  const ready = () => {
    const can = window.isSecureContext && navigator.mediaDevices?.getUserMedia;
    document.querySelectorAll("[data-camera]").forEach((button) => { button.hidden = !can; });
    if (document.querySelector(".verdict")) close(); // a verdict fills the screen
  };
  document.addEventListener("click", (event) => { if (event.target.closest?.("[data-camera]")) open(); });
  document.addEventListener("funis:arrived", ready);
  document.addEventListener("DOMContentLoaded", ready);
})();
