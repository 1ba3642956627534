/// What `report.html` does: shows the slice that its controls choose.
enum ReportScript {
  static let javaScript = """
    "use strict";
    const layers = JSON.parse(document.getElementById("layers").textContent);
    const part = (id) => document.getElementById(id);
    const plane = () => Number(document.querySelector("input[name=plane]:checked").value);
    const chosen = [];

    function show() {
      const p = plane(), stack = layers.planes[p], t = Number(part("target").value), target = layers.targets[t];
      const slice = Number(part("slice").value);
      chosen[p] = slice;
      part("image").src = stack.images[slice];
      const overlay = part("overlay");
      overlay.hidden = !target;
      if (target) overlay.src = target.overlays[p][slice];
      overlay.style.opacity = part("opacity").value / 100;
      const place = `${stack.name}, ${stack.axis} = ${stack.places[slice]} mm`;
      part("caption").textContent = `${place} (${slice + 1} of ${stack.images.length})`;
      part("slice").setAttribute("aria-valuetext", place);
      part("image").alt = `Image, ${place}`;
      overlay.alt = target ? target.name : "";
    }

    function turn() {
      const p = plane(), stack = layers.planes[p], target = layers.targets[Number(part("target").value)];
      part("stage").style.aspectRatio = `${stack.size[0]} / ${stack.size[1]}`;
      stack.edges.forEach((letter, index) => { part(`edge-${index}`).textContent = letter; });
      const slider = part("slice");
      slider.max = stack.images.length - 1;
      slider.value = chosen[p] ?? (target ? target.start[p] : Math.floor(stack.images.length / 2));
      if (target) {
        part("low").textContent = target.low;
        part("high").textContent = `${target.high} ${target.units}`;
      }
      show();
    }

    part("slice").addEventListener("input", show);
    part("opacity").addEventListener("input", show);
    part("target").addEventListener("change", () => { chosen.length = 0; turn(); });
    document.querySelectorAll("input[name=plane]").forEach((radio) => radio.addEventListener("change", turn));
    turn();
    """
}
