import Foundation
import VoxGrid
import VoxRender
import VoxSegments
import VoxStream

/// The page `report.html`.
struct ReportPage {
  /// A picture of a target.
  struct Montage {
    let title: String
    let png: [UInt8]
    let width: Int
    let height: Int
  }

  let results: CaseResults
  let summary: CaseSummary
  let viewer: SliceViewer
  let montages: [Montage]

  /// The whole page.
  var html: String {
    get throws {
      let sections = [
        slices, pictures, summary.statistics.map(statistics), HeatMap(summary.matrix, results.table)?.html, provenance,
      ].compactMap { $0 }
      let page: HTMLText = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>Voxplain: \(targets)</title>
        <style>\(HTMLText(trusted: ReportStyle.css))</style>
        </head>
        <body>
        <a class="skip" href="#slices">To the slices</a>
        <header>
        <h1>\(targets)</h1>
        <p>\(results.network.map { "Network \($0)." } ?? "")</p>
        <p class="warning" role="note">Not for diagnosis.</p>
        </header>
        <main>
        \(HTMLText.joined(sections))
        </main>
        <script type="application/json" id="layers">\(HTMLText(trusted: try viewer.json()))</script>
        <script>\(HTMLText(trusted: ReportScript.javaScript))</script>
        </body>
        </html>

        """
      return page.text
    }
  }

  /// The targets by name; a method that all have in common stands once, such as `gradient of liver, spleen`.
  private var targets: String {
    let names = viewer.targets.map(\.name)
    guard let first = names.first, let of = first.range(of: " of ") else { return names.joined(separator: ", ") }
    let method = first[..<of.upperBound]
    guard names.allSatisfy({ $0.hasPrefix(method) }) else { return names.joined(separator: ", ") }
    return method + names.map { $0.dropFirst(method.count) }.joined(separator: ", ")
  }

  /// The slices with their controls; without scripts the first picture stands alone.
  private var slices: HTMLText {
    let options = viewer.targets.enumerated().map { index, target -> HTMLText in
      "<option value=\"\(index)\">\(target.name)</option>"
    }
    let planes = viewer.planes.enumerated().map { index, plane -> HTMLText in
      """
      <label><input type="radio" name="plane" value="\(index)"\(index == 0 ? " checked" : "")> \(plane.name)</label>
      """
    }
    let colormap = results.display.colormap
    let stops = (0...16).map { step -> String in
      let color = colormap.color(at: Double(step) / 16)
      return "rgb(\(color.red) \(color.green) \(color.blue))"
    }.joined(separator: ", ")
    return """
      <section id="slices" aria-labelledby="slices-title">
      <h2 id="slices-title">Slices</h2>
      <div class="viewer">
      <figure>
      <div class="stage" id="stage">
      <img id="image" alt="" src="\(viewer.planes.first?.images.first ?? "")">
      <img id="overlay" alt="" hidden>
      <span class="edge left" id="edge-0"></span><span class="edge right" id="edge-1"></span>
      <span class="edge top" id="edge-2"></span><span class="edge bottom" id="edge-3"></span>
      </div>
      <label class="slider"><span>Slice</span> <input id="slice" type="range" min="0" max="0" value="0"></label>
      <figcaption id="caption" aria-live="polite"></figcaption>
      </figure>
      <form class="controls" onsubmit="return false">
      <label for="target">Attribution</label>
      <select id="target">\(HTMLText.joined(options))</select>
      <fieldset><legend>Plane</legend>\(HTMLText.joined(planes))</fieldset>
      <label for="opacity">Opacity of the overlay</label>
      <input id="opacity" type="range" min="0" max="100" value="100">
      <div class="bar" aria-hidden="true" style="background: linear-gradient(to right, \(stops))"></div>
      <p class="ends"><span id="low"></span><span id="high"></span></p>
      <p class="hint">Arrow keys move the slice once its slider has the focus; Page Up and Page Down go faster.
      The green line is the outline of the target. Image window:
      \(Self.short(results.display.window.low)) to \(Self.short(results.display.window.high)) \(results.units ?? "").</p>
      </form>
      </div>
      </section>
      """
  }

  private var pictures: HTMLText {
    let figures = montages.map { montage -> HTMLText in
      """
      <figure class="montage">
      <img src="\(DataURL.png(montage.png))" width="\(montage.width)" height="\(montage.height)" loading="lazy"
       alt="\(montage.title): axial, coronal and sagittal slices through the centre of the target and through the peaks">
      <figcaption>\(montage.title)</figcaption>
      </figure>
      """
    }
    return """
      <section aria-labelledby="pictures-title">
      <h2 id="pictures-title">Pictures</h2>
      \(HTMLText.joined(figures))
      </section>
      """
  }

  private func statistics(_ statistics: SegmentStatistics) -> HTMLText {
    let heads = SegmentStatistics.columns.map { column -> HTMLText in
      "<th scope=\"col\">\(column.replacing("_", with: " "))</th>"
    }
    let rows = statistics.rows.map { row -> HTMLText in
      let color = results.table.color(row.label).map { String($0) }.joined(separator: " ")
      let cells = row.values.map { value -> HTMLText in "<td>\(value.isFinite ? Self.short(value) : "")</td>" }
      return """
        <tr><th scope="row"><span class="swatch" style="background: rgb(\(color))"></span>\(row.name)</th>\
        \(HTMLText.joined(cells))</tr>
        """
    }
    return """
      <section aria-labelledby="statistics-title">
      <h2 id="statistics-title">Statistics</h2>
      <p>Image values\(results.units.map { " in \($0)" } ?? ""), lengths in millimetres, centroids RAS+.</p>
      <div class="scroll" tabindex="0" role="region" aria-labelledby="statistics-title">
      <table><thead><tr><th scope="col">segment</th>\(HTMLText.joined(heads))</tr></thead>
      <tbody>\(HTMLText.joined(rows))</tbody></table>
      </div>
      </section>
      """
  }

  private var provenance: HTMLText {
    let stages = results.header.provenance.map { stage -> HTMLText in
      let options = stage.options.map { option -> HTMLText in "<code>\(option)</code>" }
      let notes = stage.notes.map { note -> HTMLText in "<li>\(note)</li>" }
      return """
        <li><strong>\(stage.command)</strong> \(stage.version) \(HTMLText.joined(options))
        \(notes.isEmpty ? "" : "<ul>\(HTMLText.joined(notes))</ul>" as HTMLText)</li>
        """
    }
    let model = results.header.model.map { model -> HTMLText in
      "<p>Network \(model.name), SHA-256 <code>\(model.sha256)</code>.</p>"
    }
    return """
      <section aria-labelledby="provenance-title">
      <h2 id="provenance-title">Provenance</h2>
      \(model ?? "")
      \(stages.isEmpty ? "<p>No record was kept.</p>" : "<ol>\(HTMLText.joined(stages))</ol>" as HTMLText)
      </section>
      """
  }

  /// Four significant digits, and all digits before the point.
  private static func short(_ value: Double) -> String {
    String(format: abs(value) >= 1000 ? "%.0f" : "%.4g", value)
  }
}
