import Foundation
import VoxGrid

/// The Agg2Exp matrix as a table in which the share of a target's attribution in a region shows as colour.
struct HeatMap {
  private let targets: [Int]
  private let regions: [Int]
  private let matrix: [MatrixRow]
  private let table: LabelTable

  /// Takes a matrix; `nil` for one without rows.
  init?(_ matrix: [MatrixRow], _ table: LabelTable) {
    guard !matrix.isEmpty else { return nil }
    (self.matrix, self.table) = (matrix, table)
    targets = Set(matrix.map(\.target)).sorted()
    regions = Set(matrix.map(\.region)).sorted()
  }

  var html: HTMLText {
    let heads = targets.map { target -> HTMLText in "<th scope=\"col\">\(table.name(target))</th>" }
    let rows = regions.map { region -> HTMLText in
      let cells = targets.map { target in cell(matrix.first { $0.target == target && $0.region == region }) }
      return "<tr><th scope=\"row\">\(table.name(region))</th>\(HTMLText.joined(cells))</tr>"
    }
    return """
      <section aria-labelledby="matrix-title">
      <h2 id="matrix-title">Attribution per region</h2>
      <p>Share of each target's absolute attribution in every region; below it the enrichment, the share divided by the
      region's share of the volume.</p>
      <div class="scroll" tabindex="0" role="region" aria-labelledby="matrix-title">
      <table class="heat"><thead><tr><th scope="col">region</th>\(HTMLText.joined(heads))</tr></thead>
      <tbody>\(HTMLText.joined(rows))</tbody></table>
      </div>
      </section>
      """
  }

  private func cell(_ row: MatrixRow?) -> HTMLText {
    guard let row else { return "<td></td>" }
    let strength = String(format: "%.2f", 0.75 * max(0, min(1, row.mass)).squareRoot())
    let interval =
      if let low = row.ciLow, let high = row.ciHigh { "\(Self.percent(low)) to \(Self.percent(high)), " } else { "" }
    return """
      <td style="background: rgb(205 92 62 / \(strength))">\(Self.percent(row.mass))\
      <small>\(interval)\(String(format: "%.3g", row.enrichment))&times;</small></td>
      """
  }

  private static func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }
}
